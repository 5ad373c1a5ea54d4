//! Sends every format of numbers into and out of the program.

use crate::common::numbers::{NUMBERS, numbers, put, with_model};
use narrows::Table;
use narrows::write::write;

#[test]
fn the_same_rows_of_any_format_give_the_same_model_and_codes() {
    let scratch = with_model();
    for name in NUMBERS {
        put(&scratch, name, &numbers(60));
    }
    scratch.ok("train t.toml -q --data t.csv --name csv");
    scratch.ok("encode runs/csv t.csv -o csv.npy");
    for (at, name) in NUMBERS.into_iter().enumerate() {
        scratch.ok(&format!("train t.toml -q --data {name} --name r{at}"));
        // Names of columns are part of a model; weights do not depend on them.
        scratch.ok(&format!("encode runs/r{at} {name} -o {at}.npy"));
        assert!(
            scratch.bytes(&format!("{at}.npy")) == scratch.bytes("csv.npy"),
            "{name}"
        );
        // A model of one format also takes rows of another.
        scratch.ok(&format!("encode runs/csv {name} -o {at}.npy --force"));
        assert!(
            scratch.bytes(&format!("{at}.npy")) == scratch.bytes("csv.npy"),
            "{name}"
        );
    }
}

#[test]
fn what_is_no_number_is_refused_with_its_row_and_column() {
    let scratch = with_model();
    for name in NUMBERS {
        for (value, found) in [
            (f32::NAN, ""),
            (f32::INFINITY, "inf"),
            (f32::NEG_INFINITY, "inf"),
        ] {
            let mut values = numbers(20);
            values[3 * 4 + 1] = value;
            put(&scratch, name, &values);
            // A training fills missing cells, and tells.
            let train = (!value.is_nan()).then_some("train t.toml --data {}");
            for line in ["encode runs/t {} -o out.csv"].into_iter().chain(train) {
                let message = scratch.refused(&line.replace("{}", name), 1);
                let start = match name {
                    "t.npz" => "t.npz: ".to_string(),
                    _ => format!("{name}: row 5, column 'x2': found "),
                };
                assert!(message.starts_with(&start), "{value} in {name}: {message}");
                assert!(
                    message.contains("row 5, column 'x2'"),
                    "{value} in {name}: {message}"
                );
                assert!(message.contains(found), "{value} in {name}: {message}");
            }
        }
    }
}

#[test]
fn missing_numbers_of_every_format_are_filled_where_asked() {
    let scratch = with_model();
    for name in NUMBERS {
        let mut values = numbers(20);
        values[3 * 4 + 1] = f32::NAN;
        put(&scratch, name, &values);
        let line = format!("train t.toml --data {name} --name m --force -q");
        scratch.ok(&format!("{line} --set data.missing=mean"));
        scratch.ok(&format!("reconstruct runs/m {name} -o out.npy --force"));
    }
}

#[test]
fn another_number_of_columns_is_refused() {
    let scratch = with_model();
    let wide = Table::from_floats(vec![1.0; 20], 4).unwrap();
    for name in ["w.npy", "w.csv", "w.parquet"] {
        write(&wide, &scratch.path(name).display().to_string(), false).unwrap();
    }
    let message = scratch.refused("encode runs/t w.npy -o out.csv", 1);
    assert!(
        message.contains("found 4 columns, expected the 3"),
        "{message}"
    );
    for name in ["w.npy", "w.csv", "w.parquet"] {
        let message = scratch.refused(&format!("decode runs/t {name} -o out.csv"), 1);
        assert!(message.contains(", expected the 2 units"), "{message}");
    }
    let message = scratch.refused("evaluate runs/t mnist:test", 1);
    assert!(message.contains("784 columns, expected the 3"), "{message}");
}

#[test]
fn files_without_rows_are_refused() {
    let scratch = with_model();
    scratch.write("e.csv", "x1,x2,x3\n");
    scratch.write("e.idx", [0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 3]);
    put(&scratch, "t.npy", &numbers(1));
    // The same array with a shape of no rows, and no values.
    let one = scratch.bytes("t.npy");
    let header = String::from_utf8_lossy(&one[..one.len() - 12]).into_owned();
    assert!(header.contains("(1, 3)"), "{header}");
    let at = one.windows(6).position(|bytes| bytes == b"(1, 3)").unwrap();
    let mut none = one[..one.len() - 12].to_vec();
    none[at + 1] = b'0';
    scratch.write("e.npy", none);
    for name in ["e.csv", "e.idx", "e.npy"] {
        for line in [
            "encode runs/t {} -o out.csv",
            "train t.toml --data {}",
            "inspect {}",
        ] {
            let message = scratch.refused(&line.replace("{}", name), 1);
            assert!(
                message.starts_with(name) && message.contains("at least"),
                "{message}"
            );
        }
    }
}

#[test]
fn one_row_can_be_encoded_but_not_trained_on() {
    let scratch = with_model();
    for name in NUMBERS {
        put(&scratch, name, &numbers(1));
        scratch.ok(&format!("encode runs/t {name} -o one.csv --force"));
        assert_eq!(scratch.text("one.csv").lines().count(), 2, "{name}");
        let message = scratch.refused(&format!("train t.toml --data {name}"), 1);
        assert!(
            message.contains("found 1 row, expected at least 2 rows"),
            "{message}"
        );
    }
}

#[test]
fn rows_that_are_all_the_same_are_refused() {
    let scratch = with_model();
    for name in NUMBERS {
        put(&scratch, name, &[1.5; 60]);
        let message = scratch.refused(&format!("train t.toml --data {name}"), 1);
        assert!(
            message.contains("the same values in every training row"),
            "{message}"
        );
    }
}
