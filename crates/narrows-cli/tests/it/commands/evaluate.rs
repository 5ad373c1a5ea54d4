//! `narrows evaluate`: every metric over all rows, as text and as JSON.

use crate::common::{Scratch, rows};
use serde_json::Value;

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn every_metric_has_its_key() {
    let scratch = Scratch::with_model();
    let json = scratch.ok("evaluate runs/my rows.csv --json").json();
    assert_eq!((&json["rows"], &json["features"]), (&120.into(), &6.into()));
    for of in [&json, &json["original"], &json["pca"]] {
        let (mse, per_row) = (number(&of["mse"]), number(&of["error_per_row"]));
        assert!(
            (mse * 6.0 - per_row).abs() < 1e-9 * per_row.max(1.0),
            "{of}"
        );
        assert!(number(&of["explained_variance"]) < 1.0);
    }
    assert_eq!(json.get("bce"), None, "there is no sigmoid output");
    assert!(number(&json["pca"]["mse"]) < number(&json["mse"]));
}

#[test]
fn the_text_shows_the_same_numbers_beside_pca() {
    let scratch = Scratch::with_model();
    let text = scratch.ok("evaluate runs/my rows.csv").text();
    assert!(
        text.starts_with("rows.csv: 120 rows of 6 features, code of 2\n"),
        "{text}"
    );
    let json = scratch.ok("evaluate runs/my rows.csv --json").json();
    let line = text.lines().find(|line| line.starts_with("mse")).unwrap();
    let shown: Vec<f64> = line
        .split_whitespace()
        .skip(1)
        .map(|n| n.parse().unwrap())
        .collect();
    let exact = [&json["mse"], &json["pca"]["mse"], &json["held_out"]["mse"]].map(number);
    assert_eq!(shown.len(), 3, "{text}");
    assert!(text.contains("held out in training"), "{text}");
    for (shown, exact) in shown.iter().zip(exact) {
        assert!((shown - exact).abs() <= 1e-3 * exact, "{shown} for {exact}");
    }
    // The columns' units differ, so their errors cannot be summed.
    assert!(
        text.contains("PCA") && !text.contains("own units"),
        "{text}"
    );
    assert!(number(&json["original"]["mse"]) > 0.0);
}

#[test]
fn the_errors_are_those_of_the_reconstruction() {
    let scratch = Scratch::with_rows();
    let table = "name,kind,a,b,c,colour,note\n";
    // Without missing cells and categories the sum can be computed here.
    let text = rows(16).replace(table, "");
    let numbers: String = text
        .lines()
        .map(|line| {
            line.split(',')
                .skip(2)
                .take(3)
                .collect::<Vec<_>>()
                .join(",")
                + "\n"
        })
        .collect();
    scratch.write("plain.csv", format!("a,b,c\n{numbers}"));
    scratch.write(
        "plain.toml",
        "[network]\nhidden = []\ncode = 2\n[data]\nheld_out = 4\n",
    );
    scratch.ok("train plain.toml -q --data plain.csv");
    let json = scratch.ok("evaluate runs/plain plain.csv --json").json();
    scratch.ok("reconstruct runs/plain plain.csv -o back.csv");
    let (given, back) = (scratch.cells("plain.csv"), scratch.cells("back.csv"));
    let mut squares = 0.0;
    for (x, y) in given[1..].concat().iter().zip(back[1..].concat()) {
        squares += (x.parse::<f64>().unwrap() - y.parse::<f64>().unwrap()).powi(2);
    }
    let told = number(&json["original"]["error_per_row"]);
    assert!(
        (told - squares / 16.0).abs() < 1e-4 * told,
        "{told}, {}",
        squares / 16.0
    );
}

#[test]
fn cross_entropy_is_there_under_a_sigmoid_and_own_units_only_where_they_differ() {
    let scratch = Scratch::new();
    let rows: String = (0..60)
        .map(|i| format!("{},{}\n", i % 2, (i / 2) % 2))
        .collect();
    scratch.write("bits.csv", format!("a,b\n{rows}"));
    scratch.write(
        "bits.toml",
        "[data]\nsource = \"bits.csv\"\n[network]\nhidden = [3]\ncode = 1\noutput = \"sigmoid\"\n\
         [loss]\nreconstruction = \"bce\"\n",
    );
    scratch.ok("train bits.toml -q");
    let json = scratch.ok("evaluate runs/bits bits.csv --json").json();
    assert!(number(&json["bce"]) > 0.0);
    assert_eq!(json.get("original"), None, "{json}");
    let text = scratch.ok("evaluate runs/bits bits.csv").text();
    assert!(
        text.contains("\nbce ") && !text.contains("own units"),
        "{text}"
    );
}
