//! Scales a table's columns to the network's features and back. The scaler is
//! fitted on the training rows and saved with the model.

mod circular;
mod draw;
mod heads;
mod levels;
mod number;
mod prepared;
mod sentinel;
mod squash;
mod summary;
mod transform;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use circular::CircularScale;
use levels::category;
use number::{NumberScale, Words};
use sentinel::sentinels;
use summary::{Summary, ranges_outside, summarise};
use transform::Transform;

pub(crate) use draw::{ATTEMPTS, Around, RowDraws};
pub(crate) use heads::{Head, HeadKind, Likelihoods, Variances};
pub(crate) use prepared::Pixels;
pub use prepared::Prepared;

use crate::base::error::{Error, Place, Result};
use crate::base::warning::Warning;
use crate::data::cells::Cells;
use crate::data::number_format::NumberFormat;
use crate::data::rare::OTHER;
use crate::data::table::{Column, ColumnKind, ImageShape, Table, Values};
use crate::settings::{Activation, DataConfig, Kind, Missing, Scale};

/// The rule that turns each column into features and back.
///
/// A number column is one feature, `(value - offset) / factor`; in a column
/// where a few values lie far from all others, these are drawn in. A category
/// column is one 0/1 feature for each of its levels, of which the last may stand
/// for all rare texts. A number that goes round is two features, sine and cosine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scaler {
    /// The method that was chosen when the scaler was fitted.
    pub(crate) method: Method,
    /// The shape of each row's image; `None` if rows are not images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image: Option<ImageShape>,
    /// Whether the columns' names came with the data.
    pub(crate) named: bool,
    /// Whether the training values were bytes.
    pub(crate) bytes: bool,
    /// Whether the training values were pixels of 16 bits.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) words: bool,
    columns: Vec<ColumnScale>,
    /// The likelihood of each column; `None` if all features are compared in one
    /// way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) heads: Option<Vec<Head>>,
    /// The features of which the encoder is told whether they are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) told: Vec<usize>,
}

/// What a network takes and gives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Network {
    /// The activation of its output.
    pub output: Activation,
    /// Whether it takes the columns of a table for the pixels of an image.
    pub images: bool,
    /// Whether each column has a likelihood of its own.
    pub by_columns: bool,
}

impl From<Activation> for Network {
    fn from(output: Activation) -> Self {
        Network {
            output,
            images: false,
            by_columns: false,
        }
    }
}

/// The method of a fitted scaler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Method {
    /// Bytes divided by 255.
    Bytes,
    /// Pixels of 16 bits divided by 65,535, or by the largest number of as many
    /// bits as the training values have: 4,095 if none of them is larger.
    Words,
    /// Values as they are.
    None,
    /// Each column scaled to [0, 1].
    MinMax,
    /// Each column scaled to mean 0 and standard deviation 1.
    Standard,
    /// Each column scaled by the median and the quartiles, and values more than
    /// four such units from the median drawn in.
    Robust,
    /// Each column minus its mean; pixels that are bytes are also divided by
    /// 255, and those of 16 bits as by [`Method::Words`].
    Centre,
}

impl Method {
    /// Returns whether columns are scaled one by one.
    fn is_of_columns(self) -> bool {
        matches!(self, Method::MinMax | Method::Standard | Method::Robust)
    }

    /// Returns a description in a few words.
    pub fn describe(self) -> &'static str {
        match self {
            Method::Bytes => "bytes divided by 255",
            Method::Words => "16-bit pixels divided by the largest number of the bits they use",
            Method::None => "values as they are",
            Method::MinMax => "each column scaled to [0, 1]",
            Method::Standard => "each column scaled to mean 0, deviation 1",
            Method::Robust => "each column scaled by its median and quartiles, far values drawn in",
            Method::Centre => "each column less its mean",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum ColumnScale {
    Category {
        name: String,
        levels: Vec<String>,
        /// Texts that have the last level in common, since they are rare.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rare: Vec<String>,
        /// The commonest level of the training rows, for missing cells; `None`
        /// if missing cells are refused.
        #[serde(skip_serializing_if = "Option::is_none")]
        fill: Option<usize>,
    },
    Circular(CircularScale),
    Number(NumberScale),
}

/// In which way a filled cell can be sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surety {
    /// A number lies within bounds.
    Bounds,
    /// A text, or one of two values, has a probability.
    Probability,
    /// What goes round has neither.
    None,
}

impl ColumnScale {
    fn name(&self) -> &str {
        match self {
            ColumnScale::Category { name, .. } => name,
            ColumnScale::Circular(circular) => &circular.name,
            ColumnScale::Number(number) => &number.name,
        }
    }

    fn is_sound(&self) -> bool {
        match self {
            ColumnScale::Circular(circular) => circular.is_sound(),
            ColumnScale::Category {
                levels, rare, fill, ..
            } => {
                let mut known = HashSet::new();
                // A rare text may be called like the level of all of them.
                let unique = levels.iter().all(|level| known.insert(level))
                    && rare
                        .iter()
                        .all(|text| Some(text) == levels.last() || known.insert(text));
                unique && !levels.is_empty() && fill.is_none_or(|fill| fill < levels.len())
            }
            ColumnScale::Number(number) => {
                let filled = number
                    .fill
                    .is_none_or(|fill| !fill.is_nan() && self.takes(fill));
                number.is_sound() && filled
            }
        }
    }

    fn features(&self) -> usize {
        match self {
            ColumnScale::Category { levels, .. } => levels.len(),
            ColumnScale::Circular(_) => CircularScale::FEATURES,
            ColumnScale::Number(_) => 1,
        }
    }
}

impl Scaler {
    /// Fits a scaler on some rows of a table (`rows` counts from 0). Adds
    /// warnings about columns that never change, that rounding to 32 bits has
    /// made coarse, or that look like ids. The network's output has to reach the
    /// scaled values.
    ///
    /// # Errors
    /// [`Error::Data`] if a column has no value in these rows, or if there are
    /// several rows and they are all the same.
    pub(crate) fn fit(
        table: &Table,
        rows: &[usize],
        config: &DataConfig,
        network: impl Into<Network>,
        warnings: &mut Vec<Warning>,
    ) -> Result<Self> {
        let network = network.into();
        let scale = config.scale;
        let bytes = matches!(table.values, Values::Bytes(_));
        let pixels = bytes && table.image.is_some();
        if pixels && scale == Scale::Auto {
            if rows.len() > 1 && are_same(table, rows) {
                return Err(nothing_differs(table));
            }
            return Ok(Self::bytes(table));
        }
        let summaries = summarise(table, rows);
        let method = match scale {
            Scale::None => Method::None,
            Scale::MinMax => Method::MinMax,
            Scale::Standard => Method::Standard,
            Scale::Robust => Method::Robust,
            Scale::Centre => Method::Centre,
            Scale::Auto if table.words => Method::Words,
            Scale::Auto => choose(table, &summaries, config.binarised, network),
        };
        let white = match pixels {
            true => Some(255.0),
            false => table.words.then(|| white(&summaries)),
        };
        refuse_no_numbers(table, config)?;
        let fill = config.missing != Missing::Refuse;
        let outside = ranges_outside(table, rows);
        let (mut far, mut squashed) = (Vec::new(), Vec::new());
        let mut constant = Vec::new();
        let mut columns = Vec::with_capacity(table.columns.len());
        for (index, (column, summary)) in table.columns.iter().zip(&summaries).enumerate() {
            if summary.count == 0 {
                return Err(Error::data(
                    &table.origin,
                    Place::Column(column.name.clone()),
                    "no value in any training row",
                    "at least one",
                    match config.one_hot.contains(&column.name) {
                        true => {
                            "leave the column out with data.ignore, and take it out of data.one_hot"
                        }
                        false => "leave the column out with data.ignore",
                    },
                ));
            }
            // A column whose values only rounding made equal does change.
            let lost = table.exact.iter().any(|e| e.column == index && e.lost);
            if summary.low == summary.high && !lost {
                constant.push(column.name.clone());
            }
            columns.push(match &column.kind {
                ColumnKind::Category(levels) => {
                    let joins = config.kinds.get(&column.name) == Some(&Kind::Category);
                    category(table, rows, index, levels, joins, fill)
                }
                ColumnKind::Circular { period } => ColumnScale::Circular(CircularScale {
                    name: column.name.clone(),
                    period: *period,
                    fill: fill.then(|| circular::mean(table, rows, index, *period)),
                    unit: network.output == Activation::Sigmoid || method == Method::MinMax,
                    whole: circular::are_whole(table, rows, index),
                    written: table.formats.get(&column.name).cloned(),
                }),
                ColumnKind::Number => {
                    let name = &column.name;
                    let bent = match method.is_of_columns() {
                        true => bent(table, rows, index, config, network.by_columns)?,
                        false => None,
                    };
                    let binary = network.by_columns
                        && bent.is_none()
                        && method.is_of_columns()
                        && summary.two_valued;
                    let method = if binary { Method::MinMax } else { method };
                    let alone = binary || bent.is_some() || table.image.is_some();
                    let is_far = !alone && summary.is_far(outside[index]);
                    let draws_in = is_far && scale == Scale::Auto && method != Method::None;
                    match (is_far, draws_in || scale == Scale::Robust) {
                        (true, true) => squashed.push(name.clone()),
                        (true, false) => far.push(name.clone()),
                        _ => {}
                    }
                    let fitted = NumberScale {
                        two_valued: network.by_columns && summary.two_valued,
                        written: table.formats.get(name).cloned(),
                        words: words(name, config),
                        ..NumberScale::fit(name, method, white, summary, draws_in, fill)
                    };
                    let unit = method == Method::MinMax;
                    ColumnScale::Number(match bent {
                        Some(transform) => fitted.bent(transform, &known(table, rows, index), unit),
                        None => fitted,
                    })
                }
            });
        }
        let same = summaries.iter().all(|summary| summary.low == summary.high);
        if same && rows.len() > 1 {
            return Err(nothing_differs(table));
        }
        if !constant.is_empty() && table.image.is_none() {
            let of: HashSet<&String> = constant.iter().collect();
            let one_hot = config.one_hot.iter().filter(|name| of.contains(name));
            warnings.push(Warning::ConstantColumns {
                one_hot: one_hot.cloned().collect(),
                names: constant,
            });
        }
        let rounded = rounded(table, &summaries);
        if !rounded.is_empty() {
            warnings.push(Warning::Rounded { names: rounded });
        }
        for (names, drawn_in) in [(squashed, true), (far, false)] {
            if !names.is_empty() {
                warnings.push(Warning::FarValues { names, drawn_in });
            }
        }
        let is_made = |name: &str| is_of_time(name, config);
        warnings.extend(sentinels(table, rows, is_made));
        let mut ids = table.id_like();
        ids.retain(|name| !is_named(name, config));
        if !ids.is_empty() {
            warnings.push(Warning::LooksLikeId { names: ids });
        }
        Ok(Scaler {
            method,
            image: table.image,
            named: table.named,
            bytes,
            words: table.words,
            columns,
            heads: None,
            told: Vec::new(),
        })
    }

    fn bytes(table: &Table) -> Self {
        let columns = table.columns.iter();
        let columns = columns.map(|column| ColumnScale::Number(NumberScale::pixel(&column.name)));
        Scaler {
            method: Method::Bytes,
            image: table.image,
            named: table.named,
            bytes: true,
            words: false,
            columns: columns.collect(),
            heads: None,
            told: Vec::new(),
        }
    }

    /// Checks a scaler that was read from a file. The error says what is wrong
    /// with it.
    pub(crate) fn check(&self) -> std::result::Result<(), String> {
        if self.columns.is_empty() {
            return Err("no columns".into());
        }
        if let Some(column) = self.columns.iter().find(|column| !column.is_sound()) {
            return Err(format!("column '{}' that cannot be scaled", column.name()));
        }
        let mut names = HashSet::new();
        if let Some(twice) = self.columns.iter().find(|c| !names.insert(c.name())) {
            return Err(format!("two columns '{}'", twice.name()));
        }
        let features = self
            .image
            .map_or(self.columns.len(), |image| image.features());
        let is_number = |column: &ColumnScale| matches!(column, ColumnScale::Number(_));
        let numbers = self.columns.iter().all(is_number);
        if features != self.columns.len() || self.image.is_some() && !numbers {
            return Err("images of another size than rows".into());
        }
        self.check_heads()?;
        let features = self.features();
        if self.told.iter().any(|&at| at >= features) {
            return Err("a missing feature that rows do not have".into());
        }
        // Bytes are all divided by 255, in one pass.
        if self.method == Method::Bytes && self.affine().is_none() {
            return Err("bytes that are texts".into());
        }
        Ok(())
    }

    /// Returns whether the training rows were left as they are and had many
    /// columns, without names or the shape of an image: [`Scale::Auto`] takes
    /// such columns for pixels.
    pub fn is_taken_for_pixels(&self) -> bool {
        let is_array = !self.named && self.image.is_none() && self.columns.len() >= PIXELS;
        is_array && self.method == Method::None
    }

    /// Returns the method that was chosen when the scaler was fitted.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Returns the shape of each row's image; `None` if rows are not images.
    pub fn image(&self) -> Option<ImageShape> {
        self.image
    }

    /// Returns how the numbers of columns were written, where that is not as
    /// Rust writes them.
    pub(crate) fn formats(&self) -> HashMap<String, NumberFormat> {
        let written = self.columns.iter().filter_map(|column| match column {
            ColumnScale::Number(number) => Some((number.name.clone(), number.written.clone()?)),
            ColumnScale::Circular(circular) => {
                Some((circular.name.clone(), circular.written.clone()?))
            }
            ColumnScale::Category { .. } => None,
        });
        written.collect()
    }

    /// Returns how the cells of rows lie among their features, for a network that
    /// takes rows of which cells are missing; `None` if it refuses them.
    pub(crate) fn cells(&self, missing: Missing) -> Option<Cells> {
        if missing == Missing::Refuse {
            return None;
        }
        let mut ranges = Vec::with_capacity(self.columns.len());
        let mut shown = Vec::with_capacity(self.features());
        for column in &self.columns {
            ranges.push(shown.len()..shown.len() + column.features());
            match column {
                ColumnScale::Number(number) => {
                    shown.push(number.fill.map_or(0.0, |fill| number.feature(fill)));
                }
                ColumnScale::Circular(circular) => {
                    let fill = circular.fill.unwrap_or_default();
                    shown.extend(circular.features(fill));
                }
                ColumnScale::Category { levels, fill, .. } => {
                    let fill = fill.filter(|_| missing == Missing::Mean);
                    let level = |at| f32::from(u8::from(Some(at) == fill));
                    shown.extend((0..levels.len()).map(level));
                }
            }
        }
        Some(Cells {
            ranges,
            shown,
            told: self.told.clone(),
            holes: Vec::new(),
        })
    }

    /// Returns the features that are numbers, the first of each column.
    pub(crate) fn numbers(&self) -> Vec<usize> {
        let mut found = Vec::new();
        let mut first = 0;
        for column in &self.columns {
            if !matches!(column, ColumnScale::Category { .. }) {
                found.push(first);
            }
            first += column.features();
        }
        found
    }

    /// Returns the number of features of a row.
    pub fn features(&self) -> usize {
        self.columns.iter().map(ColumnScale::features).sum()
    }

    /// Returns the number of columns of a row.
    pub fn columns(&self) -> usize {
        self.columns.len()
    }

    /// Returns the columns' names.
    pub fn column_names(&self) -> Vec<String> {
        self.columns
            .iter()
            .map(|column| column.name().to_string())
            .collect()
    }

    /// Returns the features' names: the column's name, `column=level` for each
    /// level of a category, `column (sin)` and `column (cos)` of a number that
    /// goes round.
    pub fn feature_names(&self) -> Vec<String> {
        let mut names = Vec::with_capacity(self.features());
        for column in &self.columns {
            match column {
                ColumnScale::Number(number) => names.push(number.name.clone()),
                ColumnScale::Circular(circular) => names.extend(circular.names()),
                ColumnScale::Category { name, levels, .. } => {
                    names.extend(levels.iter().map(|level| format!("{name}={level}")));
                }
            }
        }
        names
    }

    /// Returns each column's name, with the levels of a category; `None` for a
    /// number column.
    pub fn column_levels(&self) -> Vec<(String, Option<Vec<String>>)> {
        let of = |column: &ColumnScale| match column {
            ColumnScale::Number(number) => (number.name.clone(), None),
            ColumnScale::Circular(circular) => (circular.name.clone(), None),
            ColumnScale::Category { name, levels, .. } => (name.clone(), Some(levels.clone())),
        };
        self.columns.iter().map(of).collect()
    }

    /// Returns the offset and factor of each feature, which convert a scaled
    /// value to the data's own units: `scaled * factor + offset`. Values that
    /// were drawn in, since they lie far from all others, are further off.
    pub fn own_units(&self) -> Vec<(f32, f32)> {
        let mut own = Vec::with_capacity(self.features());
        for column in &self.columns {
            match column {
                ColumnScale::Number(number) => own.push(number.own_units()),
                ColumnScale::Circular(circular) => own.extend(circular.own_units()),
                ColumnScale::Category { levels, .. } => {
                    own.extend(levels.iter().map(|_| (0.0, 1.0)));
                }
            }
        }
        own
    }

    /// Adds to each feature's squared error what its value lost by being drawn
    /// in.
    pub(crate) fn add_drawn_in(&self, features: &[f32], squares: &mut [f64]) {
        let mut at = 0;
        for column in &self.columns {
            if let ColumnScale::Number(number) = column
                && !features[at].is_nan()
            {
                squares[at] += number.drawn_in(features[at]);
            }
            at += column.features();
        }
    }

    /// Returns whether values far from all others are drawn in, in any column.
    pub(crate) fn draws_in(&self) -> bool {
        let draws_in = |column: &ColumnScale| match column {
            ColumnScale::Number(number) => number.squashed.is_some(),
            ColumnScale::Category { .. } | ColumnScale::Circular(_) => false,
        };
        self.columns.iter().any(draws_in)
    }

    /// Returns whether errors in the data's own units differ from those in
    /// scaled units.
    pub fn changes_units(&self) -> bool {
        self.factors().iter().any(|factor| *factor != 1.0)
    }

    /// Returns whether features have different factors, as columns with units
    /// of their own do, so that their errors cannot be summed in the data's own
    /// units. False for images.
    pub fn mixes_units(&self) -> bool {
        let factors = self.factors();
        self.image.is_none() && factors.iter().any(|factor| *factor != factors[0])
    }

    /// Returns the size of one scaled unit of each feature in the data's own
    /// units.
    pub fn factors(&self) -> Vec<f32> {
        self.own_units()
            .into_iter()
            .map(|(_, factor)| factor)
            .collect()
    }

    /// Converts features back to the data's own columns and units.
    ///
    /// `features` is row-major, `[rows, features]`. A category becomes its
    /// level with the largest feature.
    pub fn undo(&self, features: &[f32]) -> Table {
        let width = self.features();
        let rows = features.len().checked_div(width).unwrap_or(0);
        let mut values = Vec::with_capacity(rows * self.columns.len());
        for row in features.chunks_exact(width.max(1)) {
            let mut at = 0;
            for column in &self.columns {
                match column {
                    ColumnScale::Number(number) => values.push(number.value(row[at])),
                    ColumnScale::Circular(circular) => values.push(circular.value(&row[at..])),
                    ColumnScale::Category { levels, .. } => {
                        let part = &row[at..at + levels.len()];
                        let best = (0..part.len()).max_by(|&a, &b| part[a].total_cmp(&part[b]));
                        values.push(best.unwrap_or(0) as f32);
                    }
                }
                at += column.features();
            }
        }
        self.table(values)
    }

    /// Returns, of a column that goes round, its period and the middle of its two
    /// features, the sine and the cosine; `None` for other columns.
    pub(crate) fn circle(&self, column: usize) -> Option<(f32, f32)> {
        match &self.columns[column] {
            ColumnScale::Circular(circular) => Some((circular.period, circular.middle())),
            ColumnScale::Number(_) | ColumnScale::Category { .. } => None,
        }
    }

    /// Returns whether the values of a column are no line of its feature, as
    /// those of logarithms and ranks.
    pub(crate) fn is_bent(&self, column: usize) -> bool {
        match &self.columns[column] {
            ColumnScale::Number(number) => number.is_bent(),
            ColumnScale::Circular(_) | ColumnScale::Category { .. } => false,
        }
    }

    /// Returns the features of a column.
    pub(crate) fn features_of(&self, column: usize) -> Range<usize> {
        let before = &self.columns[..column];
        let first = before.iter().map(ColumnScale::features).sum();
        first..first + self.columns[column].features()
    }

    /// Returns the text of a category's value, of which rare ones follow the
    /// levels; `None` for other columns.
    pub(crate) fn level(&self, column: usize, value: f32) -> Option<String> {
        match &self.columns[column] {
            ColumnScale::Category { levels, rare, .. } => {
                levels.iter().chain(rare).nth(value as usize).cloned()
            }
            ColumnScale::Number(_) | ColumnScale::Circular(_) => None,
        }
    }

    /// Returns the value of a column of `features`, those of a row, as the column
    /// has them: whole if all were in training, within their range, and one of
    /// two if there were two.
    pub(crate) fn likely(&self, column: usize, features: &[f32]) -> f32 {
        match &self.columns[column] {
            ColumnScale::Number(number) => number.likely(features[0]),
            ColumnScale::Circular(circular) => circular.likely(features),
            ColumnScale::Category { levels, .. } => {
                // What stands for rare texts is none of them.
                let is_text = |&at: &usize| levels[at] != OTHER || levels.len() == 1;
                let best = (0..features.len())
                    .filter(is_text)
                    .max_by(|&a, &b| features[a].total_cmp(&features[b]));
                best.unwrap_or(0) as f32
            }
        }
    }

    /// Returns drawn values as [`Self::table`] does, with the rare texts among
    /// those of categories.
    pub(crate) fn drawn_table(&self, values: Vec<f32>) -> Table {
        let mut table = self.table(values);
        for (made, column) in table.columns.iter_mut().zip(&self.columns) {
            if let (ColumnKind::Category(levels), ColumnScale::Category { rare, .. }) =
                (&mut made.kind, column)
            {
                levels.extend(rare.iter().cloned());
            }
        }
        table
    }

    /// Returns what a number of a column stands for: a text of an order or a date;
    /// `None` if for itself.
    pub(crate) fn word(&self, column: usize, value: f32) -> Option<String> {
        match &self.columns[column] {
            ColumnScale::Number(number) => number.words.as_ref()?.text(value),
            ColumnScale::Circular(_) | ColumnScale::Category { .. } => None,
        }
    }

    /// Returns in which way a filled cell of a column, by name, can be sure.
    pub(crate) fn surety(&self, name: &str) -> Surety {
        let named = |column: &&ColumnScale| column.name() == name;
        match self.columns.iter().find(named) {
            Some(ColumnScale::Number(number)) if !number.is_binary() => Surety::Bounds,
            Some(ColumnScale::Number(_) | ColumnScale::Category { .. }) => Surety::Probability,
            Some(ColumnScale::Circular(_)) | None => Surety::None,
        }
    }

    /// Returns values `[rows, columns]` as a table of the data's columns.
    pub(crate) fn table(&self, values: Vec<f32>) -> Table {
        let columns = self.columns.iter().map(|column| match column {
            ColumnScale::Number(number) => Column::number(number.name.clone()),
            ColumnScale::Circular(circular) => {
                Column::circular(circular.name.clone(), circular.period)
            }
            ColumnScale::Category { name, levels, .. } => Column {
                name: name.clone(),
                kind: ColumnKind::Category(levels.clone()),
            },
        });
        Table {
            image: self.image,
            words: self.words,
            formats: self.formats(),
            ..Table::bare(
                "the model",
                columns.collect(),
                self.named,
                Values::Floats(values),
            )
        }
    }
}

/// Returns whether a setting says what a column holds, or that it is made of a
/// time.
fn is_named(column: &str, config: &DataConfig) -> bool {
    config.kinds.contains_key(column) || is_of_time(column, config)
}

/// Returns whether a column is made of a date or a time.
fn is_of_time(column: &str, config: &DataConfig) -> bool {
    let is_time = |of: &str| matches!(config.kinds.get(of), Some(Kind::Time(_)));
    column.rsplit_once('.').is_some_and(|(of, _)| is_time(of))
}

/// Returns what the numbers of a column stand for; `None` if for themselves.
fn words(column: &str, config: &DataConfig) -> Option<Words> {
    let of = column.rsplit_once('.');
    let made_of = of.and_then(|(of, part)| Some((config.kinds.get(of)?, part)));
    Words::of(config.kinds.get(column), made_of)
}

/// Returns what a number column is bent by before it is scaled, by its settings;
/// `None` if it is not.
///
/// # Errors
/// [`Error::Data`] at the first cell that is no count although the column should
/// hold counts.
fn bent(
    table: &Table,
    rows: &[usize],
    column: usize,
    config: &DataConfig,
    by_columns: bool,
) -> Result<Option<Transform>> {
    let name = &table.columns[column].name;
    if config.log.contains(name) {
        return Ok(Some(Transform::log(&known(table, rows, column))));
    }
    if config.rank.contains(name) {
        return Ok(Some(Transform::rank(&known(table, rows, column))));
    }
    if !by_columns || config.kinds.get(name) != Some(&Kind::Count) {
        return Ok(None);
    }
    refuse_no_counts(table, rows, column)?;
    Ok(Some(Transform::Count))
}

/// Returns the known values of a column in some rows.
fn known(table: &Table, rows: &[usize], column: usize) -> Vec<f32> {
    let values = rows.iter().map(|&row| table.value(row, column));
    values.filter(|value| !value.is_nan()).collect()
}

/// Refuses the first cell of some rows that is no count.
fn refuse_no_counts(table: &Table, rows: &[usize], column: usize) -> Result<()> {
    for &row in rows {
        let value = table.value(row, column);
        if value < 0.0 || value.fract() != 0.0 && !value.is_nan() {
            let name = table.columns[column].name.clone();
            return Err(Error::data(
                &table.origin,
                Place::Cell(table.number_of(row), name.clone()),
                value.to_string(),
                "a count, 0 or a whole number above",
                format!("set data.kinds.{name} = \"number\""),
            ));
        }
    }
    Ok(())
}

/// Refuses names of columns to bend that are no number columns.
fn refuse_no_numbers(table: &Table, config: &DataConfig) -> Result<()> {
    for (key, names) in [("data.log", &config.log), ("data.rank", &config.rank)] {
        for name in names {
            let column = table.columns.iter().find(|column| column.name == *name);
            if column.is_none_or(|column| column.kind != ColumnKind::Number) {
                return Err(Error::data(
                    &table.origin,
                    Place::Column(name.clone()),
                    match column {
                        Some(_) => "a column that is no number",
                        None => "no such column",
                    },
                    format!("a column of numbers, since {key} names it"),
                    format!("take it out of {key}"),
                ));
            }
        }
    }
    Ok(())
}

/// Returns the names of the number columns whose values are so large compared
/// with their standard deviation that rounding to 32 bits loses much of their
/// differences, such as times in seconds.
fn rounded(table: &Table, summaries: &[Summary]) -> Vec<String> {
    let lost = |s: &Summary| {
        let step = f64::from(s.high.abs().max(s.low.abs()) * f32::EPSILON);
        s.low < s.high && step > 0.01 * s.deviation
    };
    let in_file = |at| table.exact.iter().any(|e| e.column == at && e.lost);
    let columns = table.columns.iter().zip(summaries).enumerate();
    columns
        .filter(|(_, (column, _))| column.kind == ColumnKind::Number)
        .filter(|(at, (_, summary))| lost(summary) || in_file(*at))
        .map(|(_, (column, _))| column.name.clone())
        .collect()
}

/// The columns from which on an array without names is taken for pixels if all
/// its values lie in [0, 1]: 8 by 8.
const PIXELS: usize = 64;

/// Returns how a table is scaled unless a setting says so.
fn choose(table: &Table, summaries: &[Summary], binarised: bool, network: Network) -> Method {
    let numbers = table
        .columns
        .iter()
        .zip(summaries)
        .filter(|(c, _)| c.kind == ColumnKind::Number);
    let no_numbers = numbers.clone().next().is_none();
    let unit = numbers.clone().all(|(_, s)| s.low >= 0.0 && s.high <= 1.0);
    let pixels =
        table.image.is_some() || network.images || !table.named && table.columns.len() >= PIXELS;
    match network.output {
        _ if no_numbers || unit && (pixels || binarised) => Method::None,
        Activation::Sigmoid => Method::MinMax,
        _ => Method::Standard,
    }
}

/// Returns the largest number of as many bits as the largest pixel has. A camera
/// of 12 bits leaves the upper ones of 16 empty.
fn white(summaries: &[Summary]) -> f32 {
    let high = summaries.iter().map(|summary| summary.high);
    let high = high.fold(0.0, f32::max) as u16;
    let bits = u16::BITS - high.leading_zeros();
    ((1u32 << bits.max(1)) - 1) as f32
}

/// Returns whether the given rows are bytes and all the same.
fn are_same(table: &Table, rows: &[usize]) -> bool {
    let Values::Bytes(values) = &table.values else {
        return false;
    };
    let width = table.columns.len();
    let row = |&at: &usize| &values[at * width..(at + 1) * width];
    rows.windows(2).all(|pair| row(&pair[0]) == row(&pair[1]))
}

fn nothing_differs(table: &Table) -> Error {
    Error::data(
        &table.origin,
        Place::Whole,
        "the same values in every training row",
        "rows that differ",
        "an autoencoder learns how rows differ from one another",
    )
}

#[cfg(test)]
mod tests;
