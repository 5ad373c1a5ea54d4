//! What is told of pictures that are left out or turned into others.

use crate::base::note::Note;
use crate::data::read::names::quote;

/// The most endings that are listed.
const ENDINGS: usize = 5;

/// Tells of files of a folder that are not read, by their endings.
pub(super) fn left_out(endings: &[(String, usize)], first: &str) -> Note {
    let count = endings.iter().map(|(_, count)| count).sum();
    let kinds = endings.iter().take(ENDINGS);
    let mut kinds: Vec<String> = kinds.map(|(kind, of)| format!("{of} {kind}")).collect();
    if endings.len() > ENDINGS {
        kinds.push("others".into());
    }
    Note::new(
        format!(
            "{} of the folder left out: {}, the first is {}",
            counted(count, "file"),
            kinds.join(", "),
            quote(first)
        ),
        "PNG, JPEG and BMP are read, so save other pictures as PNG",
    )
}

/// Tells that pixels that are not opaque were blended.
pub(super) fn transparent(first: &str) -> Note {
    Note::new(
        format!(
            "pictures with transparency were put on white, the first is {}",
            quote(first)
        ),
        "to put them on another colour, save them without alpha",
    )
}

/// Tells that pictures saved in colour were read as the grey ones they are.
pub(super) fn read_as_grey(count: usize, first: &str) -> Note {
    Note::new(
        format!(
            "{} saved in colour but grey throughout, the first is {}, read as grey, as the model was trained",
            counted(count, "picture"),
            quote(first)
        ),
        "",
    )
}

/// Tells that grey pictures were read as colour, as the model was trained or
/// since there are some in colour.
pub(super) fn read_as_colour(grey: usize, colour: usize, first: &str) -> Note {
    let grey_ones = counted(grey, "grey picture");
    match colour {
        0 => Note::new(
            format!(
                "{grey_ones} read with three equal channels, as the model was trained on colour"
            ),
            "",
        ),
        _ => Note::new(
            format!(
                "{grey_ones} and {colour} in colour were all read as colour; the first of the rarer kind is {}",
                quote(first)
            ),
            "to have them all grey, convert those in colour, or take them out",
        ),
    }
}

/// Writes `1 file`, `2 files` for a `file`.
fn counted(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}
