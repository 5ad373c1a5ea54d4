//! Redraws lines at the foot of a terminal in place.

use std::io;

use console::Term;

/// Lines that change, below lines that stay.
pub struct Screen {
    term: Term,
    shown: Vec<String>,
}

impl Screen {
    /// Creates an empty screen on standard error.
    pub fn new() -> Self {
        // Buffered, so that a frame arrives in one piece.
        Self::on(Term::buffered_stderr())
    }

    fn on(term: Term) -> Self {
        let shown = Vec::new();
        Screen { term, shown }
    }

    /// Returns the columns and rows for the lines: the cursor needs one of each.
    pub fn room(&self) -> (usize, usize) {
        let (rows, columns) = self.term.size();
        let room = |size: u16| usize::from(size).saturating_sub(1);
        (room(columns), room(rows))
    }

    /// Replaces the lines that are shown; each must be within [`Screen::room`].
    pub fn show(&mut self, lines: Vec<String>) {
        // A closed terminal is no reason to stop a training.
        let _ = self.back().and_then(|()| self.write(&lines));
        self.shown = lines;
    }

    /// Prints a line that stays, above those that change. The terminal wraps it
    /// if it is long.
    pub fn print(&mut self, line: &str) {
        let _ = self
            .back()
            .and_then(|()| self.term.clear_to_end_of_screen())
            .and_then(|()| self.term.write_line(line))
            .and_then(|()| self.write(&self.shown));
    }

    /// Replaces the lines that are shown by others that stay.
    pub fn end(&mut self, lines: Vec<String>) {
        self.show(lines);
        self.shown.clear();
    }

    /// Moves the cursor to the first of the lines that are shown.
    fn back(&self) -> io::Result<()> {
        let columns = usize::from(self.term.size().1);
        self.term.move_cursor_up(rows(&self.shown, columns))
    }

    /// Writes each line over the one before, instead of clearing all first, so
    /// that nothing flickers.
    fn write(&self, lines: &[String]) -> io::Result<()> {
        for line in lines {
            self.term.clear_line()?;
            self.term.write_line(line)?;
        }
        self.term.clear_to_end_of_screen()?;
        self.term.flush()
    }
}

/// Returns the number of rows that lines take. Most terminals rewrap long lines
/// when they are made narrower, so lines may take more rows than when they were
/// drawn.
fn rows(lines: &[String], columns: usize) -> usize {
    let rows = |line: &String| console::measure_text_width(line).div_ceil(columns.max(1));
    lines.iter().map(|line| rows(line).max(1)).sum()
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::File;
    use std::io::{Read, Seek};

    use super::*;

    /// Returns what the terminal receives.
    fn received(work: impl FnOnce(&mut Screen)) -> String {
        let mut file = tempfile::tempfile().unwrap();
        let copy = |file: &File| file.try_clone().unwrap();
        work(&mut Screen::on(Term::read_write_pair(
            copy(&file),
            copy(&file),
        )));
        file.rewind().unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        text.replace('\u{1b}', "^")
            .replace("\r^[2K", "<line>")
            .replace("\r^[0J", "<rest>")
    }

    fn lines(lines: &[&str]) -> Vec<String> {
        lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn lines_are_written_over_those_before() {
        let text = received(|screen| {
            screen.show(lines(&["a", "b"]));
            screen.show(lines(&["c"]));
            screen.print("stays");
            screen.end(lines(&["d"]));
            screen.end(lines(&[]));
        });
        let expected = [
            "<line>a\n<line>b\n<rest>",
            "^[2A<line>c\n<rest>",
            "^[1A<rest>stays\n<line>c\n<rest>",
            "^[1A<line>d\n<rest>",
            "<rest>",
        ];
        assert_eq!(text, expected.concat());
    }

    #[test]
    fn lines_are_wrapped_anew_in_a_narrower_terminal() {
        let shown = lines(&["12345678", "", "1234", "\u{1b}[36m12345\u{1b}[0m"]);
        assert_eq!(rows(&shown, 8), 4);
        assert_eq!(rows(&shown, 4), 2 + 1 + 1 + 2);
    }
}
