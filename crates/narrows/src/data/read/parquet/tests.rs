use std::sync::Arc;

use ::parquet::basic::Type as Physical;
use ::parquet::data_type::{
    ByteArray, ByteArrayType, DoubleType, FixedLenByteArrayType, Int32Type, Int64Type,
};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use ::parquet::schema::types::SchemaDescriptor;
use half::f16;

use super::*;
use crate::base::hint::Remedy;
use crate::data::read::reader::whole;
use crate::data::read::unread;
use crate::settings::{Kind, TimeKind, TimePart};

#[test]
fn columns_of_wide_files_are_looked_up_not_searched_for() {
    let names: Vec<String> = (0..100_000).map(|at| format!("column_{at:06}")).collect();
    let fields: String = names
        .iter()
        .map(|n| format!("required int32 {n} (DATE);"))
        .collect();
    let schema = parse_message_type(&format!("message t {{ {fields} }}")).unwrap();
    let schema = SchemaDescriptor::new(Arc::new(schema));
    let mut roles = Roles {
        only: Some(names.iter().rev().cloned().collect()),
        ..Roles::default()
    };
    let begun = std::time::Instant::now();
    let unread = leaves::unread(&schema, &names);
    let unread = unread::set_aside("", unread, names.len(), &mut roles);
    assert!(unread.unwrap().is_empty());
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
}

/// Returns the bytes of a file of two rows: a date, a list, a half float, an
/// id that may be null, a text and a number.
fn file() -> Vec<u8> {
    let schema = "message t {
        required int32 day (DATE);
        optional group tags (LIST) { repeated group list { optional int32 element; } }
        required fixed_len_byte_array(2) half (FLOAT16);
        optional int64 id;
        required binary note (STRING);
        required double a;
    }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Default::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let days = [1, 2];
    let ids = [9_007_199_254_740_993];
    let texts: Vec<ByteArray> = vec!["x".into(), "y".into()];
    let halves = [1.5f32, -2.0]
        .map(|half| ByteArray::from(f16::from_f32(half).to_le_bytes().to_vec()).into());
    let mut column = group.next_column().unwrap().unwrap();
    column
        .typed::<Int32Type>()
        .write_batch(&days, None, None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column
        .typed::<Int32Type>()
        .write_batch(&days, Some(&[3, 3]), Some(&[0, 0]))
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column
        .typed::<FixedLenByteArrayType>()
        .write_batch(&halves, None, None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column
        .typed::<Int64Type>()
        .write_batch(&ids, Some(&[0, 1]), None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column
        .typed::<ByteArrayType>()
        .write_batch(&texts, None, None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column
        .typed::<DoubleType>()
        .write_batch(&[0.5, 1.0], None, None)
        .unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

fn read_file(change: impl FnOnce(&mut Roles)) -> Result<Table> {
    let mut roles = Roles::default();
    change(&mut roles);
    let input = Input::memory("t.parquet", &file()).unwrap();
    whole(open(input, &roles)?, Room::ENDLESS)
}

#[test]
fn what_is_neither_number_nor_text_is_shown_and_left_out_by_one_setting() {
    let looked_at = read_file(|r| (r.any_text, r.allow_missing) = (true, true)).unwrap();
    let unread = [("tags", "lists")];
    assert_eq!(looked_at.unread, unread.map(|(a, b)| (a.into(), b.into())));
    let names: Vec<&str> = looked_at.columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["day", "half", "id", "note", "a"]);
    assert_eq!((looked_at.value(0, 1), looked_at.value(1, 1)), (1.5, -2.0));

    let error = read_file(|r| r.id = vec!["id".into()]).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("found lists in 'tags', text in 'day', 'note'"),
        "{text}"
    );
    let asked = Remedy::SetColumns {
        settings: vec![(
            "data.ignore",
            vec!["tags".into(), "day".into(), "note".into()],
        )],
        plain: true,
    };
    assert_eq!(error.hint().remedies().collect::<Vec<_>>(), [&asked]);
    let rest = read_file(|r| {
        r.id = vec!["id".into()];
        r.ignore = vec!["day".into(), "tags".into(), "note".into()];
    });
    assert_eq!(rest.unwrap().columns.len(), 2);
    let error = read_file(|r| r.id = vec!["tags".into()])
        .unwrap_err()
        .to_string();
    assert!(error.contains("column 'tags': found lists"), "{error}");
}

#[test]
fn dates_are_read_as_times() {
    let table = read_file(|r| {
        r.id = vec!["id".into()];
        r.ignore = vec!["tags".into(), "note".into()];
        let day = TimeKind {
            format: Some("%Y-%m-%d".into()),
            parts: vec![TimePart::Day, TimePart::Weekday],
        };
        r.kinds.insert("day".into(), Kind::Time(day));
    });
    let table = table.unwrap();
    let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["day.day", "day.weekday", "half", "a"]);
    // The second of January 1970 was a Friday.
    assert_eq!((table.value(0, 0), table.value(0, 1)), (1.0, 4.0));
    let looking = Roles {
        observes: true,
        ..Roles::default()
    };
    let input = Input::memory("t.parquet", &file()).unwrap();
    let seen = open(input, &looking).unwrap().observe().unwrap().unwrap();
    let day = &seen
        .columns
        .iter()
        .find(|(name, _)| name == "day")
        .unwrap()
        .1;
    assert_eq!(day.example.as_deref(), Some("1970-01-02"));
    assert_eq!(day.times[0].format.text(), "%Y-%m-%d");
}

#[test]
fn ids_are_written_as_what_they_were() {
    let table = read_file(|r| {
        (r.id, r.label) = (vec!["id".into()], Some("note".into()));
        r.ignore = vec!["day".into(), "tags".into()];
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.parquet");
    let table = table.unwrap();
    crate::data::write::write(&table, &path.display().to_string(), false).unwrap();
    let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
    let schema = reader.metadata().file_metadata().schema_descr();
    assert_eq!(schema.column(0).physical_type(), Physical::INT64);
    assert_eq!(schema.column(1).physical_type(), Physical::BYTE_ARRAY);
    let row = reader
        .get_row_iter(None)
        .unwrap()
        .map(|row| row.unwrap().to_string());
    let rows: Vec<String> = row.collect();
    assert!(rows[0].starts_with("{id: null, note: \"x\""), "{rows:?}");
    assert!(rows[1].starts_with("{id: 9007199254740993,"), "{rows:?}");
}
