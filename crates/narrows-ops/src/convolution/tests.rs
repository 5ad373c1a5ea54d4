use super::*;
use burn::tensor::{DType, Device};
use proptest::prelude::*;

use crate::tests::{differences, noise, same};

/// Returns a window over a map, laid out as in a plan.
fn window(large: [usize; 3], channels: usize, kernel: usize, stride: usize) -> Window {
    let maps = |[channels, height, width]: [usize; 3]| Maps {
        channels,
        height,
        width,
    };
    Window {
        large: maps(large),
        small: maps([
            channels,
            large[1].div_ceil(stride),
            large[2].div_ceil(stride),
        ]),
        kernel,
        stride,
        image: false,
    }
}

fn tensor(values: &[f64], shape: [usize; 2]) -> Tensor<2> {
    let device = Device::flex();
    Tensor::from_data(
        TensorData::new(values.to_vec(), shape),
        (&device, DType::F64),
    )
}

fn drawn(shape: [usize; 2], part: u64) -> Tensor<2> {
    tensor(&noise(shape[0] * shape[1], part), shape)
}

/// Uses the convolution's own weights in both directions.
fn through(window: Window, transposed: bool, x: Tensor<2>, weight: Tensor<2>) -> Tensor<2> {
    linear(window, transposed, x, weight, true)
}

fn linear(
    window: Window,
    transposed: bool,
    x: Tensor<2>,
    weight: Tensor<2>,
    tied: bool,
) -> Tensor<2> {
    let maps = if transposed {
        window.large
    } else {
        window.small
    };
    let bias = Tensor::zeros([1, maps.channels], (&x.device(), x.dtype()));
    let convolution = Convolution::new(window, transposed);
    convolution.apply(x, weight, bias, Activation::Identity, tied)
}

fn numbers(values: Tensor<2>) -> Vec<f64> {
    values.try_into_vec_as::<f64>().unwrap()
}

#[test]
fn a_kernel_of_two_over_an_image_of_three() {
    let x = tensor(&[1., 2., 3., 4., 5., 6., 7., 8., 9.], [1, 9]);
    let kernel = tensor(&[1., 10., 100., 1000.], [4, 1]);
    let found = through(window([1, 3, 3], 1, 2, 1), false, x.clone(), kernel.clone());
    // Below and to the right of the image are zeros.
    let expected = [5421., 6532., 603., 8754., 9865., 906., 87., 98., 9.];
    assert_eq!(numbers(found), expected);
    let found = through(window([1, 3, 3], 1, 2, 2), false, x, kernel);
    assert_eq!(numbers(found), [5421., 603., 87., 9.]);
}

#[test]
fn a_kernel_of_three_is_centred() {
    let x = tensor(&[1., 2., 3., 4., 5., 6., 7., 8., 9.], [1, 9]);
    let sum = tensor(&[1.; 9], [9, 1]);
    let found = through(window([1, 3, 3], 1, 3, 2), false, x, sum);
    assert_eq!(numbers(found), [12., 16., 24., 28.]);
}

#[test]
fn a_transposed_kernel_adds_itself_to_the_image() {
    let y = tensor(&[1., 2., 3., 4.], [1, 4]);
    let kernel = tensor(&[1., 10., 100., 1000.], [4, 1]);
    let found = through(window([1, 3, 3], 1, 2, 2), true, y, kernel);
    // Whatever lies outside the 3 x 3 pixels is cut off.
    let expected = [1., 10., 2., 100., 1000., 200., 3., 30., 4.];
    assert_eq!(numbers(found), expected);
}

#[test]
fn an_image_has_its_channels_beside_one_another() {
    // Two channels: 1, 2, 3, 4 and 10, 20, 30, 40.
    let x = tensor(&[1., 10., 2., 20., 3., 30., 4., 40.], [1, 8]);
    let mut window = window([2, 2, 2], 1, 1, 1);
    window.image = true;
    let kernel = tensor(&[1., 100.], [2, 1]);
    let y = through(window, false, x, kernel.clone());
    assert_eq!(numbers(y.clone()), [1001., 2002., 3003., 4004.]);
    let back = numbers(through(window, true, y, kernel));
    assert_eq!(back[..4], [1001., 100_100., 2002., 200_200.]);
}

#[test]
fn a_kernel_of_its_own_is_ordered_by_what_comes_in() {
    let window = window([2, 4, 5], 3, 3, 2);
    let y = drawn([2, window.small.values()], 1);
    let own = drawn([3 * 9, 2], 2);
    // [map in, tap, map out] is [map out, tap, map in] of the convolution.
    let tied = own.clone().reshape([3, 9, 2]).permute([2, 1, 0]);
    let expected = through(window, true, y.clone(), tied.reshape([2 * 9, 3]));
    let found = linear(window, true, y, own, false);
    assert_eq!(numbers(found), numbers(expected));
}

proptest! {
    /// `<A x, y> = <x, Aᵀ y>` for any sizes, which mirror each other.
    #[test]
    fn the_transpose_is_the_adjoint(
        large in [1usize..4, 1usize..9, 1usize..9],
        channels in 1usize..4,
        kernel in 1usize..6,
        stride in 1usize..4,
        image: bool,
    ) {
        let window = Window { image, ..window(large, channels, kernel, stride) };
        let rows = 2;
        let x = drawn([rows, window.large.values()], 1);
        let y = drawn([rows, window.small.values()], 2);
        let weight = drawn([window.large.channels * window.taps(), channels], 3);
        let ax = through(window, false, x.clone(), weight.clone());
        let aty = through(window, true, y.clone(), weight);
        prop_assert_eq!(ax.dims(), y.dims());
        prop_assert_eq!(aty.dims(), x.dims());
        let dot = |a, b: Tensor<2>| -> f64 { numbers(a * b).iter().sum() };
        let (one, other) = (dot(ax, y), dot(x, aty));
        prop_assert!((one - other).abs() < 1e-9 * (1.0 + one.abs()), "{one} {other}");
    }
}

#[test]
fn the_fused_layer_is_the_plain_one() {
    for (large, channels, kernel, stride, rows) in [
        ([1, 3, 3], 1, 2, 1, 2),
        ([2, 5, 4], 3, 3, 2, 3),
        ([3, 7, 6], 5, 4, 3, 19),
        ([1, 28, 28], 16, 3, 2, 40),
    ] {
        for activation in [Activation::Identity, Activation::Elu, Activation::Gelu] {
            for (transposed, tied, image) in [
                (false, false, true),
                (true, true, false),
                (true, false, true),
            ] {
                let window = Window {
                    image,
                    ..window(large, channels, kernel, stride)
                };
                let (ins, outs) = match transposed {
                    true => (window.small, window.large),
                    false => (window.large, window.small),
                };
                let taps = window.taps();
                let weight = match transposed && !tied {
                    true => [window.small.channels * taps, window.large.channels],
                    false => [window.large.channels * taps, window.small.channels],
                };
                let layer = Convolution::new(window, transposed);
                let operation = |t: &[Tensor<2>]| {
                    let [x, w, b] = [t[0].clone(), t[1].clone(), t[2].clone()];
                    layer.apply(x, w, b, activation, tied)
                };
                let name = format!("{window:?} {activation:?} {transposed} {tied}");
                let inputs = |rows, follows| {
                    let input = ([rows, ins.values()], follows);
                    [input, (weight, true), ([1, outs.channels], true)]
                };
                same(&name, &operation, &inputs(rows, true));
                same(&name, &operation, &inputs(rows, false));
                if rows < 5 {
                    differences(&name, &operation, &inputs(rows, true));
                }
            }
        }
    }
}
