//! Which rows each step sees.

use crate::config::Config;

/// The rows of each step, by their place among the training rows. A last
/// batch of one row joins the one before where batch normalisation needs
/// two.
pub(crate) fn batches<'o>(order: &'o [usize], config: &Config) -> Vec<&'o [usize]> {
    let size = match config.train.batch {
        0 => order.len(),
        size => size.min(order.len()),
    };
    let mut batches: Vec<&[usize]> = order.chunks(size).collect();
    if config.network.batch_norm && batches.len() > 1 && order.len() % size == 1 {
        batches.truncate(batches.len() - 2);
        batches.push(&order[order.len() - size - 1..]);
    }
    batches
}
