//! Refuses kinds of columns that contradict other settings.

use crate::base::error::{Error, Result};
use crate::data::time_format::TimeFormat;
use crate::settings::{DataConfig, Kind};

/// Refuses kinds of columns that other settings name too, and formats that are
/// none.
///
/// # Errors
/// [`Error::Config`] with the key of the column.
pub(super) fn check_kinds(data: &DataConfig) -> Result<()> {
    let mut kinds = data.kinds.iter();
    kinds.try_for_each(|(column, kind)| check_kind(data, column, kind))
}

/// Refuses a kind of a column that another setting names too, and a format
/// that is none.
fn check_kind(data: &DataConfig, column: &String, kind: &Kind) -> Result<()> {
    let key = || format!("data.kinds.{column}");
    let others = [
        ("data.one_hot", data.one_hot.contains(column)),
        ("data.ignore", data.ignore.contains(column)),
        ("data.label", data.label.as_ref() == Some(column)),
        ("data.id", data.id.contains(column)),
    ];
    if let Some((other, _)) = others.into_iter().find(|(_, names)| *names) {
        return Err(Error::config(
            &key(),
            format!("the kind \"{kind}\" of a column that {other} names too"),
            "one role for each column",
            "take it out of one of the two",
        ));
    }
    let Kind::Time(time) = kind else {
        return Ok(());
    };
    let Some(text) = &time.format else {
        return Ok(());
    };
    let format = TimeFormat::new(text);
    let lacks = |format: &TimeFormat| {
        let mut parts = time.parts.iter();
        parts.find(|part| !format.parts().contains(part)).copied()
    };
    let found = match format.as_ref().map(lacks) {
        Some(None) => return Ok(()),
        Some(Some(part)) => format!("the part \"{}\" of times as \"{text}\"", part.name()),
        None => format!("times as \"{text}\""),
    };
    Err(Error::config(
        &key(),
        found,
        "a format with all of a date, or a time of day, of which the parts are made",
        "for instance \"time:%d.%m.%Y\" or \"time:%Y-%m-%d %H:%M\"",
    ))
}

#[cfg(test)]
mod tests {
    use crate::Config;

    fn refused(data: &str) -> String {
        let text = format!("[data]\n{data}\n");
        Config::from_toml("a.toml", &text).unwrap_err().to_string()
    }

    #[test]
    fn a_column_has_one_role() {
        for (key, value) in [
            ("one_hot", "[\"a\"]"),
            ("ignore", "[\"a\"]"),
            ("label", "\"a\""),
            ("id", "\"a\""),
        ] {
            let message = refused(&format!("{key} = {value}\nkinds = {{ a = \"number\" }}"));
            assert!(
                message.starts_with("a.toml:3: `data.kinds.a`")
                    && message.contains(&format!("data.{key} names too")),
                "{message}"
            );
        }
    }

    #[test]
    fn kinds_that_are_none_are_refused_at_their_key() {
        for (kind, part) in [
            ("categry", "did you mean `category`?"),
            ("time:%Q", "times as \\\"%Q\\\""),
            ("time:%H:%M:season", "the part \\\"season\\\""),
            ("circular", "circular with its period"),
            ("ordinal:S", "ordinal with its texts in order"),
        ] {
            let message = refused(&format!("kinds = {{ \"a.b\" = {kind:?} }}"));
            let part = part.replace("\\\"", "\"");
            assert!(
                message.contains("`data.kinds.a.b`") && message.contains(&part),
                "{message}"
            );
        }
    }
}
