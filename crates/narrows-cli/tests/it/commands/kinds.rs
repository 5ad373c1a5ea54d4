//! What columns are taken for: codes, ids, times, texts, and what settings say.

use std::fmt::Write;

use serde_json::Value;

use crate::common::Scratch;

/// Returns `count` rows after a first line; `row` writes each.
fn table(first: &str, count: usize, row: impl Fn(usize) -> String) -> String {
    let mut text = format!("{first}\n");
    (0..count).for_each(|at| writeln!(text, "{}", row(at)).unwrap());
    text
}

fn wave(row: usize) -> f64 {
    (row as f64 * 0.7).sin()
}

/// Returns what `inspect` takes each column for: its kind as in a setting.
fn kinds(scratch: &Scratch, line: &str) -> Vec<(String, String)> {
    let json = scratch.ok(&format!("inspect {line} --json")).json();
    let kind = |column: &Value| {
        let kind = column["as"].as_str().or(column["kind"].as_str());
        let name = column["name"].as_str().unwrap();
        (name.to_string(), kind.unwrap().to_string())
    };
    json["kinds"].as_array().unwrap().iter().map(kind).collect()
}

/// Checks what the single column `a`, beside a number, is taken for.
fn check(scratch: &Scratch, rows: usize, cell: impl Fn(usize) -> String, expected: &str) {
    let text = table("a,n", rows, |row| format!("{},{}", cell(row), wave(row)));
    scratch.write("t.csv", text);
    let found = kinds(scratch, "t.csv");
    assert_eq!(found[0].1, expected, "{}", cell(1));
}

const TRAIN: &str = "--set train.epochs=1 --set train.early_stopping= -q";

#[test]
fn all_rows_decide_what_a_column_is() {
    let scratch = Scratch::new();
    let zip = |row: usize| format!("{:05}", 99_000 - 997 * (row % 100));
    // Only rows late in the file show that these are codes.
    check(&scratch, 300, zip, "category");
    check(
        &scratch,
        60,
        |row| format!("{}", 10_000_000_000_000_000 + row),
        "id",
    );
    check(&scratch, 60, |row| format!("{:x}z", row * 7919), "id");
    check(&scratch, 60, |row| format!("the row {row}"), "text");
    check(&scratch, 60, |row| ["yes", "No"][row % 2].into(), "binary");
    check(&scratch, 60, |_| "same".into(), "ignore");
    check(&scratch, 60, |_| String::new(), "ignore");
    check(
        &scratch,
        60,
        |row| ["a", "b", "c"][row % 3].into(),
        "category",
    );
    check(&scratch, 600, |row| format!("word{}", row % 50), "category");
    check(
        &scratch,
        600,
        |row| format!("some words {}", row % 50),
        "text",
    );
}

#[test]
fn numbers_stay_numbers_unless_they_count_the_rows_or_are_called_ids() {
    let scratch = Scratch::new();
    let named = |name: &str, cell: &dyn Fn(usize) -> usize| {
        let text = table(&format!("{name},c,n"), 60, |row| {
            format!("{},{},{}", cell(row), ["x", "y", "z"][row % 3], wave(row))
        });
        scratch.write("t.csv", text);
        kinds(&scratch, "t.csv")[0].1.clone()
    };
    let price = |row: usize| 100 + 37 * row % 997;
    assert_eq!(named("price", &price), "number");
    assert_eq!(named("customer_id", &price), "id");
    assert_eq!(named("customer_id", &|row| price(row % 30)), "number");
    assert_eq!(named("nr", &|row| row + 1), "id");
    assert_eq!(named("year", &|row| 1960 + row), "number");
}

#[test]
fn one_format_of_times_fits_every_row_or_is_asked_for() {
    let scratch = Scratch::new();
    let day = |row: usize| (row % 28 + 1, row % 12 + 1);
    let dates = |format: &'static str| {
        move |row: usize| {
            let (day, month) = day(row);
            let name = [
                "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
            ][month - 1];
            let filled = format.replace("DD", &format!("{day:02}"));
            let filled = filled
                .replace("MMM", name)
                .replace("MM", &format!("{month:02}"));
            filled.replace("hh", &format!("{:02}", row % 24))
        }
    };
    for (format, kind) in [
        ("2024-MM-DD", "time:%Y-%m-%d:day,weekday"),
        ("DD.MM.2024", "time:%d.%m.%Y:day,weekday"),
        ("MM/DD/2024", "time:%m/%d/%Y:day,weekday"),
        ("DD-MMM-2024", "time:%d-%b-%Y:day,weekday"),
        (
            "2024-MM-DDThh:30:00Z",
            "time:%Y-%m-%dT%H:%M:%S%z:day,time,weekday",
        ),
        ("DD.MM.2024 hh:30", "time:%d.%m.%Y %H:%M:day,time,weekday"),
        ("hh:30", "time:%H:%M:time"),
    ] {
        check(&scratch, 120, dates(format), kind);
    }
    let row = |row: usize| format!("{:02}/{:02}/2024,{}", row % 12 + 1, row % 11 + 1, wave(row));
    scratch.write("open.csv", table("when,n", 60, row));
    let line = format!("train table --data open.csv {TRAIN}");
    let message = scratch.refused(&line, 1);
    let ways = "--set 'data.kinds.when=time:%d/%m/%Y' or --set 'data.kinds.when=time:%m/%d/%Y'";
    assert!(
        message.contains("column 'when'") && message.contains(ways),
        "{message}"
    );
    scratch.ok(&format!(
        "{line} --name open --set data.kinds.when=time:%m/%d/%Y"
    ));
    let config = scratch.text("runs/open/config.toml");
    assert!(
        config.contains("when = \"time:%m/%d/%Y:day,weekday\""),
        "{config}"
    );
}

#[test]
fn new_rows_are_read_as_training_rows_were() {
    let scratch = Scratch::new();
    let row = |row: usize| {
        format!(
            "{:05},2024-01-{:02} {:02}:15,{},{}",
            997 * (row % 40),
            row % 28 + 1,
            row % 24,
            ["red", "green", "blue"][row % 3],
            wave(row)
        )
    };
    scratch.write("t.csv", table("zip,when,colour,n", 120, row));
    scratch.ok(&format!("train table --data t.csv --name t {TRAIN}"));
    let json = scratch.ok("inspect runs/t --json").json();
    let columns = [
        "zip",
        "when.day",
        "when.time",
        "when.weekday",
        "colour",
        "n",
    ];
    assert_eq!(json["columns"], serde_json::json!(columns));
    // Columns in another order, and texts that training had not.
    scratch.write(
        "new.csv",
        "n,colour,zip,when\n0.5,pink,00997,2023-12-31 23:59\n",
    );
    let ran = scratch.ok("score runs/t new.csv -o scores.csv");
    assert!(
        ran.err.contains("such as 'pink'") && !ran.err.contains("'00997'"),
        "{}",
        ran.err
    );
    // What the model makes of rows can be read as such rows again.
    scratch.ok("reconstruct runs/t new.csv -o again.csv");
    assert_eq!(
        scratch.cells("again.csv")[0],
        ["zip", "when", "colour", "n"]
    );
    scratch.ok("score runs/t again.csv -o more.csv");
    scratch.write("other.csv", "n,colour,zip,when\n0.5,red,00997,31.12.2023\n");
    let message = scratch.refused("score runs/t other.csv -o no.csv", 1);
    for part in ["row 1, column 'when'", "'31.12.2023'", "%Y-%m-%d %H:%M"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn rare_texts_are_told_apart_only_where_one_hot_says_so() {
    let scratch = Scratch::new();
    let row = |row: usize| {
        let kind = match row {
            77 => "odd",
            _ => ["a", "b", "c"][row % 3],
        };
        format!("{kind},{}", wave(row))
    };
    scratch.write("t.csv", table("kind,n", 1200, row));
    scratch.write("new.csv", "kind,n\nodd,0.5\nnew,0.5\n");
    let train = format!("train table --data t.csv {TRAIN}");
    scratch.ok(&format!("{train} --name few"));
    scratch.ok(&format!("{train} --name all --set data.one_hot=kind"));
    let features = |run: &str| {
        let json = scratch.ok(&format!("inspect runs/{run} --json")).json();
        json["features"].as_u64().unwrap()
    };
    assert_eq!((features("few"), features("all")), (5, 5));
    let ran = scratch.ok("score runs/few new.csv -o few.csv");
    assert!(
        ran.err
            .contains("'new' in row 2: taken for one of the rare"),
        "{}",
        ran.err
    );
    let ran = scratch.ok("score runs/all new.csv -o all.csv");
    assert!(
        ran.err.contains("'new' in row 2: taken for none"),
        "{}",
        ran.err
    );
    scratch.ok("reconstruct runs/few t.csv -o back.csv");
    let refuse = "--name strict --set data.unseen=refuse";
    scratch.ok(&format!("{train} {refuse}"));
    // Rare texts were seen in training, if only rarely.
    scratch.ok("score runs/strict t.csv -o strict.csv");
    let message = scratch.refused("score runs/strict new.csv -o no.csv", 1);
    assert!(
        message.contains("row 2") && message.contains("'new'"),
        "{message}"
    );
}

#[test]
fn settings_say_what_columns_are() {
    let scratch = Scratch::new();
    let row = |row: usize| {
        format!(
            "{},{:03},{},202401{:02},{}",
            ["S", "M", "L"][row % 3],
            row % 50,
            row * 10 % 360,
            row % 28 + 1,
            row % 9
        )
    };
    scratch.write("t.csv", table("size,zip,\"wind.dir\",day,n", 120, row));
    let set = "--set data.kinds.size=ordinal:S,M,L --set data.kinds.zip=number --set data.kinds.wind.dir=circular:360 --set data.kinds.day=time:%Y%m%d --set data.kinds.n=count";
    scratch.ok(&format!("train table --data t.csv --name t {set} {TRAIN}"));
    scratch.ok("reconstruct runs/t t.csv -o back.csv");
    let cells = scratch.cells("back.csv");
    assert_eq!(cells[0].join(" "), "size zip wind.dir day n");
    assert_eq!(cells[1][3].len(), "20240101".len());
    let angle: f64 = cells[1][2].parse().unwrap();
    assert!((0.0..360.0).contains(&angle));
    let json = scratch.ok("inspect runs/t --json").json();
    assert_eq!(json["features"], 8);
    scratch.write("new.csv", "size,zip,wind.dir,day,n\nXL,1,2,20240101,3\n");
    let message = scratch.refused("score runs/t new.csv -o no.csv", 1);
    assert!(
        message.contains("'XL', expected one of") && message.contains("'S', 'M', 'L'"),
        "{message}"
    );
}

#[test]
fn many_columns_are_told_in_forty_lines() {
    let scratch = Scratch::new();
    let names: Vec<String> = (0..100).map(|at| format!("g{at}")).collect();
    let row = |row: usize| {
        let cells: Vec<String> = (0..100).map(|at| format!("{}", (row * at) % 7)).collect();
        format!("{},{}", cells.join(","), ["a", "b", "c"][row % 3])
    };
    scratch.write(
        "t.csv",
        table(&format!("{},cell", names.join(",")), 60, row),
    );
    let text = scratch.ok("inspect t.csv").text();
    let (_, told) = text.split_once("columns, each with").unwrap();
    let lines: Vec<&str> = told.lines().skip(1).collect();
    assert!(lines[0].starts_with("  cell  category "), "{text}");
    assert_eq!(lines[40], "  and 61 more, all numbers");
}

#[test]
fn codes_alone_and_a_time_that_never_changes_are_settled() {
    let scratch = Scratch::new();
    let row = |row: usize| format!("{:05},2024-01-31,{}", 234 + 51 * row, wave(row));
    scratch.write("t.csv", table("zip,when,n", 40, row));
    scratch.ok(&format!("train table --data t.csv --name t {TRAIN}"));
    let config = scratch.text("runs/t/config.toml");
    for kind in ["zip = \"id\"", "when = \"ignore\""] {
        assert!(config.contains(kind), "{config}");
    }
    // A part of a time is left out as other features are.
    let day = |row: usize| format!("2024-{:02}-{:02},{}", row % 12 + 1, row % 28 + 1, wave(row));
    scratch.write("d.csv", table("when,n", 90, day));
    scratch.ok(&format!(
        "train table --data d.csv --name d {TRAIN} --set data.ignore=when.day"
    ));
    let json = scratch.ok("inspect runs/d --json").json();
    assert_eq!(json["columns"], serde_json::json!(["when.weekday", "n"]));
    scratch.ok("score runs/d d.csv -o scores.csv");
    // A code is enough to ask, where nothing else does.
    scratch.write(
        "z.csv",
        table("zip,n", 40, |row| {
            format!("{:05},{}", 234 + 51 * row, wave(row))
        }),
    );
    scratch.ok(&format!("train table --data z.csv --name z {TRAIN}"));
}

#[test]
fn what_json_nests_is_left_out_and_told() {
    let scratch = Scratch::new();
    let row = |row: usize| {
        let (text, n) = (["x", "y", "z"][row % 3], wave(row));
        format!("{{\"a\":{n},\"c\":\"{text}\",\"n\":{{\"x\":1}}}}")
    };
    let lines: Vec<String> = (0..60).map(row).collect();
    scratch.write("t.jsonl", lines.join("\n"));
    let ran = scratch.ok("train table --data t.jsonl --name t --set train.epochs=1");
    assert!(
        ran.err.contains("column 'n' left out of training"),
        "{}",
        ran.err
    );
    for setting in ["data.ignore=n", "data.kinds.n=ignore"] {
        scratch.ok(&format!(
            "train table --data t.jsonl --name {} {TRAIN} --set {setting}",
            &setting[5..6]
        ));
    }
}

#[test]
fn new_rows_may_have_no_text_in_a_column_of_texts_and_times_in_other_words() {
    let scratch = Scratch::new();
    let row = |row: usize| {
        format!(
            "{},{},{:02}:{:02},2024-{:02}-{:02}",
            wave(row),
            ["x", "y"][row * 7 % 5 % 2],
            row % 24,
            row % 60,
            row % 12 + 1,
            row % 28 + 1
        )
    };
    scratch.write("t.csv", table("a,c,t,d", 90, row));
    scratch.ok(&format!(
        "train table --data t.csv --name t {TRAIN} --set data.missing=mask"
    ));
    scratch.write(
        "new.csv",
        "a,c,t,d\n1,,10:30:15,2024-07-20 00:00:00\n2,,10:30,2024-07-20\n",
    );
    scratch.ok("score runs/t new.csv -o scores.csv");
    scratch.write("label.csv", table("a,c,t,d", 90, row));
    let message = scratch.refused(
        "classify train runs/t label.csv --label c -o c.safetensors",
        1,
    );
    assert!(
        message.contains("column 'c'") && message.contains("trained on as a feature"),
        "{message}"
    );
}
