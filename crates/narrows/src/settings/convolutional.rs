//! `[convolutional]`: settings of a network's convolutional layers.

use serde::{Deserialize, Serialize};

/// `[convolutional]`: the encoder starts with strided convolutions and the
/// decoder ends with their transposes (Masci et al. 2011).
///
/// A convolution with stride `s` turns maps of `height` x `width` into maps of
/// `height / s` x `width / s`, rounded up. Its kernel meets zeros outside the
/// maps: `(kernel - 1) / 2` before the first pixel and the rest after the last
/// (Dumoulin & Visin 2016). Its transpose restores exactly the same size.
/// Activation, dropout, batch normalisation, `tied` and `init` of `[network]`
/// apply to these layers too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ConvolutionalConfig {
    /// Feature maps of each convolution, starting at the image (default
    /// `[16, 32]`).
    pub channels: Vec<usize>,
    /// Height and width of each kernel (default 3).
    pub kernel: usize,
    /// Pixels from one position of the kernel to the next (default 2).
    pub stride: usize,
    /// Whether the last maps are the code. If so, `network.hidden` is `[]`, and
    /// `network.code` follows from the image. Otherwise the dense layers of
    /// `network.hidden` and `network.code` come after the maps (default false).
    pub maps: bool,
    /// The shape of a row, `[height, width]` or `[height, width, channels]`,
    /// with features in this order (default: the data's own shape).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Vec<usize>>,
}

impl Default for ConvolutionalConfig {
    fn default() -> Self {
        ConvolutionalConfig {
            channels: vec![16, 32],
            kernel: 3,
            stride: 2,
            maps: false,
            image: None,
        }
    }
}
