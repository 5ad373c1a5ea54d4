//! Makes windows of the rows of a series: each row with those before it.

use std::collections::HashMap;
use std::sync::Arc;

use super::clock::{Clock, gap_of};
use super::table::{Column, ColumnKind, Point, Table, Tags, Values, Windows, name_before};
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

/// The series that rows belong to.
struct SeriesOf {
    names: Vec<String>,
    /// The rows of each.
    rows: Vec<Vec<usize>>,
    /// The series of each row, and its place there.
    place: Vec<(usize, usize)>,
}

impl SeriesOf {
    fn new(column: Option<&Tags>, rows: usize) -> Self {
        let mut found = SeriesOf {
            names: Vec::new(),
            rows: Vec::new(),
            place: Vec::with_capacity(rows),
        };
        let mut known: HashMap<&str, usize> = HashMap::new();
        for row in 0..rows {
            let name = column.map_or("", |column| column.values[row].as_str());
            let of = *known.entry(name).or_insert_with(|| {
                found.names.push(name.into());
                found.rows.push(Vec::new());
                found.names.len() - 1
            });
            found.place.push((of, found.rows[of].len()));
            found.rows[of].push(row);
        }
        found
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

/// Returns the rows of a part after those that were kept of earlier ones.
fn joined(kept: Table, rows: Table) -> Table {
    let places = |table: &Table| {
        (0..table.rows())
            .map(|row| table.number_of(row) - 1)
            .collect()
    };
    let mut all: Vec<usize> = places(&kept);
    all.extend::<Vec<usize>>(places(&rows));
    let width = rows.columns.len();
    let mut columns = rows.columns.clone();
    let mut values = Vec::with_capacity(all.len() * width);
    for row in 0..kept.rows() {
        for (at, column) in columns.iter_mut().enumerate() {
            let value = kept.value(row, at);
            values.push(match (&kept.columns[at].kind, &mut column.kind) {
                (ColumnKind::Category(old), ColumnKind::Category(levels)) if !value.is_nan() => {
                    place_among(levels, &old[value as usize]) as f32
                }
                _ => value,
            });
        }
    }
    for row in 0..rows.rows() {
        rows.push_row(row, &mut values);
    }
    let after = |kept: &Tags, rows: Tags| Tags {
        values: kept.values.iter().cloned().chain(rows.values).collect(),
        ..rows
    };
    let ids = kept
        .ids
        .iter()
        .zip(rows.ids)
        .map(|(kept, rows)| after(kept, rows));
    Table {
        columns,
        values: Values::Floats(values),
        ids: ids.collect(),
        labels: kept
            .labels
            .as_ref()
            .zip(rows.labels)
            .map(|(kept, rows)| after(kept, rows)),
        places: Some(all),
        texts: kept.texts.zip(rows.texts).map(|(mut kept, rows)| {
            kept.cells.extend(rows.cells);
            kept
        }),
        ..rows
    }
}

/// Returns the place of a level, which is added if it is not there.
fn place_among(levels: &mut Vec<String>, level: &str) -> usize {
    let known = levels.iter().position(|known| known == level);
    known.unwrap_or_else(|| {
        levels.push(level.into());
        levels.len() - 1
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::table::TagKind;

    fn series(window: usize) -> DataConfig {
        DataConfig {
            window: Some(window),
            ..DataConfig::default()
        }
    }

    /// Returns rows of a number and a text, with their times and groups.
    fn rows(of: &[(&str, f64, f32)]) -> Table {
        let tags = |name: &str, values: Vec<String>| Tags {
            name: name.into(),
            values,
            kind: TagKind::Text,
        };
        let columns = vec![
            Column::number("value"),
            Column::category("sign", ["-", "+"]),
        ];
        let values = of
            .iter()
            .flat_map(|row| [row.2, f32::from(u8::from(row.2 > 0.0))]);
        Table::new(columns, Values::Floats(values.collect()))
            .unwrap()
            .with_ids(tags("of", of.iter().map(|row| row.0.into()).collect()))
            .unwrap()
            .with_ids(tags("at", of.iter().map(|row| row.1.to_string()).collect()))
            .unwrap()
    }

    fn values(table: &Table) -> Vec<Vec<f32>> {
        let width = table.columns.len();
        let row = |row: usize| (0..width).map(|at| table.value(row, at)).collect();
        (0..table.rows()).map(row).collect()
    }

    #[test]
    fn a_window_is_a_row_with_those_before_it_column_by_column() {
        let table = rows(&[("a", 1.0, 10.0), ("a", 2.0, -20.0), ("a", 3.0, 30.0)]);
        let windows = table.in_windows(&series(2)).unwrap();
        let names: Vec<&str> = windows.columns.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["value t-1", "value", "sign t-1", "sign"]);
        assert_eq!(
            values(&windows),
            [[10.0, -20.0, 1.0, 0.0], [-20.0, 30.0, 0.0, 1.0]]
        );
        assert_eq!((windows.number_of(0), windows.number_of(1)), (2, 3));
        assert_eq!(windows.ids[1].values, ["2", "3"]);
        assert_eq!(windows.time_of(0, 0).unwrap(), "1");
        assert_eq!(windows.newest().columns[0].name, "value");
        assert_eq!(values(&windows.newest()), [[-20.0, 0.0], [30.0, 1.0]]);
    }

    #[test]
    fn windows_keep_to_their_series_their_time_and_their_step() {
        let mut data = series(2);
        data.time = Some("at".into());
        data.group = Some("of".into());
        data.gap = Some(5.0);
        let table = rows(&[
            ("b", 4.0, 4.0),
            ("a", 1.0, 1.0),
            ("b", 1.0, 2.0),
            ("a", 2.0, 3.0),
            ("a", 9.0, 5.0),
            ("a", 10.0, 6.0),
            ("a", 11.0, 7.0),
        ]);
        let first = |table: &Table| -> Vec<(f32, f32)> {
            let both = |row| (table.value(row, 0), table.value(row, 1));
            (0..table.rows()).map(both).collect()
        };
        let windows = table.clone().in_windows(&data).unwrap();
        assert_eq!(
            first(&windows),
            [(1.0, 3.0), (2.0, 4.0), (5.0, 6.0), (6.0, 7.0)]
        );
        assert_eq!(windows.time_of(1, 0).unwrap(), "1");
        let told: Vec<String> = windows.notes.iter().map(ToString::to_string).collect();
        assert!(
            told.iter().any(|note| note.contains("order of 'at'")),
            "{told:?}"
        );
        assert!(told.iter().any(|note| note.contains("row 5")), "{told:?}");
        data.step = Some(2);
        let windows = table.in_windows(&data).unwrap();
        assert_eq!(first(&windows), [(1.0, 3.0), (2.0, 4.0), (5.0, 6.0)]);
    }

    #[test]
    fn parts_make_the_windows_of_the_whole() {
        let of: Vec<(&str, f64, f32)> = (0..60)
            .map(|at| {
                (
                    ["a", "b"][at % 3 % 2],
                    at as f64 + 9.0 * (at / 40) as f64,
                    (at * 7 % 11) as f32 - 5.0,
                )
            })
            .collect();
        let mut data = series(4);
        data.time = Some("at".into());
        data.group = Some("of".into());
        data.step = Some(3);
        data.gap = Some(6.0);
        let whole = rows(&of).in_windows(&data).unwrap();
        let mut cutter = Cutter::new(data.series().unwrap());
        let (mut parts, mut numbers, mut times) = (Vec::new(), Vec::new(), Vec::new());
        for (at, part) in of.chunks(7).enumerate() {
            let mut part = rows(part);
            part.places = Some((at * 7..at * 7 + part.rows()).collect());
            if let Some(windows) = cutter.cut(part, false).unwrap() {
                parts.extend(values(&windows));
                numbers.extend((0..windows.rows()).map(|row| windows.number_of(row)));
                times.extend((0..windows.rows()).map(|row| windows.time_of(row, 0)));
            }
        }
        assert_eq!(parts, values(&whole));
        let of_whole = (0..whole.rows()).map(|row| whole.number_of(row));
        assert_eq!(numbers, of_whole.collect::<Vec<_>>());
        assert_eq!(
            times,
            (0..whole.rows())
                .map(|row| whole.time_of(row, 0))
                .collect::<Vec<_>>()
        );
        assert!(whole.rows() > 10);
    }

    #[test]
    fn texts_of_two_parts_are_one_column() {
        let part = |levels: [&str; 2], places: Vec<usize>| {
            let mut table = Table::new(
                vec![Column::category("colour", levels)],
                Values::Floats(vec![0.0, 1.0]),
            )
            .unwrap();
            table.places = Some(places);
            table
        };
        let mut cutter = Cutter::new(series(3).series().unwrap());
        assert!(
            cutter
                .cut(part(["red", "green"], vec![0, 1]), false)
                .unwrap()
                .is_none()
        );
        let windows = cutter
            .cut(part(["blue", "red"], vec![2, 3]), false)
            .unwrap()
            .unwrap();
        let texts = |row: usize| -> Vec<String> {
            let text = |at: usize| match &windows.columns[at].kind {
                ColumnKind::Category(levels) => levels[windows.value(row, at) as usize].clone(),
                _ => unreachable!("a category"),
            };
            (0..3).map(text).collect()
        };
        assert_eq!(texts(0), ["red", "green", "blue"]);
        assert_eq!(texts(1), ["green", "blue", "red"]);
    }

    #[test]
    fn rows_that_make_no_windows_are_refused() {
        let short = rows(&[("a", 1.0, 1.0)]).in_windows(&series(2)).unwrap_err();
        assert!(short.to_string().contains("data.window"), "{short}");
        let mut data = series(2);
        data.time = Some("at".into());
        let mut cutter = Cutter::new(data.series().unwrap());
        let back = rows(&[("a", 2.0, 1.0), ("a", 1.0, 1.0)]);
        let back = cutter.cut(back, false).unwrap_err().to_string();
        assert!(back.contains("row 2") && back.contains("sort"), "{back}");
        data.time = None;
        data.group = Some("which".into());
        let none = rows(&[("a", 2.0, 1.0)])
            .in_windows(&data)
            .unwrap_err()
            .to_string();
        assert!(none.contains("'which'"), "{none}");
        let pictures = Table::from_images(
            vec![0; 8],
            crate::data::table::ImageShape {
                height: 2,
                width: 2,
                channels: 1,
            },
        );
        let pictures = pictures.unwrap().in_windows(&series(2)).unwrap_err();
        assert!(pictures.to_string().contains("pictures"), "{pictures}");
    }
}
