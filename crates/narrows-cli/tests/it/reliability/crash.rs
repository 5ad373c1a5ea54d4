//! Checks that whatever ends the program, and whatever the disk answers, the
//! old or the new file is there, and a rerun ends as if nothing had happened.
//!
//! The program is ended, or its calls fail, at one call of each kind in every
//! test run, and at every single call in the long checks.

use std::collections::HashSet;
use std::fs;

use super::few_rows::{TRAIN, few, is_clean};
use super::strace::{Call, calls, has_strace, injected};
use crate::common::{Scratch, rows};

/// The kinds of calls that change a disk.
const KINDS: [&str; 4] = ["write", "fsync", "renameat", "fchmod"];

/// Does what a user does after [`TRAIN`] was cut short.
fn train_again(scratch: &Scratch) {
    let resumed = scratch.run("train runs/cut -q --resume");
    if resumed.code == 0 {
        return;
    }
    // The run ended before it wrote a config.
    assert!(
        resumed.err.contains("no run to go on with"),
        "{}",
        resumed.err
    );
    scratch.ok(TRAIN);
}

/// Returns the bytes of the model of an undisturbed training.
fn whole() -> Vec<u8> {
    let whole = few();
    whole.ok(&TRAIN.replace("cut", "whole"));
    whole.bytes("runs/whole/model.safetensors")
}

fn killed_at(calls: &[Call]) {
    let expected = whole();
    for call in calls {
        let scratch = few();
        let killed = injected(&scratch, TRAIN, &call.kind, "signal=KILL", call.nth);
        assert!(killed.reached && killed.code.is_none(), "{call:?}");
        train_again(&scratch);
        let model = scratch.bytes("runs/cut/model.safetensors");
        assert!(model == expected, "killed at {call:?}: {}", killed.at);
        let history = scratch.text("runs/cut/history.jsonl");
        assert_eq!(history.lines().count(), 2, "killed at {call:?}");
        assert!(is_clean(&scratch, "runs/cut"), "killed at {call:?}");
    }
}

/// Returns the calls of a training that change a disk.
fn calls_of_a_training() -> Vec<Call> {
    let calls = calls(&few(), TRAIN, &KINDS);
    for (kind, least) in KINDS.into_iter().zip([10, 14, 7, 3]) {
        let all = calls.iter().filter(|call| call.kind == kind).count();
        assert!(all >= least, "only {all} calls of {kind}");
    }
    calls
}

#[test]
fn a_run_killed_at_a_call_of_each_kind_and_file_ends_in_the_same_bytes() {
    if !has_strace() {
        return;
    }
    // The first call of each kind for each file in each epoch.
    let mut calls = calls_of_a_training();
    let (mut known, mut epochs) = (HashSet::new(), 0);
    calls.retain(|call| {
        let is_new = known.insert((call.kind.clone(), call.path.clone(), epochs));
        epochs += usize::from(call.kind == "fsync" && call.path.ends_with("history.jsonl"));
        is_new
    });
    killed_at(&calls);
}

#[test]
#[ignore = "long: .ci/long crash"]
fn a_run_killed_at_any_call_that_changes_a_disk_ends_in_the_same_bytes() {
    if has_strace() {
        killed_at(&calls_of_a_training());
    }
}

/// Kinds of calls, the error of a failing disk, and its words.
const ERRORS: [(&str, &str, &str); 6] = [
    ("write", "ENOSPC", "No space left on device"),
    ("write", "EIO", "Input/output error"),
    ("fsync", "EIO", "Input/output error"),
    ("fsync", "ENOSPC", "No space left on device"),
    ("renameat", "EIO", "Input/output error"),
    ("mkdir", "ENOSPC", "No space left on device"),
];

/// Makes a disk fail at the calls of each kind that `choose` picks, given their
/// number.
fn failed_at(choose: impl Fn(usize) -> Vec<usize>) {
    let expected = whole();
    for (kind, error, words) in ERRORS {
        let all = calls(&few(), TRAIN, &[kind]).len();
        assert!(all > 0, "no call of {kind}");
        for nth in choose(all) {
            let scratch = few();
            let failed = injected(&scratch, TRAIN, kind, &format!("error={error}"), nth);
            let what = format!("{error} at {kind} {nth}: {}\n{}", failed.at, failed.said);
            assert!(failed.reached, "{what}");
            assert_eq!(failed.code, Some(1), "{what}");
            assert!(failed.said.starts_with("error: runs"), "{what}");
            assert!(failed.said.contains(words), "{what}");
            assert!(failed.said.contains("\n\nhint: "), "{what}");
            train_again(&scratch);
            assert!(
                scratch.bytes("runs/cut/model.safetensors") == expected,
                "{what}"
            );
            assert!(is_clean(&scratch, "runs/cut"), "{what}");
        }
    }
}

#[test]
fn a_disk_that_fails_at_a_call_of_each_kind_is_told_of_and_loses_nothing() {
    if has_strace() {
        failed_at(|all| vec![all.div_ceil(2)]);
    }
}

#[test]
#[ignore = "long: .ci/long crash"]
fn a_disk_that_fails_at_any_call_is_told_of_and_loses_nothing() {
    if has_strace() {
        failed_at(|all| (1..=all).collect());
    }
}

#[test]
fn a_file_that_is_written_over_is_the_old_or_the_new_one() {
    if !has_strace() {
        return;
    }
    let again = "encode runs/my new.csv -o codes.csv --force -q";
    let model = Scratch::with_model();
    let prepare = || {
        let scratch = Scratch::new();
        scratch.write("new.csv", rows(40));
        fs::create_dir_all(scratch.path("runs/my")).unwrap();
        let file = "runs/my/model.safetensors";
        scratch.write(file, model.bytes(file));
        scratch.write("codes.csv", "old\n1\n");
        scratch
    };
    let whole = prepare();
    whole.ok(again);
    let new = whole.bytes("codes.csv");
    let (mut old_seen, mut new_seen) = (0, 0);
    for what in ["signal=KILL", "error=EIO", "error=ENOSPC"] {
        for call in calls(&prepare(), again, &KINDS) {
            let scratch = prepare();
            let ended = injected(&scratch, again, &call.kind, what, call.nth);
            let found = scratch.bytes("codes.csv");
            let is_old = found == b"old\n1\n";
            assert!(is_old || found == new, "{what} at {call:?}");
            if is_old {
                old_seen += 1;
            } else {
                new_seen += 1;
            }
            if what != "signal=KILL" {
                assert_eq!(ended.code, Some(1), "{what} at {call:?}");
                assert!(is_clean(&scratch, "."), "{what} at {call:?}");
            }
            scratch.ok(again);
            assert!(scratch.bytes("codes.csv") == new, "{what} at {call:?}");
            assert!(is_clean(&scratch, "."), "{what} at {call:?}");
        }
    }
    assert!(old_seen > 5 && new_seen > 1, "{old_seen} {new_seen}");
}

#[test]
fn what_is_renamed_was_synced_and_its_folder_is_after_it() {
    if !has_strace() {
        return;
    }
    let kinds = ["fsync", "rename", "renameat", "renameat2"];
    let calls = calls(&few(), TRAIN, &kinds);
    let mut renamed = 0;
    for (at, call) in calls.iter().enumerate() {
        if call.kind == "fsync" {
            continue;
        }
        renamed += 1;
        let before = &calls[at - 1];
        assert_eq!(before.kind, "fsync", "{calls:?}");
        assert!(before.path.contains("/.narrows-"), "{before:?}");
        let after = &calls[at + 1];
        assert!(
            after.kind == "fsync" && after.path.ends_with("runs/cut"),
            "{after:?}"
        );
    }
    // A config, the first checkpoint, those of 2 epochs and of the steps
    // within, a model and a report.
    assert!(renamed >= 7, "{renamed}");
    let synced = |end: &str| {
        let of_it = |call: &&Call| call.kind == "fsync" && call.path.ends_with(end);
        calls.iter().filter(of_it).count()
    };
    assert_eq!(synced("history.jsonl"), 2);
    assert_eq!(synced("/runs"), 1, "the run folder itself");
}
