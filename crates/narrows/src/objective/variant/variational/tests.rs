use super::importance::Posterior;
use super::*;
use crate::config::{Activation, Config, Reconstruction, Scale};
use crate::base::device::{device, matrix, values};
use crate::train::Autoencoder;
use crate::base::random::{Address, Draws};
use crate::data::table::Table;

fn outputs(mean: f32, given: f32) -> Tensor<2> {
    matrix(vec![mean, given], [1, 2], &device("cpu").unwrap())
}

fn found(spread: Spread, mean: f32, given: f32) -> f64 {
    scalar(terms::sum(divergence(spread, outputs(mean, given))))
}

#[test]
fn the_divergence_by_hand() {
    let log_variance = found(Spread::LogVariance, 0.5, 0.2);
    let expected = 0.5 * (0.2f64.exp() + 0.25 - 1.0 - 0.2);
    assert!(
        (log_variance - expected).abs() < 1e-6,
        "{log_variance} {expected}"
    );

    let sigma = found(Spread::Sigma, 0.5, 0.3);
    let expected = 0.5 * (0.25 + 0.09 - 1.0 - (1e-10f64 + 0.09).ln());
    assert!((sigma - expected).abs() < 1e-6, "{sigma} {expected}");
    // The epsilon keeps the divergence finite for a spread of 0.
    assert!(found(Spread::Sigma, 0.0, 0.0).is_finite());
}

#[test]
fn the_divergence_is_the_mean_of_its_monte_carlo_estimate() {
    for spread in [Spread::LogVariance, Spread::Sigma] {
        let closed = found(spread, 0.8, 0.4);
        let posterior = Posterior::of(outputs(0.8, 0.4), spread);
        let address = Address {
            seed: 1,
            epoch: 1,
            rows: &[0],
            turn: 0,
        };
        let draws = 20_000;
        let ratios: Vec<f64> = (0..draws)
            .map(|sample| {
                let noise = address.normals(Stream::Code, sample, 1);
                let noise = matrix(noise, [1, 1], &device("cpu").unwrap());
                let code = posterior.mean.clone() + posterior.deviation.clone() * noise.clone();
                -f64::from(values(posterior.log_ratio(code, noise))[0])
            })
            .collect();
        let mean = ratios.iter().sum::<f64>() / draws as f64;
        let spread_of = ratios.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / draws as f64;
        let error = (spread_of / draws as f64).sqrt();
        assert!(
            (mean - closed).abs() < 5.0 * error,
            "{mean} {closed} {error}"
        );
    }
}

/// Returns 300 rows of 3 features that follow one hidden number.
fn line() -> Table {
    let mut draws = Draws::new(2, Stream::Split, 8, 8);
    let mut rows = Vec::new();
    for _ in 0..300 {
        let [h, _] = draws.normal_pair();
        for weight in [1.0, -0.5, 2.0] {
            rows.push((weight * h + 0.3 * draws.normal_pair()[0]) as f32);
        }
    }
    Table::from_floats(rows, 3).unwrap()
}

fn linear(change: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::default();
    config.network.hidden = vec![];
    config.network.code = 1;
    config.data.scale = Scale::None;
    config.loss.reconstruction = Reconstruction::Gaussian;
    config.loss.deviation = Some(0.3);
    config.optimizer.rate = 0.02;
    (config.train.epochs, config.train.batch) = (120, 30);
    config.variational = Some(Variational::default());
    change(&mut config);
    config
}

#[test]
fn the_bound_of_a_linear_model_reaches_its_known_log_likelihood() {
    let table = line();
    let model = Autoencoder::new(linear(|_| {})).train(&table).unwrap();
    let stored = model.weights();
    let find = |name: &str| {
        let found = stored.iter().find(|s| s.name == name).unwrap();
        found
            .values
            .iter()
            .map(|&v| f64::from(v))
            .collect::<Vec<f64>>()
    };
    let (w, b) = (find("decoder.0.weight"), find("decoder.0.bias"));
    // x ~ N(b, w wᵀ + σ² I): determinant and inverse by Sherman & Morrison.
    let variance = 0.09f64;
    let length: f64 = w.iter().map(|w| w * w).sum();
    let log_det = 3.0 * variance.ln() + (1.0 + length / variance).ln();
    let log_likelihood = |row: usize| {
        let d: Vec<f64> = (0..3)
            .map(|at| f64::from(table.value(row, at)) - b[at])
            .collect();
        let squares: f64 = d.iter().map(|d| d * d).sum();
        let along: f64 = d.iter().zip(&w).map(|(d, w)| d * w).sum();
        let form = (squares - along * along / (variance + length)) / variance;
        -0.5 * (form + log_det + 3.0 * std::f64::consts::TAU.ln())
    };
    let exact = (0..300).map(log_likelihood).sum::<f64>() / 300.0;
    let one = model.evaluate(&table).unwrap().measures["elbo"];
    let few = model.importance_bound(&table, 5).unwrap();
    let many = model.importance_bound(&table, 2_000).unwrap();
    assert!(one < few && few < many + 0.01, "{one} {few} {many}");
    assert!((many - exact).abs() < 0.01, "{many} {exact}");
    assert!(one < exact, "a bound from below: {one} {exact}");
}

#[test]
fn one_draw_of_the_bound_is_the_elbo() {
    let table = line();
    let model = Autoencoder::new(linear(|_| {})).train(&table).unwrap();
    let elbo = model.evaluate(&table).unwrap().measures["elbo"];
    let bound = model.importance_bound(&table, 1).unwrap();
    // One has the divergence in closed form, the other from one draw per row.
    assert!((elbo - bound).abs() < 0.2, "{elbo} {bound}");
}

fn last(config: Config, term: &str) -> f64 {
    let model = Autoencoder::new(config).train(&line()).unwrap();
    let last = model.history.last().unwrap().held_out.clone().unwrap();
    match term {
        "reconstruction" => last.reconstruction,
        term => last.terms[term],
    }
}

#[test]
fn each_setting_moves_the_term_it_names() {
    let with = |variational: Variational| linear(|c| c.variational = Some(variational));
    let plain = last(with(Variational::default()), "kl");
    let heavy = Variational {
        beta: Some(8.0),
        ..Default::default()
    };
    assert!(last(with(heavy), "kl") / 8.0 < 0.8 * plain);
    // The divergence of this one unit is about two nats.
    let free = Variational {
        free_bits: Some(6.0),
        ..Default::default()
    };
    assert!(last(with(free), "kl") >= 6.0);
    let late = Variational {
        warm_up: Some(120.0),
        ..Default::default()
    };
    // The divergence is held back in the first epoch, whose beta is under 0.01.
    let first = |config: Config| {
        let model = Autoencoder::new(config).train(&line()).unwrap();
        model.history[0].loss["kl"]
    };
    assert!(first(with(late)) < 0.05 * first(with(Variational::default())));
    // Medians, because a held-out row whose σ happens to be near 0 costs much.
    let median = |spread: Spread| {
        let mut found: Vec<f64> = (1..=5)
            .map(|seed| {
                let variational = Variational {
                    spread,
                    ..Default::default()
                };
                let mut config = with(variational);
                config.seed = seed;
                last(config, "kl")
            })
            .collect();
        found.sort_by(f64::total_cmp);
        found[2]
    };
    let (sigma, log_variance) = (median(Spread::Sigma), median(Spread::LogVariance));
    assert_ne!(sigma, log_variance);
    let apart = (sigma - log_variance).abs();
    assert!(apart < 0.2 * log_variance, "{sigma} {log_variance}");
    let many = Variational {
        samples: 20,
        ..Default::default()
    };
    // With the same network, hardly moved, more draws give a tighter bound.
    let total = |mut config: Config| {
        (config.optimizer.rate, config.train.epochs) = (1e-9, 1);
        let model = Autoencoder::new(config).train(&line()).unwrap();
        model
            .history
            .last()
            .unwrap()
            .held_out
            .clone()
            .unwrap()
            .loss()
    };
    assert!(total(with(many)) < total(with(Variational::default())));
}

#[test]
fn encoding_is_the_mean_unless_a_draw_is_asked_for() {
    let table = line();
    let model = Autoencoder::new(linear(|_| {})).train(&table).unwrap();
    assert_eq!(model.encode(&table).unwrap(), model.encode(&table).unwrap());
    let mean = model.encode(&table).unwrap();
    let one = model.encode_drawn(&table, 1).unwrap();
    assert_eq!(one, model.encode_drawn(&table, 1).unwrap());
    assert_ne!(one, model.encode_drawn(&table, 2).unwrap());
    // 300 draws around their means have the posterior's deviation, which is
    // that of a line of length √5.25 seen with deviation 0.3.
    let spread = (0..300)
        .map(|row| f64::from(one.value(row, 0) - mean.value(row, 0)).powi(2))
        .sum::<f64>()
        / 300.0;
    let expected = (1.0f64 / (1.0 + 5.25 / 0.09)).sqrt();
    assert!(
        (spread.sqrt() / expected - 1.0).abs() < 0.25,
        "{spread} {expected}"
    );
}

#[test]
fn generated_rows_are_like_those_of_training() {
    let table = line();
    let model = Autoencoder::new(linear(|_| {})).train(&table).unwrap();
    let new = model.generate(2_000, 3).unwrap();
    let variance = |table: &Table, at: usize| {
        let rows = table.rows() as f64;
        let values = (0..table.rows()).map(|row| f64::from(table.value(row, at)));
        let mean = values.clone().sum::<f64>() / rows;
        values.map(|v| (v - mean).powi(2)).sum::<f64>() / rows
    };
    for at in 0..3 {
        let expected = variance(&table, at);
        let found = variance(&new, at);
        assert!(
            (found / expected - 1.0).abs() < 0.35,
            "{at}: {found} {expected}"
        );
    }
    assert_eq!(new.select(&[0, 1]), model.generate(2, 3).unwrap());
}

#[test]
fn a_model_without_a_prior_does_not_generate() {
    let table = line();
    let mut config = linear(|c| c.variational = None);
    config.network.activation = Some(Activation::Identity);
    let model = Autoencoder::new(config).train(&table).unwrap();
    assert!(
        model
            .generate(3, 1)
            .unwrap_err()
            .to_string()
            .contains("variational")
    );
    assert!(model.importance_bound(&table, 3).is_err());
    assert!(model.encode_drawn(&table, 3).is_err());
}
