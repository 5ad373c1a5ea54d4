//! Checks that the program's suggestions work as they stand, and that its
//! statements about itself are true.

use std::fs;

use crate::common::{Scratch, rows};

/// Returns a small table of numbers with a header.
fn numbers(rows: usize) -> String {
    let rows = (0..rows).map(|i| format!("{},{}\n", i * 37 % 101, (i * 7 % 13) as f64 / 10.0));
    format!("a,b\n{}", rows.collect::<String>())
}

#[test]
fn keys_of_a_carried_config_can_be_put_back_to_their_defaults() {
    let scratch = Scratch::new();
    scratch.write("two.csv", "a,b\n1,2\n3,5\n");
    let line = "train table --data two.csv -q --set network.code=1 --set train.epochs=1";
    let message = scratch.refused(line, 2);
    let hint = "--set train.early_stopping=";
    assert!(message.contains(hint), "{message}");
    scratch.ok(&format!("{line} {hint}"));
    let line = format!("{line} {hint} --set network.hidden=[]");
    let message = scratch.refused(&line, 2);
    let hint = "--set network.activation=";
    assert!(message.contains(hint), "{message}");
    scratch.ok(&format!("{line} {hint}"));
    let config = scratch.text("runs/table-2/config.toml");
    assert!(!config.contains("\nactivation"), "{config}");
    assert!(!config.contains("early_stopping"), "{config}");
}

#[test]
fn columns_of_text_and_numbers_come_with_the_settings_that_take_them() {
    let scratch = Scratch::new();
    // One number among the notes, which may be numbers with many mistakes.
    let text = rows(120) + "r120,cat,0.5,1,1,red,7\n";
    scratch.write("rows.csv", text);
    let line = "train table -q --data rows.csv --set train.epochs=1";
    let message = scratch.refused(line, 1);
    assert!(message.contains("column 'note'"), "{message}");
    // The suggested arguments, split as by a shell.
    let (_, hint) = message.split_once("for instance ").unwrap();
    let words = hint.replace(['\'', ';'], "");
    let settings: Vec<&str> = words
        .split(' ')
        .filter(|w| w.starts_with("data."))
        .collect();
    assert_eq!(
        settings,
        ["data.ignore=note", "data.missing=mask"],
        "{hint}"
    );
    let settings: String = settings.iter().map(|s| format!(" --set {s}")).collect();
    scratch.ok(&format!("{line}{settings}"));
    let config = scratch.text("runs/table/config.toml");
    for part in [
        "colour = \"category\"",
        "kind = \"binary\"",
        "name = \"id\"",
    ] {
        assert!(config.contains(part), "{config}");
    }
}

#[test]
fn the_way_to_go_on_with_a_taken_name_can_be_followed() {
    let scratch = Scratch::with_model();
    let message = scratch.refused("train my.toml --name my", 2);
    assert!(
        message.contains("`narrows train runs/my --resume`"),
        "{message}"
    );
    let said = scratch
        .ok("train runs/my --resume --set train.epochs=6")
        .err;
    assert!(said.contains("\ntrained 2 epochs in "), "{said}");
    assert!(said.contains(", 6 in all\n"), "{said}");
    assert!(said.contains("last.ckpt"), "{said}");
}

#[test]
fn paths_with_spaces_are_quoted() {
    let scratch = Scratch::with_rows();
    scratch.write("my rows.csv", scratch.bytes("rows.csv"));
    let ran = scratch.run_all(
        &["train", "my.toml", "--data", "my rows.csv", "--name", "a b"],
        "",
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    let line = "  narrows evaluate 'runs/a b' 'my rows.csv'\n";
    assert!(ran.err.contains(line), "{}", ran.err);
}

#[test]
fn a_run_folder_trained_anew_is_told_of() {
    let scratch = Scratch::with_model();
    let said = scratch.ok("train runs/my").err;
    assert!(
        said.contains("training anew by the config of runs/my"),
        "{said}"
    );
    let said = scratch.ok("train runs/my --resume").err;
    assert!(!said.contains("anew"), "{said}");
}

#[test]
fn rows_of_standard_input_are_not_looked_for_again() {
    let scratch = Scratch::with_rows();
    let ran = scratch.run_on("train my.toml --data - --name piped", rows(120));
    assert_eq!(ran.code, 0, "{}", ran.err);
    let line = "narrows score runs/piped DATA -o scores.csv\n";
    assert!(ran.err.contains(line), "{}", ran.err);
    for (line, hint) in [
        ("report runs/piped -o piped.html", "after the model"),
        ("look codes runs/piped -o codes.png", "after the model"),
        ("train runs/piped --resume", "--data"),
        ("train runs/piped", "--data"),
    ] {
        let message = scratch.refused(line, 2);
        for part in ["trained from standard input", hint] {
            assert!(message.contains(part), "{line}: {message}");
        }
    }
    scratch.ok("report runs/piped rows.csv -o piped.html -q");
    scratch.ok("train runs/piped --resume -q --data rows.csv --set train.epochs=5");
}

#[test]
fn rows_that_have_moved_can_be_named() {
    let scratch = Scratch::with_model();
    fs::rename(scratch.path("rows.csv"), scratch.path("moved.csv")).unwrap();
    for (line, hint) in [
        ("report runs/my", "after the model"),
        ("train runs/my --resume", "--data"),
        ("train runs/my", "--data"),
    ] {
        let message = scratch.refused(line, 1);
        assert!(
            message.contains("rows.csv: cannot read"),
            "{line}: {message}"
        );
        assert!(message.contains(hint), "{line}: {message}");
    }
    scratch.ok("report runs/my moved.csv -q");
    scratch.ok("train runs/my --resume -q --data moved.csv --set train.epochs=5");
}

#[test]
fn a_table_without_a_config_is_told_of_the_one_for_tables() {
    let scratch = Scratch::new();
    scratch.write("my.csv", numbers(40));
    let said = scratch.ok("train --data my.csv --set train.epochs=1").err;
    assert!(said.contains("narrows train table --data my.csv"), "{said}");
    let said = scratch
        .ok("train table --data my.csv --set train.epochs=1")
        .err;
    assert!(!said.contains("train table"), "{said}");
    assert!(said.contains("trained 1 epoch in "), "{said}");
}

#[test]
fn a_page_goes_to_standard_output_too() {
    let scratch = Scratch::with_model();
    let before = scratch.listing();
    let page = scratch.ok("report runs/my -o -").text();
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    assert_eq!(scratch.listing(), before);
    scratch.refused("report runs/my -o - --json", 2);
}

#[test]
fn what_numpy_arrays_leave_out_is_told() {
    let scratch = Scratch::with_model();
    let said = scratch.ok("encode runs/my rows.csv -o codes.npy").err;
    let line = "left out of codes.npy: ids 'name', labels 'kind'; .csv and .parquet keep them\n";
    assert!(said.contains(line), "{said}");
    let said = scratch.ok("reconstruct runs/my rows.csv -o back.npy").err;
    assert!(said.contains("the columns' names, texts"), "{said}");
    let said = scratch.ok("encode runs/my rows.csv -o codes.csv").err;
    assert!(!said.contains("left out"), "{said}");
}

#[test]
fn nothing_is_written_over_what_is_read() {
    let scratch = Scratch::with_model();
    for line in [
        "encode runs/my rows.csv -o ./rows.csv --force",
        "score runs/my rows.csv -o rows.csv --force",
    ] {
        let message = scratch.refused(line, 2);
        assert!(message.contains("read for its rows"), "{message}");
    }
}

#[test]
fn a_threshold_taken_for_a_share_is_told_of() {
    let scratch = Scratch::with_model();
    let said = scratch
        .ok("score runs/my rows.csv -o a.csv --threshold 0.99")
        .err;
    assert!(said.contains("did you mean 99?"), "{said}");
    let said = scratch
        .ok("score runs/my rows.csv -o b.csv --threshold 99")
        .err;
    assert!(!said.contains("did you mean"), "{said}");
}

#[test]
fn rows_that_do_not_fit_a_model_are_told_of_as_such() {
    let scratch = Scratch::with_rows();
    scratch.write("plain.csv", "1,2,3\n4,5,6\n7,8,1\n".repeat(10));
    scratch.ok("train table -q --data plain.csv --set network.code=1 --set train.epochs=1");
    let message = scratch.refused("encode runs/table rows.csv -o a.csv", 1);
    assert!(
        message.contains("found 7 columns, expected the 3 that the model was trained on"),
        "{message}"
    );
}
