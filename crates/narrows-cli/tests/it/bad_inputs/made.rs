//! Makes the files that cases name: text as it stands, others by a recipe.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use flate2::write::GzEncoder;
use parquet::column::writer::{ColumnWriter, ColumnWriterImpl};
use parquet::data_type::{ByteArray, DataType, FixedLenByteArray, Int96};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde::Deserialize;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::prepared::Prepared;

/// A file of a case.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Made {
    /// Text as it stands.
    Text(String),
    /// Any other file.
    By(Box<Recipe>),
}

/// A recipe for a file: one of the first keys, changed by the others.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recipe {
    /// An empty folder.
    folder: bool,
    /// A symbolic link to this path.
    link: Option<String>,
    /// Text, to be changed.
    text: Option<String>,
    /// Text in which `\xff` is a byte.
    bytes: Option<String>,
    /// A file of the prepared folder.
    copy: Option<String>,
    /// A NumPy array: its type and shape, such as `<f4 (3, 2)`, all zeros; or
    /// a whole header, which starts with `{`, without values.
    npy: Option<String>,
    /// The values of `npy`, of type `<f4` or `<f8`, instead of zeros.
    values: Option<Vec<f64>>,
    /// Whether `npy` is in Fortran order.
    fortran: bool,
    /// An archive with these members.
    zip: Option<BTreeMap<String, Made>>,
    /// Another file, gzipped.
    gz: Option<Made>,
    /// A picture of zeros: its kind and size, such as `grey 3x2`; kinds are
    /// grey, grey16, rgb, rgba and animated.
    png: Option<String>,
    /// A Parquet file of three rows with columns such as `required int32 a;
    /// required binary b (UTF8);`. Integers are 1, 2 and 3, texts s, t and u;
    /// the second float is NaN, the second double infinite.
    parquet: Option<String>,

    /// Repeats the content this many times.
    times: Option<usize>,
    /// Repeats it this many times, with each `#` replaced by the count from 1.
    counted: Option<usize>,
    /// Text put before the content.
    before: Option<String>,
    /// Number of first bytes to keep.
    keep: Option<usize>,
    /// Number of last bytes to cut.
    cut: Option<usize>,
    /// Index of a byte of which one bit is flipped.
    flip: Option<usize>,
    /// Index of such a byte, counted from the end.
    flip_end: Option<usize>,
    /// A text whose first occurrence is replaced, and its replacement.
    replace: Option<[String; 2]>,
    /// Text put after the content, with `\xff` as a byte.
    and: Option<String>,
}

impl Made {
    /// Writes the file.
    pub fn put(&self, path: &Path, prepared: &Prepared) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match self {
            Made::By(recipe) if recipe.folder => fs::create_dir(path).unwrap(),
            Made::By(recipe) if recipe.link.is_some() => {
                symlink(recipe.link.as_ref().unwrap(), path).unwrap();
            }
            _ => fs::write(path, self.bytes(prepared)).unwrap(),
        }
    }

    /// Returns the file's content.
    pub fn bytes(&self, prepared: &Prepared) -> Vec<u8> {
        match self {
            Made::Text(text) => text.clone().into_bytes(),
            Made::By(recipe) => recipe.changed(recipe.start(prepared)),
        }
    }
}

impl Recipe {
    fn start(&self, prepared: &Prepared) -> Vec<u8> {
        if let Some(text) = &self.text {
            text.clone().into_bytes()
        } else if let Some(text) = &self.bytes {
            escaped(text)
        } else if let Some(name) = &self.copy {
            prepared.bytes(name)
        } else if let Some(array) = &self.npy {
            self.npy(array)
        } else if let Some(members) = &self.zip {
            archive(members, prepared)
        } else if let Some(inner) = &self.gz {
            let mut gz = GzEncoder::new(Vec::new(), flate2::Compression::default());
            gz.write_all(&inner.bytes(prepared)).unwrap();
            gz.finish().unwrap()
        } else if let Some(picture) = &self.png {
            png(picture)
        } else if let Some(schema) = &self.parquet {
            parquet(schema)
        } else {
            panic!("no recipe in {self:?}")
        }
    }

    fn changed(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        if let Some([old, new]) = &self.replace {
            let (old, new) = (escaped(old), escaped(new));
            let mut windows = bytes.windows(old.len());
            let at = windows.position(|window| window == old);
            let at = at.unwrap_or_else(|| panic!("nothing to replace: {self:?}"));
            bytes.splice(at..at + old.len(), new);
        }
        if let Some(at) = self.flip {
            bytes[at] ^= 1;
        }
        if let Some(at) = self.flip_end {
            let at = bytes.len() - at;
            bytes[at] ^= 1;
        }
        if let Some(cut) = self.cut {
            bytes.truncate(bytes.len() - cut);
        }
        if let Some(keep) = self.keep {
            assert!(keep < bytes.len(), "{self:?}");
            bytes.truncate(keep);
        }
        if let Some(more) = &self.and {
            bytes.extend(escaped(more));
        }
        if let Some(times) = self.times {
            bytes = bytes.repeat(times);
        }
        if let Some(times) = self.counted {
            let text = String::from_utf8(bytes).unwrap();
            let each = (1..=times).map(|at| text.replace('#', &at.to_string()));
            bytes = each.collect::<String>().into_bytes();
        }
        match &self.before {
            Some(before) => [before.as_bytes(), &bytes].concat(),
            None => bytes,
        }
    }

    fn npy(&self, array: &str) -> Vec<u8> {
        if array.starts_with('{') {
            return npy_file(array);
        }
        let (kind, shape) = array.split_once(' ').unwrap();
        let mut bytes = npy_header(kind, shape, self.fortran);
        if let Some(values) = &self.values {
            for &value in values {
                match kind {
                    "<f4" => bytes.extend((value as f32).to_le_bytes()),
                    _ => bytes.extend(value.to_le_bytes()),
                }
            }
            return bytes;
        }
        let size: usize = kind[2..].parse().unwrap();
        let numbers = shape.trim_matches(['(', ')']).split(',');
        let lengths = numbers.filter_map(|number| number.trim().parse::<usize>().ok());
        bytes.resize(bytes.len() + lengths.product::<usize>() * size, 0);
        bytes
    }
}

/// Returns the start of a NumPy file.
pub fn npy_header(kind: &str, shape: &str, fortran: bool) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    npy_file(&format!(
        "{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}"
    ))
}

fn npy_file(header: &str) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16 + 1).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.push(b'\n');
    bytes
}

fn archive(members: &BTreeMap<String, Made>, prepared: &Prepared) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, member) in members {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&member.bytes(prepared)).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn png(picture: &str) -> Vec<u8> {
    let (kind, size) = picture.split_once(' ').unwrap();
    let (width, height) = size.split_once('x').unwrap();
    let (width, height) = (width.parse().unwrap(), height.parse().unwrap());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    let (color, each) = match kind {
        "grey" | "animated" | "grey16" => (png::ColorType::Grayscale, 1),
        "rgb" => (png::ColorType::Rgb, 3),
        "rgba" => (png::ColorType::Rgba, 4),
        other => panic!("picture {other}"),
    };
    encoder.set_color(color);
    let mut values = vec![0; (width * height) as usize * each];
    if kind == "grey16" {
        encoder.set_depth(png::BitDepth::Sixteen);
        values.resize(2 * values.len(), 0);
    }
    let frames = if kind == "animated" { 2 } else { 1 };
    if frames > 1 {
        encoder.set_animated(frames, 0).unwrap();
    }
    let mut writer = encoder.write_header().unwrap();
    for _ in 0..frames {
        writer.write_image_data(&values).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

fn parquet(fields: &str) -> Vec<u8> {
    let schema = parse_message_type(&format!("message rows {{ {fields} }}")).unwrap();
    let properties = Arc::new(WriterProperties::builder().build());
    let mut bytes = Vec::new();
    let mut file = SerializedFileWriter::new(&mut bytes, Arc::new(schema), properties).unwrap();
    let mut group = file.next_row_group().unwrap();
    while let Some(mut column) = group.next_column().unwrap() {
        use ColumnWriter::*;
        let written = match column.untyped() {
            BoolColumnWriter(w) => three(w, [true, false, true]),
            Int32ColumnWriter(w) => three(w, [1, 2, 3]),
            Int64ColumnWriter(w) => three(w, [1, 2, 3]),
            Int96ColumnWriter(w) => three(w, [(); 3].map(|()| Int96::new())),
            FloatColumnWriter(w) => three(w, [1.0, f32::NAN, 3.0]),
            DoubleColumnWriter(w) => three(w, [1.0, f64::INFINITY, 3.0]),
            ByteArrayColumnWriter(w) => three(w, ["s", "t", "u"].map(ByteArray::from)),
            FixedLenByteArrayColumnWriter(w) => {
                let length = w.get_descriptor().type_length() as usize;
                let value = || FixedLenByteArray::from(vec![1; length]);
                three(w, [value(), value(), value()])
            }
        };
        written.unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    file.close().unwrap();
    bytes
}

/// Writes three values, each in a row of its own.
fn three<T: DataType>(
    writer: &mut ColumnWriterImpl<'_, T>,
    values: [T::T; 3],
) -> parquet::errors::Result<usize> {
    let there = [writer.get_descriptor().max_def_level(); 3];
    writer.write_batch(&values, Some(&there), Some(&[0; 3]))
}

/// Converts text in which `\xff` is a byte.
pub fn escaped(text: &str) -> Vec<u8> {
    let mut parts = text.split("\\x");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (byte, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(byte, 16).unwrap());
        bytes.extend(rest.bytes());
    }
    bytes
}
