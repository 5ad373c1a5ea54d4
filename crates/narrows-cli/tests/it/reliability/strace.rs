//! Runs the program under `strace`, which shows its system calls, ends it at
//! one of them or makes one fail.

use std::fs;
use std::process::Command;

use crate::common::{NARROWS, Scratch};

/// Returns whether strace is there; fails if it is required but missing.
pub fn has_strace() -> bool {
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

/// A system call.
#[derive(Debug)]
pub struct Call {
    pub kind: String,
    /// The file of the call; for a rename, the new name.
    pub path: String,
    /// Its number among the run's calls of its kind, counted from 1.
    pub nth: usize,
}

/// Returns a run's calls of some kinds, in their order.
pub fn calls(scratch: &Scratch, arguments: &str, kinds: &[&str]) -> Vec<Call> {
    let log = scratch.path("strace.log");
    let status = Command::new("strace")
        .args(["-y", "-s", "0", "-o", log.to_str().unwrap(), "-e"])
        .arg(format!("trace={}", kinds.join(",")))
        .arg(NARROWS)
        .args(arguments.split(' '))
        .current_dir(scratch.path("."))
        .env_remove("CARGO_MANIFEST_DIR")
        .status()
        .unwrap();
    assert!(status.success());
    let text = fs::read_to_string(&log).unwrap();
    fs::remove_file(&log).unwrap();
    let mut calls: Vec<Call> = Vec::new();
    for line in text.lines() {
        let Some((kind, rest)) = line.split_once('(') else {
            continue;
        };
        let path = match kind {
            "renameat" | "rename" => rest.split('"').nth(3),
            "mkdir" => rest.split('"').nth(1),
            _ => rest.split(['<', '>']).nth(1),
        };
        let before = calls.iter().filter(|call| call.kind == kind).count();
        calls.push(Call {
            kind: kind.into(),
            path: path.unwrap_or_default().into(),
            nth: before + 1,
        });
    }
    calls
}

/// The end of a run that was disturbed at a call.
pub struct Injected {
    /// Whether there was such a call.
    pub reached: bool,
    /// The call, as strace shows it.
    pub at: String,
    pub code: Option<i32>,
    pub said: String,
}

/// Runs the program under strace, which does something at the `nth` call of a
/// kind.
pub fn injected(
    scratch: &Scratch,
    arguments: &str,
    kind: &str,
    what: &str,
    nth: usize,
) -> Injected {
    let log = scratch.path("strace.log");
    let output = Command::new("strace")
        .args(["-o", log.to_str().unwrap()])
        .args(["-e", &format!("trace={kind}")])
        .args(["-e", &format!("inject={kind}:{what}:when={nth}")])
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
