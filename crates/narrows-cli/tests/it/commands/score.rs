//! `narrows score`: how unusual each row is.

use crate::common::{CONFIG, Scratch, cells, rows};

/// Trains a run in `runs/my` that has learnt its rows.
fn trained() -> Scratch {
    let scratch = Scratch::with_rows();
    scratch.ok("train my.toml -q --set train.epochs=60");
    scratch
}

#[test]
fn each_row_has_an_error_a_percentile_and_its_worst_features() {
    let scratch = trained();
    let ran = scratch.ok("score runs/my rows.csv -o scores.csv");
    assert_eq!(ran.err, "wrote scores of 120 rows to scores.csv\n");
    let scores = scratch.cells("scores.csv");
    assert_eq!(
        scores[0].join(","),
        "name,kind,error,percentile,feature_1,share_1,feature_2,share_2,feature_3,share_3"
    );
    assert_eq!(scores.len(), 121);
    let features = ["a", "b", "c", "colour=red", "colour=green", "colour=blue"];
    for (at, row) in scores[1..].iter().enumerate() {
        assert_eq!(row[0], format!("r{at}"));
        let number = |at: usize| row[at].parse::<f64>().unwrap();
        assert!(number(2) > 0.0);
        assert!((0.0..=100.0).contains(&number(3)));
        for feature in [4, 6, 8] {
            assert!(features.contains(&row[feature].as_str()), "{row:?}");
        }
        assert!(number(5) >= number(7) && number(7) >= number(9), "{row:?}");
        assert!(number(5) + number(7) + number(9) <= 1.0001, "{row:?}");
    }
}

#[test]
fn an_odd_row_is_found_with_the_feature_that_makes_it_odd() {
    let scratch = trained();
    let odd = "odd,cat,0.5,500,-0.5,red,\n";
    let given = format!("{}{odd}", rows(40));
    let ran = scratch.run_on("score runs/my - -o - --threshold 100", given);
    let scores = cells(&ran.text());
    assert_eq!(scores[0][4], "anomaly");
    let last = scores.last().unwrap();
    assert_eq!((last[0].as_str(), last[3].as_str()), ("odd", "100"));
    assert_eq!((last[4].as_str(), last[5].as_str()), ("1", "b"));
    let worst = scores[1..41]
        .iter()
        .map(|row| row[2].parse::<f64>().unwrap())
        .fold(0.0, f64::max);
    assert!(last[2].parse::<f64>().unwrap() > 100.0 * worst);
}

#[test]
fn a_value_far_from_all_others_is_odd_however_well_it_comes_back() {
    let scratch = Scratch::new();
    let row = |row: usize| {
        let wave = |speed: f64| (row as f64 * speed).sin();
        let x = if row == 51 { 1e12 } else { 5.0 + wave(0.7) };
        format!("{x},{}\n", 5.0 + wave(1.9))
    };
    let text: String = (0..200).map(row).collect();
    scratch.write("t.csv", format!("x,y\n{text}"));
    scratch.ok("train table --data t.csv --set network.code=1 --set train.epochs=30 -q");
    scratch.ok("score runs/table t.csv -o s.csv");
    let scores = scratch.cells("s.csv");
    let error = |row: &Vec<String>| row[0].parse::<f64>().unwrap();
    let most = scores[1..].iter().map(error).fold(0.0, f64::max);
    assert_eq!(error(&scores[52]), most, "{:?}", scores[52]);
    let new = "x,y\n1e12,5\n1e6,5\n100,5\n5,5\n";
    let new = cells(&scratch.run_on("score runs/table - -o -", new).text());
    let [first, second, third, usual] = [1, 2, 3, 4].map(|row| error(&new[row]));
    assert!(first > second && second > third && third > usual, "{new:?}");
    assert_eq!((new[3][1].as_str(), new[3][2].as_str()), ("100", "x"));
}

#[test]
fn a_text_that_training_had_not_is_told_and_counts_as_wrong() {
    let scratch = trained();
    let new = rows(40) + "new,cat,0.5,5,-0.5,amber,\nold,cat,0.5,5,-0.5,red,\n";
    scratch.write("new.csv", &new);
    let ran = scratch.ok("score runs/my new.csv -o s.csv");
    let note = "note: column 'colour' has texts that were not seen in training, such as 'amber' in row 41: taken for none of those that were; a model trained with --set data.unseen=refuse refuses them\n";
    assert!(ran.err.starts_with(note), "{}", ran.err);
    let scores = scratch.cells("s.csv");
    let error = |row: usize| scores[row][2].parse::<f64>().unwrap();
    assert!(error(41) > error(42), "{:?} {:?}", scores[41], scores[42]);
    assert!(scores[41][4].starts_with("colour="), "{:?}", scores[41]);
    assert_eq!(scores[41][3], "100");
    // The other rows are as without it.
    scratch.write("old.csv", rows(40));
    scratch.ok("score runs/my old.csv -o old-scores.csv");
    let text = scratch.text("old-scores.csv");
    assert!(scratch.text("s.csv").starts_with(&text));
    for line in [
        "encode runs/my new.csv -o c.csv",
        "reconstruct runs/my new.csv -o r.csv",
        "report runs/my new.csv -o r.html",
        "evaluate runs/my new.csv",
    ] {
        let ran = scratch.ok(line);
        assert_eq!(ran.err.matches("'amber' in row 41").count(), 1, "{line}");
    }
    scratch.ok("train my.toml --set data.unseen=refuse --name strict -q");
    let message = scratch.refused("score runs/strict new.csv -o t.csv", 1);
    let expected = "new.csv: row 41, column 'colour': found 'amber', expected one of the texts seen in training: 'blue', 'green', 'red'";
    assert!(message.starts_with(expected), "{message}");
}

#[test]
fn a_dash_stands_for_a_missing_number_where_cells_may_be_missing() {
    let scratch = Scratch::new();
    let text: String = (0..60)
        .map(|row| format!("{},{}\n", row % 7, row * row % 11))
        .collect();
    scratch.write("t.csv", format!("x,y\n,3\n{text}"));
    scratch.ok("train table --data t.csv --set network.code=1 --set train.epochs=2 -q");
    let ran = scratch.run_on("score runs/table - -o -", "x,y\n1,-\n2,n.d.\n");
    assert_eq!((ran.code, ran.text().lines().count()), (0, 3));
    let note = "note: '-' is taken for a missing number, as in row 1, column 'y'\n";
    assert!(ran.err.contains(note), "{}", ran.err);
}

#[test]
fn the_threshold_marks_the_rows_at_or_above_it() {
    let scratch = trained();
    let json = scratch
        .ok("score runs/my rows.csv -o scores.csv --threshold 50 --json")
        .json();
    let scores = scratch.cells("scores.csv");
    let mut marked = 0;
    for row in &scores[1..] {
        let above = row[3].parse::<f64>().unwrap() >= 50.0;
        assert_eq!(row[4], if above { "1" } else { "0" }, "{row:?}");
        marked += usize::from(above);
    }
    assert_eq!(json["anomalies"], marked);
    assert!(0 < marked && marked < 120, "{marked}");
    let ran = scratch.ok("score runs/my rows.csv -o scores.csv --threshold 50 --force");
    let said = format!("{marked} rows at or above percentile 50");
    assert!(ran.err.contains(&said), "{}", ran.err);
}

#[test]
fn a_threshold_finer_than_the_held_out_rows_is_told_of() {
    let scratch = trained();
    let said = |threshold: u32| {
        let line = format!("score runs/my rows.csv -o s.csv --force --threshold {threshold}");
        scratch.ok(&line).err
    };
    assert!(
        said(99).contains("among the 12 held-out rows"),
        "{}",
        said(99)
    );
    for coarse in [90, 100] {
        assert!(!said(coarse).contains("warning"), "{}", said(coarse));
    }
}

#[test]
fn percentiles_are_those_of_the_held_out_rows() {
    let scratch = trained();
    scratch.ok("score runs/my rows.csv -o scores.csv");
    let cells = scratch.cells("scores.csv");
    // Every seventeenth row has a missing cell, and other rows to be compared
    // with.
    let whole = cells[1..]
        .iter()
        .enumerate()
        .filter(|(at, _)| at % 17 != 16);
    let mut steps: Vec<String> = whole
        .map(|(_, row)| row)
        .map(|row| format!("{:.2}", row[3].parse::<f64>().unwrap()))
        .collect();
    steps.sort();
    steps.dedup();
    // Twelve held-out rows divide the errors into twelfths.
    for step in &steps {
        let twelfths: f64 = step.parse::<f64>().unwrap() * 12.0 / 100.0;
        assert!((twelfths - twelfths.round()).abs() < 0.01, "{step}");
    }
    assert!(steps.len() > 3, "{steps:?}");
}

#[test]
fn thresholds_beyond_percentiles_are_refused() {
    let scratch = Scratch::with_model();
    for threshold in ["101", "-0.5", "NaN"] {
        let line = format!("score runs/my rows.csv -o s.csv --threshold={threshold}");
        let message = scratch.refused(&line, 2);
        assert!(message.contains("0 to 100"), "{message}");
    }
}

#[test]
fn percentiles_among_training_rows_are_told_of() {
    let scratch = Scratch::with_rows();
    scratch.ok("train my.toml -q --set data.held_out=0");
    let ran = scratch.ok("score runs/my rows.csv -o scores.csv");
    assert!(
        ran.err.contains("warning: no rows were held out"),
        "{}",
        ran.err
    );
    // Nine rows are too few to hold any out.
    let rows: String = scratch
        .text("rows.csv")
        .lines()
        .take(10)
        .fold(String::new(), |all, line| all + line + "\n");
    scratch.write("few.csv", &rows);
    scratch.ok("train my.toml -q --data few.csv --name few");
    let ran = scratch.ok("score runs/few few.csv -o few-scores.csv");
    assert!(
        ran.err.contains("warning: no rows were held out"),
        "{}",
        ran.err
    );
}

#[test]
fn an_id_that_is_not_there_is_missed() {
    let scratch = Scratch::with_model();
    let renamed = rows(20).replacen("name,", "number,", 1);
    scratch.write("renamed.csv", renamed);
    let said = scratch.ok("score runs/my renamed.csv -o scores.csv").err;
    assert!(said.contains("no column 'name'"), "{said}");
    let said = scratch.ok("score runs/my rows.csv -o known.csv").err;
    assert!(!said.contains("warning"), "{said}");
}

#[test]
fn a_row_without_values_has_no_score_and_is_told_of() {
    let scratch = Scratch::new();
    let row = |i: usize| format!("{},{},{}\n", i % 7, (i * i) % 11, (i * 3) % 13);
    let rows: String = (0..200).map(row).collect();
    scratch.write("t.csv", format!("a,b,c\n{rows}"));
    let settings = "--set data.missing=mean --set network.code=1 --set train.epochs=2";
    scratch.ok(&format!("train table --data t.csv -q --name m {settings}"));
    scratch.write("holes.csv", "a,b,c\n1,2,3\n,,\n4,,6\n,,\n");
    let ran = scratch.ok("score runs/m holes.csv -o scores.csv --threshold 95");
    assert!(
        ran.err
            .contains("2 rows without any value: they have no score"),
        "{}",
        ran.err
    );
    let scores = scratch.text("scores.csv");
    let lines: Vec<&str> = scores.lines().collect();
    assert!(
        lines[0].starts_with("error,percentile,anomaly,feature_1"),
        "{scores}"
    );
    assert_eq!([lines[2], lines[4]], [",,,,,,,,"; 2], "{scores}");
    assert!(
        lines[3].split(',').take(3).all(|cell| !cell.is_empty()),
        "{scores}"
    );
}

#[test]
fn outputs_called_like_the_label_are_renamed_and_told() {
    let scratch = Scratch::new();
    let name = |text: &str| text.replacen("kind", "anomaly", 1);
    scratch.write("rows.csv", name(&rows(120)));
    scratch.write("my.toml", name(CONFIG).replace("\"name\"", "\"code_1\""));
    let table = scratch.text("rows.csv").replacen("name", "code_1", 1);
    scratch.write("rows.csv", table);
    scratch.ok("train my.toml -q");
    let ran = scratch.ok("score runs/my rows.csv -o s.csv --threshold 90");
    assert!(
        ran.err.contains("'predicted_anomaly' for 'anomaly'"),
        "{}",
        ran.err
    );
    let cells = scratch.cells("s.csv");
    assert_eq!(
        cells[0][..5],
        [
            "code_1",
            "anomaly",
            "error",
            "percentile",
            "predicted_anomaly"
        ]
    );
    assert!(["cat", "dog"].contains(&cells[1][1].as_str()));
    let ran = scratch.ok("encode runs/my rows.csv -o c.parquet");
    assert!(
        ran.err.contains("'predicted_code_1' for 'code_1'"),
        "{}",
        ran.err
    );
}
