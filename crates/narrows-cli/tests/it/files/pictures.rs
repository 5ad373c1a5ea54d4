//! Reads folders of pictures, and writes pictures.

use crate::common::{Scratch, cells};
use narrows::read::{Roles, read};
use narrows::write::write;
use narrows::{ImageShape, Table};
use serde_json::Value;

/// Returns a folder with small grey pictures, and a model of them in `runs/p`.
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
    let codes = cells(&codes);
    assert_eq!(codes[0], ["file", "folder", "code_1", "code_2"]);
    assert_eq!(
        (codes[1][0].as_str(), codes[1][1].as_str()),
        ("cats/00.png", "cats")
    );
    assert_eq!(codes.len(), 25);

    scratch.ok("reconstruct runs/p pictures -o sheet.png");
    let path = scratch.path("sheet.png").display().to_string();
    let sheet = read(&path, &Roles::default()).unwrap().image().unwrap();
    // Five across and five down, each 3 by 4 pixels, a pixel apart.
    assert_eq!((sheet.width, sheet.height, sheet.channels), (19, 24, 1));

    scratch.ok("reconstruct runs/p pictures -o rows.npy");
    let rows = read(
        &scratch.path("rows.npy").display().to_string(),
        &Roles::default(),
    )
    .unwrap();
    assert_eq!(
        rows.image(),
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
fn pictures_are_summed_up_as_pictures() {
    let scratch = with_pictures();
    scratch.write("pictures/notes.txt", "");
    let ran = scratch.ok("inspect pictures --json");
    let json = ran.json();
    assert_eq!(
        (&json["rows"], &json["columns"]),
        (&24.into(), &Value::Null)
    );
    let image = &json["image"];
    for (key, value) in [
        ("height", 4),
        ("width", 3),
        ("channels", 1),
        ("depth", 8),
        ("max", 255),
    ] {
        assert_eq!(image[key], f64::from(value), "{key}");
    }
    let told = json["notes"][0].as_str().unwrap();
    assert!(
        told.contains("1 file of the folder left out") && told.contains("notes.txt"),
        "{told}"
    );
    assert!(ran.err.contains(told), "{}", ran.err);
    let text = scratch.ok("inspect pictures").text();
    assert!(
        text.starts_with("pictures: 24 images\n  4 x 3 pixels (height x width), grey, 8 bits\n"),
        "{text}"
    );
    let told = scratch.ok("train p.toml --name q").err;
    assert_eq!(told.matches("notes.txt").count(), 1, "{told}");
    let told = scratch.ok("encode runs/p pictures -o codes.csv").err;
    assert_eq!(told.matches("notes.txt").count(), 1, "{told}");
}

#[test]
fn pictures_of_16_bits_come_back_with_16_bits() {
    let scratch = Scratch::new();
    let deep = |name: &str, pictures: std::ops::Range<u16>| {
        let count = pictures.len();
        let header =
            format!("{{'descr': '<u2', 'fortran_order': False, 'shape': ({count}, 4, 3), }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.bytes());
        for picture in pictures {
            let pixels = (0..12u16).map(|at| at * 70 + picture * 9 % 50);
            bytes.extend(pixels.flat_map(u16::to_le_bytes));
        }
        scratch.write(name, bytes);
    };
    deep("deep.npy", 0..30);
    deep("one.npy", 3..4);
    let json = scratch.ok("inspect deep.npy --json").json();
    assert_eq!(
        (&json["image"]["depth"], &json["image"]["max"]),
        (&16.into(), &819.0.into())
    );
    scratch.ok("train stacked --data deep.npy --name d -q --set network.hidden=[6] --set network.code=2 --set train.epochs=60");
    // One picture alone is not on a sheet with others.
    scratch.ok("reconstruct runs/d one.npy -o one.png");
    let json = scratch.ok("inspect one.png --json").json();
    assert_eq!(json["image"]["depth"], 16);
    let high = json["image"]["max"].as_f64().unwrap();
    assert!((256.0..1000.0).contains(&high), "{high}");
    scratch.ok("score runs/d one.png -o one.csv");
    let message = scratch.refused("score runs/d mnist:test -o out.csv", 1);
    assert!(message.contains("images of 28 x 28 pixels"), "{message}");
    scratch.ok("look reconstructions runs/d deep.npy -o look.png");
}
