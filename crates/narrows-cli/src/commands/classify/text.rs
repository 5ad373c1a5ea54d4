//! Describes what a classifier found in rows, as text.

use narrows::Classification;
use narrows::program::visible;

use crate::output::{grouped, percent, rows, short};

/// Returns the class with the most rows.
pub fn commonest(found: &Classification) -> &str {
    let counts = found.confusion.iter().map(|row| row.iter().sum::<usize>());
    let classes = found.classes.iter().zip(counts);
    let most = classes.reduce(|most, other| if other.1 > most.1 { other } else { most });
    most.map_or("", |(class, _)| class)
}

/// Lists the accuracy, then the rows by class (down) and predicted class
/// (across).
pub fn evaluated(found: &Classification, data: &str) -> String {
    let classes: Vec<_> = found.classes.iter().map(|name| visible(name)).collect();
    let mut text = format!(
        "{}: {} of {} classes\n\n\
         accuracy           {:>12}\n\
         base rate          {:>12}  the share of '{}', the commonest class\n\
         balanced accuracy  {:>12}  the mean over the classes\n\
         cross-entropy      {:>12} nats\n\n",
        visible(data),
        rows(found.rows),
        classes.len(),
        percent(found.accuracy),
        percent(found.base_rate),
        visible(commonest(found)),
        percent(found.balanced_accuracy),
        short(found.cross_entropy),
    );
    let counts = found.confusion.iter().flatten().max().map_or(0, |&n| n);
    let widest = |least: usize| {
        let names = classes.iter().map(|class| class.chars().count());
        names.max().unwrap_or(0).max(least)
    };
    let (name, cell) = (widest("class".len()), widest(grouped(counts).len()) + 2);
    text += &format!("{:<name$}", "class");
    for class in &classes {
        text += &format!("{class:>cell$}");
    }
    text += &format!("{:>11}\n", "error");
    for (at, class) in classes.iter().enumerate() {
        text += &format!("{class:<name$}");
        for &count in &found.confusion[at] {
            text += &format!("{:>cell$}", grouped(count));
        }
        let error = found.error_per_class[at].map_or("-".into(), percent);
        text += &format!("{error:>11}\n");
    }
    text
}
