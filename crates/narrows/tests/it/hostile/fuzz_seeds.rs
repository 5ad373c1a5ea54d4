//! Writes the fuzzing's seeds: `cargo test --test it fuzz_seeds -- --ignored`
//! rewrites `fuzz/corpus/*/seed-*`.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use image::{ExtendedColorType, ImageEncoder};
use narrows::{Autoencoder, Classifier, ClassifierConfig, Control, Training};
use ndarray::{Array, Ix1, Ix2, Ix3, ShapeBuilder};
use ndarray_npy::WriteNpyExt;
use safetensors::SafeTensors;

use super::examples;
use crate::carried::{bars, configs, name, shrunk};
use crate::{books, frames, parquets};

/// Beyond this many, values repeat from the first.
const MOST_VALUES: usize = 600;

fn seed(target: &str, name: &str, bytes: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let folder: PathBuf = folder.join(target);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("seed-{name}")), bytes).unwrap();
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(9));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
#[ignore = "writes files of the repository"]
fn texts() {
    let rows = "id,y,kind,skip,a,b\n1,u,red,?,0.5,1e3\n2,v,blue,x,-3,NA\n3,u,red,,7,2\n";
    seed("csv", "roles", rows.as_bytes());
    seed("csv", "gzipped", &gzipped(rows.as_bytes()));
    seed("csv", "numbers", b"1,2.5,-3e-2\n4,5,6\n");
    seed("csv", "semicolons", b"a;\"b;c\"\r\n1;2\r\n\r\n3;4\r\n");
    seed("csv", "tabs", b"a\tb\n1,5\t2\n");
    seed("csv", "quotes", b"a,\"b\"\"\n\"\n\"1\",2\n3,\"true\"\n");
    seed(
        "csv",
        "texts",
        "x,köln\nred,1700000001\nNaN,inf\nblue,\u{feff}3\n".as_bytes(),
    );
    for path in configs() {
        seed("config", &name(&path), &fs::read(&path).unwrap());
    }
    seed(
        "config",
        "change",
        b"network.hidden=[30, 20]\n[data]\nsource = \"a.csv\"\nlabel = \"y\"\n",
    );
}

#[test]
#[ignore = "writes files of the repository"]
fn arrays() {
    let npy = |array: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = Vec::new();
        array(&mut bytes);
        bytes
    };
    let wide = Array::<f32, Ix2>::from_shape_fn((3, 2), |(i, j)| (i + j) as f32 / 4.0);
    let ids = Array::<i64, Ix1>::from_vec(vec![9_007_199_254_740_993, -1, 0]);
    let pixels = Array::<u8, Ix3>::from_shape_fn((2, 3, 4), |(i, j, k)| (i * 40 + j * k) as u8);
    let turned = Array::<f64, Ix2>::from_shape_fn((3, 2).f(), |(i, j)| i as f64 - j as f64);
    let wide = npy(&|b| wide.write_npy(b).unwrap());
    let ids = npy(&|b| ids.write_npy(b).unwrap());
    let pixels = npy(&|b| pixels.write_npy(b).unwrap());
    let turned = npy(&|b| turned.write_npy(b).unwrap());
    for (name, bytes) in [
        ("floats", &wide),
        ("integers", &ids),
        ("pixels", &pixels),
        ("fortran", &turned),
    ] {
        seed("npy", name, bytes);
    }
    seed("npy", "gzipped", &gzipped(&pixels));
    for (name, method, members) in [
        ("stored", zip::CompressionMethod::Stored, vec![("x", &wide)]),
        (
            "deflated",
            zip::CompressionMethod::Deflated,
            vec![("anything", &wide), ("y", &ids), ("id", &ids)],
        ),
        (
            "two",
            zip::CompressionMethod::Stored,
            vec![("a", &pixels), ("b", &turned)],
        ),
    ] {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        for (name, bytes) in members {
            zip.start_file(format!("{name}.npy"), options).unwrap();
            zip.write_all(bytes).unwrap();
        }
        seed("npz", name, &zip.finish().unwrap().into_inner());
    }
    let images = [
        &[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2][..],
        &[9; 12],
    ]
    .concat();
    seed("idx", "pixels", &images);
    seed("idx", "gzipped", &gzipped(&images));
    seed("idx", "labels", &[0, 0, 8, 1, 0, 0, 0, 2, 7, 3]);
    seed(
        "idx",
        "floats",
        &[0, 0, 13, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0x3f, 0x80, 0, 0],
    );
}

#[test]
#[ignore = "writes files of the repository"]
fn images() {
    let pixels: Vec<u8> = (0..7 * 5 * 8).map(|at| (at * 37 % 251) as u8).collect();
    for (name, colour, bytes) in [
        ("grey", ExtendedColorType::L8, 1),
        ("colour", ExtendedColorType::Rgb8, 3),
        ("clear", ExtendedColorType::Rgba8, 4),
        ("deep", ExtendedColorType::Rgb16, 6),
    ] {
        let mut out = Vec::new();
        let encoder = image::codecs::png::PngEncoder::new(&mut out);
        encoder
            .write_image(&pixels[..7 * 5 * bytes], 7, 5, colour)
            .unwrap();
        seed("image", &format!("{name}.png"), &out);
    }
    for (name, colour, bytes) in [
        ("grey", ExtendedColorType::L8, 1),
        ("colour", ExtendedColorType::Rgb8, 3),
    ] {
        let mut out = Vec::new();
        let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 60);
        encoder
            .write_image(&pixels[..7 * 5 * bytes], 7, 5, colour)
            .unwrap();
        seed("image", &format!("{name}.jpg"), &out);
    }
}

#[test]
#[ignore = "writes files of the repository"]
fn tables() {
    for (name, bytes) in parquets::of_every_kind() {
        seed("parquet", &name, &bytes);
    }
    for (name, bytes) in frames::of_every_kind() {
        seed("arrow", name, &bytes);
    }
    for (name, bytes) in books::of_every_kind() {
        seed("xlsx", name, &bytes);
    }
    for (name, text) in [
        (
            "plain",
            "{\"a\":1,\"b\":\"x\"}\n{\"b\":\"y\",\"a\":-2.5e3}\n",
        ),
        (
            "nested",
            "{\"a\":true,\"b\":[1,{}]}\n\n{\"a\":null,\"c\":{\"d\":\"\\u00e9\"}}",
        ),
    ] {
        seed("jsonl", name, text.as_bytes());
    }
}

#[test]
#[ignore = "writes files of the repository"]
fn models() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    for config in configs() {
        let small = shrunk(&config);
        let table = bars();
        let model = Autoencoder::new(small).train(&table).unwrap();
        model.save(&path).unwrap();
        seed("model", &name(&config), &content(&path));
        if ["stacked", "convolutional", "tied"].contains(&name(&config).as_str()) {
            let mut config = ClassifierConfig::default();
            config.epochs = 1;
            let classifier = Classifier::train(&config, &model, &table).unwrap();
            classifier.save(&path).unwrap();
            seed("classifier", &shape(&model.shape()), &content(&path));
        }
    }
    let table = examples::table();
    let mut training = Training::new(&examples::config(), &table).unwrap();
    for epoch in 0..3 {
        training.checkpoint(&path).unwrap();
        seed("checkpoint", &epoch.to_string(), &content(&path));
        training.run_epoch(&mut |_| Control::Continue).unwrap();
    }
    let model = training.finish();
    model.save(&path).unwrap();
    seed("model", "columns", &content(&path));
}

fn shape(words: &str) -> String {
    words.split(' ').next().unwrap().into()
}

/// Returns a file's content as the targets take it, without its checksum.
fn content(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let json = &metadata.metadata().as_ref().unwrap()["narrows"];
    let mut header: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(json).unwrap();
    header.remove("checksum");
    header.remove("version");
    let mut text = serde_json::to_string(&header).unwrap() + "\n";
    let mut values = Vec::new();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut views: Vec<_> = file.iter().collect();
    views.sort_by_key(|(name, _)| name.to_string());
    for (name, view) in views {
        let shape: Vec<String> = view.shape().iter().map(usize::to_string).collect();
        text += &format!("{name} {}\n", shape.join(" "));
        values.extend_from_slice(view.data());
    }
    values.truncate(4 * MOST_VALUES);
    [(text + "\n").as_bytes(), &values].concat()
}
