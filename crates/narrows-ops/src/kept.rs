//! Keeps some values of a batch and sets the others to 0.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::{Tensor, TensorData};

use crate::backend::{
    Execution, contiguous, dims, execution, filled, flex, recorded, slice, tracked,
};

/// Returns `x ⊙ m`, where the mask `m` follows from the values of `x`: `choose`
/// gets the values row-major and returns 1 (kept) or 0 for each. Gradients flow
/// through kept values alone. `x` is `[rows, units]`.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use narrows_ops::kept;
/// let x = Tensor::<2>::from_data([[1.0, -2.0, 3.0]], &Device::flex());
/// let positive = |x: &[f32]| x.iter().map(|&x| f32::from(u8::from(x > 0.0))).collect();
/// let found = kept(x, positive);
/// assert_eq!(found.into_data().to_vec::<f32>().unwrap(), [1.0, 0.0, 3.0]);
/// ```
pub fn kept(x: Tensor<2>, choose: impl FnOnce(&[f32]) -> Vec<f32>) -> Tensor<2> {
    match execution(&x) {
        Execution::Plain => plain(x, choose),
        Execution::Fused => {
            let x = flex(x);
            let mask = mask(&x, choose);
            Tensor::from_primitive::<Flex>(Flex::float_mul(x, mask))
        }
        Execution::Tracked => {
            let (x, node) = tracked(x).into_parts();
            let x = contiguous(x);
            let mask = mask(&x, choose);
            let output = Flex::float_mul(x, mask.clone());
            recorded([node], output, mask, |mask, upstream, _| {
                [Some(Flex::float_mul(upstream, mask))]
            })
        }
    }
}

fn mask(x: &FlexTensor, choose: impl FnOnce(&[f32]) -> Vec<f32>) -> FlexTensor {
    filled(choose(slice(x)), dims(x))
}

/// Does what [`kept`] does by ordinary operations: the values are copied to the
/// host, and the mask back.
pub(crate) fn plain(x: Tensor<2>, choose: impl FnOnce(&[f32]) -> Vec<f32>) -> Tensor<2> {
    let values = x.clone().without_autodiff().try_into_vec_as::<f32>();
    let mask = choose(&values.expect("float values can be read"));
    let like = (&x.device(), x.dtype());
    let mask = TensorData::new(mask, x.dims()).convert_dtype(x.dtype());
    x * Tensor::from_data(mask, like)
}
