//! Scales a table's columns to the network's features and back. The scaler is
//! fitted on the training rows and saved with the model.

mod back;
mod circular;
mod draw;
mod fit;
mod heads;
mod levels;
mod number;
mod prepared;
mod sentinel;
mod squash;
mod summary;
mod transform;

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use circular::CircularScale;
use number::NumberScale;

pub(crate) use draw::{ATTEMPTS, Around, RowDraws};
pub(crate) use heads::{Head, HeadKind, Likelihoods, Variances};
pub(crate) use prepared::Pixels;
pub use prepared::Prepared;

use crate::data::cells::Cells;
use crate::data::number_format::NumberFormat;
use crate::data::rare::OTHER;
use crate::data::table::{ImageShape, name_before};
use crate::settings::{Activation, Missing};

/// The columns from which on an array without names is taken for pixels if all
/// its values lie in [0, 1]: 8 by 8.
const PIXELS: usize = 64;

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

    /// Returns this column under another name.
    fn renamed(&self, to: String) -> Self {
        let mut renamed = self.clone();
        match &mut renamed {
            ColumnScale::Category { name, .. } => *name = to,
            ColumnScale::Circular(circular) => circular.name = to,
            ColumnScale::Number(number) => number.name = to,
        }
        renamed
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

    /// Checks that the columns are those of windows of so many rows. The error says what
    /// is wrong with them.
    pub(crate) fn check_window(&self, window: Option<usize>) -> std::result::Result<(), String> {
        let length = window.unwrap_or(1);
        let are_windows = length > 0 && self.columns.len().is_multiple_of(length);
        match are_windows && self.image.is_none_or(|_| window.is_none()) {
            true => Ok(()),
            false => Err(format!(
                "{} columns, which are no windows of {length} rows",
                self.columns.len()
            )),
        }
    }

    /// Returns the scaler of windows of `length` rows, each of which is scaled as by
    /// this one.
    fn of_windows(mut self, length: usize) -> Self {
        let in_window = |column: &ColumnScale| {
            let before = (0..length).rev();
            let renamed = before.map(|before| column.renamed(name_before(column.name(), before)));
            renamed.collect::<Vec<_>>()
        };
        self.columns = self.columns.iter().flat_map(in_window).collect();
        self
    }

    /// Returns whether the training rows were left as they are and had many
    /// columns, without names or the shape of an image: [`Scale::Auto`](crate::settings::Scale::Auto) takes
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

    /// Returns the names of the columns that rows are read from: of windows of so many
    /// rows, the columns of a row.
    pub(crate) fn file_columns(&self, window: Option<usize>) -> Vec<String> {
        let length = window.unwrap_or(1);
        let names = self.column_names().into_iter();
        names.skip(length - 1).step_by(length).collect()
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

    /// Returns the columns of numbers that had one value in training, each with its first
    /// feature and that value.
    pub(crate) fn constants(&self) -> impl Iterator<Item = (usize, usize, f32)> + '_ {
        let mut first = 0;
        self.columns
            .iter()
            .enumerate()
            .filter_map(move |(column, scale)| {
                let own = first;
                first += scale.features();
                let ColumnScale::Number(number) = scale else {
                    return None;
                };
                let one = number.extent.filter(|extent| extent.low == extent.high)?;
                Some((column, own, one.low))
            })
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
}

#[cfg(test)]
mod tests;
