//! Reads and writes the file of a model or a checkpoint: safetensors with all
//! that is not a tensor in one metadata key, a checksum over every byte,
//! written whole or not at all.
//!
//! Version 1 had its checksum over the content alone, which missed changes of
//! bytes without a meaning. Files of every version are read.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Map, Value};

use crate::base::error::{Error, Result};
use crate::base::hint::Hint;
use crate::data::write::write_bytes;
use crate::network::NamedTensor;

/// Bytes of the header's length, and the longest header that safetensors allows.
const LENGTH: u64 = 8;
const LONGEST_HEADER: u64 = 100_000_000;
/// The one metadata key.
const KEY: &str = "narrows";
/// The version of the layout, raised when older programs could misread it.
const VERSION: u64 = 2;
/// Placeholder for the checksum while it is computed.
const UNKNOWN: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Tensors that need not be finite: moments, and errors of far-out rows.
const MAY_BE_INFINITE: [&str; 3] = ["first.", "second.", "held_out_errors"];

/// The content of a file.
pub(crate) struct Container {
    /// Everything that is not a tensor.
    pub header: Map<String, Value>,
    /// Tensors by name; `[1, n]` is stored as `[n]` unless it is a weight.
    pub tensors: Vec<NamedTensor>,
}

impl Container {
    /// Returns the file's bytes: the same content gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut header = self.header.clone();
        header.insert("version".into(), VERSION.into());
        header.insert("checksum".into(), UNKNOWN.into());
        let bytes: Vec<Vec<u8>> = self.tensors.iter().map(|t| le_bytes(&t.values)).collect();
        let views = self.tensors.iter().zip(&bytes).map(|(tensor, bytes)| {
            let view = TensorView::new(Dtype::F32, file_shape(tensor), bytes);
            (
                tensor.name.clone(),
                view.expect("a tensor's values fill its shape"),
            )
        });
        let json = serde_json::to_string(&header).expect("a map of values is valid JSON");
        let metadata = HashMap::from([(KEY.to_string(), json)]);
        let mut bytes =
            safetensors::serialize(views, Some(metadata)).expect("valid views can be serialized");
        let at = place_of(UNKNOWN, &bytes).expect("the checksum's place is in the header");
        let checksum = blake3::hash(&bytes).to_hex();
        bytes[at..at + UNKNOWN.len()].copy_from_slice(checksum.as_bytes());
        bytes
    }

    /// Writes the file next to its target, syncs it, and renames it.
    ///
    /// # Errors
    /// [`Error::Model`] for weights that are not finite, [`Error::File`] if it
    /// cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        if let Some(found) = self.not_finite() {
            return Err(Error::model(
                path.display(),
                format!("{found}, to be written"),
                "finite weights",
                "the training has diverged: lower optimizer.rate, or set optimizer.clip",
            ));
        }
        write_bytes(path, &self.to_bytes())
    }

    /// Describes the first weight that is not finite.
    fn not_finite(&self) -> Option<String> {
        let mut weights = self.tensors.iter().filter(|tensor| {
            let mut others = MAY_BE_INFINITE.iter();
            !others.any(|start| tensor.name.starts_with(start))
        });
        weights.find_map(|tensor| {
            let value = tensor.values.iter().find(|value| !value.is_finite())?;
            Some(format!("{value} in '{}'", tensor.name))
        })
    }

    /// Reads a file and verifies its checksum.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = read(path).map_err(|e| Error::file(path.display(), "read", e))?;
        Self::from_bytes(path, &bytes)
    }

    /// Reads a file that must be of one kind; `hint` is for other kinds.
    pub fn read_kind(path: &Path, kind: &str, hint: fn(&str) -> Hint) -> Result<Self> {
        let container = Self::read(path)?;
        let found: String = container.get(path, "kind")?;
        if found != kind {
            let (found_kind, hint) = (format!("a {found}"), hint(&found));
            return Err(Error::model(
                path.display(),
                found_kind,
                format!("a {kind}"),
                hint,
            ));
        }
        Ok(container)
    }

    fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self> {
        let damaged = |found: String| {
            Error::model(
                path.display(),
                found,
                "a whole file written by narrows",
                "the file is damaged or of another kind; copy it again, or train again",
            )
        };
        let (_, metadata) = SafeTensors::read_metadata(bytes)
            .map_err(|e| damaged(format!("no safetensors header ({e})")).caused_by(e))?;
        let json = metadata
            .metadata()
            .as_ref()
            .and_then(|m| m.get(KEY))
            .ok_or_else(|| {
                Error::model(
                    path.display(),
                    format!("a safetensors file without a `{KEY}` entry"),
                    "a model written by narrows",
                    "other programs' models cannot be read",
                )
            })?;
        let header: Map<String, Value> = serde_json::from_str(json)
            .map_err(|e| damaged(format!("a header that is not JSON ({e})")))?;
        let version = header.get("version").and_then(Value::as_u64);
        if !version.is_some_and(|version| (1..=VERSION).contains(&version)) {
            return Err(Error::model(
                path.display(),
                format!(
                    "version {}",
                    version.map_or("none".into(), |v| v.to_string())
                ),
                format!("a version from 1 to {VERSION}"),
                "read it with the version of narrows that wrote it",
            ));
        }
        let file = SafeTensors::deserialize(bytes)
            .map_err(|e| damaged(format!("broken tensors ({e})")))?;
        let mut tensors = Vec::with_capacity(file.len());
        for (name, view) in file.iter() {
            if view.dtype() != Dtype::F32 {
                return Err(damaged(format!(
                    "tensor '{name}' of type {:?}",
                    view.dtype()
                )));
            }
            let shape = match *view.shape() {
                [rows, columns] => [rows, columns],
                [columns] => [1, columns],
                _ => {
                    return Err(damaged(format!(
                        "tensor '{name}' of shape {:?}",
                        view.shape()
                    )));
                }
            };
            let values = view
                .data()
                .as_chunks::<4>()
                .0
                .iter()
                .map(|&b| f32::from_le_bytes(b));
            tensors.push(NamedTensor {
                name: name.to_string(),
                shape,
                values: values.collect(),
            });
        }
        tensors.sort_by(|a, b| a.name.cmp(&b.name));
        let mut header = header;
        let stated = match header.remove("checksum") {
            Some(Value::String(stated)) => stated,
            _ => return Err(damaged("no checksum".into())),
        };
        let computed = match version {
            Some(1) => content_checksum(&header, &tensors),
            _ => file_checksum(bytes, &stated),
        };
        if computed.as_ref() != Some(&stated) {
            return Err(damaged("a checksum that does not match".into()));
        }
        let container = Container { header, tensors };
        match container.not_finite() {
            Some(found) => Err(damaged(found)),
            None => Ok(container),
        }
    }

    /// Returns a parsed part of the header.
    pub fn get<T: serde::de::DeserializeOwned>(&self, path: &Path, key: &str) -> Result<T> {
        let value = self.header.get(key).cloned().unwrap_or(Value::Null);
        serde_json::from_value(value).map_err(|e| {
            Error::model(
                path.display(),
                format!("header entry `{key}` that cannot be read ({e})"),
                "an entry as this version of narrows writes it",
                "read it with the version of narrows that wrote it",
            )
            .caused_by(e)
        })
    }
}

/// Returns the kind of a file written by narrows: `model`, `classifier` or
/// `checkpoint`.
///
/// # Errors
/// [`Error::File`] if it cannot be read, [`Error::Model`] if it is damaged or
/// written by another program.
pub fn kind(path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    Container::read(path)?.get(path, "kind")
}

fn file_shape(tensor: &NamedTensor) -> Vec<usize> {
    match tensor.shape {
        [1, columns] if !tensor.name.ends_with("weight") => vec![columns],
        shape => shape.to_vec(),
    }
}

fn le_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// Returns the checksum's position in a file's bytes; `None` if it is not in
/// the header.
fn place_of(checksum: &str, bytes: &[u8]) -> Option<usize> {
    let length = u64::from_le_bytes(*bytes.first_chunk()?);
    let header = bytes.get(8..)?.get(..usize::try_from(length).ok()?)?;
    // Within the metadata, which is text within JSON, quotes are escaped.
    let entry = format!(r#"\"checksum\":\"{checksum}\""#);
    let mut places = header.windows(entry.len());
    let at = places.position(|window| window == entry.as_bytes())?;
    Some(8 + at + entry.len() - checksum.len() - 2)
}

/// Returns the BLAKE3 of a file's bytes with zeros for its checksum.
fn file_checksum(bytes: &[u8], stated: &str) -> Option<String> {
    let at = place_of(stated, bytes).filter(|_| stated.len() == UNKNOWN.len())?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(&bytes[..at]);
    hasher.update(UNKNOWN.as_bytes());
    hasher.update(&bytes[at + stated.len()..]);
    Some(hasher.finalize().to_hex().to_string())
}

/// Returns version 1's BLAKE3 of the header and, by name, of every tensor's
/// name, shape and values.
fn content_checksum(header: &Map<String, Value>, tensors: &[NamedTensor]) -> Option<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(serde_json::to_string(header).ok()?.as_bytes());
    // Reading has sorted them by name.
    for tensor in tensors {
        hasher.update(tensor.name.as_bytes());
        for dimension in tensor.shape {
            hasher.update(&(dimension as u64).to_le_bytes());
        }
        hasher.update(&le_bytes(&tensor.values));
    }
    Some(hasher.finalize().to_hex().to_string())
}

/// Reads a file as far as its header says that it goes, and one byte more if
/// there is one: a device may have no end.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    file.by_ref().take(LENGTH).read_to_end(&mut bytes)?;
    let length = bytes.as_slice().try_into().map_or(0, u64::from_le_bytes);
    if length > LONGEST_HEADER {
        return Ok(bytes);
    }
    file.by_ref().take(length).read_to_end(&mut bytes)?;
    let header = bytes.get(LENGTH as usize..).unwrap_or_default();
    if let Ok(Value::Object(tensors)) = serde_json::from_slice(header) {
        let ends = tensors.values().map(|tensor| &tensor["data_offsets"][1]);
        let end = ends.filter_map(Value::as_u64).max().unwrap_or(0);
        file.take(end.saturating_add(1)).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn container() -> Container {
        let mut header = Map::new();
        header.insert("kind".into(), "test".into());
        header.insert("number".into(), 561_934.289_510_887_7.into());
        let tensor = |name: &str, shape: [usize; 2]| NamedTensor {
            name: name.into(),
            shape,
            values: (0..shape[0] * shape[1]).map(|v| v as f32 + 0.5).collect(),
        };
        Container {
            header,
            tensors: vec![
                tensor("a.bias", [1, 3]),
                tensor("a.weight", [1, 3]),
                tensor("b", [2, 2]),
            ],
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_device_without_an_end_is_refused() {
        // A header of no bytes, and one longer than any.
        for (device, word) in [
            ("/dev/zero", "no safetensors header"),
            ("/dev/urandom", "header"),
        ] {
            let error = Container::read(Path::new(device)).err().unwrap();
            assert!(error.to_string().contains(word), "{error}");
        }
    }

    #[test]
    fn bytes_after_the_tensors_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        let mut bytes = container().to_bytes();
        bytes.extend([0; 9]);
        fs::write(&path, &bytes).unwrap();
        assert_eq!(read(&path).unwrap().len(), bytes.len() - 8);
        assert!(Container::read(&path).is_err());
    }

    #[test]
    fn what_is_written_is_read_and_the_bytes_repeat() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        container().write(&path).unwrap();
        let back = Container::read(&path).unwrap();
        assert_eq!(back.tensors, container().tensors);
        assert_eq!(
            back.get::<f64>(&path, "number").unwrap(),
            561_934.289_510_887_7
        );
        assert_eq!(container().to_bytes(), container().to_bytes());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn any_changed_bit_is_noticed() {
        let path = Path::new("a.safetensors");
        let bytes = container().to_bytes();
        assert!(Container::from_bytes(path, &bytes).is_ok());
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let error = Container::from_bytes(path, &changed).err();
            let message = error.unwrap_or_else(|| panic!("bit {bit}")).to_string();
            assert!(message.starts_with("a.safetensors: found "), "{message}");
        }
    }

    #[test]
    fn bytes_after_the_end_are_noticed() {
        let mut bytes = container().to_bytes();
        bytes.push(0);
        assert!(Container::from_bytes(Path::new("a.safetensors"), &bytes).is_err());
    }

    #[test]
    fn weights_that_are_not_finite_are_neither_written_nor_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        let mut broken = container();
        broken.tensors[1].values[2] = f32::NAN;
        let error = broken.write(&path).unwrap_err().to_string();
        assert!(
            error.contains("found NaN in 'a.weight', to be written"),
            "{error}"
        );
        assert!(!path.exists());
        let error = Container::from_bytes(&path, &broken.to_bytes());
        let error = error.err().expect("refused").to_string();
        assert!(error.contains("found NaN in 'a.weight'"), "{error}");
        // An optimizer's moments may overflow and do no harm.
        broken.tensors[1].name = "second.a.weight".into();
        assert!(broken.write(&path).is_ok());
    }

    #[test]
    fn any_truncation_is_noticed() {
        let bytes = container().to_bytes();
        for length in 0..bytes.len() {
            let error = Container::from_bytes(Path::new("a.safetensors"), &bytes[..length]);
            let message = error
                .err()
                .expect("a truncated file is refused")
                .to_string();
            assert!(message.starts_with("a.safetensors: found "), "{message}");
        }
    }
}
