//! Computes all there is to see in a trained model on rows of data, as plain
//! structs, from which the report, pictures and JSON are made.

mod associations;
mod codes;
mod columns;
mod curves;
mod decoding;
mod errors;
mod expected;
mod features;
mod holes;
mod inner;
mod kind;
mod live;
mod live_columns;
mod maximise;
pub(crate) mod neighbours;
mod pick;
mod probe;
mod reconstructions;
mod rows;
mod sample;
mod series;
mod survey;
mod tsne;
mod units;
mod usefulness;
mod weights;

use std::cell::OnceCell;

use serde::Serialize;

use crate::base::error::{Error, Place, Result};
use crate::data::read::Inferred;
use crate::data::scale::Prepared;
use crate::data::table::Table;
use crate::model::Model;
use crate::model::evaluate::Evaluation;
use crate::model::history::TimedEpoch;
use sample::Sample;
use survey::Survey;
use units::Activity;

pub use associations::{Association, UnitAssociations};
pub use codes::{Axes, Codes, NeighbourMap};
pub use columns::ColumnLook;
pub use curves::{Curve, Curves, TrainedPart};
pub use decoding::{Decoding, Generated, Grid, Interpolation, Move, NewRow, Traversal};
pub use errors::ErrorHistogram;
pub use features::FeatureLook;
pub use holes::{HoledColumn, Holes};
pub use inner::{CodeUnits, Correlations, Divergences, UnitHistogram};
pub use kind::{Kind, Options};
pub use live::{DecoderLayer, Live, Point, Slider};
pub use live_columns::LiveColumn;
pub use maximise::{Ascent, Climb, Maximised, MaximisedLayer, Moment, Start};
pub use reconstructions::{Reconstructions, RowLook, Share};
pub use rows::{Cell, RowShape, RowValues};
pub use series::{ScoredPoint, SeriesLook, WorstWindow};
pub use units::{Common, ExcitingRow, LayerUnits, UnitRows, UnitSelection, Units};
pub use usefulness::{Accuracy, Usefulness};
pub use weights::{UnitWeights, Weights};

/// Number of most exciting rows kept for each unit.
const TOP_ROWS: usize = 8;

/// Everything that [`look`] finds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Look {
    /// Where the rows came from.
    pub origin: String,
    /// Errors over all rows, compared with PCA's.
    pub evaluation: Evaluation,
    /// The course of training.
    pub curves: Curves,
    /// Some rows with their reconstructions.
    pub reconstructions: Reconstructions,
    /// The first layer's weights; `None` if maps come before them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<Weights>,
    /// The rows that excite the units of each layer most.
    pub units: Units,
    /// The inputs that excite the units most.
    pub maximised: Maximised,
    /// The places of rows in the latent code.
    pub codes: Codes,
    /// How the units of the code are used.
    pub code_units: CodeUnits,
    /// What codes decode to.
    pub decoding: Decoding,
    /// How well the code predicts the labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usefulness: Option<Usefulness>,
    /// Every column and how well it comes back, worst first, if columns have
    /// likelihoods of their own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<ColumnLook>,
    /// Which cells are missing, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holes: Option<Holes>,
    /// The columns that move together with units of the code; none of images.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub associations: Vec<UnitAssociations>,
    /// Every feature and how well it is reconstructed, worst first.
    pub features: Vec<FeatureLook>,
    /// The distribution of the rows' errors.
    pub errors: ErrorHistogram,
    /// Scores over time, of windows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<SeriesLook>,
}

/// A model and rows, to look at in one way or another. Results that several
/// looks share are computed once.
pub struct Looking<'a> {
    model: &'a Model,
    data: Prepared<'a>,
    training: Option<&'a Table>,
    times: &'a [TimedEpoch],
    inferred: &'a [Inferred],
    survey: Survey,
    sample: OnceCell<Sample>,
    activity: OnceCell<Activity>,
}

/// Sends all rows through a model and collects every look at it.
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
/// [`Error::Data`] if the rows do not fit the model, or there are none.
pub fn look(model: &Model, table: &Table) -> Result<Look> {
    Looking::new(model, table)?.everything()
}

impl<'a> Looking<'a> {
    /// Prepares to look at a model's work on the rows of a table.
    ///
    /// # Errors
    /// [`Error::Data`] if the rows do not fit the model, or there are none;
    /// [`Error::Model`] if what the model makes of them is not finite.
    pub fn new(model: &'a Model, table: &'a Table) -> Result<Self> {
        if table.rows() == 0 {
            return Err(Error::data(
                &table.origin,
                Place::Whole,
                "no rows",
                "at least one row to look at",
                "",
            ));
        }
        let data = model.prepare(table)?;
        Ok(Looking {
            inferred: &[],
            survey: Survey::of(model, &data)?,
            sample: OnceCell::new(),
            activity: OnceCell::new(),
            model,
            data,
            training: None,
            times: &[],
        })
    }

    /// Returns it with rows of the training data, none of which is among the
    /// rows to look at.
    pub fn with_training(mut self, rows: &'a Table) -> Self {
        self.training = Some(rows);
        self
    }

    /// Returns it with the time that each epoch of the training took.
    pub fn with_times(mut self, times: &'a [TimedEpoch]) -> Self {
        self.times = times;
        self
    }

    /// Returns it with what the columns of the file were taken for, and why.
    pub fn with_columns(mut self, columns: &'a [Inferred]) -> Self {
        self.inferred = columns;
        self
    }

    /// Returns what the columns of the file were taken for, and why; none if
    /// that is not known.
    pub fn inferred(&self) -> &'a [Inferred] {
        self.inferred
    }

    fn sample(&self) -> &Sample {
        let make = || Sample::of(self.model, &self.data);
        self.sample.get_or_init(make)
    }

    fn activity(&self) -> &Activity {
        let make = || Activity::of(self.model, &self.data, TOP_ROWS);
        self.activity.get_or_init(make)
    }

    /// Returns every look at once.
    ///
    /// # Errors
    /// As [`Looking::new`].
    pub fn everything(&self) -> Result<Look> {
        let evaluation = self.evaluation()?;
        Ok(Look {
            origin: self.data.table.origin.clone(),
            curves: self.curves(&evaluation),
            reconstructions: self.reconstructions(),
            weights: self.weights(),
            units: self.units(&UnitSelection::default())?,
            maximised: self.maximised(&UnitSelection::default(), &Ascent::default())?,
            codes: self.codes(),
            code_units: self.code_units(),
            decoding: self.decoding()?,
            usefulness: self.usefulness()?,
            columns: self.columns(&evaluation),
            holes: self.holes(),
            associations: self.associations(),
            features: self.features(),
            errors: self.errors(),
            series: match self.data.table.windows {
                Some(_) => Some(self.series()?),
                None => None,
            },
            evaluation,
        })
    }

    /// Returns the model.
    pub fn model(&self) -> &'a Model {
        self.model
    }

    /// Returns the errors over all rows, compared with PCA's.
    ///
    /// # Errors
    /// As [`Looking::new`].
    pub fn evaluation(&self) -> Result<Evaluation> {
        self.model.evaluate(self.data.table)
    }

    /// Returns the course of training; PCA's error is taken from `evaluation`.
    pub fn curves(&self, evaluation: &Evaluation) -> Curves {
        let pca = evaluation.pca.as_ref();
        curves::curves(
            &self.model.history,
            self.model.best_epoch,
            pca.map(|pca| pca.error_per_row),
            self.times,
        )
    }

    /// Returns some rows with their reconstructions.
    pub fn reconstructions(&self) -> Reconstructions {
        reconstructions::reconstructions(self.model, &self.data, &self.survey)
    }

    /// Returns the distribution of the rows' errors.
    pub fn errors(&self) -> ErrorHistogram {
        errors::histogram(&self.survey.errors, self.model)
    }

    /// Returns the scores of rows in their order, and the most unusual windows.
    ///
    /// # Errors
    /// As [`Looking::new`].
    pub fn series(&self) -> Result<SeriesLook> {
        series::series(self.model, &self.data, &self.survey)
    }

    /// Returns every column and how well it comes back, worst first; none for a
    /// model whose columns have no likelihoods.
    pub fn columns(&self, evaluation: &Evaluation) -> Vec<ColumnLook> {
        columns::columns(&self.data.scaler, &self.survey, evaluation)
    }

    /// Returns which cells are missing; `None` for images, and where none is.
    pub fn holes(&self) -> Option<Holes> {
        holes::holes(&self.data)
    }

    /// Returns the columns that move together with the units of the code that
    /// vary most; none of images.
    pub fn associations(&self) -> Vec<UnitAssociations> {
        associations::associations(&self.data, self.sample())
    }

    /// Returns every feature and how well it is reconstructed, worst first.
    pub fn features(&self) -> Vec<FeatureLook> {
        features::features(&self.data.scaler, &self.survey)
    }

    /// Returns the first layer's weights; `None` if maps come before them.
    pub fn weights(&self) -> Option<Weights> {
        weights::weights(self.model, &self.data, self.activity())
    }

    /// Returns the rows that excite units most.
    ///
    /// # Errors
    /// [`Error::Usage`] for a layer or unit that does not exist.
    pub fn units(&self, chosen: &UnitSelection) -> Result<Units> {
        units::units(self.model, &self.data, self.activity(), chosen)
    }

    /// Returns the inputs that excite units most, found by gradient ascent
    /// (Erhan et al. 2009).
    ///
    /// # Errors
    /// [`Error::Usage`] for a layer or unit that does not exist, or an
    /// impossible norm or smoothness; [`Error::Data`] for a start that does not
    /// exist.
    pub fn maximised(&self, chosen: &UnitSelection, ascent: &Ascent) -> Result<Maximised> {
        maximise::maximise(self.model, &self.data, self.activity(), chosen, ascent)
    }

    /// Returns the places of rows in the latent code.
    pub fn codes(&self) -> Codes {
        codes::codes(&self.data, self.sample(), self.model.was_told_labels())
    }

    /// Returns how the units of the code are used.
    pub fn code_units(&self) -> CodeUnits {
        inner::inner(self.model, &self.data, self.sample())
    }

    /// Returns what codes decode to.
    ///
    /// # Errors
    /// [`Error::Data`] if the training rows do not fit the model.
    pub fn decoding(&self) -> Result<Decoding> {
        decoding::decoding(self.model, &self.data, self.sample(), self.training)
    }

    /// Returns how well the code predicts the labels; `None` without labels,
    /// with only one, or with more than a hundred different ones.
    ///
    /// # Errors
    /// [`Error::Data`] if the training rows do not fit the model.
    pub fn usefulness(&self) -> Result<Option<Usefulness>> {
        usefulness::usefulness(self.model, &self.data, self.training)
    }

    /// Returns what a page needs to decode by itself.
    pub fn live(&self) -> Live {
        live::live(self.model, &self.data, self.sample())
    }
}

#[cfg(test)]
mod mixed_tests;
#[cfg(test)]
mod tests;
