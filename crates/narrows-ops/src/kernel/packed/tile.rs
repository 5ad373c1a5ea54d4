//! The micro-kernel: multiplies a few rows by a few panels, with the sums in
//! registers.
//!
//! `sum[r, c] = bias[c] + Σ_k row[r, k] · panel[k, c]`, with `k` rising and
//! each step one fused multiply-add. So a sum is one chain whatever the tile's
//! shape and the machine's vectors, and always has the same bits.

use pulp::{Arch, Simd, WithSimd};

use super::panel::{Columns, HalfLine, Line, NARROW, WIDTH};

/// The most lines of sums in a tile.
pub(super) const MAX_LINES: usize = 28;

/// Some rows, the first at the start of `values`, each `stride` after the
/// previous.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub values: &'a [f32],
    pub stride: usize,
    pub inputs: usize,
    pub count: usize,
}

impl<'a> Rows<'a> {
    /// Returns `count` rows, starting at row `first`.
    pub fn part(self, first: usize, count: usize) -> Self {
        Rows {
            values: &self.values[first * self.stride..],
            count,
            ..self
        }
    }
}

/// The vector registers of a machine.
#[derive(Clone, Copy, PartialEq)]
enum Registers {
    /// 32 registers of 16 values.
    Wide,
    /// 16 registers of 8 values, or an equivalent.
    Usual,
}

fn registers(arch: Arch) -> Registers {
    match arch {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Arch::V4(_) => Registers::Wide,
        _ => Registers::Usual,
    }
}

/// Returns the rows and panels of the tiles for a block of `rows` rows.
pub(super) fn shape(arch: Arch, rows: usize) -> (usize, usize) {
    match (registers(arch), rows) {
        // Few rows: the weights are read once, from several panels at once.
        (Registers::Wide, ..=7) => (7, 4),
        (Registers::Wide, _) => (14, 2),
        (Registers::Usual, 1) => (1, 4),
        (Registers::Usual, ..=3) => (3, 2),
        (Registers::Usual, _) => (6, 1),
    }
}

/// Computes the sums of a tile into `sums`, `[rows, panels]`; `panels` holds as
/// many panels as `bias` has lines.
pub(super) fn whole(
    arch: Arch,
    rows: Rows,
    panels: &[Line],
    bias: &[Line],
    sums: &mut [[f32; WIDTH]],
) {
    arch.dispatch(Whole {
        rows,
        panels,
        bias,
        sums,
    });
}

/// Computes the sums for a narrow panel, into the first halves of `sums`.
pub(super) fn narrow(
    arch: Arch,
    rows: Rows,
    panel: &[HalfLine],
    bias: &HalfLine,
    sums: &mut [[f32; WIDTH]],
) {
    let tile = Narrow {
        rows,
        panel,
        bias,
        sums,
    };
    match arch {
        // With vectors of 16 values, half of each would be empty.
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Arch::V4(simd) => Simd::vectorize(*simd, tile),
        _ => arch.dispatch(tile),
    }
}

struct Whole<'a> {
    rows: Rows<'a>,
    panels: &'a [Line],
    bias: &'a [Line],
    sums: &'a mut [[f32; WIDTH]],
}

/// Runs `$run::<_, rows, …>` for a number of rows that is known only at run
/// time.
macro_rules! for_rows {
    ($count:expr, [$($rows:literal)*], |$R:ident| $run:expr) => {
        match $count {
            $($rows => { const $R: usize = $rows; $run })*
            other => unreachable!("a tile of {other} rows"),
        }
    };
}

impl WithSimd for Whole<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (rows, panels, bias, sums) = (self.rows, self.panels, self.bias, self.sums);
        if S::F32_LANES == 16 {
            match bias.len() {
                1 => for_rows!(rows.count, [1 2 3 4 5 6 7 8 9 10 11 12 13 14], |R| {
                    chains::<S, Line, R, 1, 1>(simd, rows, panels, bias, sums)
                }),
                2 => for_rows!(rows.count, [1 2 3 4 5 6 7 8 9 10 11 12 13 14], |R| {
                    chains::<S, Line, R, 2, 1>(simd, rows, panels, bias, sums)
                }),
                3 => for_rows!(rows.count, [1 2 3 4 5 6 7], |R| {
                    chains::<S, Line, R, 3, 1>(simd, rows, panels, bias, sums)
                }),
                _ => for_rows!(rows.count, [1 2 3 4 5 6 7], |R| {
                    chains::<S, Line, R, 4, 1>(simd, rows, panels, bias, sums)
                }),
            }
        } else if S::F32_LANES == 8 {
            usual::<S, 2>(simd, rows, panels, bias, sums);
        } else if S::F32_LANES == 4 {
            usual::<S, 4>(simd, rows, panels, bias, sums);
        } else {
            usual::<S, 16>(simd, rows, panels, bias, sums);
        }
    }
}

/// Computes tiles with fewer or shorter registers.
#[inline(always)]
fn usual<S: Simd, const V: usize>(
    simd: S,
    rows: Rows,
    panels: &[Line],
    bias: &[Line],
    sums: &mut [[f32; WIDTH]],
) {
    match bias.len() {
        1 => for_rows!(rows.count, [1 2 3 4 5 6], |R| {
            chains::<S, Line, R, 1, V>(simd, rows, panels, bias, sums)
        }),
        2 => for_rows!(rows.count, [1 2 3], |R| {
            chains::<S, Line, R, 2, V>(simd, rows, panels, bias, sums)
        }),
        3 => chains::<S, Line, 1, 3, V>(simd, rows, panels, bias, sums),
        _ => chains::<S, Line, 1, 4, V>(simd, rows, panels, bias, sums),
    }
}

struct Narrow<'a> {
    rows: Rows<'a>,
    panel: &'a [HalfLine],
    bias: &'a HalfLine,
    sums: &'a mut [[f32; WIDTH]],
}

impl WithSimd for Narrow<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            NARROW => self.run::<S, 1>(simd),
            4 => self.run::<S, 2>(simd),
            _ => self.run::<S, NARROW>(simd),
        }
    }
}

impl Narrow<'_> {
    #[inline(always)]
    fn run<S: Simd, const V: usize>(self, simd: S) {
        let bias = std::slice::from_ref(self.bias);
        for_rows!(self.rows.count, [1 2 3 4 5 6 7 8 9 10 11 12 13 14], |R| {
            chains::<S, HalfLine, R, 1, V>(simd, self.rows, self.panel, bias, self.sums)
        })
    }
}

/// Multiplies `R` rows by `P` panels with `V` vectors per line.
///
/// Safe code on arrays: their sizes are constants, so the compiler keeps `sums`
/// in registers and drops every check from the loop.
#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "all arrays by the same numbers")]
fn chains<S: Simd, C: Columns, const R: usize, const P: usize, const V: usize>(
    simd: S,
    rows: Rows,
    panels: &[C],
    bias: &[C],
    into: &mut [[f32; WIDTH]],
) {
    let inputs = rows.inputs;
    let mut row: [&[f32]; R] = [&[]; R];
    for r in 0..R {
        row[r] = &rows.values[r * rows.stride..][..inputs];
    }
    let mut panel: [&[C]; P] = [&[]; P];
    let mut sums = [[[simd.splat_f32s(0.0); V]; P]; R];
    for p in 0..P {
        panel[p] = &panels[p * inputs..][..inputs];
        let start = S::as_simd_f32s(bias[p].values()).0;
        for r in 0..R {
            sums[r][p].copy_from_slice(&start[..V]);
        }
    }
    for k in 0..inputs {
        let mut weight = [[simd.splat_f32s(0.0); V]; P];
        for p in 0..P {
            weight[p].copy_from_slice(&S::as_simd_f32s(panel[p][k].values()).0[..V]);
        }
        for r in 0..R {
            let value = simd.splat_f32s(row[r][k]);
            for p in 0..P {
                for v in 0..V {
                    sums[r][p][v] = simd.mul_add_f32s(value, weight[p][v], sums[r][p][v]);
                }
            }
        }
    }
    // Which of two NaNs a multiply-add keeps depends on the instruction, so
    // each NaN is replaced.
    let nan = simd.splat_f32s(f32::NAN);
    for r in 0..R {
        for p in 0..P {
            let into = S::as_mut_simd_f32s(&mut into[r * P + p]).0;
            for v in 0..V {
                let sum = sums[r][p][v];
                into[v] = simd.select_f32s(simd.equal_f32s(sum, sum), sum, nan);
            }
        }
    }
}
