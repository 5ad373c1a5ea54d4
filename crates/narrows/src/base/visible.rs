//! Shows texts of files without letting them act on a terminal.

use std::borrow::Cow;

/// Returns a text with all escaped that would move a terminal's cursor, change
/// its colours or title, break the line, or turn the direction of reading:
/// control characters, line separators and controls of bidirectional text.
///
/// Names, texts and paths come from files and folders that somebody else may
/// have made; whatever shows them to people passes them through here.
pub fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, acts)
}

/// Returns a text of several lines as [`visible`] does, but with its line feeds.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c != '\n' && acts(c))
}

/// Returns JSON of the same meaning in which texts are as [`visible`].
pub fn visible_json(json: &str) -> Cow<'_, str> {
    // Only texts can hold such characters, and JSON escapes the first 32.
    if !json.contains(acts) {
        return json.into();
    }
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        match acts(c) && c >= ' ' {
            true => shown += &format!("\\u{:04x}", u32::from(c)),
            false => shown.push(c),
        }
    }
    shown.into()
}

/// Returns whether a character does something to a terminal or a line.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200e}' | '\u{200f}' // marks of direction
            | '\u{2028}'..='\u{202e}' // separators, embeddings, overrides
            | '\u{2066}'..='\u{2069}' // isolates
            | '\u{feff}')
}

fn escaped(text: &str, escapes: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&escapes) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match escapes(c) {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    shown.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\u{1b}]0;PWN\u{7}\u{9b}31m\nb\u{202e}cba\u{2066}\r";

    #[test]
    fn nothing_acts_on_a_terminal() {
        let shown = visible(HOSTILE);
        assert_eq!(
            shown,
            r"a\u{1b}]0;PWN\u{7}\u{9b}31m\nb\u{202e}cba\u{2066}\r"
        );
        assert_eq!(visible_lines("a\nb\u{1b}"), "a\nb\\u{1b}");
        for plain in ["", "Größe 5 €, 日本語", "עברית", "a\u{200d}b 👩‍🔬"] {
            assert_eq!(visible(plain), plain);
        }
    }

    #[test]
    fn json_keeps_its_meaning() {
        let json = serde_json::json!({ "name": HOSTILE }).to_string();
        let shown = visible_json(&json);
        assert!(!shown.contains(acts), "{shown}");
        let read: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(read["name"], HOSTILE);
    }
}
