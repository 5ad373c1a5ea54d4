//! What the fuzz targets share: a file of the bytes, and what must be true of
//! every answer that a reader gives.

pub mod examples;
pub mod sealed;
pub mod used;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use narrows::read::{Roles, kinds, read};
use narrows::{ColumnKind, Error, Result, Table, Values};

/// No message may be longer, whatever it quotes.
const LONGEST_MESSAGE: usize = 16 * 1024;

/// A folder of this process alone, in memory where there is such a place.
fn scratch() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        let parent = match memory.is_dir() {
            true => memory.to_path_buf(),
            false => std::env::temp_dir(),
        };
        let folder = parent.join(format!("narrows-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for the files to read");
        folder
    })
}

/// A path in the folder.
pub fn path(name: &str) -> String {
    scratch().join(name).display().to_string()
}

/// The bytes as a file.
pub fn file(name: &str, bytes: &[u8]) -> String {
    let path = path(name);
    std::fs::write(&path, bytes).expect("a file to read");
    path
}

/// Reads the bytes as a table in every role that columns can have.
pub fn read_as(name: &str, bytes: &[u8]) {
    let path = file(name, bytes);
    for roles in roles() {
        match read(&path, &roles) {
            Ok(table) => check_table(&table, &roles),
            Err(error) => check_error(&error),
        }
    }
    let mut roles = Roles::default();
    roles.allow_missing = true;
    if let Some(found) = told(kinds(&path, &roles)) {
        let settings = found.into_iter();
        let settings = settings.filter_map(|column| Some((column.name, column.setting?)));
        roles.kinds = settings.collect();
        if let Some(table) = told(read(&path, &roles)) {
            check_table(&table, &roles);
        }
    }
}

/// As training does, as a look at data does, and as a trained model does.
fn roles() -> [Roles; 3] {
    let mut named = Roles::default();
    named.label = Some("y".into());
    named.id = vec!["id".into()];
    named.ignore = vec!["skip".into()];
    named.one_hot = vec!["kind".into()];
    named.allow_missing = true;
    named.optional = true;
    let mut any = Roles::default();
    any.any_text = true;
    any.allow_missing = true;
    [Roles::default(), any, named]
}

/// Panics where a table contradicts itself.
fn check_table(table: &Table, roles: &Roles) {
    let (rows, width) = (table.rows(), table.columns().len());
    assert!(rows > 0 && width > 0, "a table without rows or columns");
    assert_eq!(table.values().len(), rows * width, "values fill the rows");
    for tags in table.labels().into_iter().chain(table.ids()) {
        assert_eq!(tags.values.len(), rows, "a tag for each row");
    }
    if let Some(image) = table.image() {
        assert_eq!(image.features(), width, "pixels fill a row");
    }
    let names: HashSet<&str> = table.columns().iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names.len(), width, "each column has a name of its own");
    let Values::Floats(values) = &table.values() else {
        return;
    };
    for (at, value) in values.iter().enumerate() {
        assert!(!value.is_infinite(), "an infinity");
        assert!(roles.allow_missing || !value.is_nan(), "a missing cell");
        if let ColumnKind::Category(levels) = &table.columns()[at % width].kind {
            assert!(value.is_nan() || (*value as usize) < levels.len());
        }
    }
}

/// Panics where a message is too long to be read.
pub fn check_error(error: &Error) {
    let message = error.to_string();
    assert!(
        message.len() < LONGEST_MESSAGE,
        "a message of {} bytes",
        message.len()
    );
}

/// What went well, of what may go wrong in words.
pub fn told<T>(result: Result<T>) -> Option<T> {
    result.inspect_err(check_error).ok()
}
