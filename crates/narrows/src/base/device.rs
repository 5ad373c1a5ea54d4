//! Moves tensors to and from the device that they live on.

use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::base::error::{Error, Result};

/// Returns the device with this name: `cpu`, or, in a build with the feature
/// `gpu`, also `gpu`, the graphics card that wgpu prefers. On a machine without
/// a graphics card that is a software driver, slower than `cpu`.
///
/// # Errors
/// [`Error::Usage`] for a device that this build or this machine does not have.
pub fn device(name: &str) -> Result<Device> {
    match name {
        "cpu" => Ok(Device::flex()),
        "gpu" => gpu(),
        other => Err(Error::usage(
            format!("device '{other}'"),
            "`cpu` or `gpu`",
            "leave the device out for `cpu`",
        )),
    }
}

#[cfg(feature = "gpu")]
fn gpu() -> Result<Device> {
    use std::sync::OnceLock;

    // The card can be opened only once in a process.
    static GPU: OnceLock<std::result::Result<Device, String>> = OnceLock::new();
    let opened = GPU.get_or_init(|| {
        let opened = Device::wgpu_options().init();
        opened.map_err(|error| error.to_string())
    });
    opened.clone().map_err(|error| {
        Error::usage(
            format!("device 'gpu': {error}"),
            "a graphics card with a driver of Vulkan, Metal or DirectX",
            "install its driver, or leave the device out for `cpu`",
        )
    })
}

#[cfg(not(feature = "gpu"))]
fn gpu() -> Result<Device> {
    Err(Error::usage(
        "device 'gpu'",
        "`cpu`, the only device of this build",
        "leave the device out, or build with `--features gpu`",
    ))
}

/// A float type and the tensor precision that matches it. Training runs in f32;
/// f64 is for checking gradients.
pub(crate) trait Number: burn::tensor::Element {
    const DTYPE: DType;
}

impl Number for f32 {
    const DTYPE: DType = DType::F32;
}

impl Number for f64 {
    const DTYPE: DType = DType::F64;
}

/// Creates a matrix from row-major values, without a copy.
pub(crate) fn matrix<T: Number>(values: Vec<T>, shape: [usize; 2], device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values, shape), (device, T::DTYPE))
}

/// Returns a matrix's values, row-major, in f32.
pub(crate) fn values(tensor: Tensor<2>) -> Vec<f32> {
    tensor
        .without_autodiff()
        .try_into_vec_as::<f32>()
        .expect("a float tensor can be read")
}

/// Returns the value of a one-element tensor as f64.
pub(crate) fn scalar(tensor: Tensor<1>) -> f64 {
    tensor.into_scalar::<f64>()
}
