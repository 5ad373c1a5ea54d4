//! Writes the same rows of numbers in every format that holds them.

use std::io::{Cursor, Write};

use narrows::Table;
use narrows::write::write;

use super::Scratch;

/// Files of rows of numbers, one for each format that holds them.
pub const NUMBERS: [&str; 8] = [
    "t.csv",
    "t.csv.gz",
    "t.tsv",
    "t.npy",
    "t.npz",
    "t.idx",
    "t.idx.gz",
    "t.parquet",
];

/// A config for a tiny network on any rows of three columns.
pub const CONFIG: &str = "[network]\nhidden = []\ncode = 2\n[train]\nepochs = 2\n";

/// Returns distinct rows of three columns.
pub fn numbers(rows: usize) -> Vec<f32> {
    (0..rows * 3)
        .map(|i| ((i * 37) % 101) as f32 / 10.0)
        .collect()
}

/// Returns the bytes, gzipped.
pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// Writes rows of three columns in the format of the name; NaN is missing.
pub fn put(scratch: &Scratch, name: &str, values: &[f32]) {
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

/// Returns a folder with a model of three columns in `runs/t`.
pub fn with_model() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("t.toml", CONFIG);
    put(&scratch, "train.csv", &numbers(60));
    scratch.ok("train t.toml -q --data train.csv");
    scratch
}
