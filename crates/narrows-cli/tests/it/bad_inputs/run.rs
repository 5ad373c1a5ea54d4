//! Runs one case and checks its outcome.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4;

use super::case::Case;
use super::made;
use super::prepared::Prepared;
use crate::common::{NARROWS, Scratch};

/// Every mistake must be reported within this time.
const LONGEST: Duration = Duration::from_secs(1);
/// No bad input takes more memory, in bytes.
const LARGEST: u64 = 256_000_000;
/// Attempts, since a busy machine may be slow once.
const TRIES: usize = 3;

/// The outcome of a case.
pub struct Outcome {
    /// The exit code.
    pub code: i32,
    /// All of standard error.
    pub err: String,
    /// All of standard output.
    out: String,
    /// The shortest time of the tries.
    time: Duration,
    /// Peak memory in bytes.
    memory: u64,
    /// Files that were not there before.
    left: Vec<PathBuf>,
    /// Files that are gone or of another size.
    lost: Vec<PathBuf>,
}

/// Runs a case in a folder of its own.
pub fn run(case: &Case, prepared: &Prepared) -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path("");
    prepared.copy(&case.given, &folder);
    for (name, file) in &case.files {
        file.put(&folder.join(name), prepared);
    }
    let input = case.input.as_ref().map(|input| input.bytes(prepared));
    let before = scratch.listing();
    let mut outcome = once(case, &folder, input.as_deref());
    for _ in 1..TRIES {
        if outcome.time > LONGEST {
            let again = once(case, &folder, input.as_deref());
            outcome.time = outcome.time.min(again.time);
        }
    }
    let after = scratch.listing();
    let only = |a: &[(PathBuf, u64)], b: &[(PathBuf, u64)]| {
        let names = a.iter().filter(|file| !b.contains(file));
        let names = names.map(|(path, _)| path.strip_prefix(&folder).unwrap_or(path).into());
        names.collect()
    };
    outcome.left = only(&after, &before);
    outcome.lost = only(&before, &after);
    outcome
}

fn once(case: &Case, folder: &Path, input: Option<&[u8]>) -> Outcome {
    // Files rather than pipes, which could fill up.
    let mut given = tempfile::tempfile().unwrap();
    given.write_all(input.unwrap_or_default()).unwrap();
    given.rewind().unwrap();
    let mut out = tempfile::tempfile().unwrap();
    let mut err = tempfile::tempfile().unwrap();
    let started = Instant::now();
    let mut child = Command::new(NARROWS)
        .args(case.args.list().iter().map(|text| argument(text)))
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("TMPDIR", folder)
        .env("RUST_BACKTRACE", "1")
        .stdin(Stdio::from(given))
        .stdout(Stdio::from(out.try_clone().unwrap()))
        .stderr(Stdio::from(err.try_clone().unwrap()))
        .spawn()
        .unwrap();
    let used = child.wait4().unwrap();
    Outcome {
        code: used.status.code().unwrap_or(-1),
        err: all(&mut err),
        out: all(&mut out),
        time: started.elapsed(),
        memory: used.rusage.maxrss,
        left: Vec::new(),
        lost: Vec::new(),
    }
}

fn all(file: &mut File) -> String {
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Converts an argument in which `\xff` is a byte.
fn argument(text: &str) -> OsString {
    OsString::from_vec(made::escaped(text))
}

impl Outcome {
    /// Lists every deviation, one per line; empty if there is none.
    pub fn mistakes(&self, case: &Case) -> String {
        let mut text = String::new();
        let mut add = |line: String| text += &format!("  {line}\n");
        if self.err != case.told() {
            let indented = |text: &str| text.trim_end().replace('\n', "\n    | ");
            add(format!("said\n    | {}", indented(&self.err)));
            add(format!("expected\n    | {}", indented(&case.told())));
        }
        if self.code != case.code {
            add(format!("exit code {}, expected {}", self.code, case.code));
        }
        if !self.out.is_empty() {
            let start: String = self.out.chars().take(200).collect();
            add(format!("printed {start:?}"));
        }
        let clean = self.left.is_empty() && self.lost.is_empty();
        if clean && case.todo.is_some() {
            add("leaves nothing: take its `todo` out".into());
        }
        if case.todo.is_none() {
            for path in &self.left {
                add(format!("left {}", path.display()));
            }
            for path in &self.lost {
                add(format!("changed {}", path.display()));
            }
        }
        if self.time > LONGEST {
            add(format!("took {:.2} s", self.time.as_secs_f64()));
        }
        if self.memory > LARGEST {
            add(format!("took {} MB of memory", self.memory / 1_000_000));
        }
        text
    }
}

/// Describes the largest and the slowest case, to show the margin.
pub fn extremes(cases: &[Case], outcomes: &[Outcome]) -> String {
    let both = || cases.iter().zip(outcomes);
    let (slow, time) = both().max_by_key(|(_, o)| o.time).unwrap();
    let (large, memory) = both().max_by_key(|(_, o)| o.memory).unwrap();
    format!(
        "{} cases; the slowest took {:.2} s ({}), the largest {} MB ({})",
        cases.len(),
        time.time.as_secs_f64(),
        slow.name,
        memory.memory / 1_000_000,
        large.name
    )
}
