//! Combines a config with the shape of its data: everything is decided and
//! checked before the first tensor is created.

mod convolution;

use crate::base::error::{Error, Result};
use crate::base::warning::{Setting, Warning};
use crate::config::{Balance, Config, Init, Reconstruction, ScoreBy};
use crate::data::scale::Scaler;
use crate::data::table::ImageShape;
use crate::network::{LayerSpec, Map, NetworkSpec, RowShape, shape};
use crate::objective::variant::Variants;
use crate::settings::WIDEST;
use crate::settings::ranges::MOST_WEIGHTS;

/// The most weights that a new row passes on its way: seconds for a chunk.
const MOST_PASSED: usize = 2_000_000_000;

/// A training in which every setting and every layer is decided.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    /// The config that the plan was made from. If the code is feature maps, its
    /// `network.code` is their total size.
    pub config: Config,
    /// The number of features of a row.
    pub features: usize,
    /// The network to build.
    pub(crate) spec: NetworkSpec,
}

impl Plan {
    /// Decides every layer for rows of `features` features. `image` is the
    /// shape of each row's image; `None` if the data give none.
    ///
    /// # Errors
    /// [`Error::Config`] if the config contradicts itself or the data, or is
    /// too large.
    pub fn for_data(config: &Config, features: usize, image: Option<ImageShape>) -> Result<Self> {
        config.check()?;
        let mut config = config.clone();
        let (shapes, encoder) = encoder(&mut config, features, image)?;
        let decoder = encoder.iter().rev().map(|map| map.mirror());
        let variants = config.variants();
        variants
            .iter()
            .try_for_each(|v| v.check_code(config.network.code))?;
        let per_unit: usize = variants.iter().map(|v| v.outputs_per_unit()).product();
        let depth = encoder.len();
        let mut layers = Vec::with_capacity(2 * depth);
        for (place, map) in encoder.iter().copied().chain(decoder).enumerate() {
            let (is_code, is_output) = (place + 1 == depth, place + 1 == 2 * depth);
            let activation = match (is_code, is_output) {
                (true, _) => config.code_activation(),
                (_, true) => config.network.output,
                _ => config.network.hidden_activation(),
            };
            layers.push(LayerSpec {
                name: match place < depth {
                    true => format!("encoder.{place}"),
                    false => format!("decoder.{}", place - depth),
                },
                map: if is_code { map.widened(per_unit) } else { map },
                activation,
                init: config.network.init.unwrap_or(Init::usual_for(activation)),
                hidden: !is_code && !is_output,
            });
        }
        check_passes(&variants, &layers)?;
        let code = config.network.code;
        let spec = NetworkSpec {
            layers,
            depth,
            shapes,
            tied: config.network.tied,
            dropout: config.network.dropout,
            batch_norm: config.network.batch_norm,
            own: variants.iter().flat_map(|v| v.own(code)).collect(),
            seed: config.seed,
            cells: None,
            likelihoods: None,
        };
        Ok(Plan {
            config,
            features,
            spec,
        })
    }

    /// Decides every layer for the rows that a scaler makes features of.
    ///
    /// # Errors
    /// As [`Plan::for_data`].
    pub fn for_rows(config: &Config, scaler: &Scaler) -> Result<Self> {
        let plan = Plan::for_data(config, scaler.features(), scaler.image)?;
        let cells = scaler.cells(config.data.missing);
        let is_dense = config.convolutional.is_none() && scaler.image.is_none();
        if !scaler.told.is_empty() && (!is_dense || config.network.tied) {
            return Err(Error::config(
                "data.missing",
                "a network that is told of missing cells",
                "dense layers of their own weights",
                "set data.missing = \"mean\"",
            ));
        }
        check_score(config, scaler)?;
        let by_columns = config.loss.reconstruction == Reconstruction::Columns;
        let balance = config.loss.balance.unwrap_or(Balance::Equal);
        Ok(Plan {
            spec: plan
                .spec
                .with_columns(cells, scaler.likelihoods(balance).filter(|_| by_columns)),
            ..plan
        })
    }

    /// Returns warnings about settings that are allowed but probably not
    /// intended.
    pub fn warnings(&self) -> Vec<Warning> {
        let code = self.config.network.code;
        let variants = self.config.variants();
        let mut warnings: Vec<Warning> = variants
            .iter()
            .flat_map(|v| v.warnings(&self.config.context()))
            .collect();
        if code >= self.features && variants.is_empty() {
            let narrower = (self.features / 2).max(1);
            let narrower = (narrower < self.features).then_some(narrower);
            warnings.push(Warning::WideCode {
                code,
                features: self.features,
                try_one: narrower
                    .map(|units| Setting::new("network.code", units))
                    .into_iter()
                    .collect(),
            });
        }
        warnings
    }
}

/// Refuses a way to score that the rows or the network are too wide for.
fn check_score(config: &Config, scaler: &Scaler) -> Result<()> {
    let by = config.score.by;
    let refuse = |found: String, expected: String| {
        let hint = "error takes rows and networks of any kind; whitened looks at the rows alone";
        Err(Error::config("score.by", found, expected, hint))
    };
    if by == ScoreBy::Pathway && config.convolutional.is_some() {
        let found = "\"pathway\" beside [convolutional]".into();
        return refuse(found, "an encoder of dense layers".into());
    }
    match by.width(scaler.features(), &config.network) {
        Some(width) if width > WIDEST => refuse(
            format!("{width} features and units to be told apart from usual ones"),
            format!("at most {WIDEST}"),
        ),
        _ => Ok(()),
    }
}

impl Config {
    /// Refuses a config that does not fit rows of `features` features. `image`
    /// is the shape of each row's image; `None` if the data give none.
    ///
    /// # Errors
    /// [`Error::Config`] if the config contradicts itself or the rows, or is
    /// too large.
    pub fn check_for(&self, features: usize, image: Option<ImageShape>) -> Result<()> {
        Plan::for_data(self, features, image).map(drop)
    }
}

/// Returns the shapes of a row from the input to the code, and the maps between
/// them. Sets `network.code` if the code is feature maps.
fn encoder(
    config: &mut Config,
    features: usize,
    image: Option<ImageShape>,
) -> Result<(Vec<RowShape>, Vec<Map>)> {
    let mut shapes = vec![RowShape::Values(features)];
    let mut maps = Vec::new();
    let mut ends_in_maps = false;
    if let Some(convolutional) = &config.convolutional {
        let image = convolution::image(convolutional, features, image)?;
        let windows = convolution::windows(convolutional, image)?;
        shapes[0] = RowShape::Image(image);
        shapes.extend(windows.iter().map(|window| RowShape::Maps(window.small)));
        maps.extend(windows.iter().map(|&window| Map::Convolution(window)));
        ends_in_maps = convolutional.maps;
    }
    match shapes.last() {
        Some(&RowShape::Maps(last)) if ends_in_maps => {
            config.network.code = convolution::code(config.network.code, last)?;
        }
        _ => {
            let widths = config.network.hidden.iter().chain([&config.network.code]);
            for &outputs in widths {
                let inputs = shapes.last().map_or(features, |shape| shape.values());
                maps.push(Map::Dense { inputs, outputs });
                shapes.push(RowShape::Values(outputs));
            }
        }
    }
    let weights = maps.iter().try_fold(0usize, |sum, map| {
        let [rows, columns] = map.weight();
        rows.checked_mul(columns).and_then(|w| sum.checked_add(w))
    });
    if weights.is_none_or(|weights| weights > MOST_WEIGHTS) {
        return Err(Error::config(
            "network.hidden",
            format!("layers of {} units", shape(&shapes)),
            format!("at most {MOST_WEIGHTS} weights"),
            "narrow the widest layers",
        ));
    }
    Ok((shapes, maps))
}

/// Refuses kinds by which a new row takes too much work.
fn check_passes(variants: &Variants, layers: &[LayerSpec]) -> Result<()> {
    let Some((key, passes)) = variants.iter().find_map(|v| v.passes()) else {
        return Ok(());
    };
    let weights: usize = layers
        .iter()
        .map(|layer| layer.map.weight().iter().product::<usize>())
        .sum();
    let most = (MOST_PASSED / weights.max(1)).max(1);
    if passes > most {
        return Err(Error::config(
            key,
            passes,
            format!("at most {most}, by which a row passes {MOST_PASSED} weights"),
            "lower it, or narrow the widest layers",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
