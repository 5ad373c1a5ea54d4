//! Checks `[convolutional]`, the settings of a network's convolutional layers.

use super::{Config, ConvolutionalConfig};
use crate::base::error::{Error, Result};
use crate::base::hint::{Hint, Remedy};
use crate::data::table::ImageShape;
use crate::settings::ranges::within;

/// The largest number of maps, kernel, stride and image side; anything larger
/// is taken for a typing mistake.
const MOST: usize = 1 << 14;

impl ConvolutionalConfig {
    /// Returns the shape of images in the config; `None` if the config names
    /// none.
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
        let refuse = |key: &str, found: String, expected: &str, hint: Hint| {
            Err(Error::config(key, found, expected, hint))
        };
        if self.channels.is_empty() {
            return refuse(
                "convolutional.channels",
                "[]".into(),
                "at least one convolution",
                "leave [convolutional] out for a network of dense layers".into(),
            );
        }
        for &channels in &self.channels {
            within("convolutional.channels", channels as f64, 1.0, MOST as f64)?;
        }
        within("convolutional.kernel", self.kernel as f64, 1.0, MOST as f64)?;
        within("convolutional.stride", self.stride as f64, 1.0, MOST as f64)?;
        // The first kernel starts half its width before the image. A longer
        // stride could miss the image's last pixels.
        if self.stride > self.kernel / 2 + 1 {
            return refuse(
                "convolutional.stride",
                format!("{} with kernels of {}", self.stride, self.kernel),
                "at most half of convolutional.kernel and 1: else some pixels are seen by no kernel",
                "lower the stride, or enlarge the kernel".into(),
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
                    "for instance image = [28, 28]".into(),
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
                Hint::from("set network.hidden = [], or ")
                    .and(Remedy::LeaveOut("convolutional.maps".into())),
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

    /// Returns the number of encoder layers, including the one that makes the
    /// code.
    pub fn depth(&self) -> usize {
        let dense = self.network.hidden.len() + 1;
        match &self.convolutional {
            Some(c) => c.channels.len() + if c.maps { 0 } else { dense },
            None => dense,
        }
    }
}
