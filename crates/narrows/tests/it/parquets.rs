//! Makes Parquet files of every readable kind, with the format's own writer.

use std::sync::Arc;

use parquet::basic::{Compression, Encoding};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;

pub const ROWS: usize = 300;

/// Returns whether a cell of `b` and `kind` is missing.
pub fn is_missing(row: usize) -> bool {
    row % 5 == 2
}

pub fn compressions() -> Vec<(&'static str, Compression)> {
    vec![
        ("plain", Compression::UNCOMPRESSED),
        ("snappy", Compression::SNAPPY),
        ("gzip", Compression::GZIP(Default::default())),
        ("brotli", Compression::BROTLI(Default::default())),
        ("zstd", Compression::ZSTD(Default::default())),
        ("lz4", Compression::LZ4),
        ("lz4_raw", Compression::LZ4_RAW),
    ]
}

/// Returns files with each way to pack pages and each encoding of values, by
/// name.
pub fn of_every_kind() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for (name, compression) in compressions() {
        files.push((format!("{name}-dictionary"), file(compression, None, true)));
    }
    let packed = Compression::SNAPPY;
    for text in [
        Encoding::PLAIN,
        Encoding::DELTA_LENGTH_BYTE_ARRAY,
        Encoding::DELTA_BYTE_ARRAY,
    ] {
        for old in [true, false] {
            let name = format!("{text}-v{}", if old { 1 } else { 2 });
            files.push((name.to_lowercase(), file(packed, Some(text), old)));
        }
    }
    files
}

/// Writes columns `id`, `y`, `kind` and `skip` of text, and `a`, `b`, `c` of
/// numbers.
pub fn file(compression: Compression, text: Option<Encoding>, old: bool) -> Vec<u8> {
    let schema = "message rows {
        required binary id (utf8); required binary y (utf8); optional binary kind (utf8);
        optional binary skip (utf8); required double a; optional int64 b; required boolean c; }";
    let version = match old {
        true => WriterVersion::PARQUET_1_0,
        false => WriterVersion::PARQUET_2_0,
    };
    let mut properties = WriterProperties::builder()
        .set_writer_version(version)
        .set_compression(compression)
        .set_created_by("t".into())
        .set_data_page_row_count_limit(100)
        .set_write_batch_size(50)
        .set_dictionary_enabled(text.is_none());
    if let Some(text) = text {
        for name in ["id", "y", "kind", "skip"] {
            properties = properties.set_column_encoding(ColumnPath::from(name), text);
        }
        if !old {
            let packed = Encoding::DELTA_BINARY_PACKED;
            properties = properties.set_column_encoding(ColumnPath::from("b"), packed);
        }
    }
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = Arc::new(properties.build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
    let text = |at: usize| ByteArray::from(format!("text {}", at % 7).as_str());
    let there: Vec<usize> = (0..ROWS).filter(|&row| !is_missing(row)).collect();
    let levels: Vec<i16> = (0..ROWS).map(|row| i16::from(!is_missing(row))).collect();
    let mut group = writer.next_row_group().unwrap();
    for column in 0..7 {
        let mut column_writer = group.next_column().unwrap().unwrap();
        match column {
            0 | 1 => {
                let values: Vec<_> = (0..ROWS)
                    .map(|row| match column {
                        0 => ByteArray::from(format!("row {row}").as_str()),
                        _ => text(row),
                    })
                    .collect();
                let typed = column_writer.typed::<ByteArrayType>();
                typed.write_batch(&values, None, None).unwrap();
            }
            2 | 3 => {
                let values: Vec<_> = there.iter().map(|&row| text(row)).collect();
                let typed = column_writer.typed::<ByteArrayType>();
                typed.write_batch(&values, Some(&levels), None).unwrap();
            }
            4 => {
                let values: Vec<f64> = (0..ROWS).map(|row| row as f64 / 4.0).collect();
                let typed = column_writer.typed::<DoubleType>();
                typed.write_batch(&values, None, None).unwrap();
            }
            5 => {
                let values: Vec<i64> = there.iter().map(|&row| (row * row) as i64).collect();
                let typed = column_writer.typed::<Int64Type>();
                typed.write_batch(&values, Some(&levels), None).unwrap();
            }
            _ => {
                let values: Vec<bool> = (0..ROWS).map(|row| row % 3 == 0).collect();
                let typed = column_writer.typed::<BoolType>();
                typed.write_batch(&values, None, None).unwrap();
            }
        }
        column_writer.close().unwrap();
    }
    group.close().unwrap();
    writer.into_inner().unwrap()
}
