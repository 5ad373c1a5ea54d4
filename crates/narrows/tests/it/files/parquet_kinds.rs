//! Checks that the guards against hostile Parquet files let sound files pass.

use std::fs;

use narrows::read::{Roles, read};

use crate::parquets::{ROWS, is_missing, of_every_kind};

#[test]
fn every_codec_and_encoding_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut roles = Roles::default();
    roles.id = vec!["id".into()];
    roles.label = Some("y".into());
    roles.one_hot = vec!["kind".into()];
    roles.ignore = vec!["skip".into()];
    roles.allow_missing = true;
    for (name, bytes) in of_every_kind() {
        let path = folder.path().join(format!("{name}.parquet"));
        fs::write(&path, bytes).unwrap();
        let table = read(&path.display().to_string(), &roles)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((table.rows(), table.columns().len()), (ROWS, 4), "{name}");
        assert_eq!(table.ids()[0].values[299], "row 299", "{name}");
        assert_eq!(
            table.labels().as_ref().unwrap().values[8],
            "text 1",
            "{name}"
        );
        for row in 0..ROWS {
            assert_eq!(table.value(row, 1), row as f32 / 4.0, "{name}");
            assert_eq!(table.value(row, 0).is_nan(), is_missing(row), "{name}");
            match is_missing(row) {
                true => assert!(table.value(row, 2).is_nan(), "{name}"),
                false => assert_eq!(table.value(row, 2), (row * row) as f32, "{name}"),
            }
            assert_eq!(table.value(row, 3), f32::from(row % 3 == 0), "{name}");
        }
    }
}
