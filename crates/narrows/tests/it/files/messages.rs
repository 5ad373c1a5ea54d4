//! Checks each way in which a file or target is refused, and the words for it.

use std::fs;

use narrows::read::{Roles, read};
use narrows::write::write;
use narrows::{Column, ImageShape, Place, Table};

fn roles() -> Roles {
    Roles::default()
}

fn some(name: &str) -> Option<String> {
    Some(name.into())
}

/// Asserts that a file is refused with all of these words.
fn refused(name: &str, bytes: impl AsRef<[u8]>, roles: &Roles, words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name).display().to_string();
    fs::write(&path, bytes).unwrap();
    let error = read(&path, roles).unwrap_err().to_string();
    for word in words {
        assert!(error.contains(word), "no {word:?} in: {error}");
    }
}

#[test]
fn cells_that_are_no_numbers() {
    let text = "a,name\n1,2\n3,old\n";
    let words = [
        "t.csv: row 2, column 'name': found 'old', expected a number",
        "data.one_hot, data.ignore, data.label or data.id",
    ];
    refused("t.csv", text, &roles(), &words);
    refused(
        "t.csv",
        "a;b\n1;2,500\n",
        &roles(),
        &["'2,500'", "data.decimal = \"comma\""],
    );
    refused(
        "t.csv",
        "a,b\n1,x\n",
        &roles(),
        &["row 1, column 'b'", "data.ignore"],
    );
    refused(
        "t.csv",
        "5.1,speed,3.5\n1,2,3\n2,4,4\n",
        &roles(),
        &[
            "line 1: found the text 'speed' beside the number '5.1'",
            "data.header = true",
            "data.header = false",
        ],
    );
    for cell in ["inf", "-Infinity", "1e39"] {
        let words = [
            "row 1, column 'a'",
            cell,
            "infinite in 32 bits",
            "data.missing_values",
        ];
        refused("t.csv", format!("a,b\n{cell},1\n"), &roles(), &words);
    }
    refused(
        "t.csv",
        b"a,b\n1,\xc3\xa4\n2,\xff\n",
        &roles(),
        &["row 2, column 'b'", "UTF-8", "Windows-1252"],
    );
}

#[test]
fn missing_cells() {
    for cell in ["", "NA", "N/A", "NaN", "nan", "null", "None", "?", " ? "] {
        let text = format!("a,b,c\n1,2,x\n3,{cell},\n");
        let words = [
            "row 2, column 'b': found ",
            "expected a value",
            "hint: train on rows that lack cells",
        ];
        let mut roles = roles();
        roles.one_hot = vec!["c".into()];
        refused("t.csv", &text, &roles, &words);
        refused(
            "t.csv",
            "a,c\n1,\n",
            &roles,
            &["row 1, column 'c': found an empty cell"],
        );
        roles.allow_missing = true;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv").display().to_string();
        fs::write(&path, text).unwrap();
        let table = read(&path, &roles).unwrap();
        assert!(table.value(1, 1).is_nan() && table.value(1, 2).is_nan());
        assert_eq!(table.value(0, 2), 0.0);
    }
}

#[test]
fn rows_of_csv() {
    let words = [
        "line 4: found 3 cells in row 2, expected 2, as in the first line",
        "double quotes",
    ];
    refused("t.csv", "a,b\n1,2\n\n1,2,3\n", &roles(), &words);
    refused(
        "t.csv",
        "1,2\n3\n",
        &roles(),
        &["line 2: found 1 cell in row 2, expected 2"],
    );
    refused(
        "t.csv",
        "",
        &roles(),
        &["an empty file", "at least one row"],
    );
    refused("t.csv", "\n\n", &roles(), &["an empty file"]);
    refused(
        "t.csv",
        "a,b\n",
        &roles(),
        &["a header without rows", "at least one row"],
    );
}

#[test]
fn names_and_roles() {
    let mut label = roles();
    label.label = some("lable");
    refused(
        "t.csv",
        "a,label\n1,2\n",
        &label,
        &[
            "the columns 'a', 'label'",
            "'lable' that data.label names",
            "did you mean 'label'?",
        ],
    );
    refused(
        "t.csv",
        "1,2\n",
        &label,
        &[
            "the columns 'x1', 'x2'",
            "the column 'lable' that data.label names",
            "data.header = true",
        ],
    );
    refused(
        "t.npy",
        "x",
        &label,
        &["a NumPy array, whose columns have no names", "data.label"],
    );
    refused(
        "t-ubyte",
        "x",
        &{
            let mut roles = roles();
            roles.id = vec!["x".into()];
            roles
        },
        &["an IDX file", "data.id"],
    );
    let mut two = label;
    two.ignore = vec!["lable".into()];
    refused(
        "t.csv",
        "lable,b\n1,2\n",
        &two,
        &["`data.ignore`: found 'lable', which data.label names too"],
    );
    let mut all = roles();
    all.ignore = vec!["a".into()];
    all.id = vec!["b".into()];
    refused(
        "t.csv",
        "a,b\n1,2\n",
        &all,
        &["no column left as data of 'a', 'b'", "at least one"],
    );
    let mut many = roles();
    many.one_hot = vec!["b".into()];
    let rows: String = (0..65_600).map(|i| format!("1,t{i}\n")).collect();
    refused(
        "t.csv",
        format!("a,b\n{rows}"),
        &many,
        &[
            "column 'b': found more than 65536 different texts",
            "data.one_hot",
        ],
    );
}

#[test]
fn formats() {
    refused(
        "t.bin",
        [0xff; 9],
        &roles(),
        &[
            "bytes of no known format",
            "CSV, JSON lines, Excel, NumPy, IDX, Parquet or Arrow",
        ],
    );
    refused("t.npy", "no", &roles(), &["within its header", "NumPy"]);
    refused("t.npy", [b'x'; 99], &roles(), &["NumPy", "numpy.save"]);
    refused("t.npz", "no", &roles(), &["no archive", "numpy.savez"]);
    refused("t.parquet", "no", &roles(), &["no Parquet file"]);
    refused(
        "t.idx",
        "none",
        &roles(),
        &["starts with [6e, 6f, 6e, 65]", "an IDX file"],
    );
    refused(
        "t.png",
        "none",
        &roles(),
        &[
            "t.png: found a file that cannot be decoded",
            "PNG, JPEG or BMP",
        ],
    );
    refused("t.csv.gz", b"\x1f\x8bno", &roles(), &["cannot read"]);
    let error = read("none/t.csv", &roles()).unwrap_err().to_string();
    assert!(
        error.contains("No such file") && error.contains("hint: check the path"),
        "{error}"
    );
}

#[test]
fn arrays_name_the_row_and_column() {
    let header = [0, 0, 0x0d, 2, 0, 0, 0, 2, 0, 0, 0, 2];
    for (value, words) in [
        (f32::NAN, ["row 2, column 'x1': found NaN", "data.missing"]),
        (f32::INFINITY, ["row 2, column 'x1'", "a finite number"]),
    ] {
        let values = [1.0, 2.0, value, 3.0].map(f32::to_be_bytes).concat();
        refused("t.idx", [&header[..], &values].concat(), &roles(), &words);
    }
}

#[test]
fn labels_of_idx() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("x.idx"), [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 5, 6]).unwrap();
    fs::write(path("y.idx"), [0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]).unwrap();
    let mut roles = roles();
    roles.label = Some(path("y.idx"));
    let error = read(&path("x.idx"), &roles).unwrap_err().to_string();
    assert!(
        error.contains("y.idx: found an array of shape [3], expected [2]"),
        "{error}"
    );
    roles.optional = true;
    assert_eq!(read(&path("x.idx"), &roles).unwrap().labels(), None);
    roles.label = Some(path("none.idx"));
    assert_eq!(read(&path("x.idx"), &roles).unwrap().labels(), None);
    roles.optional = false;
    assert!(
        read(&path("x.idx"), &roles)
            .unwrap_err()
            .to_string()
            .contains("none.idx")
    );
}

#[test]
fn folders_of_images() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let error = read(&path(""), &roles()).unwrap_err().to_string();
    assert!(error.contains("found an empty folder"), "{error}");
    for (name, height) in [("a.png", 2), ("b.png", 3)] {
        let image = ImageShape {
            height,
            width: 1,
            channels: 1,
        };
        let table = Table::from_images(vec![0; height], image).unwrap();
        write(&table, &path(name), false).unwrap();
    }
    let error = read(&path(""), &roles()).unwrap_err().to_string();
    assert!(
        error.contains("'b.png': found 1x3 pixels (width x height), expected 1x2, as 'a.png' has"),
        "{error}"
    );
    let mut label = roles();
    label.label = some("folder");
    let error = read(&path(""), &label).unwrap_err();
    assert!(
        matches!(&error, narrows::Error::Data { place: Place::Member(name), .. } if name == "a.png"),
        "{error}"
    );
    let mut label = roles();
    label.label = some("kind");
    assert!(
        read(&path(""), &label)
            .unwrap_err()
            .to_string()
            .contains("data.label says 'kind', expected \"folder\"")
    );
}

#[test]
fn targets() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let table = Table::from_floats(vec![1.0, 2.0], 2).unwrap();
    write(&table, &path("a.csv"), false).unwrap();
    let error = write(&table, &path("a.csv"), false).unwrap_err();
    assert!(
        error.is_misuse()
            && error
                .to_string()
                .contains("hint: choose another name, or allow it to be overwritten"),
        "{error}"
    );
    write(&table, &path("a.csv"), true).unwrap();
    assert!(
        write(&table, &path("a.png"), false)
            .unwrap_err()
            .to_string()
            .contains("not images")
    );
    let columns = ["1", "2"].map(Column::number).to_vec();
    let table = Table::new(columns, table.values().clone()).unwrap();
    assert!(
        write(&table, &path("b.csv"), false)
            .unwrap_err()
            .to_string()
            .contains("all numbers")
    );
    write(&table, &path("b.parquet"), false).unwrap();
}
