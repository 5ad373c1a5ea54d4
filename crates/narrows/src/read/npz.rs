//! Archives of NumPy arrays: `.npz`.

use std::fs::File;
use std::io::{BufReader, Read};

use zip::ZipArchive;

use super::arrays;
use super::input::Input;
use super::names::{self, list, quote};
use super::{Format, Roles, npy};
use crate::error::{Error, Place, Result, one_line};
use crate::table::{Table, Tags};

/// Names that say which member is the data, first choice first.
const DATA: [&str; 4] = ["x", "data", "arr_0", "codes"];

type Archive = ZipArchive<BufReader<File>>;

pub(super) fn read(input: Input, roles: &Roles) -> Result<Table> {
    let origin = input.origin().to_string();
    let also = ["data.label", "data.id"];
    names::refuse_any(&origin, "an .npz archive", &also, roles)?;
    let file = BufReader::new(input.into_file()?);
    let mut archive = ZipArchive::new(file).map_err(|e| damaged(&origin, Place::Whole, e))?;
    let members: Vec<String> = archive
        .file_names()
        .map(|name| name.strip_suffix(".npy").unwrap_or(name).to_string())
        .collect();
    let data = data_member(&origin, &mut archive, &members, roles)?;
    let (place, mut reader) = open(&origin, &mut archive, &data)?;
    let header = npy::read_header(&origin, &place, &mut reader)?;
    let mut table = arrays::read_table(&origin, &place, &header, reader, roles)?;
    let mut tags = |key, name: &Option<String>| match name {
        None => Ok(None),
        Some(name) if members.contains(name) => {
            read_tags(&origin, &mut archive, name, table.rows()).map(Some)
        }
        Some(_) if roles.optional => Ok(None),
        Some(name) => Err(Error::data(
            &origin,
            Place::Whole,
            format!("the members {}", list(&members)),
            format!("the member {} that {key} names", quote(name)),
            format!("name one of these in {key}, or leave it out"),
        )),
    };
    let labels = tags("data.label", &roles.label)?;
    let ids = tags("data.id", &roles.id)?;
    table.labels = labels;
    table.ids = ids;
    Ok(table)
}

/// The name of the member that is the data.
fn data_member(
    origin: &str,
    archive: &mut Archive,
    members: &[String],
    roles: &Roles,
) -> Result<String> {
    let is_role =
        |name: &String| roles.label.as_ref() == Some(name) || roles.id.as_ref() == Some(name);
    let mut others = members.iter().filter(|name| !is_role(name));
    for name in DATA {
        if others.clone().any(|member| member == name) {
            return Ok(name.into());
        }
    }
    let mut wide = Vec::new();
    for name in others.by_ref() {
        let (place, mut reader) = open(origin, archive, name)?;
        if npy::read_header(origin, &place, &mut reader).is_ok_and(|h| h.shape.len() > 1) {
            wide.push(name.clone());
        }
    }
    match &wide[..] {
        [name] => Ok(name.clone()),
        _ if members.iter().any(|name| name.starts_with("xl/")) => Err(Error::data(
            origin,
            Place::Whole,
            "a spreadsheet",
            "an archive that numpy.savez wrote, or CSV",
            "export the sheet as `CSV UTF-8`",
        )),
        _ if members.iter().any(|name| Format::of(name).is_some()) => Err(Error::data(
            origin,
            Place::Whole,
            format!("an archive of {}", list(members)),
            "an archive that numpy.savez wrote",
            "unpack it first and name the file that the rows are in",
        )),
        _ if members.is_empty() => Err(Error::data(
            origin,
            Place::Whole,
            "an archive of nothing",
            "an archive that numpy.savez wrote",
            "save it again with numpy.savez(path, x=array)",
        )),
        _ => Err(Error::data(
            origin,
            Place::Whole,
            format!("the members {}", list(members)),
            "one that is called x, data, arr_0 or codes, or just one of two or more dimensions",
            "save it again with numpy.savez(path, x=array)",
        )),
    }
}

/// Opens a member, whose name is given without its `.npy`.
fn open<'a>(origin: &str, archive: &'a mut Archive, name: &str) -> Result<(Place, impl Read + 'a)> {
    let place = Place::Member(name.into());
    let file = format!("{name}.npy");
    let index = archive
        .index_for_name(&file)
        .or_else(|| archive.index_for_name(name))
        .unwrap_or(usize::MAX);
    match archive.by_index(index) {
        Ok(reader) => Ok((place, reader)),
        Err(error) => Err(damaged(origin, place, error)),
    }
}

fn read_tags(origin: &str, archive: &mut Archive, name: &str, rows: usize) -> Result<Tags> {
    let (place, mut reader) = open(origin, archive, name)?;
    let header = npy::read_header(origin, &place, &mut reader).map_err(|error| match error {
        Error::Data {
            origin,
            place,
            found,
            expected,
            ..
        } if found.contains("'<U") || found.contains("'|S") => Error::data(
            origin,
            place,
            found,
            expected,
            "number the texts: numpy.unique(texts, return_inverse=True)[1]",
        ),
        other => other,
    })?;
    if header.shape != [rows] {
        return Err(Error::data(
            origin,
            place,
            format!("an array of shape {:?}", header.shape),
            format!("[{rows}], one element for each row of the data"),
            "save an array of one dimension, with an element for each row",
        ));
    }
    Ok(Tags {
        name: name.into(),
        values: arrays::read_texts(origin, &place, &header, reader)?,
    })
}

fn damaged(origin: &str, place: Place, error: zip::result::ZipError) -> Error {
    Error::data(
        origin,
        place,
        format!("what is no archive, or a damaged one ({})", one_line(error)),
        "an archive that numpy.savez wrote",
        "the file is damaged or of another kind; copy or save it again",
    )
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use super::*;
    use ndarray::{Array1, Array2, array};
    use ndarray_npy::WriteNpyExt;
    use zip::write::{SimpleFileOptions, ZipWriter};

    fn bytes(array: impl WriteNpyExt) -> Vec<u8> {
        let mut bytes = Vec::new();
        array.write_npy(&mut bytes).unwrap();
        bytes
    }

    fn archive(members: &[(&str, Vec<u8>)], roles: &Roles) -> Result<Table> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (index, (name, bytes)) in members.iter().enumerate() {
            let method = match index % 2 {
                0 => zip::CompressionMethod::Deflated,
                _ => zip::CompressionMethod::Stored,
            };
            let options = SimpleFileOptions::default().compression_method(method);
            zip.start_file(format!("{name}.npy"), options).unwrap();
            zip.write_all(bytes).unwrap();
        }
        let bytes = zip.finish().unwrap().into_inner();
        read(Input::memory("t.npz", &bytes).unwrap(), roles)
    }

    #[test]
    fn members_are_found_by_name_or_by_dimensions() {
        let wide: Array2<f32> = array![[1.0, 2.0], [3.0, 4.0]];
        let ids: Array1<i64> = array![9_007_199_254_740_993, -1];
        let roles = Roles {
            id: Some("key".into()),
            ..Roles::default()
        };
        let members = [("key", bytes(ids)), ("anything", bytes(wide.clone()))];
        let table = archive(&members, &roles).unwrap();
        assert_eq!(table.ids.unwrap().values, ["9007199254740993", "-1"]);
        let two = [("a", bytes(wide.clone())), ("b", bytes(wide.clone()))];
        let error = archive(&two, &Roles::default()).unwrap_err().to_string();
        assert!(error.contains("'a', 'b'"), "{error}");
        let two = [("a", bytes(wide.clone())), ("x", bytes(&wide * 2.0))];
        assert_eq!(archive(&two, &Roles::default()).unwrap().value(0, 0), 2.0);
    }

    #[test]
    fn labels_must_be_there_and_one_a_row() {
        let wide: Array2<f32> = array![[1.0, 2.0]];
        let few: Array1<u8> = array![1, 2];
        let mut roles = Roles {
            label: Some("y".into()),
            ..Roles::default()
        };
        let members = [("x", bytes(wide)), ("y", bytes(few))];
        let error = archive(&members, &roles).unwrap_err().to_string();
        assert!(
            error.contains("'y': found an array of shape [2], expected [1]"),
            "{error}"
        );
        let error = archive(&members[..1], &roles).unwrap_err().to_string();
        assert!(
            error.contains("the member 'y' that data.label names"),
            "{error}"
        );
        roles.optional = true;
        assert_eq!(archive(&members[..1], &roles).unwrap().labels, None);
    }
}
