//! Between a table's columns and the network's features: fitted on training
//! rows, saved with the model, undone on the way out.

use serde::{Deserialize, Serialize};

use crate::config::{Activation, Config, Missing, Scale};
use crate::error::{Error, Place, Result};
use crate::table::{Column, ColumnKind, ImageShape, Table, Values};
use crate::warning::Warning;

/// How each column becomes features and comes back.
///
/// A number column is one feature, `(value - offset) / factor`; a category
/// column is one 0/1 feature for each of its levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scaler {
    /// The method that was used, after `auto` was decided.
    pub method: Method,
    /// The shape of rows that are images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageShape>,
    /// Whether the columns' names came with the data.
    pub named: bool,
    columns: Vec<ColumnScale>,
}

/// The method of a fitted scaler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Bytes divided by 255.
    Bytes,
    /// Values as they are.
    None,
    /// Each column to [0, 1].
    MinMax,
    /// Each column to mean 0 and deviation 1.
    Standard,
}

impl Method {
    /// In words.
    pub fn describe(self) -> &'static str {
        match self {
            Method::Bytes => "bytes divided by 255",
            Method::None => "values as they are",
            Method::MinMax => "each column scaled to [0, 1]",
            Method::Standard => "each column scaled to mean 0, deviation 1",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum ColumnScale {
    Category {
        name: String,
        levels: Vec<String>,
        /// The commonest level of the training rows, for missing cells.
        #[serde(skip_serializing_if = "Option::is_none")]
        fill: Option<usize>,
    },
    Number {
        name: String,
        offset: f32,
        factor: f32,
        /// The training mean, where missing cells are filled.
        #[serde(skip_serializing_if = "Option::is_none")]
        fill: Option<f32>,
    },
}

impl ColumnScale {
    fn name(&self) -> &str {
        match self {
            ColumnScale::Category { name, .. } | ColumnScale::Number { name, .. } => name,
        }
    }

    fn features(&self) -> usize {
        match self {
            ColumnScale::Category { levels, .. } => levels.len(),
            ColumnScale::Number { .. } => 1,
        }
    }
}

/// What the training rows of one number column look like.
struct Summary {
    count: usize,
    mean: f64,
    deviation: f64,
    low: f32,
    high: f32,
}

impl Scaler {
    /// Fits on some rows of a table (`rows` counts from 0), and warns of
    /// columns that never change.
    ///
    /// # Errors
    /// [`Error::Data`] where a column has no value at all, or no column
    /// changes.
    pub fn fit(
        table: &Table,
        rows: &[usize],
        config: &Config,
        warnings: &mut Vec<Warning>,
    ) -> Result<Self> {
        let scale = config.data.scale;
        if matches!(table.values, Values::Bytes(_)) && scale == Scale::Auto {
            return Ok(Self::bytes(table));
        }
        let summaries = summarise(table, rows);
        let method = match scale {
            Scale::None => Method::None,
            Scale::MinMax => Method::MinMax,
            Scale::Standard => Method::Standard,
            Scale::Auto => choose(table, &summaries, config.network.output),
        };
        let fill = config.data.missing == Missing::Mean;
        let mut constant = Vec::new();
        let mut columns = Vec::with_capacity(table.columns.len());
        for (index, (column, summary)) in table.columns.iter().zip(&summaries).enumerate() {
            if summary.count == 0 {
                return Err(Error::data(
                    &table.origin,
                    Place::Column(column.name.clone()),
                    "no value in any training row",
                    "at least one",
                    "leave the column out with data.ignore",
                ));
            }
            if summary.low == summary.high {
                constant.push(column.name.clone());
            }
            columns.push(match &column.kind {
                ColumnKind::Category(levels) => ColumnScale::Category {
                    name: column.name.clone(),
                    levels: levels.clone(),
                    fill: fill.then(|| commonest(table, rows, index, levels.len())),
                },
                ColumnKind::Number => number_scale(&column.name, method, summary, fill),
            });
        }
        if constant.len() == table.columns.len() && rows.len() > 1 {
            return Err(Error::data(
                &table.origin,
                Place::Whole,
                "the same values in every training row",
                "rows that differ",
                "an autoencoder learns how rows differ from one another",
            ));
        }
        if !constant.is_empty() && table.image.is_none() {
            warnings.push(Warning::ConstantColumns { names: constant });
        }
        Ok(Scaler {
            method,
            image: table.image,
            named: table.named,
            columns,
        })
    }

    fn bytes(table: &Table) -> Self {
        let columns = table.columns.iter().map(|column| ColumnScale::Number {
            name: column.name.clone(),
            offset: 0.0,
            factor: 255.0,
            fill: None,
        });
        Scaler {
            method: Method::Bytes,
            image: table.image,
            named: table.named,
            columns: columns.collect(),
        }
    }

    /// The number of features a row becomes.
    pub fn features(&self) -> usize {
        self.columns.iter().map(ColumnScale::features).sum()
    }

    /// The number of columns a row has.
    pub fn columns(&self) -> usize {
        self.columns.len()
    }

    /// The columns' names.
    pub fn column_names(&self) -> Vec<String> {
        self.columns
            .iter()
            .map(|column| column.name().to_string())
            .collect()
    }

    /// The features' names: the column's, or `column=level` for a category.
    pub fn feature_names(&self) -> Vec<String> {
        let mut names = Vec::with_capacity(self.features());
        for column in &self.columns {
            match column {
                ColumnScale::Number { name, .. } => names.push(name.clone()),
                ColumnScale::Category { name, levels, .. } => {
                    names.extend(levels.iter().map(|level| format!("{name}={level}")));
                }
            }
        }
        names
    }

    /// Whether the data's own units differ from the model's.
    pub fn changes_units(&self) -> bool {
        self.method != Method::None
    }

    /// What one unit of a feature is in the data's own units, for each
    /// feature.
    pub fn factors(&self) -> Vec<f32> {
        let mut factors = Vec::with_capacity(self.features());
        for column in &self.columns {
            match column {
                ColumnScale::Number { factor, .. } => factors.push(*factor),
                ColumnScale::Category { levels, .. } => factors.extend(levels.iter().map(|_| 1.0)),
            }
        }
        factors
    }

    /// Brings a table's columns into the model's order, by name where both
    /// have names, else by position, and checks that every value is one the
    /// model can take.
    ///
    /// # Errors
    /// [`Error::Data`] where a column is missing or of another kind, the
    /// number of columns differs, or a text is new.
    pub fn fit_to<'a>(&self, table: &'a Table) -> Result<Prepared<'a>> {
        let order = self.order(table)?;
        let mut levels = Vec::with_capacity(order.len());
        for (scale, &at) in self.columns.iter().zip(&order) {
            levels.push(self.level_map(scale, table, at)?);
        }
        let prepared = Prepared {
            scaler: self.clone(),
            table,
            order,
            levels,
        };
        prepared.check_missing()?;
        Ok(prepared)
    }

    fn order(&self, table: &Table) -> Result<Vec<usize>> {
        if self.named && table.named {
            return self
                .columns
                .iter()
                .map(|column| {
                    table
                        .columns
                        .iter()
                        .position(|c| c.name == column.name())
                        .ok_or_else(|| {
                            let there: Vec<&str> =
                                table.columns.iter().map(|c| c.name.as_str()).collect();
                            Error::data(
                                &table.origin,
                                Place::Column(column.name().into()),
                                format!("no such column (there are {})", abridged(&there)),
                                "every column that the model was trained on",
                                match crate::error::nearest(column.name(), there.iter().copied()) {
                                    Some(near) => format!("is '{near}' the one?"),
                                    None => "`narrows inspect MODEL` lists the columns of a model"
                                        .into(),
                                },
                            )
                        })
                })
                .collect();
        }
        if table.columns.len() != self.columns.len() {
            return Err(Error::data(
                &table.origin,
                Place::Whole,
                format!("{} columns", table.columns.len()),
                format!("the {} that the model was trained on", self.columns.len()),
                "`narrows inspect MODEL` and `narrows inspect DATA` show both",
            ));
        }
        Ok((0..self.columns.len()).collect())
    }

    /// For a category column: the model's level for each of the table's.
    fn level_map(&self, scale: &ColumnScale, table: &Table, at: usize) -> Result<Vec<usize>> {
        let column = &table.columns[at];
        let (levels, known) = match (&column.kind, scale) {
            (ColumnKind::Number, ColumnScale::Number { .. }) => return Ok(Vec::new()),
            (ColumnKind::Category(levels), ColumnScale::Category { levels: known, .. }) => {
                (levels, known)
            }
            (kind, _) => {
                let name = |category: bool| if category { "texts" } else { "numbers" };
                let category = matches!(kind, ColumnKind::Category(_));
                return Err(Error::data(
                    &table.origin,
                    Place::Column(column.name.clone()),
                    name(category),
                    format!("{}, as in training", name(!category)),
                    "",
                ));
            }
        };
        levels
            .iter()
            .enumerate()
            .map(|(index, level)| {
                known.iter().position(|k| k == level).ok_or_else(|| {
                    let row = (0..table.rows()).find(|&row| table.value(row, at) == index as f32);
                    let known: Vec<&str> = known.iter().map(String::as_str).collect();
                    Error::data(
                        &table.origin,
                        Place::Cell(row.unwrap_or(0) + 1, column.name.clone()),
                        format!("'{level}'"),
                        format!("one of the texts seen in training: {}", abridged(&known)),
                        "",
                    )
                })
            })
            .collect()
    }

    /// From features back to the data's own units and columns.
    ///
    /// `features` is row-major, `[rows, features]`. A category comes back as
    /// its level with the largest feature.
    pub fn undo(&self, features: &[f32]) -> Table {
        let width = self.features();
        let rows = features.len().checked_div(width).unwrap_or(0);
        let mut values = Vec::with_capacity(rows * self.columns.len());
        for row in features.chunks_exact(width.max(1)) {
            let mut at = 0;
            for column in &self.columns {
                match column {
                    ColumnScale::Number { offset, factor, .. } => {
                        values.push(row[at] * factor + offset)
                    }
                    ColumnScale::Category { levels, .. } => {
                        let part = &row[at..at + levels.len()];
                        let best = (0..part.len()).max_by(|&a, &b| part[a].total_cmp(&part[b]));
                        values.push(best.unwrap_or(0) as f32);
                    }
                }
                at += column.features();
            }
        }
        let columns = self.columns.iter().map(|column| match column {
            ColumnScale::Number { name, .. } => Column::number(name.clone()),
            ColumnScale::Category { name, levels, .. } => Column {
                name: name.clone(),
                kind: ColumnKind::Category(levels.clone()),
            },
        });
        Table {
            origin: "the model".into(),
            columns: columns.collect(),
            named: self.named,
            values: Values::Floats(values),
            image: self.image,
            labels: None,
            ids: None,
        }
    }
}

/// A table beside the scaler that turns its rows into features.
pub struct Prepared<'a> {
    /// How columns become features.
    pub scaler: Scaler,
    /// The table the rows come from.
    pub table: &'a Table,
    order: Vec<usize>,
    levels: Vec<Vec<usize>>,
}

impl Prepared<'_> {
    /// The number of features a row becomes.
    pub fn features(&self) -> usize {
        self.scaler.features()
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.table.rows()
    }

    /// The features of some rows, `[rows, features]`, row-major. `rows`
    /// counts from 0.
    pub fn gather(&self, rows: &[usize]) -> Vec<f32> {
        let mut out = Vec::with_capacity(rows.len() * self.features());
        for &row in rows {
            self.push_row(row, &mut out);
        }
        out
    }

    /// The features of rows `from..to`, `[to - from, features]`, row-major.
    pub fn range(&self, from: usize, to: usize) -> Vec<f32> {
        let mut out = Vec::with_capacity((to - from) * self.features());
        for row in from..to {
            self.push_row(row, &mut out);
        }
        out
    }

    fn push_row(&self, row: usize, out: &mut Vec<f32>) {
        if let (Values::Bytes(values), Method::Bytes) = (&self.table.values, self.scaler.method) {
            let width = self.table.columns.len();
            let bytes = &values[row * width..(row + 1) * width];
            out.extend(bytes.iter().map(|&b| f32::from(b) / 255.0));
            return;
        }
        for ((scale, &at), levels) in self
            .scaler
            .columns
            .iter()
            .zip(&self.order)
            .zip(&self.levels)
        {
            let value = self.table.value(row, at);
            match scale {
                ColumnScale::Number {
                    offset,
                    factor,
                    fill,
                    ..
                } => {
                    let value = if value.is_nan() {
                        fill.unwrap_or(value)
                    } else {
                        value
                    };
                    out.push((value - offset) / factor);
                }
                ColumnScale::Category {
                    levels: known,
                    fill,
                    ..
                } => {
                    let level = if value.is_nan() {
                        *fill
                    } else {
                        levels.get(value as usize).copied()
                    };
                    out.extend((0..known.len()).map(|l| f32::from(u8::from(Some(l) == level))));
                }
            }
        }
    }

    /// Missing cells are fine only in columns that know what to fill in.
    fn check_missing(&self) -> Result<()> {
        let Values::Floats(_) = &self.table.values else {
            return Ok(());
        };
        for (scale, &at) in self.scaler.columns.iter().zip(&self.order) {
            let filled = match scale {
                ColumnScale::Number { fill, .. } => fill.is_some(),
                ColumnScale::Category { fill, .. } => fill.is_some(),
            };
            for row in 0..self.table.rows() {
                let value = self.table.value(row, at);
                if value.is_infinite() || (value.is_nan() && !filled) {
                    return Err(Error::data(
                        &self.table.origin,
                        Place::Cell(row + 1, scale.name().into()),
                        if value.is_nan() {
                            "NaN (a missing value)".to_string()
                        } else {
                            value.to_string()
                        },
                        "a finite number",
                        if value.is_nan() {
                            "train with data.missing = \"mean\" to fill missing cells with the training mean"
                        } else {
                            ""
                        },
                    ));
                }
            }
        }
        Ok(())
    }
}

fn summarise(table: &Table, rows: &[usize]) -> Vec<Summary> {
    let width = table.columns.len();
    let mut sums = vec![(0usize, 0f64, 0f64, f32::INFINITY, f32::NEG_INFINITY); width];
    let mut values = Vec::with_capacity(width);
    for &row in rows {
        values.clear();
        table.push_row(row, &mut values);
        for (sum, &value) in sums.iter_mut().zip(&values) {
            if value.is_nan() {
                continue;
            }
            // Welford's update: stable however large the mean is.
            sum.0 += 1;
            let from_mean = f64::from(value) - sum.1;
            sum.1 += from_mean / sum.0 as f64;
            sum.2 += from_mean * (f64::from(value) - sum.1);
            sum.3 = sum.3.min(value);
            sum.4 = sum.4.max(value);
        }
    }
    sums.into_iter()
        .map(|(count, mean, squares, low, high)| Summary {
            count,
            mean,
            deviation: (squares / count.max(1) as f64).sqrt(),
            low,
            high,
        })
        .collect()
}

fn choose(table: &Table, summaries: &[Summary], output: Activation) -> Method {
    let numbers = table
        .columns
        .iter()
        .zip(summaries)
        .filter(|(c, _)| c.kind == ColumnKind::Number);
    let unit = numbers.clone().all(|(_, s)| s.low >= 0.0 && s.high <= 1.0);
    match (unit, output) {
        (true, _) => Method::None,
        (false, Activation::Sigmoid) => Method::MinMax,
        (false, _) => Method::Standard,
    }
}

fn number_scale(name: &str, method: Method, summary: &Summary, fill: bool) -> ColumnScale {
    let (offset, factor) = match method {
        Method::None => (0.0, 1.0),
        Method::Bytes => (0.0, 255.0),
        Method::MinMax => (summary.low, summary.high - summary.low),
        Method::Standard => (summary.mean as f32, summary.deviation as f32),
    };
    ColumnScale::Number {
        name: name.into(),
        offset,
        // A column that never changes is only shifted.
        factor: if factor > 0.0 && factor.is_finite() {
            factor
        } else {
            1.0
        },
        fill: fill.then_some(summary.mean as f32),
    }
}

fn commonest(table: &Table, rows: &[usize], column: usize, levels: usize) -> usize {
    let mut counts = vec![0usize; levels];
    for &row in rows {
        let value = table.value(row, column);
        if !value.is_nan() {
            counts[value as usize] += 1;
        }
    }
    (0..levels)
        .max_by_key(|&level| (counts[level], levels - level))
        .unwrap_or(0)
}

fn abridged(names: &[&str]) -> String {
    let mut text: Vec<String> = names
        .iter()
        .take(12)
        .map(|name| format!("'{name}'"))
        .collect();
    if names.len() > 12 {
        text.push(format!("{} more", names.len() - 12));
    }
    text.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(table: &Table, change: impl FnOnce(&mut Config)) -> Result<Scaler> {
        let mut config = Config::default();
        change(&mut config);
        let rows: Vec<usize> = (0..table.rows()).collect();
        Scaler::fit(table, &rows, &config, &mut Vec::new())
    }

    fn table() -> Table {
        Table::from_floats(vec![1., 10., 3., 20., 5., 60.], 2).unwrap()
    }

    #[test]
    fn standard_scaling_gives_mean_0_and_deviation_1_and_is_undone() {
        let table = table();
        let scaler = fitted(&table, |_| {}).unwrap();
        assert_eq!(scaler.method, Method::Standard);
        let prepared = scaler.fit_to(&table).unwrap();
        let features = prepared.range(0, 3);
        for column in 0..2 {
            let of: Vec<f32> = features.iter().skip(column).step_by(2).copied().collect();
            let mean = of.iter().sum::<f32>() / 3.0;
            let variance = of.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 3.0;
            assert!(mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-5);
        }
        let Values::Floats(back) = scaler.undo(&features).values else {
            panic!()
        };
        for (a, b) in back.iter().zip([1., 10., 3., 20., 5., 60.]) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }

    #[test]
    fn only_the_training_rows_are_looked_at() {
        let table = table();
        let config = Config {
            data: crate::config::DataConfig {
                scale: Scale::MinMax,
                ..Default::default()
            },
            ..Default::default()
        };
        let scaler = Scaler::fit(&table, &[0, 1], &config, &mut Vec::new()).unwrap();
        assert_eq!(scaler.fit_to(&table).unwrap().range(2, 3), [2.0, 5.0]);
    }

    #[test]
    fn auto_follows_the_data_and_the_output() {
        let unit = Table::from_floats(vec![0., 1., 0.5, 0.2], 2).unwrap();
        assert_eq!(fitted(&unit, |_| {}).unwrap().method, Method::None);
        let sigmoid = |c: &mut Config| c.network.output = Activation::Sigmoid;
        assert_eq!(fitted(&table(), sigmoid).unwrap().method, Method::MinMax);
    }

    #[test]
    fn missing_cells_are_refused_or_become_the_training_mean() {
        let mut table = table();
        let Values::Floats(values) = &mut table.values else {
            panic!()
        };
        values[2] = f32::NAN;
        let scaler = fitted(&table, |_| {}).unwrap();
        let error = scaler.fit_to(&table).err().unwrap().to_string();
        assert!(error.contains("row 2, column 'x1': found NaN"), "{error}");
        let scaler = fitted(&table, |c| c.data.missing = Missing::Mean).unwrap();
        // The mean of 1 and 5 is what standard scaling maps to 0.
        assert_eq!(scaler.fit_to(&table).unwrap().range(1, 2)[0], 0.0);
    }

    #[test]
    fn categories_become_one_feature_a_level_and_come_back() {
        let mut table = table();
        table.columns[0].kind = ColumnKind::Category(vec!["a".into(), "b".into()]);
        table.values = Values::Floats(vec![1., 0.5, 0., 0.2, 1., 0.1]);
        let scaler = fitted(&table, |_| {}).unwrap();
        assert_eq!(scaler.feature_names(), ["x1=a", "x1=b", "x2"]);
        let features = scaler.fit_to(&table).unwrap().range(0, 2);
        assert_eq!(features, [0., 1., 0.5, 1., 0., 0.2]);
        assert_eq!(
            scaler.undo(&features).values,
            Values::Floats(vec![1., 0.5, 0., 0.2])
        );
    }

    #[test]
    fn columns_are_found_by_name_whatever_their_order() {
        let mut trained = table();
        trained.named = true;
        trained.columns = vec![Column::number("a"), Column::number("b")];
        let scaler = fitted(&trained, |c| c.data.scale = Scale::None).unwrap();
        let mut other = trained.clone();
        other.columns.swap(0, 1);
        assert_eq!(scaler.fit_to(&other).unwrap().range(0, 1), [10., 1.]);
        other.columns[0].name = "bb".into();
        let error = scaler.fit_to(&other).err().unwrap().to_string();
        assert!(
            error.contains("column 'b': found no such column"),
            "{error}"
        );
    }

    #[test]
    fn a_wrong_number_of_columns_is_refused() {
        let scaler = fitted(&table(), |_| {}).unwrap();
        let other = Table::from_floats(vec![1., 2., 3.], 3).unwrap();
        let error = scaler.fit_to(&other).err().unwrap().to_string();
        assert!(error.contains("found 3 columns, expected the 2"), "{error}");
    }

    #[test]
    fn constant_columns_are_warned_of_and_only_constant_ones_refused() {
        let table = Table::from_floats(vec![1., 7., 2., 7.], 2).unwrap();
        let mut warnings = Vec::new();
        Scaler::fit(&table, &[0, 1], &Config::default(), &mut warnings).unwrap();
        assert_eq!(
            warnings,
            [Warning::ConstantColumns {
                names: vec!["x2".into()]
            }]
        );
        let same = Table::from_floats(vec![7., 7., 7., 7.], 2).unwrap();
        let error = fitted(&same, |_| {}).unwrap_err().to_string();
        assert!(
            error.contains("the same values in every training row"),
            "{error}"
        );
    }
}
