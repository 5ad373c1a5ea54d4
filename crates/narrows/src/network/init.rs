//! Draws the initial weights.

use super::map::Map;
use crate::base::random::{Draws, Stream};
use crate::settings::Init;

impl Init {
    /// Returns the standard deviation of the weights of a layer in which
    /// `inputs` inputs meet in each output and each input goes to `outputs`
    /// outputs.
    pub fn deviation(self, inputs: f64, outputs: f64) -> f64 {
        match self {
            Init::He => 2.0 / inputs,
            Init::Glorot => 2.0 / (inputs + outputs),
            Init::Lecun => 1.0 / inputs,
        }
        .sqrt()
    }

    /// Draws a layer's matrix of weights, row-major; `layer` is the layer's
    /// place.
    pub(crate) fn draw(self, map: Map, seed: u64, layer: u64) -> Vec<f32> {
        let (inputs, outputs) = map.fans();
        let deviation = self.deviation(inputs, outputs);
        Draws::new(seed, Stream::Init, 0, layer)
            .normals(map.weight().iter().product())
            .into_iter()
            .map(|draw| (draw * deviation) as f32)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dense(inputs: usize, outputs: usize) -> Map {
        Map::Dense { inputs, outputs }
    }

    #[test]
    fn drawn_weights_have_the_stated_deviation() {
        for (init, expected) in [
            (Init::He, (2.0f64 / 400.0).sqrt()),
            (Init::Glorot, (2.0f64 / 500.0).sqrt()),
            (Init::Lecun, (1.0f64 / 400.0).sqrt()),
        ] {
            let weights = init.draw(dense(400, 100), 1, 0);
            let squares: f64 = weights.iter().map(|&w| f64::from(w).powi(2)).sum();
            let deviation = (squares / 40_000.0).sqrt();
            assert!(
                (deviation / expected - 1.0).abs() < 0.02,
                "{init:?} {deviation} {expected}"
            );
        }
    }

    #[test]
    fn layers_and_seeds_differ() {
        let base = Init::He.draw(dense(3, 3), 1, 0);
        assert_ne!(base, Init::He.draw(dense(3, 3), 1, 1));
        assert_ne!(base, Init::He.draw(dense(3, 3), 2, 0));
        assert_eq!(base, Init::He.draw(dense(3, 3), 1, 0));
    }
}
