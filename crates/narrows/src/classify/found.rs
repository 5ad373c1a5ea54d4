//! Predicts the classes of rows, and measures how often that is right.

use serde::{Deserialize, Serialize};

use super::loss::log_softmax;
use crate::data::scale::Prepared;
use crate::data::table::{Column, ColumnKind, Table};
use crate::objective::inference::Inference;

/// A class for each row, and the probabilities it was chosen by.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Predictions {
    /// Every class, sorted.
    pub classes: Vec<String>,
    /// The likeliest class of each row, by its index in `classes`.
    pub class: Vec<usize>,
    /// The probability of each class, `[rows, classes]`, row-major; each row
    /// sums to 1.
    pub probabilities: Vec<f32>,
}

/// A classifier's results on labelled rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Classification {
    /// Number of labelled rows.
    pub rows: usize,
    /// Share of rows whose class was predicted, 0 to 1.
    pub accuracy: f64,
    /// `-log p` of each row's class, mean over rows, in nats.
    pub cross_entropy: f64,
    /// Every class, sorted.
    pub classes: Vec<String>,
    /// Rows by their class (row) and the predicted class (column),
    /// `[classes][classes]`.
    pub confusion: Vec<Vec<usize>>,
    /// Share of each class's rows that were taken for another, 0 to 1; `None`
    /// if a class has no rows.
    pub error_per_class: Vec<Option<f64>>,
}

impl Predictions {
    /// Converts to a table: `class`, `probability` (of that class), then
    /// `probability_<class>` for every class, and the ids and labels of `like`.
    /// A name that `like` already has gets the prefix `predicted_`.
    pub fn to_table(&self, like: &Table) -> Table {
        let mut columns = vec![
            Column {
                name: "class".into(),
                kind: ColumnKind::Category(self.classes.clone()),
            },
            Column::number("probability"),
        ];
        let each = self.classes.iter().map(|c| format!("probability_{c}"));
        columns.extend(each.map(Column::number));
        let mut values = Vec::with_capacity(self.class.len() * columns.len());
        for (&class, row) in self.class.iter().zip(self.rows()) {
            values.extend([class as f32, row[class]]);
            values.extend(row);
        }
        Table::made_of(like, format!("classes of {}", like.origin), columns, values)
    }

    fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.probabilities.chunks_exact(self.classes.len())
    }
}

/// Predicts the classes of all rows; `progress` gets the number of newly finished
/// rows.
pub(super) fn predict(
    inference: &Inference,
    data: &Prepared,
    classes: &[String],
    progress: &dyn Fn(usize),
) -> Predictions {
    let rows: Vec<usize> = (0..data.rows()).collect();
    let mut found = Predictions {
        classes: classes.to_vec(),
        class: Vec::with_capacity(rows.len()),
        probabilities: Vec::with_capacity(rows.len() * classes.len()),
    };
    logs(inference, data, &rows, classes.len(), |_, logs| {
        found.class.push(likeliest(&logs));
        let probabilities = logs.iter().map(|log| log.exp() as f32);
        found.probabilities.extend(probabilities);
        progress(1);
    });
    found
}

/// Measures over the rows that have a class.
pub(super) fn evaluate(
    inference: &Inference,
    data: &Prepared,
    of: &[Option<usize>],
    classes: &[String],
    progress: &dyn Fn(usize),
) -> Classification {
    let rows: Vec<usize> = (0..of.len()).filter(|&row| of[row].is_some()).collect();
    let truth: Vec<usize> = of.iter().copied().flatten().collect();
    let mut confusion = vec![vec![0; classes.len()]; classes.len()];
    let mut nats = 0.0;
    logs(inference, data, &rows, classes.len(), |at, logs| {
        confusion[truth[at]][likeliest(&logs)] += 1;
        nats -= logs[truth[at]];
        progress(1);
    });
    measured(classes, confusion, nats)
}

fn measured(classes: &[String], confusion: Vec<Vec<usize>>, nats: f64) -> Classification {
    let right = |class: usize| confusion[class][class];
    let of = |class: usize| confusion[class].iter().sum::<usize>();
    let places = 0..classes.len();
    let rows: usize = places.clone().map(of).sum();
    let hits: usize = places.clone().map(right).sum();
    let error = |class| (of(class) > 0).then(|| 1.0 - right(class) as f64 / of(class) as f64);
    Classification {
        rows,
        accuracy: hits as f64 / rows as f64,
        cross_entropy: nats / rows as f64,
        classes: classes.to_vec(),
        error_per_class: places.map(error).collect(),
        confusion,
    }
}

/// Passes the logarithms of every class's probability to `each`, row by row,
/// with the row's index in `rows`.
fn logs(
    inference: &Inference,
    data: &Prepared,
    rows: &[usize],
    classes: usize,
    mut each: impl FnMut(usize, Vec<f64>),
) {
    let mut at = 0;
    inference.chunks(data, rows, |chunk| {
        for logits in chunk.sums.chunks_exact(classes) {
            each(at, log_softmax(logits));
            at += 1;
        }
    });
}

/// Returns the index of the largest value, the first among equals.
fn likeliest(logs: &[f64]) -> usize {
    (1..logs.len()).fold(0, |best, at| if logs[at] > logs[best] { at } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::table::{Tags, Values};

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn accuracy_and_errors_by_hand() {
        let confusion = vec![vec![3, 1, 0], vec![0, 2, 2], vec![0, 0, 0]];
        let found = measured(&names(&["a", "b", "c"]), confusion, 4.0);
        assert_eq!((found.rows, found.accuracy), (8, 5.0 / 8.0));
        assert_eq!(found.cross_entropy, 0.5);
        assert_eq!(found.error_per_class, [Some(0.25), Some(0.5), None]);
    }

    #[test]
    fn columns_keep_clear_of_labels_and_ids() {
        let mut like = Table::from_floats(vec![0.0, 0.0], 1).unwrap();
        let tags = |name: &str| {
            Some(Tags {
                kind: Default::default(),
                name: name.into(),
                values: names(&["x", "y"]),
            })
        };
        (like.labels, like.ids) = (tags("class"), tags("id"));
        let found = Predictions {
            classes: names(&["x", "y"]),
            class: vec![1, 0],
            probabilities: vec![0.25, 0.75, 1.0, 0.0],
        };
        let table = found.to_table(&like);
        let columns: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(
            columns,
            [
                "predicted_class",
                "probability",
                "probability_x",
                "probability_y"
            ]
        );
        let expected = vec![1.0, 0.75, 0.25, 0.75, 0.0, 1.0, 1.0, 0.0];
        assert_eq!(table.values, Values::Floats(expected));
        assert_eq!(table.labels, like.labels);
    }
}
