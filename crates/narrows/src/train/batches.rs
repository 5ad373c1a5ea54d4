//! Splits an epoch's rows into mini-batches.

/// Returns the rows of each step, by their place among the training rows. A
/// last batch of one row joins the one before if batch normalisation needs two.
pub(crate) fn batches(order: &[usize], batch: usize, batch_norm: bool) -> Vec<&[usize]> {
    let size = match batch {
        0 => order.len(),
        size => size.min(order.len()),
    };
    let mut batches: Vec<&[usize]> = order.chunks(size).collect();
    if batch_norm && batches.len() > 1 && order.len() % size == 1 {
        batches.truncate(batches.len() - 2);
        batches.push(&order[order.len() - size - 1..]);
    }
    batches
}
