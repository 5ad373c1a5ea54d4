//! The standard normal distribution.

/// Returns the value below which a standard normal draw lies with the
/// probability `share`, above 0 and below 1, within a relative error of 1.2e-9.
///
/// Rational approximations by P. J. Acklam (2003).
pub(crate) fn quantile(share: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969683028665376e1,
        2.209460984245205e2,
        -2.759285104469687e2,
        1.38357751867269e2,
        -3.066479806614716e1,
        2.506628277459239,
    ];
    const B: [f64; 6] = [
        -5.447609879822406e1,
        1.615858368580409e2,
        -1.556989798598866e2,
        6.680131188771972e1,
        -1.328068155288572e1,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784894002430293e-3,
        -3.223964580411365e-1,
        -2.400758277161838,
        -2.549732539343734,
        4.374664141464968,
        2.938163982698783,
    ];
    const D: [f64; 5] = [
        7.784695709041462e-3,
        3.224671290700398e-1,
        2.445134137142996,
        3.754408661907416,
        1.0,
    ];
    /// Beyond it, a tail has an approximation of its own.
    const TAIL: f64 = 0.02425;
    let polynomial = |of: &[f64], x: f64| of.iter().fold(0.0, |sum, c| sum * x + c);
    let tail = |share: f64| {
        let x = (-2.0 * share.ln()).sqrt();
        polynomial(&C, x) / polynomial(&D, x)
    };
    if share < TAIL {
        return tail(share);
    }
    if share > 1.0 - TAIL {
        return -tail(1.0 - share);
    }
    let from_middle = share - 0.5;
    let x = from_middle * from_middle;
    from_middle * polynomial(&A, x) / polynomial(&B, x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_tables() {
        for (share, expected) in [
            (0.5, 0.0),
            (0.95, 1.644_853_626_951_472_7),
            (0.975, 1.959_963_984_540_054),
            (0.005, -2.575_829_303_548_900_4),
            (0.9999, 3.719_016_485_455_68),
        ] {
            let found = quantile(share);
            assert!((found - expected).abs() < 1e-8, "{share}: {found}");
        }
    }
}
