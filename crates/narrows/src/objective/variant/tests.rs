use super::*;
use crate::base::random::{Draws, Stream};
use crate::config::{Config, Reconstruction};
use crate::data::table::{Table, Tags};
use crate::model::Model;
use crate::train::Autoencoder;

type Change = fn(&mut Config);

/// Returns 120 rows of 6 features in (0, 1), with two classes.
fn table() -> Table {
    let mut draws = Draws::new(8, Stream::Split, 3, 3);
    let values: Vec<f32> = (0..120 * 6)
        .map(|_| draws.uniform() * 0.98 + 0.01)
        .collect();
    let mut table = Table::from_floats(values, 6).unwrap();
    table.labels = Some(Tags {
        kind: Default::default(),
        name: "class".into(),
        values: (0..120).map(|row| format!("c{}", row % 2)).collect(),
    });
    table
}

fn trained(changes: &[Change]) -> Model {
    let mut config = Config::default();
    config.network.hidden = vec![8];
    config.network.code = 4;
    config.network.output = Activation::Sigmoid;
    config.loss.reconstruction = Reconstruction::Bce;
    (config.train.epochs, config.train.batch) = (3, 20);
    config.optimizer.rate = 0.01;
    changes.iter().for_each(|change| change(&mut config));
    Autoencoder::new(config).train(&table()).unwrap()
}

fn falling(config: &mut Config, k_at_start: usize, epochs: f64) {
    let k_sparse = config.k_sparse.as_mut().unwrap();
    (k_sparse.k_at_start, k_sparse.warm_up) = (Some(k_at_start), Some(epochs));
}

/// Checks a list of kinds, each with the term that its settings change and with
/// changes of one setting each. Each change must give the term a new value.
#[test]
fn every_setting_of_a_variant_moves_its_term() {
    let kinds: &[(Change, &str, &[Change])] = &[
        (
            |c| {
                c.denoising = Some(Denoising {
                    noise: Noise::Masking,
                    ..Default::default()
                });
            },
            "reconstruction",
            &[
                |c| c.denoising.as_mut().unwrap().share = Some(0.5),
                |c| c.denoising.as_mut().unwrap().corrupted_weight = Some(2.0),
                |c| c.denoising.as_mut().unwrap().clean_weight = Some(0.5),
                |c| c.denoising.as_mut().unwrap().noise = Noise::Dropout,
                |c| c.denoising.as_mut().unwrap().noise = Noise::SaltAndPepper,
                |c| c.denoising = Some(Denoising::default()),
                |c| {
                    c.denoising = Some(Denoising {
                        deviation: Some(0.2),
                        ..Default::default()
                    });
                },
            ],
        ),
        (
            |c| c.sparse = Some(Sparse::default()),
            "sparsity",
            &[
                |c| c.sparse.as_mut().unwrap().weight = 3.0,
                |c| c.sparse.as_mut().unwrap().target = Some(0.3),
                |c| c.sparse.as_mut().unwrap().penalty = SparsityPenalty::Squared,
                |c| c.sparse.as_mut().unwrap().penalty = SparsityPenalty::L1,
            ],
        ),
        (
            |c| {
                c.k_sparse = Some(KSparse {
                    k: 2,
                    ..Default::default()
                })
            },
            "reconstruction",
            &[
                |c| c.k_sparse.as_mut().unwrap().k = 1,
                |c| falling(c, 4, 1.0),
                |c| falling(c, 4, 3.0),
                |c| falling(c, 3, 3.0),
            ],
        ),
        (
            |c| c.winner_take_all = Some(WinnerTakeAll::default()),
            "reconstruction",
            &[|c| c.winner_take_all.as_mut().unwrap().share = 0.5],
        ),
        (
            |c| c.contractive = Some(Contractive::default()),
            "contraction",
            &[
                |c| c.contractive.as_mut().unwrap().weight = 0.2,
                |c| c.contractive.as_mut().unwrap().directions = Some(5),
            ],
        ),
        (
            |c| {
                c.adversarial = Some(Adversarial {
                    prior: Prior::Mixture,
                    components: Some(2),
                    critic: vec![5],
                    ..Default::default()
                });
            },
            "adversarial",
            &[
                |c| c.adversarial.as_mut().unwrap().weight = 2.0,
                |c| c.adversarial.as_mut().unwrap().components = Some(5),
                |c| c.adversarial.as_mut().unwrap().critic = vec![7, 7],
                |c| c.adversarial.as_mut().unwrap().labels = true,
                |c| c.adversarial.as_mut().unwrap().prior = Prior::SwissRoll,
                |c| {
                    c.adversarial = Some(Adversarial {
                        critic: vec![5],
                        ..Default::default()
                    });
                },
            ],
        ),
        (
            |c| {
                c.denoising = Some(Denoising::default());
                c.generative_stochastic = Some(GenerativeStochastic::default());
            },
            "reconstruction",
            &[
                |c| c.generative_stochastic.as_mut().unwrap().walk_back = 2,
                |c| c.generative_stochastic.as_mut().unwrap().code_noise = 0.5,
            ],
        ),
    ];
    for (base, term, changes) in kinds {
        let last = |model: Model| model.history.last().unwrap().loss[*term];
        let mut seen = vec![last(trained(&[*base]))];
        for (at, change) in changes.iter().enumerate() {
            let found = last(trained(&[*base, *change]));
            assert!(!seen.contains(&found), "{term}, change {at}: {found}");
            seen.push(found);
        }
    }
}

#[test]
fn more_units_are_kept_in_use_where_that_is_asked_for() {
    let non_zero = |change: Change| {
        let codes = trained(&[change]).encode(&table()).unwrap();
        (0..4).filter(|&unit| codes.value(7, unit) != 0.0).count()
    };
    assert_eq!(
        non_zero(|c| c.k_sparse = Some(KSparse {
            k: 1,
            ..Default::default()
        })),
        1
    );
    let more: Change = |c| {
        c.k_sparse = Some(KSparse {
            k: 1,
            k_in_use: Some(3),
            ..Default::default()
        });
    };
    assert_eq!(non_zero(more), 3);
}
