//! The fused operations, each beside its plain twin where it has one.

use burn::tensor::{DType, Device, Tensor, TensorData};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use narrows_ops::elementwise::{Function, With, each_value};
use narrows_ops::random::{Keep, Normal, Uniform, fill};
use narrows_ops::{
    Activation, Convolution, Distance, Maps, Method, Moments, Penalty, Sparsity, Window, dense,
    kept, reconstruction, row_errors, sparsity, update,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rows, inputs and outputs of layers in the carried configs.
const SHAPES: [[usize; 3]; 4] = [
    [150, 784, 300],
    [150, 300, 150],
    [256, 784, 1000],
    [32, 30, 64],
];

fn matrix(rows: usize, columns: usize, device: &Device) -> Tensor<2> {
    let values: Vec<f32> = (0..rows * columns)
        .map(|at| ((at * 37 % 101) as f32 - 50.0) / 100.0)
        .collect();
    Tensor::from_data(
        TensorData::new(values, [rows, columns]),
        (device, DType::F32),
    )
}

fn layers(c: &mut Criterion) {
    let device = Device::flex().autodiff();
    let mut group = c.benchmark_group("dense, forward and backward");
    for [rows, inputs, outputs] in SHAPES {
        let x = matrix(rows, inputs, &device);
        let w = matrix(inputs, outputs, &device).require_grad();
        let b = matrix(1, outputs, &device).require_grad();
        group.throughput(Throughput::Elements((4 * rows * inputs * outputs) as u64));
        let name = format!("{rows}x{inputs}x{outputs}");
        for (way, activation) in [
            ("fused", Activation::Elu),
            ("fused, GELU", Activation::Gelu),
        ] {
            group.bench_function(BenchmarkId::new(way, &name), |bench| {
                bench.iter(|| {
                    let y = dense(x.clone(), w.clone(), b.clone(), activation, false);
                    y.sum().backward()
                });
            });
        }
        group.bench_function(BenchmarkId::new("plain", &name), |bench| {
            bench.iter(|| {
                let sums = x.clone().matmul(w.clone()) + b.clone();
                Activation::Elu.apply(sums).sum().backward()
            });
        });
    }
}

fn losses(c: &mut Criterion) {
    let device = Device::flex().autodiff();
    let mut group = c.benchmark_group("reconstruction of 150 x 784");
    for (name, distance, activation) in [
        ("mse", Distance::Squared, Activation::Identity),
        ("bce", Distance::CrossEntropy, Activation::Sigmoid),
    ] {
        let sums = matrix(150, 784, &device).require_grad();
        let target = matrix(150, 784, &device);
        group.bench_function(name, |bench| {
            bench.iter(|| {
                let of = (sums.clone(), target.clone());
                reconstruction(distance, activation, of.0, of.1).backward()
            });
        });
        group.bench_function(format!("{name} of each row"), |bench| {
            bench.iter(|| {
                let of = (sums.clone(), target.clone());
                row_errors(distance, activation, of.0, of.1)
                    .sum()
                    .backward()
            });
        });
    }
}

fn steps(c: &mut Criterion) {
    let device = Device::flex();
    let mut group = c.benchmark_group("adam");
    let adam = Method::Adam {
        of_mean: 1e-3,
        of_gradient: 0.0,
        beta1: 0.9,
        beta2: 0.999,
        correction: 1.0,
        epsilon: 1e-8,
        shrink: 1.0,
    };
    for [rows, columns] in [[784, 300], [784, 1000]] {
        let gradient = matrix(rows, columns, &device);
        let mut state = Some((matrix(rows, columns, &device), Moments::default()));
        group.throughput(Throughput::Elements((rows * columns) as u64));
        group.bench_function(format!("{rows}x{columns}"), |bench| {
            bench.iter(|| {
                let (value, moments) = state.take().unwrap();
                let penalty = Penalty { l1: 0.0, l2: 1e-4 };
                let moved = update(&adam, penalty, value, gradient.clone(), moments);
                state = Some((moved.0, moved.1));
            });
        });
    }
}

fn masks(c: &mut Criterion) {
    let x = matrix(1000, 1000, &Device::flex().autodiff()).require_grad();
    let positive = |x: &[f32]| x.iter().map(|&x| f32::from(u8::from(x > 0.0))).collect();
    c.bench_function("positive of 1000 x 1000 kept, and back", |b| {
        b.iter(|| kept(x.clone(), positive).sum().backward());
    });
}

fn penalties(c: &mut Criterion) {
    let device = Device::flex().autodiff();
    let code = matrix(150, 1000, &device).require_grad();
    c.bench_function("sparsity of 150 x 1000, and back", |b| {
        b.iter(|| sparsity(Sparsity::Squared { target: 0.1 }, code.clone()).backward());
    });
}

struct Each<'a>(&'a mut [f32]);

impl With for Each<'_> {
    type Output = ();

    fn with<F: Function>(self, function: F) {
        each_value(self.0, function);
    }
}

fn functions(c: &mut Criterion) {
    let mut group = c.benchmark_group("functions of 4096 values");
    let values: Vec<f32> = (0..4096).map(|at| at as f32 / 256.0 - 8.0).collect();
    let mut out = vec![0.0; values.len()];
    group.throughput(Throughput::Elements(values.len() as u64));
    type Function = fn(f32) -> f32;
    let std: [(&str, Function); 2] = [("std exp", f32::exp), ("std tanh", f32::tanh)];
    for (name, function) in std {
        group.bench_function(name, |b| {
            b.iter(|| {
                let all = out.iter_mut().zip(&values);
                all.for_each(|(to, &value)| *to = function(value));
            });
        });
    }
    for activation in [Activation::Elu, Activation::Tanh, Activation::Sigmoid] {
        group.bench_function(format!("{activation:?}"), |b| {
            b.iter(|| {
                out.copy_from_slice(&values);
                activation.with(Each(&mut out));
            });
        });
    }
}

fn draws(c: &mut Criterion) {
    let mut group = c.benchmark_group("draws of 150 x 784");
    let rows: Vec<usize> = (0..150).collect();
    let mut out = vec![0.0; 150 * 784];
    group.throughput(Throughput::Elements(out.len() as u64));
    let key = [7; 32];
    group.bench_function("normal", |b| {
        b.iter(|| fill(&key, &rows, 784, &Normal, &mut out));
    });
    group.bench_function("uniform", |b| {
        b.iter(|| fill(&key, &rows, 784, &Uniform, &mut out));
    });
    group.bench_function("dropout mask", |b| {
        b.iter(|| fill(&key, &rows, 784, &Keep::scaled(0.3), &mut out));
    });
}

fn convolutions(c: &mut Criterion) {
    let maps = |channels, side| Maps {
        channels,
        height: side,
        width: side,
    };
    let device = Device::flex().autodiff();
    let mut group = c.benchmark_group("convolution of 150 images, stride 2");
    for (large, small) in [(maps(1, 28), maps(16, 14)), (maps(16, 14), maps(32, 7))] {
        let window = Window {
            large,
            small,
            kernel: 3,
            stride: 2,
            image: false,
        };
        for transposed in [false, true] {
            let convolution = Convolution::new(window, transposed);
            let (ins, outs) = if transposed {
                (small, large)
            } else {
                (large, small)
            };
            let x = matrix(150, ins.values(), &device).require_grad();
            let weight = matrix(ins.channels * window.taps(), outs.channels, &device);
            let bias = matrix(1, outs.channels, &device);
            let layer = [x, weight.require_grad(), bias.require_grad()];
            let apply = |[x, weight, bias]: [Tensor<2>; 3]| {
                convolution.apply(x, weight, bias, Activation::Relu, false)
            };
            let name = format!("{} to {} maps", ins.channels, outs.channels);
            group.bench_function(format!("{name}, forward"), |b| {
                let layer = layer.clone().map(|tensor| tensor.without_autodiff());
                b.iter(|| apply(layer.clone()));
            });
            group.bench_function(format!("{name}, forward and backward"), |b| {
                b.iter(|| apply(layer.clone()).sum().backward());
            });
        }
    }
}

criterion_group!(
    all,
    layers,
    losses,
    steps,
    masks,
    penalties,
    functions,
    draws,
    convolutions
);
criterion_main!(all);
