//! Computes the sine and the cosine of a share of a full turn.

/// Returns the sine and cosine of `quarters` quarter turns and a share of a
/// turn `f` with |`f`| <= 1/8. Quarters count modulo 4.
///
/// sin 2πf = f s(f²), with s of degree 3 fitted by minimax, relative error
/// 2.8e-8, most of it from rounding 2π; cos 2πf = 1 + f² c(f²), with c of
/// degree 3, relative error 4.4e-10.
#[inline(always)]
pub fn turned(quarters: u32, f: f32) -> (f32, f32) {
    let f2 = f * f;
    let s = (-76.724_365_f32)
        .mul_add(f2, 81.624_66)
        .mul_add(f2, -41.341_86)
        .mul_add(f2, std::f32::consts::TAU);
    let sin = f * s;
    let cos = 58.619_198_f32
        .mul_add(f2, -85.424_51)
        .mul_add(f2, 64.939_15)
        .mul_add(f2, -19.739_208)
        .mul_add(f2, 1.0);
    let swap = quarters & 1 != 0;
    let (up, along) = if swap { (cos, sin) } else { (sin, cos) };
    // Quarters 2 and 3 are below the axis, 1 and 2 left of it.
    let below = (quarters & 2) << 30;
    let left = (quarters.wrapping_add(1) & 2) << 30;
    (
        f32::from_bits(up.to_bits() ^ below),
        f32::from_bits(along.to_bits() ^ left),
    )
}
