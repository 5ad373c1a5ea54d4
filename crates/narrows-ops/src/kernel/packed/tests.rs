use pulp::Arch;

use super::*;

/// Numbers in -0.5..0.5, from a fixed sequence.
struct Numbers(u32);

impl Numbers {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 24) as f32 - 0.5
    }

    fn many(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.next()).collect()
    }

    fn below(&mut self, most: usize) -> usize {
        self.next();
        self.0 as usize / 1024 % most
    }
}

/// Returns every instruction set that there are kernels for and that this
/// machine has.
fn archs() -> Vec<Arch> {
    let mut archs = vec![Arch::new(), Arch::Scalar];
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    archs.extend(pulp::x86::V3::try_new().map(Arch::V3));
    archs
}

fn threads<T: Send>(count: usize, run: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build();
    pool.expect("a pool").install(run)
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn layer(arch: Arch, inputs: usize, outputs: usize, numbers: &mut Numbers) -> PackedLayer {
    let weight = numbers.many(inputs * outputs);
    let bias = numbers.many(outputs);
    PackedLayer::for_arch(
        arch,
        &weight,
        Order::InputsByOutputs,
        inputs,
        outputs,
        &bias,
    )
}

fn network(arch: Arch, sizes: &[usize]) -> PackedNetwork {
    let mut numbers = Numbers(7);
    let pairs = sizes.windows(2);
    PackedNetwork::new(
        pairs
            .map(|pair| layer(arch, pair[0], pair[1], &mut numbers))
            .collect(),
    )
}

fn bent(x: f32) -> f32 {
    if x > 0.0 { x } else { 0.1 * x }
}

fn encode(network: &PackedNetwork, rows: &[f32]) -> Vec<f32> {
    let inputs = network.layers()[0].inputs();
    let outputs = network.layers().last().expect("a layer").outputs();
    let mut out = vec![9.0; rows.len() / inputs * outputs];
    network.apply(rows, &mut out, |at, sums| match at {
        0 => sums.map(bent),
        _ => sums.map(|x| x),
    });
    out
}

#[test]
fn sums_are_those_of_an_obvious_product() {
    let mut numbers = Numbers(1);
    let mut shapes = vec![(1, 1, 1), (5, 17, 1), (3, 1, 17), (0, 4, 4), (33, 64, 48)];
    shapes.extend([
        (14, 9, 8),
        (15, 9, 9),
        (29, 784, 30),
        (3, 1024, 24),
        (20, 1024, 2),
    ]);
    shapes.extend((0..30).map(|_| {
        (
            numbers.below(40),
            1 + numbers.below(90),
            1 + numbers.below(90),
        )
    }));
    for (count, inputs, outputs) in shapes {
        let weight = numbers.many(inputs * outputs);
        let bias = numbers.many(outputs);
        let rows = numbers.many(count * inputs);
        let mirrored: Vec<f32> = (0..inputs * outputs)
            .map(|at| weight[at % inputs * outputs + at / inputs])
            .collect();
        for arch in archs() {
            let new =
                |weight, order| PackedLayer::for_arch(arch, weight, order, inputs, outputs, &bias);
            let mut out = vec![9.0; count * outputs];
            new(&weight, Order::InputsByOutputs).apply(&rows, &mut out, bent);
            let mut same = vec![9.0; count * outputs];
            new(&mirrored, Order::OutputsByInputs).apply(&rows, &mut same, bent);
            assert_eq!(bits(&out), bits(&same));
            for (row, out) in rows.chunks(inputs).zip(out.chunks(outputs)) {
                for (at, &value) in out.iter().enumerate() {
                    let terms = || {
                        row.iter()
                            .enumerate()
                            .map(|(k, &x)| f64::from(x) * f64::from(weight[k * outputs + at]))
                    };
                    let sum = f64::from(bias[at]) + terms().sum::<f64>();
                    let sizes = f64::from(bias[at].abs()) + terms().map(f64::abs).sum::<f64>();
                    let expected = if sum > 0.0 { sum } else { 0.1 * sum };
                    let bound = (inputs + 2) as f64 * f64::from(f32::EPSILON) * sizes;
                    let error = (f64::from(value) - expected).abs();
                    assert!(
                        error <= bound,
                        "{count}x{inputs}x{outputs}: {error} > {bound}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_sum_is_one_chain_from_the_bias_on() {
    let mut numbers = Numbers(2);
    let (inputs, outputs) = (37, 21);
    let weight = numbers.many(inputs * outputs);
    let bias = numbers.many(outputs);
    let rows = numbers.many(inputs);
    let chains: Vec<f32> = (0..outputs)
        .map(|at| {
            let terms = rows.iter().enumerate();
            terms.fold(bias[at], |sum, (k, x)| {
                x.mul_add(weight[k * outputs + at], sum)
            })
        })
        .collect();
    for arch in archs() {
        let mut out = vec![0.0; outputs];
        PackedLayer::for_arch(
            arch,
            &weight,
            Order::InputsByOutputs,
            inputs,
            outputs,
            &bias,
        )
        .apply(&rows, &mut out, |x| x);
        assert_eq!(bits(&out), bits(&chains));
    }
}

#[test]
fn a_row_gives_the_same_bits_in_any_company() {
    // Wide enough for threads to share panels, and 1024 for rows to be copied.
    for sizes in [[50, 30, 5], [1024, 300, 150], [33, 2048, 70]] {
        let mut rows = Numbers(3).many(61 * sizes[0]);
        rows[2 * sizes[0] + 1] = f32::INFINITY;
        rows[7 * sizes[0]] = f32::NAN;
        let reference = network(Arch::new(), &sizes);
        let alone: Vec<u32> = rows
            .chunks(sizes[0])
            .flat_map(|row| bits(&encode(&reference, row)))
            .collect();
        for arch in archs() {
            let network = network(arch, &sizes);
            // Without native instructions, a fused step takes long.
            let is_slow = matches!(arch, Arch::Scalar);
            let counts = if is_slow {
                vec![3]
            } else {
                (1..34).chain([61]).collect()
            };
            for count in counts {
                for pool in 1..4 {
                    for first in [0, 61 - count] {
                        let some = &rows[first * sizes[0]..][..count * sizes[0]];
                        let out = threads(pool, || encode(&network, some));
                        let expected = &alone[first * sizes[2]..][..count * sizes[2]];
                        assert_eq!(bits(&out), expected, "{sizes:?}, {count} rows");
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_no_number_spoils_its_own_row_only() {
    let network = network(Arch::new(), &[40, 20, 10]);
    let rows = Numbers(4).many(30 * 40);
    let clean = encode(&network, &rows);
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut spoilt = rows.clone();
        spoilt[11 * 40 + 3] = bad;
        let out = encode(&network, &spoilt);
        assert!(out[110..120].iter().any(|value| !value.is_finite()));
        assert_eq!(bits(&out[..110]), bits(&clean[..110]));
        assert_eq!(bits(&out[120..]), bits(&clean[120..]));
    }
}

#[test]
fn blocks_and_threads_cover_every_row() {
    let network = network(Arch::new(), &[700, 90, 12]);
    let rows = Numbers(5).many(1001 * 700);
    let serial = threads(1, || encode(&network, &rows));
    assert_eq!(bits(&threads(3, || encode(&network, &rows))), bits(&serial));
    assert_eq!(
        bits(&encode(&network, &rows[1000 * 700..])),
        bits(&serial[12_000..])
    );
}

#[test]
#[should_panic(expected = "outputs, then inputs")]
fn layers_must_fit() {
    let mut numbers = Numbers(6);
    let arch = Arch::new();
    PackedNetwork::new(vec![
        layer(arch, 4, 3, &mut numbers),
        layer(arch, 2, 1, &mut numbers),
    ]);
}
