//! `[layerwise]`: training one layer after another instead of all at once.

use serde::de::{SeqAccess, Visitor, value::SeqAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

/// `[layerwise]`: each layer of the encoder is trained together with its layer
/// of the decoder, as an autoencoder with one layer each way, on the outputs of
/// the layers before it (Bengio et al., "Greedy layer-wise training of deep
/// networks", 2006), from the outermost layer to the code.
///
/// Its epochs replace `train.epochs`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Layerwise {
    /// Epochs of each layer, outermost first, or one number for all
    /// (default 4).
    pub epochs: LayerEpochs,
    /// Whether the layers start as parts of one network or as separate networks
    /// (default shared).
    pub networks: Networks,
    /// Megabytes (10⁶ bytes) for the outputs of trained layers: if the outputs
    /// of all rows fit, they are computed once, otherwise again for each batch,
    /// with the same values (default 1024; 0 keeps none).
    pub cache_memory: f64,
    /// Epochs of training the whole network afterwards (default 0).
    pub fine_tune: usize,
}

/// Epochs of each layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum LayerEpochs {
    /// One number for all layers.
    All(usize),
    /// One number for each layer, outermost first.
    Each(Vec<usize>),
}

/// Which networks the layers belong to while they are trained one by one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Networks {
    /// One network, with its initial weights and draws numbered by all epochs.
    #[default]
    Shared,
    /// One network for each layer, equal to what training it alone with
    /// `network.hidden = []` and the same seed would give; stacked afterwards.
    Separate,
}

impl Default for Layerwise {
    fn default() -> Self {
        Layerwise {
            epochs: LayerEpochs::All(4),
            networks: Networks::default(),
            cache_memory: 1024.0,
            fine_tune: 0,
        }
    }
}

impl LayerEpochs {
    /// Returns the epochs of each of `layers` layers.
    pub fn of_layers(&self, layers: usize) -> Vec<usize> {
        match self {
            LayerEpochs::All(epochs) => vec![*epochs; layers],
            LayerEpochs::Each(epochs) => epochs.clone(),
        }
    }
}

impl<'de> Deserialize<'de> for LayerEpochs {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        from.deserialize_any(NumberOrList)
    }
}

struct NumberOrList;

impl<'de> Visitor<'de> for NumberOrList {
    type Value = LayerEpochs;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("a whole number, or a list with one for each layer of the encoder")
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> std::result::Result<Self::Value, E> {
        Ok(LayerEpochs::All(value as usize))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> std::result::Result<Self::Value, E> {
        let unexpected = serde::de::Unexpected::Signed(value);
        let value = usize::try_from(value).map_err(|_| E::invalid_value(unexpected, &self))?;
        Ok(LayerEpochs::All(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> std::result::Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(LayerEpochs::Each)
    }
}
