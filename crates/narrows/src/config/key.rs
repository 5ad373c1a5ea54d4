//! Parts a change, `table.key=value`, into its key and its value.

use toml::de::DeValue;

/// Parts a change into the names of its key and the text of its value. Names of
/// columns may hold points, and all else in quotes; `None` if there is no `=`.
pub(super) fn parted(change: &str) -> Option<(Vec<String>, &str)> {
    let (mut names, mut rest) = (Vec::new(), change.trim_start());
    loop {
        let quoted = rest.strip_prefix('"').and_then(|inner| {
            let end = closing(inner)?;
            let name = DeValue::parse(&rest[..end + 2]).ok()?.into_inner();
            Some((name.as_str()?.to_string(), rest[end + 2..].trim_start()))
        });
        if let Some((name, behind)) = quoted {
            names.push(name);
            match behind.strip_prefix('.') {
                Some(more) => rest = more,
                None => return Some((joined(names), behind.strip_prefix('=')?)),
            }
            continue;
        }
        let (name, ends) = match rest.find(['.', '=']) {
            Some(at) if rest[at..].starts_with('.') => (&rest[..at], false),
            Some(at) => (&rest[..at], true),
            None => return None,
        };
        rest = &rest[name.len() + 1..];
        names.push(name.trim().into());
        if ends {
            return Some((joined(names), rest));
        }
    }
}

/// Returns where the quote ends that a text is in.
fn closing(inner: &str) -> Option<usize> {
    let mut escaped = false;
    inner.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

/// Joins the parts of a column's name, which may hold points.
fn joined(names: Vec<String>) -> Vec<String> {
    match &names[..] {
        [data, kinds, column @ ..] if column.len() > 1 && data == "data" && kinds == "kinds" => {
            vec![data.clone(), kinds.clone(), column.join(".")]
        }
        _ => names,
    }
}

#[cfg(test)]
mod tests {
    use super::super::ConfigText;

    #[test]
    fn columns_are_named_with_points_and_in_quotes() {
        let kind = |change: &str, column: &str| {
            let config = ConfigText::new("a", "", &[change.to_string()])
                .parse()
                .unwrap();
            config.data.kinds.get(column).map(ToString::to_string)
        };
        for (change, column, found) in [
            ("data.kinds.zip=category", "zip", "category"),
            ("data.kinds.a.b=text", "a.b", "text"),
            (r#"data.kinds."a.b"=text"#, "a.b", "text"),
            (r#"data.kinds."a = \"b\"" = id"#, "a = \"b\"", "id"),
            ("data.kinds.x=circular:360", "x", "circular:360"),
            ("data.kinds.x=time:%H:%M", "x", "time:%H:%M"),
            ("data.kinds.2019=number", "2019", "number"),
        ] {
            assert_eq!(kind(change, column).as_deref(), Some(found), "{change}");
        }
        let both = ["data.kinds.a=text", "data.kinds.b=id", "data.kinds.a="];
        let config = ConfigText::new("a", "", &both.map(String::from))
            .parse()
            .unwrap();
        assert_eq!(config.data.kinds.len(), 1);
        let wrong = ["data.kinds.a=numbr".to_string()];
        let message = ConfigText::new("a", "", &wrong)
            .parse()
            .unwrap_err()
            .to_string();
        assert!(message.contains("did you mean `number`?"), "{message}");
    }
}
