//! Whatever ends the program, and whatever the disk answers: the old or the
//! new file is there, and a rerun ends as if nothing had happened.
//!
//! Linux only. `strace` ends the program or fails its calls at every one that
//! changes a disk; without it these tests are skipped, loudly.
#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use common::{CONFIG, NARROWS, Scratch, rows};

/// A folder with few rows, and a config of two short epochs with a save within.
fn few() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("rows.csv", rows(60));
    scratch.write("my.toml", CONFIG.replace("epochs = 4", "epochs = 2"));
    scratch
}

/// What the tests train, and what a person does after it was cut short.
const TRAIN: &str = "train my.toml -q --name cut --checkpoint-every 2";

fn train_again(scratch: &Scratch) {
    let resumed = scratch.run("train runs/cut -q --resume");
    if resumed.code == 0 {
        return;
    }
    // The run came to no config.
    assert!(
        resumed.err.contains("no run to go on with"),
        "{}",
        resumed.err
    );
    scratch.ok(TRAIN);
}

/// Whether a tool is there; where it must be, it is.
fn has_strace() -> bool {
    let there = Command::new("strace").arg("-V").output().is_ok();
    if !there {
        assert!(
            std::env::var_os("NARROWS_STRACE_REQUIRED").is_none(),
            "no strace"
        );
        eprintln!("SKIPPED: no strace to end the program with");
    }
    there
}

/// Runs the program under strace, which does something at the `nth` of some
/// calls; whether there were so many, and how the program ended.
fn injected(scratch: &Scratch, arguments: &str, calls: &str, what: &str, nth: usize) -> Injected {
    let log = scratch.path("strace.log");
    let output = Command::new("strace")
        .args(["-o", log.to_str().unwrap()])
        .args(["-e", &format!("trace={calls}")])
        .args(["-e", &format!("inject={calls}:{what}:when={nth}")])
        .arg(NARROWS)
        .args(arguments.split(' '))
        .current_dir(scratch.path("."))
        .env_remove("CARGO_MANIFEST_DIR")
        .output()
        .unwrap();
    let log_text = fs::read_to_string(&log).unwrap_or_default();
    fs::remove_file(&log).unwrap();
    Injected {
        reached: log_text.contains("INJECTED") || log_text.contains("killed by"),
        at: log_text
            .lines()
            .rfind(|line| line.contains("INJECTED"))
            .or(log_text.lines().rev().nth(1))
            .unwrap_or_default()
            .to_string(),
        code: output.status.code(),
        said: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

struct Injected {
    reached: bool,
    /// The call, as strace shows it.
    at: String,
    code: Option<i32>,
    said: String,
}

/// Nothing of a file that was being written.
fn is_clean(scratch: &Scratch, folder: &str) -> bool {
    let entries = fs::read_dir(scratch.path(folder)).unwrap();
    let mut names = entries.map(|entry| entry.unwrap().file_name());
    names.all(|name| !name.to_string_lossy().starts_with(".narrows-"))
}

/// The number of calls of a kind that a run makes.
fn count(arguments: &str, prepare: &dyn Fn() -> Scratch, calls: &str) -> usize {
    let mut low = 0;
    let mut high = 1;
    let reached = |nth| injected(&prepare(), arguments, calls, "signal=KILL", nth).reached;
    while reached(high) {
        (low, high) = (high, high * 2);
    }
    while low + 1 < high {
        let middle = (low + high) / 2;
        match reached(middle) {
            true => low = middle,
            false => high = middle,
        }
    }
    low
}

#[test]
fn a_run_killed_at_any_call_that_changes_a_disk_ends_in_the_same_bytes() {
    if !has_strace() {
        return;
    }
    let whole = few();
    whole.ok(&TRAIN.replace("cut", "whole"));
    let expected = whole.bytes("runs/whole/model.safetensors");
    for (calls, least) in [
        ("write", 10),
        ("fsync", 14),
        ("renameat", 7),
        ("ftruncate", 7),
    ] {
        let all = count(TRAIN, &few, calls);
        assert!(all >= least, "only {all} calls of {calls}");
        for nth in 1..=all {
            let scratch = few();
            let killed = injected(&scratch, TRAIN, calls, "signal=KILL", nth);
            assert!(killed.reached && killed.code.is_none(), "{calls} {nth}");
            train_again(&scratch);
            let model = scratch.bytes("runs/cut/model.safetensors");
            assert!(model == expected, "killed at {calls} {nth}: {}", killed.at);
            let history = scratch.text("runs/cut/history.jsonl");
            assert_eq!(history.lines().count(), 2, "killed at {calls} {nth}");
            assert!(is_clean(&scratch, "runs/cut"), "killed at {calls} {nth}");
        }
    }
}

#[test]
fn a_disk_that_fails_at_any_call_is_told_of_and_loses_nothing() {
    if !has_strace() {
        return;
    }
    let whole = few();
    whole.ok(&TRAIN.replace("cut", "whole"));
    let expected = whole.bytes("runs/whole/model.safetensors");
    for (calls, error, words) in [
        ("write", "ENOSPC", "No space left on device"),
        ("write", "EIO", "Input/output error"),
        ("fsync", "EIO", "Input/output error"),
        ("fsync", "ENOSPC", "No space left on device"),
        ("renameat", "EIO", "Input/output error"),
        ("mkdir", "ENOSPC", "No space left on device"),
    ] {
        let all = count(TRAIN, &few, calls);
        for nth in 1..=all {
            let scratch = few();
            let failed = injected(&scratch, TRAIN, calls, &format!("error={error}"), nth);
            let what = format!("{error} at {calls} {nth}: {}\n{}", failed.at, failed.said);
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
        for calls in ["write", "fsync", "renameat", "ftruncate"] {
            for nth in 1..=count(again, &prepare, calls) {
                let scratch = prepare();
                let ended = injected(&scratch, again, calls, what, nth);
                let found = scratch.bytes("codes.csv");
                let is_old = found == b"old\n1\n";
                assert!(is_old || found == new, "{what} at {calls} {nth}");
                (old_seen, new_seen) = match is_old {
                    true => (old_seen + 1, new_seen),
                    false => (old_seen, new_seen + 1),
                };
                if what != "signal=KILL" {
                    assert_eq!(ended.code, Some(1), "{what} at {calls} {nth}");
                    assert!(is_clean(&scratch, "."), "{what} at {calls} {nth}");
                }
                scratch.ok(again);
                assert!(scratch.bytes("codes.csv") == new, "{what} at {calls} {nth}");
                assert!(is_clean(&scratch, "."), "{what} at {calls} {nth}");
            }
        }
    }
    assert!(old_seen > 5 && new_seen > 1, "{old_seen} {new_seen}");
}

/// What strace saw of the run folder: a call and the path it was about.
fn calls_of(scratch: &Scratch) -> Vec<(String, String)> {
    let log = scratch.path("strace.log");
    let status = Command::new("strace")
        .args(["-y", "-s", "0", "-o", log.to_str().unwrap(), "-e"])
        .arg("trace=fsync,rename,renameat,renameat2")
        .arg(NARROWS)
        .args(TRAIN.split(' '))
        .current_dir(scratch.path("."))
        .env_remove("CARGO_MANIFEST_DIR")
        .status()
        .unwrap();
    assert!(status.success());
    let text = fs::read_to_string(&log).unwrap();
    let of_file = |line: &str| {
        let (call, rest) = line.split_once('(')?;
        let path = match call {
            "renameat" | "rename" => rest.split('"').nth(3)?,
            _ => rest.split(['<', '>']).nth(1)?,
        };
        Some((call.to_string(), path.to_string()))
    };
    text.lines().filter_map(of_file).collect()
}

#[test]
fn what_is_renamed_was_synced_and_its_folder_is_after_it() {
    if !has_strace() {
        return;
    }
    let scratch = few();
    let calls = calls_of(&scratch);
    let mut renamed = 0;
    for (at, (call, _)) in calls.iter().enumerate() {
        if call != "renameat" && call != "rename" {
            continue;
        }
        renamed += 1;
        let before = &calls[at - 1];
        assert_eq!(before.0, "fsync", "{calls:?}");
        assert!(before.1.contains("/.narrows-"), "{before:?}");
        let after = &calls[at + 1];
        assert!(
            after.0 == "fsync" && after.1.ends_with("runs/cut"),
            "{after:?}"
        );
    }
    // A config, the first checkpoint, those of 2 epochs and of the steps
    // within, a model and a report.
    assert!(renamed >= 7, "{renamed}");
    let synced = |end: &str| {
        let of_it = |(call, path): &&(String, String)| call == "fsync" && path.ends_with(end);
        calls.iter().filter(of_it).count()
    };
    assert_eq!(synced("history.jsonl"), 2);
    assert_eq!(synced("/runs"), 1, "the run folder itself");
}

/// A library that makes every `write` to a file shorter than it was asked for,
/// as a signal or a full quota may.
const SHORT_WRITES: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <sys/types.h>
ssize_t write(int file, const void *bytes, size_t count) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "write");
    return real(file, bytes, file > 2 && count > 1 ? count / 2 : count);
}
"#;

#[test]
fn writes_that_come_up_short_are_gone_on_with() {
    let scratch = few();
    scratch.write("short.c", SHORT_WRITES);
    let compiler = Command::new("cc")
        .args(["-shared", "-fPIC", "-o", "short.so", "short.c", "-ldl"])
        .current_dir(scratch.path("."))
        .status();
    if !compiler.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: no C compiler to make short writes with");
        return;
    }
    scratch.ok(&TRAIN.replace("cut", "whole"));
    let status = Command::new(NARROWS)
        .args(TRAIN.split(' '))
        .current_dir(scratch.path("."))
        .env("LD_PRELOAD", scratch.path("short.so"))
        .env_remove("CARGO_MANIFEST_DIR")
        .status()
        .unwrap();
    assert!(status.success());
    for file in ["model.safetensors", "last.ckpt", "config.toml"] {
        let [cut, whole] = ["cut", "whole"].map(|run| scratch.bytes(&format!("runs/{run}/{file}")));
        assert!(cut == whole, "{file}");
    }
}

/// A disk of its own, so small that it fills.
struct Disk<'s> {
    scratch: &'s Scratch,
}

impl<'s> Disk<'s> {
    fn of(scratch: &'s Scratch, kilobytes: usize) -> Option<Self> {
        fs::create_dir(scratch.path("disk")).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={kilobytes}k"), "tmpfs"])
            .arg(scratch.path("disk"))
            .stderr(Stdio::null())
            .status();
        match mounted {
            Ok(status) if status.success() => Some(Disk { scratch }),
            _ => {
                eprintln!("SKIPPED: only root can make a disk to fill");
                None
            }
        }
    }

    fn resize(&self, kilobytes: usize) {
        let status = Command::new("mount")
            .args(["-o", &format!("remount,size={kilobytes}k")])
            .arg(self.scratch.path("disk"))
            .status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg(self.scratch.path("disk"))
            .status();
    }
}

#[test]
fn a_full_disk_ends_with_exit_code_1_and_the_last_checkpoint_whole() {
    let scratch = few();
    let Some(disk) = Disk::of(&scratch, 4096) else {
        return;
    };
    let train = "train my.toml -q --name cut --out disk --set train.epochs=200";
    scratch.ok(&train.replace("--out disk", "--out whole"));
    // Room for some epochs of the history, which grows.
    let filler = 4096 - 100;
    scratch.write("disk/filler", vec![1; filler * 1024]);
    let full = scratch.run(train);
    assert_eq!(full.code, 1, "{}", full.err);
    assert!(full.err.contains("No space left on device"), "{}", full.err);
    assert!(
        full.err.contains("disk/cut/last.ckpt holds "),
        "{}",
        full.err
    );
    assert!(
        full.err.contains("narrows train disk/cut --resume"),
        "{}",
        full.err
    );
    assert!(is_clean(&scratch, "disk/cut"));
    // With room again it goes on.
    disk.resize(16_384);
    scratch.ok("train disk/cut -q --resume");
    let [cut, whole] =
        ["disk/cut", "whole/cut"].map(|run| scratch.bytes(&format!("{run}/model.safetensors")));
    assert!(cut == whole);
}

#[test]
fn a_hundred_kills_at_random_end_in_the_same_bytes() {
    let scratch = Scratch::new();
    scratch.write("rows.csv", rows(400));
    let config = CONFIG
        .replace("batch = 16", "batch = 4")
        .replace("epochs = 4", "epochs = 40");
    scratch.write("my.toml", config);
    scratch.ok("train my.toml -q --name whole");
    let expected = scratch.bytes("runs/whole/model.safetensors");
    let (mut kills, mut run, mut random, mut within) = (0, 1, 12_345u64, 0);
    while kills < 100 {
        let name = format!("cut{run}");
        let resumes = scratch.path(format!("runs/{name}/config.toml")).exists();
        let arguments = match resumes {
            true => format!("train runs/{name} -q --resume --checkpoint-every 3"),
            false => format!("train my.toml -q --name {name} --checkpoint-every 3"),
        };
        let mut child = Command::new(NARROWS)
            .args(arguments.split(' '))
            .current_dir(scratch.path("."))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        sleep(Duration::from_millis(10 + (random >> 33) % 190));
        if let Some(status) = child.try_wait().unwrap() {
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(status.success(), "{arguments}: {said}");
            let model = scratch.bytes(&format!("runs/{name}/model.safetensors"));
            assert!(model == expected, "{name}");
            run += 1;
            continue;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        let checkpoint = scratch.path(format!("runs/{name}/last.ckpt"));
        within += usize::from(fs::read(checkpoint).is_ok_and(|bytes| is_within_an_epoch(&bytes)));
    }
    let name = format!("cut{run}");
    if scratch.path(format!("runs/{name}/config.toml")).exists() {
        scratch.ok(&format!("train runs/{name} -q --resume"));
        let model = scratch.bytes(&format!("runs/{name}/model.safetensors"));
        assert!(model == expected, "{name}");
    }
    assert!(
        run >= 1 && within >= 10,
        "{within} of 100 within an epoch, {run} runs"
    );
}

/// Whether a checkpoint was written between two steps of an epoch.
fn is_within_an_epoch(checkpoint: &[u8]) -> bool {
    String::from_utf8_lossy(checkpoint).contains(r#"\"under_way\":{"#)
}

#[test]
fn two_processes_never_train_in_one_folder() {
    let scratch = Scratch::new();
    scratch.write("rows.csv", rows(1_500));
    let config = CONFIG
        .replace("batch = 16", "batch = 1")
        .replace("epochs = 4", "epochs = 50");
    scratch.write("my.toml", config);
    let mut first = Command::new(NARROWS)
        .args("train my.toml -q --name one".split(' '))
        .current_dir(scratch.path("."))
        .spawn()
        .unwrap();
    while !scratch.path("runs/one/last.ckpt").exists() {
        sleep(Duration::from_millis(2));
    }
    for arguments in [
        "train runs/one -q --resume",
        "train my.toml -q --name one",
        "train my.toml -q --name one --force",
        "train runs/one -q --finish",
    ] {
        let second = scratch.run(arguments);
        assert_eq!(second.code, 1, "{arguments}: {}", second.err);
        let told = "runs/one: cannot train here: another process is training in this folder";
        assert!(second.err.contains(told), "{arguments}: {}", second.err);
        assert!(scratch.path("runs/one/last.ckpt").exists());
    }
    first.kill().unwrap();
    first.wait().unwrap();
    scratch.ok("train runs/one -q --finish");
}
