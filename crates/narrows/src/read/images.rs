//! PNG and JPEG files: one, or a folder of them.

use std::fs;
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageReader, Limits};

use super::names::{self, quote};
use super::{Format, Roles};
use crate::error::{Error, Place, Result, one_line};
use crate::table::{ImageShape, Table, Tags, Values};

/// No side of an image may be longer, nor decoding one take more memory: a
/// small file can claim to unpack to any size.
const LONGEST_SIDE: u32 = 16_384;
const MOST_MEMORY: u64 = 512 << 20;

/// Whether the name is that of an image.
pub(super) fn is_image(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| {
        ["png", "jpg", "jpeg"].contains(&extension.to_ascii_lowercase().as_str())
    })
}

/// A table of one row.
pub(super) fn single(path: &str, roles: &Roles) -> Result<Table> {
    names::refuse_any(path, "an image", &[], roles)?;
    let name = Path::new(path).file_name().unwrap_or_default();
    let file = (name.to_string_lossy().into_owned(), PathBuf::from(path));
    read_all(path, &[file]).map_err(|error| match error {
        // The file is named already.
        Error::Data {
            origin,
            place: Place::Member(_),
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
    })
}

/// All images of a folder and its sub-folders, in byte order of their names.
pub(super) fn folder(path: &str, roles: &Roles) -> Result<Table> {
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
    let mut table = read_all(path, &files)?;
    table.labels = labels;
    Ok(table)
}

/// What to say of a folder without images.
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

/// Images have labels of one kind, and ids of one kind.
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

/// The name within the folder, with `/` between its parts, and the path.
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

/// What a folder holds, hidden entries left out.
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

/// Each file's sub-folder; none at all if some file has none and labels are
/// optional.
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
                    "move it into one, or leave data.label out",
                ));
            }
        }
    }
    let name = "folder".into();
    Ok(Some(Tags { name, values }))
}

fn read_all(origin: &str, files: &[Named]) -> Result<Table> {
    let mut pixels = Vec::new();
    let mut shape: Option<ImageShape> = None;
    for (name, path) in files {
        let image = decode(origin, name, path)?;
        let channels = if image.color().has_color() { 3 } else { 1 };
        let mut now = ImageShape {
            height: image.height() as usize,
            width: image.width() as usize,
            channels,
        };
        let first = *shape.get_or_insert(now);
        if (now.height, now.width) != (first.height, first.width) {
            return Err(Error::data(
                origin,
                Place::Member(name.clone()),
                format!("{}x{} pixels (width x height)", now.width, now.height),
                format!("{}x{}, as in '{}'", first.width, first.height, files[0].0),
                "all images of a folder must have the same size",
            ));
        }
        if channels > first.channels {
            // The first image with colors: so far all were grey.
            pixels = pixels.iter().flat_map(|&grey| [grey; 3]).collect();
        }
        now.channels = channels.max(first.channels);
        shape = Some(now);
        match now.channels {
            1 => pixels.extend(image.into_luma8().into_raw()),
            _ => pixels.extend(image.into_rgb8().into_raw()),
        }
    }
    let features = shape.map_or(0, |shape| shape.features());
    let mut table = Table::unnamed(origin, Values::Bytes(pixels), features)?;
    table.image = shape;
    table.ids = Some(Tags {
        name: "file".into(),
        values: files.iter().map(|(name, _)| name.clone()).collect(),
    });
    Ok(table)
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
    let fail = |e| Error::file(path.display(), "read", e);
    let reader = ImageReader::open(path).map_err(fail)?;
    // The first bytes decide, not the name.
    let mut reader = reader.with_guessed_format().map_err(fail)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    reader.decode().map_err(|error| {
        let reason = one_line(error);
        refuse(match reason.contains("CRC error") {
            true => "its checksum does not match".into(),
            false => reason.replace("Format error decoding ", ""),
        })
    })
}
