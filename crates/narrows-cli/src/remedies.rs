//! What the program calls the remedies of the library's errors.

use narrows::Remedy;

/// Returns a remedy as a command or flags that can be copied.
pub fn word(remedy: &Remedy) -> String {
    match remedy {
        Remedy::Set { key, value } => format!("--set {key}={value}"),
        Remedy::SetColumns { settings, .. } => {
            let flags = changes(settings);
            let flags = flags
                .iter()
                .map(|change| format!("--set {}", shell(change)));
            flags.collect::<Vec<_>>().join(" ")
        }
        Remedy::SetKind { column, kind } => format!("--set {}", shell(&of_kind(column, kind))),
        // A classifier's settings are flags.
        Remedy::LeaveOut(key) if key.starts_with("classifier.") => {
            let flag = key["classifier.".len()..].replace('_', "-");
            format!("leave out --{flag}")
        }
        Remedy::LeaveOut(key) => format!("leave out {key} (--set {key}=)"),
        Remedy::TrainGenerative => {
            "`narrows train … --set variational={}`, with all else as it was".into()
        }
        Remedy::TrainAgain => "train again without --resume".into(),
        Remedy::TrainApart => "train anew under another --name".into(),
        Remedy::Overwrite => "overwrite it with --force".into(),
        Remedy::SafeCsv => "--safe-csv".into(),
        Remedy::AllowMemory => "--memory".into(),
        Remedy::NameLabel => "--label COLUMN".into(),
        Remedy::StartConfig => "`narrows init` prints one to start from".into(),
        Remedy::ExplainConfig => {
            "`narrows init NAME` prints a kind's keys with their meanings".into()
        }
        Remedy::ExplainClassifier => "`narrows classify train --help` says what each is".into(),
        Remedy::InspectModel => "`narrows inspect MODEL`".into(),
        Remedy::InspectData => "`narrows inspect DATA`".into(),
        Remedy::Encode => "`narrows encode`".into(),
        Remedy::UseClassifier => "`narrows classify`".into(),
        Remedy::TrainClassifier => "`narrows classify train`".into(),
        Remedy::Predict => "`narrows classify predict`".into(),
        Remedy::ListLooks => "`narrows look --help`".into(),
        other => other.to_string(),
    }
}

/// Returns the settings as `--set` takes them: `key=value`. In a list either all
/// names are bare words or none is.
pub fn changes(settings: &[(&'static str, Vec<String>)]) -> Vec<String> {
    let change = |(key, columns): &(&'static str, Vec<String>)| {
        let mut items: Vec<String> = columns.iter().map(|name| item(name)).collect();
        if items.iter().any(|item| item.starts_with('"')) {
            items = columns.iter().map(|name| quoted(name)).collect();
        }
        match &items[..] {
            [item] => format!("{key}={item}"),
            items => format!("{key}=[{}]", items.join(",")),
        }
    };
    settings.iter().map(change).collect()
}

/// Returns the setting that gives a column a kind, as `--set` takes it.
pub fn of_kind(column: &str, kind: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    match column.chars().all(is_bare) && !column.is_empty() {
        true => format!("data.kinds.{column}={kind}"),
        false => format!("data.kinds.{}={kind}", quoted(column)),
    }
}

/// Returns a name as an item of a list: quoted if TOML would read it as
/// anything but a bare word.
fn item(name: &str) -> String {
    let is_plain = name
        .chars()
        .all(|c| c.is_alphanumeric() || "_-".contains(c));
    let is_word = name.chars().any(char::is_alphabetic) && !["true", "false"].contains(&name);
    // TOML reads numbers of several bases, which begin with a digit or a sign.
    let is_number =
        name.starts_with(|c: char| c.is_ascii_digit() || c == '-') || name.parse::<f64>().is_ok();
    if is_plain && is_word && !is_number {
        return name.into();
    }
    quoted(name)
}

/// Quotes a name as TOML does.
pub fn quoted(name: &str) -> String {
    let text = serde_json::to_string(name).expect("a text is valid JSON");
    // What is shown stays a text that TOML reads.
    narrows::program::visible_json(&text).into_owned()
}

/// Returns an argument as a shell takes it.
pub fn shell(argument: &str) -> String {
    let is_plain = argument
        .chars()
        .all(|c| c.is_alphanumeric() || "_-.=".contains(c));
    if is_plain {
        return argument.into();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The compiler cannot tell, since the library may add some.
    #[test]
    fn every_remedy_has_words_of_the_program() {
        let library = include_str!("../../narrows/src/base/hint.rs");
        let (_, from) = library.split_once("pub enum Remedy {").unwrap();
        let (variants, _) = from.split_once("\n}").unwrap();
        let names = variants.lines().filter_map(|line| {
            let name = line.strip_prefix("    ")?;
            let end = name.find([',', '(', ' ']).unwrap_or(name.len());
            name.starts_with(char::is_uppercase).then(|| &name[..end])
        });
        let names: Vec<&str> = names.collect();
        assert!(names.len() > 15, "{names:?}");
        let own = include_str!("remedies.rs");
        let (words, _) = own.split_once("#[cfg(test)]").unwrap();
        let worded: Vec<&str> = words
            .split("Remedy::")
            .map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap())
            .collect();
        for name in names {
            assert!(worded.contains(&name), "{name}");
        }
    }

    #[test]
    fn settings_of_columns_are_flags_that_a_shell_takes() {
        let columns = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let set = |settings| Remedy::SetColumns {
            settings,
            plain: true,
        };
        let settings = vec![
            ("data.one_hot", columns(&["kind", "colour"])),
            ("data.ignore", columns(&["my note"])),
        ];
        assert_eq!(
            word(&set(settings)),
            r#"--set 'data.one_hot=[kind,colour]' --set 'data.ignore="my note"'"#
        );
        let kind = |column: &str, kind: &str| {
            let (column, kind) = (column.into(), kind.into());
            word(&Remedy::SetKind { column, kind })
        };
        assert_eq!(kind("zip", "text"), "--set data.kinds.zip=text");
        assert_eq!(
            kind("a.b", "time:%d/%m/%Y"),
            r#"--set 'data.kinds."a.b"=time:%d/%m/%Y'"#
        );
        for (name, flag) in [
            ("colour", "--set data.ignore=colour"),
            ("1e5", r#"--set 'data.ignore="1e5"'"#),
            ("0xff", r#"--set 'data.ignore="0xff"'"#),
            ("nan", r#"--set 'data.ignore="nan"'"#),
            ("o'clock", r#"--set 'data.ignore="o'\''clock"'"#),
            ("a\u{202e}b", r#"--set 'data.ignore="a\u202eb"'"#),
        ] {
            let settings = vec![("data.ignore", columns(&[name]))];
            assert_eq!(word(&set(settings)), flag);
        }
    }
}
