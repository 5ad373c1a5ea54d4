//! Rows that cannot be used are marked, and the others scored.

use crate::common::Scratch;

/// Returns orders, of which some have a cell or a length that cannot be.
fn new_rows() -> String {
    "order,price,weight,day\n\
     A1,20.5,41,2024-03-01\n\
     A2,abc,43,2024-03-01\n\
     A3,22,1e39,2024-03-02\n\
     A4,23,46\n\
     A5,24,48,soon\n\
     A6,25,50,2024-03-03\n"
        .into()
}

fn trained() -> Scratch {
    let scratch = Scratch::new();
    let mut text = "order,price,weight,day\n".to_string();
    for at in 0..600 {
        let price = 20.0 + (at * 37 % 101) as f64 / 5.0;
        let weight = 2.0 * price + (at * 7 % 11) as f64 / 5.0;
        text += &format!(
            "O{at},{price:.2},{weight:.2},2024-{:02}-{:02}\n",
            1 + at % 12,
            1 + at % 28
        );
    }
    scratch.write("orders.csv", text);
    scratch
        .ok("train table --data orders.csv --name my -q --set train.epochs=3 --set data.id=order");
    scratch.write("new.csv", new_rows());
    scratch
}

#[test]
fn rows_that_cannot_be_used_are_marked_and_say_why() {
    let scratch = trained();
    let stopped = scratch.run("score runs/my new.csv -o no.csv");
    assert_eq!(stopped.code, 1);
    assert!(!scratch.path("no.csv").exists());
    let ran = scratch.run("score runs/my new.csv -o scores.csv --on-error mark --fail-on-anomaly");
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(
        ran.err.contains("row 2, column 'price': found 'abc'"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("4 rows cannot be used"), "{}", ran.err);
    let scores = scratch.cells("scores.csv");
    assert_eq!(scores.len(), 7);
    let at = |name: &str| scores[0].iter().position(|cell| cell == name).unwrap();
    let (score, marked, problem) = (at("score"), at("marked"), at("problem"));
    for (row, cells) in scores.iter().enumerate().skip(1) {
        assert_eq!(cells[..2], [row.to_string(), format!("A{row}")]);
        let is_usable = row == 1 || row == 6;
        assert_eq!(cells[score].is_empty(), !is_usable, "{cells:?}");
        assert_eq!(cells[problem].is_empty(), is_usable, "{cells:?}");
        assert!(is_usable || cells[marked] == "1", "{cells:?}");
    }
    assert!(scores[4][problem].contains("3 cells"), "{:?}", scores[4]);
    assert!(
        scores[5][problem].contains("column 'day'"),
        "{:?}",
        scores[5]
    );
    // What can be scored has the score that it has alone.
    scratch.write(
        "good.csv",
        "order,price,weight,day\nA1,20.5,41,2024-03-01\nA6,25,50,2024-03-03\n",
    );
    scratch.ok("score runs/my good.csv -o good_scores.csv");
    let good = scratch.cells("good_scores.csv");
    assert_eq!(
        (&good[1][score], &good[2][score]),
        (&scores[1][score], &scores[6][score])
    );
}

#[test]
fn a_stream_goes_on_after_a_row_that_cannot_be_used() {
    let scratch = trained();
    let ran = scratch.run_on("score runs/my - -o - --on-error mark", new_rows());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.text().lines().count(), 7, "{}", ran.text());
    let lines = "{\"order\":\"A1\",\"price\":20.5,\"weight\":41,\"day\":\"2024-03-01\"}\n\
                 {\"order\":\"A2\",\"price\":\n\
                 {\"order\":\"A3\",\"price\":[1],\"weight\":41,\"day\":\"2024-03-01\"}\n\
                 {\"order\":\"A4\",\"price\":21,\"weight\":42,\"day\":\"2024-03-01\"}\n";
    scratch.write("new.jsonl", lines);
    let ran = scratch.ok("score runs/my new.jsonl -o lines.csv --on-error mark --json");
    assert_eq!(
        (&ran.json()["rows"], &ran.json()["unusable"]),
        (&4.into(), &2.into())
    );
    let scores = scratch.cells("lines.csv");
    assert_eq!(scores[3][..2], ["3", "A3"]);
}

#[test]
fn rows_that_are_passed_over_need_a_file_that_says_so() {
    let scratch = trained();
    for arguments in ["--top 3", "-o a.csv --truth day", "-o a.csv --columns old"] {
        let ran = scratch.run(&format!(
            "score runs/my new.csv --on-error mark {arguments}"
        ));
        assert!(
            ran.code == 2 && ran.err.contains("--on-error"),
            "{}",
            ran.err
        );
    }
    let ran = scratch.ok("score runs/my new.csv -o a.csv --on-error mark --expect 50% --json");
    assert_eq!(
        (&ran.json()["marked"], &ran.json()["unusable"]),
        (&1.into(), &4.into())
    );
}
