//! Writes the headline and the key figures.

use super::text::{count, counted, number, percent};
use crate::look::Look;
use crate::model::Model;
use crate::model::evaluate::{Errors, Evaluation};

/// The report in a sentence or two.
pub(super) struct Headline {
    /// How much of the data survives the code.
    pub says: String,
    /// The comparison with PCA.
    pub beside: Option<String>,
    /// What was trained, and on which rows the report is.
    pub what: String,
}

/// One large figure.
pub(super) struct Figure {
    pub value: String,
    pub name: &'static str,
    pub beside: String,
}

/// All measures as a table.
pub(super) struct Measures {
    pub columns: Vec<&'static str>,
    pub rows: Vec<Measure>,
}

/// One measure: a value for each column, empty if there is none.
pub(super) struct Measure {
    pub name: &'static str,
    pub meaning: &'static str,
    pub values: Vec<String>,
}

pub(super) fn headline(model: &Model, look: &Look) -> Headline {
    let found = &look.evaluation;
    let into = numbers(model.config.network.code);
    let features = counted(found.features, "feature");
    let ours = found.scaled.explained_variance;
    let says = match ours {
        Some(share) if share >= 0.0 => {
            format!(
                "Keeps {} of the variance of {features} in {into}.",
                percent(share)
            )
        }
        Some(_) => format!(
            "Loses more than it keeps: the rows' mean is nearer to {features} than what {into} bring back."
        ),
        None => format!(
            "Brings {features} back from {into} with an error per row of {}.",
            number(found.scaled.error_per_row)
        ),
    };
    let beside = found
        .pca
        .as_ref()
        .map(|pca| match (ours, pca.explained_variance) {
            (Some(ours), Some(theirs)) => {
                let than = match ours - theirs {
                    gain if gain > 0.0005 => "less than this network",
                    gain if gain < -0.0005 => "more than this network",
                    _ => "as much as this network",
                };
                format!(
                    "PCA, the best linear code of the same size, keeps {}: {than}.",
                    percent(theirs)
                )
            }
            _ => format!(
                "PCA of the same code size has an error per row of {}.",
                number(pca.error_per_row)
            ),
        });
    Headline {
        says,
        beside,
        what: what(model, look),
    }
}

fn numbers(code: usize) -> String {
    match code {
        1 => "one number".into(),
        code => format!("{} numbers", count(code)),
    }
}

fn what(model: &Model, look: &Look) -> String {
    let epochs = match model.history.len() {
        0 => "An untrained autoencoder".into(),
        epochs => format!("An autoencoder after {}", counted(epochs, "epoch")),
    };
    let from = match look.origin.is_empty() {
        true => String::new(),
        false => format!(" of {}", look.origin),
    };
    let kept = match model.best_epoch {
        Some(best) if best != model.history.len() => {
            format!(", with the weights of epoch {}", count(best))
        }
        _ => String::new(),
    };
    let rows = match (look.errors.are_reference, look.errors.held_out) {
        (true, true) => "held-out row",
        (true, false) => "training row",
        (false, _) => "row",
    };
    format!(
        "{epochs}{kept}, seen on {}{from}",
        counted(look.evaluation.rows, rows)
    )
}

pub(super) fn figures(model: &Model, look: &Look) -> Vec<Figure> {
    let found = &look.evaluation;
    let code = model.config.network.code;
    let pca = |value: fn(&Errors) -> Option<String>| {
        found
            .pca
            .as_ref()
            .and_then(value)
            .map(|v| format!("PCA {v}"))
            .unwrap_or_default()
    };
    let explained = |e: &Errors| e.explained_variance.map(percent);
    let mut figures = Vec::new();
    if let Some(value) = explained(&found.scaled) {
        figures.push(Figure {
            value,
            name: "explained variance",
            beside: pca(|e| e.explained_variance.map(percent)),
        });
    }
    figures.push(Figure {
        value: number(found.scaled.mse),
        name: "mean squared error",
        beside: pca(|e| Some(number(e.mse))),
    });
    figures.push(Figure {
        value: number(found.scaled.error_per_row),
        name: "error per row",
        beside: pca(|e| Some(number(e.error_per_row))),
    });
    let times = found.features as f64 / code as f64;
    figures.push(Figure {
        value: format!("{} → {}", count(found.features), count(code)),
        name: "features to code",
        beside: match times > 1.0 {
            true => format!("{} times fewer", super::text::fixed(times, 1)),
            false => "not narrower than the input".into(),
        },
    });
    figures
}

/// Collects the measures; `mixed` if the columns' own units do not add up.
pub(super) fn measures(found: &Evaluation, mixed: bool) -> Measures {
    let mut columns = vec!["network"];
    let mut all = vec![Some(&found.scaled)];
    if let Some(pca) = &found.pca {
        columns.push("PCA");
        all.push(Some(pca));
    }
    if let Some(original) = found.original.as_ref().filter(|_| !mixed) {
        columns.push("network, own units");
        all.push(Some(original));
        if let Some(pca) = &found.pca_original {
            columns.push("PCA, own units");
            all.push(Some(pca));
        }
    }
    let row = |name, meaning, value: fn(&Errors) -> Option<String>| Measure {
        name,
        meaning,
        values: all
            .iter()
            .map(|e| e.and_then(value).unwrap_or_default())
            .collect(),
    };
    let mut rows = vec![
        row(
            "Explained variance",
            "100 % is perfect, 0 % no better than the mean row",
            |e| e.explained_variance.map(percent),
        ),
        row("Mean squared error", "over rows and features", |e| {
            Some(number(e.mse))
        }),
        row(
            "Error per row",
            "squared error, summed over features",
            |e| Some(number(e.error_per_row)),
        ),
        row(
            "Cross-entropy per row",
            "in nats, summed over features",
            |e| e.bce.map(number),
        ),
    ];
    rows.retain(|row| row.values.iter().any(|value| !value.is_empty()));
    for (name, &value) in &found.measures {
        let Some(&(name, meaning)) = found.shown.get(name) else {
            continue;
        };
        let mut values = vec![String::new(); columns.len()];
        values[0] = number(value);
        rows.push(Measure {
            name,
            meaning,
            values,
        });
    }
    Measures { columns, rows }
}
