//! Explains text that is not valid TOML: what its line lacks. The parser gives
//! the position. Its message is shown, but nothing is decided by its words.

use std::ops::Range;

use toml::de::DeTable;

use crate::base::error::Error;
use crate::base::hint::{Hint, Remedy};

const LINE: &str = "a line is `key = value`, with quotes around a text";

/// Returns the error for text that the parser refused.
pub(super) fn error(origin: &str, text: &str, refused: &toml::de::Error) -> Error {
    let span = refused.span().unwrap_or(0..0);
    let number = line_at(text, span.start);
    let line = text.lines().nth(number - 1).unwrap_or("").trim_ascii();
    let (expected, hint) = match is_there_twice(text, &span) {
        true if line.starts_with('[') => (
            "each key and table once",
            "put the keys of both under one of them".into(),
        ),
        true => ("each key and table once", "leave one of the two out".into()),
        false if !line.starts_with('[') && is_in_list(text, &span) => (
            "commas between the values of a list, and `]` at its end",
            "a list is `[500, 250]`; this one may have begun above".into(),
        ),
        false => missed(line),
    };
    let found = match line.ends_with('=') {
        true => "no value",
        false => refused.message().split(',').next().unwrap_or_default(),
    };
    Error::Config {
        origin: origin.into(),
        line: Some(number),
        key: line.into(),
        found: format!("broken TOML ({})", found.trim()),
        expected: expected.into(),
        hint,
    }
}

/// Returns the number of the line that holds a byte, counted from 1.
pub(super) fn line_at(text: &str, byte: usize) -> usize {
    let before = &text.as_bytes()[..byte.min(text.len())];
    before.iter().filter(|&&b| b == b'\n').count() + 1
}

/// Returns whether `span` holds a key or table that the text already has:
/// whether the parser gets further if the name is replaced by another.
fn is_there_twice(text: &str, span: &Range<usize>) -> bool {
    const OTHER: &str = "a-key-that-is-nowhere-else";
    let name = text.get(span.clone()).unwrap_or("");
    if DeTable::parse(&format!("{name} = 0")).is_err() {
        return false;
    }
    let renamed = format!("{}{OTHER}{}", &text[..span.start], &text[span.end..]);
    let refused = DeTable::parse(&renamed).err();
    refused.is_none_or(|e| {
        e.span()
            .is_some_and(|at| at.start >= span.start + OTHER.len())
    })
}

/// Returns whether a list has begun before `span` and not ended.
fn is_in_list(text: &str, span: &Range<usize>) -> bool {
    let before = text.get(..span.start).unwrap_or("");
    DeTable::parse(before).is_err() && DeTable::parse(&format!("{before}]")).is_ok()
}

/// Returns what was expected of a line that is not valid TOML, and a hint.
fn missed(line: &str) -> (&'static str, Hint) {
    let (key, value) = line.split_once('=').unwrap_or((line, ""));
    let value = value.split(" #").next().unwrap_or("");
    let (key, value) = (key.trim_ascii(), value.trim_ascii());
    let is_number = |text: &str| text.parse::<f64>().is_ok();
    let is_word = value.chars().all(|c| c.is_alphanumeric() || c == '_');
    let (expected, hint) = match value {
        _ if DeTable::parse(line).is_ok() => (
            "the end of a text or table that began above",
            "close its quotes or its brace",
        ),
        "" if line.starts_with('{') => return ("lines of `key = value`", is_toml()),
        "" if line.starts_with('[') && !line.contains(']') => (
            "`]` after a table's name",
            "a table is `[name]` on a line of its own",
        ),
        "" if line.contains(':') => return ("`key = value`, or `[table]`", is_toml()),
        "" if !line.contains('=') => ("`key = value`, or `[table]`", LINE),
        "" | "null" | "none" | "None" => (
            "a value after `=`",
            "write one, or take the line out for the default",
        ),
        text if ["true", "false"]
            .iter()
            .any(|t| text.eq_ignore_ascii_case(t)) =>
        {
            ("true or false", "both are written in small letters")
        }
        text if !text.ends_with(',')
            && is_number(&text.replace(',', "."))
            && text.contains(',') =>
        {
            ("a number", "write decimals with a point")
        }
        text if text.trim_start_matches(['+', '-']).starts_with('.') && is_number(text) => {
            ("a number", "write a 0 before the point")
        }
        _ if DeTable::parse(&format!("{key} = 0")).is_err() => {
            ("a key of letters, digits, `_` and `-` before `=`", LINE)
        }
        text if is_number(text) => (
            "a number",
            "write digits on both sides of the point, and no 0 in front",
        ),
        word if is_word && !word.starts_with(|c: char| c.is_ascii_digit()) => {
            return (
                "quotes around a text",
                format!("write {key} = \"{word}\"").into(),
            );
        }
        text if text.starts_with('{') && !text.ends_with('}') => {
            ("`}` at the end of a table", LINE)
        }
        text if text.contains('\\') => (
            r"`\\` for each `\` of a text",
            r"or write it between single quotes, in which `\` is itself",
        ),
        text if text.matches(['"', '\'']).count() % 2 == 1 => {
            ("quotes on both sides of a text", LINE)
        }
        _ => ("one value after `=`", LINE),
    };
    (expected, hint.into())
}

/// Returns the hint that a config is TOML, with a way to start one.
fn is_toml() -> Hint {
    Hint::from("a config is TOML: ").and(Remedy::StartConfig)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_lines_are_told_what_they_miss() {
        for (line, word) in [
            ("epochs =", "take the line out"),
            ("tied = True", "small letters"),
            ("rate = 0,001", "a point"),
            ("rate = .001", "a 0 before"),
            ("name = sgd", "name = \"sgd\""),
            ("epochs: 3", "TOML"),
            ("[train", "`[name]`"),
            ("depth = null", "take the line out"),
            ("tied = FALSE # not now", "small letters"),
            ("name = sgd # plain", "name = \"sgd\""),
            ("rate = 1.", "both sides"),
            ("epochs = 08", "no 0 in front"),
            ("label = 'x", "quotes around a text"),
            (r#"label = "C:\data""#, "single quotes"),
        ] {
            let (_, hint) = missed(line);
            let hint = hint.to_string();
            assert!(hint.contains(word), "{line}: {hint}");
        }
    }

    /// Returns the line and the expectation in the error for a text.
    fn told(text: &str) -> (Option<usize>, String) {
        let refused = DeTable::parse(text).unwrap_err();
        match error("", text, &refused) {
            Error::Config { line, expected, .. } => (line, expected),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn what_is_there_twice_is_told_from_what_is_broken() {
        for (text, line) in [
            ("seed = 1\nseed = 2\n", 2),
            ("seed = 1\nseed = 2\nbatch = x\n", 2),
            ("[train]\nbatch = 1\n[train]\n", 3),
            ("train.batch = 1\n[train]\n", 2),
            ("[network]\nhidden = [1,\n2]\nhidden = [\n3]\n", 4),
            ("train = {batch = 1, batch = 2}\n", 1),
            ("seed = 1\n[seed.x]\n", 2),
            ("[data]\n'id' = 'a'\n\"id\" = 'b'\n", 3),
        ] {
            let expected = (Some(line), "each key and table once".into());
            assert_eq!(told(text), expected, "{text}");
        }
        for text in [
            "seed = seed\n",
            "seed: 1\n",
            "seed\n",
            "seed = 1 seed = 2\n",
            "seed = \"a\\q\"\n",
            "[train\n",
            "[train seed]\n",
            "hidden = [1\nseed = 2\n",
            "seed = \"\"\"seed\n",
        ] {
            assert_ne!(told(text).1, "each key and table once", "{text}");
        }
    }

    #[test]
    fn a_list_that_does_not_end_is_told_where_it_should_have() {
        for (text, line) in [
            ("[network]\nhidden = [3, 4\ncode = 2\n", 3),
            ("hidden = [3, 4\n\n# no more\n", 1),
            ("hidden = [\n500\n250\n]\n", 3),
            ("hidden = [500 250]\n", 1),
        ] {
            let (number, expected) = told(text);
            assert!(expected.contains("`]` at its end"), "{text}: {expected}");
            assert!(number >= Some(line), "{text}: {number:?}");
        }
    }
}
