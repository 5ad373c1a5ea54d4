//! NumPy arrays.

use std::io::{self, Write};

use ndarray::{ArrayView, IxDyn};
use ndarray_npy::{WritableElement, WriteNpyExt};

use crate::table::{Table, Values};

/// Writes the values alone, images in their shape.
pub(super) fn encode(table: &Table, out: &mut impl Write) -> io::Result<()> {
    let shape = match table.image {
        Some(image) if image.channels == 1 => vec![table.rows(), image.height, image.width],
        Some(image) => vec![table.rows(), image.height, image.width, image.channels],
        None => vec![table.rows(), table.columns.len()],
    };
    match &table.values {
        Values::Bytes(values) => encode_array(&shape, values, out),
        Values::Floats(values) => encode_array(&shape, values, out),
    }
}

fn encode_array<T: WritableElement>(
    shape: &[usize],
    values: &[T],
    out: &mut impl Write,
) -> io::Result<()> {
    let array = ArrayView::from_shape(IxDyn(shape), values).map_err(io::Error::other)?;
    array.write_npy(out).map_err(io::Error::other)
}
