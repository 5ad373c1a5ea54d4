//! One step of an optimizer: weights, moments and penalties in one pass.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;

use crate::backend::{Execution, dims, execution, filled, flex, mine, slice, values};
use crate::kernel::update as kernel;

pub use kernel::{Method, Penalty};

impl Penalty {
    /// Adds this penalty's gradient to a gradient, by ordinary operations; also
    /// returns the sums over the weights.
    pub fn add_to(self, gradient: Tensor<2>, value: &Tensor<2>) -> (Tensor<2>, Penalized) {
        let sum = |values: Tensor<2>| values.sum_dim(1).sum().into_scalar::<f64>();
        let mut penalized = Penalized::default();
        let mut gradient = gradient;
        if self.l2 > 0.0 {
            penalized.squares = sum(value.clone().square());
            gradient = gradient + value.clone() * self.l2;
        }
        if self.l1 > 0.0 {
            penalized.absolute = sum(value.clone().abs());
            gradient = gradient + value.clone().sign() * self.l1;
        }
        (gradient, penalized)
    }
}

/// Running sums of one matrix's gradients, each of its shape.
#[derive(Debug, Default, Clone)]
pub struct Moments {
    /// Mean of gradients, or the last update.
    pub first: Option<Tensor<2>>,
    /// Mean of squared gradients.
    pub second: Option<Tensor<2>>,
}

/// Sums over a penalised matrix before a step; 0 if the factor is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Penalized {
    /// `Σ |w|`
    pub absolute: f64,
    /// `Σ w²`
    pub squares: f64,
}

/// Updates weights and moments by one step, in place if nothing else shares
/// their memory; all are `[rows, columns]` and gather no gradient.
pub fn update(
    method: &Method,
    penalty: Penalty,
    value: Tensor<2>,
    gradient: Tensor<2>,
    moments: Moments,
) -> (Tensor<2>, Moments, Penalized) {
    if execution(&value) != Execution::Fused {
        return plain(method, penalty, value, gradient, moments);
    }
    let [first, second] = method.keeps();
    let (mut value, gradient) = (mine(flex(value)), flex(gradient));
    let shape = dims(&value);
    let moment = |kept: bool, moment: Option<Tensor<2>>| {
        let zero = || filled(vec![0.0; shape[0] * shape[1]], shape);
        kept.then(|| moment.map_or_else(zero, |moment| mine(flex(moment))))
    };
    let mut first = moment(first, moments.first);
    let mut second = moment(second, moments.second);
    let (absolute, squares) = kernel::update(
        method,
        penalty,
        kernel::Places {
            value: values(&mut value),
            gradient: slice(&gradient),
            first: all(&mut first),
            second: all(&mut second),
        },
    );
    let tensor = Tensor::from_primitive::<Flex>;
    let moments = Moments {
        first: first.map(tensor),
        second: second.map(tensor),
    };
    let penalized = Penalized { absolute, squares };
    (tensor(value), moments, penalized)
}

fn all(tensor: &mut Option<FlexTensor>) -> &mut [f32] {
    tensor.as_mut().map(values).unwrap_or_default()
}

/// Does what [`update`] does by ordinary operations.
pub(crate) fn plain(
    method: &Method,
    penalty: Penalty,
    value: Tensor<2>,
    gradient: Tensor<2>,
    moments: Moments,
) -> (Tensor<2>, Moments, Penalized) {
    let (gradient, penalized) = penalty.add_to(gradient, &value);
    let zero = value.zeros_like();
    let old = |moment: Option<Tensor<2>>| moment.unwrap_or_else(|| zero.clone());
    let (first, second) = (old(moments.first), old(moments.second));
    let (value, first, second) = match *method {
        Method::Sgd {
            rate,
            momentum,
            nesterov,
        } => {
            let first = first * momentum + gradient.clone();
            let direction = match nesterov {
                true => gradient + first.clone() * momentum,
                false => first.clone(),
            };
            (value - direction * rate, first, second)
        }
        Method::Rmsprop {
            rate,
            decay,
            momentum,
            epsilon,
        } => {
            let second = second * decay + gradient.clone().square() * (1.0 - decay);
            let direction = gradient / (second.clone().sqrt() + epsilon);
            let first = first * momentum + direction;
            (value - first.clone() * rate, first, second)
        }
        Method::Adam {
            of_mean,
            of_gradient,
            beta1,
            beta2,
            correction,
            epsilon,
            shrink,
        } => {
            let first = first * beta1 + gradient.clone() * (1.0 - beta1);
            let second = second * beta2 + gradient.clone().square() * (1.0 - beta2);
            let root = second.clone().sqrt() / correction + epsilon;
            let direction = first.clone() * of_mean + gradient * of_gradient;
            (value * shrink - direction / root, first, second)
        }
    };
    let [keeps_first, keeps_second] = method.keeps();
    let moments = Moments {
        first: keeps_first.then_some(first),
        second: keeps_second.then_some(second),
    };
    (value, moments, penalized)
}
