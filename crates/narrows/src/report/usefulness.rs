//! Shows how good the code is for other work.

use super::bars::shares;
use super::section::{Drawing, Key, Section};
use super::text::{clipped, count, percent};
use crate::look::{Accuracy, Usefulness};

pub(super) fn view(found: &Usefulness, code: usize, pca_size: usize) -> Section {
    let group = |name: String, accuracy: &Accuracy| {
        (
            name,
            vec![("bar", accuracy.linear), ("bar near", accuracy.nearest)],
        )
    };
    let mut groups = vec![group(format!("code, {}", numbers(code)), &found.code)];
    groups.extend(
        found
            .pca
            .as_ref()
            .map(|pca| group(format!("PCA, {}", numbers(pca_size)), pca)),
    );
    groups.push(group("inputs as they are".into(), &found.inputs));
    Section {
        id: "usefulness",
        title: "How good the code is for other work".into(),
        says: says(found),
        full: false,
        drawings: vec![Drawing::Chart {
            legend: vec![
                Key::dot("total", "linear probe"),
                Key::dot("held", "5 nearest rows"),
            ],
            chart: shares("Accuracy of labels", &groups),
        }],
    }
}

fn numbers(code: usize) -> String {
    match code {
        1 => "1 number".into(),
        code => format!("{} numbers", count(code)),
    }
}

fn says(found: &Usefulness) -> String {
    let from = match found.training {
        true => "rows of the training data",
        false => "other rows of the same data",
    };
    let told = match found.told_labels {
        true => "Training was told labels here",
        false => "The autoencoder itself never saw a label",
    };
    format!(
        "How many of {} rows get their {} right, by two plain methods that learn from {} {from}: a linear probe (multinomial logistic regression) and the majority of the 5 nearest rows. {told}. To say always the commonest of the {} labels gets {}.",
        count(found.tested),
        clipped(&found.label, 24),
        count(found.fitted),
        count(found.classes),
        percent(found.commonest)
    )
}
