//! Collects the classes of rows, for variants that use them.

use crate::base::error::{Error, Result};
use crate::data::labels;
use crate::data::table::Table;
use crate::objective::variant::Variants;

/// Class names, and the class of every row.
#[derive(Debug, Default)]
pub(super) struct Classes {
    /// Class names in the order of the components that they take.
    pub names: Vec<String>,
    /// `None` for rows without a label; empty if no variant uses labels.
    pub of: Vec<Option<usize>>,
}

impl Classes {
    /// Reads the labels of a table as classes, if a variant uses them.
    ///
    /// # Errors
    /// [`Error::Config`] if there are none, or more than components.
    pub fn new(table: &Table, variants: &Variants) -> Result<Self> {
        let Some(most) = variants.iter().find_map(|v| v.classes()) else {
            return Ok(Classes::default());
        };
        let refuse = |found: String, hint: &str| {
            let expected = format!("labels of at most {most} classes, one for each component");
            Err(Error::config("adversarial.labels", found, expected, hint))
        };
        let Some(tags) = &table.labels else {
            let hint = "name the column of labels in data.label, or leave out adversarial.labels";
            return refuse("rows without labels".into(), hint);
        };
        let names = labels::classes(tags);
        if names.is_empty() || names.len() > most {
            return refuse(
                format!("{} classes in '{}'", names.len(), tags.name),
                "set adversarial.components to their number",
            );
        }
        let class = |label: &String| names.iter().position(|name| name == label.trim());
        let of = tags.values.iter().map(class).collect();
        Ok(Classes { names, of })
    }
}
