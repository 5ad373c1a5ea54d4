//! Adds noise to inputs, draws codes, and computes a drawn code's divergence.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::{Tensor, TensorData};

use crate::backend::{
    Execution, contiguous, dims, execution, filled, flex, recorded, slice, tracked,
};
use crate::kernel::latent as kernel;

pub use kernel::Spread;

/// Returns `x + σ ε`, `[rows, features]`; `noise` is `ε`, with as many values.
pub fn noisy(input: Tensor<2>, noise: Vec<f32>, deviation: f64) -> Tensor<2> {
    let shape = input.dims();
    let add = |input: &FlexTensor, noise| {
        let sum = kernel::add_scaled(slice(input), noise, deviation as f32);
        filled(sum, shape)
    };
    match execution(&input) {
        Execution::Plain => {
            let noise = plain(noise, shape, &input);
            input + noise * deviation
        }
        Execution::Fused => Tensor::from_primitive::<Flex>(add(&flex(input), noise)),
        Execution::Tracked => {
            let (input, node) = tracked(input).into_parts();
            let output = add(&contiguous(input), noise);
            recorded([node], output, (), |(), upstream, _| [Some(upstream)])
        }
    }
}

/// Returns `h = μ + σ ε`, `[rows, code]`; `outputs` are means followed by
/// spreads, `[rows, 2 code]`, and `noise` is `ε`, `[rows, code]`.
pub fn draw(spread: Spread, outputs: Tensor<2>, noise: Vec<f32>) -> Tensor<2> {
    let [rows, both] = outputs.dims();
    let shape = [rows, both / 2];
    match execution(&outputs) {
        Execution::Plain => {
            let noise = plain(noise, shape, &outputs);
            let (mean, given) = halves(outputs);
            let deviation = match spread {
                Spread::LogVariance => (given * 0.5).exp(),
                Spread::Sigma => given,
            };
            mean + deviation * noise
        }
        Execution::Fused => {
            let code = kernel::draw(spread, slice(&flex(outputs)), &noise, shape[1]);
            Tensor::from_primitive::<Flex>(filled(code, shape))
        }
        Execution::Tracked => {
            let (outputs, node) = tracked(outputs).into_parts();
            let outputs = contiguous(outputs);
            let code = kernel::draw(spread, slice(&outputs), &noise, shape[1]);
            let kept = (outputs, noise, spread);
            recorded(
                [node],
                filled(code, shape),
                kept,
                |(outputs, noise, spread), upstream, _| {
                    let [rows, code] = dims(&upstream);
                    let by = slice(&upstream);
                    let gradient = kernel::draw_gradient(spread, slice(&outputs), &noise, by, code);
                    [Some(filled(gradient, [rows, 2 * code]))]
                },
            )
        }
    }
}

/// Returns `KL(N(μ, σ²) ‖ N(0, 1))` of each unit in nats, averaged over rows,
/// `[1, code]`; `outputs` are means followed by spreads, `[rows, 2 code]`.
pub fn divergence(spread: Spread, outputs: Tensor<2>) -> Tensor<2> {
    let code = outputs.dims()[1] / 2;
    match execution(&outputs) {
        Execution::Plain => divergences(spread, outputs).mean_dim(0),
        Execution::Fused => {
            let found = kernel::divergence(spread, slice(&flex(outputs)), code);
            Tensor::from_primitive::<Flex>(filled(found, [1, code]))
        }
        Execution::Tracked => {
            let (outputs, node) = tracked(outputs).into_parts();
            let outputs = contiguous(outputs);
            let found = kernel::divergence(spread, slice(&outputs), code);
            let kept = (outputs, spread);
            recorded(
                [node],
                filled(found, [1, code]),
                kept,
                |(outputs, spread), upstream, _| {
                    let by = slice(&upstream);
                    let gradient = kernel::divergence_gradient(spread, slice(&outputs), by);
                    [Some(filled(gradient, dims(&outputs)))]
                },
            )
        }
    }
}

/// Returns the divergence of each row and unit, `[rows, code]`, by ordinary
/// operations.
pub fn divergences(spread: Spread, outputs: Tensor<2>) -> Tensor<2> {
    let (mean, given) = halves(outputs);
    let (variance, log_variance) = match spread {
        Spread::LogVariance => (given.clone().exp(), given),
        Spread::Sigma => {
            let variance = given.square();
            (variance.clone(), (variance + kernel::EPSILON).log())
        }
    };
    (mean.square() + variance - 1.0 - log_variance) * 0.5
}

fn plain(values: Vec<f32>, shape: [usize; 2], like: &Tensor<2>) -> Tensor<2> {
    Tensor::from_data(
        TensorData::new(values, shape),
        (&like.device(), like.dtype()),
    )
}

fn halves(outputs: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
    let code = outputs.dims()[1] / 2;
    let mean = outputs.clone().narrow(1, 0, code);
    (mean, outputs.narrow(1, code, code))
}
