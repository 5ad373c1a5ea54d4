//! The report: one HTML file that shows a trained model beside rows of data.
//!
//! It needs no network and no other file, and adapts to dark and light
//! screens, phones and paper. The same model, rows and history give the same
//! bytes; the only times in it are those of the history that it is given. Its
//! one script is optional: without it all but the sliders and the rows under the
//! pointer is there.

mod associations;
mod bars;
mod causes;
mod cells;
mod chart;
mod code_units;
mod codes;
mod columns;
mod curves;
mod decoding;
mod drift;
mod errors;
mod features;
mod figure;
mod figures;
mod holes;
mod listing;
mod live;
mod network;
mod pictures;
mod rows;
mod section;
mod series;
mod svg;
mod text;
mod units;
mod usefulness;
mod weights;

use askama::Template;

use crate::base::error::Result;
use crate::look::Looking;
use crate::model::baseline::Pca;
use listing::Entry;
use section::{Drawing, Section};

pub use drift::drift_page;
pub use figure::Figure;

/// What the template shows, in its order. All text is escaped by the
/// template; only the page's own script, its data and its style are not.
#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    title: &'a str,
    headline: figures::Headline,
    figures: Vec<figures::Figure>,
    warnings: &'a [String],
    network: network::Diagram,
    /// Whether what is measured are draws of the rows.
    binarised: bool,
    measures: figures::Measures,
    rows: Vec<rows::Group>,
    seen: Vec<Section>,
    inside: Vec<Section>,
    last: Vec<Section>,
    features: Option<features::FeaturesView>,
    config: String,
    live: live::LiveView,
}

/// Returns a report on a model and rows, as HTML.
///
/// ```
/// use narrows::look::Looking;
/// use narrows::{Autoencoder, Config, Table, report};
/// let table = Table::from_floats((0..600).map(|i| ((i * 37) % 101) as f32).collect(), 6)?;
/// let mut config = Config::default();
/// config.network.hidden = vec![];
/// config.network.code = 2;
/// let model = Autoencoder::new(config).train(&table)?;
/// let html = report(&Looking::new(&model, &table)?, "A small table")?;
/// assert!(html.starts_with("<!doctype html>"));
/// # Ok::<(), narrows::Error>(())
/// ```
///
/// # Errors
/// As [`look`](crate::look::look).
pub fn report(looking: &Looking, title: &str) -> Result<String> {
    let (model, look, live) = (looking.model(), &looking.everything()?, &looking.live());
    let points: Vec<usize> = live.points.iter().map(|point| point.place).collect();
    let seen = curves::view(&look.curves, look.errors.are_reference)
        .into_iter()
        .chain([codes::view(&look.codes, &points)]);
    let inside = [decoding::view(&look.decoding)]
        .into_iter()
        .filter(|section| !section.drawings.is_empty())
        .chain([code_units::view(&look.code_units)])
        .chain(Some(associations::view(&look.associations)).filter(|s| !s.drawings.is_empty()))
        .chain(look.weights.as_ref().map(weights::view))
        .chain([units::view(&look.units), units::maximised(&look.maximised)]);
    let code = model.config.network.code;
    let last = look
        .usefulness
        .as_ref()
        .map(|found| usefulness::view(found, code, model.pca.as_ref().map_or(0, Pca::size)))
        .into_iter()
        .chain([columns::view(&look.columns, looking.inferred())])
        .chain(look.holes.as_ref().map(holes::view))
        .filter(|section| !section.drawings.is_empty())
        .chain([errors::view(&look.errors)])
        .chain(look.series.as_ref().map(series::view));
    let page = Page {
        title,
        headline: figures::headline(model, look),
        figures: figures::figures(model, look),
        warnings: &model.warnings,
        network: network::diagram(model),
        binarised: model.config.data.binarised,
        measures: figures::measures(&look.evaluation, model.scaler.mixes_units()),
        rows: rows::view(&look.reconstructions),
        seen: seen.collect(),
        inside: inside.collect(),
        last: last.collect(),
        // What columns are worth is among them, or in the pixels.
        features: (model.scaler.image.is_none() && look.columns.is_empty())
            .then(|| features::view(&look.features)),
        config: model.config.to_toml(),
        live: live::view(live),
    };
    Ok(page.render().expect("a template of texts can be filled in"))
}

#[cfg(test)]
mod mixed_tests;
#[cfg(test)]
mod tests;
