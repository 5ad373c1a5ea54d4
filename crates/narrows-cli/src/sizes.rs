//! Sets the sizes of a network and its training that a config leaves open, as
//! suits a table.

use narrows::config::Sizes;
use narrows::{ConfigText, Note, Result, Table};

/// Returns the config with the sizes that suit a table, and what was set; `None`
/// if the config sets them all, or if its rows are no table.
///
/// # Errors
/// Those of the config.
pub fn sized(text: ConfigText, table: &Table) -> Result<(ConfigText, Option<Note>)> {
    let config = text.parse()?;
    let is_table = table.image().is_none() && config.convolutional.is_none();
    if !is_table || config.layerwise.is_some() {
        return Ok((text, None));
    }
    let sizes = Sizes::of(table);
    let all = [
        ("network.hidden", format!("{:?}", sizes.hidden)),
        ("network.code", sizes.code.to_string()),
        ("train.batch", sizes.batch.to_string()),
        ("train.epochs", sizes.epochs.to_string()),
    ];
    let open: Vec<String> = all
        .iter()
        .filter(|(key, _)| !text.sets(key))
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    if open.is_empty() {
        return Ok((text, None));
    }
    let note = Note::new(
        format!("sizes that suit the table: {}", open.join(", ")),
        "a config or --set says otherwise",
    );
    Ok((text.with(open), Some(note)))
}
