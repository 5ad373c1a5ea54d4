//! Files of narrows' own, sealed with the checksum that belongs to them, so
//! that what lies behind the checksum is reached.
//!
//! The bytes of a target are the content, easy to change in one place: a
//! header of JSON on one line, a line for each tensor (`name rows columns`, or
//! `name columns`), an empty line, and bytes of values, taken again and again.

use std::collections::HashMap;

use safetensors::tensor::{Dtype, TensorView, serialize};
use serde_json::{Map, Value};

/// Values in all tensors together.
const MOST_VALUES: usize = 1 << 16;

struct Tensor {
    name: String,
    shape: Vec<usize>,
    values: Vec<u8>,
}

/// The files that hold the content, one for each version of the layout; the
/// bytes themselves where they are no such content.
pub fn files(bytes: &[u8]) -> Vec<Vec<u8>> {
    let Some((header, tensors)) = content(bytes) else {
        return vec![bytes.to_vec()];
    };
    let versions = match header.get("version").and_then(Value::as_u64) {
        Some(version) => vec![version],
        None => vec![1, 2],
    };
    let sealed = versions.iter().map(|&v| seal(&header, &tensors, v));
    sealed.collect()
}

fn content(bytes: &[u8]) -> Option<(Map<String, Value>, Vec<Tensor>)> {
    let end = bytes.iter().position(|&b| b == b'\n')?;
    let header = serde_json::from_slice(&bytes[..end]).ok()?;
    let mut rest = &bytes[end + 1..];
    let mut shapes = Vec::new();
    while let Some(end) = rest.iter().position(|&b| b == b'\n') {
        let line = std::str::from_utf8(&rest[..end]).ok()?;
        rest = &rest[end + 1..];
        let Some((name, shape)) = line.split_once(' ') else {
            break;
        };
        let shape: Vec<usize> = shape.split(' ').filter_map(|n| n.parse().ok()).collect();
        shapes.push((name.to_string(), shape));
    }
    let mut left = MOST_VALUES;
    let mut values = rest.iter().copied().cycle();
    let mut tensors: Vec<Tensor> = Vec::new();
    for (name, shape) in shapes {
        let count = shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d))?;
        left = left.checked_sub(count)?;
        if tensors.iter().any(|tensor| tensor.name == name) {
            return None;
        }
        let mut values: Vec<u8> = values.by_ref().take(4 * count).collect();
        values.resize(4 * count, 0);
        tensors.push(Tensor {
            name,
            shape,
            values,
        });
    }
    Some((header, tensors))
}

/// The one place that knows what the checksum of a version covers.
fn seal(header: &Map<String, Value>, tensors: &[Tensor], version: u64) -> Vec<u8> {
    let zeros = "0".repeat(64);
    let mut header = header.clone();
    header.remove("checksum");
    header.insert("version".into(), version.into());
    let checksum = match version {
        1 => checksum_of_content(&header, tensors),
        _ => zeros.clone(),
    };
    header.insert("checksum".into(), checksum.into());
    let mut bytes = safetensors(&header, tensors);
    if version != 1 {
        let sum = blake3::hash(&bytes).to_hex();
        let place = bytes.windows(64).position(|part| part == zeros.as_bytes());
        if let Some(place) = place {
            bytes[place..place + 64].copy_from_slice(sum.as_bytes());
        }
    }
    bytes
}

fn safetensors(header: &Map<String, Value>, tensors: &[Tensor]) -> Vec<u8> {
    let views = tensors.iter().map(|tensor| {
        let view = TensorView::new(Dtype::F32, tensor.shape.clone(), &tensor.values);
        (&tensor.name, view.expect("values fill the shape"))
    });
    let json = serde_json::to_string(header).expect("a map of values is valid JSON");
    let metadata = HashMap::from([("narrows".to_string(), json)]);
    serialize(views, Some(metadata)).expect("valid views can be serialized")
}

/// Version 1: the header and, by name, each tensor's name, shape and values.
fn checksum_of_content(header: &Map<String, Value>, tensors: &[Tensor]) -> String {
    let mut hasher = blake3::Hasher::new();
    let json = serde_json::to_string(header).expect("a map of values is valid JSON");
    hasher.update(json.as_bytes());
    let mut sorted: Vec<&Tensor> = tensors.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    for tensor in sorted {
        hasher.update(tensor.name.as_bytes());
        let shape = match tensor.shape[..] {
            [columns] => vec![1, columns],
            _ => tensor.shape.clone(),
        };
        for dimension in shape {
            hasher.update(&(dimension as u64).to_le_bytes());
        }
        hasher.update(&tensor.values);
    }
    hasher.finalize().to_hex().to_string()
}
