//! Tells what a model expects in each cell of a row, and how surely.

use super::rows::{Cell, RowValues};
use crate::data::scale::{Head, HeadKind, Scaler};

/// Puts the likeliest of two values in the place of a number between them, and
/// returns the probability of the likeliest text or value of each column; `None`
/// for columns of other kinds, and no columns for a model without likelihoods.
/// `output` are the features of the row that is shown in `cells`.
pub(super) fn likeliest(
    scaler: &Scaler,
    output: &[f32],
    values: &mut RowValues,
) -> Vec<Option<f32>> {
    let (RowValues::Cells(cells), Some(heads)) = (values, &scaler.heads) else {
        return Vec::new();
    };
    let mut from = 0;
    let of = |(column, (head, cell)): (usize, (&Head, &mut Cell))| {
        let own = &output[from..from + head.means.len()];
        from += own.len();
        match head.kind {
            HeadKind::Categorical => own.iter().copied().reduce(f32::max),
            HeadKind::Bernoulli => {
                *cell = Cell::quantity(scaler, column, scaler.likely(column, own));
                Some(own[0].max(1.0 - own[0]))
            }
            HeadKind::Normal | HeadKind::Count { .. } => None,
        }
    };
    heads.iter().zip(cells).enumerate().map(of).collect()
}
