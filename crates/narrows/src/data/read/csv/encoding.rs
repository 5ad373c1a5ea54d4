//! Decodes the cells of a table of text.

use std::borrow::Cow;

use crate::base::note::Note;

/// How characters beyond ASCII were written so far.
#[derive(Default)]
pub(super) struct Encoding {
    /// Whether a cell was UTF-8 beyond ASCII.
    utf8: bool,
    /// Whether a cell was in Windows-1252.
    windows: bool,
    notes: Vec<Note>,
}

impl Encoding {
    /// Returns a cell's text, which is UTF-8, or Windows-1252 if nothing in the
    /// file is UTF-8 beyond ASCII; `None` if the file has both.
    pub fn decode<'a>(&mut self, cell: &'a [u8]) -> Option<Cow<'a, str>> {
        if let Ok(text) = std::str::from_utf8(cell) {
            self.utf8 |= !self.utf8 && !text.is_ascii();
            return (!self.utf8 || !self.windows || text.is_ascii()).then_some(text.into());
        }
        if !self.windows {
            self.windows = true;
            self.notes.push(Note::new(
                "characters that are not UTF-8 are read as Windows-1252",
                "save the file as UTF-8 if they come out wrong",
            ));
        }
        (!self.utf8).then(|| decoded(cell))
    }

    /// Returns what was inferred since the last call.
    pub fn notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }
}

/// Returns a cell's text, by itself UTF-8 or else Windows-1252.
pub(super) fn decoded(cell: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(cell) {
        Ok(text) => text.into(),
        Err(_) => {
            encoding_rs::WINDOWS_1252
                .decode_without_bom_handling(cell)
                .0
        }
    }
}
