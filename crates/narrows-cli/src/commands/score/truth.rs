//! Compares marks and scores with what is known of the rows.

use narrows::{Error, Place, Ranking, Result, Simple, ranking};
use serde_json::{Value, json};

use crate::output::{plural, short};

/// What scores and marks are worth.
pub struct Truth {
    /// What stands for an unusual row in the column.
    pub unusual: String,
    pub ranking: Ranking,
    /// Precision and recall of the marks; `None` if nothing is marked.
    pub marks: Option<(f64, f64)>,
}

/// Texts that stand for an unusual row.
const UNUSUAL: [&str; 12] = [
    "1",
    "1.0",
    "true",
    "yes",
    "y",
    "anomaly",
    "anomalous",
    "outlier",
    "fraud",
    "bad",
    "abnormal",
    "unusual",
];

impl Truth {
    /// Compares rows whose labels, in the column `name` of `origin`, say which are
    /// unusual.
    pub fn of(
        (origin, name): (&str, &str),
        labels: &[String],
        scores: &[f32],
        marked: &[Option<bool>],
    ) -> Result<Self> {
        let mut texts: Vec<&String> = Vec::new();
        for label in labels {
            if !texts.contains(&label) {
                texts.push(label);
            }
            if texts.len() > 2 {
                break;
            }
        }
        let refuse = |found: String| {
            let place = Place::Column(name.into());
            let expected = "two texts or values, one of them for unusual rows";
            Error::data(origin, place, found, expected, "1 and 0, or yes and no")
        };
        let [one, other] = texts[..] else {
            return Err(refuse(match texts[..] {
                [] => "no such column".into(),
                [only] => format!("'{only}' in every row"),
                _ => "more than two texts".into(),
            }));
        };
        let stands = |text: &&String| UNUSUAL.contains(&text.to_lowercase().as_str());
        let count = |text: &String| labels.iter().filter(|label| *label == text).count();
        let unusual = match (stands(&one), stands(&other)) {
            (true, false) => one,
            (false, true) => other,
            // The rarer of the two.
            _ if count(one) <= count(other) => one,
            _ => other,
        };
        let is_unusual: Vec<bool> = labels.iter().map(|label| label == unusual).collect();
        let Some(ranking) = ranking(scores, &is_unusual) else {
            return Err(refuse("rows of one kind".into()));
        };
        let is_marked = |(row, _): &(usize, &bool)| marked[*row] == Some(true);
        let found = is_unusual.iter().enumerate().filter(is_marked);
        let (all, right) = found.fold((0, 0), |(all, right), (_, is)| {
            (all + 1, right + usize::from(*is))
        });
        let marks = (all > 0).then(|| {
            let right = right as f64;
            (right / f64::from(all), right / ranking.unusual as f64)
        });
        Ok(Truth {
            unusual: unusual.clone(),
            ranking,
            marks,
        })
    }

    /// Returns what the simple ways' scores are worth.
    pub fn beside(
        &self,
        labels: &[String],
        simple: &[(Simple, Vec<f32>)],
    ) -> Vec<(Simple, Ranking)> {
        let is_unusual: Vec<bool> = labels.iter().map(|label| *label == self.unusual).collect();
        let of = |(by, scores): &(Simple, Vec<f32>)| Some((*by, ranking(scores, &is_unusual)?));
        simple.iter().filter_map(of).collect()
    }

    pub fn json(&self) -> Value {
        let found = &self.ranking;
        json!({
            "unusual": self.unusual,
            "rows": found.rows,
            "unusual_rows": found.unusual,
            "auroc": found.auroc,
            "average_precision": found.average_precision,
            "precision": self.marks.map(|(precision, _)| precision),
            "recall": self.marks.map(|(_, recall)| recall),
            "best_score": found.best_threshold,
            "best_precision": found.best.0,
            "best_recall": found.best.1,
        })
    }

    pub fn text(&self) -> String {
        let found = &self.ranking;
        let of = |(precision, recall): (f64, f64)| {
            format!("precision {precision:.2}, recall {recall:.2}")
        };
        let marks = self.marks.map_or("nothing is marked".into(), of);
        format!(
            "{} of {} are '{}': AUROC {:.3}, average precision {:.3} (by chance .5 and {:.3})\n  the marks: {marks}\n  best for these rows: marking scores from {} on, {}\n",
            found.unusual,
            plural(found.rows, "row"),
            self.unusual,
            found.auroc,
            found.average_precision,
            found.unusual as f64 / found.rows as f64,
            short(f64::from(found.best_threshold)),
            of(found.best),
        )
    }
}

/// Says what the simple ways' scores are worth, beside the network's.
pub fn text_of(beside: &[(Simple, Ranking)]) -> String {
    let line = |(by, ranking): &(Simple, Ranking)| {
        format!(
            "  --by {} instead: AUROC {:.3}, average precision {:.3}\n",
            by.name(),
            ranking.auroc,
            ranking.average_precision
        )
    };
    beside.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(labels: &[&str]) -> Result<Truth> {
        let labels: Vec<String> = labels.iter().map(|label| label.to_string()).collect();
        let marked = [Some(true), Some(true), Some(false), None];
        Truth::of(("t.csv", "kind"), &labels, &[9.0, 5.0, 6.0, 1.0], &marked)
    }

    #[test]
    fn the_text_for_unusual_rows_is_known_or_is_the_rarer_one() {
        let found = truth(&["yes", "yes", "no", "yes"]).unwrap();
        assert_eq!(
            (found.unusual.as_str(), found.marks),
            ("yes", Some((1.0, 2.0 / 3.0)))
        );
        let found = truth(&["odd", "usual", "usual", "usual"]).unwrap();
        assert_eq!((found.unusual.as_str(), found.ranking.auroc), ("odd", 1.0));
        assert_eq!(found.marks, Some((0.5, 1.0)));
        assert!(
            found.text().contains("precision 0.50, recall 1.00"),
            "{}",
            found.text()
        );
    }

    #[test]
    fn other_columns_are_refused() {
        for labels in [["a", "a", "a", "a"], ["a", "b", "c", "a"]] {
            assert!(truth(&labels).is_err());
        }
    }
}
