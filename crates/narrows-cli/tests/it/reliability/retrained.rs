//! Tests a run that is trained anew under its name: the old one stays, in use,
//! until the new one is whole.

use std::fs;
use std::process::Output;
use std::time::{Duration, Instant};

use super::interrupt::{signal, slow, start, wait_for};
use crate::common::{Scratch, rows};

const AGAIN: &str = "train slow.toml -q --name keep --force";

/// Returns a folder with a short run called `keep`, and what the files of a
/// longer one will be.
fn kept() -> (Scratch, Vec<u8>) {
    let scratch = slow();
    // Long enough not to end before it is stopped.
    scratch.write("rows.csv", rows(5_000));
    let config = scratch.text("slow.toml");
    scratch.write("slow.toml", config.replace("epochs = 8", "epochs = 24"));
    scratch.ok("train slow.toml -q --name whole");
    scratch.ok("train slow.toml -q --name keep --set train.epochs=1");
    scratch.write("runs/keep/notes.txt", "mine");
    let whole = scratch.bytes("runs/whole/model.safetensors");
    (scratch, whole)
}

fn stopped_in_the_middle(how: impl Fn(&Scratch, std::process::Child) -> String) {
    let (scratch, whole) = kept();
    let old = scratch.listing();
    let model = scratch.bytes("runs/keep/model.safetensors");
    let child = start(&scratch, AGAIN);
    wait_for(&scratch, "keep.new", 2);
    // In use by others meanwhile.
    scratch.ok("encode runs/keep rows.csv -o /dev/null -q");
    let said = how(&scratch, child);
    assert!(
        scratch.bytes("runs/keep/model.safetensors") == model,
        "{said}"
    );
    let kept: Vec<_> = scratch.listing();
    let new = scratch.path("runs/keep.new");
    let kept: Vec<_> = kept
        .into_iter()
        .filter(|f| !f.0.starts_with(&new))
        .collect();
    assert_eq!(kept, old);
    // By the old name, or by that of the folder where it is made.
    let json = scratch.ok("train runs/keep --resume --json -q").json();
    assert_eq!(json["run"], "runs/keep");
    assert!(scratch.bytes("runs/keep/model.safetensors") == whole);
    assert_eq!(scratch.text("runs/keep/notes.txt"), "mine");
    assert_eq!(scratch.text("runs/keep/history.jsonl").lines().count(), 24);
    assert!(!new.exists());
    let ran = scratch.ok("train runs/keep --resume");
    assert!(ran.err.contains("all 24 epochs are done"), "{}", ran.err);
}

#[test]
fn ctrl_c_leaves_the_old_run() {
    stopped_in_the_middle(|_, child| {
        signal(&child, "-INT");
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130));
        String::from_utf8(output.stderr).unwrap()
    });
}

#[test]
fn a_crash_leaves_the_old_run() {
    stopped_in_the_middle(|scratch, mut child| {
        child.kill().unwrap();
        child.wait().unwrap();
        // Retrained once more, the half of a run is begun anew.
        let child = start(scratch, AGAIN);
        wait_for(scratch, "keep.new", 1);
        signal(&child, "-INT");
        child.wait_with_output().unwrap();
        String::new()
    });
}

#[test]
fn a_run_that_is_refused_or_diverges_leaves_the_old_one_alone() {
    let (scratch, _) = kept();
    let before = scratch.listing();
    for line in [
        "train slow.toml --name keep --force --set network.code=0",
        "train slow.toml --name keep --force --set optimizer.rate=1e30",
    ] {
        let ran = scratch.run(line);
        assert!([1, 2].contains(&ran.code), "{line}: {}", ran.err);
        assert_eq!(scratch.listing(), before, "{line}");
    }
}

#[test]
fn a_stopped_classifier_leaves_the_old_one() {
    let scratch = Scratch::with_model();
    let line = "classify train runs/my rows.csv -o c.safetensors -q";
    scratch.ok(&format!("{line} --epochs 1"));
    let old = scratch.bytes("c.safetensors");
    let child = start(&scratch, &format!("{line} --force --epochs 100000"));
    while !scratch.path("c.safetensors.ckpt").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(scratch.bytes("c.safetensors") == old);
    scratch.ok(&format!("{line} --finish --epochs 100000"));
    assert!(scratch.bytes("c.safetensors") != old);
}

/// Starts to train a classifier, and stops when there is another checkpoint.
fn classifier_stopped(scratch: &Scratch, line: &str, file: &str) -> Output {
    let checkpoint = scratch.path(format!("{file}.ckpt"));
    let read = || fs::read(&checkpoint).unwrap_or_default();
    let before = read();
    let line = format!("classify train runs/my rows.csv -o {file} -q --epochs 100000 {line}");
    let child = start(scratch, line.trim_end());
    let started = Instant::now();
    while read() == before {
        assert!(started.elapsed() < Duration::from_secs(60), "no checkpoint");
        std::thread::sleep(Duration::from_millis(5));
    }
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    output
}

#[test]
fn a_classifier_that_is_stopped_again_is_written_again() {
    let scratch = Scratch::with_model();
    classifier_stopped(&scratch, "", "c.safetensors");
    let first = scratch.bytes("c.safetensors");
    classifier_stopped(&scratch, "--resume", "c.safetensors");
    assert!(scratch.bytes("c.safetensors") != first);
}

/// There is always a standard output, but nothing in it to keep.
#[cfg(unix)]
#[test]
fn a_stopped_classifier_goes_to_standard_output() {
    let scratch = Scratch::with_model();
    std::os::unix::fs::symlink("/dev/stdout", scratch.path("out")).unwrap();
    let output = classifier_stopped(&scratch, "", "out");
    assert!(output.stdout.len() > 1000, "{}", output.stdout.len());
}

#[test]
fn a_folder_that_was_made_anew_belongs_to_the_second_run() {
    let scratch = slow();
    scratch.write("few.csv", rows(40));
    let first = start(&scratch, "train slow.toml -q --name race");
    wait_for(&scratch, "race", 2);
    // Gone at once, as a removal may meet files that are being written.
    fs::rename(scratch.path("runs/race"), scratch.path("gone")).unwrap();
    scratch.ok("train slow.toml -q --name race --data few.csv --set train.epochs=1");
    let second = fs::read_dir(scratch.path("runs/race")).unwrap().count();
    let model = scratch.bytes("runs/race/model.safetensors");
    let output = first.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    // Between the two runs there is no folder at all.
    let none = said.contains("runs/race/") && said.contains("No such file");
    let replaced = said.contains("runs/race: cannot write: the folder was removed or replaced");
    assert!(none || replaced, "{said}");
    assert_eq!(
        fs::read_dir(scratch.path("runs/race")).unwrap().count(),
        second
    );
    assert!(scratch.bytes("runs/race/model.safetensors") == model);
}
