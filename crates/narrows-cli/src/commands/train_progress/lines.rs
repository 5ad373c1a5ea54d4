//! Fits lines of text into a terminal's width.

use console::Style;

use super::curve::{BETWEEN, MARK};

/// Draws a bar in the room that a text leaves, followed by the text.
pub fn bar_beside(done: f64, text: &str, width: usize) -> String {
    let room = width.saturating_sub(text.chars().count() + 1);
    let full = ((done.clamp(0.0, 1.0) * room as f64) as usize).min(room);
    let space = if room > 0 { " " } else { "" };
    let bar = "█".repeat(full) + &"░".repeat(room - full);
    fitting(format!("{bar}{space}{text}"), width)
}

/// Joins words with spaces, in as many lines as they need.
pub fn flow(words: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 2 + word.chars().count() <= width => {
                *line += "  ";
                *line += word;
            }
            _ => lines.push(fitting(word.clone(), width)),
        }
    }
    lines
}

/// Cuts a line to a width.
pub fn fitting(line: String, width: usize) -> String {
    let tail = if width > 0 { "…" } else { "" };
    console::truncate_str(&line, width, tail).into_owned()
}

/// Colours the two lines of a curve, if the terminal has colours. Their
/// characters tell them apart everywhere.
pub fn coloured(line: &str) -> String {
    let style = |c: char| match c {
        '\u{2800}'..='\u{28ff}' => Style::new().cyan(),
        MARK | BETWEEN => Style::new().yellow(),
        _ => Style::new(),
    };
    let characters: Vec<char> = line.chars().collect();
    let runs = characters.chunk_by(|a, b| style(*a) == style(*b));
    runs.map(|run| {
        let text = String::from_iter(run);
        style(run[0]).for_stderr().apply_to(text).to_string()
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_takes_the_room_beside_its_text() {
        assert_eq!(bar_beside(0.5, "text", 13), "████░░░░ text");
        assert_eq!(bar_beside(1.0, "text", 9), "████ text");
        assert_eq!(bar_beside(0.5, "long text", 9), "long text");
        assert_eq!(bar_beside(0.5, "long text", 6), "long …");
    }

    #[test]
    fn words_flow_into_lines() {
        let words = ["a 1", "b 2", "c 3", "much too long"].map(String::from);
        assert_eq!(flow(&words, 8), ["a 1  b 2", "c 3", "much to…"]);
    }
}
