//! Multiplies matrices block by block.

use std::ops::Range;

use gemm::Parallelism;

use super::cells::{Cells, area};

/// A matrix as a product reads it.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// Creates a matrix `[rows, columns]` from row-major values.
    pub fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(values.len(), area(rows, columns), "a value for each place");
        Matrix {
            values,
            rows,
            columns,
            row_stride: columns,
            column_stride: 1,
        }
    }

    /// Returns the transpose, without a copy.
    pub fn transposed(self) -> Self {
        Matrix {
            values: self.values,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }

    /// Returns the matrix itself or its transpose.
    pub fn transposed_if(self, transposed: bool) -> Self {
        if transposed { self.transposed() } else { self }
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }
}

/// Computes `out[rows, columns] = (a b)[rows, columns]` on this thread; `out`
/// is row-major and as large as the whole product. The bits of a value do not
/// depend on the block that it is computed in.
///
/// Afterwards the block's places are initialised, whatever they were before.
///
/// # Safety
/// Nothing else may read or write the block's places of `out` meanwhile.
pub unsafe fn product_block(
    a: Matrix,
    b: Matrix,
    out: Cells,
    rows: Range<usize>,
    columns: Range<usize>,
) {
    assert_eq!(
        a.columns, b.rows,
        "columns of the one are rows of the other"
    );
    assert_eq!(out.len(), area(a.rows, b.columns), "a place for each value");
    assert!(
        rows.end <= a.rows && columns.end <= b.columns,
        "a block within"
    );
    if rows.is_empty() || columns.is_empty() {
        return;
    }
    let width = b.columns;
    // SAFETY: the block is not empty and lies within `out`.
    let to = unsafe { out.as_ptr().add(rows.start * width + columns.start) };
    // SAFETY: strides and sizes describe `a`, `b` and the block, all within
    // their slices as asserted. The block's places belong to the caller, and
    // gemm writes all of them (zeros if the sums have no terms) and no others;
    // it reads none of them (`read_dst` is false).
    unsafe {
        gemm::gemm(
            rows.len(),
            columns.len(),
            a.columns,
            to,
            1,
            width as isize,
            false,
            a.values.as_ptr().add(rows.start * a.row_stride),
            a.column_stride as isize,
            a.row_stride as isize,
            b.values.as_ptr().add(columns.start * b.column_stride),
            b.column_stride as isize,
            b.row_stride as isize,
            0.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}
