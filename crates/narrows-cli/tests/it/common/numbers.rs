//! Writes the same rows of numbers in every format that holds them.

use std::io::{Cursor, Write};
use std::sync::Arc;

use parquet::data_type::FloatType;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

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
    } else if name.ends_with(".npy") {
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, 3), }}");
        let header = format!("{header:<117}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        scratch.write(name, bytes);
    } else if name.ends_with(".parquet") {
        scratch.write(name, parquet(values));
    } else {
        let delimiter = if name.contains(".tsv") { "\t" } else { "," };
        let cell = |value: &f32| match value.is_nan() {
            true => String::new(),
            false => value.to_string(),
        };
        let line = |row: &[f32]| row.iter().map(cell).collect::<Vec<_>>().join(delimiter);
        let header = ["x1", "x2", "x3"].join(delimiter);
        let lines = [header].into_iter().chain(values.chunks(3).map(line));
        let text = lines.map(|line| line + "\n").collect::<String>();
        let bytes = text.into_bytes();
        let is_packed = name.ends_with(".gz");
        scratch.write(name, if is_packed { gzipped(&bytes) } else { bytes });
    }
}

/// Returns rows of three columns as a Parquet file.
fn parquet(values: &[f32]) -> Vec<u8> {
    let columns = "required float x1; required float x2; required float x3;";
    let schema = parse_message_type(&format!("message rows {{ {columns} }}")).unwrap();
    let mut bytes = Vec::new();
    let mut file =
        SerializedFileWriter::new(&mut bytes, Arc::new(schema), Default::default()).unwrap();
    let mut group = file.next_row_group().unwrap();
    for column in 0..3 {
        let of_column: Vec<f32> = values.iter().copied().skip(column).step_by(3).collect();
        let mut writer = group.next_column().unwrap().unwrap();
        writer
            .typed::<FloatType>()
            .write_batch(&of_column, None, None)
            .unwrap();
        writer.close().unwrap();
    }
    group.close().unwrap();
    file.close().unwrap();
    bytes
}

/// Returns a folder with a model of three columns in `runs/t`.
pub fn with_model() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("t.toml", CONFIG);
    put(&scratch, "train.csv", &numbers(60));
    scratch.ok("train t.toml -q --data train.csv");
    scratch
}
