//! A trained model, autoencoder or classifier, as JSON and as text.

use narrows::program::visible;
use narrows::{Classifier, Model, NamedTensor};
use serde_json::{Value, json};

use crate::output::{grouped, percent, plural, short};

/// Returns an autoencoder's content as JSON.
pub fn json(model: &Model) -> Value {
    json!({
        "kind": "model",
        "features": model.scaler().features(),
        "code": model.config().network.code,
        "weights": model.weight_count(),
        "scale": model.scaler().method(),
        "columns": model.file_columns(),
        "image": model.scaler().image(),
        "config": model.config(),
        "tensors": tensors_json(&model.weights()),
        "history": model.history(),
        "best_epoch": model.best_epoch(),
        "warnings": model.warnings(),
    })
}

/// Describes the autoencoder in a file.
pub fn text(model: &Model, path: &str) -> String {
    let config = &model.config();
    let mut text = format!("{}: an autoencoder, {}\n", visible(path), model.shape());
    let mut line =
        |name: &str, value: String| text += &format!("  {name:<10} {}\n", visible(&value));
    line("weights", grouped(model.weight_count()));
    if config.seeds > 1 {
        line(
            "networks",
            format!(
                "{}, which score rows together; tensors and history are the first one's",
                config.seeds
            ),
        );
    }
    line("scaling", model.scaler().method().describe().into());
    let names = model.file_columns();
    let shown: Vec<&str> = names.iter().take(8).map(String::as_str).collect();
    let more = if names.len() > shown.len() {
        ", …"
    } else {
        ""
    };
    line(
        "columns",
        format!("{} ({}{more})", grouped(names.len()), shown.join(", ")),
    );
    if let Some(image) = model.scaler().image() {
        line(
            "images",
            format!("{} x {} x {}", image.height, image.width, image.channels),
        );
    }
    if let Some(series) = config.data.series() {
        line("windows", format!("of {} rows", series.window));
    }
    line("trained", plural(model.history().len(), "epoch"));
    if let Some(best) = model.best_epoch() {
        line("kept", format!("epoch {best}, the best on held-out rows"));
    }
    if let Some(held_out) = model.held_out() {
        line(
            "held-out",
            format!(
                "mse {}, error per row {}",
                short(held_out.mse),
                short(held_out.error_per_row)
            ),
        );
    }
    text += &tensors_text(&model.weights());
    text += &format!("\nconfig\n{}", indented(&config.to_toml()));
    text
}

/// Returns a classifier's content as JSON.
pub fn classifier_json(classifier: &Classifier) -> Value {
    json!({
        "kind": "classifier",
        "features": classifier.scaler().features(),
        "label": classifier.label(),
        "classes": classifier.classes(),
        "weights": classifier.weight_count(),
        "scale": classifier.scaler().method(),
        "columns": classifier.scaler().column_names(),
        "image": classifier.scaler().image(),
        "config": classifier.config(),
        "encoder": classifier.encoder_config(),
        "tensors": tensors_json(&classifier.weights()),
        "history": classifier.history(),
    })
}

/// Describes the classifier in a file.
pub fn classifier_text(classifier: &Classifier, path: &str) -> String {
    let config = &classifier.config();
    let start = if config.from_scratch {
        "drawn anew"
    } else {
        "an autoencoder's"
    };
    let mut text = format!("{}: a classifier, {}\n", visible(path), classifier.shape());
    let mut line =
        |name: &str, value: String| text += &format!("  {name:<10} {}\n", visible(&value));
    line("weights", grouped(classifier.weight_count()));
    line("label", format!("'{}'", classifier.label()));
    line("classes", classifier.classes().join(", "));
    line("scaling", classifier.scaler().method().describe().into());
    line(
        "encoder",
        format!(
            "{start}, frozen for {} of {} epochs",
            config.frozen, config.epochs
        ),
    );
    line("trained", format!("{} epochs", classifier.history().len()));
    let last = classifier.history().last();
    if let Some(held_out) = last.and_then(|epoch| epoch.held_out.as_ref()) {
        let accuracy = percent(held_out.accuracy);
        let nats = short(held_out.cross_entropy);
        line(
            "held-out",
            format!("accuracy {accuracy}, cross-entropy {nats} nats"),
        );
    }
    text += &tensors_text(&classifier.weights());
    text
}

fn tensors_json(weights: &[NamedTensor]) -> Value {
    let tensor = |w: &NamedTensor| json!({"name": w.name, "shape": w.shape});
    weights.iter().map(tensor).collect()
}

fn tensors_text(weights: &[NamedTensor]) -> String {
    let mut text = "\ntensors\n".to_string();
    for weight in weights {
        let shape = match (weight.shape, weight.name.ends_with("weight")) {
            ([rows, columns], true) => format!("{rows} x {columns}"),
            ([_, columns], false) => columns.to_string(),
        };
        text += &format!("  {:<24} {shape}\n", visible(&weight.name));
    }
    text
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| {
            if line.is_empty() {
                "\n".into()
            } else {
                format!("  {line}\n")
            }
        })
        .collect()
}
