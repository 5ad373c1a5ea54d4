//! A trained autoencoder: everything needed to use it, in one file.

mod agreement;
pub(crate) mod baseline;
pub(crate) mod calibrate;
pub(crate) mod column_errors;
pub(crate) mod column_samples;
pub(crate) mod container;
mod draw;
mod drift;
mod encoder;
pub(crate) mod evaluate;
mod explain;
mod fit_measure;
pub(crate) mod folds;
mod generate;
pub(crate) mod hidden;
pub(crate) mod history;
mod impute;
mod impute_file;
mod locality;
mod marginals;
pub(crate) mod measure;
mod member;
mod own_rows;
pub(crate) mod reference;
mod repair;
pub(crate) mod row_errors;
pub(crate) mod score;
pub(crate) mod simple;
mod whitening;
mod within;

use std::collections::HashSet;
use std::fmt::Display;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::{Map, json};

use crate::base::device::device;
use crate::base::error::{Error, Place, Result};
use crate::base::hint::{Hint, Remedy};
use crate::base::note::Note;
use crate::config::plan::Plan;
use crate::config::{Config, ScoreBy, Unseen};
use crate::data::as_in_file::as_in_file;
use crate::data::binarised::Binarised;
use crate::data::read::Roles;
use crate::data::scale::{Prepared, Scaler};
use crate::data::source::CHUNK;
use crate::data::table::{Column, ColumnKind, Table, Values};
use crate::data::windows::check_window;
use crate::model::baseline::Pca;
use crate::model::column_errors::ColumnSums;
use crate::model::column_samples::ColumnSamples;
use crate::model::container::Container;
use crate::model::evaluate::{Evaluation, evaluate, measures};
use crate::model::hidden::errors_of_hidden;
use crate::model::history::{Epoch, HeldOut};
use crate::model::measure::Measure;
use crate::model::member::Members;
use crate::model::reference::Reference;
use crate::model::score::{Scores, score};
use crate::model::simple::SimpleWays;
use crate::model::within::Within;
use crate::network::{NamedTensor, Network};
use crate::objective::inference::{Chunk, Inference};
use crate::objective::variant::Coder;
use crate::objective::variant::Effect;
use crate::objective::variant::jacobian_norm;
pub use draw::NewRows;
use draw::Spread;
pub use drift::{Aspect, Change, Drift};
pub use encoder::Encoder;
pub use explain::Surprise;
pub use impute::{Filled, ImputeOptions, Imputed};
pub use impute_file::{FileImputer, FilledRows};
pub use member::Member;
pub use repair::Repair;
pub use simple::Simple;

/// A trained autoencoder.
#[derive(Debug, Clone)]
pub struct Model {
    pub(crate) config: Config,
    pub(crate) scaler: Scaler,
    pub(crate) history: Vec<Epoch>,
    pub(crate) best_epoch: Option<usize>,
    pub(crate) warnings: Vec<String>,
    pub(crate) reference: Reference,
    /// What errors are measured by; `None` if they count as they are.
    pub(crate) measure: Option<Measure>,
    /// The networks that score rows beside its own; `None` if it is alone.
    pub(crate) members: Option<Members>,
    /// What rows are scored by without the network; `None` if that was not asked for.
    pub(crate) simple: Option<SimpleWays>,
    /// How far features lie from what comes back; `None` if that was not measured.
    pub(crate) within: Option<Within>,
    pub(crate) pca: Option<Pca>,
    pub(crate) classes: Vec<String>,
    /// How rows vary around what the decoder gives; `None` without a prior, and
    /// in older files.
    pub(crate) spread: Option<Spread>,
    /// What the columns of the training rows held; `None` for images, and in older
    /// files.
    pub(crate) column_samples: Option<ColumnSamples>,
    /// The digest of all rows of the training; `None` in older files.
    pub(crate) rows: Option<String>,
    pub(crate) coder: Coder,
    /// The network packed for use; empty until it is first used.
    pub(crate) inference: OnceLock<Inference>,
}

/// The number of rows to encode at a time: enough for all threads.
const ROWS: usize = 2048;

const KIND: &str = "model";

impl Model {
    /// Creates a model that has only trained weights.
    pub(crate) fn new(config: Config, scaler: Scaler, coder: Coder) -> Self {
        Model {
            config,
            scaler,
            history: Vec::new(),
            best_epoch: None,
            warnings: Vec::new(),
            reference: Reference::default(),
            measure: None,
            members: None,
            simple: None,
            within: None,
            pca: None,
            classes: Vec::new(),
            spread: None,
            column_samples: None,
            rows: None,
            coder,
            inference: OnceLock::new(),
        }
    }

    /// Returns the settings it was trained with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the scaler, which turns columns into features and back.
    pub fn scaler(&self) -> &Scaler {
        &self.scaler
    }

    /// Returns the record of every epoch of its training.
    pub fn history(&self) -> &[Epoch] {
        &self.history
    }

    /// Returns the epoch whose weights were kept; `None` unless early stopping
    /// chose one.
    pub fn best_epoch(&self) -> Option<usize> {
        self.best_epoch
    }

    /// Returns the warnings of its training.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Returns the scores of the held-out rows (of the training rows if none
    /// were held out), in ascending order: by default errors, squared, summed over
    /// the features of a row, in scaled units; for a row with missing cells, the mean
    /// over those that it has times the number of all features. [`Model::score`]
    /// takes its percentiles from them.
    pub fn held_out_errors(&self) -> &[f32] {
        &self.reference.all
    }

    /// Returns PCA with the same code size, fitted on the training rows; `None`
    /// if it was not fitted.
    pub fn pca(&self) -> Option<&Pca> {
        self.pca.as_ref()
    }

    /// Returns the labels that the components of an adversarial prior stand
    /// for, in their order; empty if training used none.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Encodes rows. Returns a table of their codes, `[rows, code]`, in columns
    /// `code_1`, `code_2`, …, with the rows' ids and labels.
    ///
    /// # Errors
    /// [`Error::Data`] if the rows do not fit the model; [`Error::Model`] if a
    /// code is not finite.
    pub fn encode(&self, table: &Table) -> Result<Table> {
        let data = self.prepare(table)?;
        let mut codes = Vec::with_capacity(data.rows() * self.config.network.code);
        for from in (0..data.rows()).step_by(ROWS) {
            let to = (from + ROWS).min(data.rows());
            let features = data.range_known(from, to);
            codes.extend(self.inference().encode(&features, to - from));
        }
        finite("codes", &codes)?;
        Ok(self.codes(codes, table))
    }

    pub(crate) fn inference(&self) -> &Inference {
        self.inference.get_or_init(|| Inference::new(&self.coder))
    }

    /// Returns codes as a table, with the ids and labels of their rows.
    fn codes(&self, codes: Vec<f32>, like: &Table) -> Table {
        let columns = (1..=self.config.network.code).map(|i| Column::number(format!("code_{i}")));
        let origin = format!("codes of {}", like.origin);
        Table::made_of(like, origin, columns.collect(), codes)
    }

    /// Decodes codes `[rows, code]`. Returns a table of rows in the data's own
    /// units, with the codes' ids and labels. If the columns of codes have
    /// names, those called `code_1`, `code_2`, … are used, in any order.
    ///
    /// # Errors
    /// [`Error::Data`] if a column of the code is missing, if columns without
    /// names are not as many as the code's units, or if a value is missing,
    /// infinite or a text; [`Error::Model`] if a decoded row is not finite.
    pub fn decode(&self, codes: &Table) -> Result<Table> {
        let width = self.config.network.code;
        let order = self.code_order(codes)?;
        for &at in &order {
            refuse_text(codes, at)?;
        }
        let mut features = Vec::with_capacity(codes.rows() * self.scaler.features());
        let mut part = Vec::with_capacity(CHUNK * width);
        for from in (0..codes.rows()).step_by(CHUNK) {
            let to = (from + CHUNK).min(codes.rows());
            part.clear();
            (from..to).for_each(|row| part.extend(order.iter().map(|&at| codes.value(row, at))));
            if let Some(at) = part.iter().position(|v| !v.is_finite()) {
                return Err(Error::data(
                    &codes.origin,
                    Place::Cell(
                        codes.number_of(from + at / width),
                        codes.columns[order[at % width]].name.clone(),
                    ),
                    match part[at].is_nan() {
                        true => "a missing value".into(),
                        false => part[at].to_string(),
                    },
                    "a finite number",
                    codes_hint(),
                ));
            }
            features.extend(self.inference().decode(&part, to - from));
        }
        let rows = self.in_own_units("decoded rows", &features)?;
        Ok(self.with_tags(rows, codes))
    }

    /// Returns the place of each unit of the code among a table's columns,
    /// counted from 0: by name if the columns have names, otherwise in order.
    fn code_order(&self, codes: &Table) -> Result<Vec<usize>> {
        let width = self.config.network.code;
        let refuse = |place, found: String| {
            let expected = match width {
                1 => "the one unit of the model's code, code_1".into(),
                _ => format!("the {width} units of the model's code, code_1 to code_{width}"),
            };
            Err(Error::data(
                &codes.origin,
                place,
                found,
                expected,
                codes_hint(),
            ))
        };
        if !codes.named {
            return match codes.columns.len() == width {
                true => Ok((0..width).collect()),
                false => refuse(
                    Place::Whole,
                    match codes.columns.len() {
                        1 => "1 column".into(),
                        columns => format!("{columns} columns"),
                    },
                ),
            };
        }
        let find = |name: &String| codes.columns.iter().position(|c| c.name == *name);
        // As they are written beside ids or labels of such a name.
        let columns = (1..=width).map(|unit| Column::number(format!("code_{unit}")));
        let columns = codes.beside_tags(columns.collect());
        let names: Vec<String> = columns.into_iter().map(|column| column.name).collect();
        match names.iter().find(|name| find(name).is_none()) {
            Some(missing) => refuse(Place::Column(missing.clone()), "no such column".into()),
            None => Ok(names.iter().filter_map(find).collect()),
        }
    }

    /// Encodes and decodes rows. Returns a table of their reconstructions, in
    /// the columns and units of the data, with the rows' ids and labels.
    ///
    /// # Errors
    /// [`Error::Data`] if the rows do not fit the model; [`Error::Model`] if a
    /// reconstruction is not finite.
    pub fn reconstruct(&self, table: &Table) -> Result<Table> {
        let data = self.prepare(table)?;
        let rows: Vec<usize> = (0..data.rows()).collect();
        let mut features = Vec::with_capacity(rows.len() * data.features());
        self.inference().chunks(&data, &rows, |chunk| {
            features.extend_from_slice(chunk.output);
        });
        let rows = self.in_own_units("reconstructions", &features)?;
        Ok(self.with_tags(rows, table))
    }

    /// Scores how unusual each row is: by default its squared error in scaled units, the
    /// score's percentile among held-out rows that lack about as many cells,
    /// and the features with the largest shares of it. A row without any value
    /// has no score.
    ///
    /// # Errors
    /// [`Error::Data`] if the rows do not fit the model; [`Error::Model`] if a
    /// reconstruction is not finite.
    pub fn score(&self, table: &Table) -> Result<Scores> {
        score(&self.scorer(), &self.prepare(table)?, &self.reference)
    }

    /// Measures the errors over all rows, in scaled units and in the data's
    /// own, together with those of PCA with the same code size.
    ///
    /// # Errors
    /// [`Error::Data`] if the rows do not fit the model; [`Error::Model`] if an
    /// error is not finite.
    pub fn evaluate(&self, table: &Table) -> Result<Evaluation> {
        self.evaluate_with_progress(table, |_| {})
    }

    /// Does what [`Model::evaluate`] does, and calls `progress` with the number
    /// of rows finished since its last call.
    ///
    /// # Errors
    /// As [`Model::evaluate`].
    pub fn evaluate_with_progress(
        &self,
        table: &Table,
        progress: impl Fn(usize),
    ) -> Result<Evaluation> {
        let data = self.prepare(table)?;
        let rows: Vec<usize> = (0..data.rows()).collect();
        let config = &self.config;
        let binarising_seed = config.binarising_seed();
        let seen = Binarised::measured(&data, binarising_seed);
        let (measures, shown) = measures(&self.coder, &config.loss, config.seed, &seen, rows.len());
        // With as many axes as features, the error of PCA is only rounding.
        let narrow = config.network.code < data.features();
        let pca = self.pca.as_ref().filter(|_| narrow);
        let found = evaluate(
            self.inference(),
            pca,
            &data,
            binarising_seed,
            &rows,
            &progress,
        );
        finite("errors", &[found.scaled.error_per_row])?;
        let mut columns = found.columns.clone();
        if let Some(hidden) = self.errors_of_hidden(&data, &rows) {
            let hidden = hidden.errors(None);
            for (column, hidden) in columns.iter_mut().zip(hidden) {
                column.hidden = hidden.explained;
            }
        }
        Ok(Evaluation {
            columns,
            measures,
            shown,
            ..found
        })
    }

    /// Adds up the errors of cells that are hidden at random; `None` unless the
    /// model has learnt from hidden cells, column by column.
    fn errors_of_hidden<'d>(&self, data: &'d Prepared, rows: &[usize]) -> Option<ColumnSums<'d>> {
        let cells = self.coder.network.cells()?;
        let learnt = self.config.has_effect(Effect::HidesCells) && self.scaler.heads.is_some();
        let seed = self.config.seed;
        learnt.then(|| errors_of_hidden(self.inference(), data, cells, rows, seed))
    }

    /// Fits how far known numbers lie from what comes back of them, or of hidden
    /// cells if the model has learnt from such, over some rows.
    pub(crate) fn fit_residuals(&mut self, data: &Prepared, rows: &[usize]) {
        let sums = self.errors_of_hidden(data, rows).unwrap_or_else(|| {
            let mut sums = ColumnSums::new(&data.scaler);
            let add = |chunk: Chunk| sums.add(chunk.input, chunk.output);
            self.inference().chunks(data, rows, add);
            sums
        });
        let distances = sums
            .distances()
            .into_iter()
            .chain(std::iter::repeat(Vec::new()));
        let heads = self.scaler.heads.iter_mut().flatten();
        let found = sums.squared().into_iter().zip(sums.trust());
        for ((head, (squared, trust)), distances) in heads.zip(found).zip(distances) {
            head.trust = trust;
            if head.is_normal() || head.is_number() {
                head.residual = squared.map(|squared| squared as f32);
                head.distances = distances;
            }
        }
    }

    /// Returns the mean over rows of `‖∂h/∂x‖`, the Frobenius norm of the
    /// Jacobian of the encoder's outputs `h` (before variants turn them into a
    /// code) with respect to its scaled inputs `x`. It says how much codes move
    /// if a row moves a little (Rifai et al. 2011).
    ///
    /// The norm is exact for an encoder of one dense layer. For others, the
    /// square of each row's norm is estimated from 16 random directions, and
    /// its root is on average a little too low. Rows are taken as in training:
    /// with `data.binarised`, each is drawn once as zeros and ones.
    ///
    /// # Errors
    /// [`Error::Data`] if the rows do not fit the model; [`Error::Usage`] if
    /// the model has batch normalisation.
    pub fn jacobian_norm(&self, table: &Table) -> Result<f64> {
        if self.config.network.batch_norm {
            return Err(Error::usage(
                "a model with batch normalisation",
                "an encoder whose derivative is that of its layers alone",
                "leave the Jacobian out",
            ));
        }
        let data = self.prepare(table)?;
        let seen = Binarised::measured(&data, self.config.binarising_seed());
        let network = &self.coder.network;
        Ok(jacobian_norm(self.config.seed, network, &seen, data.rows()))
    }

    /// Returns the roles for reading rows for this model: only the columns that
    /// it was trained on, and labels and ids if the file has them.
    pub fn roles(&self) -> Roles {
        let columns = self.file_columns();
        Roles {
            width: Some(columns.len()),
            only: self.scaler.named.then_some(columns),
            image: self.scaler.image,
            formats: self.scaler.formats(),
            ..self.config.data.roles(true)
        }
    }

    /// Returns the columns that its rows are read from: those of the scaler, of
    /// windows the columns of a row.
    pub fn file_columns(&self) -> Vec<String> {
        self.scaler.file_columns(self.config.data.window)
    }

    /// Returns the rows with the scaler that turns them into features.
    ///
    /// # Errors
    /// [`Error::Data`] if the rows do not fit the model.
    pub(crate) fn prepare<'a>(&self, table: &'a Table) -> Result<Prepared<'a>> {
        check_window(&self.config.data, table)?;
        let data = self.scaler.fit_to(table)?;
        if self.config.data.unseen == Unseen::Refuse {
            data.refuse_unseen()?;
        }
        Ok(data)
    }

    /// Returns whether a column of the training rows was one of texts.
    pub fn has_categories(&self) -> bool {
        self.scaler
            .column_levels()
            .iter()
            .any(|(_, levels)| levels.is_some())
    }

    /// Returns whether rows may have what [`Model::unseen`] tells of.
    pub fn tells_of_unseen(&self) -> bool {
        self.has_categories() || self.scaler.constants().next().is_some()
    }

    /// Returns, for each category column in which a row has a text that no
    /// training row had, its name and a note of the first one.
    ///
    /// # Errors
    /// [`Error::Data`] if the rows do not fit the model.
    pub fn unseen(&self, table: &Table) -> Result<Vec<(String, Note)>> {
        let data = self.prepare(table)?;
        let mut notes = unseen_notes(&data);
        notes.extend(changed_notes(&data));
        Ok(notes)
    }

    /// Checks that rows fit the model.
    ///
    /// # Errors
    /// [`Error::Data`] if the rows do not fit the model.
    pub fn check(&self, table: &Table) -> Result<()> {
        self.prepare(table).map(|_| ())
    }

    /// Returns whether these are the rows of its training, held-out rows
    /// included, in the same order; `None` for a model that does not know, as
    /// those of older versions.
    ///
    /// # Errors
    /// [`Error::Data`] if the rows do not fit the model.
    pub fn is_of_rows(&self, table: &Table) -> Result<Option<bool>> {
        let Some(rows) = &self.rows else {
            return Ok(None);
        };
        Ok(Some(digest(&self.prepare(table)?) == *rows))
    }

    /// Returns every weight with its name and shape, the statistics of batch
    /// normalisation included: `encoder.0.weight` is `[inputs, outputs]`, and
    /// so on. A tied decoder has no matrices of its own.
    pub fn weights(&self) -> Vec<NamedTensor> {
        self.coder.network.store()
    }

    /// Returns the weights of each further network, as [`Model::weights`] those of the
    /// first.
    pub(crate) fn member_weights(&self) -> Vec<Vec<NamedTensor>> {
        let members = self.members.iter().flat_map(|members| &members.others);
        members.map(Member::weights).collect()
    }

    /// Returns the network's shape as text: `784-300-150-300-784`, or
    /// `28x28x1-16x14x14-32x7x7-64 and back` with convolutions.
    pub fn shape(&self) -> String {
        self.coder.network.shape()
    }

    /// Returns the channels, height and width of a code that is feature maps;
    /// `None` for other codes. The columns `code_1`, `code_2`, … are in this
    /// order, row-major.
    pub fn code_maps(&self) -> Option<[usize; 3]> {
        self.coder.network.code_maps()
    }

    /// Returns the number of trained weights, biases included.
    pub fn weight_count(&self) -> usize {
        self.coder.network.weights()
    }

    /// Returns the errors on the held-out rows after the epoch whose weights
    /// the model has; `None` if they were not measured for the whole network.
    pub fn held_out(&self) -> Option<&HeldOut> {
        let best = |best: usize| self.history.get(best - 1);
        let last = self.best_epoch.map_or(self.history.last(), best);
        last.and_then(Epoch::whole)
    }

    /// Writes the whole model to one safetensors file, which replaces an
    /// existing one. The file appears whole or not at all.
    ///
    /// # Errors
    /// [`Error::File`] if the file cannot be written; [`Error::Model`] if a
    /// weight is not finite.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let mut config = self.config.clone();
        // Equal trainings give equal files, whatever the path of their data.
        if !config.data.is_built_in() {
            config.data.source.clear();
        }
        let mut header = Map::new();
        header.insert("kind".into(), KIND.into());
        header.insert("config".into(), json!(config));
        header.insert("scaler".into(), json!(self.scaler));
        header.insert("history".into(), json!(self.history));
        header.insert("best_epoch".into(), json!(self.best_epoch));
        header.insert("warnings".into(), json!(self.warnings));
        if !self.classes.is_empty() {
            header.insert("classes".into(), json!(self.classes));
        }
        if let Some(rows) = &self.rows {
            header.insert("rows".into(), json!(rows));
        }
        let mut tensors = self.coder.network.store();
        tensors.extend(self.pca.iter().flat_map(Pca::store));
        tensors.extend(self.reference.store());
        tensors.extend(self.measure.iter().flat_map(Measure::store));
        tensors.extend(self.members.iter().flat_map(Members::store));
        tensors.extend(self.simple.iter().flat_map(SimpleWays::store));
        tensors.extend(self.within.iter().map(Within::store));
        tensors.extend(self.column_samples.iter().map(ColumnSamples::store));
        tensors.extend(self.spread.iter().flat_map(Spread::store));
        Container { header, tensors }.write(path.as_ref())
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`Error::File`] if the file cannot be read; [`Error::Model`] if it is
    /// damaged, is not a model, or was written by a later version;
    /// [`Error::Config`] if the settings in it are not valid.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let container = Container::read_kind(path, KIND, |kind| match kind {
            "classifier" => Hint::from(Remedy::UseClassifier).and(" is for classifiers"),
            _ => "a run's model is model.safetensors".into(),
        })?;
        let wrong = |found| Error::model(path.display(), found, "a whole model", "train again");
        let config: Config = container.get(path, "config")?;
        let scaler: Scaler = container.get(path, "scaler")?;
        scaler.check().map_err(wrong)?;
        scaler.check_window(config.data.window).map_err(wrong)?;
        let plan =
            Plan::for_rows(&config, &scaler).map_err(|error| error.of_config(path.display()))?;
        let network =
            Network::from_stored(&plan.spec, &container.tensors, &device("cpu")?).map_err(wrong)?;
        let reference =
            Reference::from_stored(&container.tensors, scaler.columns()).map_err(wrong)?;
        let measure =
            Measure::of_config(&config, &container.tensors, scaler.features()).map_err(wrong)?;
        let by = config.score.by;
        if measure.is_none() && by != ScoreBy::Error && !reference.all.is_empty() {
            return Err(wrong("no tensors by which its errors are measured".into()));
        }
        let members = Members::from_stored(&container.tensors, &plan, &scaler).map_err(wrong)?;
        let simple =
            SimpleWays::from_stored(&container.tensors, scaler.features()).map_err(wrong)?;
        let history: Vec<Epoch> = container.get(path, "history")?;
        let best_epoch: Option<usize> = container.get(path, "best_epoch")?;
        let classes: Option<Vec<String>> = container.get(path, "classes")?;
        history::check(&history, plan.spec.depth).map_err(wrong)?;
        // Maps decide how wide their code is.
        let coder = plan.config.coder(network);
        let mut known = HashSet::new();
        if let Some(class) = classes.iter().flatten().find(|class| !known.insert(*class)) {
            return Err(wrong(format!("class '{class}' twice")));
        }
        if best_epoch.is_some_and(|best| !(1..=history.len()).contains(&best)) {
            return Err(wrong(format!(
                "best epoch {best_epoch:?} of {}",
                history.len()
            )));
        }
        Ok(Model {
            classes: classes.unwrap_or_default(),
            spread: Spread::from_stored(&container.tensors, scaler.features()).map_err(wrong)?,
            column_samples: ColumnSamples::from_stored(&container.tensors, &scaler)
                .map_err(wrong)?,
            rows: container.get(path, "rows")?,
            pca: Pca::from_stored(
                &container.tensors,
                scaler.features(),
                plan.config.network.code,
            )
            .map_err(wrong)?,
            history,
            best_epoch,
            warnings: container.get(path, "warnings")?,
            reference,
            measure,
            members,
            simple,
            within: Within::from_stored(&container.tensors, scaler.features()).map_err(wrong)?,
            ..Model::new(plan.config, scaler, coder)
        })
    }

    /// Returns features as rows in the data's own units. `what` they are.
    ///
    /// # Errors
    /// [`Error::Model`] if a number is not finite, in either units.
    fn in_own_units(&self, what: &str, features: &[f32]) -> Result<Table> {
        finite(what, features)?;
        let rows = self.scaler.undo(features);
        if let Values::Floats(values) = &rows.values {
            finite(what, values)?;
        }
        Ok(rows)
    }

    /// Returns rows of the model's columns in those of the file: texts of an
    /// order for their places, and whole dates and times for their parts.
    pub fn as_in_file(&self, rows: Table) -> Table {
        as_in_file(rows, &self.config.data.kinds)
    }

    fn with_tags(&self, mut rows: Table, like: &Table) -> Table {
        rows.labels = like.labels.clone();
        rows.ids = like.ids.clone();
        rows
    }
}

/// Tells of the first text of each column that no training row had.
pub(crate) fn unseen_notes(data: &Prepared) -> Vec<(String, Note)> {
    let note = |(row, at): (usize, usize)| {
        let column = &data.table.columns[at].name;
        let text = data.text(row, at).unwrap_or_default();
        let refuse = Remedy::Set {
            key: "data.unseen",
            value: "refuse".into(),
        };
        let taken_for = match data.joins_rare(at) {
            true => "taken for one of the rare ones",
            false => "taken for none of those that were",
        };
        let seen = format!(
            "column '{column}' has texts that were not seen in training, such as '{text}' in row {}: {taken_for}",
            data.table.number_of(row)
        );
        let hint = Hint::from("a model trained with ")
            .and(refuse)
            .and(" refuses them");
        (column.clone(), Note::new(seen, hint))
    };
    data.first_unseen().into_iter().map(note).collect()
}

/// Returns, for each column of numbers that had one value in training and now has
/// another, its name and a note of it.
fn changed_notes(data: &Prepared) -> Vec<(String, Note)> {
    let note = |(column, _, value): (usize, usize, f32)| {
        let at = data.place_of(column);
        let is_other = |&row: &usize| {
            let found = data.table.value(row, at);
            !found.is_nan() && found != value
        };
        let mut others = (0..data.rows()).filter(is_other);
        let first = others.next()?;
        let name = &data.table.columns[at].name;
        let seen = format!(
            "column '{name}' was {value} in every training row, and is {} in row {}{}",
            data.table.value(first, at),
            data.table.number_of(first),
            match others.count() {
                0 => String::new(),
                more => format!(", and another one in {more} more"),
            },
        );
        let hint = "a model says little of how unusual that is: train on rows in which it varies, or leave it out with data.ignore";
        Some((name.clone(), Note::new(seen, hint)))
    };
    data.scaler.constants().filter_map(note).collect()
}

/// Returns a digest of rows as a network sees them.
pub(crate) fn digest(data: &Prepared) -> String {
    let mut hasher = blake3::Hasher::new();
    for from in (0..data.rows()).step_by(ROWS) {
        let features = data.range(from, (from + ROWS).min(data.rows()));
        let bytes: Vec<u8> = features.iter().flat_map(|v| v.to_le_bytes()).collect();
        hasher.update(&bytes);
    }
    hasher.finalize().to_hex().to_string()
}

/// Refuses a model's results if one of them is not finite.
pub(crate) fn finite<T: Copy + Into<f64> + Display>(what: &str, results: &[T]) -> Result<()> {
    match results.iter().find(|&&result| !result.into().is_finite()) {
        None => Ok(()),
        Some(found) => Err(Error::model(
            "the model",
            format!("{found} among its {what}"),
            "finite numbers",
            "its weights are too large, as those of a training that diverged: train again with a lower optimizer.rate",
        )),
    }
}

/// Returns the hint that says where codes come from.
fn codes_hint() -> Hint {
    Hint::from("codes are what ")
        .and(Remedy::Encode)
        .and(" writes")
}

/// Refuses a column of codes that holds a text.
fn refuse_text(codes: &Table, at: usize) -> Result<()> {
    let ColumnKind::Category(levels) = &codes.columns[at].kind else {
        return Ok(());
    };
    let text = |row| {
        let level = codes.value(row, at);
        levels.get(level as usize).filter(|_| !level.is_nan())
    };
    let mut texts = (0..codes.rows()).filter_map(|row| Some((row, text(row)?)));
    let Some((row, text)) = texts.find(|(_, text)| text.parse::<f32>().is_err()) else {
        return Ok(());
    };
    Err(Error::data(
        &codes.origin,
        Place::Cell(codes.number_of(row), codes.columns[at].name.clone()),
        format!("'{text}'"),
        "a number",
        match text.contains(',') {
            true => "write decimals with a point".into(),
            false => codes_hint(),
        },
    ))
}

#[cfg(test)]
mod forged_tests;
#[cfg(test)]
mod tests;
