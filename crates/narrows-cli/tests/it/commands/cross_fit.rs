//! Cross-fitting: every row of a small table is held out of one network.

use crate::common::Scratch;

/// Returns rows of two numbers and their sum; the sum of row 41 is another.
fn few(rows: usize) -> String {
    let mut text = "part,a,b,sum\n".to_string();
    for at in 1..=rows {
        let (a, b) = ((at * 37 % 101) as f64 / 10.0, (at * 53 % 89) as f64 / 10.0);
        let sum = if at == 41 { 3.0 } else { a + b };
        text += &format!("P{at},{a},{b},{sum:.2}\n");
    }
    text
}

#[test]
fn the_rows_of_a_small_table_are_scored_by_networks_that_have_not_seen_them() {
    let scratch = Scratch::new();
    scratch.write("few.csv", few(240));
    let ran = scratch.ok(
        "train anomalies --data few.csv --cross-fit 3 --name my --set train.epochs=40 --set data.id=part",
    );
    assert!(
        ran.err
            .contains("training_scores.csv: the 240 rows of training"),
        "{}",
        ran.err
    );
    let own = scratch.cells("runs/my/training_scores.csv");
    assert_eq!(own.len(), 241);
    assert_eq!(
        own[0][..6],
        ["row", "part", "score", "p", "marked", "column_1"]
    );
    assert!(!own[0].iter().any(|name| name.starts_with("repair")));
    let p = |row: usize| own[row][3].parse::<f64>().unwrap();
    assert_eq!(own[41][..2], ["41", "P41"]);
    assert!(p(41) < 0.0084 && own[41][4] == "1", "{:?}", own[41]);
    for asked in ["-o again.csv", "--top 3", "--top 3 -o too.csv"] {
        let again = scratch.ok(&format!("score runs/my few.csv {asked}"));
        let named = "training_scores.csv has each row's score";
        assert_eq!(again.err.matches(named).count(), 1, "{}", again.err);
    }
    // As few rows as these could mark none of 24 held out at 1 %.
    scratch.write("new.csv", "part,a,b,sum\nN1,5,5,10\nN2,5,5,1\n");
    let scores = scratch
        .ok("score runs/my new.csv -o scores.csv --json")
        .json();
    assert_eq!(scores["marked"], 1);
}

#[test]
fn rows_are_kept_apart_for_p_where_the_held_out_ones_choose_the_epoch() {
    let scratch = Scratch::new();
    scratch.write("few.csv", few(240));
    let ran = scratch.ok(
        "train table --data few.csv --name my --set train.epochs=5 --set data.id=part --set data.calibration=0.25",
    );
    let parted = "156 rows to train on, 24 rows held out, 60 rows for p";
    assert!(ran.err.contains(parted), "{}", ran.err);
    scratch.write("new.csv", "part,a,b,sum\nN1,5,5,10\nN2,5,5,9\n");
    scratch.ok("score runs/my new.csv -o scores.csv");
    let p: f64 = scratch.cells("scores.csv")[1][3].parse().unwrap();
    // p is a multiple of 1/61.
    let places = p * 61.0;
    assert!((places - places.round()).abs() < 1e-3, "{p}");
}

#[test]
fn what_cross_fitting_cannot_stand_beside_is_refused() {
    let scratch = Scratch::new();
    scratch.write("few.csv", few(60));
    for (arguments, said) in [
        ("--cross-fit 3 --set data.held_out=10", "data.held_out"),
        ("--set data.cross_fit=true --set seeds=1", "seeds"),
        (
            "--cross-fit 3 --set train.early_stopping=5",
            "early_stopping",
        ),
        ("--cross-fit 1", "2"),
    ] {
        let ran = scratch.run(&format!(
            "train anomalies --data few.csv --name my {arguments}"
        ));
        assert!(
            ran.code == 2 && ran.err.contains(said),
            "{arguments}: {}",
            ran.err
        );
    }
    assert!(!scratch.path("runs").exists());
}
