//! What to say of a training that left the finite numbers.

use crate::config::{Config, Scale};
use crate::error::Error;

/// The error, with advice that fits when it happened and what is set already.
pub(super) fn diverged(
    config: &Config,
    term: &str,
    value: f64,
    epoch: usize,
    step: usize,
) -> Error {
    let first = (epoch, step) == (1, 1);
    let unscaled = config.data.scale == Scale::None;
    let rate = config.optimizer.rate;
    let hint = match config.optimizer.clip {
        // No weight has moved yet: the rate has no part in it.
        _ if first && unscaled => {
            "the rows are too large as they are: scale them by data.scale = \"standard\"".into()
        }
        _ if first => {
            "no weight has moved yet: lower the weights of the loss's terms, and look for rows far out with `narrows inspect`".into()
        }
        None => format!("lower optimizer.rate, now {rate}, or bound the gradient with optimizer.clip = 1"),
        Some(clip) => format!("lower optimizer.rate, now {rate}, or optimizer.clip, now {clip}"),
    };
    let hint = match unscaled && !first {
        true => format!("{hint}; rows that are not scaled often need data.scale = \"standard\""),
        false => hint,
    };
    Error::Diverged {
        term: term.into(),
        value,
        epoch,
        step,
        hint,
    }
}
