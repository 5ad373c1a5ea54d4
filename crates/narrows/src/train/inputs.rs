//! Provides the rows that a phase is trained on: the data's features, or the
//! outputs of trained layers.

use crate::data::scale::Prepared;
use crate::data::source::{CHUNK, Source};
use crate::network::InferenceNetwork;

/// The source of a phase's inputs.
pub(super) enum Inputs {
    /// The data's features.
    Features,
    /// Outputs of trained layers, kept for every row of the data.
    Kept { width: usize, values: Vec<f32> },
    /// Outputs of trained layers, computed whenever they are asked for.
    Computed(Box<Lower>),
}

/// The trained layers below a phase.
pub(super) struct Lower {
    pub layers: InferenceNetwork,
    /// Width of the last layer's outputs.
    pub width: usize,
}

impl Lower {
    fn outputs(&self, data: &Prepared, rows: &[usize]) -> Vec<f32> {
        let parts = rows.chunks(CHUNK);
        parts
            .flat_map(|part| {
                let features = data.gather_known(part);
                self.layers.encoder_outputs(&features, part.len())
            })
            .collect()
    }
}

impl Inputs {
    /// Keeps the outputs of trained layers if they fit in `megabytes`.
    pub fn of(lower: Lower, data: &Prepared, megabytes: f64) -> Self {
        let bytes = data.rows() as f64 * lower.width as f64 * size_of::<f32>() as f64;
        if bytes > megabytes * 1e6 {
            return Inputs::Computed(Box::new(lower));
        }
        let rows: Vec<usize> = (0..data.rows()).collect();
        // Exactly as much as needed, which a growing list would exceed.
        let mut values = Vec::with_capacity(rows.len() * lower.width);
        for part in rows.chunks(CHUNK) {
            values.extend(lower.outputs(data, part));
        }
        Inputs::Kept {
            width: lower.width,
            values,
        }
    }

    /// Returns the inputs as rows of this data.
    pub fn on<'t>(&'t self, data: &'t Prepared<'t>) -> InputsOn<'t> {
        InputsOn { inputs: self, data }
    }
}

/// A phase's inputs with the data they belong to.
pub(super) struct InputsOn<'t> {
    inputs: &'t Inputs,
    data: &'t Prepared<'t>,
}

impl Source for InputsOn<'_> {
    fn width(&self) -> usize {
        match self.inputs {
            Inputs::Features => self.data.features(),
            Inputs::Kept { width, .. } => *width,
            Inputs::Computed(lower) => lower.width,
        }
    }

    fn gather(&self, rows: &[usize]) -> Vec<f32> {
        match self.inputs {
            Inputs::Features => self.data.gather(rows),
            Inputs::Kept { width, values } => {
                let mut out = Vec::with_capacity(rows.len() * width);
                for row in rows {
                    out.extend_from_slice(&values[row * width..(row + 1) * width]);
                }
                out
            }
            Inputs::Computed(lower) => lower.outputs(self.data, rows),
        }
    }

    fn gather_known(&self, rows: &[usize]) -> Vec<f32> {
        match self.inputs {
            Inputs::Features => self.data.gather_known(rows),
            Inputs::Kept { .. } | Inputs::Computed(_) => self.gather(rows),
        }
    }

    fn place(&self, row: usize) -> usize {
        self.data.place(row)
    }
}
