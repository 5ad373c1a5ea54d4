//! Chooses how an operation runs, and converts from and to Burn's types.

use std::fmt::Debug;
use std::marker::PhantomData;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::ops::FloatTensorOps;
use burn::backend::{Autodiff, DispatchDevice, Flex};
use burn::tensor::{DType, Tensor, TensorData};

/// A tensor on the CPU that gathers gradients.
pub(crate) type Tracked = burn::backend::tensor::FloatTensor<Autodiff<Flex>>;

/// Ways in which an operation can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Execution {
    /// Fused, without gradients.
    Fused,
    /// Fused, with a derivative of its own.
    Tracked,
    /// With ordinary operations.
    Plain,
}

/// Returns how an operation runs on tensors like this one.
pub(crate) fn execution<const D: usize>(like: &Tensor<D>) -> Execution {
    if like.dtype() != DType::F32 {
        return Execution::Plain;
    }
    // With only one backend compiled in, no other devices exist.
    #[allow(unreachable_patterns)]
    match like.device().as_dispatch() {
        DispatchDevice::Flex(_) => Execution::Fused,
        DispatchDevice::Autodiff(inner) => match **inner {
            DispatchDevice::Flex(_) => Execution::Tracked,
            _ => Execution::Plain,
        },
        _ => Execution::Plain,
    }
}

/// Unwraps a tensor for a fused execution.
pub(crate) fn flex<const D: usize>(tensor: Tensor<D>) -> FlexTensor {
    let found = tensor.try_into_primitive::<Flex>();
    contiguous(found.expect("a tensor on the same device as the others"))
}

/// Unwraps a tensor for a tracked execution.
pub(crate) fn tracked<const D: usize>(tensor: Tensor<D>) -> Tracked {
    let found = tensor.try_into_primitive::<Autodiff<Flex>>();
    found.expect("a tensor on the same device as the others")
}

/// Puts a tensor's values in order, so that [`slice`] can read them.
pub(crate) fn contiguous(tensor: FlexTensor) -> FlexTensor {
    match tensor.as_slice::<f32>() {
        Some(_) => tensor,
        None => tensor.to_contiguous(),
    }
}

/// Returns the values of a contiguous tensor, row-major.
pub(crate) fn slice(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("a contiguous f32 tensor")
}

/// Returns a tensor's values for writing; `None` unless the tensor is the only
/// owner of its memory and fills it.
pub(crate) fn owned(tensor: &mut FlexTensor) -> Option<&mut [f32]> {
    let all = tensor.layout().num_elements();
    if tensor.as_slice::<f32>().map(<[f32]>::len) != Some(all) {
        return None;
    }
    let values = tensor.try_storage_mut::<f32>()?;
    (values.len() == all).then_some(values)
}

/// Returns `[rows, columns]`.
pub(crate) fn dims(tensor: &FlexTensor) -> [usize; 2] {
    let shape = tensor.layout().shape();
    [shape[0], shape[1]]
}

/// Gives the tensor memory of its own, to be changed in place.
pub(crate) fn mine(mut tensor: FlexTensor) -> FlexTensor {
    match owned(&mut tensor) {
        Some(_) => tensor,
        None => FlexTensor::from_data(TensorData::new(
            slice(&tensor).to_vec(),
            tensor.layout().shape().clone(),
        )),
    }
}

/// Returns the values of a tensor that [`mine`] has returned.
pub(crate) fn values(tensor: &mut FlexTensor) -> &mut [f32] {
    owned(tensor).expect("memory of its own")
}

/// Creates a tensor of these values, without a copy.
pub(crate) fn filled<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// Maps what an operation kept, the gradient of its output, and which inputs
/// need a gradient, to the gradients of its inputs.
pub(crate) type Derivative<K, const N: usize> =
    fn(K, FlexTensor, [bool; N]) -> [Option<FlexTensor>; N];

/// Creates an output with its derivative, for inputs with these `nodes`.
pub(crate) fn recorded<K, const N: usize, const D: usize>(
    nodes: [NodeGuard; N],
    output: FlexTensor,
    kept: K,
    derivative: Derivative<K, N>,
) -> Tensor<D>
where
    K: Clone + Send + Debug + 'static,
{
    let operation = Recorded(PhantomData);
    let prepared = operation.prepare::<NoCheckpointing>(nodes).compute_bound();
    let recorded = match prepared.stateful() {
        OpsKind::Tracked(prepared) => prepared.finish((kept, derivative), output),
        OpsKind::UnTracked(prepared) => prepared.finish(output),
    };
    Tensor::from_primitive::<Autodiff<Flex>>(recorded)
}

#[derive(Debug)]
struct Recorded<K, const N: usize>(PhantomData<K>);

impl<K, const N: usize> Backward<Flex, N> for Recorded<K, N>
where
    K: Clone + Send + Debug + 'static,
{
    type State = (K, Derivative<K, N>);

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let upstream = contiguous(grads.consume::<Flex>(&ops.node));
        let (kept, derivative) = ops.state;
        let needed = ops.parents.each_ref().map(Option::is_some);
        let gradients = derivative(kept, upstream, needed);
        for (parent, gradient) in ops.parents.into_iter().zip(gradients) {
            if let (Some(parent), Some(gradient)) = (parent, gradient) {
                grads.register::<Flex>(parent.id, gradient);
            }
        }
    }
}

/// Multiplies a gradient by the gradient of the value it belongs to, usually 1.
pub(crate) fn scaled(gradient: FlexTensor, upstream: &FlexTensor) -> FlexTensor {
    match slice(upstream)[0] {
        1.0 => gradient,
        factor => Flex::float_mul_scalar(gradient, factor.into()),
    }
}
