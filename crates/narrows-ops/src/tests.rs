//! Compares every fused operation with its plain twin, f32 with f64, and the
//! twins' gradients with finite differences.

use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::*;

const ACTIVATIONS: [Activation; 9] = [
    Activation::Identity,
    Activation::Sigmoid,
    Activation::Tanh,
    Activation::Relu,
    Activation::LeakyRelu,
    Activation::Elu,
    Activation::Selu,
    Activation::Gelu,
    Activation::Softplus,
];

const DISTANCES: [Distance; 5] = [
    Distance::CrossEntropy,
    Distance::Squared,
    Distance::Gaussian { deviation: 0.7 },
    Distance::Absolute,
    Distance::Huber { delta: 0.4 },
];

/// Returns values in (-1, 1) that look like noise and are the same in any
/// precision.
pub(crate) fn noise(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed << 32;
    // SplitMix64 (Steele et al. 2014).
    let mut draw = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        f64::from(((z ^ (z >> 31)) >> 40) as u32) / f64::from(1 << 23) - 1.0
    };
    (0..count).map(|_| f64::from(draw() as f32)).collect()
}

/// An operation from some matrices to one.
pub(crate) type Operation<'a> = dyn Fn(&[Tensor<2>]) -> Tensor<2> + 'a;

/// Inputs of an operation: their shapes, and which of them gather gradients.
pub(crate) type Inputs = [([usize; 2], bool)];

/// Returns the output and the gradients of its product with a fixed matrix, in
/// f64 or f32.
fn results(operation: &Operation, inputs: &Inputs, precision: DType) -> Vec<Vec<f64>> {
    let values = inputs.iter().enumerate();
    let values = values.map(|(at, (shape, _))| noise(shape[0] * shape[1], at as u64 + 1));
    results_at(operation, inputs, values.collect(), precision)
}

fn results_at(
    operation: &Operation,
    inputs: &Inputs,
    values: Vec<Vec<f64>>,
    precision: DType,
) -> Vec<Vec<f64>> {
    let device = Device::flex().autodiff();
    let tensor = |values: Vec<f64>, shape: [usize; 2]| {
        Tensor::<2>::from_data(TensorData::new(values, shape), (&device, precision))
    };
    let tensors = values
        .into_iter()
        .zip(inputs)
        .map(|(values, (shape, follows))| {
            let tensor = tensor(values, *shape);
            if *follows {
                tensor.require_grad()
            } else {
                tensor
            }
        });
    let tensors: Vec<Tensor<2>> = tensors.collect();
    let output = operation(&tensors);
    let [rows, columns] = output.dims();
    let by = tensor(noise(rows * columns, 99), [rows, columns]);
    let read = |tensor: Tensor<2>| tensor.try_into_vec_as::<f64>().unwrap();
    let mut found = vec![read(output.clone().without_autodiff())];
    let mut gradients = (output * by).sum().backward();
    for (tensor, (_, follows)) in tensors.iter().zip(inputs) {
        if *follows {
            found.push(read(
                tensor.grad_remove(&mut gradients).expect("a gradient"),
            ));
        }
    }
    found
}

/// Checks that the fused operation in f32 gives what its twin gives in f64.
pub(crate) fn same(name: &str, operation: &Operation, inputs: &Inputs) {
    let exact = results(operation, inputs, DType::F64);
    let fused = results(operation, inputs, DType::F32);
    for (at, (exact, fused)) in exact.iter().zip(&fused).enumerate() {
        assert_eq!(exact.len(), fused.len(), "{name}, result {at}");
        let scale = exact.iter().fold(1.0f64, |most, v| most.max(v.abs()));
        for (place, (e, f)) in exact.iter().zip(fused).enumerate() {
            let off = (e - f).abs() / scale;
            // Sums of several hundred products in f32.
            assert!(off < 1e-5, "{name}, result {at}, place {place}: {e} {f}");
        }
    }
}

/// Checks that the twin's gradients in f64 are finite differences.
pub(crate) fn differences(name: &str, operation: &Operation, inputs: &Inputs) {
    const STEP: f64 = 1e-6;
    let start = |at: usize| noise(inputs[at].0[0] * inputs[at].0[1], at as u64 + 1);
    let value = |changed: usize, place: usize, by: f64| {
        let mut all: Vec<Vec<f64>> = (0..inputs.len()).map(start).collect();
        all[changed][place] += by;
        let output = results_at(operation, inputs, all, DType::F64).swap_remove(0);
        let by = noise(output.len(), 99);
        output.iter().zip(by).map(|(o, b)| o * b).sum::<f64>()
    };
    let found = results(operation, inputs, DType::F64);
    let follow = (0..inputs.len()).filter(|&at| inputs[at].1);
    for (gradient, at) in found[1..].iter().zip(follow) {
        for (place, gradient) in gradient.iter().enumerate() {
            let difference = (value(at, place, STEP) - value(at, place, -STEP)) / (2.0 * STEP);
            let off = (difference - gradient).abs();
            assert!(off < 1e-6, "{name}, input {at}: {difference} {gradient}");
        }
    }
}

#[test]
fn dense_layers() {
    for activation in ACTIVATIONS {
        for transposed in [false, true] {
            for follows in [false, true] {
                let operation = |t: &[Tensor<2>]| {
                    let [x, w, b] = [t[0].clone(), t[1].clone(), t[2].clone()];
                    dense(x, w, b, activation, transposed)
                };
                let name = format!("{activation:?} {transposed} {follows}");
                let shapes = |rows, inputs, outputs| {
                    let weight = if transposed {
                        [outputs, inputs]
                    } else {
                        [inputs, outputs]
                    };
                    [
                        ([rows, inputs], follows),
                        (weight, true),
                        ([1, outputs], true),
                    ]
                };
                differences(&name, &operation, &shapes(3, 4, 5));
                for (rows, inputs, outputs) in [(1, 1, 1), (7, 5, 33), (150, 70, 260), (300, 90, 8)]
                {
                    same(&name, &operation, &shapes(rows, inputs, outputs));
                }
            }
        }
    }
}

#[test]
fn a_dense_layer_of_strided_inputs() {
    let operation = |t: &[Tensor<2>]| {
        let x = t[0].clone().narrow(1, 1, 3);
        dense(x, t[1].clone(), t[2].clone(), Activation::Elu, false)
    };
    same(
        "strided",
        &operation,
        &[([6, 5], true), ([3, 4], true), ([1, 4], true)],
    );
}

#[test]
fn reconstruction_errors() {
    for distance in DISTANCES {
        for activation in [Activation::Identity, Activation::Sigmoid, Activation::Gelu] {
            let operation = |t: &[Tensor<2>]| {
                let targets = t[1].clone() * 0.5 + 0.5;
                reconstruction(distance, activation, t[0].clone(), targets).reshape([1, 1])
            };
            let name = format!("{distance:?} {activation:?}");
            differences(&name, &operation, &[([3, 4], true), ([3, 4], false)]);
            for shape in [[1, 1], [5, 17], [150, 300]] {
                same(&name, &operation, &[(shape, true), (shape, false)]);
            }
            // Something else shares the sums, and the error is weighted.
            let shared = |t: &[Tensor<2>]| {
                let sums = t[0].clone() * 2.0;
                let value = reconstruction(distance, activation, sums.clone(), t[1].clone());
                value.reshape([1, 1]) * 3.0 + sums.sum_dim(1).sum_dim(0) * 0.1
            };
            same(&name, &shared, &[([5, 17], true), ([5, 17], false)]);
        }
    }
}

#[test]
fn errors_of_rows() {
    for distance in DISTANCES {
        for activation in [Activation::Identity, Activation::Sigmoid] {
            let operation = |t: &[Tensor<2>]| {
                let targets = t[1].clone() * 0.5 + 0.5;
                row_errors(distance, activation, t[0].clone(), targets)
            };
            let name = format!("{distance:?} {activation:?}");
            differences(&name, &operation, &[([3, 4], true), ([3, 4], false)]);
            for shape in [[1, 1], [5, 17], [150, 300]] {
                same(&name, &operation, &[(shape, true), (shape, false)]);
            }
            // Something else shares the sums.
            let shared = |t: &[Tensor<2>]| {
                let sums = t[0].clone() * 2.0;
                row_errors(distance, activation, sums.clone(), t[1].clone()) + sums.sum_dim(1)
            };
            same(&name, &shared, &[([5, 17], true), ([5, 17], false)]);
        }
    }
}

/// Returns targets as the parts need them: of categories one feature is 1, and
/// of every fifth row none is.
fn targets_of(parts: &[Part], noise: &Tensor<2>) -> Tensor<2> {
    let [rows, features] = noise.dims();
    let mut values = noise.clone().try_into_vec_as::<f64>().unwrap();
    for (row, values) in values.chunks_exact_mut(features).enumerate() {
        let mut from = 0;
        for part in parts {
            let own = &mut values[from..from + part.features];
            from += part.features;
            match part.likelihood {
                Likelihood::Bernoulli => own.iter_mut().for_each(|x| *x = (*x > 0.0).into()),
                Likelihood::Categorical => {
                    own.fill(0.0);
                    if row % 5 != 4 {
                        own[row % part.features] = 1.0;
                    }
                }
                _ => {}
            }
        }
    }
    let like = (&noise.device(), noise.dtype());
    Tensor::from_data(TensorData::new(values, [rows, features]), like)
}

#[test]
fn likelihoods_of_columns() {
    let part = |likelihood, features| Part {
        likelihood,
        features,
    };
    let counts = |offset, dispersion| Likelihood::Count {
        offset,
        factor: 0.8,
        dispersion,
    };
    let parts = [
        part(Likelihood::Normal, 3),
        part(Likelihood::Categorical, 4),
        part(Likelihood::Bernoulli, 2),
        part(counts(1.0, 0.7), 1),
        part(Likelihood::Categorical, 33),
        part(Likelihood::Normal, 40),
        part(counts(0.9, 2e3), 2),
        part(Likelihood::Bernoulli, 20),
    ];
    let features: usize = parts.iter().map(|part| part.features).sum();
    let few = &parts[..4];
    for by_row in [false, true] {
        let operation = |parts: &[Part], t: &[Tensor<2>]| {
            let targets = targets_of(parts, &t[1]);
            let factors = t[2].clone() * 0.5 + 0.6;
            negative_log_likelihood(parts, t[0].clone() * 2.0, targets, factors)
        };
        let inputs = |rows, features| {
            let factors = if by_row { rows } else { 1 };
            [
                ([rows, features], true),
                ([rows, features], false),
                ([factors, features], false),
            ]
        };
        let of_few = |t: &[Tensor<2>]| operation(few, t);
        differences("likelihoods", &of_few, &inputs(6, 10));
        let of_all = |t: &[Tensor<2>]| operation(&parts, t);
        for rows in [1, 7, 300] {
            same("likelihoods", &of_all, &inputs(rows, features));
        }
        // Something else shares the sums.
        let shared = |t: &[Tensor<2>]| {
            let sums = t[0].clone() * 2.0;
            let targets = targets_of(&parts, &t[1]);
            let of_rows = negative_log_likelihood(&parts, sums.clone(), targets, t[2].clone());
            of_rows + sums.sum_dim(1)
        };
        same("likelihoods", &shared, &inputs(9, features));
    }
}

#[test]
fn what_sums_stand_for_is_the_same_by_rows_and_by_tensors() {
    let part = |likelihood, features| Part {
        likelihood,
        features,
    };
    let counts = Likelihood::Count {
        offset: 1.0,
        factor: 0.8,
        dispersion: 2.0,
    };
    let parts = [
        part(Likelihood::Categorical, 5),
        part(counts, 1),
        part(Likelihood::Bernoulli, 1),
        part(Likelihood::Normal, 2),
    ];
    let sums: Vec<f32> = noise(9 * 4, 3).iter().map(|&z| 4.0 * z as f32).collect();
    let tensor = Tensor::<2>::from_data(TensorData::new(sums.clone(), [4, 9]), &Device::flex());
    let expected = means(&parts, tensor).try_into_vec_as::<f32>().unwrap();
    let mut found = sums;
    means_of_rows(&parts, &mut found);
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    }
}

#[test]
fn sparsity_penalties() {
    for penalty in [
        Sparsity::Divergence { target: 0.1 },
        Sparsity::Squared { target: 0.3 },
    ] {
        let operation = |t: &[Tensor<2>]| {
            let code = t[0].clone() * 0.4 + 0.5;
            sparsity(penalty, code).reshape([1, 1])
        };
        let name = format!("{penalty:?}");
        differences(&name, &operation, &[([3, 4], true)]);
        for shape in [[1, 1], [20, 33], [300, 700]] {
            same(&name, &operation, &[(shape, true)]);
        }
    }
}

#[test]
fn kept_values() {
    // No value of this noise is within a difference's step of the threshold.
    let large = |x: &[f32]| x.iter().map(|x| f32::from(u8::from(*x > 0.1))).collect();
    let operation = |t: &[Tensor<2>]| kept(t[0].clone() * 0.9, large);
    differences("kept", &operation, &[([3, 4], true)]);
    for shape in [[1, 1], [20, 33], [300, 700]] {
        same("kept", &operation, &[(shape, true)]);
    }
}

#[test]
fn noise_draws_and_divergences() {
    let epsilon = |count| {
        noise(count, 7)
            .iter()
            .map(|&v| v as f32)
            .collect::<Vec<f32>>()
    };
    for shape in [[3, 4], [1, 2], [40, 34]] {
        let values = shape[0] * shape[1];
        let add = |t: &[Tensor<2>]| noisy(t[0].clone(), epsilon(values), 0.7);
        same("noisy", &add, &[(shape, true)]);
        for spread in [Spread::LogVariance, Spread::Sigma] {
            let drawn = |t: &[Tensor<2>]| draw(spread, t[0].clone(), epsilon(values / 2));
            // Away from a spread of 0, where the logarithm is steep.
            let cost = |t: &[Tensor<2>]| divergence(spread, t[0].clone() * 0.4 + 0.8);
            for (name, operation) in [("draw", &drawn as &Operation), ("divergence", &cost)] {
                let name = format!("{name} {spread:?} {shape:?}");
                same(&name, operation, &[(shape, true)]);
                if shape[0] < 5 {
                    differences(&name, operation, &[(shape, true)]);
                }
            }
        }
    }
}

const METHODS: [Method; 6] = [
    Method::Sgd {
        rate: 0.1,
        momentum: 0.0,
        nesterov: false,
    },
    Method::Sgd {
        rate: 0.1,
        momentum: 0.9,
        nesterov: false,
    },
    Method::Sgd {
        rate: 0.1,
        momentum: 0.9,
        nesterov: true,
    },
    Method::Rmsprop {
        rate: 0.01,
        decay: 0.9,
        momentum: 0.0,
        epsilon: 1e-8,
    },
    Method::Rmsprop {
        rate: 0.01,
        decay: 0.9,
        momentum: 0.5,
        epsilon: 1e-8,
    },
    Method::Adam {
        of_mean: 0.01,
        of_gradient: 0.002,
        beta1: 0.9,
        beta2: 0.99,
        correction: 0.3,
        epsilon: 1e-8,
        shrink: 0.999,
    },
];

#[test]
fn steps_of_every_method_and_penalty() {
    let run = |method: &Method, penalty: Penalty, shape: [usize; 2], precision: DType| {
        let device = Device::flex();
        let tensor = |seed| {
            let values = noise(shape[0] * shape[1], seed);
            Tensor::<2>::from_data(TensorData::new(values, shape), (&device, precision))
        };
        let (mut value, mut moments) = (tensor(1), Moments::default());
        let mut sums = Vec::new();
        for step in 0..3 {
            let moved = update(method, penalty, value, tensor(step + 2), moments);
            (value, moments) = (moved.0, moved.1);
            sums.push([moved.2.absolute, moved.2.squares]);
        }
        let kept = [moments.first.is_some(), moments.second.is_some()];
        (value.try_into_vec_as::<f64>().unwrap(), sums, kept)
    };
    for method in METHODS {
        for (l1, l2) in [(0.0, 0.0), (0.3, 0.0), (0.0, 0.2), (0.3, 0.2)] {
            for shape in [[1, 1], [3, 7], [200, 300]] {
                let penalty = Penalty { l1, l2 };
                let exact = run(&method, penalty, shape, DType::F64);
                let fused = run(&method, penalty, shape, DType::F32);
                let name = format!("{method:?} {penalty:?} {shape:?}");
                assert_eq!(exact.2, fused.2, "{name}");
                for (e, f) in exact.0.iter().zip(&fused.0) {
                    // RMSProp divides a small gradient by its own size.
                    assert!((e - f).abs() < 1e-5, "{name}: {e} {f}");
                }
                for (e, f) in exact.1.iter().flatten().zip(fused.1.iter().flatten()) {
                    assert!((e - f).abs() <= 1e-5 * e.abs(), "{name}: {e} {f}");
                }
            }
        }
    }
}

/// Inputs without gradients take the same way as inputs with gradients.
#[test]
fn without_gradients_the_values_are_the_same() {
    let device = Device::flex();
    let tensor = |shape: [usize; 2], seed| {
        let values = noise(shape[0] * shape[1], seed);
        Tensor::<2>::from_data(TensorData::new(values, shape), (&device, DType::F32))
    };
    let (x, w, b) = (tensor([5, 6], 1), tensor([6, 7], 2), tensor([1, 7], 3));
    let bits = |t: Tensor<2>| t.without_autodiff().try_into_vec_as::<f32>().unwrap();
    let run = |track: fn(Tensor<2>) -> Tensor<2>| {
        let [x, w, b] = [&x, &w, &b].map(|t| track(t.clone()));
        let sums = dense(x, w, b, Activation::Tanh, false);
        let targets = sums.ones_like();
        let error = reconstruction(Distance::Squared, Activation::Tanh, sums.clone(), targets);
        let sparse = sparsity(Sparsity::Squared { target: 0.2 }, sums.clone());
        [sums, error.reshape([1, 1]), sparse.reshape([1, 1])].map(bits)
    };
    assert_eq!(run(|t| t), run(|t| t.autodiff().require_grad()));
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| {
            let operation = |t: &[Tensor<2>]| {
                let [x, w, b] = [t[0].clone(), t[1].clone(), t[2].clone()];
                let sums = dense(x, w, b, Activation::Elu, false);
                let code = sums.clone() * 0.1 + 0.5;
                let sparse = sparsity(Sparsity::Divergence { target: 0.1 }, code);
                let targets = sums.clone().detach() * 0.5;
                let error = reconstruction(Distance::Squared, Activation::Identity, sums, targets);
                (error + sparse).reshape([1, 1])
            };
            let inputs = [([300, 400], true), ([400, 500], true), ([1, 500], true)];
            results(&operation, &inputs, DType::F32)
        })
    };
    let one = run(1);
    for threads in [2, 3, 4, 7] {
        assert!(run(threads) == one, "{threads} threads");
    }
}
