//! Measures how far reconstructions are from their targets: output activation,
//! error, mean and gradient at once.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;

use crate::activation::softplus;
use crate::backend::{
    Execution, contiguous, dims, execution, filled, flex, mine, recorded, scaled, slice, tracked,
    values,
};
use crate::kernel::activation::Activation;
use crate::kernel::reconstruction as kernel;

pub use kernel::Distance;

/// Returns the distance summed over features and averaged over rows, `[1]`.
/// `sums` are the output layer's, before its activation, and `targets` gather
/// no gradient; both are `[rows, features]`.
pub fn reconstruction(
    distance: Distance,
    activation: Activation,
    sums: Tensor<2>,
    targets: Tensor<2>,
) -> Tensor<1> {
    match execution(&sums) {
        Execution::Plain => plain(distance, activation, sums, targets),
        Execution::Fused => {
            let (value, _) = mean(distance, activation, flex(sums), &flex(targets));
            Tensor::from_primitive::<Flex>(value)
        }
        Execution::Tracked => {
            let (sums, node) = tracked(sums).into_parts();
            let targets = contiguous(tracked(targets).into_primitive());
            let (value, gradient) = mean(distance, activation, contiguous(sums), &targets);
            recorded([node], value, gradient, |gradient, upstream, _| {
                [Some(scaled(gradient, &upstream))]
            })
        }
    }
}

/// Returns the distance of each row, summed over features, `[rows, 1]`, with
/// the arguments of [`reconstruction`].
pub fn row_errors(
    distance: Distance,
    activation: Activation,
    sums: Tensor<2>,
    targets: Tensor<2>,
) -> Tensor<2> {
    match execution(&sums) {
        Execution::Plain => distances(distance, activation, sums, targets).sum_dim(1),
        Execution::Fused => {
            let (errors, _) = each(distance, activation, flex(sums), &flex(targets));
            Tensor::from_primitive::<Flex>(errors)
        }
        Execution::Tracked => {
            let (sums, node) = tracked(sums).into_parts();
            let targets = contiguous(tracked(targets).into_primitive());
            let (errors, gradient) = each(distance, activation, contiguous(sums), &targets);
            recorded([node], errors, gradient, |gradient, upstream, _| {
                let mut gradient = mine(gradient);
                kernel::scale_rows(values(&mut gradient), slice(&upstream));
                [Some(gradient)]
            })
        }
    }
}

/// Does what [`reconstruction`] does by ordinary operations.
pub(crate) fn plain(
    distance: Distance,
    activation: Activation,
    sums: Tensor<2>,
    targets: Tensor<2>,
) -> Tensor<1> {
    let rows = sums.dims()[0] as f64;
    // Row by row first: a sum of millions of values at once would depend on the
    // number of threads.
    distances(distance, activation, sums, targets)
        .sum_dim(1)
        .sum()
        / rows
}

/// Returns the distance of each feature, `[rows, features]`, by ordinary
/// operations.
pub fn distances(
    distance: Distance,
    activation: Activation,
    sums: Tensor<2>,
    targets: Tensor<2>,
) -> Tensor<2> {
    let difference = |sums| activation.apply(sums) - targets.clone();
    match distance {
        Distance::CrossEntropy => softplus(sums.clone()) - targets * sums,
        Distance::Squared => difference(sums).square(),
        Distance::Gaussian { deviation } => {
            let constant = deviation.ln() + 0.5 * std::f64::consts::TAU.ln();
            (difference(sums) / deviation).square() * 0.5 + constant
        }
        Distance::Absolute => difference(sums).abs(),
        Distance::Huber { delta } => {
            let far = difference(sums).abs();
            // With q = min(|d|, δ): q²/2 + δ(|d| - q) is Huber's loss.
            let near = far.clone().clamp_max(delta);
            near.clone().square() * 0.5 + (far - near) * delta
        }
    }
}

/// Returns the errors of rows, and their gradient with respect to the sums
/// times `share`, in the memory of the sums if they own it alone.
fn of_rows(
    distance: Distance,
    activation: Activation,
    (sums, share): (FlexTensor, f32),
    targets: &FlexTensor,
) -> (Vec<f32>, FlexTensor) {
    let shape = dims(&sums);
    assert_eq!(shape, dims(targets), "a target for each output");
    let mut sums = mine(sums);
    let outputs = kernel::Outputs {
        sums: values(&mut sums),
        targets: slice(targets),
        rows: shape[0],
    };
    (
        kernel::row_errors(distance, activation, outputs, share),
        sums,
    )
}

/// Returns the mean over rows `[1]`, and its gradient with respect to the sums.
fn mean(
    distance: Distance,
    activation: Activation,
    sums: FlexTensor,
    targets: &FlexTensor,
) -> (FlexTensor, FlexTensor) {
    let [rows, _] = dims(&sums);
    let (errors, gradient) = of_rows(distance, activation, (sums, 1.0 / rows as f32), targets);
    let sum: f64 = errors.iter().map(|&error| f64::from(error)).sum();
    let value = sum / rows.max(1) as f64;
    (filled(vec![value as f32], [1]), gradient)
}

/// Returns the error of each row `[rows, 1]`, and its gradient with respect to
/// the row's sums.
fn each(
    distance: Distance,
    activation: Activation,
    sums: FlexTensor,
    targets: &FlexTensor,
) -> (FlexTensor, FlexTensor) {
    let [rows, _] = dims(&sums);
    let (errors, gradient) = of_rows(distance, activation, (sums, 1.0), targets);
    (filled(errors, [rows, 1]), gradient)
}
