//! First weights.

use crate::config::Init;
use crate::random::{Draws, Stream};

impl Init {
    /// The standard deviation for a matrix `[inputs, outputs]`.
    pub fn deviation(self, inputs: usize, outputs: usize) -> f64 {
        let (inputs, outputs) = (inputs as f64, outputs as f64);
        match self {
            Init::He => 2.0 / inputs,
            Init::Glorot => 2.0 / (inputs + outputs),
            Init::Lecun => 1.0 / inputs,
        }
        .sqrt()
    }

    /// A matrix `[inputs, outputs]`, row-major, for one layer of the network.
    pub(crate) fn draw(self, inputs: usize, outputs: usize, seed: u64, layer: u64) -> Vec<f32> {
        let deviation = self.deviation(inputs, outputs);
        Draws::new(seed, Stream::Init, 0, layer)
            .normals(inputs * outputs)
            .into_iter()
            .map(|draw| (draw * deviation) as f32)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_weights_have_the_stated_deviation() {
        for (init, expected) in [
            (Init::He, (2.0f64 / 400.0).sqrt()),
            (Init::Glorot, (2.0f64 / 500.0).sqrt()),
            (Init::Lecun, (1.0f64 / 400.0).sqrt()),
        ] {
            let weights = init.draw(400, 100, 1, 0);
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
        let base = Init::He.draw(3, 3, 1, 0);
        assert_ne!(base, Init::He.draw(3, 3, 1, 1));
        assert_ne!(base, Init::He.draw(3, 3, 2, 0));
        assert_eq!(base, Init::He.draw(3, 3, 1, 0));
    }
}
