//! `narrows generate` and `interpolate`, and codes that are drawn.

use crate::common::Scratch;

/// Trains a variational run in `runs/my`.
fn variational() -> Scratch {
    let scratch = Scratch::with_rows();
    let config = scratch.text("my.toml");
    scratch.write(
        "my.toml",
        format!("{config}\n[loss]\nreconstruction = \"gaussian\"\n[variational]\n"),
    );
    scratch.ok("train my.toml -q");
    scratch
}

#[test]
fn new_rows_have_the_columns_of_the_data_and_follow_their_seed() {
    let scratch = variational();
    let ran = scratch.ok("generate runs/my -n 7 --seed 3 -o new.csv");
    assert_eq!(
        ran.err,
        "the rows are drawn around the means that the decoder gives; --means writes these\nwrote 7 rows to new.csv\n"
    );
    let cells = scratch.cells("new.csv");
    assert_eq!(cells[0].join(","), "a,b,c,colour");
    assert_eq!(cells.len(), 8);
    assert!(["red", "green", "blue"].contains(&cells[1][3].as_str()));
    scratch.ok("generate runs/my -n 3 --seed 3 -o same.csv");
    assert_eq!(scratch.cells("same.csv")[..], cells[..4]);
    scratch.ok("generate runs/my -n 7 --seed 4 -o other.csv");
    assert_ne!(scratch.cells("other.csv"), cells);
    let ran = scratch.ok("generate runs/my -n 7 --seed 3 -o means.csv --means");
    assert_eq!(ran.err, "wrote 7 rows to means.csv\n");
    assert_ne!(scratch.cells("means.csv"), cells);
    scratch.ok("generate runs/my -n 7 --seed 3 -o drawn.csv --draw");
    assert_eq!(scratch.cells("drawn.csv"), cells);
}

#[test]
fn new_rows_are_judged_beside_real_ones() {
    let scratch = variational();
    scratch.ok("generate runs/my -n 60 -o new.csv");
    let line = "judge new.csv rows.csv --model runs/my --training rows.csv";
    let json = scratch.ok(&format!("{line} --json")).json();
    assert_eq!(json["rows"], 60);
    // A tenth of the 120 real rows is used to choose the deviation.
    assert_eq!(json["parzen"]["rows"], 108);
    assert!(json["parzen"]["log_likelihood"].is_number());
    // The real rows are the training rows.
    assert_eq!(json["nearest"]["real"], 0.0);
    assert!(json["nearest"]["new"].as_f64().unwrap() > 0.0);
    let text = scratch.ok(line).text();
    assert!(text.contains("new.csv: 60 rows beside rows.csv"), "{text}");
    assert!(!text.contains("taken for"), "{text}");

    scratch.ok("classify train runs/my rows.csv -o c.safetensors --epochs 2 -q");
    let line = "judge new.csv rows.csv --classifier c.safetensors";
    let json = scratch.ok(&format!("{line} --json")).json();
    let shares = json["classes"]["new"].as_array().unwrap();
    let sum: f64 = shares.iter().map(|share| share.as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-9 && shares.len() == 2, "{json}");
    assert!(json["nearest"].is_null());
    assert!(scratch.ok(line).text().contains("taken for"));
    // Texts are not numbers, unless a model says how to read them.
    let message = scratch.refused("judge new.csv rows.csv", 1);
    assert!(message.contains("'colour'"), "{message}");
}

#[test]
fn a_model_without_a_prior_is_told_of() {
    let scratch = Scratch::with_model();
    let message = scratch.refused("generate runs/my -o new.csv", 2);
    assert!(message.contains("--set variational={}"), "{message}");
    scratch.ok("train my.toml --set variational={} --name drawn -q");
    scratch.ok("generate runs/drawn -o new.csv");
    let message = scratch.refused("encode runs/my rows.csv -o c.csv --draw 1", 2);
    assert!(message.contains("variational"), "{message}");
    let line = "evaluate runs/my rows.csv --importance-samples 5";
    assert!(scratch.refused(line, 2).contains("likelihood"));
}

#[test]
fn the_way_between_two_rows_begins_and_ends_at_their_reconstructions() {
    let scratch = Scratch::with_model();
    scratch.ok("interpolate runs/my rows.csv --from 3 --to 50 --steps 5 -o way.csv");
    scratch.ok("reconstruct runs/my rows.csv -o back.csv");
    let (way, back) = (scratch.cells("way.csv"), scratch.cells("back.csv"));
    assert_eq!(way.len(), 6);
    // Interpolated rows have no name and kind.
    assert_eq!(way[1][..], back[3][2..]);
    assert_eq!(way[5][..], back[50][2..]);
    let message = scratch.refused("interpolate runs/my rows.csv --from 3 --to 121 -o x.csv", 1);
    assert!(message.contains("no row 121 of 120"), "{message}");
}

#[test]
fn drawn_codes_differ_from_their_means_and_follow_their_seed() {
    let scratch = variational();
    scratch.ok("encode runs/my rows.csv -o mean.csv");
    scratch.ok("encode runs/my rows.csv -o one.csv --draw 1");
    scratch.ok("encode runs/my rows.csv -o again.csv --draw 1");
    assert_eq!(scratch.text("one.csv"), scratch.text("again.csv"));
    assert_ne!(scratch.text("one.csv"), scratch.text("mean.csv"));
}

#[test]
fn evaluate_shows_the_bounds() {
    let scratch = variational();
    let json = scratch
        .ok("evaluate runs/my rows.csv --json --importance-samples 50")
        .json();
    let of = |name: &str| json["measures"][name].as_f64().unwrap();
    assert!(of("kl") > 0.0);
    assert!(of("importance_bound") > of("elbo"));
    let ran = scratch.ok("evaluate runs/my rows.csv");
    assert!(ran.text().contains("elbo"), "{}", ran.text());
    assert!(!ran.text().contains("jacobian_norm"), "{}", ran.text());
    let ran = scratch.ok("evaluate runs/my rows.csv --jacobian");
    assert!(ran.text().contains("jacobian_norm"), "{}", ran.text());
}
