//! `[convolutional]`: layers of a network that are convolutions.

use serde::{Deserialize, Serialize};

use super::Config;
use super::check::within;
use crate::error::{Error, Result};
use crate::table::ImageShape;

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

/// More maps, or larger kernels, are taken for a slip of the finger.
const MOST: usize = 1 << 14;

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

impl ConvolutionalConfig {
    /// The image that the config names, if it names one.
    pub(crate) fn image(&self) -> Option<ImageShape> {
        let (height, width, channels) = match *self.image.as_deref()? {
            [height, width] => (height, width, 1),
            [height, width, channels] => (height, width, channels),
            _ => return None,
        };
        Some(ImageShape {
            height,
            width,
            channels,
        })
    }

    fn check(&self, config: &Config) -> Result<()> {
        let refuse = |key: &str, found: String, expected: &str, hint: &str| {
            Err(Error::config(key, found, expected, hint))
        };
        if self.channels.is_empty() {
            return refuse(
                "convolutional.channels",
                "[]".into(),
                "at least one convolution",
                "leave [convolutional] out for a network of dense layers",
            );
        }
        for &channels in &self.channels {
            within("convolutional.channels", channels as f64, 1.0, MOST as f64)?;
        }
        within("convolutional.kernel", self.kernel as f64, 1.0, MOST as f64)?;
        within("convolutional.stride", self.stride as f64, 1.0, MOST as f64)?;
        // Kernels start half a kernel before the image; a longer stride would
        // miss its last pixels.
        if self.stride > self.kernel / 2 + 1 {
            return refuse(
                "convolutional.stride",
                format!("{} with kernels of {}", self.stride, self.kernel),
                "at most half of convolutional.kernel and 1: else some pixels are seen by no kernel",
                "lower the stride, or enlarge the kernel",
            );
        }
        if let Some(image) = &self.image {
            if self.image().is_none() {
                return refuse(
                    "convolutional.image",
                    match image.len() {
                        1 => "1 number".into(),
                        count => format!("{count} numbers"),
                    },
                    "[height, width] or [height, width, channels]",
                    "for instance image = [28, 28]",
                );
            }
            for &side in image {
                within("convolutional.image", side as f64, 1.0, MOST as f64)?;
            }
        }
        if self.maps && !config.network.hidden.is_empty() {
            return refuse(
                "network.hidden",
                format!("{:?} with convolutional.maps", config.network.hidden),
                "[]: with convolutional.maps the last maps are the code",
                "set network.hidden = [], or leave convolutional.maps out",
            );
        }
        Ok(())
    }
}

impl Config {
    pub(super) fn check_convolutional(&self) -> Result<()> {
        match &self.convolutional {
            Some(convolutional) => convolutional.check(self),
            None => Ok(()),
        }
    }

    /// Layers of the encoder, the one that makes the code among them.
    pub fn depth(&self) -> usize {
        let dense = self.network.hidden.len() + 1;
        match &self.convolutional {
            Some(c) => c.channels.len() + if c.maps { 0 } else { dense },
            None => dense,
        }
    }
}
