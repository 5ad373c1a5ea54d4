//! Checks that printed numbers are those of the file, and are readable however
//! large they are.

use crate::common::{CONFIG, Scratch, rows, without_script};

/// Returns every number after `row `.
fn row_numbers(page: &str) -> Vec<usize> {
    let page = without_script(page);
    let after = page.split("row ").skip(1);
    let digits = after.map(|rest| {
        let digits = rest.chars().take_while(|c| c.is_ascii_digit() || *c == ',');
        digits.filter(|c| *c != ',').collect::<String>()
    });
    digits.filter_map(|digits| digits.parse().ok()).collect()
}

#[test]
fn rows_of_a_report_are_those_of_the_file() {
    let scratch = Scratch::new();
    // Only row 77 is far from all others, and it is held out.
    let line = |i: usize| match i {
        77 => "500,-500,500\n".to_string(),
        _ => format!("{},{},{}\n", i % 7, i % 5, i % 3),
    };
    let text: String = (1..=100).map(line).collect();
    scratch.write("plain.csv", format!("a,b,c\n{text}"));
    let settings = "--set network.code=1 --set train.epochs=1 --set data.held_out=50";
    let seed = (0..20).find(|seed| {
        scratch.ok(&format!(
            "train table -q --data plain.csv --name s{seed} --seed {seed} {settings}"
        ));
        let page = scratch.text(&format!("runs/s{seed}/report.html"));
        let numbers = row_numbers(&page);
        assert!(!numbers.is_empty() && numbers.iter().all(|n| (1..=100).contains(n)));
        // An index into 50 rows is never above 50.
        assert!(numbers.iter().any(|&n| n > 50), "{numbers:?}");
        numbers.contains(&77) && page.contains("−500")
    });
    assert!(seed.is_some(), "the row was never held out");
}

/// Returns rows of a time in seconds and a number.
fn times(step: u64) -> String {
    let rows = (0..40).map(|i| format!("{},{}\n", 1_700_000_000 + i * step, (i * 37) % 11));
    format!("time,b\n{}", rows.collect::<String>())
}

#[test]
fn rounded_columns_are_told_of_and_shown_as_in_the_file() {
    let scratch = Scratch::new();
    scratch.write("t.csv", times(1));
    let ran = scratch.ok("inspect t.csv");
    for part in ["1700000000", "1700000039"] {
        assert!(ran.text().contains(part), "{}", ran.text());
    }
    assert!(
        ran.err.contains("32 bits round their differences"),
        "{}",
        ran.err
    );
    let json = scratch.ok("inspect t.csv --json").json();
    assert_eq!(json["columns"][0]["max"], 1_700_000_039.0);
    assert_eq!(json["columns"][0]["mean"], 1_700_000_019.5);
    let said = scratch
        .ok("train table --data t.csv --set network.code=1 --set train.epochs=1")
        .err;
    assert!(
        said.contains("column 'time' differ by so little that 32 bits round"),
        "{said}"
    );
    assert!(!said.contains("never change"), "{said}");
    // Differences that survive cause no warning, but are still shown exactly.
    scratch.write("far.csv", times(1_000_001));
    let ran = scratch.ok("inspect far.csv");
    assert!(ran.text().contains("1739000039"), "{}", ran.text());
    assert!(!ran.err.contains("32 bits"), "{}", ran.err);
}

#[test]
fn a_column_that_looks_like_an_id_is_told_of() {
    let scratch = Scratch::new();
    let text: String = (0..40)
        .map(|i| format!("{},{}\n", 100 + i, i % 9))
        .collect();
    scratch.write("t.csv", format!("number,b\n{text}"));
    let train = "train table --data t.csv --set network.code=1 --set train.epochs=1";
    for line in ["inspect t.csv", train] {
        let said = scratch.ok(line).err;
        assert!(
            said.contains("'number' are whole numbers"),
            "{line}: {said}"
        );
        assert!(said.contains("data.id"), "{line}: {said}");
    }
    let said = scratch.ok(&format!("{train} --set data.id=number")).err;
    assert!(!said.contains("whole numbers"), "{said}");
}

#[test]
fn a_training_that_blew_up_says_so_in_short_numbers() {
    let scratch = Scratch::with_rows();
    let said = scratch
        .ok("train my.toml --set optimizer.rate=100 --set network.activation=relu")
        .err;
    assert!(
        said.contains("the network has learnt nothing; try optimizer.rate = 0.001"),
        "{said}"
    );
    assert!(!said.contains("linear method"), "{said}");
    let page = scratch.text("runs/my/report.html");
    let page = without_script(&page).to_string();
    for text in [&said, &page] {
        let longest = text
            .split(|c: char| !c.is_ascii_digit())
            .map(str::len)
            .max();
        assert!(longest < Some(13), "{longest:?} digits in {text}");
    }
}

#[test]
fn percentiles_have_two_decimals() {
    let scratch = Scratch::new();
    scratch.write("rows.csv", rows(90));
    scratch.write("my.toml", CONFIG);
    scratch.ok("train my.toml -q --set data.held_out=7");
    scratch.ok("score runs/my rows.csv -o s.csv -q --columns old");
    let cells = scratch.cells("s.csv");
    let at = cells[0]
        .iter()
        .position(|name| name == "percentile")
        .unwrap();
    assert!(cells[1..].iter().any(|row| row[at] == "14.29"));
    assert!(cells[1..].iter().all(|row| row[at].len() <= 5));
}

#[test]
fn a_report_says_whose_weights_were_kept() {
    let scratch = Scratch::with_rows();
    scratch.ok(
        "train my.toml -q --set optimizer.rate=1.0 --set train.epochs=60 \
         --set train.early_stopping=2",
    );
    let page = scratch.text("runs/my/report.html");
    assert!(
        page.contains(", with the weights of epoch "),
        "no epoch in the headline"
    );
    assert!(
        page.contains("The weights kept are those of epoch "),
        "nor below the curves"
    );
}
