//! Reads archives of NumPy arrays: `.npz`.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};

use flate2::Crc;
use flate2::read::DeflateDecoder;
use zip::read::ZipFile;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::allowance::most;
use super::arrays::{ArrayRows, ArrayTexts};
use super::format::Format;
use super::input::Input;
use super::names::{self, list, quote};
use super::reader::{Reader, Room};
use super::{Roles, npy};
use crate::base::error::{Error, Place, Result, one_line};
use crate::base::nearest::nearest;
use crate::data::table::{Table, Tags};

/// Names that identify the data member, first choice first.
const DATA: [&str; 4] = ["x", "data", "arr_0", "codes"];

struct Archive {
    zip: ZipArchive<BufReader<File>>,
    /// The most bytes that a member may unpack to.
    most: u64,
}

/// An archive whose data is read row by row; its labels and ids are held in
/// memory.
pub(super) struct Npz {
    rows: ArrayRows<Member>,
    labels: Option<TextMember>,
    ids: Vec<TextMember>,
}

/// A member with one text for each row.
struct TextMember {
    name: String,
    texts: ArrayTexts<Cursor<Vec<u8>>>,
    bytes: usize,
}

/// Opens an archive whose data is in `member`, if one is named.
pub(super) fn open(input: Input, member_name: Option<&str>, roles: &Roles) -> Result<Npz> {
    let origin = input.origin().to_string();
    let also = ["data.label", "data.id"];
    names::refuse_any(&origin, "an .npz archive", &also, roles)?;
    let (file, packed) = input.into_file()?;
    let zip = ZipArchive::new(BufReader::new(file));
    let mut archive = Archive {
        zip: zip.map_err(|e| damaged(&origin, Place::Whole, e))?,
        most: most(packed),
    };
    let members: Vec<String> = archive
        .zip
        .file_names()
        .map(|name| name.strip_suffix(".npy").unwrap_or(name).to_string())
        .collect();
    let data = match member_name {
        Some(name) => named_member(&origin, &members, name)?,
        None => {
            let name = data_member(&origin, &mut archive, &members, roles)?;
            if name == "data" {
                refuse_sparse(&origin, &mut archive, &members)?;
            }
            name
        }
    };
    let (place, mut reader) = member(&origin, &mut archive, &data)?;
    let header = npy::read_header(&origin, &place, &mut reader)?;
    let rows = header.rows(&origin, &place)?;
    drop(reader);
    let mut tags = |key, name: &String| match members.contains(name) {
        true => read_tags(&origin, &mut archive, name, rows).map(Some),
        false if roles.optional => Ok(None),
        false => Err(Error::data(
            &origin,
            Place::Whole,
            format!("the members {}", list(&members)),
            format!("the member {} that {key} names", quote(name)),
            format!("name one of these in {key}, or leave it out"),
        )),
    };
    let labels = match &roles.label {
        Some(label) => tags("data.label", label)?,
        None => None,
    };
    let mut ids = Vec::new();
    for name in &roles.id {
        ids.extend(tags("data.id", name)?);
    }
    let mut reader = Member::open(&origin, archive, &data)?;
    let header = npy::read_header(&origin, &place, &mut reader)?;
    Ok(Npz {
        rows: ArrayRows::new(&origin, place, header, reader, roles)?,
        labels,
        ids,
    })
}

impl Reader for Npz {
    fn total(&self) -> Option<usize> {
        Some(self.rows.total())
    }

    fn holds(&self) -> usize {
        let tags = self.labels.iter().chain(&self.ids);
        tags.map(|tagged| tagged.bytes).sum::<usize>() + self.rows.holds()
    }

    fn next(&mut self, room: Room) -> Result<Option<Table>> {
        let Some(mut table) = self.rows.next(room)? else {
            return Ok(None);
        };
        let rows = table.rows();
        let texts = |tagged: &mut TextMember| {
            Ok(Tags {
                name: tagged.name.clone(),
                values: tagged.texts.next(rows)?,
                kind: tagged.texts.kind(),
            })
        };
        table.labels = self.labels.as_mut().map(texts).transpose()?;
        table.ids = self.ids.iter_mut().map(texts).collect::<Result<_>>()?;
        Ok(Some(table))
    }
}

/// Refuses a matrix that SciPy saved by its values other than 0, whose members
/// are no rows.
fn refuse_sparse(origin: &str, archive: &mut Archive, members: &[String]) -> Result<()> {
    let has = |name: &str| members.iter().any(|member| member == name);
    let places = ["indptr", "indices", "row", "offsets", "coords"];
    if !has("data") || !has("format") && !has("shape") || !places.into_iter().any(has) {
        return Ok(());
    }
    // The kind, such as csr, is three letters at the end of its member.
    let kind = member(origin, archive, "format")
        .ok()
        .and_then(|(_, reader)| {
            let mut bytes = Vec::new();
            reader.take(4096).read_to_end(&mut bytes).ok()?;
            bytes.retain(|byte| *byte != 0);
            let kind = bytes.get(bytes.len().checked_sub(3)?..)?;
            String::from_utf8(kind.to_vec()).ok()
        });
    let kind = kind
        .filter(|kind| ["csr", "csc", "coo", "bsr", "dia", "dok", "lil"].contains(&kind.as_str()));
    Err(Error::data(
        origin,
        Place::Whole,
        match kind {
            Some(kind) => format!("a sparse matrix of SciPy ({kind})"),
            None => "a sparse matrix of SciPy".into(),
        },
        "an array with all of its values",
        "numpy.save(\"rows.npy\", scipy.sparse.load_npz(path).toarray()) writes one",
    ))
}

/// Finds the member that the source names.
fn named_member(origin: &str, members: &[String], name: &str) -> Result<String> {
    let name = name.strip_suffix(".npy").unwrap_or(name);
    if members.iter().any(|member| member == name) {
        return Ok(name.into());
    }
    Err(Error::data(
        origin,
        Place::Whole,
        format!("the members {}", list(members)),
        format!("the member {}", quote(name)),
        match nearest(name, members.iter().map(String::as_str)) {
            Some(near) => format!("did you mean {}?", quote(&format!("{origin}:{near}"))),
            None => "name one of these after the colon".into(),
        },
    ))
}

/// Returns the name of the data member.
fn data_member(
    origin: &str,
    archive: &mut Archive,
    members: &[String],
    roles: &Roles,
) -> Result<String> {
    let is_role = |name: &String| roles.label.as_ref() == Some(name) || roles.id.contains(name);
    let mut others = members.iter().filter(|name| !is_role(name));
    for name in DATA {
        if others.clone().any(|member| member == name) {
            return Ok(name.into());
        }
    }
    let mut wide = Vec::new();
    for name in others.by_ref() {
        let (place, mut reader) = member(origin, archive, name)?;
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
            match wide.first().or(members.first()) {
                Some(name) => format!(
                    "name the member that holds the rows: {}",
                    quote(&format!("{origin}:{name}"))
                ),
                None => String::new(),
            },
        )),
    }
}

/// Opens a member, whose name is given without its `.npy`.
fn member<'a>(
    origin: &str,
    archive: &'a mut Archive,
    name: &str,
) -> Result<(Place, MemberReader<ZipFile<'a, BufReader<File>>>)> {
    let place = Place::Member(name.into());
    let file = format!("{name}.npy");
    let index = archive
        .zip
        .index_for_name(&file)
        .or_else(|| archive.zip.index_for_name(name))
        .unwrap_or(usize::MAX);
    let left = archive.most;
    match archive.zip.by_index(index) {
        Ok(inner) => Ok((place, MemberReader { inner, left })),
        Err(error) => Err(damaged(origin, place, error)),
    }
}

/// A member that may unpack only to what an archive of its size allows.
struct MemberReader<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for MemberReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => {
                return Err(std::io::Error::other(
                    "a member unpacks to more than 256 MiB and 256 times the file; if it is meant to, save it with numpy.savez, unpacked",
                ));
            }
        }
        Ok(count)
    }
}

/// The bytes of a member, with their checksum checked at the end. The archive's
/// own reader borrows the archive, and cannot be kept from part to part.
struct Member {
    bytes: Box<dyn Read>,
    crc: Crc,
    expected: u32,
    /// Bytes that are yet to come.
    left: u64,
}

impl Member {
    fn open(origin: &str, mut archive: Archive, name: &str) -> Result<Self> {
        let most = archive.most;
        let (place, MemberReader { inner: member, .. }) = member(origin, &mut archive, name)?;
        let packed = match member.compression() {
            CompressionMethod::Stored => false,
            CompressionMethod::Deflated => true,
            other => {
                let error = ZipError::Io(std::io::Error::other(format!("packed by {other}")));
                return Err(damaged(origin, place, error));
            }
        };
        let (start, length) = (member.data_start(), member.compressed_size());
        let (expected, left) = (member.crc32(), member.size());
        drop(member);
        let mut file = archive.zip.into_inner();
        file.seek(SeekFrom::Start(start))
            .map_err(|e| Error::file(origin, "read", e))?;
        let bytes = file.take(length);
        Ok(Member {
            bytes: match packed {
                true => Box::new(MemberReader {
                    inner: DeflateDecoder::new(bytes),
                    left: most,
                }),
                false => Box::new(bytes),
            },
            crc: Crc::new(),
            expected,
            left,
        })
    }
}

impl Read for Member {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.bytes.read(buffer)?;
        self.crc.update(&buffer[..count]);
        self.left = self.left.saturating_sub(count as u64);
        let ended = count == 0 && !buffer.is_empty();
        if (ended || self.left == 0) && self.crc.sum() != self.expected {
            return Err(std::io::Error::other("Invalid checksum"));
        }
        Ok(count)
    }
}

fn read_tags(origin: &str, archive: &mut Archive, name: &str, rows: usize) -> Result<TextMember> {
    let (place, mut reader) = member(origin, archive, name)?;
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
    // Keras keeps labels as one column.
    if header.shape != [rows] && header.shape != [rows, 1] {
        return Err(Error::data(
            origin,
            place,
            format!("an array of shape {:?}", header.shape),
            format!("[{rows}], one element for each row of the data"),
            "save an array of one dimension, with an element for each row",
        ));
    }
    // One byte more than there should be shows whether there are more.
    let most = (rows as u64).saturating_mul(8).saturating_add(1);
    let mut bytes = Vec::new();
    reader
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(|e| Error::file(origin, "read", e))?;
    Ok(TextMember {
        name: name.into(),
        bytes: bytes.len(),
        texts: ArrayTexts::new(origin, place, header, Cursor::new(bytes))?,
    })
}

fn damaged(origin: &str, place: Place, error: ZipError) -> Error {
    Error::data(
        origin,
        place,
        format!(
            "what is no archive, or a damaged one ({})",
            one_line(&error)
        ),
        "an archive that numpy.savez wrote",
        "the file is damaged or of another kind; copy or save it again",
    )
    .caused_by(error)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::data::read::reader::whole;
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
        let input = Input::memory("t.npz", &bytes).unwrap();
        whole(open(input, None, roles)?, Room::ENDLESS)
    }

    #[test]
    fn a_matrix_of_scipy_is_never_read_as_rows() {
        let numbers: Array1<f64> = array![1.0, 2.0];
        let places: Array1<i32> = array![0, 1];
        let sparse = |names: [&'static str; 3]| {
            let mut members = vec![("data", bytes(numbers.clone()))];
            members.extend(names.map(|name| (name, bytes(places.clone()))));
            members
        };
        for names in [
            ["indices", "indptr", "shape"],
            ["row", "col", "shape"],
            ["offsets", "format", "shape"],
        ] {
            let error = archive(&sparse(names), &Roles::default())
                .unwrap_err()
                .to_string();
            assert!(
                error.contains("a sparse matrix of SciPy") && error.contains(".toarray()"),
                "{error}"
            );
        }
        let wide: Array2<f32> = array![[1.0, 2.0]];
        let dense = [
            ("data", bytes(wide.clone())),
            ("row", bytes(places.clone())),
        ];
        assert_eq!(archive(&dense, &Roles::default()).unwrap().rows(), 1);
        // Only what is chosen for its name may be part of a sparse matrix.
        let mut beside = sparse(["row", "col", "shape"]);
        beside.push(("x", bytes(wide)));
        assert_eq!(archive(&beside, &Roles::default()).unwrap().rows(), 1);
    }

    #[test]
    fn members_are_found_by_name_or_by_dimensions() {
        let wide: Array2<f32> = array![[1.0, 2.0], [3.0, 4.0]];
        let ids: Array1<i64> = array![9_007_199_254_740_993, -1];
        let roles = Roles {
            id: vec!["key".into()],
            ..Roles::default()
        };
        let members = [("key", bytes(ids)), ("anything", bytes(wide.clone()))];
        let table = archive(&members, &roles).unwrap();
        assert_eq!(table.ids[0].values, ["9007199254740993", "-1"]);
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
