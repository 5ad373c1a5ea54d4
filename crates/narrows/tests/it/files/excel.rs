//! Checks what is read of Excel workbooks.

use narrows::read::{Parts, Roles, read};
use narrows::{ColumnKind, Table};

use crate::books::{
    DATE, DATE_AND_TIME, DURATION, TIME, archive, book, boolean, empty, error, number, rows,
    shared, styled, text,
};

/// Reads a workbook with a name that ends in `end`.
fn read_book(bytes: &[u8], end: &str, roles: &Roles) -> narrows::Result<Table> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.xlsx");
    std::fs::write(&path, bytes).unwrap();
    read(&format!("{}{end}", path.display()), roles)
}

fn refused(bytes: &[u8], end: &str) -> String {
    read_book(bytes, end, &Roles::default())
        .unwrap_err()
        .to_string()
}

fn looked_at() -> Roles {
    let mut roles = Roles::default();
    (roles.allow_missing, roles.any_text) = (true, true);
    roles
}

/// Returns the cells as text; what is missing is empty.
fn cells(table: &Table) -> Vec<Vec<String>> {
    let cell = |row: usize, column: usize| {
        let value = table.value(row, column);
        match &table.columns()[column].kind {
            _ if value.is_nan() => String::new(),
            ColumnKind::Category(levels) => levels[value as usize].clone(),
            _ => value.to_string(),
        }
    };
    let columns = 0..table.columns().len();
    let row = |row| columns.clone().map(|column| cell(row, column)).collect();
    (0..table.rows()).map(row).collect()
}

fn names(table: &Table) -> Vec<&str> {
    table.columns().iter().map(|c| c.name.as_str()).collect()
}

fn notes(table: &Table) -> String {
    let notes = table.notes().iter().map(ToString::to_string);
    notes.collect::<Vec<_>>().join("\n")
}

/// Returns a header of names.
fn header(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| text(name)).collect()
}

#[test]
fn every_type_of_cell_is_read() {
    let sheet = rows(&[
        header(&["a", "flag", "day", "at", "clock", "took", "word", "odd"]),
        vec![
            number(1.5),
            boolean(true),
            styled(DATE, 45_322.0),
            styled(DATE_AND_TIME, 45_322.437_5),
            styled(TIME, 0.4375),
            styled(DURATION, 1.25),
            shared(1),
            number(7),
        ],
        vec![
            number(-2e-3),
            boolean(false),
            styled(DATE, 45_323.0),
            styled(DATE_AND_TIME, 45_323.0),
            styled(TIME, 0.5),
            styled(DURATION, 0.5),
            shared(0),
            error("#DIV/0!"),
        ],
        vec![
            empty(),
            boolean(true),
            empty(),
            styled(DATE_AND_TIME, 45_324.5),
            styled(TIME, 0.75),
            styled(DURATION, 2.0),
            text("NA"),
            number(9),
        ],
    ]);
    let bytes = book(&[("Data", sheet)], &["blue", " red\nsea "]);
    let table = read_book(&bytes, "", &looked_at()).unwrap();
    assert_eq!(
        names(&table),
        ["a", "flag", "day", "at", "clock", "took", "word", "odd"]
    );
    let expected = [
        "1.5|1|2024-01-31|2024-01-31 10:30:00|10:30:00|1.25|red\nsea|7",
        "-0.002|0|2024-02-01|2024-02-01 00:00:00|12:00:00|0.5|blue|",
        "|1||2024-02-02 12:00:00|18:00:00|2||9",
    ];
    let found: Vec<String> = cells(&table).iter().map(|row| row.join("|")).collect();
    assert_eq!(found, expected);
    let notes = notes(&table);
    assert!(
        notes.contains("1 cell with the error #DIV/0! is missing"),
        "{notes}"
    );
    assert!(
        notes.contains("durations are read as numbers of days"),
        "{notes}"
    );
}

#[test]
fn roles_and_types_part_the_columns() {
    let mut all = vec![header(&["id", "kind", "colour", "a"])];
    for row in 0..4 {
        all.push(vec![
            number(100 + row),
            number(row % 2),
            text(["red", "blue"][row % 2]),
            number(0.25 * row as f64),
        ]);
    }
    let bytes = book(&[("Data", rows(&all))], &[]);
    let mut roles = Roles::default();
    (roles.id, roles.label) = (vec!["id".into()], Some("kind".into()));
    roles.one_hot = vec!["colour".into()];
    let table = read_book(&bytes, "", &roles).unwrap();
    assert_eq!(names(&table), ["colour", "a"]);
    assert_eq!(table.ids()[0].values, ["100", "101", "102", "103"]);
    assert_eq!(table.labels().unwrap().values, ["0", "1", "0", "1"]);
    assert_eq!(notes(&table), "");
    let message = read_book(&bytes, "", &Roles::default()).unwrap_err();
    let message = message.to_string();
    assert!(
        message.contains("t.xlsx: row 1, column 'colour': found 'red', expected a number"),
        "{message}"
    );
}

#[test]
fn a_header_is_told_from_a_row_as_in_csv() {
    let values = |row: usize| vec![number(row * 3 % 5), number(row as f64 * 0.5)];
    let bare: Vec<Vec<String>> = (0..6).map(values).collect();
    let table = read_book(&book(&[("S", rows(&bare))], &[]), "", &Roles::default()).unwrap();
    assert_eq!((table.rows(), names(&table)), (6, vec!["x1", "x2"]));

    let named: Vec<Vec<String>> = [header(&["", "b"])].into_iter().chain(bare).collect();
    let table = read_book(&book(&[("S", rows(&named))], &[]), "", &Roles::default()).unwrap();
    assert_eq!((table.rows(), names(&table)), (6, vec!["b"]));
    assert_eq!(table.ids()[0].name, "row_name");

    let titled: Vec<Vec<String>> = [vec![text("Sales of 2024")], header(&["a", "b"])]
        .into_iter()
        .chain((0..6).map(values))
        .collect();
    let titled = book(&[("S", rows(&titled))], &[]);
    let message = refused(&titled, "");
    assert!(
        message.contains("line 1: found 'Sales of 2024' above a line of names")
            && message.contains("data.skip_lines = 1"),
        "{message}"
    );
    let mut roles = Roles::default();
    roles.skip_lines = 1;
    let table = read_book(&titled, "", &roles).unwrap();
    assert_eq!((table.rows(), names(&table)), (6, vec!["a", "b"]));
}

#[test]
fn empty_rows_and_columns_around_the_cells_are_no_data() {
    let place = |cell: &str, value: f64| format!(r#"<c r="{cell}"><v>{value}</v></c>"#);
    let name = |cell: &str, name: &str| {
        format!(r#"<c r="{cell}" t="inlineStr"><is><t>{name}</t></is></c>"#)
    };
    let styled = |cell: &str| format!(r#"<c r="{cell}" s="1"/>"#);
    let sheet = [
        format!(
            r#"<row r="3">{}{}{}</row>"#,
            styled("A3"),
            name("B3", "a"),
            name("D3", "b")
        ),
        format!(
            r#"<row r="4">{}{}</row>"#,
            place("B4", 1.0),
            place("D4", 2.0)
        ),
        format!(r#"<row r="5">{}</row>"#, styled("B5")),
        format!(
            r#"<row r="6">{}{}{}</row>"#,
            place("B6", 3.0),
            place("D6", 4.0),
            styled("F6")
        ),
        format!(r#"<row r="99">{}{}</row>"#, styled("B99"), name("C99", " ")),
    ];
    let bytes = book(&[("S", sheet.concat())], &[]);
    let mut roles = looked_at();
    roles.ignore = vec!["x2".into()];
    let table = read_book(&bytes, "", &roles).unwrap();
    assert_eq!(names(&table), ["a", "b"]);
    assert_eq!(cells(&table), [["1", "2"], ["3", "4"]]);
}

#[test]
fn the_first_sheet_with_cells_is_read_unless_one_is_named() {
    let one = |value: u32| rows(&[header(&["a"]), vec![number(value)], vec![number(value + 1)]]);
    let sheets = [
        ("Empty", String::new()),
        ("First", one(1)),
        ("The second", one(5)),
    ];
    let bytes = book(&sheets, &[]);
    let table = read_book(&bytes, "", &Roles::default()).unwrap();
    assert_eq!(table.value(0, 0), 1.0);
    let told = notes(&table);
    assert!(
        told.contains("the sheet 'First' is read, the first of 2 with cells")
            && told.contains("t.xlsx:The second names another"),
        "{told}"
    );
    let table = read_book(&bytes, ":The second", &Roles::default()).unwrap();
    assert_eq!((table.value(0, 0), notes(&table)), (5.0, String::new()));
    let message = refused(&bytes, ":Frist");
    assert!(
        message.contains(
            "found no sheet 'Frist', expected one of its sheets: 'Empty', 'First', 'The second'"
        ) && message.contains("is 'First' the one?"),
        "{message}"
    );
    let message = refused(&bytes, ":Empty");
    assert!(
        message.contains("no cell with a value in the sheet 'Empty'"),
        "{message}"
    );
    let alone = book(&sheets[..2], &[]);
    assert_eq!(
        notes(&read_book(&alone, "", &Roles::default()).unwrap()),
        ""
    );
    let none = refused(&book(&sheets[..1], &[]), "");
    assert!(none.contains("no sheet with a cell"), "{none}");
}

#[test]
fn a_workbook_is_known_by_its_first_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("unnamed");
    let sheet = rows(&[header(&["a", "b"]), vec![number(1), number(2)]]);
    std::fs::write(&path, book(&[("S", sheet)], &[])).unwrap();
    let table = read(&path.display().to_string(), &Roles::default()).unwrap();
    assert_eq!(names(&table), ["a", "b"]);
}

#[test]
fn what_is_no_workbook_is_refused() {
    let message = refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "");
    assert!(
        message.contains("with a password, or of an old kind"),
        "{message}"
    );
    let message = refused(b"a,b\n1,2\n", "");
    assert!(message.contains("bytes that are no workbook"), "{message}");
    let other = archive(&[("x.txt".into(), "text".into())]);
    let message = refused(&other, "");
    assert!(
        message.contains("no Excel workbook, or a damaged one"),
        "{message}"
    );
}

#[test]
fn damage_is_refused_without_a_panic() {
    let sheet = rows(&[header(&["a", "b"]), vec![number(1), number(2)]]);
    let whole = book(&[("S", sheet)], &["x"]);
    for length in (4..whole.len()).step_by(7) {
        refused(&whole[..length], "");
    }
    // A flipped bit is found, or changes nothing that is read.
    for at in (0..whole.len()).step_by(3) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        let _ = read_book(&bytes, "", &looked_at());
    }
    // End tags are not looked at closely.
    let lenient = ["<row><c><v>1</v></c>"];
    let sheets = [
        "<row><c><v>1</v></c>",
        "<row></c></row>",
        r#"<row r="0"><c r="A0"><v>1</v></c></row>"#,
        r#"<row><c r="ZZZZZZZZZ1"><v>1</v></c></row>"#,
        r#"<row><c r="A4294967295"><v>1</v></c></row>"#,
        r#"<row><c r="A9"><v>1</v></c></row><row><c r="A2"><v>1</v></c></row>"#,
        r#"<row><c t="s"><v>99999999999</v></c></row>"#,
        r#"<row><c t="zz"><v>1</v></c></row>"#,
        r#"<row><c><v>one</v></c></row>"#,
    ];
    let accepted = sheets.into_iter().filter(|sheet| {
        let bytes = book(&[("S", sheet.to_string())], &["x"]);
        match read_book(&bytes, "", &Roles::default()) {
            Ok(_) => true,
            Err(error) => {
                let message = error.to_string();
                assert!(message.contains("t.xlsx: found"), "{sheet}: {message}");
                false
            }
        }
    });
    assert_eq!(accepted.collect::<Vec<_>>(), lenient);
}

#[test]
fn what_unpacks_to_too_much_is_refused() {
    // Wide rows of nothing, which the file holds as a cell each.
    let wide: String = (1..=40_000)
        .map(|row| {
            format!(
                r#"<row r="{row}"><c r="A{row}"><v>1</v></c><c r="XFD{row}"><v>1</v></c></row>"#
            )
        })
        .collect();
    let message = refused(&book(&[("S", wide)], &[]), "");
    assert!(message.contains("unpack to more than"), "{message}");
    let texts = "<si/>".repeat(12_000_000);
    let mut parts = vec![(
        "xl/sharedStrings.xml".to_string(),
        format!("<sst>{texts}</sst>"),
    )];
    parts.insert(0, ("[Content_Types].xml".into(), "<Types/>".into()));
    let message = refused(&archive(&parts), "");
    assert!(message.contains("unpack to more than"), "{message}");
}

#[test]
fn texts_that_take_more_than_the_memory_allowed_are_refused() {
    let long = "x".repeat(3_000_000);
    let sheet = rows(&[header(&["a", "b"]), vec![number(1), shared(0)]]);
    let bytes = book(&[("S", sheet)], &[&long]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.xlsx");
    std::fs::write(&path, bytes).unwrap();
    let mut roles = Roles::default();
    roles.ignore = vec!["b".into()];
    let parts = |bytes| {
        Parts::open(&path.display().to_string(), &roles)
            .unwrap()
            .within(bytes)
    };
    let message = parts(1_000_000).next().unwrap().unwrap_err().to_string();
    assert!(message.contains("of rows to hold"), "{message}");
    assert_eq!(parts(8_000_000).next().unwrap().unwrap().rows(), 1);
}
