//! `narrows score`: how unusual each row is.

use std::collections::HashMap;

use crate::common::{CONFIG, Scratch, cells, rows};

/// Trains a run in `runs/my` that has learnt its rows.
fn trained() -> Scratch {
    let scratch = Scratch::with_rows();
    scratch.ok("train my.toml -q --set train.epochs=60");
    scratch
}

/// Returns the cells of a file of scores, each row by the columns' names.
fn by_name(cells: Vec<Vec<String>>) -> Vec<HashMap<String, String>> {
    let row = |row: &Vec<String>| cells[0].iter().cloned().zip(row.iter().cloned()).collect();
    cells[1..].iter().map(row).collect()
}

fn number(row: &HashMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap()
}

#[test]
fn each_row_has_a_score_a_p_and_its_most_surprising_columns() {
    let scratch = trained();
    let ran = scratch.ok("score runs/my rows.csv -o scores.csv --false-alarms 10%");
    let said = "wrote scores of 120 rows to scores.csv; ";
    assert!(ran.err.starts_with(said), "{}", ran.err);
    assert!(
        ran.err.contains("at 10 % false alarms (about 12 expected"),
        "{}",
        ran.err
    );
    let scores = scratch.cells("scores.csv");
    assert_eq!(
        scores[0].join(","),
        "row,name,kind,score,p,marked,column_1,share_1,found_1,expected_1,column_2,share_2,found_2,expected_2,column_3,share_3,found_3,expected_3,repair_column,repair_value,repair_p"
    );
    assert_eq!(scores.len(), 121);
    let given = by_name(scratch.cells("rows.csv"));
    for (at, row) in by_name(scores).iter().enumerate() {
        assert_eq!(
            (row["row"].clone(), row["name"].clone()),
            ((at + 1).to_string(), format!("r{at}"))
        );
        assert!(number(row, "score") > 0.0);
        let p = number(row, "p");
        assert!(p > 0.0 && p <= 1.0, "{row:?}");
        assert_eq!(row["marked"] == "1", p <= 0.1, "{row:?}");
        // The cell that would make a marked row usual comes first.
        let is_repaired = !row["repair_column"].is_empty();
        assert!(row["marked"] == "1" || !is_repaired, "{row:?}");
        if is_repaired {
            assert_eq!(row["repair_column"], row["column_1"]);
            assert!(number(row, "repair_p") >= p && !row["repair_value"].is_empty());
        }
        let mut last = 1.0;
        for place in 1..=3 {
            let column = &row[&format!("column_{place}")];
            let (found, known) = (&row[&format!("found_{place}")], &given[at][column]);
            match (found.parse::<f64>(), known.parse::<f64>()) {
                (Ok(found), Ok(known)) => {
                    assert!((found - known).abs() <= 1e-6 * known.abs(), "{row:?}")
                }
                _ => assert_eq!(found, known, "{row:?}"),
            }
            let share = number(row, &format!("share_{place}"));
            assert!(share <= last, "{row:?}");
            last = if is_repaired && place == 1 {
                1.0
            } else {
                share
            };
            let expected = &row[&format!("expected_{place}")];
            match column.as_str() {
                "colour" => assert!(
                    ["red", "green", "blue"]
                        .iter()
                        .any(|text| expected.starts_with(text))
                ),
                _ => {
                    let mut ends = expected.trim_start_matches("from ").split(" to ");
                    assert!(ends.all(|end| end.parse::<f64>().is_ok()), "{row:?}");
                }
            }
        }
    }
}

#[test]
fn an_odd_row_is_found_with_the_column_that_makes_it_odd() {
    let scratch = trained();
    let odd = "odd,cat,0.5,500,-0.5,red,\n";
    let given = format!("{}{odd}", rows(40));
    let ran = scratch.run_on("score runs/my - -o - --threshold 100", given.clone());
    let scores = by_name(cells(&ran.text()));
    let last = scores.last().unwrap();
    assert_eq!(
        (last["name"].as_str(), last["marked"].as_str()),
        ("odd", "1")
    );
    assert_eq!(
        (last["column_1"].as_str(), last["found_1"].as_str()),
        ("b", "500")
    );
    let usual = scores[..40].iter().map(|row| number(row, "score"));
    assert!(number(last, "score") > 100.0 * usual.fold(0.0, f64::max));
    // With all columns beside, and as a list for people.
    scratch.write("new.csv", &given);
    scratch.ok("score runs/my new.csv -o all.csv --keep all");
    let kept = by_name(scratch.cells("all.csv"));
    assert_eq!(
        (kept[40]["colour"].as_str(), kept[40]["b"].as_str()),
        ("red", "500")
    );
    scratch.ok("score runs/my new.csv -o some.csv --keep b,colour");
    assert!(
        scratch
            .text("some.csv")
            .starts_with("row,name,b,colour,kind,score")
    );
    let message = scratch.refused("score runs/my new.csv -o no.csv --keep d", 1);
    assert!(
        message.contains("no column 'd'") && message.contains("there are name"),
        "{message}"
    );
    let listed = scratch.ok("score runs/my new.csv --top 2").text();
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines.len(), 1 + 2 * 3, "{listed}");
    assert!(lines[1].trim_start().starts_with("41  odd"), "{listed}");
    let json = scratch.ok("score runs/my new.csv --top 2 --json").json();
    assert_eq!(json["top"][0]["row"], 41);
    assert_eq!(json["top"][0]["surprises"][0]["found"], "500");
}

#[test]
fn marks_can_follow_from_the_whole_file() {
    let scratch = trained();
    let marked = |flags: &str| {
        let line = format!("score runs/my rows.csv -o s.csv --force --json {flags}");
        let json = scratch.ok(&line).json();
        let scores = by_name(scratch.cells("s.csv"));
        let here: Vec<usize> = (0..120)
            .filter(|row| scores[*row]["marked"] == "1")
            .collect();
        assert_eq!(json["marked"], here.len(), "{flags}");
        (here, scores)
    };
    let (most, scores) = marked("--expect 5%");
    assert_eq!(most.len(), 6);
    let p = |row: usize| number(&scores[row], "p");
    let least = most.iter().map(|row| p(*row)).fold(0.0, f64::max);
    assert!(
        (0..120)
            .filter(|row| !most.contains(row))
            .all(|row| p(row) >= least)
    );
    // Twelve held-out rows are too few for any discovery among 120 at 1 %.
    assert!(marked("--fdr 1%").0.is_empty());
    let message = scratch.run_on("score runs/my - -o - --fdr 10%", rows(40));
    assert!(
        message.err.contains("--fdr for rows that come as a stream"),
        "{}",
        message.err
    );
    let ran = scratch.ok("score runs/my rows.csv -o s.csv --force");
    assert!(
        ran.err
            .contains("warning: nothing can be marked at 1 % false alarms: p is at least 1/13"),
        "{}",
        ran.err
    );
}

#[test]
fn a_marked_row_can_end_with_status_3() {
    let scratch = trained();
    let line = "score runs/my rows.csv -o s.csv --force --fail-on-anomaly --threshold";
    assert_eq!(scratch.run(&format!("{line} 0")).code, 3);
    assert_eq!(scratch.cells("s.csv").len(), 121);
    assert_eq!(
        scratch
            .run("score runs/my rows.csv --top 1 --fail-on-anomaly --fdr 0.1%")
            .code,
        0
    );
}

#[test]
fn marks_are_compared_with_what_is_known() {
    let scratch = trained();
    let usual = rows(60).replacen("name,", "is_odd,name,", 1);
    let mut lines: Vec<String> = usual
        .lines()
        .enumerate()
        .map(|(at, line)| match at {
            0 => line.to_string(),
            _ => format!("no,{line}"),
        })
        .collect();
    lines.push("yes,x,cat,0.5,500,-0.5,red,".into());
    lines.push("yes,y,cat,0.5,-700,-0.5,red,".into());
    scratch.write("known.csv", lines.join("\n"));
    let ran = scratch.ok("score runs/my known.csv --truth is_odd --expect 3.3%");
    let text = ran.text();
    assert!(
        text.starts_with("2 of 62 rows are 'yes': AUROC 1.000, average precision 1.000"),
        "{text}"
    );
    assert!(
        text.contains("the marks: precision 1.00, recall 1.00"),
        "{text}"
    );
    let json = scratch
        .ok("score runs/my known.csv --truth is_odd --json")
        .json();
    assert_eq!(
        (
            json["truth"]["auroc"].as_f64(),
            json["truth"]["unusual"].as_str()
        ),
        (Some(1.0), Some("yes"))
    );
    let message = scratch.refused("score runs/my known.csv --truth colour", 2);
    assert!(
        message.contains("a column that the model was trained on"),
        "{message}"
    );
    let message = scratch.refused("score runs/my known.csv --truth name", 1);
    assert!(
        message.contains("column 'name': found more than two texts"),
        "{message}"
    );
}

#[test]
fn the_columns_of_before_can_be_had() {
    let scratch = trained();
    scratch.ok("score runs/my rows.csv -o scores.csv --columns old --threshold 50");
    let scores = scratch.cells("scores.csv");
    assert_eq!(
        scores[0].join(","),
        "name,kind,error,percentile,anomaly,feature_1,share_1,feature_2,share_2,feature_3,share_3"
    );
    for flags in ["--fdr 1%", "--keep a"] {
        let line = format!("score runs/my rows.csv -o no.csv --columns old {flags}");
        let message = scratch.refused(&line, 2);
        assert!(message.contains("beside --columns old"), "{message}");
    }
    let features = ["a", "b", "c", "colour=red", "colour=green", "colour=blue"];
    for row in by_name(scores) {
        assert!((0.0..=100.0).contains(&number(&row, "percentile")));
        assert!(features.contains(&row["feature_1"].as_str()), "{row:?}");
        assert!(
            number(&row, "share_1") >= number(&row, "share_2"),
            "{row:?}"
        );
    }
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
    let scores = by_name(scratch.cells("s.csv"));
    let error = |row: &HashMap<String, String>| number(row, "score");
    let most = scores.iter().map(error).fold(0.0, f64::max);
    assert_eq!(error(&scores[51]), most, "{:?}", scores[51]);
    let new = "x,y\n1e12,5\n1e6,5\n100,5\n5,5\n";
    let new = by_name(cells(
        &scratch.run_on("score runs/table - -o -", new).text(),
    ));
    let [first, second, third, usual] = [0, 1, 2, 3].map(|row| error(&new[row]));
    assert!(first > second && second > third && third > usual, "{new:?}");
    assert_eq!(
        (new[2]["found_1"].as_str(), new[2]["column_1"].as_str()),
        ("100", "x")
    );
}

#[test]
fn a_text_that_training_had_not_is_told_and_counts_as_wrong() {
    let scratch = trained();
    let new = rows(40) + "new,cat,0.5,5,-0.5,amber,\nold,cat,0.5,5,-0.5,red,\n";
    scratch.write("new.csv", &new);
    let ran = scratch.ok("score runs/my new.csv -o s.csv");
    let note = "note: column 'colour' has texts that were not seen in training, such as 'amber' in row 41: taken for none of those that were; a model trained with --set data.unseen=refuse refuses them\n";
    assert!(ran.err.starts_with(note), "{}", ran.err);
    let scores = by_name(scratch.cells("s.csv"));
    let (new, old) = (&scores[40], &scores[41]);
    assert!(
        number(new, "score") > number(old, "score"),
        "{new:?} {old:?}"
    );
    assert_eq!(
        (new["column_1"].as_str(), new["found_1"].as_str()),
        ("colour", "amber")
    );
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
    let ran = scratch.ok("score runs/my new.csv --top 1");
    assert_eq!(
        ran.err.matches("'amber' in row 41").count(),
        1,
        "{}",
        ran.err
    );
    let ran = scratch.ok("score runs/my new.csv --top 1 -o top.csv");
    assert_eq!(
        ran.err.matches("'amber' in row 41").count(),
        1,
        "{}",
        ran.err
    );
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
    let line = "score runs/my rows.csv -o scores.csv --columns old --threshold 50 --json";
    let json = scratch.ok(line).json();
    let mut marked = 0;
    for row in by_name(scratch.cells("scores.csv")) {
        let above = number(&row, "percentile") >= 50.0;
        assert_eq!(row["anomaly"], if above { "1" } else { "0" }, "{row:?}");
        marked += usize::from(above);
    }
    assert_eq!(json["marked"], marked);
    assert!(0 < marked && marked < 120, "{marked}");
    let ran = scratch.ok("score runs/my rows.csv -o scores.csv --threshold 50 --force");
    let said = format!("{marked} rows marked at or above percentile 50");
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
    scratch.ok("score runs/my rows.csv -o scores.csv --columns old");
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
    assert!(!said.contains("no column"), "{said}");
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
    let none = ",".repeat(18);
    assert_eq!(
        [lines[2], lines[4]],
        [format!("2{none}"), format!("4{none}")],
        "{scores}"
    );
    let row = &by_name(scratch.cells("scores.csv"))[2];
    assert!(
        !row["p"].is_empty() && !row["marked"].is_empty(),
        "{scores}"
    );
    // A missing cell is no surprise.
    assert!(
        row["column_2"] != "b" && row["column_3"].is_empty(),
        "{scores}"
    );
}

#[test]
fn outputs_called_like_the_label_are_renamed_and_told() {
    let scratch = Scratch::new();
    let name = |text: &str| text.replacen("kind", "marked", 1);
    scratch.write("rows.csv", name(&rows(120)));
    scratch.write("my.toml", name(CONFIG).replace("\"name\"", "\"code_1\""));
    let table = scratch.text("rows.csv").replacen("name", "code_1", 1);
    scratch.write("rows.csv", table);
    scratch.ok("train my.toml -q");
    let ran = scratch.ok("score runs/my rows.csv -o s.csv --threshold 90");
    assert!(
        ran.err.contains("'predicted_marked' for 'marked'"),
        "{}",
        ran.err
    );
    let cells = scratch.cells("s.csv");
    assert_eq!(
        cells[0][..6],
        ["row", "code_1", "marked", "score", "p", "predicted_marked"]
    );
    assert!(["cat", "dog"].contains(&cells[1][2].as_str()));
    let ran = scratch.ok("encode runs/my rows.csv -o c.parquet");
    assert!(
        ran.err.contains("'predicted_code_1' for 'code_1'"),
        "{}",
        ran.err
    );
}

#[test]
fn rows_that_come_one_by_one_have_the_same_columns() {
    let scratch = Scratch::new();
    let row = |at: usize| format!("{},{},{}", at % 7, at % 5, at % 3);
    let rows: Vec<String> = (0..200).map(row).collect();
    scratch.write("t.csv", format!("a,b,c\n{}\n", rows.join("\n")));
    let settings = "--set data.missing=mask --set network.code=1 --set train.epochs=2";
    scratch.ok(&format!("train table --data t.csv -q --name m {settings}"));
    // A part that holds no value at all.
    let mut lines = vec![",,".to_string(); 300];
    lines.extend(rows);
    let given = format!("a,b,c\n{}\n", lines.join("\n"));
    let ran = scratch.run_on("--memory 100MB score runs/m - -o -", given);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let scores = cells(&ran.text());
    assert_eq!((scores.len(), scores[0].len()), (501, 4 + 3 * 4 + 3));
    let message = scratch.refused("score runs/m t.csv --truth d", 1);
    assert!(
        message.contains("column 'd': found no such column"),
        "{message}"
    );
}

#[test]
fn the_recipe_for_anomalies_finds_what_does_not_go_together() {
    let scratch = Scratch::new();
    let row = |at: usize, odd: bool| {
        let (km, city) = (
            (at * 37 % 200) as f64 / 10.0 + 1.0,
            ["Rome", "Oslo"][at % 2],
        );
        let price = km * if (city == "Oslo") != odd { 5.0 } else { 2.0 };
        format!("{km},{city},{price:.2}\n")
    };
    let usual: String = (0..400).map(|at| row(at, false)).collect();
    let new: String = (0..100).map(|at| row(at + 1, at == 60)).collect();
    scratch.write("usual.csv", format!("km,city,price\n{usual}"));
    scratch.write("new.csv", format!("km,city,price\n{new}"));
    let ran = scratch.ok("train anomalies --data usual.csv --set train.epochs=60");
    assert!(
        ran.err.contains("score runs/anomalies usual.csv --top 20"),
        "{}",
        ran.err
    );
    let config = scratch.text("runs/anomalies/config.toml");
    assert!(config.contains("by = \"local\""), "{config}");
    let top = scratch
        .ok("score runs/anomalies new.csv --top 1 --json")
        .json();
    assert_eq!(top["top"][0]["row"], 61, "{top}");
    assert_eq!(
        top["top"][0]["repair"]["column"],
        top["top"][0]["surprises"][0]["column"]
    );
    assert!(ran.err.contains("5 networks: of the 5 %"), "{}", ran.err);
    assert!(
        ran.err.contains("left out of training: 36 rows"),
        "{}",
        ran.err
    );
    let names = top["top"][0]["surprises"].as_array().unwrap().iter();
    let names: Vec<&str> = names
        .map(|named| named["column"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

#[test]
fn the_simple_ways_score_without_the_network_and_stand_beside_it() {
    let scratch = Scratch::new();
    let mut usual = "a,b,odd\n".to_string();
    let mut new = usual.clone();
    for at in 0..900 {
        let a = (at * 37 % 101) as f64 / 10.0;
        let b = 2.0 * a + (at * 7 % 11) as f64 / 10.0;
        usual += &format!("{a},{b},0\n");
        if at < 200 {
            let odd = at % 20 == 0;
            new += &format!("{a},{},{}\n", if odd { 20.0 - b } else { b }, u8::from(odd));
        }
    }
    scratch.write("usual.csv", usual);
    scratch.write("new.csv", new);
    scratch.ok("train anomalies --data usual.csv --name my -q --set seeds=1 --set train.epochs=3 --set data.label=odd");
    let truth = scratch
        .ok("score runs/my new.csv --truth odd --json")
        .json();
    for way in ["pca", "neighbours"] {
        let alone = scratch.ok(&format!(
            "score runs/my new.csv --by {way} --truth odd --json"
        ));
        let beside = &truth["truth"][way];
        assert_eq!(alone.json()["truth"]["auroc"], beside["auroc"]);
        assert!(beside["auroc"].as_f64().unwrap() > 0.6, "{way}: {beside}");
        scratch.ok(&format!("score runs/my new.csv --by {way} -o {way}.csv"));
        let scores = scratch.cells(&format!("{way}.csv"));
        assert_eq!(scores[0], ["row", "odd", "score", "p", "marked"]);
        assert_eq!(scores.len(), 201);
        let text = scratch
            .ok(&format!("score runs/my new.csv --by {way} --top 4"))
            .text();
        assert_eq!(text.lines().count(), 5, "{text}");
    }
    let text = scratch.ok("score runs/my new.csv --truth odd").text();
    assert!(text.contains("--by pca instead: AUROC"), "{text}");
    scratch.ok("train table --data usual.csv --name plain -q --set train.epochs=2");
    let refused = scratch.run("score runs/plain new.csv --by pca -o no.csv");
    assert!(
        refused.code == 2 && refused.err.contains("score.by"),
        "{}",
        refused.err
    );
}
