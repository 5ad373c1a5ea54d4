//! Makes Arrow files and streams for tests.

use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, Float64Array, Int64Array, RecordBatch,
    StringArray,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};

/// Returns a file of the batches.
pub fn file(batches: &[RecordBatch], compression: Option<CompressionType>) -> Vec<u8> {
    let options = IpcWriteOptions::default();
    let options = options.try_with_compression(compression).unwrap();
    let schema = batches[0].schema();
    let mut writer = FileWriter::try_new_with_options(Vec::new(), &schema, options).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.into_inner().unwrap()
}

/// Returns a small file or stream of each kind, with its name.
pub fn of_every_kind() -> Vec<(&'static str, Vec<u8>)> {
    let words: DictionaryArray<Int8Type> = [Some("red"), None, Some("blue")].into_iter().collect();
    let columns: [(&str, ArrayRef); 6] = [
        ("a", Arc::new(Float64Array::from(vec![1.5, -2.5, 3.5]))),
        (
            "n",
            Arc::new(Int64Array::from(vec![Some(1), None, Some(3)])),
        ),
        (
            "flag",
            Arc::new(BooleanArray::from(vec![true, false, true])),
        ),
        (
            "text",
            Arc::new(StringArray::from(vec!["x", "NA", "a longer text"])),
        ),
        ("word", Arc::new(words)),
        ("day", Arc::new(Date32Array::from(vec![1, 2, 3]))),
    ];
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    let batch = [RecordBatch::try_from_iter_with_nullable(columns).unwrap()];
    let mut stream = StreamWriter::try_new(Vec::new(), &batch[0].schema()).unwrap();
    stream.write(&batch[0]).unwrap();
    vec![
        ("plain", file(&batch, None)),
        ("lz4", file(&batch, Some(CompressionType::LZ4_FRAME))),
        ("zstd", file(&batch, Some(CompressionType::ZSTD))),
        ("stream", stream.into_inner().unwrap()),
    ]
}
