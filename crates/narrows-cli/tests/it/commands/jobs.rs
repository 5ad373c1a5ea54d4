//! Scores of a job that runs again and again: files added to, replaced, several at once.

use crate::common::{Scratch, rows};

fn with_model() -> Scratch {
    let scratch = Scratch::with_model();
    scratch.write("more.csv", rows(30));
    scratch
}

#[test]
fn scores_are_added_to_a_file_of_the_same_columns() {
    let scratch = with_model();
    scratch.ok("score runs/my more.csv -o all.csv --append");
    let first = scratch.text("all.csv");
    // Without its last line feed, as an editor may leave it.
    scratch.write("all.csv", first.trim_end());
    scratch.ok("score runs/my more.csv -o all.csv --append");
    let rows_of = first.split_once('\n').unwrap().1;
    assert_eq!(scratch.text("all.csv"), format!("{first}{rows_of}"));
    scratch.write("other.csv", "a,b\n1,2\n");
    let other = scratch.refused("score runs/my more.csv -o other.csv --append", 2);
    assert!(other.contains("'a,b'"), "{other}");
    assert_eq!(scratch.text("other.csv"), "a,b\n1,2\n");
    let parquet = scratch.refused("score runs/my more.csv -o a.parquet --append", 2);
    assert!(parquet.contains(".csv or .tsv"), "{parquet}");
    let left = scratch.listing();
    assert!(
        !left
            .iter()
            .any(|(path, _)| path.to_string_lossy().contains(".narrows-")),
        "{left:?}"
    );
}

#[test]
fn a_file_of_scores_is_replaced_and_no_other() {
    let scratch = with_model();
    scratch.ok("score runs/my more.csv -o day.csv --replace");
    let first = scratch.text("day.csv");
    scratch.write("more.csv", rows(10));
    scratch.ok("score runs/my more.csv -o day.csv --replace");
    assert_eq!(scratch.text("day.csv").lines().count(), 11);
    assert!(first.starts_with(&scratch.text("day.csv")[..40]));
    scratch.write("notes.csv", "mine\n");
    let mine = scratch.refused("score runs/my more.csv -o notes.csv --replace", 2);
    assert!(
        mine.contains("--force") && scratch.text("notes.csv") == "mine\n",
        "{mine}"
    );
    // A job that fails leaves the file of yesterday.
    let before = scratch.text("day.csv");
    scratch.write("more.csv", "a\nx\n");
    assert_eq!(
        scratch
            .run("score runs/my more.csv -o day.csv --replace")
            .code,
        1
    );
    assert_eq!(scratch.text("day.csv"), before);
}

#[test]
fn several_files_have_scores_each() {
    let scratch = with_model();
    std::fs::create_dir(scratch.path("out")).unwrap();
    scratch.ok("score runs/my rows.csv more.csv -o out");
    scratch.ok("score runs/my more.csv -o alone.csv");
    assert_eq!(
        scratch.text("out/more.scores.csv"),
        scratch.text("alone.csv")
    );
    assert!(scratch.path("out/rows.scores.csv").exists());
    let twice = scratch.refused("score runs/my more.csv more.csv -o out --force", 2);
    assert!(twice.contains("different names"), "{twice}");
    let none = scratch.refused("score runs/my rows.csv more.csv -o one.csv", 2);
    assert!(none.contains("a folder"), "{none}");
    let ran = scratch
        .run("score runs/my rows.csv more.csv -o out --force --false-alarms 50% --fail-on-anomaly");
    assert_eq!(ran.code, 3, "{}", ran.err);
}
