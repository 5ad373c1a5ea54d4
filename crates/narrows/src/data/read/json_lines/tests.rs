use super::*;
use crate::data::table::{ColumnKind, TagKind};

fn opened(text: &str, roles: &Roles) -> Result<Table> {
    let input = Input::memory("t.jsonl", text.as_bytes())?;
    let mut objects = open(input, None, roles)?;
    Ok(objects.next(Room::ENDLESS)?.unwrap())
}

fn refused(text: &str, roles: &Roles) -> String {
    opened(text, roles).unwrap_err().to_string()
}

fn looked_at() -> Roles {
    Roles {
        allow_missing: true,
        any_text: true,
        ..Roles::default()
    }
}

fn cells(table: &Table) -> Vec<String> {
    let cell = |row: usize, column: usize| {
        let value = table.value(row, column);
        match &table.columns()[column].kind {
            _ if value.is_nan() => String::new(),
            ColumnKind::Category(levels) => levels[value as usize].clone(),
            _ => value.to_string(),
        }
    };
    let row = |row| {
        let cells = (0..table.columns().len()).map(|column| cell(row, column));
        cells.collect::<Vec<_>>().join("|")
    };
    (0..table.rows()).map(row).collect()
}

fn names(table: &Table) -> Vec<&str> {
    table.columns().iter().map(|c| c.name.as_str()).collect()
}

#[test]
fn keys_are_columns_in_the_order_in_which_they_first_come() {
    let text = "\u{feff}{\"b\": 1.5, \"a\": true}\r\n\n  \n{\"c\": \"x\\ny\", \"a\": false}\n{\"a\":null,\"c\":\"z\",\"b\":-2e3}";
    let table = opened(text, &looked_at()).unwrap();
    assert_eq!(names(&table), ["b", "a", "c"]);
    assert_eq!(cells(&table), ["1.5|1|", "|0|x\ny", "-2000||z"]);
}

#[test]
fn missing_values_are_counted_and_refused_unless_allowed() {
    let message = refused(
        "{\"a\":1,\"b\":2}\n{\"a\":3}\n{\"a\":null,\"b\":1}\n",
        &Roles::default(),
    );
    assert!(
        message.contains("row 2, column 'b': found an empty cell, the first of 2"),
        "{message}"
    );
}

#[test]
fn labels_and_ids_keep_their_kind() {
    let roles = Roles {
        label: Some("kind".into()),
        id: vec!["id".into()],
        ..Roles::default()
    };
    let text = "{\"id\":9007199254740993,\"kind\":1.5,\"a\":1}\n{\"id\":2,\"kind\":2,\"a\":2}\n";
    let table = opened(text, &roles).unwrap();
    let (labels, ids) = (table.labels.unwrap(), table.ids[0].clone());
    assert_eq!(ids.values, ["9007199254740993", "2"]);
    assert_eq!((ids.kind, labels.kind), (TagKind::Integer, TagKind::Number));
    assert_eq!(labels.values, ["1.5", "2"]);
}

#[test]
fn lists_and_objects_are_columns_that_cannot_be_read() {
    let text = "{\"a\":1,\"b\":[1,[2]],\"c\":null}\n{\"a\":2,\"b\":null,\"c\":{\"d\":{}}}\n";
    let table = opened(text, &looked_at()).unwrap();
    assert_eq!(names(&table), ["a"]);
    let unread = [("b", "lists"), ("c", "objects")];
    let unread = unread.map(|(name, holds)| (name.to_string(), holds.to_string()));
    assert_eq!(table.unread, unread);
    let message = refused(text, &Roles::default());
    assert!(
        message.contains("found lists in 'b', objects in 'c', expected columns of numbers"),
        "{message}"
    );
    let roles = Roles {
        ignore: vec!["b".into(), "c".into()],
        ..Roles::default()
    };
    assert_eq!(names(&opened(text, &roles).unwrap()), ["a"]);
    let roles = Roles {
        one_hot: vec!["b".into()],
        ignore: vec!["c".into()],
        ..Roles::default()
    };
    let message = refused(text, &roles);
    assert!(
        message.contains("row 1, column 'b': found a list"),
        "{message}"
    );
    assert!(refused("{\"a\":[]}", &looked_at()).contains("only lists in 'a'"));
}

#[test]
fn lists_and_objects_are_not_looked_at_for_what_columns_are() {
    let text = "{\"a\":1,\"b\":[1]}\n{\"a\":2,\"b\":\"x\"}\n";
    for ignore in [vec![], vec!["b".to_string()]] {
        let roles = Roles {
            observes: true,
            ignore,
            ..Roles::default()
        };
        let input = Input::memory("t.jsonl", text.as_bytes()).unwrap();
        let seen = open(input, None, &roles).unwrap().observe();
        let seen = seen.unwrap().unwrap();
        assert_eq!(seen.columns[0].1.known, 2);
    }
}

#[test]
fn what_is_no_object_is_refused_with_its_line() {
    for (line, found, hint) in [
        (
            "{\"a\":2",
            "what is no JSON object (EOF",
            "correct the line",
        ),
        (
            "[1,2]",
            "what is no JSON object",
            "not one list of all rows",
        ),
        ("{", "what is no JSON object", "each object on one line"),
        ("{\"a\":NaN}", "what is no JSON object", "write null"),
        ("{\"a\":1}{\"a\":2}", "trailing characters", "correct"),
        ("{\"a\":1,\"a\":2}", "the key 'a' more than once", "rename"),
        ("7", "what is no JSON object", "correct the line"),
        (
            "{\"a\":1e999}",
            "a number that 64 bits cannot hold",
            "correct it",
        ),
    ] {
        let message = refused(&format!("{{\"a\":1}}\n\n{line}\n"), &looked_at());
        assert!(message.starts_with("t.jsonl: line 3: found "), "{message}");
        assert!(
            message.contains(found) && message.contains(hint),
            "{message}"
        );
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(refused(&deep, &looked_at()).contains("only lists in 'a'"));
    assert!(refused("\n \n", &looked_at()).contains("no object with a key"));
    assert!(refused("{}\n{}\n", &looked_at()).contains("no object with a key"));
}

#[test]
fn few_of_very_many_keys_in_each_line_are_refused_before_they_fill_the_memory() {
    let lines = (0..30_000).map(|row| format!("{{\"k{row}\":1}}\n"));
    let message = refused(&lines.collect::<String>(), &looked_at());
    assert!(message.contains("unpack to more than"), "{message}");
}

#[test]
fn rows_for_a_model_from_a_pipe_have_the_keys_of_the_first_line() {
    let roles = Roles {
        optional: true,
        ..looked_at()
    };
    let message = refused("{\"a\":1}\n{\"a\":2,\"b\":3}\n", &roles);
    assert!(
        message.contains("line 2: found the key 'b', which the first line has not"),
        "{message}"
    );
    // A model's own columns are known, and others are of no interest to it.
    let roles = Roles {
        only: Some(vec!["a".into(), "b".into()]),
        ..roles
    };
    let table = opened("{\"b\":1}\n{\"a\":2,\"c\":[]}\n", &roles).unwrap();
    assert_eq!(names(&table), ["b", "a"]);
    assert_eq!(cells(&table), ["1|", "|2"]);
    let message = refused("{\"x\":1}\n", &roles);
    assert!(
        message.contains("column 'a': found no such column"),
        "{message}"
    );
    // The parts of a time are no keys.
    let mut roles = roles;
    roles.only = Some(vec!["a".into(), "when.day".into(), "when.weekday".into()]);
    let kind = serde_json::from_str("\"time:%Y-%m-%d:day,weekday\"").unwrap();
    roles.kinds.insert("when".into(), kind);
    let table = opened("{\"a\":1,\"when\":\"1970-01-02\"}\n", &roles).unwrap();
    assert_eq!(names(&table), ["a", "when.day", "when.weekday"]);
    assert_eq!(cells(&table), ["1|1|4"]);
    let table = opened("{\"a\":1}\n", &roles).unwrap();
    assert_eq!(cells(&table), ["1||"]);
}
