//! `narrows encode`, `decode` and `reconstruct`: rows in, rows out.

use std::io::Read;

use crate::common::{Scratch, cells, rows};
use narrows::Table;
use narrows::read::{Roles, read};

/// Reads a table that the program wrote, with the library.
fn table(scratch: &Scratch, name: &str) -> Table {
    read(&scratch.path(name).display().to_string(), &Roles::default()).unwrap()
}

/// Returns a column of a CSV file, without its name.
fn column(cells: &[Vec<String>], name: &str) -> Vec<String> {
    let at = cells[0].iter().position(|cell| cell == name).unwrap();
    cells[1..].iter().map(|row| row[at].clone()).collect()
}

#[test]
fn codes_beside_a_label_that_is_called_like_one_are_decoded() {
    let scratch = Scratch::new();
    let row = |row: usize| format!("a{},{},{}\n", row % 2, row * 7 % 11, row * 5 % 13);
    let text: String = (0..40).map(row).collect();
    scratch.write("t.csv", format!("code_1,x,y\n{text}"));
    scratch.ok("train table --data t.csv --set data.label=code_1 --set network.code=2 --set train.epochs=2 -q");
    for ending in ["csv", "parquet"] {
        scratch.ok(&format!("encode runs/table t.csv -o codes.{ending}"));
        scratch.ok(&format!(
            "decode runs/table codes.{ending} -o back-{ending}.csv"
        ));
    }
    scratch.ok("reconstruct runs/table t.csv -o back.csv");
    for ending in ["csv", "parquet"] {
        let back = scratch.text(&format!("back-{ending}.csv"));
        assert_eq!(back, scratch.text("back.csv"), "{ending}");
    }
}

#[test]
fn codes_come_with_ids_and_labels_in_the_rows_order() {
    let scratch = Scratch::with_model();
    let ran = scratch.ok("encode runs/my rows.csv -o codes.csv");
    assert_eq!(ran.text(), "");
    assert_eq!(ran.err, "wrote 120 rows of 2 columns to codes.csv\n");
    let codes = scratch.cells("codes.csv");
    assert_eq!(codes[0], ["name", "kind", "code_1", "code_2"]);
    let given = cells(&rows(120));
    for name in ["name", "kind"] {
        assert_eq!(column(&codes, name), column(&given, name));
    }
}

#[test]
fn decoded_codes_are_the_reconstruction() {
    let scratch = Scratch::with_model();
    scratch.ok("encode runs/my rows.csv -o codes.csv");
    scratch.ok("decode runs/my codes.csv -o decoded.csv");
    scratch.ok("reconstruct runs/my rows.csv -o rows2.csv");
    assert_eq!(scratch.text("decoded.csv"), scratch.text("rows2.csv"));
    for name in ["npy", "parquet"] {
        scratch.ok(&format!("encode runs/my rows.csv -o codes.{name}"));
        scratch.ok(&format!("decode runs/my codes.{name} -o {name}.npy"));
        scratch.ok("reconstruct runs/my rows.csv -o rows.npy --force");
        assert!(
            scratch.bytes(&format!("{name}.npy")) == scratch.bytes("rows.npy"),
            "{name}"
        );
    }
}

#[test]
fn reconstructions_come_in_the_datas_columns_and_units() {
    let scratch = Scratch::with_rows();
    // Enough epochs to tell units apart.
    scratch.ok("train my.toml -q --set train.epochs=150");
    scratch.ok("reconstruct runs/my rows.csv -o out.csv");
    let (given, out) = (cells(&rows(120)), scratch.cells("out.csv"));
    assert_eq!(out[0], ["name", "kind", "a", "b", "c", "colour"]);
    assert_eq!(column(&out, "name"), column(&given, "name"));
    for (name, near) in [("a", 0.15), ("b", 1.5), ("c", 0.15)] {
        let off: Vec<f64> = column(&given, name)
            .iter()
            .zip(column(&out, name))
            // A missing cell has no value to be near to.
            .filter_map(|(x, y)| Some((x.parse::<f64>().ok()? - y.parse::<f64>().unwrap()).abs()))
            .collect();
        let mean = off.iter().sum::<f64>() / off.len() as f64;
        assert!(mean < near, "{name} is off by {mean}");
    }
    let same = column(&given, "colour")
        .iter()
        .zip(column(&out, "colour"))
        .filter(|(x, y)| *x == y)
        .count();
    assert!(same > 100, "{same} of 120 colours came back");
}

#[test]
fn texts_like_formulas_are_told_once_and_made_text_on_request() {
    let scratch = Scratch::with_model();
    let given = rows(120)
        .replace("\nr1,", "\n=1+1,")
        .replace("\nr2,", "\n@a,");
    scratch.write("formulas.csv", &given);
    assert!(given.contains("=1+1"));
    for command in ["encode", "score"] {
        let ran = scratch.ok(&format!(
            "{command} runs/my formulas.csv -o plain.csv --force"
        ));
        assert_eq!(ran.err.matches("such as '=1+1'").count(), 1, "{}", ran.err);
        assert!(ran.err.contains("--safe-csv"), "{}", ran.err);
        let ran = scratch.ok(&format!(
            "{command} runs/my formulas.csv -o safe.csv --force --safe-csv"
        ));
        assert!(!ran.err.contains("formula"), "{}", ran.err);
        let safe = scratch
            .text("plain.csv")
            .replace("=1+1", "'=1+1")
            .replace("@a", "'@a");
        assert_eq!(scratch.text("safe.csv"), safe);
    }
}

#[test]
fn a_file_that_is_called_like_built_in_data_is_told() {
    let scratch = Scratch::new();
    scratch.write("plane:test", "a,b\n1,2\n3,4\n");
    let ran = scratch.ok("inspect plane:test");
    assert!(ran.err.contains("./plane:test"), "{}", ran.err);
    let ran = scratch.ok("inspect ./plane:test --json");
    assert!(!ran.err.contains("built-in"), "{}", ran.err);
    assert_eq!(ran.json()["rows"], 2);
}

#[test]
fn every_output_format_holds_the_same_codes() {
    let scratch = Scratch::with_model();
    for name in [
        "codes.csv",
        "codes.csv.gz",
        "codes.tsv",
        "codes.npy",
        "codes.parquet",
    ] {
        scratch.ok(&format!("encode runs/my rows.csv -o {name}"));
    }
    let csv = scratch.bytes("codes.csv");
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(scratch.bytes("codes.csv.gz").as_slice())
        .read_to_end(&mut unpacked)
        .unwrap();
    assert!(csv == unpacked);
    assert_eq!(
        scratch.text("codes.tsv").replace('\t', ","),
        scratch.text("codes.csv")
    );
    assert!(scratch.ok("encode runs/my rows.csv -o -").out == csv);
    let array = table(&scratch, "codes.npy");
    assert_eq!((array.rows(), array.columns().len()), (120, 2));
    let cells = scratch.cells("codes.csv");
    for row in 0..120 {
        let value: f32 = cells[row + 1][2].parse().unwrap();
        assert_eq!(array.value(row, 0), value, "row {row}");
    }
    let json = scratch.ok("inspect codes.parquet --json").json();
    let names: Vec<&str> = json["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| column["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["name", "kind", "code_1", "code_2"]);
}

#[test]
fn standard_input_and_output_make_a_pipe() {
    let scratch = Scratch::with_model();
    scratch.ok("reconstruct runs/my rows.csv -o expected.csv");
    let codes = scratch.run_on("encode runs/my - -o -", rows(120));
    assert_eq!(codes.code, 0, "{}", codes.err);
    let decoded = scratch.run_on("decode runs/my - -o -", codes.out);
    assert_eq!(decoded.text(), scratch.text("expected.csv"));
    let quiet = scratch.run_on("encode runs/my - -o - -q", rows(3));
    assert_eq!((quiet.text().lines().count(), quiet.err.as_str()), (4, ""));
}

#[test]
fn json_tells_where_the_rows_went() {
    let scratch = Scratch::with_model();
    let ran = scratch.ok("encode runs/my rows.csv -o codes.csv --json");
    let json = ran.json();
    assert_eq!(json["output"], "codes.csv");
    assert_eq!((&json["rows"], &json["columns"]), (&120.into(), &2.into()));
    assert_eq!(ran.err, "");
}

#[test]
fn an_existing_file_is_only_overwritten_by_force() {
    let scratch = Scratch::with_model();
    for command in ["encode", "reconstruct", "score"] {
        let output = format!("{command}.csv");
        scratch.write(&output, "precious");
        let line = format!("{command} runs/my rows.csv -o {output}");
        let message = scratch.refused(&line, 2);
        assert!(
            message.contains(&output) && message.contains("--force"),
            "{message}"
        );
        assert_eq!(scratch.text(&output), "precious");
        scratch.ok(&format!("{line} --force"));
        assert_eq!(scratch.text(&output).lines().count(), 121);
    }
}

#[test]
fn a_model_goes_by_its_file_too_wherever_it_is() {
    let scratch = Scratch::with_model();
    scratch.ok("encode runs/my rows.csv -o folder.csv");
    scratch.write(
        "kept.safetensors",
        scratch.bytes("runs/my/model.safetensors"),
    );
    scratch.ok("encode kept.safetensors rows.csv -o file.csv");
    assert_eq!(scratch.text("folder.csv"), scratch.text("file.csv"));
}

#[test]
fn columns_are_found_by_name_whatever_their_order() {
    let scratch = Scratch::with_model();
    scratch.write(
        "given.csv",
        "a,b,c,colour\n0.5,5.5,-0.25,red\n0.1,1.5,-0.5,blue\n",
    );
    scratch.write(
        "moved.csv",
        "extra,colour,c,b,a\n9,red,-0.25,5.5,0.5\n8,blue,-0.5,1.5,0.1\n",
    );
    let given = scratch.ok("encode runs/my given.csv -o -").text();
    assert_eq!(scratch.ok("encode runs/my moved.csv -o -").text(), given);
    assert!(given.starts_with("code_1,code_2\n"), "{given}");
}

#[test]
fn one_row_gives_one_row_and_the_same_as_among_others() {
    let scratch = Scratch::with_model();
    let all = scratch.ok("encode runs/my rows.csv -o -").text();
    let fifth = rows(5).lines().last().unwrap().to_string();
    let header = rows(0);
    let one = scratch.run_on("encode runs/my - -o -", format!("{header}{fifth}\n"));
    assert_eq!(one.text().lines().nth(1), all.lines().nth(5));
    assert_eq!(one.text().lines().count(), 2);
}

#[test]
fn missing_cells_are_filled_as_in_training() {
    let scratch = Scratch::with_model();
    let mean = {
        let text = rows(120);
        let given = cells(&text);
        // The scaler uses the training rows' mean; the mean of all rows is
        // close.
        let known: Vec<f64> = column(&given, "b")
            .iter()
            .filter_map(|b| b.parse().ok())
            .collect();
        known.iter().sum::<f64>() / known.len() as f64
    };
    let code = |b: &str| -> Vec<f64> {
        let line = format!("a,b,c,colour\n0.5,{b},-0.5,red\n");
        let text = scratch.run_on("encode runs/my - -o -", line).text();
        cells(&text)[1]
            .iter()
            .map(|cell| cell.parse().unwrap())
            .collect()
    };
    let (filled, at_mean, far) = (code(""), code(&mean.to_string()), code("9.9"));
    let distance = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - y).abs()).sum::<f64>();
    assert!(distance(&filled, &at_mean) < 0.2 * distance(&filled, &far));
}

#[test]
fn codes_that_are_no_numbers_are_refused() {
    let scratch = Scratch::with_model();
    for (codes, words) in [
        (
            "1,2\n3,\n",
            "row 2, column 'code_2': found a missing value, expected a finite number",
        ),
        (
            "1,2\n3,x\n",
            "row 2, column 'code_2': found 'x', expected a number",
        ),
    ] {
        scratch.write("codes.csv", format!("code_1,code_2\n{codes}"));
        let message = scratch.refused("decode runs/my codes.csv -o out.csv", 1);
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn rows_that_were_written_with_their_label_can_be_read_again() {
    let scratch = Scratch::new();
    scratch.ok(
        "train stacked -q --name s --data mnist:train@1-2000 --set train.epochs=1 --set network.hidden= --set network.code=4 --set train.batch=1000",
    );
    let written = scratch
        .ok("reconstruct runs/s mnist:test@1-100 -o -")
        .text();
    let some: Vec<&str> = written.lines().take(4).collect();
    assert!(some[0].starts_with("digit,x1,"), "{}", &some[0][..20]);
    scratch.write("some.csv", some.join("\n"));
    let codes = scratch.ok("encode runs/s some.csv -o -").text();
    assert_eq!(codes.lines().count(), 4);
}
