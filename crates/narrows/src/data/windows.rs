//! Makes windows of the rows of a series: each row with those before it.

mod joined;
mod series_of;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use self::joined::joined;
use self::series_of::SeriesOf;
use super::clock::{Clock, gap_of};
use super::table::{Column, Point, Table, Values, Windows, name_before};
use crate::base::error::{Error, Place, Result};
use crate::base::note::Note;
use crate::settings::{DataConfig, Series};

/// Makes windows of rows that come part by part.
#[derive(Debug)]
pub(crate) struct Cutter {
    series: Series,
    clock: Option<Clock>,
    gap: f64,
    /// The newest rows of each series, with which later windows begin.
    kept: Option<Table>,
    runs: HashMap<String, Run>,
    rows: usize,
    windows: usize,
    /// Whether a gap was told of.
    told: bool,
    /// What is to be told with the next windows.
    notes: Vec<Note>,
}

/// The rows of a series that are in succession.
#[derive(Debug, Clone, Copy, Default)]
struct Run {
    rows: usize,
    newest: f64,
}

impl Cutter {
    pub fn new(series: Series) -> Self {
        Cutter {
            clock: series.time_format.as_deref().and_then(Clock::new),
            gap: series.gap.unwrap_or(0.0),
            series,
            kept: None,
            runs: HashMap::new(),
            rows: 0,
            windows: 0,
            told: false,
            notes: Vec::new(),
        }
    }

    /// Returns about how many bytes are held between two parts.
    pub fn holds(&self) -> usize {
        self.kept.as_ref().map_or(0, Table::memory)
    }

    /// Returns the windows whose newest row is one of these; `None` if there are none.
    /// Rows that are all there, rather than a part, are put in the order of time.
    ///
    /// # Errors
    /// [`Error::Data`] for pictures, for a cell that is no time, if the column of series
    /// is not there, and if a row of a part is earlier than the one before it.
    pub fn cut(&mut self, rows: Table, are_all: bool) -> Result<Option<Table>> {
        if rows.image.is_some() {
            return Err(Error::data(
                &rows.origin,
                Place::Whole,
                "pictures",
                "rows of a series, since data.window is set",
                "leave data.window out",
            ));
        }
        let mut rows = rows;
        self.notes.append(&mut rows.notes);
        let times = self.times(&rows)?;
        if are_all && let Some(order) = order_of(times.as_deref()) {
            self.notes.push(Note::new(
                format!("rows are put in the order of '{}'", self.time()),
                "windows are of rows in the order of time",
            ));
            rows = rows.select(&order);
        }
        let (before, rows) = match self.kept.take() {
            Some(kept) => (kept.rows(), joined(kept, rows)),
            None => (0, rows),
        };
        let times = self.times(&rows)?;
        let series = self.series_of(&rows)?;
        if are_all && self.series.gap.is_none() {
            self.find_gap(times.as_deref(), &series);
        }
        let mut ends = Vec::new();
        for (row, &(of, place)) in series.place.iter().enumerate().skip(before) {
            let run = self.runs.entry(series.names[of].clone()).or_default();
            if let Some(times) = &times {
                let between = times[row] - run.newest;
                if run.rows > 0 && between < 0.0 {
                    return Err(goes_back(&rows, row, self.time()));
                }
                if run.rows > 0 && self.gap > 0.0 && between > self.gap {
                    run.rows = 0;
                    if let Some(clock) = &self.clock
                        && !std::mem::replace(&mut self.told, true)
                    {
                        self.notes.push(gap_note(clock, &rows, row, between));
                    }
                }
                run.newest = times[row];
            }
            run.rows += 1;
            let whole = run.rows.checked_sub(self.series.window);
            if whole.is_some_and(|more| more.is_multiple_of(self.series.step)) {
                ends.push((row, of, place));
            }
        }
        self.rows += rows.rows() - before;
        self.windows += ends.len();
        let windows = (!ends.is_empty()).then(|| self.windows_of(&rows, &series, &ends));
        if !are_all {
            self.kept = Some(rows.select(&self.to_keep(&series)));
        }
        Ok(windows)
    }

    /// Returns the error of rows of which no window could be made; `None` if one was.
    pub fn none_made(&self, origin: &str) -> Option<Error> {
        let window = self.series.window;
        (self.windows == 0).then(|| {
            Error::data(
                origin,
                Place::Whole,
                format!("{} rows, not {window} of them in succession", self.rows),
                format!("at least {window}, since data.window = {window}"),
                match self.gap > 0.0 {
                    true => "lower data.window, or raise data.gap, above which a time between rows is a gap",
                    false => "lower data.window",
                },
            )
        })
    }

    fn time(&self) -> &str {
        self.series.time.as_deref().unwrap_or_default()
    }

    /// Returns the rows' times; `None` if the series has none, or the rows lack them.
    fn times(&mut self, rows: &Table) -> Result<Option<Vec<f64>>> {
        let Some(name) = self.series.time.clone() else {
            return Ok(None);
        };
        let Some(times) = rows.ids.iter().find(|ids| ids.name == name) else {
            if !std::mem::replace(&mut self.told, true) {
                self.notes.push(Note::new(
                    format!(
                        "{} has no column '{name}': rows are taken to be in succession",
                        rows.origin
                    ),
                    "gaps between them cannot be seen",
                ));
            }
            return Ok(None);
        };
        let place = |row: usize| rows.number_of(row);
        let clock = match &self.clock {
            Some(clock) => clock,
            None => self.clock.insert(Clock::of(times, &rows.origin, place)?),
        };
        clock.read(times, &rows.origin, place).map(Some)
    }

    /// Returns which series each row belongs to.
    fn series_of(&self, rows: &Table) -> Result<SeriesOf> {
        let column = match &self.series.group {
            Some(name) => Some(rows.ids.iter().find(|ids| ids.name == *name).ok_or_else(|| {
                Error::data(
                    &rows.origin,
                    Place::Whole,
                    format!("no column '{name}'"),
                    "the column that says which series a row belongs to, as data.group says",
                    "name the column, or train without data.group",
                )
            })?),
            None => None,
        };
        Ok(SeriesOf::new(column, rows.rows()))
    }

    /// Finds above which time between them rows are not in succession.
    fn find_gap(&mut self, times: Option<&[f64]>, series: &SeriesOf) {
        let (Some(times), Some(clock)) = (times, &self.clock) else {
            return;
        };
        let in_series = series.rows.iter().flat_map(|rows| rows.windows(2));
        let between = in_series.map(|pair| times[pair[1]] - times[pair[0]]);
        let found = gap_of(between.collect());
        self.gap = found.map_or(0.0, |(gap, _)| gap);
        let seen = match found {
            Some((gap, usual)) => format!(
                "rows are {} apart; no window spans more than {} between two of them",
                clock.span(usual),
                clock.span(gap)
            ),
            None => "the times between rows differ; windows span them all".into(),
        };
        self.notes.push(Note::new(seen, "data.gap says otherwise"));
    }

    /// Returns the windows that end with some rows, each given with its series and its
    /// place there.
    fn windows_of(
        &mut self,
        rows: &Table,
        series: &SeriesOf,
        ends: &[(usize, usize, usize)],
    ) -> Table {
        let length = self.series.window;
        let width = rows.columns.len();
        let mut values = Vec::with_capacity(ends.len() * length * width);
        for &(_, of, place) in ends {
            let rows_of = &series.rows[of][place + 1 - length..=place];
            for column in 0..width {
                values.extend(rows_of.iter().map(|&row| rows.value(row, column)));
            }
        }
        let lagged = |column: &Column| {
            let of = column.clone();
            (0..length).rev().map(move |before| Column {
                name: name_before(&of.name, before),
                kind: of.kind.clone(),
            })
        };
        let times = rows
            .ids
            .iter()
            .find(|ids| Some(&ids.name) == self.series.time.as_ref());
        let point = |&row: &usize| Point {
            place: rows.number_of(row) - 1,
            time: times.map(|times| times.values[row].clone()),
        };
        let mut first = Vec::with_capacity(series.rows.len());
        let mut points = Vec::with_capacity(rows.rows());
        for rows in &series.rows {
            first.push(points.len());
            points.extend(rows.iter().map(point));
        }
        let newest: Vec<usize> = ends.iter().map(|end| end.0).collect();
        let tags = rows.select(&newest);
        let mut formats = HashMap::new();
        for (name, format) in &rows.formats {
            let all = (0..length).map(|before| (name_before(name, before), format.clone()));
            formats.extend(all);
        }
        let exact = rows.exact.iter().map(|exact| super::table::Exact {
            column: (exact.column + 1) * length - 1,
            ..exact.clone()
        });
        let places = newest.iter().map(|&row| rows.number_of(row) - 1);
        Table {
            columns: rows.columns.iter().flat_map(lagged).collect(),
            values: Values::Floats(values),
            places: Some(places.collect()),
            exact: exact.collect(),
            notes: std::mem::take(&mut self.notes),
            formats,
            windows: Some(Windows {
                length,
                points: Arc::new(points),
                newest: ends
                    .iter()
                    .map(|&(_, of, place)| first[of] + place)
                    .collect(),
                time_format: self.clock.as_ref().map(|clock| clock.text().to_string()),
                gap: self.gap,
            }),
            ..tags
        }
    }

    /// Returns the rows that later windows begin with.
    fn to_keep(&self, series: &SeriesOf) -> Vec<usize> {
        let mut keep = Vec::new();
        for (name, rows) in series.names.iter().zip(&series.rows) {
            let run = self.runs.get(name).map_or(0, |run| run.rows);
            let kept = run.min(self.series.window - 1).min(rows.len());
            keep.extend_from_slice(&rows[rows.len() - kept..]);
        }
        keep.sort_unstable();
        keep
    }
}

/// Returns the order of rows by time; `None` if they are in it.
fn order_of(times: Option<&[f64]>) -> Option<Vec<usize>> {
    let times = times.filter(|times| !times.is_sorted())?;
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by(|&a, &b| times[a].total_cmp(&times[b]));
    Some(order)
}

fn gap_note(clock: &Clock, rows: &Table, row: usize, between: f64) -> Note {
    let (number, span) = (rows.number_of(row), clock.span(between));
    Note::new(
        format!("row {number} comes {span} after the one before it: no window spans such gaps"),
        "data.gap says otherwise",
    )
}

fn goes_back(rows: &Table, row: usize, time: &str) -> Error {
    Error::data(
        &rows.origin,
        Place::Row(rows.number_of(row)),
        format!("'{time}' earlier than in a row before it"),
        "rows in the order of time, since they are read part by part",
        format!(
            "sort the file by '{time}'; if it holds several series, data.group names their column"
        ),
    )
}

impl Table {
    /// Returns windows of these rows, as `data.window` and the settings beside it ask
    /// for; [`read()`](crate::read::read()) makes them by itself. The columns `data.time`
    /// and `data.group` are among the ids. Each cell is a column: `value t-2`,
    /// `value t-1`, `value`. The rows themselves without `data.window`.
    ///
    /// # Errors
    /// [`Error::Data`] if there is no row with enough others before it, for a cell that is
    /// no time, and for pictures.
    ///
    /// ```
    /// use narrows::{Table, config::DataConfig};
    /// let table = Table::from_floats(vec![1.0, 2.0, 3.0, 4.0], 1)?;
    /// let mut data = DataConfig::default();
    /// data.window = Some(3);
    /// let windows = table.in_windows(&data)?;
    /// assert_eq!((windows.rows(), windows.columns().len()), (2, 3));
    /// assert_eq!((windows.value(1, 0), windows.value(1, 2)), (2.0, 4.0));
    /// # Ok::<(), narrows::Error>(())
    /// ```
    pub fn in_windows(self, data: &DataConfig) -> Result<Table> {
        let Some(series) = data.series() else {
            return Ok(self);
        };
        let origin = self.origin.clone();
        let mut cutter = Cutter::new(series);
        let windows = cutter.cut(self, true)?;
        match (windows, cutter.none_made(&origin)) {
            (Some(windows), _) => Ok(windows),
            (None, Some(error)) => Err(error),
            (None, None) => unreachable!("no windows were made"),
        }
    }
}

/// Refuses rows that are not the windows that settings ask for.
///
/// # Errors
/// [`Error::Data`] if they are none, or of another length.
pub(crate) fn check_window(data: &DataConfig, table: &Table) -> Result<()> {
    if table.window() == data.window {
        return Ok(());
    }
    let of = |window: Option<usize>| match window {
        Some(window) => format!("windows of {window} rows"),
        None => "rows that are no windows".into(),
    };
    Err(Error::data(
        &table.origin,
        Place::Whole,
        of(table.window()),
        format!("{}, as data.window says", of(data.window)),
        "read the file with the roles of the config or the model, or see Table::in_windows",
    ))
}
