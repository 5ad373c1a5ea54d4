//! `narrows drift`: whether rows are still like those of training.

use crate::common::Scratch;

/// Returns rows of a price, a weight that follows from it, and a way to pay.
fn orders(from: usize, rows: usize, dearer: f64, cash: usize) -> String {
    let mut text = "order,price,weight,paid\n".to_string();
    for at in from..from + rows {
        let price = dearer * (20.0 + (at * 37 % 101) as f64 / 5.0);
        let paid = if at * 13 % 10 < cash { "cash" } else { "card" };
        let weight = if at % 50 == 0 {
            String::new()
        } else {
            format!("{:.2}", 2.0 * price + (at * 7 % 11) as f64)
        };
        text += &format!("A{at:05},{price:.2},{weight},{paid}\n");
    }
    text
}

fn trained() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("orders.csv", orders(0, 1_500, 1.0, 3));
    scratch.ok("train table --data orders.csv --name my -q --set train.epochs=5");
    scratch
}

#[test]
fn rows_like_those_of_training_have_not_changed() {
    let scratch = trained();
    scratch.write("new.csv", orders(1_500, 500, 1.0, 3));
    let ran = scratch.ok("drift runs/my new.csv");
    assert!(
        ran.text().ends_with("nothing has changed\n"),
        "{}",
        ran.text()
    );
    assert_eq!(
        scratch.ok("drift runs/my new.csv --json").json()["changed"],
        0
    );
}

#[test]
fn a_change_is_named_in_words_and_by_the_exit_status() {
    let scratch = trained();
    scratch.write("new.csv", orders(1_500, 500, 1.5, 8));
    let ran = scratch.run("drift runs/my new.csv");
    assert_eq!(ran.code, 4, "{}", ran.err);
    let text = ran.text();
    for said in [
        "price",
        "weight",
        "median ",
        "paid",
        "cash' 80.0 %",
        "(scores)",
    ] {
        assert!(text.contains(said), "no {said:?} in {text}");
    }
    let json = scratch.run("drift runs/my new.csv --json").json();
    let changes = json["changes"].as_array().unwrap();
    let changed = changes.iter().filter(|change| change["changed"] == true);
    assert_eq!(changed.count() as u64, json["changed"].as_u64().unwrap());
    let missing = changes
        .iter()
        .filter(|change| change["aspect"] == "missing");
    assert!(missing.clone().count() >= 3);
    assert!(missing.clone().all(|change| change["changed"] == false));
    assert_eq!(changes[1]["quantiles"].as_array().unwrap().len(), 21);
    scratch.run("drift runs/my new.csv -o drift.html");
    let page = scratch.text("drift.html");
    for said in [
        "things have changed in 500 rows",
        "price",
        "median",
        "curve total",
    ] {
        assert!(page.contains(said), "no {said:?}");
    }
    let again = scratch.refused("drift runs/my new.csv -o drift.html", 2);
    assert!(again.contains("drift.html"), "{again}");
    // What is asked to be larger than all differences is never told.
    scratch.ok("drift runs/my new.csv --least 99%");
}

#[test]
fn few_rows_are_told_of() {
    let scratch = trained();
    scratch.write("new.csv", orders(1_500, 20, 1.0, 3));
    let ran = scratch.ok("drift runs/my new.csv");
    assert!(
        ran.err.contains("20 rows, of which only a large change"),
        "{}",
        ran.err
    );
}
