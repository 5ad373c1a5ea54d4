//! Reads pictures, PNG, JPEG and BMP: one file, or a folder of them.

mod decode;
mod jpeg;
mod listing;
mod notes;
mod survey;

use std::fs;
use std::path::{Path, PathBuf};

use super::Roles;
use super::allowance::Allowance;
use super::format::Format;
use super::names::{self, quote};
use super::pieces::Pieces;
use super::reader::{Reader, Room, places};
use crate::base::error::{Error, Place, Result};
use crate::base::note::Note;
use crate::data::table::{ImageShape, Table, Tags, Values};
use decode::{Picture, Pixels};
use listing::{Named, endings, list};
use survey::survey;

/// The endings of the pictures that are read.
const ENDINGS: [&str; 6] = ["png", "jpg", "jpeg", "jpe", "jfif", "bmp"];

/// Bytes of a text in addition to its letters.
const TEXT: usize = size_of::<String>();

/// Returns whether the file name is that of an image.
pub(super) fn is_image(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| ENDINGS.contains(&extension.to_ascii_lowercase().as_str()))
}

/// Files that are read one after another.
pub(super) struct Images {
    origin: String,
    files: Vec<Named>,
    labels: Option<Tags>,
    /// The shape that all images have; `None` if no header could be read.
    shape: Option<ImageShape>,
    /// The bits of each value: 8 or 16.
    depth: u8,
    /// What is yet to be told, with the rows that come next.
    notes: Vec<Note>,
    /// Whether transparency was told of.
    told_transparent: bool,
    allowance: Allowance,
    /// Whether the file was named by itself, so that messages name it already.
    alone: bool,
    next: usize,
}

/// Opens one image as a table of one row.
pub(super) fn single(path: &str, roles: &Roles) -> Result<Images> {
    names::refuse_any(path, "an image", &[], roles)?;
    let name = Path::new(path).file_name().unwrap_or_default();
    let file = (name.to_string_lossy().into_owned(), PathBuf::from(path));
    Ok(Images {
        alone: true,
        ..Images::new(path, vec![file], None, roles)?
    })
}

/// Opens all images of a folder and its sub-folders, in byte order of their
/// names.
pub(super) fn folder(path: &str, roles: &Roles) -> Result<Images> {
    let also = ["data.id", "data.label"];
    names::refuse_any(path, "a folder of images", &also, roles)?;
    refuse_other_names(path, roles)?;
    let listing = list(path)?;
    if listing.images.is_empty() {
        return Err(no_image(path, &listing.others));
    }
    let labels = match roles.label.as_deref() {
        Some("folder") => labels(path, &listing.images, roles.optional)?,
        _ => None,
    };
    let mut images = Images::new(path, listing.images, labels, roles)?;
    if let Some(first) = listing.others.first() {
        let left_out = notes::left_out(&endings(&listing.others), first);
        images.notes.push(left_out);
    }
    Ok(images)
}

/// Returns the error for a folder without images.
fn no_image(path: &str, others: &[String]) -> Error {
    let rows = others.iter().find(|name| Format::of(name).is_some());
    let hint = match rows {
        Some(name) => format!("name the file itself: {}", Path::new(path).join(name).display()),
        None => "name the folder that the images are in; other kinds of images must be saved as PNG first".into(),
    };
    let found = match others {
        [] => "an empty folder".into(),
        others => format!("no image in a folder of {}", names::list(others)),
    };
    Error::data(
        path,
        Place::Whole,
        found,
        ".png, .jpg, .jpeg or .bmp files in the folder or its sub-folders",
        hint,
    )
}

/// Refuses other labels than sub-folders, and other ids than file names.
fn refuse_other_names(path: &str, roles: &Roles) -> Result<()> {
    let label = roles
        .label
        .iter()
        .map(|name| ("data.label", name, "folder"));
    let ids = roles.id.iter().map(|name| ("data.id", name, "file"));
    for (key, name, only) in label.chain(ids) {
        if name != only && !roles.optional {
            return Err(Error::data(
                path,
                Place::Whole,
                format!("a folder of images, for which {key} says {}", quote(name)),
                format!("\"{only}\", or no {key}"),
                "images are labelled by their sub-folders and identified by their files",
            ));
        }
    }
    Ok(())
}

/// Returns the sub-folder of each file: the first below the folder that was
/// named, however deep the file is. `None` if labels are optional and some file
/// is in no sub-folder.
fn labels(path: &str, files: &[Named], optional: bool) -> Result<Option<Tags>> {
    let mut values = Vec::with_capacity(files.len());
    for (name, _) in files {
        match name.split_once('/') {
            Some((folder, _)) => values.push(folder.to_string()),
            None if optional => return Ok(None),
            None => {
                return Err(Error::data(
                    path,
                    Place::Member(name.clone()),
                    "an image outside of all sub-folders",
                    "a sub-folder for each label, as data.label says \"folder\"",
                    "move it into one, or leave out data.label",
                ));
            }
        }
    }
    let name = "folder".into();
    Ok(Some(Tags {
        name,
        values,
        kind: Default::default(),
    }))
}

impl Images {
    fn new(origin: &str, files: Vec<Named>, labels: Option<Tags>, roles: &Roles) -> Result<Self> {
        let common = survey(origin, &files, roles.image.map(|image| image.channels))?;
        let shape = common.as_ref().map(|common| common.shape);
        let depth = common.as_ref().map_or(8, |common| common.depth);
        Ok(Images {
            origin: origin.into(),
            files,
            labels,
            shape,
            depth,
            notes: common.map_or(Vec::new(), |common| common.notes),
            told_transparent: false,
            allowance: Allowance::of(0),
            alone: false,
            next: 0,
        })
    }

    /// Decodes a file and checks that it is as its header said.
    fn picture(&mut self, (name, path): &Named) -> Result<Picture> {
        let picture =
            decode::decode(&self.origin, name, path).map_err(|error| match self.alone {
                true => named_already(error),
                false => error,
            })?;
        let header = picture.header;
        let size = (header.height, header.width);
        let shape = *self.shape.get_or_insert(ImageShape {
            height: size.0,
            width: size.1,
            channels: if header.has_colour { 3 } else { 1 },
        });
        if size != (shape.height, shape.width) || header.depth != self.depth {
            return Err(Error::data(
                &self.origin,
                Place::Member(name.clone()),
                format!("{}x{} pixels of {} bits", size.1, size.0, header.depth),
                format!("{}x{} of {} bits", shape.width, shape.height, self.depth),
                "the file changed while it was read, or its header is damaged",
            ));
        }
        if picture.is_transparent && !self.told_transparent {
            self.told_transparent = true;
            self.notes.push(notes::transparent(name));
        }
        Ok(picture)
    }

    /// Returns the pixels with the channels that all images have; `None` if
    /// colours would be lost.
    fn channels<T: Copy + PartialEq>(&self, values: Vec<T>, has_colour: bool) -> Option<Vec<T>> {
        match (self.shape?.channels, has_colour) {
            (1, true) => {
                let (pixels, _) = values.as_chunks::<3>();
                let grey = pixels
                    .iter()
                    .map(|&[r, g, b]| (r == g && g == b).then_some(r));
                grey.collect()
            }
            (3, false) => Some(values.into_iter().flat_map(|value| [value; 3]).collect()),
            _ => Some(values),
        }
    }

    fn coloured(&self, name: &str) -> Error {
        Error::data(
            &self.origin,
            match self.alone {
                true => Place::Whole,
                false => Place::Member(name.into()),
            },
            "an image in colour",
            "a grey one, as in training",
            "convert it to grey, or train a model on images in colour",
        )
    }
}

impl Reader for Images {
    fn total(&self) -> Option<usize> {
        Some(self.files.len())
    }

    fn holds(&self) -> usize {
        let names = self.files.iter();
        let of = |(name, path): &Named| name.len() + path.as_os_str().len() + 2 * TEXT;
        let labels = self.labels.iter().flat_map(|tags| &tags.values);
        names.map(of).sum::<usize>() + labels.map(|label| label.len() + TEXT).sum::<usize>()
    }

    fn next(&mut self, room: Room) -> Result<Option<Table>> {
        let start = self.next;
        let rows = room.rows.min(self.files.len() - start);
        if rows == 0 {
            return Ok(None);
        }
        let (mut bytes, mut words) = (Pieces::new(), Pieces::new());
        for at in start..start + rows {
            let file = self.files[at].clone();
            let picture = self.picture(&file)?;
            let (name, path) = &file;
            let features = self.shape.map_or(0, |shape| shape.features());
            let value = match picture.pixels {
                Pixels::Bytes(_) => size_of::<u8>(),
                Pixels::Words(_) => size_of::<f32>(),
            };
            let size = fs::metadata(path).map_err(|e| Error::file(path.display(), "read", e))?;
            self.allowance.add(size.len());
            if let Err(found) = self.allowance.take((features * value) as u64) {
                return Err(Error::data(
                    &self.origin,
                    Place::Member(name.clone()),
                    format!("images of {found}"),
                    "at most 256 MiB, and 256 times the size of the files",
                    "if they are meant to, keep the pixels as a NumPy array",
                ));
            }
            room.check(&self.origin, at + 1, (at + 1 - start) * features * value)?;
            match picture.pixels {
                Pixels::Bytes(_) => bytes.check_granted(features)?,
                Pixels::Words(_) => words.check_granted(features)?,
            }
            let has_colour = picture.header.has_colour;
            let fits = match picture.pixels {
                Pixels::Bytes(values) => self
                    .channels(values, has_colour)
                    .map(|values| bytes.more(features).extend(values)),
                Pixels::Words(values) => self.channels(values, has_colour).map(|values| {
                    words
                        .more(features)
                        .extend(values.into_iter().map(f32::from))
                }),
            };
            fits.ok_or_else(|| self.coloured(name))?;
        }
        let features = self.shape.map_or(0, |shape| shape.features());
        let values = match self.depth {
            16 => Values::Floats(words.whole()?),
            _ => Values::Bytes(bytes.whole()?),
        };
        let mut table = Table::unnamed(&self.origin, values, features)?;
        table.image = self.shape;
        table.words = self.depth == 16;
        table.notes = std::mem::take(&mut self.notes);
        let files = &self.files[start..start + rows];
        table.ids = vec![Tags {
            kind: Default::default(),
            name: "file".into(),
            values: files.iter().map(|(name, _)| name.clone()).collect(),
        }];
        table.labels = self.labels.as_ref().map(|tags| Tags {
            kind: Default::default(),
            name: tags.name.clone(),
            values: tags.values[start..start + rows].to_vec(),
        });
        table.places = places(room, start, rows);
        self.next += rows;
        Ok(Some(table))
    }
}

/// Changes an error to fit a file that was named by itself.
fn named_already(error: Error) -> Error {
    match error {
        Error::Data {
            origin,
            found,
            expected,
            ..
        } => Error::data(
            origin,
            Place::Whole,
            found,
            expected,
            "the file is damaged or of another kind; copy or save it again",
        ),
        other => other,
    }
}

#[cfg(test)]
mod tests;
