//! Checks that reading a file in parts gives the file read at once, and that
//! writing a table in parts gives the table written at once.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{ArrayRef, DictionaryArray, Float64Array, RecordBatch, StringArray};
use narrows::read::{Parts, Roles, read};
use narrows::write::{Writer, write};
use narrows::{ColumnKind, Error, ImageShape, Place, Table, Tags};

use crate::books::{self, book, empty, number, rows};
use crate::frames;

const ROWS: usize = 700;

/// A folder with the same rows in every format, and roles for them.
struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        Files {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path: PathBuf = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        self.path(name)
    }
}

fn roles() -> Roles {
    {
        let mut roles = Roles::default();
        roles.label = Some("kind".into());
        roles.id = vec!["name".into()];
        roles.one_hot = vec!["colour".into()];
        roles.allow_missing = true;
        roles
    }
}

/// Returns rows of text, in which `change` may change one cell: row and column
/// count from 0.
fn text(rows: usize, change: impl Fn(usize, usize) -> Option<&'static str>) -> String {
    let mut out = String::from("name,kind,a,colour,b\n");
    for row in 0..rows {
        // Texts that only some parts have.
        let colour = ["red", "green", "blue"][(row / 100 + row % 2) % 3];
        let b = if row % 17 == 3 {
            String::new()
        } else {
            format!("{}", row as f64 / 3.0)
        };
        let cells = [
            format!("row {row}"),
            ["cat", "dog"][row % 2].into(),
            format!("{}", 1_700_000_000.0 + row as f64),
            colour.into(),
            b,
        ];
        let cells = cells.iter().enumerate().map(|(column, cell)| {
            let changed = change(row, column);
            changed.map_or(cell.clone(), str::to_string)
        });
        out += &cells.collect::<Vec<_>>().join(",");
        out.push('\n');
    }
    out
}

/// Returns the values, as texts for categories, so that tables with other
/// levels compare.
fn cells(table: &Table) -> Vec<Vec<String>> {
    let cell = |row: usize, column: usize| {
        let value = table.value(row, column);
        match &table.columns()[column].kind {
            ColumnKind::Category(levels) if !value.is_nan() => levels[value as usize].clone(),
            _ => value.to_bits().to_string(),
        }
    };
    let columns = 0..table.columns().len();
    (0..table.rows())
        .map(|row| columns.clone().map(|column| cell(row, column)).collect())
        .collect()
}

fn names(table: &Table) -> Vec<&str> {
    table.columns().iter().map(|c| c.name.as_str()).collect()
}

/// Reads a file in parts of several sizes, which must add up to the whole file.
fn same_in_parts(source: &str, roles: &Roles) {
    let whole = read(source, roles).unwrap();
    for rows in [1, 7, 256, ROWS - 1, ROWS, ROWS + 1] {
        let parts = Parts::open(source, roles).unwrap().of_rows(rows);
        if let Some(total) = parts.total() {
            assert_eq!(total, whole.rows(), "{source}");
        }
        let mut next = 0;
        let (mut seen, mut labels, mut ids) = (Vec::new(), Vec::new(), Vec::new());
        for part in parts {
            let part = part.unwrap();
            assert!(
                (1..=rows).contains(&part.rows()),
                "{source}: {}",
                part.rows()
            );
            let last = next + part.rows() == whole.rows();
            assert!(last || part.rows() == rows, "{source}: {}", part.rows());
            assert_eq!(part.number_of(0), next + 1, "{source}");
            assert_eq!(names(&part), names(&whole), "{source}");
            assert_eq!(
                (part.image(), part.is_named()),
                (whole.image(), whole.is_named())
            );
            next += part.rows();
            seen.extend(cells(&part));
            labels.extend(
                part.labels()
                    .into_iter()
                    .flat_map(|tags| tags.values.clone()),
            );
            ids.extend(part.ids().iter().flat_map(|tags| tags.values.clone()));
        }
        let values = |tags: Option<&Tags>| tags.as_ref().map_or(Vec::new(), |t| t.values.clone());
        assert_eq!(labels, values(whole.labels()), "{source}");
        assert_eq!(ids, values(whole.ids().first()), "{source}");
        assert!(seen == cells(&whole), "{source} in parts of {rows}");
    }
}

#[test]
fn tables_in_parts_are_the_whole_table() {
    let files = Files::new();
    let csv = files.write("t.csv", text(ROWS, |_, _| None));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed
        .write_all(text(ROWS, |_, _| None).as_bytes())
        .unwrap();
    let packed = files.write("t.csv.gz", packed.finish().unwrap());
    let table = read(&csv, &roles()).unwrap();
    write(&table, &files.path("t.parquet"), false).unwrap();
    let workbook = files.write("t.xlsx", workbook());
    assert_eq!(cells(&read(&workbook, &roles()).unwrap()), cells(&table));
    let objects = files.write("t.jsonl", objects());
    assert_eq!(cells(&read(&objects, &roles()).unwrap()), cells(&table));
    let feather = files.write("t.feather", feather());
    assert_eq!(cells(&read(&feather, &roles()).unwrap()), cells(&table));
    let parquet = files.path("t.parquet");
    for source in [csv, packed, parquet, workbook, objects, feather] {
        same_in_parts(&source, &roles());
    }
}

/// Returns the rows of [`text`] as a workbook, numbers as numbers.
fn workbook() -> Vec<u8> {
    let cell = |cell: &str| match cell.parse::<f64>() {
        Ok(value) => number(value),
        Err(_) if cell.is_empty() => empty(),
        Err(_) => books::text(cell),
    };
    let text = text(ROWS, |_, _| None);
    let all: Vec<Vec<String>> = text
        .lines()
        .map(|line| line.split(',').map(cell).collect())
        .collect();
    book(&[("Data", rows(&all))], &[])
}

/// Returns the rows of [`text`] as JSON lines, without the keys of empty cells.
fn objects() -> String {
    let text = text(ROWS, |_, _| None);
    let mut lines = text.lines().map(|line| line.split(','));
    let keys: Vec<&str> = lines.next().unwrap().collect();
    let object = |cells: std::str::Split<char>| {
        let cells = keys.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
        let entry = |(key, cell): (&&str, &str)| match cell.parse::<f64>() {
            Ok(_) => format!("{key:?}:{cell}"),
            Err(_) => format!("{key:?}:{cell:?}"),
        };
        format!("{{{}}}\n", cells.map(entry).collect::<Vec<_>>().join(","))
    };
    lines.map(object).collect()
}

/// Returns the rows of [`text`] as an Arrow file of two batches.
fn feather() -> Vec<u8> {
    let text = text(ROWS, |_, _| None);
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let names = lines.next().unwrap();
    let rows: Vec<Vec<&str>> = lines.collect();
    let column = |at: usize| -> ArrayRef {
        let cells = rows.iter().map(|row| row[at]);
        match at {
            2 | 4 => Arc::new(Float64Array::from_iter(cells.map(|cell| cell.parse().ok()))),
            3 => Arc::new(cells.collect::<DictionaryArray<Int8Type>>()),
            _ => Arc::new(cells.map(Some).collect::<StringArray>()),
        }
    };
    let columns = names
        .iter()
        .enumerate()
        .map(|(at, name)| (*name, column(at)));
    let all = RecordBatch::try_from_iter_with_nullable(columns.map(|(n, c)| (n, c, true))).unwrap();
    frames::file(&[all.slice(0, 300), all.slice(300, ROWS - 300)], None)
}

fn npy(kind: &str, fortran: bool, shape: &str, bytes: &[u8]) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    let text = format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend((text.len() as u16).to_le_bytes());
    out.extend(text.bytes());
    out.extend(bytes);
    out
}

fn floats(count: usize) -> Vec<u8> {
    let value = |at: usize| ((at * 37) % 1001) as f32 / 7.0;
    (0..count).flat_map(|at| value(at).to_le_bytes()).collect()
}

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|at| (at * 37 % 251) as u8).collect()
}

#[test]
fn arrays_in_parts_are_the_whole_array() {
    let files = Files::new();
    let values = floats(ROWS * 6);
    let shape = format!("({ROWS}, 6)");
    let rows = files.write("rows.npy", npy("<f4", false, &shape, &values));
    let columns = files.write("columns.npy", npy("<f4", true, &shape, &values));
    let images = npy("|u1", false, &format!("({ROWS}, 2, 3)"), &bytes(ROWS * 6));
    let images = files.write("images.npy", images);
    for source in [rows, columns, images] {
        same_in_parts(&source, &Roles::default());
    }

    let mut idx = vec![0, 0, 8, 3];
    let mut labels = vec![0, 0, 8, 1];
    for length in [ROWS, 2, 3] {
        idx.extend((length as u32).to_be_bytes());
    }
    labels.extend((ROWS as u32).to_be_bytes());
    idx.extend(bytes(ROWS * 6));
    labels.extend(bytes(ROWS));
    let mut of_idx = Roles::default();
    of_idx.label = Some(files.write("labels.idx", labels));
    same_in_parts(&files.write("images.idx", idx), &of_idx);

    for method in [
        zip::CompressionMethod::Stored,
        zip::CompressionMethod::Deflated,
    ] {
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        let tags = npy("<f4", false, &format!("({ROWS},)"), &floats(ROWS));
        let data = npy("<f4", false, &shape, &values);
        for (name, bytes) in [("name", &tags), ("x", &data), ("kind", &tags)] {
            archive.start_file(format!("{name}.npy"), options).unwrap();
            archive.write_all(bytes).unwrap();
        }
        let bytes = archive.finish().unwrap().into_inner();
        let mut of_npz = roles();
        of_npz.one_hot = Vec::new();
        same_in_parts(&files.write("t.npz", &bytes), &of_npz);
        // One byte of the data is changed: the checksum is checked in parts
        // too.
        let mut damaged = bytes.clone();
        let at = damaged.len() / 2;
        damaged[at] ^= 1;
        let damaged = files.write("damaged.npz", damaged);
        let whole = read(&damaged, &of_npz).unwrap_err();
        let parts = Parts::open(&damaged, &of_npz).unwrap().of_rows(100);
        let error = parts.filter_map(Result::err).next();
        assert_eq!(error, Some(whole));
    }
}

#[test]
fn images_in_parts_are_the_whole_folder() {
    let files = Files::new();
    // Only the last image has colors, so all of the folder gets them.
    for at in 0..20u8 {
        let grey = image::GrayImage::from_fn(3, 2, |x, y| image::Luma([at + (x + 3 * y) as u8]));
        let folder = files.folder.path().join(["a", "b"][usize::from(at / 10)]);
        fs::create_dir_all(&folder).unwrap();
        grey.save(folder.join(format!("{at:02}.png"))).unwrap();
    }
    let source = files.path("");
    let mut by_folder = Roles::default();
    by_folder.label = Some("folder".into());
    let shape = |channels| ImageShape {
        height: 2,
        width: 3,
        channels,
    };
    let check = |channels| {
        let whole = read(&source, &by_folder).unwrap();
        assert_eq!(whole.image(), Some(shape(channels)));
        let parts = Parts::open(&source, &by_folder).unwrap().of_rows(6);
        assert_eq!(parts.total(), Some(whole.rows()));
        let parts: Vec<Table> = parts.map(Result::unwrap).collect();
        let rows: Vec<usize> = parts.iter().map(Table::rows).collect();
        assert_eq!(rows[..3], [6, 6, 6]);
        let joined: Vec<_> = parts.iter().flat_map(cells).collect();
        assert!(joined == cells(&whole));
        let files = |table: &Table| table.ids()[0].values.clone();
        assert_eq!(
            parts.iter().flat_map(files).collect::<Vec<_>>(),
            files(&whole)
        );
        assert_eq!(parts[3].labels().unwrap().values[0], "b");
    };
    check(1);
    let red = image::RgbImage::from_pixel(3, 2, image::Rgb([200, 0, 0]));
    red.save(Path::new(&source).join("b/20.png")).unwrap();
    check(3);
}

/// Returns the error of a file read at once, which must equal that in parts.
fn same_error(source: &str, roles: &Roles) -> String {
    let whole = read(source, roles).unwrap_err();
    for rows in [1, 100, 256] {
        let error = match Parts::open(source, roles).map(|parts| parts.of_rows(rows)) {
            Err(error) => error,
            Ok(mut parts) => {
                let error = parts.by_ref().filter_map(Result::err).next();
                assert!(parts.next().is_none(), "an error is the end");
                error.unwrap_or_else(|| panic!("{source}: no error in parts of {rows}"))
            }
        };
        assert_eq!(error, whole, "{source} in parts of {rows}");
    }
    whole.to_string()
}

#[test]
fn errors_are_those_of_the_whole_file() {
    let files = Files::new();
    let mut strict = roles();
    strict.allow_missing = false;
    let mut trained = roles();
    trained.optional = true;
    let broken = |name: &str, column: usize, cell: &'static str| {
        let change = |row, at| (row == 600 && at == column).then_some(cell);
        files.write(name, text(ROWS, change))
    };
    // Found at once with a model's roles, at the end of the file with others.
    let word = broken("word.csv", 2, "old");
    assert!(same_error(&word, &trained).contains("row 601, column 'a': found 'old'"));
    let error = same_error(&word, &roles());
    assert!(
        error.contains("row 601, column 'a': found 'old'"),
        "{error}"
    );
    // 700 rows, of which every 17th is missing.
    let error = same_error(&files.write("gaps.csv", text(ROWS, |_, _| None)), &strict);
    assert!(error.contains("row 4, column 'b'"), "{error}");
    assert!(error.contains("the first of 41"), "{error}");
    let error = same_error(&broken("huge.csv", 4, "1e40"), &roles());
    assert!(error.contains("row 601, column 'b'"), "{error}");
    let error = same_error(&broken("wide.csv", 4, "1,2"), &roles());
    assert!(
        error.contains("line 602: found 6 cells in row 601"),
        "{error}"
    );
    same_error(&files.write("none.csv", "a,b\n"), &Roles::default());
    same_error(&files.write("empty.csv", ""), &Roles::default());
    same_error(&files.path("absent.csv"), &Roles::default());

    let values = floats(ROWS * 6);
    let shape = format!("({ROWS}, 6)");
    let cut = npy("<f4", false, &shape, &values[..values.len() - 5]);
    let error = same_error(&files.write("cut.npy", cut), &Roles::default());
    assert!(
        error.contains("found 16795 bytes, expected 16800 bytes"),
        "{error}"
    );
    let long = npy("<f4", false, &shape, &[&values[..], &[0]].concat());
    let error = same_error(&files.write("long.npy", long), &Roles::default());
    assert!(error.contains("bytes after the end"), "{error}");
    let mut bad = values.clone();
    bad[600 * 24..600 * 24 + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    let bad = files.write("bad.npy", npy("<f4", false, &shape, &bad));
    let error = same_error(&bad, &Roles::default());
    assert!(error.contains("row 601, column 'x1': found NaN"), "{error}");
}

#[test]
fn rows_that_take_more_than_allowed_are_refused_where_they_do() {
    let files = Files::new();
    let csv = files.write("t.csv", text(ROWS, |_, _| None));
    let npy = npy("<f4", false, &format!("({ROWS}, 6)"), &floats(ROWS * 6));
    let npy = files.write("t.npy", npy);
    for (source, roles, row) in [(csv, roles(), 1..ROWS), (npy, Roles::default(), 417..418)] {
        let error = Parts::open(&source, &roles).and_then(|parts| parts.within(10_000).whole());
        let error = error.unwrap_err();
        let Error::Data {
            place: Place::Row(at),
            ..
        } = error
        else {
            panic!("{error}");
        };
        assert!(row.contains(&at), "{source}: row {at}");
        let rows = Parts::open(&source, &roles).unwrap();
        assert!(rows.within(1_000_000).whole().is_ok());
    }
}

#[test]
fn long_texts_end_a_part_early() {
    let files = Files::new();
    let mut text = String::from("name,a\n");
    for row in 0..2000 {
        text += &format!("{}{row},1\n", "x".repeat(1000));
    }
    let source = files.write("long.csv", text);
    let mut roles = Roles::default();
    roles.id = vec!["name".into()];
    let parts = Parts::open(&source, &roles).unwrap().within(1_200_000);
    let rows: Vec<usize> = parts.map(|part| part.unwrap().rows()).collect();
    assert_eq!(rows[..3], [768, 768, 464]);
    let tight = Parts::open(&source, &roles).unwrap().within(200_000);
    assert!(tight.filter_map(Result::err).next().is_some());
}

#[test]
fn parts_written_one_after_another_are_the_table_written_at_once() {
    let files = Files::new();
    let csv = files.write("given.csv", text(ROWS, |_, _| None));
    let table = read(&csv, &roles()).unwrap();
    let images = Table::from_images(
        bytes(ROWS * 6),
        ImageShape {
            height: 2,
            width: 3,
            channels: 1,
        },
    );
    let images = images.unwrap();
    for (table, name) in [
        (&table, "t.csv"),
        (&table, "t.tsv.gz"),
        (&table, "t.parquet"),
        (&table, "t.npy"),
        (&images, "i.npy"),
        (&images, "i.png"),
    ] {
        let whole = files.path(&format!("whole.{name}"));
        write(table, &whole, false).unwrap();
        for rows in [1, 99, 256] {
            let target = files.path(&format!("{rows}.{name}"));
            let mut writer = Writer::new(&target, false).unwrap();
            for part in Parts::of(table.clone()).of_rows(rows) {
                assert!(writer.add(&part.unwrap()).unwrap());
            }
            assert!(!Path::new(&target).exists(), "{name} before its end");
            writer.finish().unwrap();
            let same = fs::read(&target).unwrap() == fs::read(&whole).unwrap();
            assert!(same, "{name} in parts of {rows}");
        }
    }
}

#[test]
fn a_file_that_is_not_finished_is_not_there() {
    let files = Files::new();
    for name in ["t.csv", "t.csv.gz", "t.npy", "t.parquet"] {
        let target = files.path(name);
        let mut writer = Writer::new(&target, false).unwrap();
        writer
            .add(&Table::from_floats(vec![1.0, 2.0], 2).unwrap())
            .unwrap();
        let other = Table::from_floats(vec![1.0, 2.0, 3.0], 3).unwrap();
        let error = writer.add(&other).unwrap_err().to_string();
        assert!(error.contains("other columns"), "{error}");
        drop(writer);
    }
    assert_eq!(fs::read_dir(files.folder.path()).unwrap().count(), 0);
    let empty = Writer::new(&files.path("t.csv"), false).unwrap();
    assert!(empty.finish().is_err());
}

#[test]
fn what_is_left_is_read_as_one_table_within_its_bytes() {
    let table = Table::from_floats((0..400).map(|i| i as f32).collect(), 4).unwrap();
    assert_eq!(Parts::of(table.clone()).whole().unwrap(), table);
    assert!(Parts::of(table.clone()).within(100).whole().is_err());
    let mut parts = Parts::of(table.clone()).of_rows(30);
    parts.next().unwrap().unwrap();
    let rest = parts.whole().unwrap();
    assert_eq!((rest.rows(), rest.number_of(0)), (70, 31));
    let mut parts = Parts::of(table);
    parts.by_ref().for_each(drop);
    let error = parts.whole().unwrap_err().to_string();
    assert!(error.contains("no rows that are left"), "{error}");
}
