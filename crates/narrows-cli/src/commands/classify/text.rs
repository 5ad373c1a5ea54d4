//! Describes what a classifier found in rows, as text.

use narrows::Classification;

use crate::output::{grouped, percent, rows, short};

/// Lists the accuracy, then the rows by class (down) and predicted class
/// (across).
pub fn evaluated(found: &Classification, data: &str) -> String {
    let mut text = format!(
        "{data}: {} of {} classes\n\naccuracy       {:>12}\ncross-entropy  {:>12} nats\n\n",
        rows(found.rows),
        found.classes.len(),
        percent(found.accuracy),
        short(found.cross_entropy),
    );
    let counts = found.confusion.iter().flatten().max().map_or(0, |&n| n);
    let widest = |least: usize| {
        let names = found.classes.iter().map(|class| class.chars().count());
        names.max().unwrap_or(0).max(least)
    };
    let (name, cell) = (widest("class".len()), widest(grouped(counts).len()) + 2);
    text += &format!("{:<name$}", "class");
    for class in &found.classes {
        text += &format!("{class:>cell$}");
    }
    text += &format!("{:>11}\n", "error");
    for (at, class) in found.classes.iter().enumerate() {
        text += &format!("{class:<name$}");
        for &count in &found.confusion[at] {
            text += &format!("{:>cell$}", grouped(count));
        }
        let error = found.error_per_class[at].map_or("-".into(), percent);
        text += &format!("{error:>11}\n");
    }
    text
}
