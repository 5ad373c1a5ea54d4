//! Checks networks of columns of several kinds, of which cells are missing.

use burn::tensor::DType;

use super::gradients::{LABELS, worst_of};
use crate::base::random::{Address, Draws, Stream};
use crate::config::plan::Plan;
use crate::config::{Balance, Config, Missing, Reconstruction, Scale};
use crate::data::scale::{self, Scaler};
use crate::data::table::{Column, Table, Values};
use crate::model::Model;
use crate::network::{Pass, TrainPass};
use crate::objective::loss;
use crate::objective::variant::{Contractive, Denoising, KSparse, Noise, Sparse, Variational};
use crate::train::{Autoencoder, Control, Training};

/// Returns rows of two numbers, a text of three, a number of two values, and a
/// text of forty, of which every `lacking`-th cell is missing.
fn table(rows: usize, lacking: usize) -> Table {
    let mut draws = Draws::new(6, Stream::Split, 2, 2);
    let levels = |count: usize| (0..count).map(|level| format!("t{level}"));
    let columns = vec![
        Column::number("a"),
        Column::category("three", levels(3)),
        Column::number("two"),
        Column::category("forty", levels(40)),
        Column::number("b"),
    ];
    let mut values = Vec::new();
    for row in 0..rows {
        let a = draws.uniform();
        let forty = (draws.uniform() * 40.0).floor().min(39.0);
        values.extend([
            a,
            (a * 3.0).floor().min(2.0),
            if a > 0.5 { 7.0 } else { 3.0 },
            forty,
            1e4 * (a + 0.1 * draws.uniform()) + row as f32 * 1e-3,
        ]);
    }
    for (at, value) in values.iter_mut().enumerate() {
        if lacking > 0 && at % lacking == lacking - 1 {
            *value = f32::NAN;
        }
    }
    Table::new(columns, Values::Floats(values)).unwrap()
}

fn config(change: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::default();
    (config.network.hidden, config.network.code) = (vec![6], 3);
    config.data.missing = Missing::Mask;
    (config.train.epochs, config.train.batch) = (3, 20);
    config.optimizer.rate = 0.003;
    change(&mut config);
    config
}

fn hiding(config: &mut Config) {
    config.denoising = Some(Denoising {
        noise: Noise::Hiding,
        ..Default::default()
    });
}

#[test]
fn gradients_of_columns_with_missing_and_hidden_cells_are_finite_differences() {
    type Change = fn(&mut Config);
    let kinds: [(&str, Change); 8] = [
        ("columns", |_| {}),
        ("nats", |c| c.loss.balance = Some(Balance::Nats)),
        ("hiding", hiding),
        ("squares", |c| c.loss.reconstruction = Reconstruction::Mse),
        ("variational", |c| {
            c.variational = Some(Variational::default());
        }),
        ("importance-weighted", |c| {
            c.variational = Some(Variational {
                samples: 3,
                ..Default::default()
            });
        }),
        ("contractive", |c| {
            c.contractive = Some(Contractive::default())
        }),
        ("tied, sparse and hiding", |c| {
            hiding(c);
            (c.network.tied, c.network.hidden) = (true, vec![]);
            c.network.code_activation = Some(crate::config::Activation::Sigmoid);
            c.sparse = Some(Sparse::default());
        }),
    ];
    let table = table(60, 7);
    for (name, change) in kinds {
        let config = config(change).for_columns(true);
        config.check().unwrap();
        let rows: Vec<usize> = (0..table.rows()).collect();
        let network = scale::Network {
            by_columns: config.loss.reconstruction == Reconstruction::Columns,
            ..config.network.output.into()
        };
        let scaler = Scaler::fit(&table, &rows, &config.data, network, &mut Vec::new()).unwrap();
        let mut data = scaler.fit_to(&table).unwrap();
        if network.by_columns {
            data.fit_heads(&rows);
        }
        data.scaler.told = match config.network.tied {
            true => Vec::new(),
            false => data.numbers_with_holes(&rows),
        };
        let plan = Plan::for_rows(&config, &data.scaler).unwrap();
        let some = [0, 3, 8, 17, 25, 41, 59];
        let worst = worst_of(&plan, &|coder| {
            let address = Address {
                seed: 1,
                epoch: 1,
                rows: &some,
                turn: 0,
            };
            let mut pass = Pass::Train(TrainPass {
                address,
                progress: 0.5,
                labels: &LABELS,
                observed: Vec::new(),
            });
            let (target, known) = loss::batch(coder, &data, &some);
            assert!(known.is_some(), "some cells are missing");
            let known = known.map(|known| known.cast(DType::F64));
            let rows = (target.cast(DType::F64), known);
            loss::terms(&config.loss, coder, rows, &mut pass)
        });
        assert!(worst < 2e-6, "{name}: {worst}");
    }
}

#[test]
fn no_column_takes_much_more_of_the_first_loss_than_another() {
    // The loss of each column by itself is its share of the first step's.
    let table = table(400, 0);
    let of_columns = |keep: &[usize]| {
        let columns = keep.iter().map(|&at| table.columns[at].clone()).collect();
        let values = (0..table.rows()).flat_map(|row| keep.iter().map(move |&at| (row, at)));
        let values = values.map(|(row, at)| table.value(row, at)).collect();
        let some = Table::new(columns, Values::Floats(values)).unwrap();
        let config = config(|c| {
            (c.train.epochs, c.network.hidden, c.network.code) = (1, vec![32], 3);
            c.loss.reconstruction = Reconstruction::Columns;
            // Before anything is learnt.
            c.optimizer.rate = 1e-5;
        });
        let mut training = Training::new(&config, &some).unwrap();
        let epoch = training
            .run_epoch(&mut |_| Control::Continue)
            .unwrap()
            .unwrap();
        epoch.epoch.loss["reconstruction"]
    };
    let each: Vec<f64> = (0..5).map(|column| of_columns(&[column])).collect();
    let fair = each.iter().sum::<f64>() / 5.0;
    for (column, cost) in each.iter().enumerate() {
        assert!(*cost < 1.5 * fair, "column {column}: {cost} of {each:?}");
    }
    // All together cost what all by themselves do, nearly.
    let all = of_columns(&[0, 1, 2, 3, 4]);
    assert!(
        (all / each.iter().sum::<f64>() - 1.0).abs() < 0.5,
        "{all} {each:?}"
    );
}

fn trained(change: impl FnOnce(&mut Config), table: &Table) -> Model {
    Autoencoder::new(config(change)).train(table).unwrap()
}

#[test]
fn what_stands_in_a_missing_cell_changes_nothing() {
    // The same rows, once with other values behind the holes: there are none.
    let with_holes = table(200, 6);
    let model = trained(hiding, &with_holes);
    let evaluation = model.evaluate(&with_holes).unwrap();
    let known = evaluation.columns.iter().map(|column| column.known);
    assert_eq!(known.sum::<usize>(), 200 * 5 - 200 * 5 / 6);
    // A row's errors are over what it has.
    let scores = model.score(&with_holes).unwrap();
    assert!(scores.errors.iter().all(|error| error.is_finite()));
    let code = model.encode(&with_holes).unwrap();
    assert_eq!(code.rows(), 200);
}

#[test]
fn a_stored_model_of_columns_is_the_same() {
    let table = table(120, 9);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    for change in [
        hiding as fn(&mut Config),
        |c| c.variational = Some(Variational::default()),
        |c| {
            c.k_sparse = Some(KSparse {
                k: 2,
                ..Default::default()
            });
        },
    ] {
        let model = trained(change, &table);
        model.save(&path).unwrap();
        let back = Model::load(&path).unwrap();
        assert_eq!(back.scaler, model.scaler);
        let found = back.evaluate(&table).unwrap();
        let expected = model.evaluate(&table).unwrap();
        assert_eq!(
            (found.scaled, found.columns),
            (expected.scaled, expected.columns)
        );
        assert_eq!(back.score(&table).unwrap(), model.score(&table).unwrap());
        assert_eq!(
            back.reconstruct(&table).unwrap(),
            model.reconstruct(&table).unwrap()
        );
    }
}

#[test]
fn a_training_of_columns_goes_on_where_it_stopped() {
    let table = table(100, 9);
    for change in [hiding as fn(&mut Config), |c| {
        c.variational = Some(Variational::default())
    }] {
        let config = config(change);
        let whole = Autoencoder::new(config.clone()).train(&table).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("last.ckpt");
        let mut first = Training::new(&config, &table).unwrap();
        first.run_epoch(&mut |_| Control::Continue).unwrap();
        first.checkpoint(&path).unwrap();
        let mut rest = Training::new(&config, &table).unwrap();
        rest.resume(&path).unwrap();
        while rest
            .run_epoch(&mut |_| Control::Continue)
            .unwrap()
            .is_some()
        {}
        let resumed = rest.finish();
        assert_eq!(resumed.coder.network.store(), whole.coder.network.store());
    }
}

#[test]
fn a_table_of_plain_numbers_is_compared_as_before() {
    let values: Vec<f32> = (0..60 * 3).map(|at| ((at * 37) % 101) as f32).collect();
    let table = Table::from_floats(values, 3).unwrap();
    let model = |change: fn(&mut Config)| {
        let mut config = Config::default();
        (config.network.hidden, config.network.code) = (vec![4], 2);
        (config.train.epochs, config.train.batch) = (2, 10);
        change(&mut config);
        let model = Autoencoder::new(config).train(&table).unwrap();
        (
            model.coder.network.store(),
            model.config.loss.reconstruction,
        )
    };
    let auto = model(|_| {});
    assert_eq!(auto.1, Reconstruction::Mse);
    assert_eq!(auto, model(|c| c.loss.reconstruction = Reconstruction::Mse));
    // Accepting missing cells where there are none changes nothing either.
    assert_eq!(auto, model(|c| c.data.missing = Missing::Mean));
}

#[test]
fn a_row_of_an_explicit_scale_keeps_it_beside_likelihoods() {
    let table = table(100, 0);
    for scale in [Scale::None, Scale::MinMax, Scale::Standard] {
        let model = trained(|c| c.data.scale = scale, &table);
        let kinds = model.scaler.heads.as_ref().unwrap();
        assert_eq!(kinds.len(), 5);
        // 3 and 7 are 0 and 1 where columns are scaled by themselves.
        let binary = kinds[2].kind == scale::HeadKind::Bernoulli;
        assert_eq!(binary, scale != Scale::None, "{scale:?}");
        assert!(model.evaluate(&table).unwrap().scaled.mse.is_finite());
    }
}
