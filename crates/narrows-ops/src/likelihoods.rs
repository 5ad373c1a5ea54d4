//! Measures how likely rows are whose columns are of several kinds: error and
//! gradient at once.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::activation::{log_softmax, sigmoid, softmax};
use burn::tensor::{Tensor, TensorData};

use crate::activation::softplus;
use crate::backend::{
    Execution, contiguous, dims, execution, filled, flex, mine, recorded, slice, tracked, values,
};
use crate::kernel::counts::log_choices;
use crate::kernel::likelihoods as kernel;
use crate::kernel::reconstruction::scale_rows;

pub use crate::kernel::counts::count_cost;
pub use kernel::{Likelihood, Part, means as means_of_rows};

/// Returns minus the log-likelihood of each row, `[rows, 1]`: the errors of its
/// features, each times its factor. `sums` are the output layer's and `targets`
/// gather no gradient, both `[rows, features]`; `factors` are as many, or one
/// row for all, and gather none either. The parts cover all features in order.
pub fn negative_log_likelihood(
    parts: &[Part],
    sums: Tensor<2>,
    targets: Tensor<2>,
    factors: Tensor<2>,
) -> Tensor<2> {
    match execution(&sums) {
        Execution::Plain => (feature_errors(parts, sums, targets) * factors).sum_dim(1),
        Execution::Fused => {
            let (errors, _) = of_rows(parts, flex(sums), &flex(targets), &flex(factors));
            Tensor::from_primitive::<Flex>(errors)
        }
        Execution::Tracked => {
            let (sums, node) = tracked(sums).into_parts();
            let targets = contiguous(tracked(targets).into_primitive());
            let factors = contiguous(tracked(factors).into_primitive());
            let (errors, gradient) = of_rows(parts, contiguous(sums), &targets, &factors);
            recorded([node], errors, gradient, |gradient, upstream, _| {
                let mut gradient = mine(gradient);
                scale_rows(values(&mut gradient), slice(&upstream));
                [Some(gradient)]
            })
        }
    }
}

/// Returns the error of each row `[rows, 1]`, and its gradient with respect to
/// the row's sums.
fn of_rows(
    parts: &[Part],
    sums: FlexTensor,
    targets: &FlexTensor,
    factors: &FlexTensor,
) -> (FlexTensor, FlexTensor) {
    let [rows, _] = dims(&sums);
    let mut sums = mine(sums);
    let outputs = kernel::Outputs {
        sums: values(&mut sums),
        targets: slice(targets),
        factors: slice(factors),
        rows,
    };
    let errors = kernel::row_errors(parts, outputs, 1.0);
    (filled(errors, [rows, 1]), sums)
}

/// Returns minus the log-likelihood of each feature, `[rows, features]`, by
/// ordinary operations; a category's is at the feature that is 1.
pub fn feature_errors(parts: &[Part], sums: Tensor<2>, targets: Tensor<2>) -> Tensor<2> {
    of_parts(parts, sums, |part, from, z| {
        let x = targets.clone().narrow(1, from, part.features);
        match part.likelihood {
            Likelihood::Normal => (z - x).square() * 0.5,
            Likelihood::Bernoulli => softplus(z.clone()) - x * z,
            Likelihood::Categorical => -(x * log_softmax(z, 1)),
            Likelihood::Count {
                offset,
                factor,
                dispersion,
            } => {
                let (offset, factor) = (f64::from(offset), f64::from(factor));
                let r = f64::from(dispersion);
                let n = ((x * factor + offset).exp() - 1.0).clamp_min(0.0);
                let log_mean = (z * factor + offset).clamp(-30.0, 30.0);
                let mean = log_mean.exp();
                let constant = constants(n.clone(), r);
                // No difference of large numbers.
                (mean.clone() / r).log1p() * r + n * (mean.recip() * r).log1p() - constant
            }
        }
    })
}

/// Returns what the sums stand for, `[rows, features]`, by ordinary operations:
/// means, probabilities, and the feature of a count's mean.
pub fn means(parts: &[Part], sums: Tensor<2>) -> Tensor<2> {
    of_parts(parts, sums, |part, _, z| match part.likelihood {
        Likelihood::Normal => z,
        Likelihood::Bernoulli => sigmoid(z),
        Likelihood::Categorical => softmax(z, 1),
        Likelihood::Count { offset, factor, .. } => {
            let (offset, factor) = (f64::from(offset), f64::from(factor));
            (softplus((z * factor + offset).clamp(-30.0, 30.0)) - offset) / factor
        }
    })
}

/// Puts together what `of` makes of each part, of its first feature and of its
/// sums.
fn of_parts(
    parts: &[Part],
    sums: Tensor<2>,
    of: impl Fn(&Part, usize, Tensor<2>) -> Tensor<2>,
) -> Tensor<2> {
    let mut from = 0;
    let found = parts.iter().map(|part| {
        let of_part = of(part, from, sums.clone().narrow(1, from, part.features));
        from += part.features;
        of_part
    });
    Tensor::cat(found.collect(), 1)
}

/// Returns the part of a count's log-likelihood that no output changes.
fn constants(counts: Tensor<2>, r: f64) -> Tensor<2> {
    let like = (&counts.device(), counts.dtype());
    let shape = counts.dims();
    let counts = counts.without_autodiff().try_into_vec_as::<f64>();
    let counts = counts.expect("float values can be read");
    let found: Vec<f64> = counts.iter().map(|&n| log_choices(n, r)).collect();
    Tensor::from_data(TensorData::new(found, shape), like)
}
