//! Runs the real program in a scratch folder, and makes rows for it.

pub mod numbers;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

/// The path of the program.
pub const NARROWS: &str = env!("CARGO_BIN_EXE_narrows");

/// A config for [`rows`]: every kind of column, done within seconds.
pub const CONFIG: &str = r#"seed = 7
[data]
source = "rows.csv"
label = "kind"
id = "name"
ignore = ["note"]
one_hot = ["colour"]
missing = "mean"
[network]
hidden = [6]
code = 2
[optimizer]
rate = 0.01
[train]
epochs = 4
batch = 16
"#;

/// Returns a report without the data and the script at its end.
pub fn without_script(page: &str) -> &str {
    page.split("<script type").next().unwrap_or_default()
}

/// Returns `count` rows as CSV: the columns `name`, `kind`, `a`, `b`, `c`,
/// `colour` and `note`. `b` follows `a`, and `colour` follows `c`; every 17th
/// `b` is missing.
pub fn rows(count: usize) -> String {
    let mut text = String::from("name,kind,a,b,c,colour,note\n");
    for row in 0..count {
        // Steps of two irrational numbers: spread out, and never equal.
        let a = (row as f64 * 0.754_877) % 1.0;
        let c = (row as f64 * 0.569_840) % 1.0;
        let b = match row % 17 {
            16 => String::new(),
            _ => format!("{:.4}", 10.0 * a + c),
        };
        let kind = if row % 3 == 0 { "cat" } else { "dog" };
        let colour = ["red", "green", "blue"][(c * 3.0) as usize];
        writeln!(
            text,
            "r{row},{kind},{a:.4},{b},{:.4},{colour},\"well, well\"",
            -c
        )
        .unwrap();
    }
    text
}

/// A folder that is removed after the test.
pub struct Scratch {
    folder: TempDir,
}

/// The result of a run of the program.
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// All of standard output.
    pub out: Vec<u8>,
    /// All of standard error.
    pub err: String,
}

impl Ran {
    /// Returns standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.out.clone()).unwrap()
    }

    /// Returns standard output as the one JSON object it must be.
    pub fn json(&self) -> Value {
        let text = self.text();
        assert_eq!(text.lines().count(), 1, "{text}");
        let value: Value = serde_json::from_str(&text).unwrap();
        assert!(value.is_object(), "{text}");
        value
    }
}

impl Scratch {
    /// Creates an empty folder.
    pub fn new() -> Self {
        Scratch {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Creates a folder with `rows.csv` and its `config.toml`.
    pub fn with_rows() -> Self {
        let scratch = Self::new();
        scratch.write("rows.csv", rows(120));
        scratch.write("my.toml", CONFIG);
        scratch
    }

    /// Creates a folder with rows, and a model of them in the run folder
    /// `runs/my`.
    pub fn with_model() -> Self {
        let scratch = Self::with_rows();
        scratch.ok("train my.toml -q");
        scratch
    }

    /// Returns the path of a file or folder in here.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    /// Returns the content of a file.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// Returns the content of a text file.
    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).unwrap()
    }

    /// Returns the cells of a CSV file without quotes, its header first.
    pub fn cells(&self, name: &str) -> Vec<Vec<String>> {
        cells(&self.text(name))
    }

    /// Lists every file and folder in here with its size, in order.
    pub fn listing(&self) -> Vec<(PathBuf, u64)> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.path().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let size = fs::symlink_metadata(&path).unwrap().len();
                if path.is_dir() {
                    folders.push(path.clone());
                    found.push((path, 0));
                } else {
                    found.push((path, size));
                }
            }
        }
        found.sort();
        found
    }

    /// Runs the program with arguments separated by spaces.
    pub fn run(&self, arguments: &str) -> Ran {
        self.run_on(arguments, "")
    }

    /// Runs the program with `input` on standard input.
    pub fn run_on(&self, arguments: &str, input: impl Into<Vec<u8>>) -> Ran {
        self.run_all(&arguments.split_whitespace().collect::<Vec<_>>(), input)
    }

    /// Runs the program with arguments that may contain spaces.
    pub fn run_all(&self, arguments: &[&str], input: impl Into<Vec<u8>>) -> Ran {
        let output = assert_cmd::Command::new(NARROWS)
            .args(arguments)
            .current_dir(self.folder.path())
            .env("RUST_BACKTRACE", "1")
            .env_remove("COLUMNS")
            .env_remove("CARGO_MANIFEST_DIR")
            .write_stdin(input)
            .output()
            .unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: output.stdout,
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs the program, which must succeed.
    pub fn ok(&self, arguments: &str) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "narrows {arguments}: {}", ran.err);
        ran
    }

    /// Runs the program, which must refuse with an exit code, one clear message
    /// and every file unchanged. Returns the message without `error: `.
    pub fn refused(&self, arguments: &str, code: i32) -> String {
        self.refused_all(&arguments.split_whitespace().collect::<Vec<_>>(), code)
    }

    /// Runs as [`Self::refused`], with arguments that may contain spaces.
    pub fn refused_all(&self, arguments: &[&str], code: i32) -> String {
        let before = self.listing();
        let ran = self.run_all(arguments, "");
        let shown = arguments.join(" ");
        assert_eq!(ran.code, code, "narrows {shown}: {}", ran.err);
        assert_eq!(ran.text(), "", "narrows {shown}");
        assert_eq!(self.listing(), before, "narrows {shown}");
        let message = ran.err.strip_prefix("error: ").unwrap_or_else(|| {
            panic!("narrows {shown} said more than its error: {}", ran.err);
        });
        for word in ["panicked", "backtrace", "BACKTRACE", "has a bug", ".rs:"] {
            assert!(!message.contains(word), "narrows {shown}: {message}");
        }
        // One line, then an empty one and the hint.
        let lines: Vec<&str> = message.lines().collect();
        let hinted = lines.len() == 3 && lines[1].is_empty() && lines[2].starts_with("hint: ");
        assert!(hinted, "narrows {shown}: {message}");
        message.trim_end().into()
    }
}

/// Returns the cells of CSV text without quotes, its header first.
pub fn cells(text: &str) -> Vec<Vec<String>> {
    text.lines()
        .map(|line| line.split(',').map(str::to_string).collect())
        .collect()
}
