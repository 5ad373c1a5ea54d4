//! `[data]`: which rows to train on and how to prepare them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::choices::{Decimal, Delimiter, Missing, Scale, Unseen};
use super::header::Header;
use super::hold_out::HoldOut;
use super::kinds::Kind;
use super::one_or_more;

/// `[data]`: which rows to train on and how to prepare them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct DataConfig {
    /// `mnist:train` (default), `mnist:test`, or a path. Empty in the config of
    /// a model that was trained on a path: the model does not store it.
    pub source: String,
    /// The column that labels each row; kept out of training.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The column that identifies each row, or the columns that do so together;
    /// copied to every output.
    #[serde(skip_serializing_if = "Vec::is_empty", with = "one_or_more")]
    pub id: Vec<String>,
    /// Columns to leave out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// Text columns to turn into one 0/1 feature for each text that occurs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub one_hot: Vec<String>,
    /// What to do with texts of new rows that a category column did not have in
    /// training.
    #[serde(skip_serializing_if = "is_default")]
    pub unseen: Unseen,
    /// What to do with missing cells.
    pub missing: Missing,
    /// Texts that stand for a missing cell, beside an empty one. Default: those
    /// that pandas takes for one, such as `NA`, and `?`. In columns of numbers
    /// they are missing all the same, and `[]` keeps `NA` as a text where cells
    /// are texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_values: Option<Vec<String>>,
    /// Whether the first line of a table of text names its columns (`true`,
    /// `false`), or the names of all columns of the file, in order. Default:
    /// what the line and the rows below it show.
    #[serde(skip_serializing_if = "Header::is_auto")]
    pub header: Header,
    /// What parts the cells of a table of text. Default: what its first lines
    /// show.
    #[serde(skip_serializing_if = "is_default")]
    pub delimiter: Delimiter,
    /// What marks decimals in a table of text. Default: what the numbers of a
    /// column show.
    #[serde(skip_serializing_if = "is_default")]
    pub decimal: Decimal,
    /// Lines above a table of text that are no part of it (default 0).
    #[serde(skip_serializing_if = "is_default")]
    pub skip_lines: usize,
    /// Number columns to take the logarithm of, `sign(x) log(1 + |x|/m)` with the
    /// median `m` of `|x|`, before they are scaled: for a tail of large values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
    /// Number columns to take the ranks of, as standard normal quantiles, before
    /// they are scaled.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rank: Vec<String>,
    /// Rows kept out of training to measure on: a number, a share such as 0.2, or
    /// the last ones, as `"last:500"` or `"last:0.2"`. Default: 5,000 or a tenth of
    /// the rows, whichever is less, but one if early stopping watches it. 0
    /// trains on all rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out: Option<HoldOut>,
    /// Whether each of the networks that `seeds` asks for leaves other rows out of its
    /// training: all rows, in as many parts (default false). Each row is then held out
    /// of one network, and p is among them all.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cross_fit: bool,
    /// Rows kept out of training, and apart from the held-out rows, that p is among:
    /// written as `data.held_out` is (default 0: p is among the held-out rows). For early
    /// stopping, which chooses the epoch by the held-out rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<HoldOut>,
    /// Rows of a series that make one row of features: each row with the `window - 1`
    /// before it (default: each row alone). Held-out rows are then the last ones of
    /// each series.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<usize>,
    /// Rows from one window to the next (default 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    /// The column that says when each row was, a date or a number; copied to every
    /// output. Default: rows are in the order of time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// The format of `data.time`, such as `%d.%m.%Y %H:%M`, or `number`. Default: what
    /// its cells show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_format: Option<String>,
    /// The column that says which series each row belongs to; copied to every output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The time between two rows, in seconds, or as a `data.time` of numbers counts it,
    /// above which no window has both; 0 for any. Default: one and a half of the usual
    /// time, if nine of ten rows keep to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap: Option<f64>,
    /// How values are scaled before the network sees them.
    pub scale: Scale,
    /// Whether rows are drawn as zeros and ones, with a feature in [0, 1] as
    /// the probability of a 1: again in each epoch, but only once for what
    /// `evaluate` and the held-out errors measure (dynamic binarisation,
    /// Salakhutdinov & Murray 2008; default false). A model in use takes rows
    /// as they are.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub binarised: bool,
    /// What columns hold, by their names: `number`, `binary`, `category`,
    /// `count`, `ordinal:S,M,L`, `time:FORMAT`, `circular:PERIOD`, or, left out,
    /// `id`, `text`, `ignore`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<String, Kind>,
}

impl Default for DataConfig {
    fn default() -> Self {
        DataConfig {
            source: "mnist:train".into(),
            label: None,
            id: Vec::new(),
            ignore: Vec::new(),
            one_hot: Vec::new(),
            unseen: Unseen::default(),
            missing: Missing::default(),
            missing_values: None,
            header: Header::default(),
            delimiter: Delimiter::default(),
            decimal: Decimal::default(),
            skip_lines: 0,
            log: Vec::new(),
            rank: Vec::new(),
            held_out: None,
            cross_fit: false,
            calibration: None,
            window: None,
            step: None,
            time: None,
            time_format: None,
            group: None,
            gap: None,
            scale: Scale::default(),
            binarised: false,
            kinds: BTreeMap::new(),
        }
    }
}

impl DataConfig {
    /// Returns whether the source is a data set built into the program, not a
    /// path.
    pub fn is_built_in(&self) -> bool {
        let name = self.source.split(':').next().unwrap_or_default();
        matches!(name, "mnist" | "plane")
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
