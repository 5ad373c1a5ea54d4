//! How the encoder's outputs respond to small changes of its input.

use burn::tensor::Tensor;

use super::layer::Layer;
use super::{Network, Pass};

impl Network {
    /// Returns `∂h/∂x v` for each row: how the encoder's outputs `h` change
    /// along the direction `v`. Both arguments are `[rows, features]`, the
    /// result is `[rows, outputs]`. What the encoder is told of features does
    /// not change.
    pub(crate) fn tangent(&self, input: Tensor<2>, direction: Tensor<2>) -> Tensor<2> {
        let through = |(x, v): (Tensor<2>, Tensor<2>), layer: &Layer| {
            let v = layer.product(&self.parameters, v);
            let sums = layer.sums(&self.parameters, x, &mut Pass::Evaluate);
            let v = v * layer.activation.derivative(sums.clone());
            (layer.activation.apply(sums), v)
        };
        let input = self.entered(input);
        let [rows, features] = direction.dims();
        let told = input.dims()[1] - features;
        let direction = match told {
            0 => direction,
            told => {
                let like = (&direction.device(), direction.dtype());
                Tensor::cat(vec![direction, Tensor::zeros([rows, told], like)], 1)
            }
        };
        self.encoder.iter().fold((input, direction), through).1
    }

    /// Returns `‖∂h/∂x‖²` of each row, `[rows, 1]`, in closed form; `None` for
    /// encoders of more than one layer and for convolutions.
    pub(crate) fn squared_jacobian(&self, input: Tensor<2>) -> Option<Tensor<2>> {
        let [layer] = &self.encoder[..] else {
            return None;
        };
        if !layer.is_dense() {
            return None;
        }
        let features = self.shapes[0].values();
        let weights = self.parameters[layer.weight].value.clone();
        let norms = match layer.tied {
            true => weights.square(),
            false => weights.narrow(0, 0, features).square(),
        };
        let input = self.entered(input);
        let slopes =
            layer
                .activation
                .derivative(layer.sums(&self.parameters, input, &mut Pass::Evaluate));
        Some(slopes.square().matmul(norms.sum_dim(0).transpose()))
    }
}
