//! Fits a scaler to the training rows of a table.

use std::collections::HashSet;

use super::circular::{self, CircularScale};
use super::levels::category;
use super::number::{NumberScale, Words};
use super::sentinel::sentinels;
use super::summary::{Summary, ranges_outside, summarise};
use super::transform::Transform;
use super::{ColumnScale, Method, Network, PIXELS, Scaler};
use crate::base::error::{Error, Place, Result};
use crate::base::warning::Warning;
use crate::data::table::{ColumnKind, Table, Values};
use crate::settings::{Activation, DataConfig, Kind, Missing, Scale};

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
        if let Some(length) = table.window() {
            // All rows of a window are scaled alike.
            let newest = Self::fit(&table.newest(), rows, config, network, warnings)?;
            return Ok(newest.of_windows(length));
        }
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
