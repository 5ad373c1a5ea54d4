//! Classifiers, and what they found, as text.

use narrows::{Classification, Classifier};
use serde_json::{Value, json};

use crate::output::{grouped, rows, short};

/// 97.31 % for 0.9731.
pub fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// Accuracy, then rows by class (down) and class found (across).
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

/// What `narrows inspect` says of a classifier.
pub fn inspected(classifier: &Classifier, path: &str) -> (Value, String) {
    let tensors: Vec<Value> = classifier
        .weights()
        .iter()
        .map(|w| json!({"name": w.name, "shape": w.shape}))
        .collect();
    let json = json!({
        "kind": "classifier",
        "features": classifier.scaler.features(),
        "label": classifier.label,
        "classes": classifier.classes,
        "weights": classifier.weight_count(),
        "scale": classifier.scaler.method,
        "columns": classifier.scaler.column_names(),
        "image": classifier.scaler.image,
        "config": classifier.config,
        "encoder": classifier.encoder,
        "tensors": tensors,
        "history": classifier.history,
    });
    let config = &classifier.config;
    let start = match config.from_scratch {
        true => "drawn anew",
        false => "an autoencoder's",
    };
    let mut text = format!("{path}: a classifier, {}\n", classifier.shape());
    let mut line = |name: &str, value: String| text += &format!("  {name:<10} {value}\n");
    line("weights", grouped(classifier.weight_count()));
    line("label", format!("'{}'", classifier.label));
    line("classes", classifier.classes.join(", "));
    line("scaling", classifier.scaler.method.describe().into());
    line(
        "encoder",
        format!(
            "{start}, frozen for {} of {} epochs",
            config.frozen, config.epochs
        ),
    );
    line("trained", format!("{} epochs", classifier.history.len()));
    let last = classifier.history.last();
    if let Some(held_out) = last.and_then(|epoch| epoch.held_out.as_ref()) {
        let accuracy = percent(held_out.accuracy);
        let nats = short(held_out.cross_entropy);
        line(
            "held-out",
            format!("accuracy {accuracy}, cross-entropy {nats} nats"),
        );
    }
    text += "\ntensors\n";
    for weight in classifier.weights() {
        let shape = match (weight.shape, weight.name.ends_with("weight")) {
            ([rows, columns], true) => format!("{rows} x {columns}"),
            ([_, columns], false) => columns.to_string(),
        };
        text += &format!("  {:<24} {shape}\n", weight.name);
    }
    (json, text)
}
