//! One file for a model or a checkpoint: safetensors with all that is not a
//! tensor in one metadata key, a checksum over both, written whole or not at
//! all.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::network::Stored;
use crate::write::write_bytes;

/// The one metadata key.
const KEY: &str = "narrows";
/// The version of the layout, raised when older programs could misread it.
const VERSION: u64 = 1;

/// What a file holds.
pub(crate) struct Container {
    /// Everything that is not a tensor.
    pub header: Map<String, Value>,
    /// Tensors by name; `[1, n]` is stored as `[n]` unless it is a weight.
    pub tensors: Vec<Stored>,
}

impl Container {
    /// The file's bytes: the same content gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut header = self.header.clone();
        header.insert("version".into(), VERSION.into());
        header.insert("checksum".into(), checksum(&header, &self.tensors).into());
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
        safetensors::serialize(views, Some(metadata)).expect("valid views can be serialized")
    }

    /// Writes the file beside its target, syncs it, and renames it there.
    pub fn write(&self, path: &Path) -> Result<()> {
        write_bytes(path, &self.to_bytes())
    }

    /// Reads a file and verifies its checksum.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).map_err(|e| Error::file(path.display(), "read", e))?;
        Self::from_bytes(path, &bytes)
    }

    /// The same of a file that must be of one kind; `hint` is for another.
    pub fn read_kind(path: &Path, kind: &str, hint: fn(&str) -> &'static str) -> Result<Self> {
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
            .map_err(|e| damaged(format!("no safetensors header ({e})")))?;
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
        if version != Some(VERSION) {
            return Err(Error::model(
                path.display(),
                format!(
                    "version {}",
                    version.map_or("none".into(), |v| v.to_string())
                ),
                format!("version {VERSION}"),
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
            tensors.push(Stored {
                name: name.to_string(),
                shape,
                values: values.collect(),
            });
        }
        tensors.sort_by(|a, b| a.name.cmp(&b.name));
        let stated = header
            .get("checksum")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_string();
        let mut header = header;
        header.remove("checksum");
        if checksum(&header, &tensors) != stated {
            return Err(damaged("a checksum that does not match".into()));
        }
        Ok(Container { header, tensors })
    }

    /// A part of the header, parsed.
    pub fn get<T: serde::de::DeserializeOwned>(&self, path: &Path, key: &str) -> Result<T> {
        let value = self.header.get(key).cloned().unwrap_or(Value::Null);
        serde_json::from_value(value).map_err(|e| {
            Error::model(
                path.display(),
                format!("header entry `{key}` that cannot be read ({e})"),
                "an entry as this version of narrows writes it",
                "read it with the version of narrows that wrote it",
            )
        })
    }
}

/// What a file written by narrows holds: `model`, `classifier` or
/// `checkpoint`.
///
/// # Errors
/// [`Error::File`] where it cannot be read, [`Error::Model`] where it is
/// damaged or of another program.
pub fn kind(path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    Container::read(path)?.get(path, "kind")
}

fn file_shape(tensor: &Stored) -> Vec<usize> {
    match tensor.shape {
        [1, columns] if !tensor.name.ends_with("weight") => vec![columns],
        shape => shape.to_vec(),
    }
}

fn le_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// BLAKE3 of the header and, by name, of every tensor's name, shape and
/// values.
fn checksum(header: &Map<String, Value>, tensors: &[Stored]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(
        serde_json::to_string(header)
            .expect("a map of values is valid JSON")
            .as_bytes(),
    );
    let mut sorted: Vec<&Stored> = tensors.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    for tensor in sorted {
        hasher.update(tensor.name.as_bytes());
        for dimension in tensor.shape {
            hasher.update(&(dimension as u64).to_le_bytes());
        }
        hasher.update(&le_bytes(&tensor.values));
    }
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container() -> Container {
        let mut header = Map::new();
        header.insert("kind".into(), "test".into());
        header.insert("number".into(), 561_934.289_510_887_7.into());
        let tensor = |name: &str, shape: [usize; 2]| Stored {
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
    fn any_changed_byte_is_noticed() {
        let path = Path::new("a.safetensors");
        let bytes = container().to_bytes();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let read = Container::from_bytes(path, &changed);
            // A few bytes mean nothing: padding between header and tensors.
            if let Ok(read) = read {
                assert_eq!(read.tensors, container().tensors, "byte {at}");
            }
        }
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
