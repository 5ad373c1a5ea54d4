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
        assert!(first.contains("name,kind,"), "{first}");
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

/// Starts the program on rows that come one by one.
fn answering(scratch: &Scratch, line: &str) -> std::process::Child {
    use std::process::{Command, Stdio};
    Command::new(NARROWS)
        .args(line.split(' '))
        .current_dir(scratch.path("."))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn rows_are_answered_as_they_come() {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::time::{Duration, Instant};
    let scratch = Scratch::with_model();
    let all = rows(120);
    for line in [
        "score runs/my - -o - -q",
        "--memory 100MB score runs/my - -o - -q --threshold 90",
        "encode runs/my - -o /dev/stdout -q",
        "reconstruct runs/my - -o - -q",
    ] {
        let whole = scratch.ok(&line.replace(" - -o", " rows.csv -o"));
        let mut child = answering(&scratch, line);
        let mut input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut rows = all.split_inclusive('\n');
        let mut next = || input.write_all(rows.next().unwrap().as_bytes()).unwrap();
        next();
        let mut answers = String::new();
        for row in 0..8 {
            next();
            let asked = Instant::now();
            // The header comes with the first row.
            for _ in 0..if row == 0 { 2 } else { 1 } {
                output.read_line(&mut answers).unwrap();
            }
            let waited = asked.elapsed();
            assert!(waited < Duration::from_secs(1), "{line}: {waited:?}");
        }
        // A line in two pieces, and then all the rest.
        let rest: String = rows.collect();
        let (first, second) = rest.split_at(5);
        input.write_all(first.as_bytes()).unwrap();
        std::thread::sleep(Duration::from_millis(100));
        input.write_all(second.as_bytes()).unwrap();
        drop(input);
        output.read_to_string(&mut answers).unwrap();
        assert!(child.wait().unwrap().success());
        assert_eq!(answers, whole.text(), "{line}");
    }
}

#[test]
fn rows_before_a_bad_one_are_answered() {
    let scratch = Scratch::with_model();
    let whole = scratch.ok("score runs/my rows.csv -o - -q").text();
    for (bad, place) in [
        ("r3,cat,0.5,what,0.1,red,x\n", "row 50, column 'b'"),
        ("r3,cat,0.5\n", "line 51"),
    ] {
        let all = rows(120);
        let mut lines: Vec<&str> = all.split_inclusive('\n').collect();
        lines.insert(50, bad);
        let ran = scratch.run_on("score runs/my - -o - -q", lines.concat());
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert!(ran.err.contains(place), "{}", ran.err);
        let expected: String = whole.split_inclusive('\n').take(50).collect();
        assert_eq!(ran.text(), expected, "{bad}");
        // A file is whole or not there at all.
        let ran = scratch.run_on("score runs/my - -o s.csv -q", lines.concat());
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert!(!scratch.path("s.csv").exists());
    }
}

#[test]
#[cfg(unix)]
fn a_program_that_waits_for_rows_ends_at_once() {
    use std::io::{BufRead, BufReader, Write};
    let scratch = Scratch::with_model();
    let before = scratch.listing().len();
    for (line, lines) in [
        ("score runs/my - -o -", 0),
        ("score runs/my - -o -", 3),
        ("score runs/my - -o s.csv", 0),
    ] {
        let mut child = answering(&scratch, line);
        let mut input = child.stdin.take().unwrap();
        let some: String = rows(9).split_inclusive('\n').take(4).collect();
        input.write_all(some.as_bytes()).unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        for _ in 0..lines {
            output.read_line(&mut String::new()).unwrap();
        }
        std::thread::sleep(std::time::Duration::from_millis(300));
        super::interrupt::signal(&child, "-TERM");
        assert_eq!(child.wait().unwrap().code(), Some(130), "{line}");
        drop(input);
        assert_eq!(scratch.listing().len(), before);
    }
}
