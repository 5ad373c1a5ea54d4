//! Computes products and eigenvectors on one thread: with several threads, sums
//! would be split differently and their last digits would change.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use faer_traits::RealField;

/// Returns `a b`.
pub(crate) fn product<T: RealField>(a: MatRef<T>, b: MatRef<T>) -> Mat<T> {
    let mut product = Mat::zeros(a.nrows(), b.ncols());
    matmul(
        product.as_mut(),
        Accum::Replace,
        a,
        b,
        T::one_impl(),
        Par::Seq,
    );
    product
}

/// Adds `a b` to `sum`.
pub(crate) fn add_product<T: RealField>(sum: &mut Mat<T>, a: MatRef<T>, b: MatRef<T>) {
    matmul(sum.as_mut(), Accum::Add, a, b, T::one_impl(), Par::Seq);
}

/// Returns the unit eigenvectors of a symmetric matrix as columns, in order of
/// rising eigenvalues; `None` if the solver fails.
pub(crate) fn eigenvectors(symmetric: MatRef<f64>) -> Option<Mat<f64>> {
    let size = symmetric.nrows();
    let mut vectors = Mat::zeros(size, size);
    let mut values = Diag::zeros(size);
    let scratch = self_adjoint_evd_scratch::<f64>(
        size,
        ComputeEigenvectors::Yes,
        Par::Seq,
        Default::default(),
    );
    self_adjoint_evd(
        symmetric,
        values.as_mut(),
        Some(vectors.as_mut()),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .ok()?;
    Some(vectors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_and_the_eigenvectors_of_a_matrix_known_by_hand() {
        let a = Mat::from_fn(2, 2, |row, column| (2 * row + column) as f64);
        let square = product(a.as_ref(), a.as_ref());
        assert_eq!([square[(0, 0)], square[(1, 1)]], [2.0, 11.0]);
        // Eigenvalues 1 and 3, along (1, -1) and (1, 1).
        let symmetric = Mat::from_fn(2, 2, |row, column| if row == column { 2.0 } else { 1.0 });
        let vectors = eigenvectors(symmetric.as_ref()).unwrap();
        assert!((vectors[(0, 0)] + vectors[(1, 0)]).abs() < 1e-12);
        assert!((vectors[(0, 1)] - vectors[(1, 1)]).abs() < 1e-12);
    }

    #[test]
    fn the_switch_of_the_whole_process_stays_as_the_host_set_it() {
        let before = faer::get_global_parallelism();
        let matrix = Mat::<f64>::identity(8, 8);
        let _ = product(matrix.as_ref(), matrix.as_ref());
        let _ = eigenvectors(matrix.as_ref());
        assert_eq!(faer::get_global_parallelism(), before);
    }
}
