//! Stores a layer's matrix in panels of 16 columns, with one cache line for
//! each input. A last panel of 8 columns or fewer has half lines.

/// Columns per panel.
pub(super) const WIDTH: usize = 16;
/// Columns per narrow panel.
pub(super) const NARROW: usize = WIDTH / 2;

/// One input's weights in a panel: a cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Line(pub [f32; WIDTH]);

/// One input's weights in a narrow panel.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub(super) struct HalfLine(pub [f32; NARROW]);

/// A line of a panel.
pub(super) trait Columns: Copy {
    /// Creates a line from as many values as there are columns, or fewer: the
    /// rest are 0.
    fn of(values: impl Iterator<Item = f32>) -> Self;

    fn values(&self) -> &[f32];
}

impl Columns for Line {
    fn of(values: impl Iterator<Item = f32>) -> Self {
        Line(padded(values))
    }

    #[inline(always)]
    fn values(&self) -> &[f32] {
        &self.0
    }
}

impl Columns for HalfLine {
    fn of(values: impl Iterator<Item = f32>) -> Self {
        HalfLine(padded(values))
    }

    #[inline(always)]
    fn values(&self) -> &[f32] {
        &self.0
    }
}

fn padded<const N: usize>(values: impl Iterator<Item = f32>) -> [f32; N] {
    let mut columns = [0.0; N];
    for (column, value) in columns.iter_mut().zip(values) {
        *column = value;
    }
    columns
}

/// A matrix `[inputs, outputs]` and a bias `[outputs]`, packed.
#[derive(Clone, Debug)]
pub(super) struct Panels {
    /// Whole panels in order, each of `inputs` lines.
    pub whole: Vec<Line>,
    /// The bias of each whole panel.
    pub whole_bias: Vec<Line>,
    /// The last panel if it has 8 columns or fewer.
    pub narrow: Vec<HalfLine>,
    pub narrow_bias: Option<HalfLine>,
}

impl Panels {
    /// Packs the matrix whose element is `weight(input, output)`.
    pub fn new(
        inputs: usize,
        outputs: usize,
        weight: impl Fn(usize, usize) -> f32,
        bias: &[f32],
    ) -> Self {
        let rest = outputs % WIDTH;
        let has_narrow = (1..=NARROW).contains(&rest);
        let whole_columns = if has_narrow { outputs - rest } else { outputs };
        let mut panels = Panels {
            whole: Vec::with_capacity(whole_columns.div_ceil(WIDTH) * inputs),
            whole_bias: bias[..whole_columns]
                .chunks(WIDTH)
                .map(|part| Line::of(part.iter().copied()))
                .collect(),
            narrow: Vec::new(),
            narrow_bias: None,
        };
        for first in (0..whole_columns).step_by(WIDTH) {
            let columns = first..(first + WIDTH).min(whole_columns);
            panels.whole.extend(
                (0..inputs).map(|input| Line::of(columns.clone().map(|at| weight(input, at)))),
            );
        }
        if has_narrow {
            let columns = whole_columns..outputs;
            panels.narrow = (0..inputs)
                .map(|input| HalfLine::of(columns.clone().map(|at| weight(input, at))))
                .collect();
            panels.narrow_bias = Some(HalfLine::of(bias[whole_columns..].iter().copied()));
        }
        panels
    }

    /// Returns the number of panels.
    pub fn count(&self) -> usize {
        self.whole_bias.len() + usize::from(self.narrow_bias.is_some())
    }
}
