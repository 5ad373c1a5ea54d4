//! Finds out from the headers of all pictures which shape they share.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::Hash;

use super::decode::{self, Header};
use super::listing::Named;
use super::notes;
use crate::base::error::{Error, Place, Result};
use crate::base::note::Note;
use crate::data::read::names::quote;
use crate::data::table::ImageShape;

/// What all pictures have in common.
pub(super) struct Common {
    pub shape: ImageShape,
    /// The bits of each value: 8 or 16.
    pub depth: u8,
    /// What is worth telling about pictures that are turned into others.
    pub notes: Vec<Note>,
}

/// Reads the headers of all pictures. `channels` are those that a model was
/// trained on; otherwise pictures are grey only if all of them are. Returns
/// `None` if no header can be read.
///
/// # Errors
/// Names the first picture whose size or depth is not that of most.
pub(super) fn survey(
    origin: &str,
    files: &[Named],
    channels: Option<usize>,
) -> Result<Option<Common>> {
    let headers: Vec<(&str, Header)> = files
        .iter()
        .filter_map(|(name, path)| Some((name.as_str(), decode::header(path)?)))
        .collect();
    let Some((size, with_size)) = most_common(&headers, |h| (h.height, h.width)) else {
        return Ok(None);
    };
    let (depth, with_depth) = most_common(&headers, |h| h.depth).unwrap_or((8, 0));
    let others = |count: usize| match headers.len() {
        2 => format!(
            "as {} has",
            quote(first_like(&headers, |h| (h.height, h.width) == size
                && h.depth == depth))
        ),
        all => format!("as {count} of the {all} images have"),
    };
    let refuse = |name: &str, found: String, expected: String, hint: &str| {
        Err(Error::data(
            origin,
            Place::Member(name.into()),
            found,
            expected,
            hint,
        ))
    };
    let odd = |is_odd: &dyn Fn(&Header) -> bool| headers.iter().find(|(_, header)| is_odd(header));
    if let Some((name, header)) = odd(&|h| (h.height, h.width) != size) {
        return refuse(
            name,
            format!("{}x{} pixels (width x height)", header.width, header.height),
            format!("{}x{}, {}", size.1, size.0, others(with_size)),
            "all images of a folder must have the same size",
        );
    }
    if let Some((name, header)) = odd(&|h| h.depth != depth) {
        return refuse(
            name,
            format!("{} bits a channel", header.depth),
            format!("{depth} bits, {}", others(with_depth)),
            "16-bit and 8-bit images do not mix, since their values have other units: save all of them with the same depth",
        );
    }
    let mut told = Vec::new();
    let in_colour = headers
        .iter()
        .filter(|(_, header)| header.has_colour)
        .count();
    let first = |colour: bool| first_like(&headers, |h| h.has_colour == colour);
    let channels = match (channels, in_colour) {
        (Some(1), 1..) => {
            told.push(notes::read_as_grey(in_colour, first(true)));
            1
        }
        (Some(1), 0) | (None, 0) => 1,
        _ => {
            let grey = headers.len() - in_colour;
            if grey > 0 {
                let first = first(in_colour > 0 && in_colour < grey);
                told.push(notes::read_as_colour(grey, in_colour, first));
            }
            3
        }
    };
    Ok(Some(Common {
        shape: ImageShape {
            height: size.0,
            width: size.1,
            channels,
        },
        depth,
        notes: told,
    }))
}

fn first_like<'a>(headers: &[(&'a str, Header)], like: impl Fn(&Header) -> bool) -> &'a str {
    let first = headers.iter().find(|(_, header)| like(header));
    first.map_or("", |(name, _)| name)
}

/// Returns what most headers have, and how many have it; of two that are
/// equally common, what comes first.
fn most_common<T: Eq + Hash + Copy>(
    headers: &[(&str, Header)],
    of: impl Fn(&Header) -> T,
) -> Option<(T, usize)> {
    let mut counts: HashMap<T, (usize, usize)> = HashMap::new();
    for (at, (_, header)) in headers.iter().enumerate() {
        counts.entry(of(header)).or_insert((0, at)).0 += 1;
    }
    let most = |(_, (count, first)): &(T, (usize, usize))| (*count, Reverse(*first));
    let (value, (count, _)) = counts.into_iter().max_by_key(most)?;
    Some((value, count))
}
