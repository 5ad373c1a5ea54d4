use super::*;
use crate::model::Model;
use crate::config::Config;
use crate::train::Autoencoder;
use crate::base::random::Draws;
use crate::data::table::{Table, Tags};

/// Returns 400 rows of 4 features around three centres; every fourth row has no
/// label.
fn table() -> Table {
    let mut draws = Draws::new(4, Stream::Split, 7, 7);
    let mut values = Vec::new();
    let mut labels = Vec::new();
    for row in 0..400 {
        let class = row % 3;
        let centre = [
            [2.0, 0.0, 1.0, 0.0],
            [0.0, 2.0, 0.0, 1.0],
            [-2.0, -2.0, 0.0, 0.0],
        ][class];
        values.extend(centre.map(|c: f64| (c + 0.3 * draws.normal_pair()[0]) as f32));
        labels.push(if row % 4 == 0 {
            String::new()
        } else {
            format!("c{class}")
        });
    }
    let mut table = Table::from_floats(values, 4).unwrap();
    table.labels = Some(Tags {
        kind: Default::default(),
        name: "class".into(),
        values: labels,
    });
    table
}

fn trained(adversarial: Option<Adversarial>) -> Model {
    trained_for(60, adversarial)
}

fn trained_for(epochs: usize, adversarial: Option<Adversarial>) -> Model {
    let mut config = Config::default();
    config.network.hidden = vec![16];
    config.network.code = 2;
    config.network.code_activation = Some(Activation::Identity);
    (config.train.epochs, config.train.batch) = (epochs, 40);
    config.optimizer.rate = 0.003;
    config.optimizer.beta1 = Some(0.5);
    config.adversarial = adversarial;
    Autoencoder::new(config).train(&table()).unwrap()
}

fn distance(model: &Model, prior: Prior) -> f64 {
    let codes = model.encode(&table()).unwrap();
    let rows: Vec<usize> = (0..400).collect();
    let address = Address {
        seed: 9,
        epoch: 9,
        rows: &rows,
        turn: 0,
    };
    let drawn = prior.draw(address, 2, 3).0;
    let codes: Vec<f32> = rows
        .iter()
        .flat_map(|&row| [codes.value(row, 0), codes.value(row, 1)])
        .collect();
    code_prior_mmd(&codes, &drawn, 2).value
}

#[test]
fn codes_come_to_be_distributed_like_the_prior() {
    let plain = trained(None);
    for prior in [Prior::Gaussian, Prior::Mixture] {
        let model = trained(Some(Adversarial {
            prior,
            components: (prior == Prior::Mixture).then_some(3),
            critic: vec![32, 32],
            ..Default::default()
        }));
        let (before, after) = (distance(&plain, prior), distance(&model, prior));
        assert!(after < 0.5 * before, "{prior:?}: {after} of {before}");
        assert!(model.history[0].loss.contains_key("critic"));
    }
}

#[test]
fn a_weight_of_almost_nothing_leaves_the_codes_alone() {
    let with = |weight| {
        distance(
            &trained(Some(Adversarial {
                weight,
                critic: vec![32, 32],
                ..Default::default()
            })),
            Prior::Gaussian,
        )
    };
    assert!(with(1.0) < 0.5 * with(1e-6));
}

#[test]
fn labels_lead_each_class_to_its_component() {
    let labels = Adversarial {
        prior: Prior::Mixture,
        components: Some(3),
        critic: vec![32, 32],
        labels: true,
        ..Default::default()
    };
    let model = trained_for(250, Some(labels));
    let codes = model.encode(&table()).unwrap();
    let at_home = (0..400)
        .filter(|row| {
            let angle = f64::from(codes.value(*row, 1)).atan2(f64::from(codes.value(*row, 0)));
            let turns = angle.rem_euclid(std::f64::consts::TAU) / std::f64::consts::TAU;
            (turns * 3.0).round() as usize % 3 == row % 3
        })
        .count();
    assert!(at_home > 350, "{at_home} of 400");
}

#[test]
fn the_critic_is_in_the_file_and_not_decayed() {
    let model = trained(Some(Adversarial {
        critic: vec![5],
        ..Default::default()
    }));
    let names: Vec<String> = model.weights().into_iter().map(|w| w.name).collect();
    for name in ["critic.0.weight", "critic.0.bias", "critic.1.weight"] {
        assert!(names.contains(&name.to_string()), "{names:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.safetensors");
    model.save(&path).unwrap();
    let again = Model::load(&path).unwrap();
    assert_eq!(model.generate(5, 1).unwrap(), again.generate(5, 1).unwrap());
}

#[test]
fn codes_that_cannot_reach_the_prior_are_refused() {
    let mut config = Config {
        adversarial: Some(Adversarial::default()),
        ..Default::default()
    };
    config.check().unwrap();
    config.network.code_activation = Some(Activation::Relu);
    let told = config.check().unwrap_err().to_string();
    assert!(told.contains("network.code_activation"), "{told}");
    config.network.code_activation = None;
    config.sparse = Some(Default::default());
    assert!(config.check().is_err());
}

#[test]
fn labels_that_are_not_there_are_told_of() {
    let mut config = Config::default();
    config.network.hidden = vec![4];
    config.network.code = 2;
    config.adversarial = Some(Adversarial {
        prior: Prior::Mixture,
        labels: true,
        components: Some(2),
        ..Default::default()
    });
    let told = |table: &Table| {
        let error = Autoencoder::new(config.clone()).train(table).unwrap_err();
        error.to_string()
    };
    assert!(told(&table()).contains("3 classes in 'class'"));
    let mut unlabelled = table();
    unlabelled.labels = None;
    assert!(told(&unlabelled).contains("data.label"));
}
