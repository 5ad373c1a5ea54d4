//! Draws in numbers that lie far from 0, in their order.

/// Numbers up to this size are left as they are.
pub(super) const NEAR: f32 = 4.0;
/// No number ends up further from 0 than this.
const LIMIT: f32 = 8.0;
/// Numbers beyond it cannot be told apart once they are drawn in.
const LARGEST: f32 = 1e8;

/// Returns `z` up to a size of 4; beyond, a number that grows ever more slowly
/// towards 8: with `t = (|z| - 4) / 4`, `4 + 4 t / (1 + t)`. The slope at 4 is
/// 1.
pub(super) fn squash(z: f32) -> f32 {
    let beyond = z.abs() - NEAR;
    if beyond <= 0.0 || z.is_nan() {
        return z;
    }
    let t = beyond / (LIMIT - NEAR);
    // Infinite once 32 bits can hold no more.
    let share = if t.is_finite() { t / (1.0 + t) } else { 1.0 };
    (NEAR + (LIMIT - NEAR) * share).copysign(z)
}

/// Undoes [`squash`]; infinite from 8 on.
pub(super) fn stretch(y: f32) -> f32 {
    let beyond = y.abs() - NEAR;
    if beyond <= 0.0 || y.is_nan() {
        return y;
    }
    let share = beyond / (LIMIT - NEAR);
    if share >= 1.0 {
        return f32::INFINITY.copysign(y);
    }
    (NEAR + (LIMIT - NEAR) * share / (1.0 - share)).copysign(y)
}

/// Returns how much of `z` was drawn in, on a scale that grows like its
/// logarithm and never ends: `4 ln(1 + t) - 4 t / (1 + t)`, with `t` as in
/// [`squash`]; 0 up to a size of 4. `y` is the squashed number.
pub(super) fn drawn_in(y: f32) -> f64 {
    let z = f64::from(stretch(y).abs().min(LARGEST));
    let t = (z - f64::from(NEAR)) / f64::from(LIMIT - NEAR);
    match t > 0.0 {
        true => f64::from(LIMIT - NEAR) * (t.ln_1p() - t / (1.0 + t)),
        false => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_and_8_is_the_limit() {
        let numbers = [-1e30, -70.0, -5.0, -4.0, 0.0, 3.5, 4.0, 8.0, 70.0, 1e4, 1e6];
        let squashed = numbers.map(squash);
        assert!(squashed.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(squash(8.0), 6.0);
        assert_eq!(squash(f32::INFINITY), 8.0);
        assert_eq!(squash(-1e30), -8.0);
        for z in [-100.0, -4.5, 0.3, 4.0, 20.0] {
            assert!((stretch(squash(z)) - z).abs() < 1e-3 * z.abs(), "{z}");
        }
        assert_eq!(stretch(9.0), f32::INFINITY);
    }

    #[test]
    fn the_further_a_number_the_more_of_it_is_drawn_in() {
        assert_eq!(drawn_in(squash(3.9)), 0.0);
        // t = 1: 4 ln 2 - 2.
        assert!((drawn_in(squash(8.0)) - 0.7726).abs() < 1e-4);
        let far = [5.0, 20.0, 95.0, 1e4, 1e12].map(|z| drawn_in(squash(-z)));
        assert!(far.windows(2).all(|pair| pair[0] < pair[1]), "{far:?}");
        assert!(far[2] > 8.0 && far[4].is_finite());
    }
}
