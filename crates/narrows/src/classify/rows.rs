//! Decides which rows have which class, and which of them are trained on.

use super::ClassifierConfig;
use crate::base::error::{Error, Place, Result};
use crate::base::hint::{Hint, Remedy};
use crate::base::random::{Draws, Stream};
use crate::data::cell::is_missing;
use crate::data::labels::classes;
use crate::data::table::{Table, Tags};

/// Default number of held-out rows, if there are enough rows.
const HELD_OUT: usize = 5_000;
/// The number of classes up to which most may have one row only.
const MOST_OF_FEW: usize = 20;
/// Parts of the stream of splits; 0 is the autoencoder's own.
const HELD_OUT_PART: u64 = 1;
const LABELLED_PART: u64 = 2;

/// A table's labels as classes.
#[derive(Debug)]
pub(super) struct Labels {
    /// The label column's name.
    pub name: String,
    /// Every class, sorted.
    pub classes: Vec<String>,
    /// Each row's class; `None` for a row without a label.
    pub of: Vec<Option<usize>>,
}

/// Rows by their number in the table, in its order.
#[derive(Debug, PartialEq)]
pub(super) struct Split {
    pub train: Vec<usize>,
    pub held_out: Vec<usize>,
}

impl Labels {
    /// Reads the classes of a table to train on.
    ///
    /// # Errors
    /// [`Error::Data`] if there are no labels, or only one of them.
    pub fn of(table: &Table) -> Result<Self> {
        let tags = labels(table)?;
        let classes = classes(tags);
        if classes.len() < 2 {
            let found = match classes.first() {
                Some(one) => format!("the one class '{one}'"),
                None => "no row with a label".into(),
            };
            return Err(Error::data(
                &table.origin,
                Place::Column(tags.name.clone()),
                found,
                "labels of at least two classes",
                "a classifier learns to tell classes apart",
            ));
        }
        let of = known(tags, &classes, table)?;
        refuse_names_of_rows(tags, &classes, &of, table)?;
        Ok(Labels {
            name: tags.name.clone(),
            classes,
            of,
        })
    }

    /// Holds rows out, then chooses rows to train on from each class in turn,
    /// in random order, until there are enough. The first drawn row of each
    /// class is never held out, so by default fewer rows are if there are many
    /// classes.
    ///
    /// # Errors
    /// [`Error::Config`] if there are too few rows.
    pub fn split(&self, config: &ClassifierConfig) -> Result<Split> {
        let classes = self.classes.len();
        let all: Vec<usize> = (0..self.of.len())
            .filter(|&row| self.of[row].is_some())
            .collect();
        let most = HELD_OUT.min(config.labelled.unwrap_or(HELD_OUT));
        let spare = all.len() - classes;
        let wanted = config
            .held_out
            .unwrap_or(most.min(all.len() / 10).min(spare));
        let (mut held_out, mut rest) = (Vec::new(), Vec::new());
        let mut seen = vec![false; classes];
        for row in self.drawn(config.seed, HELD_OUT_PART, &all) {
            let class = self.class(row);
            let first = !std::mem::replace(&mut seen[class], true);
            match first || held_out.len() == wanted {
                true => rest.push(row),
                false => held_out.push(row),
            }
        }
        if held_out.len() < wanted {
            return Err(Error::config(
                "classifier.held_out",
                format!("{wanted} of {} labelled rows", all.len()),
                format!("at most {spare}: one row of each of the {classes} classes is trained on"),
                Hint::from("lower it, or ").and(Remedy::LeaveOut("classifier.held_out".into())),
            ));
        }
        let mut train = match config.labelled {
            None => rest,
            Some(count) if (classes..=rest.len()).contains(&count) => {
                self.balanced(config.seed, &mut rest, count)
            }
            Some(count) => {
                return Err(Error::config(
                    "classifier.labelled",
                    count,
                    format!(
                        "{classes}, one of each class, to {}, the labelled rows that are not held out",
                        rest.len()
                    ),
                    "leave it out to train on all of them",
                ));
            }
        };
        train.sort_unstable();
        held_out.sort_unstable();
        Ok(Split { train, held_out })
    }

    fn balanced(&self, seed: u64, rows: &mut [usize], count: usize) -> Vec<usize> {
        rows.sort_unstable();
        let mut queues = vec![Vec::new(); self.classes.len()];
        for row in self.drawn(seed, LABELLED_PART, rows) {
            queues[self.class(row)].push(row);
        }
        let longest = queues.iter().map(Vec::len).max().unwrap_or(0);
        let turns = (0..longest).flat_map(|turn| queues.iter().filter_map(move |q| q.get(turn)));
        turns.take(count).copied().collect()
    }

    fn drawn(&self, seed: u64, part: u64, rows: &[usize]) -> Vec<usize> {
        let order = Draws::new(seed, Stream::Split, 0, part).permutation(rows.len());
        order.into_iter().map(|place| rows[place]).collect()
    }

    /// Returns the class of a labelled row.
    pub fn class(&self, row: usize) -> usize {
        self.of[row].expect("only labelled rows are chosen")
    }
}

/// Refuses labels that are nearly all different: those of numbers to predict, or
/// of rows.
fn refuse_names_of_rows(
    tags: &Tags,
    classes: &[String],
    of: &[Option<usize>],
    table: &Table,
) -> Result<()> {
    let labelled = of.iter().flatten().count();
    if classes.len() <= MOST_OF_FEW || classes.len() * 2 <= labelled {
        return Ok(());
    }
    let numbers = classes.iter().all(|class| class.parse::<f64>().is_ok());
    let kind = if numbers { "numbers" } else { "texts" };
    Err(Error::data(
        &table.origin,
        Place::Column(tags.name.clone()),
        format!("{} different {kind} in {labelled} labelled rows", classes.len()),
        "classes, each with several rows",
        match numbers {
            true => Hint::from("it looks like a quantity or an id: cut a quantity into ranges, or name another column with "),
            false => Hint::from("it looks like an id: name another column with "),
        }
        .and(Remedy::NameLabel),
    ))
}

/// Returns each row's class among those a classifier knows; `None` for a row
/// without a label.
///
/// # Errors
/// [`Error::Data`] if there are no labels, or one is unknown.
pub(super) fn known_classes(table: &Table, classes: &[String]) -> Result<Vec<Option<usize>>> {
    let tags = labels(table)?;
    let of = known(tags, classes, table)?;
    if of.iter().all(Option::is_none) {
        return Err(Error::data(
            &table.origin,
            Place::Column(tags.name.clone()),
            "no row with a label",
            "labels to compare with",
            Hint::from(Remedy::Predict).and(" needs none"),
        ));
    }
    Ok(of)
}

fn labels(table: &Table) -> Result<&Tags> {
    table.labels.as_ref().ok_or_else(|| {
        Error::data(
            &table.origin,
            Place::Whole,
            "no labels",
            "a column that labels each row",
            Hint::from("name it with ").and(Remedy::NameLabel),
        )
    })
}

fn known(tags: &Tags, classes: &[String], table: &Table) -> Result<Vec<Option<usize>>> {
    let class = |(row, text): (usize, &String)| {
        let text = text.trim();
        if is_missing(text) {
            return Ok(None);
        }
        match classes.iter().position(|class| class == text) {
            Some(class) => Ok(Some(class)),
            None => Err(Error::data(
                &table.origin,
                Place::Cell(table.number_of(row), tags.name.clone()),
                format!("'{text}'"),
                format!(
                    "one of the classes seen in training: {}",
                    classes.join(", ")
                ),
                "leave such rows out, or train with rows of that class",
            )),
        }
    };
    tags.values.iter().enumerate().map(class).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(labels: &[&str]) -> Table {
        let mut table = Table::from_floats(vec![0.0; labels.len()], 1).unwrap();
        table.labels = Some(Tags {
            kind: Default::default(),
            name: "kind".into(),
            values: labels.iter().map(ToString::to_string).collect(),
        });
        table
    }

    fn hundred() -> Labels {
        let labels: Vec<&str> = (0..100).map(|i| ["a", "a", "a", "b", ""][i % 5]).collect();
        Labels::of(&table(&labels)).unwrap()
    }

    #[test]
    fn classes_are_sorted_and_rows_without_a_label_have_none() {
        let labels = Labels::of(&table(&["dog", "", "cat", "NA", " dog"])).unwrap();
        assert_eq!(labels.classes, ["cat", "dog"]);
        assert_eq!(labels.of, [Some(1), None, Some(0), None, Some(1)]);
        let numbers = Labels::of(&table(&["10", "9", "100"])).unwrap();
        assert_eq!(numbers.classes, ["9", "10", "100"]);
    }

    #[test]
    fn labels_that_teach_nothing_are_refused() {
        let message = |table: &Table| Labels::of(table).unwrap_err().to_string();
        assert!(message(&table(&["a", "a", ""])).contains("the one class 'a'"));
        assert!(message(&table(&["", "?"])).contains("no row with a label"));
        let none = Table::from_floats(vec![0.0], 1).unwrap();
        assert!(message(&none).contains("name it with `Roles::label`"));
        let classes = ["a".to_string(), "b".to_string()];
        let message = known_classes(&table(&["a", "c"]), &classes).unwrap_err();
        let message = message.to_string();
        assert!(
            message.contains("row 2, column 'kind': found 'c'"),
            "{message}"
        );
        assert!(known_classes(&table(&[""]), &classes).is_err());
        let selected = table(&["a", "b", "a", "c"]).select(&[2, 3]);
        let message = known_classes(&selected, &classes).unwrap_err().to_string();
        assert!(message.contains("row 4, column 'kind'"), "{message}");
    }

    #[test]
    fn labelled_rows_are_as_many_of_each_class_as_there_are() {
        let labels = hundred();
        let split = |labelled, seed| {
            let config = ClassifierConfig {
                labelled,
                seed,
                held_out: Some(10),
                ..Default::default()
            };
            labels.split(&config).unwrap()
        };
        let count = |split: &Split, class| {
            let of = split
                .train
                .iter()
                .filter(|&&row| labels.class(row) == class);
            of.count()
        };
        let all = split(None, 1);
        assert_eq!((all.train.len(), all.held_out.len()), (70, 10));
        assert!(all.held_out.iter().all(|row| !all.train.contains(row)));
        let few = split(Some(12), 1);
        assert_eq!((count(&few, 0), count(&few, 1)), (6, 6));
        assert_eq!(few.held_out, all.held_out);
        let many = split(Some(65), 1);
        assert_eq!(count(&many, 1), count(&all, 1));
        assert_ne!(few, split(Some(12), 2));
        assert_eq!(few, split(Some(12), 1));
    }

    #[test]
    fn a_tenth_is_held_out_and_no_more_than_is_trained_on() {
        let held_out = |labelled| {
            let config = ClassifierConfig {
                labelled,
                ..Default::default()
            };
            hundred().split(&config).unwrap().held_out.len()
        };
        assert_eq!(
            (held_out(None), held_out(Some(20)), held_out(Some(3))),
            (8, 8, 3)
        );
    }

    #[test]
    fn every_class_keeps_a_row_to_train_on() {
        let labels = Labels::of(&table(&["a", "b", "c", "c", "c", "c"])).unwrap();
        let held_out = |held_out| ClassifierConfig {
            held_out: Some(held_out),
            ..Default::default()
        };
        assert_eq!(labels.split(&held_out(3)).unwrap().train.len(), 3);
        let message = labels.split(&held_out(4)).unwrap_err().to_string();
        assert!(message.contains("`classifier.held_out`"), "{message}");
        assert!(
            message.contains("expected at most 3: one row of each"),
            "{message}"
        );
        // By default, what is left over is held out.
        let names: Vec<String> = (0..30).map(|i| format!("{}", i.min(28))).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let most_once = Labels::of(&table(&[&names[9..], &names[9..11]].concat())).unwrap();
        let split = most_once.split(&ClassifierConfig::default()).unwrap();
        assert_eq!((split.train.len(), split.held_out.len()), (21, 2));
    }

    #[test]
    fn labels_that_are_nearly_all_different_are_no_classes() {
        let refused = |text: fn(usize) -> String| {
            let texts: Vec<String> = (0..800).map(text).collect();
            let labels: Vec<&str> = texts.iter().map(String::as_str).collect();
            Labels::of(&table(&labels)).err().map(|e| e.to_string())
        };
        let numbers = refused(|i| format!("{}.25", i * 7)).unwrap();
        assert!(
            numbers.contains("column 'kind': found 800 different numbers in 800 labelled rows"),
            "{numbers}"
        );
        assert!(
            numbers.contains("looks like a quantity or an id"),
            "{numbers}"
        );
        let ids = refused(|i| format!("row {i}")).unwrap();
        assert!(ids.contains("800 different texts"), "{ids}");
        assert!(!ids.contains("quantity"), "{ids}");
        assert_eq!(refused(|i| format!("{}", i % 300)), None);
    }

    #[test]
    fn too_few_or_too_many_labelled_rows_are_refused() {
        for labelled in [1, 80] {
            let config = ClassifierConfig {
                labelled: Some(labelled),
                held_out: Some(8),
                ..Default::default()
            };
            let message = hundred().split(&config).unwrap_err().to_string();
            assert!(
                message.contains("expected 2, one of each class, to 72"),
                "{message}"
            );
        }
    }
}
