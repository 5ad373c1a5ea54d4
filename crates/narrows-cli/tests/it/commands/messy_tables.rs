//! Tables as people have them: what `inspect` says of them trains, and so does
//! the hint of `train`.

use crate::common::Scratch;
use std::fmt::Write;

/// Returns `count` rows after a first line; `row` writes each.
fn table(first: &str, count: usize, row: impl Fn(usize) -> String) -> String {
    let mut text = format!("{first}\n");
    (0..count).for_each(|at| writeln!(text, "{}", row(at)).unwrap());
    text
}

/// Returns files that each have something that a table should not have.
fn files() -> Vec<(&'static str, String)> {
    let wave = |row: usize| (row as f64 * 0.7).sin();
    let colour = |row: usize| ["red", "green", "blue"][row % 3];
    vec![
        (
            "texts.csv",
            table("id,name,colour,a,b", 60, |row| {
                format!("{row},name {row},{},{},{}", colour(row), wave(row), row % 7)
            }),
        ),
        (
            "missing.csv",
            table("colour,a,empty,b", 60, |row| {
                let b = if row % 9 == 0 {
                    String::new()
                } else {
                    format!("{}", row % 7)
                };
                let colour = if row % 11 == 0 { "" } else { colour(row) };
                format!("{colour},{},,{b}", wave(row))
            }),
        ),
        (
            "quoted.csv",
            table("x,\"Do you agree, or not?\",colour,'s", 60, |row| {
                format!(
                    "{},{},{},{}",
                    wave(row),
                    ["yes", "no"][row % 2],
                    colour(row),
                    row % 5
                )
            }),
        ),
        (
            "numbers.csv",
            table("a,1,true,nan", 60, |row| {
                format!(
                    "{},{},{},{}",
                    wave(row),
                    colour(row),
                    row % 7,
                    colour(row + 1)
                )
            }),
        ),
        (
            "mistakes.csv",
            table("a,b", 60, |row| match row {
                7 => "oops,1".into(),
                9 => "inf,2".into(),
                _ => format!("{},{}", wave(row), row % 7),
            }),
        ),
        (
            "german.csv",
            table("Stadt;Preis;Anteil", 60, |row| {
                let price = format!("{:.2}", 1500.0 + 10.0 * wave(row));
                let price = format!("1.{},{}", &price[1..4], &price[5..]);
                let price = if row % 2 == 0 {
                    price
                } else {
                    format!("{}", row % 7)
                };
                format!("{};{price} €;{} %", colour(row), row % 9)
            }),
        ),
        (
            "thousands.csv",
            table("a,b", 60, |row| {
                format!("\"{},{:03}\",{}", 1 + row % 9, row, wave(row))
            }),
        ),
        (
            "one_text.csv",
            table("colour", 60, |row| colour(row).into()),
        ),
        (
            "many_texts.csv",
            table("town", 100, |row| format!("town {}", row % 30)),
        ),
        (
            "no_names.data",
            table("0,tcp,0.5,SF", 60, |row| {
                format!("{},{},{},SF", row % 4, ["tcp", "udp"][row % 2], wave(row))
            }),
        ),
        ("few.csv", "a,b\n1,2\n3,5\n4,4\n".into()),
        (
            "twice.csv",
            table("a,b,a,,", 60, |row| {
                format!("{},{},{},{},", wave(row), row % 5, row % 7, row % 3)
            }),
        ),
    ]
}

#[test]
fn the_command_that_inspect_ends_with_trains() {
    let scratch = Scratch::new();
    for (name, text) in files() {
        scratch.write(name, text);
        let json = scratch.ok(&format!("inspect {name} --json")).json();
        let command = json["train"].as_str();
        let command = command
            .unwrap_or_else(|| panic!("{name}: {}", scratch.ok(&format!("inspect {name}")).text()));
        if name == "thousands.csv" {
            assert!(command.contains("data.decimal=point"), "{command}");
        }
        let mut words = shell_words(command);
        assert_eq!(words.remove(0), "narrows", "{command}");
        words.extend(["--set", "train.epochs=1", "-q"].map(String::from));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ran = scratch.run_all(&words, "");
        assert_eq!(ran.code, 0, "{command}: {}", ran.err);
        let text = scratch.ok(&format!("inspect {name}")).text();
        assert!(
            text.ends_with(&format!("to train on it: {command}\n")),
            "{text}"
        );
    }
}

#[test]
fn the_hint_of_train_is_enough() {
    let scratch = Scratch::new();
    let (mut at_once, mut followed) = (0, 0);
    for (name, text) in files() {
        scratch.write(name, text);
        let train = format!("train table --data {name} --set train.epochs=1 -q");
        let first = scratch.run(&train);
        if first.code == 0 {
            at_once += 1;
            continue;
        }
        let (_, hint) = first.err.split_once("hint: ").unwrap();
        // Of two that decide one thing, a person takes one.
        let (end, flags) = match hint.contains("data.decimal=point") {
            true => ("", vec!["--set".into(), "data.decimal=point".into()]),
            false => {
                let start = hint
                    .find("--set")
                    .unwrap_or_else(|| panic!("{name}: {hint}"));
                (&hint[start..], shell_words(&hint[start..]))
            }
        };
        let mut words: Vec<&str> = train.split(' ').collect();
        words.extend(flags.iter().map(String::as_str));
        let second = scratch.run_all(&words, "");
        assert_eq!(second.code, 0, "{name}: {end}: {}", second.err);
        followed += 1;
    }
    // What may be meant in two ways is asked for: a text among numbers, `inf`.
    assert!(at_once >= 9 && followed >= 2, "{at_once} {followed}");
}

#[test]
fn what_the_columns_plainly_are_is_settled_told_and_kept() {
    let scratch = Scratch::new();
    let row = |row: usize| {
        let colour = ["red", "green", "blue"][row % 3];
        let price = if row.is_multiple_of(9) {
            String::new()
        } else {
            format!("{row}.5")
        };
        format!(
            "{colour},2024-01-{:02},name {row},{price},{}",
            row % 28 + 1,
            row % 7
        )
    };
    scratch.write("t.csv", table("colour,day,name,price,n", 60, row));
    let line = "train table --data t.csv --set train.epochs=1";
    let ran = scratch.ok(&format!("{line} --name t"));
    for part in [
        "note: column 'name' left out of training; data.kinds keeps a column",
        "note: missing cells are kept out of every loss and error",
        "note: each column is compared by a likelihood of its kind; to compare all by squares: --set loss.reconstruction=mse\n",
        "  colour  category   3 different texts; 'red'; data.kinds.colour=text\n",
        "  day     time       written as '%Y-%m-%d', made into day and weekday; '2024-01-01'; data.kinds.day=text\n",
        "  name    text       60 different texts in 60 rows; 'name 0'; data.kinds.name=category\n",
        "  price   number     numbers; 11.7 % missing; '1.5'; data.kinds.price=ignore\n",
        "  n       number     whole numbers from 0 to 6; '0'; data.kinds.n=count\n",
    ] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    let report = scratch.text("runs/t/report.html");
    for part in ["<h2>Columns</h2>", "made into day and weekday"] {
        assert!(report.contains(part), "{part}");
    }
    let config = scratch.text("runs/t/config.toml");
    for part in [
        "missing = \"mask\"",
        "[data.kinds]\ncolour = \"category\"\nday = \"time:%Y-%m-%d:day,weekday\"\nname = \"text\"\n",
    ] {
        assert!(config.contains(part), "{config}");
    }
    // The settings by themselves say the same, and then nothing is settled.
    let told = scratch.ok(&format!(
        "{line} --name u --set data.missing=mask --set loss.reconstruction=columns --set data.kinds.colour=category --set data.kinds.name=text --set data.kinds.day=time:%Y-%m-%d --set network.hidden=32 --set network.code=2 --set train.batch=16"
    ));
    assert!(!told.err.contains("note: "), "{}", told.err);
    assert!(told.err.contains("named in data.kinds"), "{}", told.err);
    let model = |run: &str| scratch.bytes(&format!("runs/{run}/model.safetensors"));
    assert!(model("t") == model("u"));
    // What a setting says stays as it says.
    let message = scratch.refused(&format!("{line} --name w -q --set data.missing=refuse"), 1);
    assert!(message.contains("--set data.missing=mask"), "{message}");
    let set = "--set data.id=name --set data.ignore=day --set data.one_hot=colour";
    let ran = scratch.ok(&format!("{line} --name v {set} -q --json"));
    let json = ran.json();
    assert!(!json["notes"].to_string().contains("left out"), "{json}");
    let kinds: Vec<&str> = json["kinds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| column["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["category", "ignore", "id", "number", "number"]);
}

#[test]
fn several_columns_name_the_rows_together() {
    let scratch = Scratch::new();
    let row = |at: usize| format!("s{},{},{}", at % 3, at / 3, at % 7);
    scratch.write("t.csv", table("shop,week,sold", 60, row));
    let line = "train table --data t.csv --set train.epochs=1 --set data.id=[shop,week]";
    scratch.ok(&format!("{line} --name t"));
    scratch.ok("score runs/t t.csv -o scores.csv --columns old");
    let scores = scratch.text("scores.csv");
    assert!(scores.starts_with("shop,week,"), "{scores}");
    assert!(scores.contains("\ns2,4,"), "{scores}");
    let report = scratch.text("runs/t/report.html");
    let mut names = (0..60).map(|at| format!("s{} {}", at % 3, at / 3));
    assert!(
        names.any(|name| report.contains(&name)),
        "hardest rows are not named"
    );
    // The ids that are there are copied; the first that is not is told.
    scratch.write("u.csv", "week,sold\n1,2\n");
    let told = scratch.ok("score runs/t u.csv -o - --columns old");
    assert!(told.out.starts_with(b"week,"));
    assert!(told.err.contains("has no column 'shop'"), "{}", told.err);
    let ids = scratch
        .ok("inspect t.csv --set data.id=[shop,week] --json")
        .json();
    assert_eq!(ids["id"].to_string(), "[\"shop\",\"week\"]");
    let refused = scratch.refused(&format!("{line} --set data.label=week"), 2);
    assert!(refused.contains("also the label"), "{refused}");
}

/// Parts a command as a shell does.
fn shell_words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = command.trim().chars();
    while let Some(c) = characters.next() {
        match c {
            '\'' => quoted = !quoted,
            '\\' if !quoted => word.extend(characters.next()),
            c if c.is_whitespace() && !quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    words
}

#[test]
fn what_was_inferred_is_said_once_and_kept() {
    let scratch = Scratch::new();
    let row = |at: usize| format!("{},5;{} kg", at % 7, at % 5);
    scratch.write("t.csv", table("a;b", 60, row));
    let ran = scratch.ok("train table --data t.csv --set train.epochs=1 --name t");
    let notes: Vec<&str> = ran
        .err
        .lines()
        .filter(|line| line.starts_with("note: "))
        .collect();
    assert_eq!(notes.len(), 3, "{notes:?}");
    assert!(notes[2].contains("sizes that suit the table"), "{notes:?}");
    assert!(
        notes[0].contains("'a'") && notes[0].contains("data.decimal"),
        "{notes:?}"
    );
    assert!(notes[1].contains("'kg' is taken off"), "{notes:?}");
    let json = scratch.ok("inspect t.csv --json").json();
    assert_eq!(json["notes"].as_array().unwrap().len(), 2);
    assert_eq!(json["columns"][0]["max"], 6.5);
    scratch.write("new.csv", "a;b\n1,5;3 kg\n");
    scratch.ok("score runs/t new.csv -o -");
    // What the model makes of rows can be read as such rows again.
    scratch.ok("reconstruct runs/t new.csv -o again.csv");
    scratch.ok("score runs/t again.csv -o -");
    scratch.write("other.csv", "a;b\n1,5;3 lb\n");
    let refused = scratch.run("score runs/t other.csv -o -");
    assert!(refused.err.contains("found '3 lb'"), "{}", refused.err);
}

#[test]
fn inspect_takes_the_settings_of_reading() {
    let scratch = Scratch::new();
    scratch.write("t.csv", "1,2\n3,4\n5,6\n");
    let rows = |set: &str| {
        scratch
            .ok(&format!("inspect t.csv --json --set {set}"))
            .json()
    };
    assert_eq!(rows("data.header=false")["rows"], 3);
    assert_eq!(rows("data.header=true")["rows"], 2);
    assert_eq!(rows("data.header=[a,b]")["columns"][1]["name"], "b");
    assert_eq!(
        rows("data.ignore=x1")["columns"].as_array().unwrap().len(),
        1
    );
    assert_eq!(rows("data.skip_lines=1")["rows"], 2);
}
