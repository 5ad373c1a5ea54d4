//! Reads PNG and JPEG files: one file, or a folder of them.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

use super::Roles;
use super::allowance::{Allowance, MOST_VALUES};
use super::format::Format;
use super::names::{self, quote};
use super::pieces::Pieces;
use super::reader::{Reader, Room, places};
use crate::base::error::{Error, Place, Result, one_line};
use crate::data::table::{ImageShape, Table, Tags, Values};

/// The longest side of an image, and the most memory for decoding one: a small
/// file can claim to unpack to any size.
const LONGEST_SIDE: u32 = 16_384;
const MOST_MEMORY: u64 = 128 << 20;

/// Bytes of a text in addition to its letters.
const TEXT: usize = size_of::<String>();

/// Returns whether the file name is that of an image.
pub(super) fn is_image(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| {
        ["png", "jpg", "jpeg"].contains(&extension.to_ascii_lowercase().as_str())
    })
}

/// Files that are read one after another.
pub(super) struct Images {
    origin: String,
    files: Vec<Named>,
    labels: Option<Tags>,
    /// The shape of the first image, with the channels of all.
    shape: Option<ImageShape>,
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
        ..Images::new(path, vec![file], None)
    })
}

/// Opens all images of a folder and its sub-folders, in byte order of their
/// names.
pub(super) fn folder(path: &str, roles: &Roles) -> Result<Images> {
    let also = ["data.id", "data.label"];
    names::refuse_any(path, "a folder of images", &also, roles)?;
    refuse_other_names(path, roles)?;
    let files = list(path)?;
    if files.is_empty() {
        return Err(no_image(path)?);
    }
    let labels = match roles.label.as_deref() {
        Some("folder") => labels(path, &files, roles.optional)?,
        _ => None,
    };
    Ok(Images::new(path, files, labels))
}

/// Returns the error for a folder without images.
fn no_image(path: &str) -> Result<Error> {
    let others = entries(Path::new(path))?.into_iter();
    let mut others: Vec<String> = others.map(|(name, _)| name).collect();
    others.sort();
    let rows = others.iter().find(|name| Format::of(name).is_some());
    let hint = match rows {
        Some(name) => format!("name the file itself: {}", Path::new(path).join(name).display()),
        None => "name the folder that the images are in; other kinds of images must be saved as PNG first".into(),
    };
    let found = match &others[..] {
        [] => "an empty folder".into(),
        others => format!("no image in a folder of {}", names::list(others)),
    };
    Ok(Error::data(
        path,
        Place::Whole,
        found,
        ".png, .jpg or .jpeg files in the folder or its sub-folders",
        hint,
    ))
}

/// Refuses other labels than sub-folders, and other ids than file names.
fn refuse_other_names(path: &str, roles: &Roles) -> Result<()> {
    for (key, name, only) in [
        ("data.label", &roles.label, "folder"),
        ("data.id", &roles.id, "file"),
    ] {
        let Some(name) = name.as_deref().filter(|name| *name != only) else {
            continue;
        };
        if !roles.optional {
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

/// The file's name within the folder, with `/` between its parts, and its path.
type Named = (String, PathBuf);

fn list(path: &str) -> Result<Vec<Named>> {
    let mut files = Vec::new();
    for (name, inner) in entries(Path::new(path))? {
        if inner.is_dir() {
            let below = entries(&inner)?.into_iter();
            files.extend(below.map(|(below, path)| (format!("{name}/{below}"), path)));
        } else {
            files.push((name, inner));
        }
    }
    files.retain(|(_, path)| is_image(path) && path.is_file());
    files.sort();
    Ok(files)
}

/// Returns the entries of a folder, without hidden ones.
fn entries(folder: &Path) -> Result<Vec<Named>> {
    let fail = |e| Error::file(folder.display(), "read", e);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            found.push((name, entry.path()));
        }
    }
    Ok(found)
}

/// Returns each file's sub-folder; `None` if labels are optional and some file
/// has no sub-folder.
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
    Ok(Some(Tags { name, values }))
}

impl Images {
    fn new(origin: &str, files: Vec<Named>, labels: Option<Tags>) -> Self {
        Images {
            origin: origin.into(),
            files,
            labels,
            shape: None,
            allowance: Allowance::of(0),
            alone: false,
            next: 0,
        }
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
        let files = &self.files[start..start + rows];
        let origin = &self.origin;
        let mut pixels = Pieces::new();
        for (at, (name, path)) in files.iter().enumerate() {
            let decoded = decode(origin, name, path);
            let image = match self.alone {
                true => decoded.map_err(named_already)?,
                false => decoded?,
            };
            let size = (image.height() as usize, image.width() as usize);
            let first = *self.shape.get_or_insert_with(|| ImageShape {
                height: size.0,
                width: size.1,
                // Grey only if all images are grey, so look at all of them.
                channels: match self.files.iter().any(|(_, path)| has_color(path)) {
                    true => 3,
                    false => 1,
                },
            });
            if size != (first.height, first.width) {
                return Err(Error::data(
                    origin,
                    Place::Member(name.clone()),
                    format!("{}x{} pixels (width x height)", size.1, size.0),
                    format!(
                        "{}x{}, as in '{}'",
                        first.width, first.height, self.files[0].0
                    ),
                    "all images of a folder must have the same size",
                ));
            }
            let size = fs::metadata(path).map_err(|e| Error::file(path.display(), "read", e))?;
            self.allowance.add(size.len());
            if let Err(found) = self.allowance.take(first.features() as u64) {
                return Err(Error::data(
                    origin,
                    Place::Member(name.clone()),
                    format!("images of {found}"),
                    "at most 256 MiB, and 256 times the size of the files",
                    "if they are meant to, keep the pixels as a NumPy array",
                ));
            }
            let held = (at + 1) * first.features();
            room.check(origin, start + at + 1, held)?;
            let more = pixels.more(first.features());
            match first.channels {
                1 => more.extend(image.into_luma8().into_raw()),
                _ => more.extend(image.into_rgb8().into_raw()),
            }
        }
        let features = self.shape.map_or(0, |shape| shape.features());
        let mut table = Table::unnamed(origin, Values::Bytes(pixels.whole()), features)?;
        table.image = self.shape;
        table.ids = Some(Tags {
            name: "file".into(),
            values: files.iter().map(|(name, _)| name.clone()).collect(),
        });
        table.labels = self.labels.as_ref().map(|tags| Tags {
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

/// Returns whether an image has colors according to its header; an unreadable
/// image is reported when it is decoded.
fn has_color(path: &Path) -> bool {
    let decoder = limited(path).ok().and_then(|r| r.into_decoder().ok());
    decoder.is_some_and(|decoder| decoder.color_type().has_color())
}

/// Opens a file for decoding within limits. Its first bytes decide its kind,
/// not its name.
fn limited(path: &Path) -> std::io::Result<ImageReader<BufReader<File>>> {
    let mut reader = ImageReader::open(path)?.with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    Ok(reader)
}

fn decode(origin: &str, name: &str, path: &Path) -> Result<DynamicImage> {
    let refuse = |reason: String| {
        Error::data(
            origin,
            Place::Member(name.into()),
            format!("a file that cannot be decoded ({reason})"),
            "a PNG or JPEG image",
            "replace it or take it out of the folder",
        )
    };
    let reader = limited(path).map_err(|e| Error::file(path.display(), "read", e))?;
    let unreadable = |error: image::ImageError| {
        let reason = one_line(&error);
        let refused = refuse(match reason.contains("CRC error") {
            true => "its checksum does not match".into(),
            false => reason.replace("Format error decoding ", ""),
        });
        refused.caused_by(error)
    };
    let decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    let channels = if decoder.color_type().has_color() {
        3
    } else {
        1
    };
    if u64::from(width) * u64::from(height) * channels > MOST_VALUES as u64 {
        return Err(Error::data(
            origin,
            Place::Member(name.into()),
            format!("{width}x{height} pixels (width x height)"),
            format!("at most {MOST_VALUES} values in an image"),
            "make the images smaller",
        ));
    }
    DynamicImage::from_decoder(decoder).map_err(unreadable)
}
