//! Recognises files that are named like tables but hold something else.

/// The first bytes of kinds of files that are not read, and what to do.
const KINDS: [(&[u8], &str, &str); 10] = [
    (b"RIFF", "an image or a sound", SAVE_AS_PNG),
    (b"GIF8", "a GIF image", SAVE_AS_PNG),
    (b"II*\0", "a TIFF image", SAVE_AS_PNG),
    (b"MM\0*", "a TIFF image", SAVE_AS_PNG),
    (b"%PDF", "a PDF document", "export its table as CSV"),
    (
        b"\x89HDF\r\n",
        "an HDF5 file",
        "save the data set in it as .npy: numpy.save",
    ),
    (
        b"ARROW1",
        "an Arrow or Feather file",
        "name it .arrow or .feather",
    ),
    (
        b"FEA1",
        "a Feather file of the first version",
        "save it anew: pandas.DataFrame.to_feather",
    ),
    (
        b"\xd0\xcf\x11\xe0",
        "an old Excel sheet",
        "save it as .xlsx, or export the sheet as `CSV UTF-8`",
    ),
    (
        b"SQLite format 3",
        "an SQLite database",
        "export the table as CSV: sqlite3 -csv -header",
    ),
];
const SAVE_AS_PNG: &str = "save the image as PNG";

/// Returns what packs a file in a way that is not unpacked here, and the command
/// that unpacks it; `None` if nothing does.
pub(super) fn packed(head: &[u8]) -> Option<(&'static str, &'static str)> {
    let kinds: [(&[u8], _, _); 5] = [
        (b"BZh", "bzip2 data", "unpack it first: bunzip2 FILE"),
        (
            b"\x28\xb5\x2f\xfd",
            "zstd data",
            "unpack it first: unzstd FILE",
        ),
        (b"\xfd7zXZ\x00", "xz data", "unpack it first: unxz FILE"),
        (
            b"7z\xbc\xaf\x27\x1c",
            "a 7z archive",
            "unpack it first: 7z x FILE",
        ),
        (b"Rar!", "a RAR archive", "unpack it first: unrar x FILE"),
    ];
    let kind = kinds.iter().find(|(start, _, _)| head.starts_with(start));
    kind.map(|&(_, found, hint)| (found, hint))
}

/// Returns what kind of file that is not read the first bytes show, and what to
/// do about it.
pub(super) fn other_file(head: &[u8]) -> Option<(&'static str, &'static str)> {
    let kind = KINDS.iter().find(|(start, ..)| head.starts_with(start));
    kind.map(|&(_, found, hint)| (found, hint))
}

/// Returns what the first bytes show instead of rows of text, and what to do
/// about it; `None` if they may be rows.
pub(super) fn other_kind(head: &[u8]) -> Option<(&'static str, &'static str)> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if let Some(packed) = packed(head) {
        return Some(packed);
    }
    if head.starts_with(b"PK\x03\x04") {
        return Some((
            "an archive, as spreadsheets are",
            "export the sheet as `CSV UTF-8`, or name the file as what it is",
        ));
    }
    if head.starts_with(b"\x00\x05\x16\x07") {
        return Some((
            "what a Mac keeps beside a file",
            "name the file itself, without the ._ before its name",
        ));
    }
    // Names of columns may begin like some of these.
    let is_text = !head.contains(&0) && !head.starts_with(b"%PDF-");
    if let Some(other) = other_file(head).filter(|_| !is_text) {
        return Some(other);
    }
    if head.contains(&0) {
        return Some((
            "zero bytes, as UTF-16 text and damaged files have",
            "save the file as `CSV UTF-8`",
        ));
    }
    let text = head.trim_ascii_start();
    let start = text[..text.len().min(16)].to_ascii_lowercase();
    if start.starts_with(b"<svg") || start.starts_with(b"<?xml") {
        return Some((
            "XML or an SVG drawing",
            "write the rows as CSV, or save the drawing as PNG",
        ));
    }
    let html: [&[u8]; 3] = [b"<!doctype html", b"<html", b"<table"];
    if html.iter().any(|tag| start.starts_with(tag)) {
        return Some((
            "a page of HTML",
            "download the file itself, not the page that shows it",
        ));
    }
    let json = match start.first() {
        Some(b'{') => start[1..].trim_ascii_start().starts_with(b"\""),
        Some(b'[') => matches!(start[1..].trim_ascii_start().first(), Some(b'{' | b'[')),
        _ => false,
    };
    json.then_some((
        "JSON",
        "write an object for each row, one a line, and name the file .jsonl",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_not_taken_for_another_kind() {
        for rows in [
            "a,b\n1,2\n",
            "[mm],{kg}\n1,2\n",
            "<5,>5\n1,2\n",
            "",
            "{a}\n1\n",
            "ARROW1,ARROW2\n1,2\n",
        ] {
            assert_eq!(other_kind(rows.as_bytes()), None, "{rows}");
        }
        for other in [
            "<!DOCTYPE html>",
            " <html>",
            "[{\"a\": 1}]",
            "{ \"a\": 1 }",
            "[\n [1]",
            "RIFF\u{4}\0\0\0WEBPVP8 ",
            "ARROW1\0\0",
            "%PDF-1.7",
        ] {
            assert!(other_kind(other.as_bytes()).is_some(), "{other}");
        }
    }
}
