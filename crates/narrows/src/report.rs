//! The report: one HTML file that shows a trained model beside rows of data.
//!
//! It needs no network, no script and no other file, adapts to dark and
//! light screens, phones and paper, and holds no clock: the same model and
//! rows give the same bytes.

mod chart;
mod codes;
mod curves;
mod errors;
mod features;
mod figures;
mod network;
mod pictures;
mod rows;
mod text;

use askama::Template;

use crate::error::Result;
use crate::look::{Look, look};
use crate::model::Model;
use crate::table::Table;

/// What the template shows, in its order. All text is escaped by the
/// template; nothing in here is HTML.
#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    title: &'a str,
    headline: figures::Headline,
    figures: Vec<figures::Figure>,
    warnings: &'a [String],
    network: network::Diagram,
    curves: Option<curves::CurvesView>,
    measures: figures::Measures,
    rows: Vec<rows::Group>,
    filters: Option<pictures::FiltersView>,
    codes: codes::CodesView,
    errors: errors::ErrorsView,
    features: Option<features::FeaturesView>,
    config: String,
}

/// A report on a model and rows, as HTML.
///
/// ```
/// use narrows::{Autoencoder, Config, Table};
/// let table = Table::from_floats((0..600).map(|i| ((i * 37) % 101) as f32).collect(), 6)?;
/// let mut config = Config::default();
/// config.network.hidden = vec![];
/// config.network.code = 2;
/// let model = Autoencoder::new(config).train(&table)?;
/// let html = narrows::report(&model, &table, "A small table")?;
/// assert!(html.starts_with("<!doctype html>"));
/// # Ok::<(), narrows::Error>(())
/// ```
///
/// # Errors
/// As [`look`].
pub fn report(model: &Model, table: &Table, title: &str) -> Result<String> {
    Ok(report_of(model, &look(model, table)?, title))
}

/// The same from what was already looked at.
pub fn report_of(model: &Model, look: &Look, title: &str) -> String {
    let page = Page {
        title,
        headline: figures::headline(model, look),
        figures: figures::figures(model, look),
        warnings: &model.warnings,
        network: network::diagram(model),
        curves: curves::view(&look.curves),
        measures: figures::measures(&look.evaluation, model.scaler.mixes_units()),
        rows: rows::view(&look.reconstructions),
        filters: look.filters.as_ref().map(pictures::filters),
        codes: codes::view(&look.codes),
        errors: errors::view(&look.errors),
        features: look
            .reconstructions
            .image
            .is_none()
            .then(|| features::view(&look.features)),
        config: model.config.to_toml(),
    };
    page.render().expect("a template of texts can be filled in")
}

#[cfg(test)]
mod tests;
