//! Makes Excel workbooks for tests.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;

/// Styles of cells: a date, a date with its time, a duration, a time of day.
pub const DATE: usize = 1;
pub const DATE_AND_TIME: usize = 2;
pub const DURATION: usize = 3;
pub const TIME: usize = 4;

const STYLES: &str = r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="46"/><xf numFmtId="21"/></cellXfs></styleSheet>"#;

/// A cell with a number.
pub fn number(value: impl ToString) -> String {
    format!("<c><v>{}</v></c>", value.to_string())
}

/// A cell with a number that a style shows as a date or a time.
pub fn styled(style: usize, value: f64) -> String {
    format!(r#"<c s="{style}"><v>{value}</v></c>"#)
}

/// A cell with a text of its own.
pub fn text(value: &str) -> String {
    format!(r#"<c t="inlineStr"><is><t>{value}</t></is></c>"#)
}

/// A cell with one of the texts that sheets share.
pub fn shared(index: usize) -> String {
    format!(r#"<c t="s"><v>{index}</v></c>"#)
}

/// A cell with a boolean.
pub fn boolean(value: bool) -> String {
    format!(r#"<c t="b"><v>{}</v></c>"#, u8::from(value))
}

/// A cell whose formula failed.
pub fn error(value: &str) -> String {
    format!(r#"<c t="e"><v>{value}</v></c>"#)
}

/// A cell without a value.
pub fn empty() -> String {
    "<c/>".into()
}

/// The rows of a sheet, each a list of cells.
pub fn rows(rows: &[Vec<String>]) -> String {
    let row = |cells: &Vec<String>| format!("<row>{}</row>", cells.concat());
    rows.iter().map(row).collect()
}

/// Returns a workbook of sheets, each a name and its rows, and of shared texts.
pub fn book(sheets: &[(&str, String)], shared: &[&str]) -> Vec<u8> {
    let mut parts = vec![
        (
            "[Content_Types].xml".to_string(),
            r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#
                .to_string(),
        ),
        ("_rels/.rels".into(), r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#.to_string()),
        ("xl/styles.xml".into(), STYLES.into()),
    ];
    let (mut names, mut links) = (String::new(), String::new());
    for (at, (name, rows)) in sheets.iter().enumerate() {
        let id = at + 1;
        names += &format!(r#"<sheet name="{name}" sheetId="{id}" r:id="rId{id}"/>"#);
        links += &format!(
            r#"<Relationship Id="rId{id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet{id}.xml"/>"#
        );
        parts.push((
            format!("xl/worksheets/sheet{id}.xml"),
            format!(
                r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"#
            ),
        ));
    }
    parts.push(("xl/workbook.xml".into(), format!(
        r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{names}</sheets></workbook>"#
    )));
    parts.push(("xl/_rels/workbook.xml.rels".into(), format!(
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{links}</Relationships>"#
    )));
    if !shared.is_empty() {
        let texts: String = shared
            .iter()
            .map(|t| format!("<si><t>{t}</t></si>"))
            .collect();
        parts.push(("xl/sharedStrings.xml".into(), format!(
            r#"<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{texts}</sst>"#
        )));
    }
    archive(&parts)
}

/// Packs named parts.
pub fn archive(parts: &[(String, String)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        let options = SimpleFileOptions::default();
        archive.start_file(name, options).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// Returns a small workbook of each kind, with its name.
pub fn of_every_kind() -> Vec<(&'static str, Vec<u8>)> {
    let names = ["a", "word", "day", "flag"].map(text).to_vec();
    let row = |value: u32| {
        vec![
            number(value),
            shared(value as usize % 2),
            styled(DATE, 45_322.5),
            boolean(value.is_multiple_of(2)),
        ]
    };
    let data = rows(&[names, row(1), row(2), row(3)]);
    let failed = rows(&[vec![number(1), error("#N/A")], vec![empty(), number(2)]]);
    let shared = ["red", "blue"];
    vec![
        ("plain", book(&[("Data", data.clone())], &shared)),
        ("two", book(&[("Data", data), ("Other", failed)], &shared)),
    ]
}
