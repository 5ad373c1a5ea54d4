//! Builds small models for tests of what is done with models.

use crate::base::device::device;
use crate::config::plan::Plan;
use crate::config::{Activation, Config, Scale};
use crate::data::table::Table;
use crate::model::Model;
use crate::network::{NamedTensor, Network};
use crate::train::Autoencoder;

/// Trains for two epochs with one layer each way.
pub(crate) fn trained(table: &Table, code: usize) -> Model {
    let mut config = Config::default();
    config.network.hidden = vec![];
    config.network.code = code;
    config.train.epochs = 2;
    Autoencoder::new(config).train(table).unwrap()
}

/// Returns a model of two features whose code is the first one: it reconstructs
/// the first as it is, and the second as 0.
pub(crate) fn first_feature_only(table: &Table) -> Model {
    let mut config = Config::default();
    config.network.hidden = vec![];
    config.network.code = 1;
    config.network.activation = None;
    config.network.code_activation = Some(Activation::Identity);
    config.data.scale = Scale::None;
    config.data.held_out = Some(0.into());
    config.train.epochs = 1;
    let mut model = Autoencoder::new(config.clone()).train(table).unwrap();
    let stored = |name: &str, shape: [usize; 2], values: &[f32]| NamedTensor {
        name: name.into(),
        shape,
        values: values.to_vec(),
    };
    let weights = [
        stored("encoder.0.weight", [2, 1], &[1.0, 0.0]),
        stored("encoder.0.bias", [1, 1], &[0.0]),
        stored("decoder.0.weight", [1, 2], &[1.0, 0.0]),
        stored("decoder.0.bias", [1, 2], &[0.0, 0.0]),
    ];
    let plan = Plan::for_data(&config, 2, None).unwrap();
    model.coder.network =
        Network::from_stored(&plan.spec, &weights, &device("cpu").unwrap()).unwrap();
    model.inference = Default::default();
    model
}
