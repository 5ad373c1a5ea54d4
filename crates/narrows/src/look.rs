//! What there is to see in a trained model beside rows of data: plain
//! structs, from which the report, pictures and JSON are made.

mod codes;
mod curves;
mod errors;
mod features;
mod filters;
mod reconstructions;
mod survey;

use serde::Serialize;

use crate::error::{Error, Place, Result};
use crate::evaluate::Evaluation;
use crate::model::Model;
use crate::table::Table;
use survey::Survey;

pub use codes::{Axes, Codes};
pub use curves::{Curve, Curves, TrainedPart};
pub use errors::ErrorHistogram;
pub use features::FeatureLook;
pub use filters::{Filter, Filters};
pub use reconstructions::{Cell, Reconstructions, RowLook, RowValues, Share};

/// Everything there is to see; made by [`look`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Look {
    /// Where the rows came from.
    pub origin: String,
    /// Errors over all rows, beside PCA's.
    pub evaluation: Evaluation,
    /// How training went.
    pub curves: Curves,
    /// Some rows beside their reconstructions.
    pub reconstructions: Reconstructions,
    /// The first layer's weights as images; none where rows are no images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filters: Option<Filters>,
    /// Where rows lie in the code.
    pub codes: Codes,
    /// Every feature and how well it comes back, worst first.
    pub features: Vec<FeatureLook>,
    /// How the rows' errors are spread.
    pub errors: ErrorHistogram,
}

/// Sends all rows through a model and gathers what there is to see.
///
/// The same model and table always give the same result.
///
/// ```
/// use narrows::{Autoencoder, Config, Table, look};
/// let table = Table::from_floats((0..600).map(|i| ((i * 37) % 101) as f32).collect(), 6)?;
/// let mut config = Config::default();
/// config.network.hidden = vec![];
/// config.network.code = 2;
/// let model = Autoencoder::new(config).train(&table)?;
/// let look = look::look(&model, &table)?;
/// assert_eq!(look.codes.points.len(), 100);
/// assert_eq!(look.features.len(), 6);
/// # Ok::<(), narrows::Error>(())
/// ```
///
/// # Errors
/// [`Error::Data`] where the rows do not fit the model, or there are none.
pub fn look(model: &Model, table: &Table) -> Result<Look> {
    if table.rows() == 0 {
        return Err(Error::data(
            &table.origin,
            Place::Whole,
            "no rows",
            "at least one row to look at",
            "",
        ));
    }
    let survey = Survey::of(model, model.prepare(table)?);
    Ok(Look {
        origin: table.origin.clone(),
        evaluation: model.evaluate(table)?,
        curves: curves::curves(&model.history, model.best_epoch),
        reconstructions: reconstructions::reconstructions(model, &survey),
        filters: filters::filters(model, &survey.data),
        codes: codes::codes(model, &survey.data),
        features: features::features(&survey),
        errors: errors::histogram(&survey.errors, model),
    })
}

/// At most `most` of `rows` rows, evenly spaced from the first to the last,
/// counted from 0.
fn spaced(rows: usize, most: usize) -> Vec<usize> {
    if rows <= most {
        return (0..rows).collect();
    }
    (0..most)
        .map(|at| at * (rows - 1) / (most - 1).max(1))
        .collect()
}

#[cfg(test)]
mod tests;
