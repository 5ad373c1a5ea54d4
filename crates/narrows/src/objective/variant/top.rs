//! Selects the largest values of a list.

/// Returns 1 for the `keep` largest values and 0 for the others. Exactly `keep`
/// are kept: of equal values, the first ones win.
pub(super) fn top(values: impl Iterator<Item = f32>, keep: usize) -> Vec<f32> {
    let values: Vec<f32> = values.collect();
    let keep = keep.min(values.len());
    let mut mask = vec![0.0; values.len()];
    if keep == 0 {
        return mask;
    }
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.select_nth_unstable_by(keep - 1, |&a, &b| {
        values[b].total_cmp(&values[a]).then(a.cmp(&b))
    });
    order[..keep].iter().for_each(|&at| mask[at] = 1.0);
    mask
}

#[cfg(test)]
mod tests {
    use super::top;

    #[test]
    fn exactly_so_many_are_kept_and_the_first_of_equals() {
        let values = [0.5, -1.0, 0.5, 2.0, 0.5];
        assert_eq!(top(values.into_iter(), 1), [0., 0., 0., 1., 0.]);
        assert_eq!(top(values.into_iter(), 3), [1., 0., 1., 1., 0.]);
        assert_eq!(top(values.into_iter(), 9), [1.; 5]);
        assert_eq!(top(values.into_iter(), 0), [0.; 5]);
    }
}
