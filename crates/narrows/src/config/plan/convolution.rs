//! Computes the windows of a convolutional network over the data's images.

use crate::base::error::{Error, Result};
use crate::base::hint::{Hint, Remedy};
use crate::config::{ConvolutionalConfig, NetworkConfig};
use crate::data::table::ImageShape;
use crate::network::map::{Maps, Window, maps_of};

/// The most values in all maps of a layer. More do not fit in a usual machine's
/// memory together with a batch of rows.
const MOST_VALUES: usize = 1 << 22;

/// Returns the image shape of rows of `features` features. `known` is the shape
/// that the data give; `None` if they give none.
pub(super) fn image(
    config: &ConvolutionalConfig,
    features: usize,
    known: Option<ImageShape>,
) -> Result<ImageShape> {
    let refuse = |found: String, expected: String, hint: Hint| {
        Err(Error::config("convolutional.image", found, expected, hint))
    };
    let image = match (config.image(), known) {
        (None, None) => {
            return refuse(
                format!("rows of {features} features, which the data does not say are images"),
                "the height and width of each row's image".into(),
                "set convolutional.image = [height, width] or [height, width, channels]".into(),
            );
        }
        (Some(image), Some(known)) if image != known => {
            return refuse(
                numbers(image),
                format!("{}, as the data says", numbers(known)),
                Hint::from(Remedy::LeaveOut("convolutional.image".into()))
                    .and(" for images that say their shape"),
            );
        }
        (image, known) => image.or(known).expect("one of the two is there"),
    };
    if image.features() != features {
        return refuse(
            format!("{}, {} values", numbers(image), image.features()),
            format!("the {features} features of a row"),
            "convolutional.image = [height, width] or [height, width, channels] of the rows".into(),
        );
    }
    Ok(image)
}

fn numbers(image: ImageShape) -> String {
    format!("[{}, {}, {}]", image.height, image.width, image.channels)
}

/// Returns one window for each convolution, starting at the image.
pub(super) fn windows(config: &ConvolutionalConfig, image: ImageShape) -> Result<Vec<Window>> {
    let mut large = maps_of(image);
    let mut windows = Vec::with_capacity(config.channels.len());
    for &channels in &config.channels {
        let small = Maps {
            channels,
            height: large.height.div_ceil(config.stride),
            width: large.width.div_ceil(config.stride),
        };
        let place = windows.len() + 1;
        // In a larger kernel, the outermost weights would meet only zeros.
        let most = 2 * large.height.max(large.width) - 1;
        if config.kernel > most {
            return Err(Error::config(
                "convolutional.kernel",
                format!("{0} x {0}", config.kernel),
                format!(
                    "at most {most} x {most}, as the maps that convolution {place} sees are {} x {}",
                    large.height, large.width
                ),
                "fewer convolutional.channels, a smaller stride or kernel",
            ));
        }
        if small.values() > MOST_VALUES {
            return Err(Error::config(
                "convolutional.channels",
                format!(
                    "{channels} maps of {} x {} pixels",
                    small.height, small.width
                ),
                format!("at most {MOST_VALUES} values in all maps of a layer"),
                "fewer maps, or a larger convolutional.stride",
            ));
        }
        windows.push(Window {
            large,
            small,
            kernel: config.kernel,
            stride: config.stride,
            image: windows.is_empty(),
        });
        large = small;
    }
    Ok(windows)
}

/// Returns the width of a code that consists of maps; `asked` is the width in
/// the config.
pub(super) fn code(asked: usize, maps: Maps) -> Result<usize> {
    let left_out = asked == NetworkConfig::default().code;
    if asked == maps.values() || left_out {
        return Ok(maps.values());
    }
    Err(Error::config(
        "network.code",
        format!("{asked} with convolutional.maps"),
        format!(
            "{}: {} maps of {} x {} pixels are the code",
            maps.values(),
            maps.channels,
            maps.height,
            maps.width
        ),
        Hint::from(Remedy::LeaveOut("network.code".into()))
            .and(", or change convolutional.channels"),
    ))
}
