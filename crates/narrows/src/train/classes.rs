//! The classes of rows, for variants that are told them.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::table::Table;

/// The class of every row, counted from 0 in the order of the labels' texts;
/// none for rows without a label. Empty where no variant takes labels.
pub(super) fn classes(table: &Table, config: &Config) -> Result<Vec<Option<usize>>> {
    let variants = config.variants();
    let Some(most) = variants.iter().find_map(|v| v.classes()) else {
        return Ok(Vec::new());
    };
    let refuse = |found: String, hint: &str| {
        let expected = format!("labels of at most {most} classes, one for each component");
        Err(Error::config("adversarial.labels", found, expected, hint))
    };
    let Some(labels) = &table.labels else {
        let hint = "name the column of labels in data.label, or leave adversarial.labels out";
        return refuse("rows without labels".into(), hint);
    };
    let mut names: Vec<&String> = labels.values.iter().filter(|l| !l.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() || names.len() > most {
        return refuse(
            format!("{} classes in '{}'", names.len(), labels.name),
            "set adversarial.components to their number",
        );
    }
    let class = |label: &String| names.binary_search(&label).ok();
    Ok(labels.values.iter().map(class).collect())
}
