//! Creates tables, and refuses what cannot be one.

use std::collections::{HashMap, HashSet};

use super::{Column, ColumnKind, ImageShape, Table, Tags, Values};
use crate::base::error::{Error, Place, Result};

/// The origin, in messages, of a table that comes from no file.
const IN_MEMORY: &str = "a table in memory";

impl Table {
    /// Creates a table of named columns.
    ///
    /// `values` is row-major, `[rows, columns]`: numbers, or for a category the
    /// text's place among the levels, counted from 0; NaN for a missing cell.
    ///
    /// # Errors
    /// [`Error::Data`] if there are no columns, if a name or a level is empty
    /// or not unique, if the values do not fill whole rows, if a number is
    /// infinite, or if a category's value is not the place of a level.
    pub fn new(columns: Vec<Column>, values: Values) -> Result<Self> {
        check_names(&columns)?;
        check_whole_rows(IN_MEMORY, &values, columns.len())?;
        let table = Self::bare(IN_MEMORY, columns, true, values);
        table.check_values()?;
        Ok(table)
    }

    /// Creates a table of numbers without column names: the columns are called
    /// `x1`, `x2`, ….
    ///
    /// `values` is row-major, `[rows, columns]`; NaN for a missing cell.
    ///
    /// # Errors
    /// [`Error::Data`] if `columns` is 0 or does not divide the number of
    /// values, or a value is infinite.
    ///
    /// ```
    /// use narrows::Table;
    /// let table = Table::from_floats(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3)?;
    /// assert_eq!((table.rows(), table.columns().len()), (2, 3));
    /// # Ok::<(), narrows::Error>(())
    /// ```
    pub fn from_floats(values: Vec<f32>, columns: usize) -> Result<Self> {
        let table = Self::unnamed(IN_MEMORY, Values::Floats(values), columns)?;
        table.check_values()?;
        Ok(table)
    }

    /// Creates a table of grey or colour images from bytes.
    ///
    /// `values` is row-major, `[rows, height * width * channels]`.
    ///
    /// # Errors
    /// [`Error::Data`] if the shape is empty or does not divide the number of
    /// values.
    pub fn from_images(values: Vec<u8>, shape: ImageShape) -> Result<Self> {
        let mut table = Self::unnamed("images in memory", Values::Bytes(values), shape.features())?;
        table.image = Some(shape);
        Ok(table)
    }

    /// Returns the table with another [`Table::origin`].
    pub fn with_origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = origin.into();
        self
    }

    /// Returns the table with a label for each row.
    ///
    /// # Errors
    /// [`Error::Data`] if there are not as many labels as rows, or if their
    /// name is empty or is that of a column or of the ids.
    pub fn with_labels(mut self, labels: Tags) -> Result<Self> {
        let others = self.ids.iter().map(|ids| &ids.name);
        self.check_tags(&labels, "label", others)?;
        self.labels = Some(labels);
        Ok(self)
    }

    /// Returns the table with an id for each row, beside the ids that it has:
    /// several columns may identify the rows together.
    ///
    /// # Errors
    /// [`Error::Data`] if there are not as many ids as rows, or if their name
    /// is empty or is that of a column, of the labels or of other ids.
    pub fn with_ids(mut self, ids: Tags) -> Result<Self> {
        let others = self.labels.iter().chain(&self.ids);
        self.check_tags(&ids, "id", others.map(|tags| &tags.name))?;
        self.ids.push(ids);
        Ok(self)
    }

    /// Returns a table of this table's rows and then those of `other`, numbered
    /// from 1.
    ///
    /// # Errors
    /// [`Error::Data`] if the columns, the names of the labels or ids, the
    /// shapes of images or the kinds of values differ.
    pub fn followed_by(mut self, other: Table) -> Result<Self> {
        fn tag_names(table: &Table) -> Vec<(bool, &String)> {
            let labels = table.labels.iter().map(|tags| (true, &tags.name));
            let ids = table.ids.iter().map(|tags| (false, &tags.name));
            labels.chain(ids).collect()
        }
        fn are_bytes(table: &Table) -> bool {
            matches!(table.values, Values::Bytes(_))
        }
        let same = self.columns == other.columns
            && self.image == other.image
            && self.words == other.words
            && tag_names(&self) == tag_names(&other)
            && are_bytes(&self) == are_bytes(&other);
        if !same {
            return Err(Error::data(
                &other.origin,
                Place::Whole,
                "other columns or tags",
                format!("those of {}", self.origin),
                "only rows of the same kind can follow one another",
            ));
        }
        match (&mut self.values, other.values) {
            (Values::Bytes(all), Values::Bytes(more)) => all.extend(more),
            (Values::Floats(all), Values::Floats(more)) => all.extend(more),
            _ => unreachable!("both are of one kind"),
        }
        let tags = self.labels.iter_mut().chain(&mut self.ids);
        for (all, more) in tags.zip(other.labels.into_iter().chain(other.ids)) {
            all.values.extend(more.values);
        }
        // The statistics of the columns in the file are not known for all rows
        // together, and windows are those of one file.
        self.exact.clear();
        self.windows = None;
        self.unusable.clear();
        Ok(self.renumbered())
    }

    /// Returns the table with its rows numbered from 1 in their order.
    pub fn renumbered(mut self) -> Self {
        self.places = None;
        self
    }

    /// Creates a table without column names from values of either kind, which
    /// their reader has checked.
    pub(crate) fn unnamed(origin: &str, values: Values, columns: usize) -> Result<Self> {
        check_whole_rows(origin, &values, columns)?;
        let named = (1..=columns).map(|i| Column::number(format!("x{i}")));
        Ok(Self::bare(origin, named.collect(), false, values))
    }

    /// Returns columns with the names that an output beside this table's ids and
    /// labels gives them.
    pub(crate) fn beside_tags(&self, columns: Vec<Column>) -> Vec<Column> {
        beside_tags(self, columns)
    }

    /// Creates a table with the labels and ids of `like`, from whose rows the
    /// values were computed.
    pub(crate) fn made_of(
        like: &Table,
        origin: impl Into<String>,
        columns: Vec<Column>,
        values: Vec<f32>,
    ) -> Self {
        let columns = beside_tags(like, columns);
        let table = Self::bare(origin, columns, true, Values::Floats(values));
        Table {
            labels: like.labels.clone(),
            ids: like.ids.clone(),
            ..table
        }
    }

    /// Returns the rows with further columns, each with a value for every row.
    ///
    /// # Errors
    /// As [`Table::new`].
    pub fn with_columns(&self, more: Vec<Column>, values: Vec<Vec<f32>>) -> Result<Self> {
        let width = self.columns.len() + more.len();
        let mut all = Vec::with_capacity(self.rows() * width);
        for row in 0..self.rows() {
            self.push_row(row, &mut all);
            all.extend(values.iter().map(|of_column| of_column[row]));
        }
        let columns = self.columns.iter().cloned().chain(more).collect();
        Ok(Table {
            labels: self.labels.clone(),
            ids: self.ids.clone(),
            places: self.places.clone(),
            formats: self.formats.clone(),
            ..Self::new(columns, Values::Floats(all))?
        })
    }

    /// Creates a table from parts that are known to fit together.
    pub(crate) fn bare(
        origin: impl Into<String>,
        columns: Vec<Column>,
        named: bool,
        values: Values,
    ) -> Self {
        Table {
            origin: origin.into(),
            columns,
            named,
            values,
            image: None,
            words: false,
            labels: None,
            ids: Vec::new(),
            places: None,
            exact: Vec::new(),
            unread: Vec::new(),
            notes: Vec::new(),
            formats: HashMap::new(),
            texts: None,
            unusable: Vec::new(),
            windows: None,
        }
    }

    /// Refuses infinite numbers, and values of a category that are not places
    /// of its levels.
    fn check_values(&self) -> Result<()> {
        let width = self.columns.len();
        let refuse = |at: usize, expected: String| {
            let place = Place::Cell(at / width + 1, self.columns[at % width].name.clone());
            let found = self.value(at / width, at % width);
            Err(Error::data(&self.origin, place, found, expected, ""))
        };
        for at in 0..self.values.len() {
            let value = self.value(at / width, at % width);
            match &self.columns[at % width].kind {
                _ if value.is_nan() => {}
                ColumnKind::Number | ColumnKind::Circular { .. } if value.is_infinite() => {
                    return refuse(at, "a finite number, or NaN if missing".into());
                }
                ColumnKind::Category(levels)
                    if value.fract() != 0.0 || !(0.0..levels.len() as f32).contains(&value) =>
                {
                    let last = levels.len().saturating_sub(1);
                    return refuse(at, format!("the place of a level, 0 to {last}"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn check_tags<'a>(
        &self,
        tags: &Tags,
        what: &str,
        mut others: impl Iterator<Item = &'a String>,
    ) -> Result<()> {
        let refuse = |found: String, expected: String| {
            let place = Place::Column(tags.name.clone());
            Err(Error::data(&self.origin, place, found, expected, ""))
        };
        if tags.values.len() != self.rows() {
            return refuse(
                format!("{} texts", tags.values.len()),
                format!("{}, a {what} for each row", self.rows()),
            );
        }
        if tags.name.is_empty() {
            return refuse("no name".into(), format!("a name for the {what}"));
        }
        let mut names = self.columns.iter().map(|column| &column.name);
        if names.any(|name| *name == tags.name) || others.any(|other| *other == tags.name) {
            return refuse(
                "a name that another column has".into(),
                format!("a name of its own for the {what}"),
            );
        }
        Ok(())
    }
}

fn check_whole_rows(origin: &str, values: &Values, columns: usize) -> Result<()> {
    if columns > 0 && values.len().is_multiple_of(columns) {
        return Ok(());
    }
    Err(Error::data(
        origin,
        Place::Whole,
        format!("{} values", values.len()),
        format!("rows of {columns} values"),
        "",
    ))
}

/// Returns the first level that is empty or occurs twice; `None` if there is
/// none.
fn unusable(levels: &[String]) -> Option<&String> {
    let mut seen = HashSet::new();
    levels
        .iter()
        .find(|level| level.is_empty() || !seen.insert(*level))
}

fn check_names(columns: &[Column]) -> Result<()> {
    let mut seen = HashSet::new();
    for (at, column) in columns.iter().enumerate() {
        let found = match column.name.as_str() {
            "" => format!("no name for column {}", at + 1),
            name if !seen.insert(name) => format!("'{name}' more than once"),
            _ => match &column.kind {
                ColumnKind::Category(levels) => match unusable(levels) {
                    Some(level) => format!("the level '{level}' of '{}'", column.name),
                    None => continue,
                },
                ColumnKind::Circular { period } if !(*period > 0.0 && period.is_finite()) => {
                    format!("the period {period} of '{}'", column.name)
                }
                ColumnKind::Number | ColumnKind::Circular { .. } => continue,
            },
        };
        let expected = "a name of its own for each column and for each level of a category";
        return Err(Error::data(IN_MEMORY, Place::Whole, found, expected, ""));
    }
    Ok(())
}

/// Renames the columns of an output that are called like the rows' ids or
/// labels: `anomaly` becomes `predicted_anomaly`.
fn beside_tags(like: &Table, mut columns: Vec<Column>) -> Vec<Column> {
    for tags in like.ids.iter().chain(&like.labels) {
        let Some(at) = columns.iter().position(|column| column.name == tags.name) else {
            continue;
        };
        let taken = |name: &String| {
            let mut all = like.ids.iter().chain(&like.labels).map(|tags| &tags.name);
            all.any(|other| other == name) || columns.iter().any(|other| other.name == *name)
        };
        let mut name = format!("predicted_{}", tags.name);
        while taken(&name) {
            name.insert_str(0, "predicted_");
        }
        columns[at].name = name;
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(table: Result<Table>) -> String {
        table.unwrap_err().to_string()
    }

    #[test]
    fn values_that_do_not_fill_rows_are_refused() {
        let error = refused(Table::from_floats(vec![1., 2., 3.], 2));
        assert!(error.contains("found 3 values"), "{error}");
        let error = refused(Table::from_floats(vec![1.], 0));
        assert!(error.contains("rows of 0 values"), "{error}");
        assert!(Table::new(Vec::new(), Values::Floats(Vec::new())).is_err());
    }

    #[test]
    fn values_that_no_column_can_have_are_refused() {
        let columns = || vec![Column::number("a"), Column::category("b", ["x", "y"])];
        let table = |values: [f32; 4]| Table::new(columns(), Values::Floats(values.to_vec()));
        table([1.0, 0.0, f32::NAN, f32::NAN]).unwrap();
        for wrong in [2.0, -1.0, 0.5] {
            let error = refused(table([1.0, 1.0, 3.0, wrong]));
            assert!(error.contains("row 2, column 'b'"), "{error}");
            assert!(error.contains("0 to 1"), "{error}");
        }
        let error = refused(table([1.0, 0.0, f32::INFINITY, 1.0]));
        assert!(error.contains("row 2, column 'a': found inf"), "{error}");
        assert!(Table::from_floats(vec![f32::NEG_INFINITY], 1).is_err());
    }

    #[test]
    fn names_are_unique_and_tags_are_one_a_row() {
        let numbers = |names: [&str; 2]| {
            let columns = names.map(Column::number).to_vec();
            Table::new(columns, Values::Floats(vec![1.0, 2.0]))
        };
        assert!(refused(numbers(["a", "a"])).contains("more than once"));
        assert!(refused(numbers(["a", ""])).contains("no name for column 2"));
        let table = numbers(["a", "b"]).unwrap();
        let tags = |name: &str, values: &[&str]| Tags::new(name, values.iter().copied());
        let error = refused(table.clone().with_labels(tags("y", &["1", "2"])));
        assert!(error.contains("found 2 texts, expected 1"), "{error}");
        assert!(table.clone().with_ids(tags("b", &["1"])).is_err());
        assert!(table.clone().with_ids(tags("", &["1"])).is_err());
        for levels in [["x", "x"], ["x", ""]] {
            let columns = vec![Column::category("c", levels)];
            let error = refused(Table::new(columns, Values::Floats(vec![0.0])));
            assert!(error.contains("of 'c', expected"), "{error}");
        }
        let labelled = table.with_labels(tags("y", &["1"])).unwrap();
        assert!(labelled.with_ids(tags("y", &["1"])).is_err());
    }

    #[test]
    fn rows_of_one_kind_can_follow_one_another() {
        let rows = |values: &[f32]| Table::from_floats(values.to_vec(), 2).unwrap();
        let both = rows(&[1., 2., 3., 4.]).select(&[1]);
        let both = both.followed_by(rows(&[5., 6.])).unwrap();
        assert_eq!(both.values, Values::Floats(vec![3., 4., 5., 6.]));
        assert_eq!((both.number_of(0), both.number_of(1)), (1, 2));
        let other = Table::from_floats(vec![1.0], 1).unwrap();
        assert!(both.clone().followed_by(other).is_err());
        let labelled = rows(&[1., 2.]).with_labels(Tags::new("y", ["a"])).unwrap();
        assert!(both.followed_by(labelled).is_err());
    }
}
