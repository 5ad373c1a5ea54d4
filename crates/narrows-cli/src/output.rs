//! What the program says: data and JSON to standard output, all else to
//! standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::panic::{self, UnwindSafe};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use narrows::Error;
use serde_json::Value;

/// How much to say, and in which form.
pub struct Output {
    quiet: bool,
    json: bool,
    terminal: bool,
}

impl Output {
    /// By the flags `--quiet` and `--json`.
    pub fn new(quiet: bool, json: bool) -> Self {
        Output {
            quiet,
            json,
            // A dumb one cannot move its cursor.
            terminal: io::stderr().is_terminal()
                && std::env::var_os("TERM").is_none_or(|kind| kind != "dumb"),
        }
    }

    /// Whether nothing but results and errors is wanted.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether a JSON object is wanted.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Whether standard error is a terminal, where a bar can move.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// A line about the work, to standard error.
    pub fn say(&self, line: impl Display) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "{line}");
        }
    }

    /// Something worth a word although nothing failed.
    pub fn warn(&self, warning: impl Display) {
        self.say(format_args!("warning: {warning}"));
    }

    /// Why the program stops.
    pub fn error(&self, error: &Error) {
        let _ = writeln!(io::stderr(), "error: {error}");
    }

    /// The result: as one JSON object where asked, else as text. A reader
    /// that has gone away is no error; a full disk is.
    pub fn result(&self, json: &Value, text: impl Display) -> narrows::Result<()> {
        match self.json {
            true => print(format!("{json}\n").as_bytes()),
            false => print(text.to_string().as_bytes()),
        }
    }

    /// The outcome of a job whose data went to a file: JSON where asked, else
    /// a line about the work.
    pub fn done(&self, json: &Value, line: impl Display) -> narrows::Result<()> {
        if self.json {
            return self.result(json, "");
        }
        self.say(line);
        Ok(())
    }

    /// Refuses to write data and JSON both to standard output.
    pub fn check_target(&self, target: &str) -> narrows::Result<()> {
        if self.json && target == "-" {
            return Err(Error::usage(
                "--json together with -o -",
                "one of the two on standard output",
                "name a file for the rows",
            ));
        }
        Ok(())
    }
}

/// How the program is called: what a suggestion begins with, so that it can
/// be copied. Cargo says so when it runs a program.
pub fn program() -> &'static str {
    match std::env::var_os("CARGO_MANIFEST_DIR") {
        Some(_) => "cargo run --release --",
        None => "narrows",
    }
}

/// Writes to standard output. A reader that has gone away is no error.
pub fn print(bytes: &[u8]) -> narrows::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::file("standard output", "write", e))
        }
        _ => Ok(()),
    }
}

/// Runs the program; a panic is our bug, and is told as such, without a
/// trace. Panics that the library catches, as in damaged Parquet files, are
/// not told.
pub fn catch_panics(run: impl FnOnce() -> ExitCode + UnwindSafe) -> ExitCode {
    static LAST: Mutex<String> = Mutex::new(String::new());
    panic::set_hook(Box::new(|info| {
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string();
    }));
    panic::catch_unwind(run).unwrap_or_else(|_| {
        let last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = writeln!(
            io::stderr(),
            "error: narrows has a bug: {last}\n\nhint: please report this with the command and, if you can, the data"
        );
        ExitCode::FAILURE
    })
}

/// 12,345 for 12345.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Four significant digits, without an exponent where it can be helped.
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

/// `1 row`, `2 rows`, `60,000 rows`.
pub fn rows(count: usize) -> String {
    counted(count, "row")
}

/// The same of other things.
pub fn counted(count: usize, one: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {one}{s}", grouped(count))
}

/// A path or other argument as a shell takes it in a suggested command.
pub fn argument(text: impl Display) -> String {
    let text = text.to_string();
    let plain = |c: char| c.is_alphanumeric() || "_-./:=@%+,\\".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', r"'\''")),
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
        assert_eq!(counted(1, "epoch"), "1 epoch");
        assert_eq!(argument("runs/a"), "runs/a");
        assert_eq!(argument("my data.csv"), "'my data.csv'");
        assert_eq!(argument("it's"), r"'it'\''s'");
    }
}
