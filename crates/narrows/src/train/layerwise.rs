//! Splits a deep network into autoencoders of one layer each way: layer `k` of
//! the encoder with its mirror in the decoder, which reconstructs the input of
//! layer `k`.

use burn::tensor::Device;

use crate::config::Networks;
use crate::config::plan::Plan;
use crate::network::NetworkSpec;
use crate::network::{NamedTensor, Network};

/// The autoencoder of one layer.
#[derive(Debug, Clone)]
pub(crate) struct LayerPair {
    /// Number of encoder layers before it.
    pub layer: usize,
    /// The network of two layers, `encoder.0` and `decoder.0`.
    pub spec: NetworkSpec,
    /// The two layers' names in the deep network.
    names: [String; 2],
}

/// The names of a shallow network's two layers.
const SHALLOW: [&str; 2] = ["encoder.0", "decoder.0"];

impl LayerPair {
    /// Creates the autoencoder of the encoder's layer `layer` of a deep
    /// network.
    pub fn new(deep: &Plan, layer: usize) -> Self {
        let (spec, depth) = (&deep.spec, deep.spec.depth);
        let pair = [layer, 2 * depth - 1 - layer];
        let names = pair.map(|at| spec.layers[at].name.clone());
        let mut layers = pair.map(|at| spec.layers[at].clone());
        for (layer, name) in layers.iter_mut().zip(SHALLOW) {
            layer.name = name.into();
        }
        let code = spec.shapes[layer + 1].values();
        let variants = deep.config.variants_of_layer(layer);
        LayerPair {
            layer,
            spec: NetworkSpec {
                layers: layers.into(),
                depth: 1,
                shapes: spec.shapes[layer..layer + 2].to_vec(),
                own: variants.iter().flat_map(|v| v.own(code)).collect(),
                // Only the outermost layer sees columns.
                cells: spec.cells.clone().filter(|_| layer == 0),
                likelihoods: spec.likelihoods.clone().filter(|_| layer == 0),
                ..spec.clone()
            },
            names,
        }
    }

    /// Returns this part's network, with the deep network's weights.
    pub fn part_of(&self, deep: &Network, device: &Device) -> Network {
        let renamed = |stored: NamedTensor| {
            let name = renamed(&stored.name, |at| &self.names[at], |at| SHALLOW[at])?;
            Some(NamedTensor { name, ..stored })
        };
        let stored: Vec<NamedTensor> = deep.store().into_iter().filter_map(renamed).collect();
        Network::from_stored(&self.spec, &stored, device).expect("a part of this very network")
    }

    /// Puts this part's weights into the deep network.
    pub fn put_into(&self, deep: &mut Network, shallow: &Network) {
        for parameter in &shallow.parameters {
            let name = renamed(&parameter.name, |at| SHALLOW[at], |at| &self.names[at]);
            let place = deep
                .parameters
                .iter_mut()
                .find(|p| Some(&p.name) == name.as_ref())
                .expect("a part of this very network");
            place.value = parameter.value.clone().without_autodiff();
        }
    }
}

/// Returns the parameter's name with its layer's new name; `None` for another
/// layer's. Parameters of variants outside the layers keep their names.
fn renamed<'a>(
    name: &str,
    from: impl Fn(usize) -> &'a str,
    to: impl Fn(usize) -> &'a str,
) -> Option<String> {
    if !name.starts_with("encoder.") && !name.starts_with("decoder.") {
        return Some(name.into());
    }
    (0..2).find_map(|at| {
        let rest = name.strip_prefix(from(at))?.strip_prefix('.')?;
        Some(format!("{}.{rest}", to(at)))
    })
}

/// Returns the autoencoders of all layers, outermost first.
pub(crate) fn pairs(deep: &Plan) -> Vec<LayerPair> {
    let layers = 0..deep.spec.depth;
    layers.map(|layer| LayerPair::new(deep, layer)).collect()
}

/// Returns the deep network with its initial weights: drawn as one, or for each
/// layer's autoencoder separately.
pub(crate) fn first_network(deep: &Plan, device: &Device) -> Network {
    let mut network = Network::new::<f32>(&deep.spec, device);
    let layerwise = deep.config.layerwise.as_ref();
    if layerwise.is_some_and(|l| l.networks == Networks::Separate) {
        for pair in pairs(deep) {
            pair.put_into(&mut network, &Network::new::<f32>(&pair.spec, device));
        }
    }
    network
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::device::device;
    use crate::config::{Activation, Config, Layerwise, Reconstruction};

    fn deep(change: impl FnOnce(&mut Config)) -> Plan {
        let mut config = Config::default();
        (config.network.hidden, config.network.code) = (vec![7, 5], 3);
        config.layerwise = Some(Layerwise::default());
        change(&mut config);
        Plan::for_data(&config, 9, None).unwrap()
    }

    #[test]
    fn each_layer_is_paired_with_its_mirror() {
        let plan = deep(|c| {
            c.network.code_activation = Some(Activation::Tanh);
            c.network.output = Activation::Sigmoid;
        });
        let pairs = pairs(&plan);
        let seen: Vec<_> = pairs
            .iter()
            .map(|p| {
                let [encoder, decoder] = &p.spec.layers[..] else {
                    panic!()
                };
                let widths = [
                    p.spec.shapes[0].values(),
                    encoder.map.units(),
                    decoder.map.units(),
                ];
                (p.names.clone(), widths)
            })
            .collect();
        let names = |a: &str, b: &str| [a.to_string(), b.to_string()];
        assert_eq!(seen[0], (names("encoder.0", "decoder.2"), [9, 7, 9]));
        assert_eq!(seen[1], (names("encoder.1", "decoder.1"), [7, 5, 7]));
        assert_eq!(seen[2], (names("encoder.2", "decoder.0"), [5, 3, 5]));
        let ends: Vec<_> = pairs
            .iter()
            .map(|p| (p.spec.layers[0].activation, p.spec.layers[1].activation))
            .collect();
        use Activation::{Elu, Sigmoid, Tanh};
        assert_eq!(ends, [(Elu, Sigmoid), (Elu, Elu), (Tanh, Elu)]);
    }

    #[test]
    fn inner_layers_are_compared_by_squares_or_as_chances_if_they_are() {
        let compared = |plan: &Plan| -> Vec<Reconstruction> {
            let losses = (0..3).map(|layer| plan.config.loss_of_layer(layer));
            losses.map(|l| l.reconstruction).collect()
        };
        use Reconstruction::{Bce, Huber, Mse};
        let plan = deep(|c| c.loss.reconstruction = Huber);
        assert_eq!(compared(&plan), [Huber, Mse, Mse]);
        let chances = |c: &mut Config| {
            (c.loss.reconstruction, c.network.output) = (Bce, Activation::Sigmoid);
        };
        assert_eq!(compared(&deep(chances)), [Bce, Mse, Mse]);
        let plan = deep(|c| {
            chances(c);
            c.network.activation = Some(Activation::Sigmoid);
        });
        assert_eq!(compared(&plan), [Bce, Bce, Bce]);
    }

    #[test]
    fn parts_put_back_leave_the_network_as_it_was() {
        let device = device("cpu").unwrap();
        for (tied, networks) in [
            (false, Networks::Shared),
            (true, Networks::Shared),
            (true, Networks::Separate),
        ] {
            let plan = deep(|c| {
                (c.network.tied, c.network.batch_norm) = (tied, true);
                c.layerwise.as_mut().unwrap().networks = networks;
            });
            let network = first_network(&plan, &device);
            let mut other = Network::new::<f32>(
                &deep(|c| {
                    (c.network.tied, c.network.batch_norm, c.seed) = (tied, true, 9);
                })
                .spec,
                &device,
            );
            for pair in pairs(&plan) {
                let part = pair.part_of(&network, &device);
                assert_eq!(part.is_tied(), tied);
                pair.put_into(&mut other, &part);
            }
            assert_eq!(other.store(), network.store());
        }
    }
}
