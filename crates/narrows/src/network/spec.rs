//! Describes a network as plain data: its layers, and how they are trained.

use std::sync::Arc;

use super::map::{Map, RowShape};
use crate::data::cells::Cells;
use crate::data::scale::{Likelihoods, Prepared};
use crate::settings::{Activation, Init};

/// Everything needed to build a network.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NetworkSpec {
    /// The encoder's layers, then the decoder's.
    pub layers: Vec<LayerSpec>,
    /// The number of encoder layers.
    pub depth: usize,
    /// The shape of a row at the input and after each layer of the encoder.
    pub shapes: Vec<RowShape>,
    /// Whether the decoder's matrices are the transposes of the encoder's.
    pub tied: bool,
    /// The share of hidden units that are dropped in training.
    pub dropout: f32,
    /// Whether hidden layers are batch-normalised.
    pub batch_norm: bool,
    /// Further matrices, trained together with the layers.
    pub own: Vec<OwnSpec>,
    /// The seed of the first weights.
    pub seed: u64,
    /// How the cells of rows lie among the features, if some may be missing or
    /// hidden.
    pub cells: Option<Arc<Cells>>,
    /// The likelihoods of the features, in place of the output's activation.
    pub likelihoods: Option<Arc<Likelihoods>>,
}

impl NetworkSpec {
    /// Returns the spec for rows with these cells and likelihoods. The encoder
    /// gets an input more for each feature that it is told of.
    pub fn with_columns(
        mut self,
        cells: Option<Cells>,
        likelihoods: Option<Likelihoods>,
    ) -> NetworkSpec {
        let told = cells.as_ref().map_or(0, |cells| cells.told.len());
        if let Some(LayerSpec {
            map: Map::Dense { inputs, .. },
            ..
        }) = self.layers.first_mut()
        {
            *inputs += told;
        }
        self.cells = cells.map(Arc::new);
        self.likelihoods = likelihoods.map(Arc::new);
        self
    }

    /// Takes note of which cells some of the training rows lack, so that cells
    /// can be hidden likewise.
    pub fn note_holes(&mut self, data: &Prepared, rows: &[usize]) {
        /// More patterns say little more.
        const MOST: usize = 500;
        if let Some(cells) = &mut self.cells {
            Arc::make_mut(cells).holes = data.holes(rows, MOST);
        }
    }

    /// Returns the spec of a network that is no longer trained.
    pub fn without_holes(mut self) -> Self {
        if let Some(cells) = &mut self.cells {
            Arc::make_mut(cells).holes.clear();
        }
        self
    }
}

/// One layer: a linear map, a bias for each unit, an activation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LayerSpec {
    pub name: String,
    pub map: Map,
    pub activation: Activation,
    pub init: Init,
    /// Whether the layer has dropout and batch normalisation; code and output
    /// have neither.
    pub hidden: bool,
}

/// A further matrix that a variant trains together with the layers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OwnSpec {
    pub name: String,
    pub shape: [usize; 2],
    /// The distribution of the initial values; `None` for 0.
    pub init: Option<Init>,
}
