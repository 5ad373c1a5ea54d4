//! Tests standard output that ends early, or cannot take more.

use crate::common::{NARROWS, Scratch, rows};

#[test]
fn a_closed_pipe_is_no_error() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    let scratch = Scratch::with_model();
    scratch.write("many.csv", rows(20_000));
    for line in [
        "encode runs/my many.csv -o -",
        "score runs/my many.csv -o -",
    ] {
        let mut child = Command::new(NARROWS)
            .args(line.split(' '))
            .current_dir(scratch.path("."))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        // Reads one line and goes away, as `head -1` does.
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut first)
            .unwrap();
        assert!(first.starts_with("name,kind,"), "{first}");
        let ran = child.wait_with_output().unwrap();
        let said = String::from_utf8(ran.stderr).unwrap();
        assert!(
            !said.contains("error") && ran.status.success(),
            "{line}: {said}"
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_behind_standard_output_is_an_error() {
    let scratch = Scratch::with_model();
    for line in [
        "encode runs/my rows.csv -o -",
        "evaluate runs/my rows.csv",
        "inspect rows.csv --json",
        "init",
        "man",
    ] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let ran = std::process::Command::new(NARROWS)
            .args(line.split(' '))
            .current_dir(scratch.path("."))
            .stdout(full)
            .output()
            .unwrap();
        let said = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(1), "{line}: {said}");
        assert!(
            said.contains("standard output: cannot write: No space left"),
            "{line}: {said}"
        );
    }
}
