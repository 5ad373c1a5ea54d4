//! Every format in and out of the program, whole and damaged.

mod common;

use std::io::{Cursor, Write};

use common::Scratch;
use narrows::read::{Roles, read};
use narrows::write::write;
use narrows::{ImageShape, Table};

/// Files of rows of numbers, one for each format that holds them.
const NUMBERS: [&str; 8] = [
    "t.csv",
    "t.csv.gz",
    "t.tsv",
    "t.npy",
    "t.npz",
    "t.idx",
    "t.idx.gz",
    "t.parquet",
];

/// A tiny network for any rows of three columns.
const CONFIG: &str = "[network]\nhidden = []\ncode = 2\n[train]\nepochs = 2\n";

/// Rows of three columns that differ.
fn numbers(rows: usize) -> Vec<f32> {
    (0..rows * 3)
        .map(|i| ((i * 37) % 101) as f32 / 10.0)
        .collect()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// Writes rows of three columns in the format of the name; NaN where missing.
fn put(scratch: &Scratch, name: &str, values: &[f32]) {
    let rows = values.len() / 3;
    if let Some(plain) = name
        .strip_suffix(".gz")
        .filter(|plain| plain.ends_with(".idx"))
    {
        put(scratch, plain, values);
        scratch.write(name, gzipped(&scratch.bytes(plain)));
    } else if name.ends_with(".idx") {
        let mut bytes = vec![0, 0, 0x0d, 2];
        bytes.extend((rows as u32).to_be_bytes());
        bytes.extend(3u32.to_be_bytes());
        bytes.extend(values.iter().flat_map(|value| value.to_be_bytes()));
        scratch.write(name, bytes);
    } else if name.ends_with(".npz") {
        put(scratch, "member.npy", values);
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        archive
            .start_file("x.npy", zip::write::SimpleFileOptions::default())
            .unwrap();
        archive.write_all(&scratch.bytes("member.npy")).unwrap();
        scratch.write(name, archive.finish().unwrap().into_inner());
    } else {
        let table = Table::from_floats(values.to_vec(), 3).unwrap();
        write(&table, &scratch.path(name).display().to_string(), true).unwrap();
    }
}

/// A folder with a model of three columns in `runs/t`.
fn with_model() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("t.toml", CONFIG);
    put(&scratch, "train.csv", &numbers(60));
    scratch.ok("train t.toml -q --data train.csv");
    scratch
}

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
        // Names of columns are part of a model; weights are not of names.
        scratch.ok(&format!("encode runs/r{at} {name} -o {at}.npy"));
        assert!(
            scratch.bytes(&format!("{at}.npy")) == scratch.bytes("csv.npy"),
            "{name}"
        );
        // And a model of one format takes rows of another.
        scratch.ok(&format!("encode runs/csv {name} -o {at}.npy --force"));
        assert!(
            scratch.bytes(&format!("{at}.npy")) == scratch.bytes("csv.npy"),
            "{name}"
        );
    }
}

#[test]
fn cut_files_are_refused_in_one_line() {
    let scratch = with_model();
    for name in NUMBERS.into_iter().filter(|name| !name.ends_with("sv")) {
        put(&scratch, name, &numbers(40));
        let whole = scratch.bytes(name);
        for length in [0, 1, 5, whole.len() / 2, whole.len() - 1] {
            scratch.write(name, &whole[..length]);
            for line in [
                "encode runs/t {} -o out.csv",
                "train t.toml --data {}",
                "inspect {}",
            ] {
                let message = scratch.refused(&line.replace("{}", name), 1);
                assert!(
                    message.starts_with(name),
                    "{length} bytes of {name}: {message}"
                );
            }
        }
    }
}

#[test]
fn flipped_bytes_never_panic_and_never_leave_half_a_file() {
    let scratch = with_model();
    for name in NUMBERS {
        put(&scratch, name, &numbers(20));
        let whole = scratch.bytes(name);
        for at in (0..whole.len()).step_by(whole.len() / 12 + 1) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0xff;
            scratch.write(name, bytes);
            // A flipped bit of a plain number is a number still.
            let ran = scratch.run(&format!("encode runs/t {name} -o out.csv -q"));
            match ran.code {
                0 => std::fs::remove_file(scratch.path("out.csv")).unwrap(),
                _ => {
                    let message = scratch.refused(&format!("encode runs/t {name} -o out.csv"), 1);
                    assert!(message.starts_with(name), "byte {at} of {name}: {message}");
                }
            }
        }
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
            for line in ["encode runs/t {} -o out.csv", "train t.toml --data {}"] {
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

/// Small grey pictures in a folder, and a model of them in `runs/p`.
fn with_pictures() -> Scratch {
    let scratch = Scratch::new();
    let shape = ImageShape {
        height: 4,
        width: 3,
        channels: 1,
    };
    for folder in ["cats", "dogs"] {
        std::fs::create_dir_all(scratch.path("pictures").join(folder)).unwrap();
    }
    for picture in 0..24u32 {
        let bytes: Vec<u8> = (0..12).map(|i| (i * 20 + picture * 9 % 50) as u8).collect();
        let folder = if picture % 2 == 0 { "cats" } else { "dogs" };
        let path = scratch.path(format!("pictures/{folder}/{picture:02}.png"));
        let table = Table::from_images(bytes, shape).unwrap();
        write(&table, &path.display().to_string(), false).unwrap();
    }
    scratch.write(
        "p.toml",
        "[data]\nsource = \"pictures\"\nlabel = \"folder\"\n[network]\nhidden = [5]\ncode = 2\n[train]\nepochs = 100\n",
    );
    scratch.ok("train p.toml -q");
    scratch
}

#[test]
fn a_folder_of_pictures_goes_in_and_pictures_come_out() {
    let scratch = with_pictures();
    let codes = scratch.ok("encode runs/p pictures -o -").text();
    let codes = common::cells(&codes);
    assert_eq!(codes[0], ["file", "folder", "code_1", "code_2"]);
    assert_eq!(
        (codes[1][0].as_str(), codes[1][1].as_str()),
        ("cats/00.png", "cats")
    );
    assert_eq!(codes.len(), 25);

    scratch.ok("reconstruct runs/p pictures -o sheet.png");
    let path = scratch.path("sheet.png").display().to_string();
    let sheet = read(&path, &Roles::default()).unwrap().image.unwrap();
    // Five across and five down, each 3 by 4 pixels, a pixel apart.
    assert_eq!((sheet.width, sheet.height, sheet.channels), (19, 24, 1));

    scratch.ok("reconstruct runs/p pictures -o rows.npy");
    let rows = read(
        &scratch.path("rows.npy").display().to_string(),
        &Roles::default(),
    )
    .unwrap();
    assert_eq!(
        rows.image,
        Some(ImageShape {
            height: 4,
            width: 3,
            channels: 1
        })
    );
    // Bytes, not the network's units.
    let brightest = (0..12).map(|at| rows.value(0, at)).fold(0.0, f32::max);
    assert!(brightest > 50.0, "{brightest}");

    scratch.ok("encode runs/p pictures -o codes.csv");
    scratch.ok("decode runs/p codes.csv -o decoded.png");
    assert!(scratch.bytes("decoded.png") == scratch.bytes("sheet.png"));
    scratch.ok("report runs/p");
}

#[test]
fn damaged_and_odd_pictures_are_named() {
    let scratch = with_pictures();
    let whole = scratch.bytes("pictures/dogs/07.png");
    for bytes in [&whole[..whole.len() / 2], b"", b"no picture at all"] {
        scratch.write("pictures/dogs/07.png", bytes);
        let message = scratch.refused("encode runs/p pictures -o out.csv", 1);
        assert!(message.contains("dogs/07.png"), "{message}");
    }
    let shape = ImageShape {
        height: 2,
        width: 2,
        channels: 1,
    };
    let small = Table::from_images(vec![1, 2, 3, 4], shape).unwrap();
    write(
        &small,
        &scratch.path("pictures/dogs/07.png").display().to_string(),
        true,
    )
    .unwrap();
    let message = scratch.refused("encode runs/p pictures -o out.csv", 1);
    assert!(
        message.contains("'dogs/07.png': found 2x2 pixels"),
        "{message}"
    );
    let message = scratch.refused("encode runs/p pictures/dogs/07.png -o out.csv", 1);
    assert!(
        message.contains("found images of 2 x 2 pixels"),
        "{message}"
    );
    let message = scratch.refused("score runs/p pictures/dogs/01.png -o out.png", 2);
    assert!(message.contains(".png"), "{message}");
}

#[test]
fn damaged_models_are_refused() {
    let scratch = with_model();
    let whole = scratch.bytes("runs/t/model.safetensors");
    put(&scratch, "t.csv", &numbers(5));
    let mut damaged: Vec<Vec<u8>> = [0, 7, 8, 200, whole.len() - 1]
        .iter()
        .map(|&length| whole[..length].to_vec())
        .collect();
    for at in (0..whole.len()).step_by(whole.len() / 20) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        damaged.push(bytes);
    }
    damaged.push([&whole[..], b"more"].concat());
    for bytes in damaged {
        scratch.write("bad.safetensors", bytes);
        for line in [
            "encode bad.safetensors t.csv -o out.csv",
            "inspect bad.safetensors",
        ] {
            let message = scratch.refused(line, 1);
            assert!(message.starts_with("bad.safetensors: found "), "{message}");
        }
    }
}
