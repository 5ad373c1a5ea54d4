//! Finds the column that says when each row of a series was.

use narrows::config::{DataConfig, Kind};
use narrows::read::{Inferred, Verdict};
use narrows::{Error, Note, Place, Result};

/// Returns the column of times of rows that are to become windows, and what is told of
/// it; `None` if `data.time` names one, or no column holds times.
///
/// # Errors
/// [`Error::Data`] if several columns hold times.
pub fn time_of<'a>(found: &'a [Inferred], data: &DataConfig) -> Result<Option<(&'a str, Note)>> {
    if data.window.is_none() || data.time.is_some() {
        return Ok(None);
    }
    let holds_times = |column: &&Inferred| {
        matches!(
            column.verdict,
            Verdict::Kind(Kind::Time(_)) | Verdict::Ambiguous(_)
        )
    };
    let mut times = found.iter().filter(holds_times);
    let Some(time) = times.next() else {
        return Ok(None);
    };
    if let Some(other) = times.next() {
        return Err(Error::data(
            &data.source,
            Place::Whole,
            format!("two columns of times, '{}' and '{}'", time.name, other.name),
            "one that says in which order rows are, since data.window is set",
            "name it: data.time",
        ));
    }
    let note = Note::new(
        format!("windows are of rows in the order of '{}'", time.name),
        "data.time names another column",
    );
    Ok(Some((&time.name, note)))
}
