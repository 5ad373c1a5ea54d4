use super::super::neighbours::nearest;
use super::*;
use crate::base::random::{Draws, Stream};

/// Returns values in −1 to 1.
fn values(count: usize) -> Vec<f32> {
    let mut draws = Draws::new(1, Stream::Sample, 0, 0);
    (0..count).map(|_| 2.0 * draws.uniform() - 1.0).collect()
}

/// Returns the first two features.
fn first_two(points: &[f32], width: usize) -> Vec<[f32; 2]> {
    points
        .chunks_exact(width)
        .map(|row| [row[0], row[1]])
        .collect()
}

/// Returns the nearest other rows of each row.
fn neighbours(points: &[f32], width: usize, count: usize) -> Vec<Vec<usize>> {
    let found = nearest(points, points, width, count + 1)
        .into_iter()
        .enumerate();
    let others = |(row, near): (usize, Vec<usize>)| {
        near.into_iter().filter(|&n| n != row).take(count).collect()
    };
    found.map(others).collect()
}

/// Returns the share of the five nearest rows that are also nearest on the map.
fn kept(points: &[f32], width: usize, map: &[[f32; 2]]) -> f64 {
    let (near, on_map) = (
        neighbours(points, width, 5),
        neighbours(map.as_flattened(), 2, 5),
    );
    let pairs = near.iter().zip(&on_map);
    let both: usize = pairs
        .map(|(a, b)| a.iter().filter(|row| b.contains(row)).count())
        .sum();
    both as f64 / (5 * map.len()) as f64
}

#[test]
fn clusters_stay_apart() {
    // Sums of four are nearly normal, with deviation 1.15.
    let (width, rows) = (5, 150);
    let noise = values(4 * rows * width);
    let mut points: Vec<f32> = noise
        .chunks_exact(4)
        .map(|four| four.iter().sum())
        .collect();
    for (at, row) in points.chunks_exact_mut(width).enumerate() {
        row[at % 3] += 12.0;
    }
    let map = tsne(&points, width, &first_two(&points, width));
    for (row, near) in neighbours(map.as_flattened(), 2, 1).iter().enumerate() {
        assert_eq!(near[0] % 3, row % 3, "{row}");
    }
}

#[test]
fn interlocked_rings_keep_neighbours_that_their_principal_axes_lose() {
    // One ring lies in the plane of the first two axes, the other across it.
    let ring = |at: usize| {
        let angle = (at / 2) as f32 * std::f32::consts::TAU / 100.0;
        match at % 2 {
            0 => [angle.cos() - 0.5, 1.1 * angle.sin(), 0.0],
            _ => [angle.cos() + 0.5, 0.0, angle.sin()],
        }
    };
    let points: Vec<f32> = (0..200).flat_map(ring).collect();
    let start = first_two(&points, 3);
    let map = tsne(&points, 3, &start);
    let (by_axes, by_map) = (kept(&points, 3, &start), kept(&points, 3, &map));
    assert!(by_axes < 0.75, "{by_axes}");
    assert!(by_map > 0.85, "{by_map}");
    for (row, near) in neighbours(map.as_flattened(), 2, 1).iter().enumerate() {
        assert_eq!(near[0] % 2, row % 2, "{row}");
    }
}

#[test]
fn weights_have_the_perplexity_that_was_asked_for() {
    for unit in [1e-30, 1.0, 1e30] {
        let distances: Vec<f64> = (0..200).map(|d| unit * f64::from(d * d)).collect();
        let mut weights = vec![0.0; 200];
        neighbourhood(&distances, 0, 20.0, &mut weights);
        let entropy = |p: &f64| if *p > 0.0 { -p * p.ln() } else { 0.0 };
        let perplexity = weights.iter().map(entropy).sum::<f64>().exp();
        assert!((perplexity - 20.0).abs() < 1e-3, "{perplexity}");
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!(weights[0], 0.0);
    }
}

#[test]
fn equally_far_rows_weigh_the_same() {
    let mut weights = vec![0.0; 5];
    neighbourhood(&[7.0, 7.0, 0.0, 7.0, 7.0], 2, 1.5, &mut weights);
    assert_eq!(weights, [0.25, 0.25, 0.0, 0.25, 0.25]);
}

#[test]
fn draws_are_a_quarter_of_the_gradient_of_the_loss() {
    let points = values(10 * 3);
    let affinities = affinities(&points, 3, 10);
    let stride = affinities.len() / 10;
    assert!((affinities.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    let map = Map {
        places: [values(16), values(32).split_off(16)].map(|mut places| {
            places[10..].fill(NOWHERE);
            places
        }),
        ..Map::new(&[[0.0; 2]; 10])
    };
    let loss = |moved: usize, axis: usize, step: f64| {
        let place = |row: usize, of: usize| {
            let step = if (row, of) == (moved, axis) {
                step
            } else {
                0.0
            };
            f64::from(map.places[of][row]) + step
        };
        let pairs: Vec<(f64, f64)> = (0..100)
            .filter(|pair| pair / 10 != pair % 10)
            .map(|pair| {
                let apart = [0, 1].map(|of| place(pair / 10, of) - place(pair % 10, of));
                let q = 1.0 / (1.0 + apart[0].powi(2) + apart[1].powi(2));
                (f64::from(affinities[pair / 10 * stride + pair % 10]), q)
            })
            .collect();
        let whole: f64 = pairs.iter().map(|(_, q)| q).sum();
        let part = |&(p, q): &(f64, f64)| {
            if p > 0.0 {
                p * (p * whole / q).ln()
            } else {
                0.0
            }
        };
        pairs.iter().map(part).sum::<f64>()
    };
    let draws = map.draws(&affinities);
    let mass: f32 = draws.iter().map(|draw| sum(&draw.mass) - 1.0).sum();
    for (row, draw) in draws.iter().enumerate() {
        for axis in [0, 1] {
            let found = 4.0 * (sum(&draw.near[axis]) - sum(&draw.far[axis]) / mass);
            let slope = (loss(row, axis, 1e-5) - loss(row, axis, -1e-5)) / 2e-5;
            assert!((f64::from(found) - slope).abs() < 1e-6, "{found} {slope}");
        }
    }
}

#[test]
fn a_map_does_not_depend_on_threads() {
    let points = values(300 * 4);
    let start = first_two(&points, 4);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().unwrap();
        pool.install(|| tsne(&points, 4, &start))
    };
    let bits = |map: Vec<[f32; 2]>| {
        map.into_iter()
            .map(|p| p.map(f32::to_bits))
            .collect::<Vec<_>>()
    };
    assert_eq!(bits(with(1)), bits(with(4)));
}

#[test]
fn fewer_than_four_rows_stay_where_they_start() {
    let start = [[1., 2.], [3., 4.], [5., 6.]];
    for rows in 0..4 {
        let map = tsne(&[1., 2., 4.][..rows], 1, &start[..rows]);
        assert_eq!(map, start[..rows]);
    }
}

#[test]
fn equal_rows_lie_in_one_place() {
    let map = tsne(&[0.1; 3 * 50], 3, &[[0.3; 2]; 50]);
    assert_eq!(map, [[0.0; 2]; 50]);
}

#[test]
fn two_heaps_of_equal_rows_lie_apart() {
    let points: Vec<f32> = (0..100).map(|row| (row % 2) as f32).collect();
    let map = tsne(&points, 1, &[[0.0; 2]; 100]);
    for (row, near) in neighbours(map.as_flattened(), 2, 1).iter().enumerate() {
        assert_eq!(near[0] % 2, row % 2, "{row}");
    }
}

#[test]
fn every_map_is_finite_around_the_origin_and_no_wider_than_its_rows() {
    let check = |points: &[f32], width: usize, start: &[[f32; 2]]| {
        let map = tsne(points, width, start);
        for axis in [0, 1] {
            let along = || map.iter().map(|place| place[axis]);
            assert!(
                along().all(|c| c.abs() < 20.0 + map.len() as f32),
                "{map:?}"
            );
            assert!(along().sum::<f32>().abs() < 1e-2, "{map:?}");
        }
    };
    for rows in 4..40 {
        let points = values(rows * 3);
        check(&points, 3, &first_two(&points, 3));
        // All starting in one place; a line; one row far from the others.
        check(&points, 3, &vec![[7.0; 2]; rows]);
        check(
            &points[..rows],
            1,
            &points[..rows].iter().map(|&p| [p, 0.0]).collect::<Vec<_>>(),
        );
        let mut far = vec![0.0; rows];
        far[1] = 1.0;
        check(&far, 1, &vec![[0.0; 2]; rows]);
    }
    // Rows of the largest and smallest values there are.
    for unit in [f32::MAX, f32::MIN_POSITIVE, 1e-44] {
        let points: Vec<f32> = values(60 * 3).iter().map(|v| v * unit).collect();
        check(&points, 3, &first_two(&points, 3));
    }
}

#[test]
fn rows_without_groups_fill_the_map() {
    // Sums of draws are nearly normal in every direction.
    let draws = values(300 * 20 * 4);
    let points: Vec<f32> = draws.chunks(4).map(|four| four.iter().sum()).collect();
    let start = first_two(&points, 20);
    let map = tsne(&points, 20, &start);
    let (before, after) = (kept(&points, 20, &start), kept(&points, 20, &map));
    assert!(map.iter().flatten().any(|place| place.abs() > 1.0));
    assert!(after > 1.5 * before, "{before} {after}");
}
