//! The linear part of a layer: what it maps to what, and the shape of its
//! weights.

use std::fmt;

pub(crate) use narrows_ops::{Maps, Window};

use crate::data::table::ImageShape;

/// Returns an image's shape as that of maps.
pub(crate) fn maps_of(image: ImageShape) -> Maps {
    Maps {
        channels: image.channels,
        height: image.height,
        width: image.width,
    }
}

/// A linear map between rows, `[rows, inputs]` to `[rows, outputs]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Map {
    /// From every input to every output.
    Dense { inputs: usize, outputs: usize },
    /// From a window's large maps to its small ones.
    Convolution(Window),
    /// From a window's small maps to its large ones.
    Transposed(Window),
}

impl Map {
    /// Returns the number of units with weights of their own: outputs or maps.
    pub fn units(self) -> usize {
        match self {
            Map::Dense { outputs, .. } => outputs,
            Map::Convolution(window) => window.small.channels,
            Map::Transposed(window) => window.large.channels,
        }
    }

    /// Returns the number of weights from one input, or one map of inputs, to
    /// one unit.
    pub fn taps(self) -> usize {
        match self {
            Map::Dense { .. } => 1,
            Map::Convolution(window) | Map::Transposed(window) => window.taps(),
        }
    }

    /// Returns the shape of the matrix of weights: `[inputs, outputs]`, or
    /// `[channels in * kernel * kernel, channels out]`.
    pub fn weight(self) -> [usize; 2] {
        [self.mirror().units() * self.taps(), self.units()]
    }

    /// Returns how many inputs meet in one output and how many outputs one
    /// input goes to; with a stride, their means.
    pub fn fans(self) -> (f64, f64) {
        match self {
            Map::Dense { inputs, outputs } => (inputs as f64, outputs as f64),
            Map::Convolution(window) => {
                let strided = (window.stride * window.stride) as f64;
                let each = window.taps() as f64;
                let (large, small) = (window.large.channels, window.small.channels);
                (large as f64 * each, small as f64 * each / strided)
            }
            Map::Transposed(window) => {
                let (back, forth) = Map::Convolution(window).fans();
                (forth, back)
            }
        }
    }

    /// Returns the map of the same shape in the opposite direction.
    pub fn mirror(self) -> Map {
        match self {
            Map::Dense { inputs, outputs } => Map::Dense {
                inputs: outputs,
                outputs: inputs,
            },
            Map::Convolution(window) => Map::Transposed(window),
            Map::Transposed(window) => Map::Convolution(window),
        }
    }

    /// Returns the same map with `times` as many units.
    pub fn widened(self, times: usize) -> Map {
        match self {
            Map::Dense { inputs, outputs } => Map::Dense {
                inputs,
                outputs: outputs * times,
            },
            Map::Convolution(mut window) => {
                window.small.channels *= times;
                Map::Convolution(window)
            }
            Map::Transposed(mut window) => {
                window.large.channels *= times;
                Map::Transposed(window)
            }
        }
    }
}

/// The shape of a row between two layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowShape {
    /// That many values.
    Values(usize),
    /// An image that a convolution takes.
    Image(ImageShape),
    /// Maps that a convolution makes.
    Maps(Maps),
}

impl RowShape {
    /// Returns the number of values in a row.
    pub fn values(self) -> usize {
        match self {
            RowShape::Values(values) => values,
            RowShape::Image(image) => image.features(),
            RowShape::Maps(maps) => maps.values(),
        }
    }
}

/// Displays as `784`, as `28x28x1` for an image, or as `16x14x14` for 16 maps
/// of 14 x 14 pixels.
impl fmt::Display for RowShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RowShape::Values(values) => write!(f, "{values}"),
            RowShape::Image(i) => write!(f, "{}x{}x{}", i.height, i.width, i.channels),
            RowShape::Maps(m) => write!(f, "{}x{}x{}", m.channels, m.height, m.width),
        }
    }
}

/// Returns the shapes from the input to the code and, in words or figures,
/// back.
pub(crate) fn shape(shapes: &[RowShape]) -> String {
    let words = |shapes: &mut dyn Iterator<Item = &RowShape>| {
        let words: Vec<String> = shapes.map(RowShape::to_string).collect();
        words.join("-")
    };
    let plain = shapes.iter().all(|s| matches!(s, RowShape::Values(_)));
    match plain {
        true => words(&mut shapes.iter().chain(shapes.iter().rev().skip(1))),
        false => words(&mut shapes.iter()) + " and back",
    }
}
