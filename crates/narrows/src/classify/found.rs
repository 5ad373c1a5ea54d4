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
    /// Share of the commonest class, 0 to 1: the accuracy of always predicting
    /// that class.
    pub base_rate: f64,
    /// Mean over the classes with rows of the share of their rows whose class was
    /// predicted (recall), 0 to 1; each class counts the same. 1/K for one of `K`
    /// classes always, and for chance.
    pub balanced_accuracy: f64,
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

/// A classifier's results on some rows, and each class's part in its cross-entropy.
pub(super) struct Evaluated {
    pub of_rows: Classification,
    /// `-log p` of each row's class, summed over the rows of each class.
    nats: Vec<f64>,
}

impl Evaluated {
    /// Returns `-log p` of each row's class times its weight, mean over rows.
    pub fn weighted(&self, weights: &[f32]) -> f64 {
        let each = self.nats.iter().zip(weights);
        let sum: f64 = each.map(|(nats, &weight)| nats * f64::from(weight)).sum();
        sum / self.of_rows.rows as f64
    }
}

/// Measures over the rows that have a class.
pub(super) fn evaluate(
    inference: &Inference,
    data: &Prepared,
    of: &[Option<usize>],
    classes: &[String],
    progress: &dyn Fn(usize),
) -> Evaluated {
    let rows: Vec<usize> = (0..of.len()).filter(|&row| of[row].is_some()).collect();
    let truth: Vec<usize> = of.iter().copied().flatten().collect();
    let mut confusion = vec![vec![0; classes.len()]; classes.len()];
    let (mut nats, mut of_class) = (0.0, vec![0.0; classes.len()]);
    logs(inference, data, &rows, classes.len(), |at, logs| {
        confusion[truth[at]][likeliest(&logs)] += 1;
        nats -= logs[truth[at]];
        of_class[truth[at]] -= logs[truth[at]];
        progress(1);
    });
    Evaluated {
        of_rows: measured(classes, confusion, nats),
        nats: of_class,
    }
}

fn measured(classes: &[String], confusion: Vec<Vec<usize>>, nats: f64) -> Classification {
    let right = |class: usize| confusion[class][class];
    let of = |class: usize| confusion[class].iter().sum::<usize>();
    let places = 0..classes.len();
    let rows: usize = places.clone().map(of).sum();
    let hits: usize = places.clone().map(right).sum();
    let commonest = places.clone().map(of).max().unwrap_or(0);
    let recall = |class| (of(class) > 0).then(|| right(class) as f64 / of(class) as f64);
    let recalls: Vec<f64> = places.clone().filter_map(recall).collect();
    let error = |class| (of(class) > 0).then(|| 1.0 - right(class) as f64 / of(class) as f64);
    Classification {
        rows,
        accuracy: hits as f64 / rows as f64,
        base_rate: commonest as f64 / rows as f64,
        balanced_accuracy: recalls.iter().sum::<f64>() / recalls.len() as f64,
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
        // Recalls of 3/4 and 2/4; the class without rows has none.
        assert_eq!((found.base_rate, found.balanced_accuracy), (0.5, 0.625));
    }

    #[test]
    fn one_class_always_has_the_base_rate_and_a_balanced_accuracy_of_chance() {
        let found = measured(&names(&["no", "yes"]), vec![vec![98, 0], vec![2, 0]], 1.0);
        assert_eq!((found.accuracy, found.base_rate), (0.98, 0.98));
        assert_eq!(found.balanced_accuracy, 0.5);
    }

    #[test]
    fn weights_count_each_class_s_part_of_the_cross_entropy() {
        let of_rows = measured(&names(&["a", "b"]), vec![vec![3, 0], vec![0, 1]], 4.0);
        let nats = vec![1.0, 3.0];
        let found = Evaluated { of_rows, nats };
        assert_eq!(found.weighted(&[1.0, 1.0]), found.of_rows.cross_entropy);
        assert_eq!(found.weighted(&[0.5, 2.0]), 6.5 / 4.0);
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
        like.labels = tags("class");
        like.ids.extend(tags("id"));
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
