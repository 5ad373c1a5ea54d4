//! Every setting changes what is learned, as it says.

use super::*;

#[test]
fn the_loss_falls() {
    let model = trained(|_| {});
    assert!(last(&model, "total") < 0.5 * model.history[0].loss["total"]);
}

#[test]
fn every_optimizer_learns_and_each_moves_differently() {
    let mut ends = Vec::new();
    for (name, rate) in [
        (OptimizerName::Sgd, 0.01),
        (OptimizerName::Rmsprop, 0.01),
        (OptimizerName::Adam, 0.01),
        (OptimizerName::Adamw, 0.01),
        (OptimizerName::Nadam, 0.01),
    ] {
        let model = trained(|c| (c.optimizer.name, c.optimizer.rate) = (name, rate));
        let (first, end) = (model.history[0].loss["total"], last(&model, "total"));
        assert!(end < 0.8 * first, "{name:?}: {first} to {end}");
        ends.push(end);
    }
    ends.sort_by(f64::total_cmp);
    ends.dedup();
    assert_eq!(ends.len(), 5);
}

/// Trains with each option; no two may give the same weights.

#[test]
fn every_option_changes_what_is_learned() {
    type Change = fn(&mut Config);
    let changes: &[(&str, Change)] = &[
        ("nothing", |_| {}),
        ("seed", |c| c.seed = 7),
        ("held_out", |c| c.data.held_out = Some(100.into())),
        ("cross_fit", |c| (c.seeds, c.data.cross_fit) = (3, true)),
        ("calibration", |c| {
            c.data.calibration = Some(50.into());
            c.train.early_stopping = Some(100);
        }),
        ("scale", |c| c.data.scale = Scale::MinMax),
        ("centre", |c| c.data.scale = Scale::Centre),
        ("binarised", |c| {
            c.data.scale = Scale::MinMax;
            c.data.binarised = true;
        }),
        ("activation", |c| {
            c.network.activation = Some(Activation::Tanh)
        }),
        ("code_activation", |c| {
            c.network.code_activation = Some(Activation::Identity)
        }),
        ("output", |c| c.network.output = Activation::Tanh),
        ("tied", |c| c.network.tied = true),
        ("init", |c| c.network.init = Some(Init::Glorot)),
        ("dropout", |c| c.network.dropout = 0.2),
        ("batch_norm", |c| c.network.batch_norm = true),
        ("max_norm", |c| c.network.max_norm = Some(0.5)),
        ("huber", |c| c.loss.reconstruction = Reconstruction::Huber),
        ("huber_delta", |c| {
            c.loss.reconstruction = Reconstruction::Huber;
            c.loss.huber_delta = Some(0.3);
        }),
        ("l1 error", |c| c.loss.reconstruction = Reconstruction::L1),
        ("l1", |c| c.loss.l1 = 0.1),
        ("l2", |c| c.loss.l2 = 0.1),
        ("step", |c| {
            c.optimizer.schedule = Schedule::Step;
            c.optimizer.every = Some(1.0);
        }),
        ("exponential", |c| {
            c.optimizer.schedule = Schedule::Exponential
        }),
        ("cosine", |c| c.optimizer.schedule = Schedule::Cosine),
        ("warm_up", |c| c.optimizer.warm_up = 1.0),
        ("clip", |c| c.optimizer.clip = Some(0.5)),
        ("batch", |c| c.train.batch = 0),
    ];
    let mut seen: Vec<(&str, Vec<f32>)> = Vec::new();
    for (name, change) in changes {
        let weights = trained(change).coder.network.store().remove(0).values;
        if let Some((other, _)) = seen.iter().find(|(_, w)| *w == weights) {
            panic!("'{name}' led to the same weights as '{other}'");
        }
        seen.push((name, weights));
    }
}

#[test]
fn penalties_shrink_what_they_penalise() {
    let size = |model: &Model, power: i32| -> f64 {
        let weights = model.coder.network.store();
        let matrices = weights.iter().filter(|w| w.name.ends_with("weight"));
        matrices
            .flat_map(|w| &w.values)
            .map(|&v| f64::from(v.abs()).powi(power))
            .sum()
    };
    let plain = trained(|_| {});
    assert!(size(&trained(|c| c.loss.l2 = 0.5), 2) < 0.7 * size(&plain, 2));
    assert!(size(&trained(|c| c.loss.l1 = 0.5), 1) < 0.7 * size(&plain, 1));
}

#[test]
fn l2_is_half_lambda_times_the_sum_of_squares_and_counts_a_tied_matrix_once() {
    for tied in [false, true] {
        let mut config = small();
        (config.loss.l2, config.network.tied) = (0.2, tied);
        let plan = Plan::for_data(&config, 6, None).unwrap();
        let network = Network::new::<f32>(&plan.spec, &device("cpu").unwrap()).tracked();
        let stored = network.store();
        let matrices: Vec<&NamedTensor> = stored
            .iter()
            .filter(|s| s.name.ends_with("weight"))
            .collect();
        assert_eq!(matrices.len(), if tied { 2 } else { 4 });
        let squares: f64 = matrices
            .iter()
            .flat_map(|m| &m.values)
            .map(|&v| f64::from(v).powi(2))
            .sum();
        let x = matrix(vec![0.0f32; 6], [1, 6], network.device());
        let terms = loss::terms(
            &config.loss,
            &plan.config.coder(network),
            (x, None),
            &mut Pass::Evaluate,
        );
        let found = terms
            .into_iter()
            .find(|(name, _)| *name == "l2")
            .map(|(_, v)| scalar(v))
            .unwrap();
        assert!((found - 0.1 * squares).abs() < 1e-4, "{found} {squares}");
    }
}

#[test]
fn a_tied_decoder_is_the_transpose() {
    let model = trained(|c| {
        (c.network.tied, c.network.hidden) = (true, vec![]);
        c.network.code_activation = Some(Activation::Identity);
    });
    let stored = model.coder.network.store();
    let find = |name: &str| stored.iter().find(|s| s.name == name);
    assert!(find("decoder.0.weight").is_none() && find("decoder.0.bias").is_some());
    let weight = &find("encoder.0.weight").unwrap().values;
    let bias = &find("decoder.0.bias").unwrap().values;
    let found = model.inference().decode(&[1.0, 0.0, 0.0, 2.0], 2);
    for feature in 0..6 {
        let by_hand = [
            weight[feature * 2] + bias[feature],
            2.0 * weight[feature * 2 + 1] + bias[feature],
        ];
        assert!((found[feature] - by_hand[0]).abs() < 1e-5);
        assert!((found[6 + feature] - by_hand[1]).abs() < 1e-5);
    }
}

#[test]
fn the_linear_autoencoder_spans_the_pca_subspace() {
    // Enough noise off the plane for gradient descent to find it soon.
    let table = near_plane(0.4);
    let mut config = small();
    config.network.hidden = vec![];
    config.network.code_activation = Some(Activation::Identity);
    config.optimizer.schedule = Schedule::Cosine;
    (config.train.epochs, config.train.batch) = (2500, 0);
    config.optimizer.rate = 0.02;
    let model = Autoencoder::new(config).train(&table).unwrap();
    let pca = model.pca.as_ref().unwrap();
    let stored = model.coder.network.store();
    let decoder = stored
        .iter()
        .find(|s| s.name == "decoder.0.weight")
        .unwrap();
    // The sine of the largest principal angle between the decoder's plane and
    // PCA's: the part of the decoder's orthonormal rows off PCA's plane.
    let rows: Vec<Vec<f64>> = decoder
        .values
        .chunks(6)
        .map(|r| r.iter().map(|&v| f64::from(v)).collect())
        .collect();
    let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(x, y)| x * y).sum() };
    let normed = |v: Vec<f64>| {
        let norm = dot(&v, &v).sqrt();
        v.into_iter().map(|x| x / norm).collect::<Vec<f64>>()
    };
    let first = normed(rows[0].clone());
    let overlap = dot(&rows[1], &first);
    let second = normed(
        rows[1]
            .iter()
            .zip(&first)
            .map(|(x, f)| x - overlap * f)
            .collect(),
    );
    for axis in [first, second] {
        let on: f64 = pca
            .components
            .chunks(6)
            .map(|c| dot(&axis, &c.iter().map(|&v| f64::from(v)).collect::<Vec<_>>()).powi(2))
            .sum();
        let sine = (1.0 - on).max(0.0).sqrt();
        assert!(sine < 0.02, "sine of a principal angle: {sine}");
    }
    let found = model.evaluate(&table).unwrap();
    let floor = found.pca.unwrap().error_per_row;
    assert!(
        found.scaled.error_per_row < 1.01 * floor,
        "{} {floor}",
        found.scaled.error_per_row
    );
}

#[test]
fn dropout_keeps_its_share_and_the_mean() {
    let mut config = small();
    (config.network.dropout, config.network.hidden) = (0.3, vec![2000]);
    config.network.activation = Some(Activation::Softplus);
    let plan = Plan::for_data(&config, 6, None).unwrap();
    let network = Network::new::<f32>(&plan.spec, &device("cpu").unwrap());
    let pass = TrainPass {
        address: Address {
            seed: 1,
            epoch: 1,
            rows: &[4],
            turn: 0,
        },
        progress: 0.0,
        labels: &[],
        observed: Vec::new(),
    };
    // The decoder's last layer sees the dropped hidden layer; compare sums.
    let mask = crate::network::dropout_mask(
        0.3,
        &matrix(vec![1.0f32; 2000], [1, 2000], network.device()),
        0,
        &pass,
    );
    let mask = crate::base::device::values(mask);
    let zeros = mask.iter().filter(|&&m| m == 0.0).count() as f64 / 2000.0;
    assert!((zeros - 0.3).abs() < 0.05, "{zeros}");
    assert!(
        mask.iter()
            .all(|&m| m == 0.0 || (m - 1.0 / 0.7).abs() < 1e-6)
    );
}

#[test]
fn batch_normalisation_uses_running_statistics_when_trained() {
    let model = trained(|c| c.network.batch_norm = true);
    let stored = model.coder.network.store();
    let mean = stored
        .iter()
        .find(|s| s.name == "encoder.0.norm.mean")
        .unwrap();
    assert!(mean.values.iter().any(|&m| m != 0.0));
    // A row's code does not depend on the other rows.
    let table = table();
    let all = model.encode(&table).unwrap();
    let one = model.encode(&table.select(&[17])).unwrap();
    assert_eq!(one.value(0, 0), all.value(17, 0));
}

#[test]
fn max_norm_bounds_every_units_incoming_weights() {
    let model = trained(|c| c.network.max_norm = Some(0.5));
    for weight in model
        .coder
        .network
        .store()
        .iter()
        .filter(|w| w.name.ends_with("weight"))
    {
        for unit in 0..weight.shape[1] {
            let squares: f32 = weight
                .values
                .iter()
                .skip(unit)
                .step_by(weight.shape[1])
                .map(|v| v * v)
                .sum();
            assert!(
                squares.sqrt() <= 0.5001,
                "{} {}",
                weight.name,
                squares.sqrt()
            );
        }
    }
}

#[test]
fn a_batch_of_one_row_joins_the_one_before_under_batch_normalisation() {
    let order: Vec<usize> = (0..11).collect();
    let sizes = |batch_norm| {
        let batches = batches(&order, 5, batch_norm);
        batches.iter().map(|batch| batch.len()).collect::<Vec<_>>()
    };
    assert_eq!(sizes(true), [5, 6]);
    assert_eq!(sizes(false), [5, 5, 1]);
}

#[test]
fn max_norm_bounds_a_tied_decoders_units_too() {
    let model = trained(|c| (c.network.max_norm, c.network.tied) = (Some(0.3), true));
    for weight in model
        .coder
        .network
        .store()
        .iter()
        .filter(|w| w.name.ends_with("weight"))
    {
        for unit in weight.values.chunks(weight.shape[1]) {
            let squares: f32 = unit.iter().map(|v| v * v).sum();
            assert!(
                squares.sqrt() <= 0.3001,
                "{} {}",
                weight.name,
                squares.sqrt()
            );
        }
    }
}
