use super::*;

/// Numbers between -1 and 1 that look random.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        self.0 >> 33
    }

    fn within(&mut self, range: std::ops::Range<usize>) -> usize {
        range.start + self.next() as usize % (range.end - range.start)
    }

    fn values(&mut self, count: usize) -> Vec<f32> {
        let value = |_| self.next() as f32 / (1u64 << 30) as f32 - 1.0;
        (0..count).map(value).collect()
    }

    fn window(&mut self) -> Window {
        let [height, width, stride] = [self.within(1..12), self.within(1..12), self.within(1..4)];
        let maps = |channels, height, width| Maps {
            channels,
            height,
            width,
        };
        Window {
            large: maps(self.within(1..7), height, width),
            small: maps(
                self.within(1..10),
                height.div_ceil(stride),
                width.div_ceil(stride),
            ),
            kernel: self.within(1..6),
            stride,
            image: self.within(0..2) == 1,
        }
    }
}

/// Calls `meet(large value, small value, weight)` for all that meet.
fn meets(window: Window, order: Order, mut meet: impl FnMut(usize, usize, usize)) {
    let Window {
        large,
        small,
        kernel,
        stride,
        ..
    } = window;
    let before = (kernel - 1) / 2;
    for c in 0..large.channels {
        for m in 0..small.channels {
            for (i, j) in (0..small.height).flat_map(|i| (0..small.width).map(move |j| (i, j))) {
                for (y, x) in (0..kernel).flat_map(|y| (0..kernel).map(move |x| (y, x))) {
                    let (v, h) = (i * stride + y, j * stride + x);
                    if v < before || h < before {
                        continue;
                    }
                    let (v, h) = (v - before, h - before);
                    if v >= large.height || h >= large.width {
                        continue;
                    }
                    let tap = y * kernel + x;
                    let weight = match order {
                        Order::Convolution => (c * kernel * kernel + tap) * small.channels + m,
                        Order::Transposed => (m * kernel * kernel + tap) * large.channels + c,
                    };
                    let one = match window.image {
                        true => (v * large.width + h) * large.channels + c,
                        false => (c * large.height + v) * large.width + h,
                    };
                    meet(one, (m * small.height + i) * small.width + j, weight);
                }
            }
        }
    }
}

/// Returns the map that a value belongs to.
fn unit(window: Window, direction: Direction, value: usize) -> usize {
    match direction {
        Direction::Down => value / window.small.pixels(),
        Direction::Up if window.image => value % window.large.channels,
        Direction::Up => value / window.large.pixels(),
    }
}

/// A layer of some shape, with numbers for it.
struct Case {
    window: Window,
    direction: Direction,
    order: Order,
    rows: usize,
    inputs: usize,
    outputs: usize,
    from: Vec<f32>,
    gradient: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Case {
    fn new(
        window: Window,
        direction: Direction,
        order: Order,
        rows: usize,
        draws: &mut Draws,
    ) -> Self {
        let (ins, outs) = match direction {
            Direction::Down => (window.large, window.small),
            Direction::Up => (window.small, window.large),
        };
        let (inputs, outputs) = (ins.values(), outs.values());
        Case {
            window,
            direction,
            order,
            rows,
            inputs,
            outputs,
            from: draws.values(rows * inputs),
            gradient: draws.values(rows * outputs),
            weight: draws.values(window.weights()),
            bias: draws.values(outs.channels),
        }
    }

    fn drawn(draws: &mut Draws) -> Self {
        let window = draws.window();
        let direction = [Direction::Down, Direction::Up][draws.within(0..2)];
        let order = [Order::Convolution, Order::Transposed][draws.within(0..2)];
        let rows = draws.within(1..40);
        Case::new(window, direction, order, rows, draws)
    }

    fn weight(&self) -> Weight<'_> {
        Weight {
            values: &self.weight,
            order: self.order,
        }
    }

    fn applied(&self, from: &[f32]) -> Vec<f32> {
        let convolution = Convolution::new(self.window);
        convolution.apply(self.direction, from, self.weight(), Some(&self.bias), None)
    }

    /// Returns the gradients of the input, the weight and the bias.
    fn gradients(&self) -> [Vec<f32>; 3] {
        let from = self.backward(None);
        let mut found = Convolution::new(self.window).backward(from, true);
        let alone = Convolution::new(self.window).backward(from, false);
        let input = found.input.take().expect("asked for");
        assert_eq!(alone, found);
        [input, found.weight, found.bias]
    }

    fn backward<'a>(&'a self, prepare: Option<Prepare<'a>>) -> Backward<'a> {
        Backward {
            direction: self.direction,
            input: &self.from,
            gradient: &self.gradient,
            weight: self.weight(),
            prepare,
        }
    }

    /// Calls `meet` with the input and the output that meet at each weight.
    fn meets(&self, mut meet: impl FnMut(usize, usize, usize)) {
        meets(self.window, self.order, |large, small, weight| {
            match self.direction {
                Direction::Down => meet(large, small, weight),
                Direction::Up => meet(small, large, weight),
            }
        });
    }
}

fn close(found: &[f32], expected: &[f64], scale: f64) {
    assert_eq!(found.len(), expected.len());
    for (&found, &expected) in found.iter().zip(expected) {
        let apart = (f64::from(found) - expected).abs();
        assert!(apart < 1e-5 * scale, "{found} {expected}");
    }
}

#[test]
fn every_output_is_what_nested_loops_say() {
    let mut draws = Draws(1);
    for _ in 0..300 {
        let case = Case::drawn(&mut draws);
        let mut expected = Vec::new();
        for row in case.from.chunks(case.inputs) {
            let bias = |at| f64::from(case.bias[unit(case.window, case.direction, at)]);
            let mut outputs: Vec<f64> = (0..case.outputs).map(bias).collect();
            case.meets(|input, output, weight| {
                outputs[output] += f64::from(row[input]) * f64::from(case.weight[weight]);
            });
            expected.extend(outputs);
        }
        close(&case.applied(&case.from), &expected, 10.0);
    }
}

#[test]
fn gradients_are_what_nested_loops_say() {
    let mut draws = Draws(2);
    for _ in 0..300 {
        let case = Case::drawn(&mut draws);
        let mut input = vec![0.0; case.from.len()];
        let mut weights = vec![0.0; case.weight.len()];
        let mut biases = vec![0.0; case.bias.len()];
        for row in 0..case.rows {
            let from = &case.from[row * case.inputs..];
            let gradient = &case.gradient[row * case.outputs..][..case.outputs];
            for (at, &gradient) in gradient.iter().enumerate() {
                biases[unit(case.window, case.direction, at)] += f64::from(gradient);
            }
            case.meets(|at, output, weight| {
                let gradient = f64::from(gradient[output]);
                input[row * case.inputs + at] += gradient * f64::from(case.weight[weight]);
                weights[weight] += gradient * f64::from(from[at]);
            });
        }
        let found = case.gradients();
        close(&found[0], &input, 10.0);
        close(&found[1], &weights, 100.0);
        close(&found[2], &biases, 100.0);
    }
}

/// `<A x, y> = <x, Aᵀ y>`
#[test]
fn the_transpose_is_the_adjoint() {
    let mut draws = Draws(3);
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter()
            .zip(b)
            .map(|(&a, &b)| f64::from(a) * f64::from(b))
            .sum()
    };
    for _ in 0..100 {
        let case = Case::drawn(&mut draws);
        let convolution = Convolution::new(case.window);
        let x = draws.values(case.window.large.values());
        let y = draws.values(case.window.small.values());
        let ax = convolution.apply(Direction::Down, &x, case.weight(), None, None);
        let aty = convolution.apply(Direction::Up, &y, case.weight(), None, None);
        let (one, other) = (dot(&ax, &y), dot(&x, &aty));
        assert!(
            (one - other).abs() < 1e-4 * (10.0 + one.abs()),
            "{one} {other}"
        );
    }
}

/// Returns the layers of a small network for digits.
fn layers(rows: usize) -> Vec<Case> {
    let mut draws = Draws(4);
    let window = |channels, side, maps| Window {
        large: Maps {
            channels,
            height: side,
            width: side,
        },
        small: Maps {
            channels: maps,
            height: side / 2,
            width: side / 2,
        },
        kernel: 3,
        stride: 2,
        image: channels == 1,
    };
    let mut layers = Vec::new();
    for window in [window(1, 28, 16), window(16, 14, 32)] {
        for (direction, order) in [
            (Direction::Down, Order::Convolution),
            (Direction::Up, Order::Transposed),
        ] {
            layers.push(Case::new(window, direction, order, rows, &mut draws));
        }
    }
    layers
}

#[test]
fn threads_change_nothing() {
    for case in layers(150) {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| (case.applied(&case.from), case.gradients()))
        };
        let one = with(1);
        assert!(one == with(2) && one == with(4), "{:?}", case.window);
    }
}

#[test]
fn a_row_alone_is_the_row_among_many() {
    let mut draws = Draws(5);
    let drawn = (0..50).map(|_| Case::drawn(&mut draws));
    for case in layers(37).into_iter().chain(drawn) {
        let many = case.applied(&case.from);
        for (row, expected) in case.from.chunks(case.inputs).zip(many.chunks(case.outputs)) {
            assert!(case.applied(row) == expected, "{:?}", case.window);
        }
    }
}

#[test]
fn an_activation_is_applied_once_to_each_value() {
    let mut draws = Draws(6);
    for _ in 0..20 {
        let case = Case::drawn(&mut draws);
        let tripled = |values: &mut [f32]| values.iter_mut().for_each(|value| *value *= 3.0);
        let found = Convolution::new(case.window).apply(
            case.direction,
            &case.from,
            case.weight(),
            Some(&case.bias),
            Some(&tripled),
        );
        let mut expected = case.applied(&case.from);
        tripled(&mut expected);
        assert_eq!(found, expected);
    }
}

#[test]
fn a_slope_is_applied_to_a_copy_of_the_gradient() {
    let mut draws = Draws(7);
    for _ in 0..20 {
        let mut case = Case::drawn(&mut draws);
        let slopes = draws.values(case.gradient.len());
        let times_slope = |first: usize, gradient: &mut [f32]| {
            for (gradient, slope) in gradient.iter_mut().zip(&slopes[first..]) {
                *gradient *= slope;
            }
        };
        let from = case.backward(Some(&times_slope));
        let found = Convolution::new(case.window).backward(from, true);
        let input = found.input.expect("asked for");
        times_slope(0, &mut case.gradient);
        assert_eq!([input, found.weight, found.bias], case.gradients());
    }
}

/// Covers more rows than groups of one block each can hold, and no rows at all.
#[test]
fn groups_hold_as_many_rows_as_there_are() {
    let mut draws = Draws(8);
    let window = Window {
        large: Maps {
            channels: 2,
            height: 2,
            width: 3,
        },
        small: Maps {
            channels: 1,
            height: 2,
            width: 3,
        },
        kernel: 1,
        stride: 1,
        image: false,
    };
    for rows in [0, 1, 255, 1000, 1601] {
        let case = Case::new(
            window,
            Direction::Down,
            Order::Convolution,
            rows,
            &mut draws,
        );
        let [input, weight, bias] = case.gradients();
        assert_eq!(input.len(), rows * 12);
        let mut expected = [0.0; 3];
        for (x, g) in case.from.chunks(12).zip(case.gradient.chunks(6)) {
            for pixel in 0..6 {
                let g = f64::from(g[pixel]);
                expected[0] += f64::from(x[pixel]) * g;
                expected[1] += f64::from(x[6 + pixel]) * g;
                expected[2] += g;
            }
        }
        close(&weight, &expected[..2], 1000.0);
        close(&bias, &expected[2..], 1000.0);
    }
}
