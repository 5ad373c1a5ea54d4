//! `[convolutional]`: layers of a network that are convolutions.

use serde::{Deserialize, Serialize};

/// `[convolutional]`: the encoder starts with strided convolutions and the
/// decoder ends with their transposes (Masci et al. 2011).
///
/// A convolution with stride `s` makes maps of `height / s` x `width / s`,
/// rounded up, of maps of `height` x `width`; its kernel meets zeros outside
/// of them, `(kernel - 1) / 2` before the first pixel and the rest behind the
/// last (Dumoulin & Visin 2016). Its transpose goes back to the very same
/// size. Activation, dropout, batch normalisation, `tied` and `init` of
/// `[network]` are those of these layers too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConvolutionalConfig {
    /// Feature maps that each convolution makes, from the image on
    /// (default `[16, 32]`).
    pub channels: Vec<usize>,
    /// Height and width of each kernel (default 3).
    pub kernel: usize,
    /// Pixels from one place of the kernel to the next (default 2).
    pub stride: usize,
    /// Whether the last maps are the code: `network.hidden` is `[]` then, and
    /// `network.code` follows from the image. Otherwise the dense layers of
    /// `network.hidden` and `network.code` come after the maps (default
    /// false).
    pub maps: bool,
    /// What a row is, `[height, width]` or `[height, width, channels]`, in
    /// which order its features are (default: as the data says).
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
