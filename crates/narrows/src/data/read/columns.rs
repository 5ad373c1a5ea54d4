//! Builds a [`Table`] from named columns of text and numbers, by their roles.

mod cells;
mod infinite;
mod markers;
mod mistakes;
mod part;
mod taken_for;
mod unusable;
mod uses;

use std::collections::{BTreeMap, HashSet};

use self::infinite::Infinite;
use self::markers::Markers;
use self::taken_for::TakenFor;
use self::uses::{Before, derived, sources, use_of};
use super::Roles;
use super::allowance::MOST_COLUMNS;
use super::extent::Extent;
use super::levels::Levels;
use super::names::{self, list};
use super::observed::{Observations, Observed};
use super::pieces::Pieces;
use super::reader::Room;
use super::text_among_numbers::TextAmongNumbers;
use crate::base::error::{Error, Place, Result};
use crate::base::hint::Hint;
use crate::data::number_format::NumberFormat;
use crate::data::table::{TagKind, Unusable};
use crate::data::time_format::TimeFormat;
use crate::settings::{Kind, TimePart};

/// How often a column's name is held: here, in the table, by what looks names up,
/// and in the table that is made of it.
const COPIES_OF_NAMES: usize = 4;

/// A table that is being filled, cell by cell.
pub(super) struct Columns {
    origin: String,
    names: Vec<String>,
    named: bool,
    allow_missing: bool,
    any_text: bool,
    /// Whether the rows are for a trained model, whose settings cannot change.
    trained: bool,
    one_hot: Vec<String>,
    ignore: Vec<String>,
    /// What the settings say that columns hold.
    kinds: BTreeMap<String, Kind>,
    /// The first missing cell that is not allowed, with its text.
    first_missing: Option<(usize, usize, String)>,
    /// The number of missing cells of each column since the start of the file.
    missing_in: Vec<usize>,
    infinite: Infinite,
    no_numbers: TakenFor,
    grouped: TakenFor,
    uses: Vec<Use>,
    /// The number of columns that are data.
    width: usize,
    /// Rows of the current part, and of the parts before it.
    rows: usize,
    before: usize,
    values: Pieces<f32>,
    labels: Vec<String>,
    ids: Vec<Vec<String>>,
    /// The cells as they are in the file, if they are to be kept.
    kept: Option<Vec<String>>,
    /// Bytes of the texts in labels, ids and categories, and of those kept.
    texts: usize,
    /// Bytes of the columns' names.
    names_bytes: usize,
    markers: Markers,
    /// Whether a cell of a number column was no number.
    odd: bool,
    /// Whether all cells come as text, whatever they are.
    of_text: bool,
    /// What labels and ids are in the file.
    label_kind: TagKind,
    id_kinds: Vec<TagKind>,
    /// The columns that cannot be read, each with what it holds. They are among
    /// those that are ignored.
    unread: Vec<(String, String)>,
    /// Whether rows that cannot be used are passed over, and those of this part.
    passes_over: bool,
    unusable: Vec<Unusable>,
    /// The roles, if columns are only looked at.
    roles: Roles,
}

/// What a column of the file becomes; the number is its position among the
/// data.
enum Use {
    Nothing,
    Label,
    /// The number is its place among the ids.
    Id(usize),
    Number(usize, Extent),
    /// Numbers that are not written as Rust writes them.
    Written(usize, Extent, NumberFormat),
    Category(usize, Levels),
    /// One of these texts, by its place among them.
    Ordinal(usize, Vec<String>),
    /// A time, of which these columns are made.
    Time(usize, TimeFormat, Vec<TimePart>),
    TextAmongNumbers(TextAmongNumbers),
    /// What is only looked at, to find out what it is.
    Observed(Box<Observed>),
}

impl Use {
    /// Returns whether the column is data.
    fn is_data(&self) -> bool {
        self.width() > 0
    }

    /// Returns how many columns of data it becomes.
    fn width(&self) -> usize {
        match self {
            Use::Number(..) | Use::Written(..) | Use::Category(..) | Use::Ordinal(..) => 1,
            Use::Time(_, _, parts) => parts.len(),
            Use::Nothing
            | Use::Label
            | Use::Id(_)
            | Use::TextAmongNumbers(_)
            | Use::Observed(_) => 0,
        }
    }
}

/// Returns the names `x1`, `x2`, … of `width` columns if they are among more
/// columns: this program writes such rows with labels and ids next to them.
fn numbered(names: &[String], width: usize) -> Option<Vec<String>> {
    let known: HashSet<&str> = names.iter().map(String::as_str).collect();
    let all: Vec<String> = (1..=width).map(|column| format!("x{column}")).collect();
    let there = names.len() > width && all.iter().all(|name| known.contains(name.as_str()));
    there.then_some(all)
}

impl Columns {
    /// Creates an empty table. `names` are the file's columns in order; `named`
    /// says whether the names came with the file.
    pub fn new(origin: &str, names: Vec<String>, named: bool, roles: &Roles) -> Result<Columns> {
        if names.len() > MOST_COLUMNS {
            return Err(Error::data(
                origin,
                Place::Whole,
                format!("{} columns", names.len()),
                format!("at most {MOST_COLUMNS}"),
                "rows of more values can be kept as a NumPy array",
            ));
        }
        names::check(origin, &names, named, roles)?;
        let wanted = roles.only.as_ref().filter(|_| named);
        let wanted = wanted.map(|only| sources(only, &names, roles));
        if let Some(wanted) = &wanted {
            names::refuse_missing(origin, &names, wanted)?;
        }
        let numbered = || roles.width.and_then(|width| numbered(&names, width));
        let only = wanted.or_else(|| roles.only.clone()).or_else(numbered);
        let only: Option<HashSet<String>> = only.map(|only| only.into_iter().collect());
        let ignored: HashSet<&String> = roles.ignore.iter().collect();
        let one_hot: HashSet<&String> = roles.one_hot.iter().collect();
        let (mut width, mut ids) = (0, 0);
        let mut uses = Vec::with_capacity(names.len());
        for name in &names {
            let column = Before {
                name,
                is_ignored: ignored.contains(name)
                    || named && only.as_ref().is_some_and(|only| !only.contains(name)),
                is_one_hot: one_hot.contains(name),
                width,
                columns: names.len(),
                ids,
            };
            let used = use_of(origin, &column, roles)?;
            width += used.width();
            ids += usize::from(matches!(used, Use::Id(_)));
            uses.push(used);
        }
        let made = || {
            uses.iter()
                .zip(&names)
                .flat_map(|(used, name)| derived(name, used))
        };
        if let Some(taken) = made().find(|made| names.contains(made)) {
            return Err(Error::data(
                origin,
                Place::Column(taken),
                "a column that is called like one made of a time",
                "a name of its own for each column",
                "rename the column, or leave one of the two out: data.kinds, data.ignore",
            ));
        }
        if width == 0 && !roles.observes {
            return Err(Error::data(
                origin,
                Place::Whole,
                format!("no column left as data of {}", list(&names)),
                "at least one",
                "take a column out of data.ignore, data.label or data.id",
            ));
        }
        let by_name = named && only.is_some();
        if let Some(expected) = roles.width.filter(|&e| e != width && !by_name) {
            return Err(Error::data(
                origin,
                Place::Whole,
                match width {
                    1 => "1 column".into(),
                    _ => format!("{width} columns"),
                },
                format!("the {expected} that the model was trained on"),
                Hint::both_columns(),
            ));
        }
        let bytes_of = |name: &String| size_of::<String>() + allocated(name);
        Ok(Columns {
            origin: origin.into(),
            names_bytes: COPIES_OF_NAMES * names.iter().map(bytes_of).sum::<usize>(),
            names,
            named,
            allow_missing: roles.allow_missing,
            any_text: roles.any_text,
            trained: roles.optional,
            one_hot: roles.one_hot.clone(),
            ignore: roles.ignore.clone(),
            kinds: roles.kinds.clone(),
            first_missing: None,
            missing_in: vec![0; uses.len()],
            infinite: Infinite::default(),
            no_numbers: TakenFor::default(),
            grouped: TakenFor::default(),
            label_kind: TagKind::Text,
            id_kinds: vec![TagKind::Text; ids],
            unread: Vec::new(),
            passes_over: roles.passes_over && roles.optional,
            unusable: Vec::new(),
            roles: match roles.observes {
                true => roles.clone(),
                false => Roles::default(),
            },
            uses,
            width,
            rows: 0,
            before: 0,
            values: Pieces::new(),
            labels: Vec::new(),
            ids: vec![Vec::new(); ids],
            kept: roles.keep_texts.then(Vec::new),
            texts: 0,
            markers: Markers::new(roles.missing_values.as_deref()),
            odd: false,
            of_text: false,
        })
    }

    /// Says what a column holds in the file, in case it is that of the labels or
    /// ids.
    pub fn set_tag_kind(&mut self, column: usize, kind: TagKind) {
        match self.uses[column] {
            Use::Label => self.label_kind = kind,
            Use::Id(at) => self.id_kinds[at] = kind,
            _ => {}
        }
    }

    /// Says which of the ignored columns cannot be read, and what they hold.
    pub fn set_unread(&mut self, unread: Vec<(String, String)>) {
        self.unread = unread;
    }

    /// Returns where the rows come from.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Says that all cells come as text, whatever they are, and which columns
    /// the settings leave out.
    pub fn of_text(self, ignore: &[String]) -> Self {
        Columns {
            of_text: true,
            ignore: ignore.to_vec(),
            ..self
        }
    }

    /// Takes what the cells of each column have shown, if they were only looked
    /// at.
    pub fn observations(&mut self) -> Observations {
        let columns = self.names.iter().zip(std::mem::take(&mut self.uses));
        let columns = columns.filter_map(|(name, used)| match used {
            Use::Observed(observed) => Some((name.clone(), *observed)),
            _ => None,
        });
        Observations {
            columns: columns.collect(),
            named: self.named,
            roles: std::mem::take(&mut self.roles),
        }
    }

    /// Returns the number of columns of the file.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Returns the name of a column.
    pub fn name(&self, column: usize) -> &str {
        &self.names[column]
    }

    /// Returns the number of rows in this part so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns a row's number in the file, counted from 1; `row` counts from 0
    /// in this part.
    pub fn number_of(&self, row: usize) -> usize {
        self.before + row + 1
    }

    /// Returns whether the column is left out, so that its cells need no
    /// checks.
    pub fn ignores(&self, column: usize) -> bool {
        matches!(self.uses[column], Use::Nothing)
    }

    /// Returns whether columns are only looked at, those that are left out too.
    pub fn observes(&self) -> bool {
        self.roles.observes
    }

    /// Returns whether the column's cells should be numbers.
    pub fn is_number(&self, column: usize) -> bool {
        matches!(self.uses[column], Use::Number(..) | Use::Written(..))
    }

    /// Returns whether a cell of a number column was no number.
    pub fn is_odd(&self) -> bool {
        self.odd
    }

    /// Returns whether the text stands for a missing cell of a number column.
    pub fn is_missing_number(&self, text: &str) -> bool {
        self.markers.is_missing_number(text)
    }

    /// Returns whether the column is kept as text, so that its numbers should
    /// come as text too.
    pub fn keeps_text(&self, column: usize) -> bool {
        matches!(
            self.uses[column],
            Use::Label
                | Use::Id(_)
                | Use::Category(..)
                | Use::Ordinal(..)
                | Use::Time(..)
                | Use::TextAmongNumbers(_)
                | Use::Observed(_)
        )
    }

    /// Returns whether the column is that of the labels or the ids.
    pub fn is_tag(&self, column: usize) -> bool {
        matches!(self.uses[column], Use::Label | Use::Id(_))
    }

    /// Adds rows, whose cells are all yet to be set, if there is room.
    pub fn add_rows(&mut self, rows: usize, room: Room) -> Result<()> {
        room.check(&self.origin, self.number_of(self.rows), self.bytes(rows))?;
        let count = rows * self.width;
        self.values.check_granted(count)?;
        self.rows += rows;
        self.values
            .more(count)
            .extend(std::iter::repeat_n(f32::NAN, count));
        if let Some(kept) = &mut self.kept {
            kept.resize(self.rows * self.names.len(), String::new());
        }
        for used in &self.uses {
            match used {
                Use::Label => self.labels.resize(self.rows, String::new()),
                Use::Id(at) => self.ids[*at].resize(self.rows, String::new()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Returns whether cells are kept as they are in the file, those of columns
    /// that are left out too.
    pub fn keeps_cells(&self) -> bool {
        self.kept.is_some()
    }

    /// Keeps a cell as it is in the file, if cells are to be kept. `row` counts
    /// from 0 in this part.
    pub fn keep(&mut self, row: usize, column: usize, text: &str) {
        if let Some(kept) = &mut self.kept {
            self.texts += allocated(text);
            kept[row * self.names.len() + column] = text.into();
        }
    }

    /// Keeps the number of a cell as it reads.
    pub fn keep_number(&mut self, row: usize, column: usize, number: &impl ToString) {
        if self.kept.is_some() {
            self.keep(row, column, &number.to_string());
        }
    }

    /// Takes the last row out, which could not be set.
    pub fn drop_row(&mut self) {
        self.rows -= 1;
        self.values.shorten(self.width);
        self.labels.truncate(self.rows);
        let rows = self.rows;
        self.ids.iter_mut().for_each(|ids| ids.truncate(rows));
        if let Some(kept) = &mut self.kept {
            kept.truncate(self.rows * self.names.len());
        }
    }

    /// Returns the bytes of the rows of this part and `more` further rows.
    fn bytes(&self, more: usize) -> usize {
        let is_tag = |used: &&Use| matches!(used, Use::Label | Use::Id(_));
        let tags = self.uses.iter().filter(is_tag).count();
        let kept = self.kept.as_ref().map_or(0, |_| self.names.len());
        let row = self.width * size_of::<f32>() + (tags + kept) * size_of::<String>();
        (self.rows + more) * row + self.texts + self.names_bytes
    }

    /// Returns whether this part is as large as it may be.
    pub fn is_full(&self, room: Room) -> bool {
        room.is_full(self.rows, self.bytes(0))
    }

    /// Returns whether a mistake found so far will be reported at the end of
    /// the file.
    pub fn is_mistaken(&self) -> bool {
        let infinite = !self.any_text && self.infinite.count > 0;
        let unread = !self.any_text && !self.trained && !self.unread.is_empty();
        self.first_missing.is_some()
            || unread
            || infinite
            || self
                .uses
                .iter()
                .any(|used| matches!(used, Use::TextAmongNumbers(_)))
    }

    /// Refuses rows whose texts exceed the room.
    pub fn check_room(&self, room: Room) -> Result<()> {
        room.check(&self.origin, self.number_of(self.rows), self.bytes(0))
    }

    /// Drops the rows, because they will not be returned.
    pub fn forget(&mut self) {
        self.before += self.rows;
        (self.rows, self.texts) = (0, 0);
        self.values = Pieces::new();
        self.unusable.clear();
        self.labels.clear();
        self.ids.iter_mut().for_each(Vec::clear);
        self.kept.iter_mut().for_each(Vec::clear);
    }
}

/// Returns about how many bytes a text takes in addition to its place in a
/// list.
fn allocated(text: &str) -> usize {
    text.len().next_multiple_of(16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::table::{ColumnKind, Values};

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn any_column_may_turn_out_to_be_text() {
        let roles = Roles {
            any_text: true,
            ..Roles::default()
        };
        let mut columns = Columns::new("t", names(&["a"]), true, &roles).unwrap();
        for (row, cell) in ["2", "1.5", "x", "2"].into_iter().enumerate() {
            columns.add_rows(1, Room::ENDLESS).unwrap();
            columns.text(row, 0, cell).unwrap();
        }
        let table = columns.part(Room::ENDLESS).unwrap().unwrap();
        let levels = ColumnKind::Category(names(&["1.5", "2", "x"]));
        assert_eq!(table.columns[0].kind, levels);
        assert_eq!(table.values, Values::Floats(vec![1.0, 0.0, 2.0, 1.0]));
    }

    #[test]
    fn roles_part_the_columns() {
        let roles = Roles {
            label: Some("y".into()),
            ignore: vec!["skip".into()],
            one_hot: vec!["color".into()],
            ..Roles::default()
        };
        let header = names(&["a", "y", "color", "skip"]);
        let mut columns = Columns::new("t", header, true, &roles).unwrap();
        for (row, color) in ["red", "blue", "red"].into_iter().enumerate() {
            columns.add_rows(1, Room::ENDLESS).unwrap();
            for (column, cell) in ["1.5", "cat", color, "what?"].into_iter().enumerate() {
                columns.text(row, column, cell).unwrap();
            }
        }
        let table = columns.part(Room::ENDLESS).unwrap().unwrap();
        let levels = ColumnKind::Category(names(&["blue", "red"]));
        assert_eq!(table.columns[1].kind, levels);
        assert_eq!(
            table.values,
            Values::Floats(vec![1.5, 1.0, 1.5, 0.0, 1.5, 1.0])
        );
        assert_eq!(table.labels.unwrap().values, ["cat", "cat", "cat"]);
    }
}
