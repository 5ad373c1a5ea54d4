//! Columns of the data that are copied beside the scores.

use narrows::{Error, Place, Result, Table, Tags};

/// Returns the scores of a part with columns of its file among their ids: those
/// called `keep`, parted by commas, or all.
pub fn with_kept(mut scores: Table, part: &Table, keep: &str) -> Result<Table> {
    let Some(texts) = part.texts() else {
        return Err(Error::usage(
            format!("--keep {keep} for rows of {}", part.origin()),
            "rows of a table with named columns",
            "leave --keep out",
        ));
    };
    let names: Vec<&str> = match keep {
        "all" => texts.names.iter().map(String::as_str).collect(),
        names => names.split(',').map(str::trim).collect(),
    };
    for name in names {
        let is_there = |tags: &Tags| tags.name == name;
        if scores.ids().iter().any(is_there) || scores.labels().is_some_and(is_there) {
            continue;
        }
        let Some(at) = texts.names.iter().position(|known| known == name) else {
            return Err(Error::data(
                part.origin(),
                Place::Whole,
                format!("no column '{name}'"),
                "the columns that --keep names",
                format!("there are {}", texts.names.join(", ")),
            ));
        };
        let cells = (0..part.rows()).map(|row| texts.cells[row * texts.names.len() + at].clone());
        // A column of the scores may be called the same.
        let mut own = name.to_string();
        while scores.columns().iter().any(|column| column.name == own) {
            own.insert_str(0, "data_");
        }
        scores = scores.with_ids(Tags::new(own, cells))?;
    }
    Ok(scores)
}
