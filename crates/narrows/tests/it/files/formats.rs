//! Checks that what is written reads back the same, and that each format's
//! rules hold.

use std::fs;

use narrows::read::{Roles, read};
use narrows::write::write;
use narrows::{Column, ColumnKind, ImageShape, Table, Tags, Values};
use proptest::prelude::*;
use proptest::test_runner::Config;

/// Writes a table and reads it back with the roles of its own ids, labels and
/// categories.
fn round_trip(table: &Table, name: &str) -> Table {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name).display().to_string();
    write(table, &path, false).unwrap();
    let categories = table
        .columns()
        .iter()
        .filter(|c| c.kind != ColumnKind::Number);
    let mut roles = Roles::default();
    roles.label = table.labels().map(|tags| tags.name.clone());
    roles.id = table.ids().iter().map(|tags| tags.name.clone()).collect();
    roles.one_hot = categories.map(|c| c.name.clone()).collect();
    roles.allow_missing = true;
    read(&path, &roles).unwrap()
}

/// Reads bytes under a file name.
fn read_bytes(name: &str, bytes: &[u8], roles: &Roles) -> narrows::Result<Table> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    read(&path.display().to_string(), roles)
}

fn bits(table: &Table) -> Vec<u32> {
    let values = (0..table.rows())
        .flat_map(|row| (0..table.columns().len()).map(move |column| table.value(row, column)));
    values.map(f32::to_bits).collect()
}

fn number() -> impl Strategy<Value = f32> {
    use proptest::num::f32::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    prop_oneof![
        9 => NORMAL | SUBNORMAL | ZERO | POSITIVE | NEGATIVE,
        1 => Just(f32::NAN),
    ]
}

/// Generates text as in labels: with delimiters, quotes and line breaks.
fn text() -> impl Strategy<Value = String> {
    "[a-zé\",;#'][a-z0-9 \t\r\n\",;é]{0,6}[a-z\",;é.]"
}

fn tags(name: &'static str, rows: usize) -> impl Strategy<Value = Option<Tags>> {
    let values = prop::collection::vec(text(), rows);
    prop::option::of(values.prop_map(move |values| Tags::new(name, values)))
}

prop_compose! {
    /// Generates some columns of numbers, then one of categories.
    fn table()(rows in 1usize..20, width in 1usize..5)(
        numbers in prop::collection::vec(number(), rows * width),
        texts in prop::collection::vec(prop::option::weighted(0.9, text()), rows),
        labels in tags("the label", rows),
        ids in [tags("id", rows), tags("second", rows)],
        rows in Just(rows),
        width in Just(width),
    ) -> Table {
        let mut levels: Vec<String> = texts.iter().flatten().cloned().collect();
        levels.sort();
        levels.dedup();
        let mut values = Vec::new();
        for row in 0..rows {
            values.extend_from_slice(&numbers[row * width..(row + 1) * width]);
            let level = texts[row].as_ref().and_then(|text| levels.binary_search(text).ok());
            values.push(level.map_or(f32::NAN, |level| level as f32));
        }
        let numbers = (1..=width).map(|at| Column::number(format!("x{at}")));
        let texts = Column::category("kind, of \"it\"", levels);
        let columns = numbers.chain([texts]).collect();
        let mut table = Table::new(columns, Values::Floats(values)).unwrap();
        if let Some(labels) = labels {
            table = table.with_labels(labels).unwrap();
        }
        for ids in ids.into_iter().flatten() {
            table = table.with_ids(ids).unwrap();
        }
        table
    }
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, cases: 64, ..Config::default() })]

    #[test]
    fn tables_come_back_bit_for_bit(table in table()) {
        for name in ["t.csv", "t.csv.gz", "t.tsv", "t.parquet"] {
            let back = round_trip(&table, name);
            prop_assert_eq!(back.columns(), table.columns(), "{}", name);
            prop_assert_eq!(back.labels(), table.labels(), "{}", name);
            prop_assert_eq!(back.ids(), table.ids(), "{}", name);
            prop_assert_eq!(bits(&back), bits(&table), "{}", name);
        }
        let numbers = table.columns().iter().map(|c| Column::number(c.name.clone()));
        let numbers = Table::new(numbers.collect(), table.values().clone()).unwrap();
        let back = round_trip(&numbers, "t.npy");
        prop_assert_eq!(bits(&back), bits(&table));
    }

    #[test]
    fn images_come_back_byte_for_byte(
        height in 1usize..5,
        width in 1usize..5,
        color in any::<bool>(),
        pixels in prop::collection::vec(any::<u8>(), 7 * 5 * 5 * 3),
        rows in 1usize..7,
    ) {
        let channels = if color { 3 } else { 1 };
        let image = ImageShape { height, width, channels };
        let pixels = pixels[..rows * image.features()].to_vec();
        let table = Table::from_images(pixels, image).unwrap();
        let back = round_trip(&table, "t.npy");
        prop_assert_eq!(back.values(), table.values());
        prop_assert_eq!(back.image(), table.image());
        let first = table.select(&[0]);
        let back = round_trip(&first, "t.png");
        prop_assert_eq!(back.values(), first.values());
        prop_assert_eq!(back.image(), first.image());
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[0-9a-c,;\"\r\n\\-. \t]{0,60}") {
        let _ = read_bytes("t.csv", text.as_bytes(), &Roles::default());
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        start in 0usize..7,
    ) {
        let starts: [&[u8]; 7] =
            [b"", b"PAR1", b"PK\x03\x04", b"\x93NUMPY\x01\0", b"\0\0\x08\x03", b"\x1f\x8b\x08", b"a,b\n"];
        let bytes = [starts[start], &bytes].concat();
        let _ = read_bytes("unknown", &bytes, &Roles::default());
    }
}

#[test]
fn a_byte_order_mark_quotes_and_windows_lines_are_understood() {
    let text = "\u{feff}\"na\nme\", b ,c\r\n\"1\", 2,true\r\n\r\n3,4e0,false\r\n";
    let table = read_bytes("t.csv", text.as_bytes(), &Roles::default()).unwrap();
    let names: Vec<&str> = table.columns().iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["na\nme", "b", "c"]);
    assert_eq!(
        *table.values(),
        Values::Floats(vec![1., 2., 1., 3., 4., 0.])
    );
}

#[test]
fn semicolons_and_tabs_are_found() {
    for text in ["a;b\n1;2\n", "a\tb\n1\t2\n", "1;2", "1,2"] {
        let table = read_bytes("t.csv", text.as_bytes(), &Roles::default()).unwrap();
        assert_eq!(*table.values(), Values::Floats(vec![1., 2.]), "{text}");
        assert_eq!(table.is_named(), text.contains('a'));
    }
    let table = read_bytes("t.tsv", b"a,b\tc\n1\t2", &Roles::default()).unwrap();
    assert_eq!(table.columns()[0].name, "a,b");
}

#[test]
fn optional_roles_may_be_absent() {
    let mut roles = Roles::default();
    roles.label = Some("y".into());
    roles.ignore = vec!["z".into()];
    roles.optional = true;
    let table = read_bytes("t.csv", b"a,z\n1,text\n", &roles).unwrap();
    assert_eq!((table.columns().len(), table.labels()), (1, None));
    assert_eq!(
        read_bytes("t.csv", b"1,2\n", &roles)
            .unwrap()
            .columns()
            .len(),
        2
    );
}

#[test]
fn an_unknown_name_is_read_by_its_first_bytes() {
    let table = Table::from_floats(vec![1.5, 2.5], 2).unwrap();
    for name in ["t.csv", "t.csv.gz", "t.npy", "t.parquet"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name).display().to_string();
        let other = folder.path().join("data").display().to_string();
        write(&table, &path, false).unwrap();
        fs::rename(&path, &other).unwrap();
        let back = read(&other, &Roles::default()).unwrap();
        assert_eq!(back.values(), table.values(), "{name}");
    }
}

#[test]
fn folders_of_images_give_names_and_labels() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    for (index, name) in ["cat", "dog"].into_iter().enumerate() {
        fs::create_dir(path(name)).unwrap();
        let channels = 1 + 2 * index;
        let image = ImageShape {
            height: 1,
            width: 1,
            channels,
        };
        let pixels = (0..channels as u8).map(|i| 10 * (i + 1)).collect();
        let table = Table::from_images(pixels, image).unwrap();
        write(&table, &path(&format!("{name}/1.png")), false).unwrap();
    }
    fs::write(path("notes.txt"), "ignored").unwrap();
    let mut roles = Roles::default();
    roles.label = Some("folder".into());
    let table = read(&path(""), &roles).unwrap();
    assert_eq!(*table.values(), Values::Bytes(vec![10, 10, 10, 10, 20, 30]));
    assert_eq!(table.labels().unwrap().values, ["cat", "dog"]);
    let ids = &table.ids()[0];
    assert_eq!(
        (ids.name.as_str(), &ids.values[..]),
        ("file", &["cat/1.png".into(), "dog/1.png".into()][..])
    );
}

#[test]
fn mnist_reads_with_its_labels() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/mnist");
    let images = format!("{folder}/t10k-images-idx3-ubyte.gz");
    let labels = format!("{folder}/t10k-labels-idx1-ubyte.gz");
    let mut roles = Roles::default();
    roles.label = Some(labels.clone());
    let table = read(&images, &roles).unwrap();
    let image = ImageShape {
        height: 28,
        width: 28,
        channels: 1,
    };
    assert_eq!((table.rows(), table.image()), (10_000, Some(image)));
    let first: Vec<&str> = table.labels().unwrap().values[..5]
        .iter()
        .map(|l| l.as_str())
        .collect();
    assert_eq!(first, ["7", "2", "1", "0", "4"]);
    let bytes = fs::read(&labels).unwrap();
    assert_eq!(
        narrows::read::idx::labels("labels", &bytes).unwrap()[..5],
        [7, 2, 1, 0, 4]
    );
    let bytes = fs::read(&images).unwrap();
    assert_eq!(
        narrows::read::idx::images("images", &bytes)
            .unwrap()
            .values(),
        table.values()
    );
}
