use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::types::{Decimal128Type, Int8Type, Int32Type};
use arrow_array::*;
use arrow_buffer::i256;
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow_schema::{DataType, Field, Schema};
use half::f16;

use super::*;
use crate::data::read::reader::whole;
use crate::data::table::{ColumnKind, TagKind};

fn column<A: Array + 'static>(name: &str, array: A) -> (String, ArrayRef) {
    (name.into(), Arc::new(array))
}

fn batch(columns: Vec<(String, ArrayRef)>) -> RecordBatch {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, array)| Field::new(name, array.data_type().clone(), true))
        .collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

fn file(batches: &[RecordBatch], compression: Option<CompressionType>) -> Vec<u8> {
    let options = IpcWriteOptions::default();
    let options = options.try_with_compression(compression).unwrap();
    let schema = batches[0].schema();
    let mut writer = FileWriter::try_new_with_options(Vec::new(), &schema, options).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.into_inner().unwrap()
}

fn stream(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.into_inner().unwrap()
}

fn opened(bytes: &[u8], roles: &Roles) -> Result<Table> {
    whole(
        open(Input::memory("t.arrow", bytes)?, roles)?,
        Room::ENDLESS,
    )
}

fn looked_at() -> Roles {
    Roles {
        allow_missing: true,
        any_text: true,
        ..Roles::default()
    }
}

fn cells(table: &Table) -> Vec<String> {
    let cell = |row: usize, column: usize| {
        let value = table.value(row, column);
        match &table.columns()[column].kind {
            _ if value.is_nan() => String::new(),
            ColumnKind::Category(levels) => levels[value as usize].clone(),
            _ => value.to_string(),
        }
    };
    let row = |row| {
        let cells = (0..table.columns().len()).map(|column| cell(row, column));
        cells.collect::<Vec<_>>().join("|")
    };
    (0..table.rows()).map(row).collect()
}

fn names(table: &Table) -> Vec<&str> {
    table.columns().iter().map(|c| c.name.as_str()).collect()
}

fn every_type() -> RecordBatch {
    let words: DictionaryArray<Int8Type> = [Some("red"), None, Some("blue")].into_iter().collect();
    let keys = Int32Array::from(vec![Some(1), Some(0), None]);
    let levels: DictionaryArray<Int32Type> =
        DictionaryArray::new(keys, Arc::new(Int64Array::from(vec![10, 20])));
    let decimals: PrimitiveArray<Decimal128Type> = vec![Some(-125), None, Some(99)].into();
    let decimals = decimals.with_precision_and_scale(10, 2).unwrap();
    let wide = Decimal256Array::from(vec![Some(i256::from(7)), Some(i256::from(-30)), None]);
    let wide = wide.with_precision_and_scale(40, 1).unwrap();
    let halves = [0.5, 1.5, -2.0].map(f16::from_f32).to_vec();
    batch(vec![
        column(
            "flag",
            BooleanArray::from(vec![Some(true), None, Some(false)]),
        ),
        column("byte", Int8Array::from(vec![-1, 0, 1])),
        column("big", UInt64Array::from(vec![1 << 40, 2, 3])),
        column("half", Float16Array::from(halves)),
        column("single", Float32Array::from(vec![0.25, f32::NAN, 3.0])),
        column("double", Float64Array::from(vec![1.5, 2.5, 3.5])),
        column("money", decimals),
        column("wide", wide),
        column("took", DurationSecondArray::from(vec![60, 61, 62])),
        column(
            "text",
            StringArray::from(vec![Some("a"), Some("NA"), Some("b")]),
        ),
        column("large", LargeStringArray::from(vec!["1", "2.5", "3"])),
        column(
            "view",
            StringViewArray::from(vec!["x", "a text that is long", "y"]),
        ),
        column("bytes", BinaryArray::from(vec![&b"p"[..], b"\xff", b"q"])),
        column("word", words),
        column("level", levels),
        column("nothing", NullArray::new(3)),
    ])
}

#[test]
fn every_type_is_read_from_files_and_streams() {
    let expected = [
        "1|-1|1099511600000|0.5|0.25|1.5|-1.25|0.7|60|a|1|x|p|red|20|",
        "|0|2|1.5||2.5||-3|61||2.5|a text that is long|\\xff||10|",
        "0|1|3|-2|3|3.5|0.99||62|b|3|y|q|blue||",
    ];
    let batch = every_type();
    for bytes in [
        file(std::slice::from_ref(&batch), None),
        file(
            std::slice::from_ref(&batch),
            Some(CompressionType::LZ4_FRAME),
        ),
        file(std::slice::from_ref(&batch), Some(CompressionType::ZSTD)),
        stream(std::slice::from_ref(&batch)),
    ] {
        assert!(is_magic(&bytes));
        let table = opened(&bytes, &looked_at()).unwrap();
        let fields = batch.schema();
        let fields: Vec<&str> = fields.fields().iter().map(|f| f.name().as_str()).collect();
        assert_eq!(names(&table), fields);
        assert_eq!(cells(&table), expected);
    }
}

#[test]
fn labels_and_ids_keep_their_kind() {
    let roles = Roles {
        label: Some("kind".into()),
        id: vec!["id".into()],
        ..Roles::default()
    };
    let batch = batch(vec![
        column(
            "id",
            Int64Array::from(vec![Some(9_007_199_254_740_993), None]),
        ),
        column("kind", BooleanArray::from(vec![true, false])),
        column("a", Float64Array::from(vec![1.0, 2.0])),
    ]);
    let table = opened(&stream(&[batch]), &roles).unwrap();
    let (labels, ids) = (table.labels.unwrap(), table.ids[0].clone());
    assert_eq!(ids.values, ["9007199254740993", ""]);
    assert_eq!(
        (ids.kind, labels.kind),
        (TagKind::Integer, TagKind::Boolean)
    );
    assert_eq!(labels.values, ["true", "false"]);
}

#[test]
fn what_has_other_types_is_set_aside_and_names_are_made_to_differ() {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)]), None]);
    let batch = batch(vec![
        column("a", Int32Array::from(vec![1, 2])),
        column("a", Int32Array::from(vec![3, 4])),
        column("", Int32Array::from(vec![5, 6])),
        column("gap", IntervalYearMonthArray::from(vec![1, 2])),
        column("list", list),
        column("__index_level_0__", Int64Array::from(vec![0, 1])),
    ]);
    let table = opened(&stream(&[batch]), &looked_at()).unwrap();
    assert_eq!(names(&table), ["a", "a_2", "x3"]);
    let unread: Vec<&str> = table
        .unread
        .iter()
        .map(|(_, holds)| holds.as_str())
        .collect();
    assert_eq!(unread, ["intervals", "lists"]);
    assert_eq!(table.notes.len(), 2);
}

#[test]
fn dates_and_times_are_texts_and_nested_columns_are_not_looked_at() {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)]), None]);
    let moment = 1_706_697_000;
    let at = TimestampNanosecondArray::from(vec![Some(moment * 1_000_000_000), None]);
    let at = at.with_timezone("UTC");
    let days: ArrayRef = Arc::new(Date32Array::from(vec![19_753, 19_754]));
    let keys = Int8Array::from(vec![Some(1), None]);
    let rows = batch(vec![
        ("day".into(), days.clone()),
        column(
            "day64",
            Date64Array::from(vec![19_753 * 86_400_000, -86_400_000]),
        ),
        column("s", Time32SecondArray::from(vec![37_800, 0])),
        column("ms", Time32MillisecondArray::from(vec![37_800_500, 0])),
        column("us", Time64MicrosecondArray::from(vec![37_800_500_000, 0])),
        column("ns", Time64NanosecondArray::from(vec![1, 0])),
        column("at", at),
        column("at_s", TimestampSecondArray::from(vec![moment, 0])),
        column(
            "at_ms",
            TimestampMillisecondArray::from(vec![moment * 1000, 0]),
        ),
        column(
            "at_us",
            TimestampMicrosecondArray::from(vec![moment * 1_000_000, 0]),
        ),
        column("word", DictionaryArray::<Int8Type>::new(keys, days)),
        column("list", list),
    ]);
    let bytes = file(&[rows], None);
    let table = opened(&bytes, &looked_at()).unwrap();
    let at = "2024-01-31T10:30:00";
    assert_eq!(
        cells(&table),
        [
            format!(
                "2024-01-31|2024-01-31|10:30:00|10:30:00.500|10:30:00.500|00:00:00.000000001|{at}|{at}|{at}|{at}|2024-02-01"
            ),
            "2024-02-01|1969-12-31|00:00:00|00:00:00|00:00:00|00:00:00||1970-01-01T00:00:00|1970-01-01T00:00:00|1970-01-01T00:00:00|".into(),
        ]
    );
    let roles = Roles {
        observes: true,
        ..Roles::default()
    };
    let mut batches = open(Input::memory("t.arrow", &bytes).unwrap(), &roles).unwrap();
    let seen = batches.observe().unwrap().unwrap();
    let known: Vec<usize> = seen.columns.iter().map(|(_, seen)| seen.known).collect();
    assert_eq!(known, [2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 1, 0]);
}

#[test]
fn the_index_that_pandas_names_is_the_rows_id() {
    let plain = batch(vec![
        column("a", Int32Array::from(vec![1, 2])),
        column("who", StringArray::from(vec!["x", "y"])),
    ]);
    let description = r#"{"index_columns": ["who"], "columns": []}"#;
    let metadata = HashMap::from([("pandas".to_string(), description.to_string())]);
    let schema = plain.schema().as_ref().clone().with_metadata(metadata);
    let batch = plain.with_schema(Arc::new(schema)).unwrap();
    let table = opened(&file(&[batch], None), &Roles::default()).unwrap();
    assert_eq!(table.ids[0].values, ["x", "y"]);
    assert_eq!(names(&table), ["a"]);
}

#[test]
fn batches_and_parts_need_not_end_together() {
    let of = |rows: std::ops::Range<i32>| {
        let words: DictionaryArray<Int8Type> = rows
            .clone()
            .map(|row| ["red", "blue"][row as usize / 7 % 2])
            .collect();
        batch(vec![
            column("a", Int32Array::from_iter_values(rows)),
            column("word", words),
        ])
    };
    let batches = [of(0..700), of(700..700), of(700..1_001), of(1_001..1_003)];
    let bytes = stream(&batches);
    let expected = cells(&opened(&bytes, &looked_at()).unwrap());
    assert_eq!(expected.len(), 1_003);
    assert_eq!(expected[1_002], "1002|blue");
    for rows in [1, 300, 1_003] {
        let mut found = Vec::new();
        let mut parts = open(Input::memory("t", &bytes).unwrap(), &looked_at()).unwrap();
        let room = Room {
            rows,
            ..Room::ENDLESS
        };
        while let Some(part) = parts.next(room).unwrap() {
            assert!(part.rows() <= rows);
            found.extend(cells(&part));
        }
        assert!(found == expected, "parts of {rows}");
    }
}

#[test]
fn cut_and_changed_bytes_give_an_error_and_no_panic() {
    for whole in [
        file(&[every_type()], Some(CompressionType::LZ4_FRAME)),
        stream(&[every_type()]),
    ] {
        let is_file = whole.starts_with(b"ARROW1");
        let first = opened(&whole, &looked_at()).unwrap();
        for length in (0..whole.len()).step_by(11) {
            match opened(&whole[..length], &looked_at()) {
                Err(error) => {
                    let message = error.to_string();
                    assert!(message.starts_with("t.arrow: found"), "{message}");
                }
                // A stream may end without a word.
                Ok(table) => {
                    assert!(!is_file, "{length}");
                    assert_eq!(cells(&table), cells(&first), "{length}");
                }
            }
        }
        for at in (8..whole.len()).step_by(5) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x41;
            let _ = opened(&bytes, &looked_at());
        }
    }
}

#[test]
fn claims_of_size_are_checked_before_memory_is_taken() {
    let batch = batch(vec![column("a", Int64Array::from(vec![7; 1_000]))]);
    let mut bytes = file(std::slice::from_ref(&batch), Some(CompressionType::ZSTD));
    // The buffer's own statement of its length.
    let said = 8_000u64.to_le_bytes();
    let at = bytes.windows(8).position(|window| window == said).unwrap();
    bytes[at..at + 8].copy_from_slice(&(1u64 << 60).to_le_bytes());
    let message = opened(&bytes, &Roles::default()).unwrap_err().to_string();
    assert!(message.contains("unpack to more than"), "{message}");

    let whole = stream(std::slice::from_ref(&batch));
    let mut long = whole.clone();
    let second = whole
        .windows(4)
        .skip(1)
        .position(|w| w == [0xff; 4])
        .unwrap()
        + 1;
    long[second + 4..second + 8].copy_from_slice(&u32::MAX.to_le_bytes());
    let message = opened(&long, &Roles::default()).unwrap_err().to_string();
    assert!(
        message.contains("more than 64 MiB about itself"),
        "{message}"
    );
    for (other, found) in [
        (&b"a,b\n1,2\n"[..], "bytes of another kind"),
        (b"FEA1\0\0\0\0", "a Feather file of the first version"),
    ] {
        let message = opened(other, &Roles::default()).unwrap_err().to_string();
        assert!(message.contains(found), "{message}");
    }

    let rows = RecordBatch::try_new(
        Arc::new(Schema::new(vec![Field::new("a", DataType::Null, true)])),
        vec![Arc::new(NullArray::new(100_000_000))],
    );
    let message = opened(&stream(&[rows.unwrap()]), &looked_at());
    let message = message.unwrap_err().to_string();
    assert!(message.contains("unpack to more than"), "{message}");

    let mut parts = open(
        Input::memory("t", &stream(&[batch])).unwrap(),
        &Roles::default(),
    )
    .unwrap();
    let room = Room {
        rows: 10,
        bytes: 5_000,
    };
    let message = parts.next(room).unwrap_err().to_string();
    assert!(message.contains("of rows to hold"), "{message}");
}
