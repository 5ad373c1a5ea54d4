//! Prints everything: data and JSON to standard output, all else to standard
//! error.
//!
//! Names, texts and paths may come from anybody, so whatever is printed for
//! people is first made [`visible`]: here, and where a name goes into a text of
//! several lines.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::panic::{self, UnwindSafe};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use indicatif::HumanCount;
use narrows::program::{visible, visible_json, visible_lines};
use narrows::write::is_standard_output;
use narrows::{Error, Note};
use serde_json::Value;

use crate::remedies;

/// The amount and form of what is printed.
pub struct Output {
    quiet: bool,
    json: bool,
    terminal: bool,
    /// What was told of files so far.
    notes: Mutex<Vec<String>>,
    /// The warnings so far.
    warnings: Mutex<Vec<String>>,
    /// What the columns of rows are taken for.
    kinds: Mutex<Vec<Value>>,
}

impl Output {
    /// Creates the output that the flags `--quiet` and `--json` ask for.
    pub fn new(quiet: bool, json: bool) -> Self {
        Output {
            quiet,
            json,
            // A dumb terminal cannot move its cursor.
            terminal: io::stderr().is_terminal()
                && std::env::var_os("TERM").is_none_or(|kind| kind != "dumb"),
            notes: Mutex::default(),
            warnings: Mutex::default(),
            kinds: Mutex::default(),
        }
    }

    /// Returns whether only results and errors are wanted.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Returns whether a JSON object is wanted.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Returns whether standard error is a terminal, where a bar can move.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Prints a line about the work to standard error.
    pub fn say(&self, line: impl Display) {
        if !self.quiet {
            say(line);
        }
    }

    /// Prints a warning; the JSON of the result has it among `warnings`.
    pub fn warn(&self, warning: impl Display) {
        let warning = warning.to_string();
        self.say(format_args!("warning: {}", visible(&warning)));
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        warnings.push(warning);
    }

    /// Prints what was inferred about a file, each note once; the JSON of the
    /// result has them as `notes`.
    pub fn notes(&self, notes: &[Note]) {
        let mut told = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        for note in notes {
            let note = note.worded(remedies::word);
            if !told.contains(&note) {
                self.say(format_args!("note: {}", visible(&note)));
                told.push(note);
            }
        }
    }

    /// Prints, if quiet, why the program fails although its files are written;
    /// otherwise a warning has said it.
    pub fn failed(&self, reason: impl Display) {
        if self.quiet {
            say(format_args!("error: {reason}"));
        }
    }

    /// Prints the error for which the program stops.
    pub fn error(&self, error: &Error) {
        say(format_args!("error: {}", error.worded(remedies::word)));
    }

    /// Keeps what columns are taken for, for the JSON of the result.
    pub fn kinds(&self, kinds: Vec<Value>) {
        *self.kinds.lock().unwrap_or_else(PoisonError::into_inner) = kinds;
    }

    /// Prints the result: one JSON object if that is wanted, else text. A
    /// reader that has gone away is not an error; a full disk is.
    pub fn result(&self, json: &Value, text: impl Display) -> narrows::Result<()> {
        if self.json {
            let mut json = json.clone();
            let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
            if !notes.is_empty() {
                json["notes"] = notes.clone().into();
            }
            let kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
            if !kinds.is_empty() {
                json["kinds"] = kinds.clone().into();
            }
            // A training has its own, in its words.
            let warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
            if !warnings.is_empty() && json.get("warnings").is_none() {
                json["warnings"] = warnings.clone().into();
            }
            print(format!("{}\n", visible_json(&json.to_string())).as_bytes())
        } else {
            print(visible_lines(&text.to_string()).as_bytes())
        }
    }

    /// Prints the outcome of a job whose data went to a file: JSON if that is
    /// wanted, else a line about the work.
    pub fn done(&self, json: &Value, line: impl Display) -> narrows::Result<()> {
        if self.json {
            return self.result(json, "");
        }
        self.say(line);
        Ok(())
    }

    /// Refuses to write data and JSON both to standard output.
    pub fn check_target(&self, target: &str) -> narrows::Result<()> {
        if self.json && (target == "-" || is_standard_output(Path::new(target))) {
            return Err(Error::usage(
                format!("--json together with -o {target}"),
                "one of the two on standard output",
                "name a file for the rows",
            ));
        }
        Ok(())
    }
}

/// Returns the command that runs the program, so that a suggested command can
/// be copied. Cargo sets the variable for the programs that it runs.
pub fn program() -> &'static str {
    match std::env::var_os("CARGO_MANIFEST_DIR") {
        Some(_) => "cargo run --release --",
        None => "narrows",
    }
}

/// Prints lines to standard error.
pub fn say(lines: impl Display) {
    // Nobody may be listening, which is no reason to stop.
    let _ = writeln!(io::stderr(), "{}", visible_lines(&lines.to_string()));
}

/// Prints what the parser of the command line has to say, and ends the program.
pub fn exit(error: &clap::Error) -> ! {
    let plain = error.render().to_string();
    if visible_lines(&plain) == plain {
        error.exit();
    }
    say(plain.trim_end());
    std::process::exit(error.exit_code());
}

/// Writes bytes to standard output. A reader that has gone away is not an
/// error.
pub fn print(bytes: &[u8]) -> narrows::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::file("standard output", "write", e))
        }
        _ => Ok(()),
    }
}

/// Runs the program. A panic is our bug, and is reported as one, without a
/// trace. Panics that the library catches, as in damaged Parquet files, are not
/// reported.
pub fn catch_panics(run: impl FnOnce() -> ExitCode + UnwindSafe) -> ExitCode {
    static LAST: Mutex<String> = Mutex::new(String::new());
    panic::set_hook(Box::new(|info| {
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string();
    }));
    panic::catch_unwind(run).unwrap_or_else(|_| {
        let last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        say(format_args!(
            "error: narrows has a bug: {last}\n\nhint: please report this with the command and, if you can, the data"
        ));
        ExitCode::FAILURE
    })
}

/// Writes 12,345 for 12345.
pub fn grouped(number: usize) -> String {
    HumanCount(number as u64).to_string()
}

/// Writes four significant digits, without an exponent if that is readable.
pub fn short(number: f64) -> String {
    if number == 0.0 {
        return "0".into();
    }
    let magnitude = number.abs().log10().floor() as i32;
    match magnitude {
        -6..=3 => format!("{number:.*}", (3 - magnitude).max(0) as usize),
        4..=9 if number < 0.0 => format!("-{}", grouped(-number.round() as usize)),
        4..=9 => grouped(number.round() as usize),
        _ => format!("{number:.3e}"),
    }
}

/// Writes 97.31 % for 0.9731.
pub fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// Writes `1 row`, `2 rows`, `60,000 rows`.
pub fn rows(count: usize) -> String {
    plural(count, "row")
}

/// Writes `1 epoch`, `2 epochs`, `60,000 epochs` for an `epoch`.
pub fn plural(count: usize, one: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {one}{s}", grouped(count))
}

/// Returns a path as it is shown in a message.
pub fn shown(path: &Path) -> String {
    visible(&path.to_string_lossy()).into_owned()
}

/// Returns a path as text, for JSON, which has no bytes that are not UTF-8.
pub fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Quotes a path or another argument for a shell, if necessary.
pub fn argument(text: impl Display) -> String {
    let text = text.to_string();
    let plain = |c: char| c.is_alphanumeric() || "_-./:=@%+,\\".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text
    } else if visible(&text) != text {
        // Bash and zsh take escapes in quotes like these.
        let escaped = text.chars().map(|c| match c {
            '\\' | '\'' => format!("\\{c}"),
            c if visible(&c.to_string()) == c.to_string() => c.into(),
            c => format!("\\u{:04x}", u32::from(c)),
        });
        format!("$'{}'", escaped.collect::<String>())
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_grouped() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(60_000), "60,000");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(short(0.009_553), "0.009553");
        assert_eq!(short(13.866), "13.87");
        assert_eq!(short(12345.6), "12,346");
        assert_eq!(short(-12345.6), "-12,346");
        assert_eq!(short(-0.25), "-0.2500");
        assert_eq!(short(1e-9), "1.000e-9");
        assert_eq!(plural(1, "epoch"), "1 epoch");
        assert_eq!(argument("runs/a"), "runs/a");
        assert_eq!(argument("my data.csv"), "'my data.csv'");
        assert_eq!(argument("it's"), r"'it'\''s'");
        assert_eq!(argument("a\u{1b}b'\n"), r"$'a\u001bb\'\u000a'");
    }
}
