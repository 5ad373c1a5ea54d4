//! `[layerwise]`: one layer after another instead of all at once.

use serde::de::{SeqAccess, Visitor, value::SeqAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

/// `[layerwise]`: each layer of the encoder is trained with its layer of the
/// decoder as an autoencoder of one layer each way, on the outputs of the
/// layers before it (Bengio et al., "Greedy layer-wise training of deep
/// networks", 2006), from the outermost to the code.
///
/// Its epochs take the place of `train.epochs`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Layerwise {
    /// Epochs of each layer, outermost first, or one number for all
    /// (default 4).
    pub epochs: LayerEpochs,
    /// Whether the layers start as parts of one network or as networks of
    /// their own (default shared).
    pub networks: Networks,
    /// Megabytes (10⁶ bytes) for the outputs of trained layers: where those
    /// of all rows fit they are computed once, else anew for each batch, to
    /// the same values (default 1024; 0 keeps none).
    pub cache_memory: f64,
    /// Epochs of training the whole network afterwards (default 0).
    pub fine_tune: usize,
}

/// Epochs of each layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum LayerEpochs {
    /// The same for every layer.
    All(usize),
    /// One number for each, outermost first.
    Each(Vec<usize>),
}

/// What the layers are parts of while they are trained one by one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Networks {
    /// One network: its first weights, and draws numbered by all epochs.
    #[default]
    Shared,
    /// Networks of their own, each what a training of its own with
    /// `network.hidden = []` and the same seed would give, then stacked.
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
    /// Epochs of each of `layers` layers.
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
