//! Checks that a training shows its view on a terminal, and nowhere else.

use std::process::Command;

use crate::common::{CONFIG, NARROWS, Ran, Scratch, rows};

/// Returns a folder whose training takes long enough for some frames.
fn slow() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("rows.csv", rows(3_000));
    scratch.write("my.toml", CONFIG.replace("batch = 16", "batch = 1"));
    scratch
}

/// Runs shell commands, including `narrows`, on a terminal of some size; all
/// that the terminal received is standard output. `None` without a suitable
/// `script` program.
fn on_terminal(scratch: &Scratch, columns: usize, rows: usize, commands: &str) -> Option<Ran> {
    let version = Command::new("script").arg("--version").output();
    if !version.is_ok_and(|v| String::from_utf8_lossy(&v.stdout).contains("util-linux")) {
        eprintln!("SKIPPED: no script of util-linux to make a terminal with");
        return None;
    }
    let narrows = NARROWS;
    let commands =
        format!("stty cols {columns} rows {rows}; narrows() {{ '{narrows}' \"$@\"; }}; {commands}");
    let output = assert_cmd::Command::new("script")
        .args(["-qec", &commands, "/dev/null"])
        .current_dir(scratch.path("."))
        .env("SHELL", "/bin/sh")
        .env("TERM", "xterm-256color")
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR")
        .env_remove("CARGO_MANIFEST_DIR")
        .output()
        .unwrap();
    Some(Ran {
        code: output.status.code().unwrap_or(-1),
        out: output.stdout,
        err: String::from_utf8(output.stderr).unwrap(),
    })
}

fn has_curve(text: &str) -> bool {
    text.contains(|c| ('\u{2801}'..='\u{28ff}').contains(&c)) && text.contains('└')
}

/// Returns whether an escape code sets a colour.
fn has_colour(text: &str) -> bool {
    let codes = text.split("\u{1b}[").skip(1);
    codes.into_iter().any(|code| {
        let end = code.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        end.starts_with('m')
    })
}

#[test]
fn a_terminal_shows_the_loss_while_it_falls() {
    let scratch = slow();
    let Some(ran) = on_terminal(&scratch, 100, 30, "narrows train my.toml") else {
        return;
    };
    let text = ran.text();
    assert_eq!(ran.code, 0, "{text}");
    assert!(has_curve(&text) && has_colour(&text), "{text}");
    for word in [
        " held-out reconstruction",
        " rows/s",
        "rate 0.01000",
        "% ",
        " gone ",
        " left",
        // Lines that stay.
        "rows.csv: 2,700 rows to train on",
        "epoch 1/4  loss ",
        "epoch 4/4  loss ",
        "trained 4 epochs",
    ] {
        assert!(text.contains(word), "no {word:?} in {text}");
    }
    // The last curve stays, and later output begins below it.
    let (_, end) = text.rsplit_once('└').unwrap();
    assert!(end.contains("epoch") && end.contains("try next:"), "{end}");
    assert!(!end.contains(" gone "), "{end}");
}

#[test]
fn a_small_terminal_shows_a_bar() {
    let scratch = slow();
    for (columns, rows) in [(59, 40), (100, 15)] {
        let command = "narrows train my.toml --force --name small";
        let Some(ran) = on_terminal(&scratch, columns, rows, command) else {
            return;
        };
        let text = ran.text();
        assert_eq!(ran.code, 0, "{text}");
        assert!(!has_curve(&text), "{text}");
        assert!(text.contains('█') || columns < 60, "{text}");
        assert!(text.contains("trained 4 epochs"), "{text}");
    }
}

#[test]
fn no_color_dumb_terminals_quiet_and_json_are_respected() {
    let scratch = slow();
    let train = "narrows train my.toml --force --name same";
    let run = |commands: &str| on_terminal(&scratch, 100, 30, commands).map(|ran| ran.text());
    let Some(plain) = run(&format!("export NO_COLOR=1; {train}")) else {
        return;
    };
    assert!(has_curve(&plain) && !has_colour(&plain), "{plain}");

    let dumb = run(&format!("export TERM=dumb; {train}")).unwrap();
    assert!(!dumb.contains('\u{1b}') && !has_curve(&dumb), "{dumb}");
    assert!(dumb.contains("epoch 4/4  loss "), "{dumb}");

    assert_eq!(run(&format!("{train} --quiet")).unwrap(), "");

    let seen = run(&format!("{train} --json >out.json")).unwrap();
    assert!(has_curve(&seen), "{seen}");
    let json: serde_json::Value = serde_json::from_str(&scratch.text("out.json")).unwrap();
    assert_eq!(json["epochs"], 4);
}

#[test]
fn elsewhere_there_are_plain_lines() {
    let ran = slow().ok("train my.toml");
    assert!(
        !ran.err.contains('\u{1b}') && !has_curve(&ran.err),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains(['\r', '█', '┤']), "{}", ran.err);
    assert!(ran.err.contains("\nepoch 1/4  loss "), "{}", ran.err);
    assert!(ran.err.contains("\nepoch 4/4  loss "), "{}", ran.err);
    assert_eq!(ran.text(), "");
}
