//! A dense layer: product, bias and activation at once.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;

use crate::backend::{
    Execution, contiguous, dims, execution, filled, flex, mine, recorded, slice, tracked, values,
};
use crate::kernel::activation::{Activation, Function, With};
use crate::kernel::dense::{Kept, Layer, forward, gradients, sums_gradient};
use crate::kernel::product::Matrix;

/// Returns `a(x W + b)`, `[rows, outputs]`.
///
/// `input` is `[rows, inputs]`; `weight` is `[inputs, outputs]`, or with
/// `transposed` `[outputs, inputs]`, as in a tied decoder; `bias` is
/// `[1, outputs]`. The derivative of the activation and the gradient of the
/// bias are computed in one pass, no transpose is copied, and an input that
/// gathers no gradient gets none.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use narrows_ops::{Activation, dense};
/// let device = Device::flex();
/// let input = Tensor::<2>::from_data([[1.0, 2.0]], &device);
/// let weight = Tensor::<2>::from_data([[1.0, -1.0], [0.5, -1.0]], &device);
/// let bias = Tensor::<2>::from_data([[0.5, 0.5]], &device);
/// let output = dense(input, weight, bias, Activation::Relu, false);
/// assert_eq!(output.into_data().to_vec::<f32>().unwrap(), [2.5, 0.0]);
/// ```
pub fn dense(
    input: Tensor<2>,
    weight: Tensor<2>,
    bias: Tensor<2>,
    activation: Activation,
    transposed: bool,
) -> Tensor<2> {
    let options = Options {
        activation,
        transposed,
    };
    match execution(&input) {
        Execution::Plain => plain(input, weight, bias, options),
        Execution::Fused => {
            let made = make(flex(input), flex(weight), &flex(bias), options);
            Tensor::from_primitive::<Flex>(made.output)
        }
        Execution::Tracked => {
            let (input, of_input) = tracked(input).into_parts();
            let (weight, of_weight) = tracked(weight).into_parts();
            let (bias, of_bias) = tracked(bias).into_parts();
            let (input, weight) = (contiguous(input), contiguous(weight));
            let made = make(input, weight, &contiguous(bias), options);
            let output = made.output.clone();
            let kept = made.kept(options);
            recorded([of_input, of_weight, of_bias], output, kept, derivative)
        }
    }
}

/// Does what [`dense()`] does by ordinary operations.
pub(crate) fn plain(
    input: Tensor<2>,
    weight: Tensor<2>,
    bias: Tensor<2>,
    options: Options,
) -> Tensor<2> {
    let weight = if options.transposed {
        weight.transpose()
    } else {
        weight
    };
    options.activation.apply(input.matmul(weight) + bias)
}

/// The properties of a layer apart from its weights.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    pub activation: Activation,
    pub transposed: bool,
}

/// A layer's outputs with the tensors that they were computed from.
#[derive(Debug, Clone)]
struct Made {
    input: FlexTensor,
    weight: FlexTensor,
    output: FlexTensor,
    sums: Option<FlexTensor>,
}

fn layer<'t>(input: &'t FlexTensor, weight: &'t FlexTensor, options: Options) -> Layer<'t> {
    let [rows, inputs] = dims(input);
    let [stored_rows, stored_columns] = dims(weight);
    let weight = Matrix::new(slice(weight), stored_rows, stored_columns);
    Layer {
        input: Matrix::new(slice(input), rows, inputs),
        weight: weight.transposed_if(options.transposed),
    }
}

struct Forward<'t>(Layer<'t>, &'t [f32]);

impl With for Forward<'_> {
    type Output = (Vec<f32>, Option<Vec<f32>>);

    fn with<F: Function>(self, function: F) -> Self::Output {
        forward(self.0, self.1, function)
    }
}

fn make(input: FlexTensor, weight: FlexTensor, bias: &FlexTensor, options: Options) -> Made {
    let layer = layer(&input, &weight, options);
    let shape = [layer.input.rows(), layer.weight.columns()];
    let (output, sums) = options.activation.with(Forward(layer, slice(bias)));
    Made {
        output: filled(output, shape),
        sums: sums.map(|sums| filled(sums, shape)),
        input,
        weight,
    }
}

impl Made {
    /// Returns what the derivative needs. The outputs are kept only if it needs
    /// them, so that later operations may reuse their memory.
    fn kept(self, options: Options) -> State {
        let needs_output = options.activation != Activation::Identity && self.sums.is_none();
        State {
            input: self.input,
            weight: self.weight,
            output: needs_output.then_some(self.output),
            sums: self.sums,
            options,
        }
    }
}

#[derive(Debug, Clone)]
struct State {
    input: FlexTensor,
    weight: FlexTensor,
    output: Option<FlexTensor>,
    sums: Option<FlexTensor>,
    options: Options,
}

struct SumsGradient<'t> {
    gradient: &'t mut [f32],
    kept: Kept<'t>,
    outputs: usize,
    identity: bool,
}

impl With for SumsGradient<'_> {
    type Output = Vec<f32>;

    fn with<F: Function>(self, function: F) -> Vec<f32> {
        let function = (!self.identity).then_some(function);
        sums_gradient(self.gradient, self.kept, self.outputs, function)
    }
}

fn derivative(state: State, upstream: FlexTensor, needed: [bool; 3]) -> [Option<FlexTensor>; 3] {
    let shape = dims(&upstream);
    let mut gradient = mine(upstream);
    let bias = state.options.activation.with(SumsGradient {
        gradient: values(&mut gradient),
        kept: Kept {
            output: state.output.as_ref().map_or(&[], slice),
            sums: state.sums.as_ref().map_or(&[], slice),
        },
        outputs: shape[1],
        identity: state.options.activation == Activation::Identity,
    });
    let (weight, input) = gradients(
        layer(&state.input, &state.weight, state.options),
        Matrix::new(slice(&gradient), shape[0], shape[1]),
        state.options.transposed,
        needed[0],
    );
    [
        input.map(|input| filled(input, dims(&state.input))),
        Some(filled(weight, dims(&state.weight))),
        Some(filled(bias, [1, shape[1]])),
    ]
}
