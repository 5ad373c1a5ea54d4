//! Splits `file.npz:member` and `book.xlsx:sheet`, sources that name a part of a
//! file.

use std::path::Path;

use super::format::Format;
use super::range;

/// Returns the file that a source is read from: all of it, but for
/// `file.npz:member`, `book.xlsx:sheet` and `file.csv@1-300`.
pub fn file_of(source: &str) -> &str {
    split(range::whole(source)).0
}

/// Returns the file, and the member if one is named. What exists under the whole
/// name wins.
pub(super) fn split(source: &str) -> (&str, Option<&str>) {
    if Path::new(source).exists() {
        return (source, None);
    }
    let has_parts = [Some(Format::Npz), Some(Format::Excel)];
    let is_archive = |at: &usize| has_parts.contains(&Format::of(&source[..*at]));
    let colons = source.match_indices(':').map(|(at, _)| at);
    match colons.filter(|at| at + 1 < source.len()).find(is_archive) {
        Some(at) => (&source[..at], Some(&source[at + 1..])),
        None => (source, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_follows_the_name_of_an_archive_unless_a_file_is_called_so() {
        assert_eq!(split("a/b.NPZ:x_train"), ("a/b.NPZ", Some("x_train")));
        assert_eq!(split("b.npz:a:b"), ("b.npz", Some("a:b")));
        assert_eq!(split("b.xlsx:Sheet 2"), ("b.xlsx", Some("Sheet 2")));
        for whole in ["b.npz", "b.npz:", "b.csv:x", "mnist:train", "-"] {
            assert_eq!(split(whole), (whole, None));
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.npz:x");
        std::fs::write(&path, "").unwrap();
        let path = path.display().to_string();
        assert_eq!(split(&path), (path.as_str(), None));
    }
}
