//! `narrows impute`: what the filled file looks like, whatever it was read from.

use crate::common::Scratch;

/// Returns rows of an export: a date, a size of an order, true or false, a price
/// in dollars, and a column that is empty throughout; every seventh cell is
/// missing.
fn export() -> String {
    let mut text = String::from("when;size;ok;price;note\n");
    for row in 0..210usize {
        let cell = |column: usize, text: String| match (row + 2 * column) % 7 {
            0 => String::new(),
            _ => text,
        };
        let size = row * 5 % 3;
        text += &format!(
            "{};{};{};{};\n",
            cell(0, format!("{:02}.{:02}.2024", row % 28 + 1, row % 12 + 1)),
            cell(1, ["S", "M", "L"][size].into()),
            cell(2, ["FALSE", "TRUE"][size / 2].into()),
            cell(3, format!("${}.{:02}", 10 * size + 5, row % 50)),
        );
    }
    text
}

const SIZES: &str = "--set data.kinds.size=ordinal:S,M,L";

fn trained() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("export.csv", export());
    scratch.ok(&format!(
        "train imputing --data export.csv -q --set train.epochs=30 {SIZES}"
    ));
    scratch
}

#[test]
fn filled_cells_look_like_those_of_their_columns() {
    let scratch = trained();
    let ran = scratch.ok("impute runs/imputing export.csv -o filled.csv --json");
    // A seventh of four columns; the empty one stays empty.
    assert_eq!(ran.json()["filled"], 120);
    let cells = scratch.cells("filled.csv");
    assert_eq!(cells[0], ["when", "size", "ok", "price", "note"]);
    for row in &cells[1..] {
        let [when, size, ok, price, note] = &row[..] else {
            panic!("{row:?}");
        };
        assert!(when.len() == 10 && when.matches('.').count() == 2, "{when}");
        assert!(["S", "M", "L"].contains(&size.as_str()), "{size}");
        assert!(["TRUE", "FALSE"].contains(&ok.as_str()), "{ok}");
        let dollars = price.strip_prefix('$').unwrap();
        assert_eq!(dollars.split_once('.').unwrap().1.len(), 2, "{price}");
        assert_eq!(note, "");
    }
    // What is filled in is read as the rest is.
    scratch.ok("score runs/imputing filled.csv -o scores.csv -q");
}

#[test]
fn bounds_are_written_as_their_columns_are() {
    let scratch = trained();
    scratch.ok("impute runs/imputing export.csv -o sure.csv --sure 0.8");
    let cells = scratch.cells("sure.csv");
    let added = [
        "when_lower",
        "when_upper",
        "size_lower",
        "size_upper",
        "ok_probability",
        "price_lower",
        "price_upper",
    ];
    assert_eq!(cells[0][5..], added);
    let order = |text: &str| ["S", "M", "L"].iter().position(|size| *size == text);
    for row in &cells[1..] {
        if let Some(lower) = order(&row[7]) {
            let (size, upper) = (order(&row[1]).unwrap(), order(&row[8]).unwrap());
            assert!(lower <= size && size <= upper, "{row:?}");
        }
        if !row[9].is_empty() {
            let probability: f64 = row[9].parse().unwrap();
            assert!((0.5..=1.0).contains(&probability), "{row:?}");
        }
        assert!(row[5].is_empty() || row[5].len() == 10, "{row:?}");
    }
    assert!(cells[1..].iter().any(|row| order(&row[7]).is_some()));
    // A name that the file has is not given twice.
    let taken = export().replacen("note", "price_lower", 1);
    scratch.write("taken.csv", taken);
    let refused = scratch.refused("impute runs/imputing taken.csv -o x.csv --sure 0.8", 1);
    assert!(refused.contains("'price_lower'"), "{refused}");
}

#[test]
fn every_kind_of_file_is_filled_with_all_of_its_columns() {
    let scratch = Scratch::new();
    let mut lines = String::new();
    for row in 0..120 {
        let b = match row % 5 {
            0 => "null".into(),
            _ => format!("{}.5", row * 3 % 40),
        };
        lines += &format!(
            "{{\"name\":\"row {row}\",\"a\":{}.25,\"b\":{b},\"c\":{},\"colour\":\"{}\"}}\n",
            row % 40,
            row % 2 == 0,
            ["red", "blue"][row % 2]
        );
    }
    scratch.write("rows.jsonl", lines);
    scratch.ok("train imputing --data rows.jsonl -q --set train.epochs=5");
    scratch.ok("impute runs/imputing rows.jsonl -o filled.csv");
    let cells = scratch.cells("filled.csv");
    assert_eq!(cells[0], ["name", "a", "b", "c", "colour"]);
    assert_eq!(cells[2], ["row 1", "1.25", "3.5", "false", "blue"]);
    assert!(cells[1..].iter().all(|row| !row[2].is_empty()));
    // Parquet, which the program itself writes.
    scratch.ok("impute runs/imputing rows.jsonl -o filled.parquet");
    scratch.ok("impute runs/imputing filled.parquet -o again.csv");
    let again = scratch.cells("again.csv");
    assert_eq!(again[0], ["a", "b", "c", "colour"]);
    assert_eq!(again[2], ["1.25", "3.5", "0", "blue"]);
    for out in ["x.csv", "x.parquet", "x.npy"] {
        scratch.ok(&format!(
            "impute runs/imputing rows.jsonl --draws 2 --force -o {out}"
        ));
    }
}

#[test]
fn new_rows_have_dates_and_texts_of_orders_like_the_file() {
    let scratch = Scratch::new();
    scratch.write("export.csv", export());
    scratch.ok(&format!(
        "train table --data export.csv -q --name v --set train.epochs=5 --set variational.beta=0.5 {SIZES}"
    ));
    for line in [
        "generate runs/v -n 40 -o new.csv",
        "reconstruct runs/v export.csv -o new.csv --force",
    ] {
        scratch.ok(line);
        let cells = scratch.cells("new.csv");
        assert_eq!(cells[0], ["when", "size", "ok", "price"]);
        assert!(cells[1][0].contains(".20"), "{:?}", cells[1]);
        assert!(["S", "M", "L"].contains(&cells[1][1].as_str()));
        scratch.ok("score runs/v new.csv -o scores.csv --force -q");
    }
}
