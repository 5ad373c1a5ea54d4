//! Tests that names, texts and paths of files cannot act on a terminal.

use crate::common::{Scratch, rows};

/// Sets a terminal's title, changes its colour, begins a line, turns the
/// direction of reading.
const HOSTILE: &str = "a\u{1b}]0;PWN\u{7}\u{1b}[31m\u{9b}32m\u{202e}b\u{2028}";

/// Returns whether a text could act on a terminal.
fn acts(text: &str) -> bool {
    let acts = |c: char| {
        let turns = ['\u{202e}', '\u{2028}'].contains(&c);
        c != '\n' && (c.is_control() || turns)
    };
    text.contains(acts)
}

#[test]
fn whatever_is_printed_is_escaped() {
    let scratch = Scratch::new();
    let table = rows(120).replace("cat", HOSTILE).replacen(
        "name,kind,a,b,c,colour",
        &format!("name,kind,\"{HOSTILE}\n\",b,c,colour"),
        1,
    );
    let file = format!("{HOSTILE}.csv");
    scratch.write(&file, &table);
    let other = table.replace("red", &format!("{HOSTILE}red"));
    scratch.write("other.csv", other);
    scratch.write(
        "constant.csv",
        "x,y,\"\u{1b}[31mc\"\n".to_string() + &"1,2,3\n4,5,3\n6,1,3\n".repeat(9),
    );
    let key = format!("[network]\n\"{HOSTILE}\" = 3\n").replace('\u{1b}', "\\u001b");
    scratch.write(
        "keys.toml",
        key.replace('\u{7}', "").replace('\u{9b}', "\\u009b"),
    );
    let train = [
        "train",
        "table",
        "--data",
        &file,
        "--set=data.label=kind",
        "--set=data.id=name",
        "--set=data.ignore=note",
        "--set=data.one_hot=colour",
        "--set=data.missing=mean",
        "--set=train.epochs=1",
        "--set=network.code=1",
        "--name",
        "m",
    ];
    let ran = scratch.run_all(&train, "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    for (arguments, code) in [
        (vec!["inspect", &file], 0),
        (vec!["inspect", &file, "--json"], 0),
        (vec!["inspect", "runs/m"], 0),
        (vec!["inspect", "runs/m", "--json"], 0),
        (vec!["evaluate", "runs/m", &file], 0),
        (vec!["score", "runs/m", "other.csv", "-o", "new.csv"], 0),
        (vec!["score", "runs/m", HOSTILE, "-o", "s.csv"], 1),
        (vec!["encode", HOSTILE, &file, "-o", "s.csv"], 1),
        (vec!["train", HOSTILE], 2),
        (vec!["train", "keys.toml"], 2),
        (
            vec![
                "train",
                "table",
                "--data",
                "constant.csv",
                "--set=train.epochs=1",
                "--set=network.code=1",
            ],
            0,
        ),
        (vec!["train", "table", "--set", HOSTILE, "--data", &file], 2),
        (vec![HOSTILE], 2),
        (
            vec![
                "classify",
                "train",
                "runs/m",
                &file,
                "-o",
                "c.safetensors",
                "--epochs",
                "1",
            ],
            0,
        ),
        (vec!["classify", "evaluate", "c.safetensors", &file], 0),
        (vec!["inspect", "c.safetensors"], 0),
        (vec!["look", "features", "runs/m", &file, "-o", "-"], 0),
    ] {
        let ran = scratch.run_all(&arguments, "");
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.err);
        for printed in [&ran.err, &ran.text()] {
            assert!(!acts(printed), "{arguments:?}: {printed:?}");
        }
    }
}

#[test]
fn a_name_cannot_begin_a_line() {
    let scratch = Scratch::new();
    scratch.write("e.csv", "\"a\nerror: b\",c\n1,2\n3,5\n");
    let ran = scratch.ok("inspect e.csv");
    assert!(ran.text().contains(r"a\nerror: b"), "{}", ran.text());
    assert!(!ran.text().contains("\nerror"), "{}", ran.text());
}
