//! Follows the advice of every warning, and sees what it warned of get better.

use super::*;
use crate::base::warning::Setting;
use crate::variant::{Contractive, Sparse, SparsityPenalty, Variational};

/// A training that a warning is expected of.
struct Case {
    warning: &'static str,
    table: Table,
    config: Config,
    /// The settings of the advice, by key.
    advice: &'static [&'static str],
}

/// Returns the name of a kind of warning. It has no arm for all others, so that
/// a new kind is not forgotten here.
fn name(warning: &Warning) -> &'static str {
    match warning {
        Warning::ConstantColumns { .. } => "constant columns",
        Warning::Rounded { .. } => "rounded",
        Warning::FarValues { .. } => "far values",
        Warning::Sentinel { .. } => "sentinel",
        Warning::LooksLikeId { .. } => "looks like an id",
        Warning::Duplicates { .. } => "duplicates",
        Warning::WideCode { .. } => "wide code",
        Warning::OutOfReach { .. } => "out of reach",
        Warning::DeadUnits { .. } => "dead units",
        Warning::SameOutput { .. } => "same output",
        Warning::Overfitting { .. } => "overfitting",
        Warning::PcaAsGood { .. } => "PCA as good",
        Warning::Useless { .. } => "useless",
        Warning::BlownUp { .. } => "blown up",
        Warning::SmallBatch { .. } => "small batch",
        Warning::PosteriorCollapse { .. } => "posterior collapse",
        Warning::Dwarfed { .. } => "dwarfed",
        Warning::UntiedContractive { .. } => "untied contractive",
        Warning::FewHeldOut { .. } => "few held-out rows",
    }
}

/// The kinds whose advice is not a setting; they are followed by a test each.
const WITHOUT_SETTINGS: [&str; 6] = [
    "constant columns",
    "rounded",
    "far values",
    "sentinel",
    "looks like an id",
    "duplicates",
];
const WITH_SETTINGS: [&str; 13] = [
    "wide code",
    "out of reach",
    "dead units",
    "same output",
    "overfitting",
    "PCA as good",
    "useless",
    "blown up",
    "small batch",
    "posterior collapse",
    "dwarfed",
    "untied contractive",
    "few held-out rows",
];

/// Returns how bad what a warning is about is; only numbers of one kind of
/// warning can be compared. Those of settings are bad or gone.
fn size(warning: &Warning) -> f64 {
    match warning {
        Warning::DeadUnits { dead, units, .. } => *dead as f64 / *units as f64,
        Warning::SameOutput { share, .. } => -share,
        Warning::PcaAsGood { network, pca, .. } => network / pca,
        Warning::Useless { times, .. }
        | Warning::BlownUp { times, .. }
        | Warning::Dwarfed { times, .. } => *times,
        Warning::PosteriorCollapse { active, units, .. } => -(*active as f64) / *units as f64,
        _ => 1.0,
    }
}

/// Returns a training's model and its warnings.
fn run(config: &Config, table: &Table) -> (Model, Vec<Warning>) {
    let mut training = Training::new(config, table).unwrap();
    while training
        .run_epoch(&mut |_| Control::Continue)
        .unwrap()
        .is_some()
    {}
    let mut warnings = training.warnings.clone();
    let (model, advice) = training.end(Vec::new());
    warnings.extend(advice);
    (model, warnings)
}

fn case(
    warning: &'static str,
    table: Table,
    advice: &'static [&'static str],
    change: impl FnOnce(&mut Config),
) -> Case {
    let mut config = small();
    change(&mut config);
    Case {
        warning,
        table,
        config,
        advice,
    }
}

const RATE: &str = "optimizer.rate";

/// Returns rows of 12 features that have nothing to do with one another.
fn noise(rows: usize) -> Table {
    let mut draws = Draws::new(6, Stream::Split, 9, 9);
    let values = (0..6 * rows).flat_map(|_| draws.normal_pair());
    Table::from_floats(values.map(|v| v as f32).collect(), 12).unwrap()
}

/// Returns the rows of [`table`], each value moved and stretched.
fn moved(by: f32, times: f32) -> Table {
    let Values::Floats(values) = table().values else {
        unreachable!("floats");
    };
    let values = values.into_iter().map(|v| v * times + by).collect();
    Table::from_floats(values, 6).unwrap()
}

fn cases() -> Vec<Case> {
    let mut cases = vec![
        case("wide code", table(), &["network.code"], |c| {
            c.network.code = 6;
        }),
        case("dead units", table(), &[RATE, "network.activation"], |c| {
            c.network.activation = Some(Activation::Relu);
            c.network.code_activation = Some(Activation::Identity);
            (c.optimizer.rate, c.train.epochs) = (3.0, 1);
        }),
        case("same output", table(), &[RATE], |c| {
            c.network.hidden = vec![8, 8];
            c.network.activation = Some(Activation::Relu);
            (c.optimizer.rate, c.train.epochs) = (0.5, 20);
        }),
        case("same output", table(), &["loss.l2"], |c| {
            (c.loss.l2, c.train.epochs) = (10.0, 10);
        }),
        case("same output", table(), &["network.activation"], |c| {
            c.network.hidden = vec![8, 8, 8];
            c.network.activation = Some(Activation::Sigmoid);
            (c.optimizer.rate, c.train.epochs) = (0.001, 10);
        }),
        case("PCA as good", moved(0.0, 1e3), &["data.scale"], |c| {
            c.network.activation = Some(Activation::Tanh);
            (c.data.scale, c.train.epochs) = (Scale::None, 40);
            c.optimizer.rate = 0.5;
        }),
        case("overfitting", noise(60), &["train.early_stopping"], |c| {
            (c.network.hidden, c.network.code) = (vec![60], 6);
            (c.train.epochs, c.data.held_out) = (150, Some(20.into()));
        }),
        case("PCA as good", table(), &["train.epochs"], |_| {}),
        case("PCA as good", table(), &["train.epochs", "loss.l2"], |c| {
            c.loss.l2 = 0.05;
        }),
        case("useless", table(), &[RATE], |c| {
            c.network.activation = Some(Activation::LeakyRelu);
            (c.optimizer.rate, c.train.epochs) = (1.0, 1);
        }),
        case("useless", moved(100.0, 1.0), &["data.scale"], |c| {
            c.data.scale = Scale::None;
            c.optimizer.rate = 0.0001;
        }),
        case("blown up", table(), &[RATE], |c| {
            (c.optimizer.rate, c.train.epochs) = (30.0, 2);
            c.data.held_out = Some(0.into());
        }),
        case("small batch", table(), &["train.batch"], |c| {
            c.sparse = Some(Sparse {
                penalty: SparsityPenalty::Kl,
                ..Default::default()
            });
        }),
        case("dwarfed", table(), &["sparse.weight"], |c| {
            c.sparse = Some(Sparse {
                weight: 1e5,
                penalty: SparsityPenalty::L1,
                ..Default::default()
            });
        }),
        case("untied contractive", table(), &["network.tied"], |c| {
            c.network.hidden = vec![];
            c.contractive = Some(Contractive::default());
        }),
        case("few held-out rows", table(), &["data.held_out"], |_| {}),
        case("few held-out rows", noise(40), &[], |_| {}),
    ];
    for output in [
        Activation::Sigmoid,
        Activation::Tanh,
        Activation::Relu,
        Activation::Softplus,
        Activation::Elu,
        Activation::Selu,
        Activation::Gelu,
    ] {
        let advice: &[&str] = match output {
            Activation::Relu | Activation::Gelu => &["network.output"],
            _ => &["data.scale", "network.output"],
        };
        cases.push(case("out of reach", table(), advice, |c| {
            (c.network.output, c.data.scale) = (output, Scale::Standard);
            c.train.epochs = 60;
        }));
    }
    let beta = &["variational.beta", "variational.free_bits"];
    cases.push(case("posterior collapse", table(), beta, |c| {
        c.variational = Some(Variational {
            beta: Some(20.0),
            ..Default::default()
        });
        c.train.epochs = 10;
    }));
    cases
}

#[test]
fn every_setting_that_a_warning_names_helps() {
    let cases = cases();
    for kind in WITH_SETTINGS {
        assert!(cases.iter().any(|case| case.warning == kind), "{kind}");
    }
    let mut wrong = Vec::new();
    for Case {
        warning: kind,
        table,
        config,
        advice,
    } in &cases
    {
        let find = |warnings: &[Warning]| warnings.iter().find(|w| name(w) == *kind).cloned();
        let (model, warnings) = run(config, table);
        let Some(warning) = find(&warnings) else {
            wrong.push(format!("{kind}: {warnings:?}"));
            continue;
        };
        let keys: Vec<&str> = warning.settings().iter().map(|s| s.key.as_str()).collect();
        if keys != *advice {
            wrong.push(format!("{kind}: {warning}"));
        }
        let text = warning.to_string();
        for Setting { key, value } in warning.settings() {
            assert!(text.contains(&format!("{key} = {value}")), "{text}");
            let changed = config.with(&Setting::new(key, value)).unwrap();
            let (followed, after) = run(&changed, table);
            let left = find(&after);
            if left
                .as_ref()
                .is_some_and(|left| size(left) >= size(&warning))
            {
                wrong.push(format!("{kind}, {key} = {value}: {warning}\n{left:?}"));
            }
            // In the data's own units, whatever the scale.
            let explained = |model: &Model| {
                let found = model.evaluate(table).unwrap();
                let errors = found.original.unwrap_or(found.scaled);
                errors.explained_variance.unwrap()
            };
            let of_errors = ["out of reach", "same output", "useless", "blown up"];
            if of_errors.contains(kind) {
                let (before, after) = (explained(&model), explained(&followed));
                if after <= before {
                    wrong.push(format!("{warning}: {key}: {before} to {after}"));
                }
            }
            if *kind == "overfitting" {
                let error = |model: &Model| model.held_out().unwrap().error_per_row;
                assert!(error(&followed) < error(&model), "{kind}");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn columns_that_are_warned_of_can_be_left_out() {
    let text: String = (0..300)
        .map(|i| format!("{i},7,{},{}\n", (i * 37) % 101, (i * 53) % 89))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    std::fs::write(&path, format!("row,always,a,b\n{text}")).unwrap();
    let mut config = small();
    config.network.code = 1;
    let warned = |config: &Config| {
        let table = crate::read::read(path.to_str().unwrap(), &config.data.roles(false)).unwrap();
        let training = Training::new(config, &table).unwrap();
        let names = training.warnings.iter().map(name);
        names
            .filter(|kind| WITHOUT_SETTINGS.contains(kind))
            .collect::<Vec<_>>()
    };
    assert_eq!(warned(&config), ["constant columns", "looks like an id"]);
    config.data.ignore = vec!["always".into()];
    assert_eq!(warned(&config), ["looks like an id"]);
    config.data.id = vec!["row".into()];
    assert_eq!(warned(&config), [""; 0]);
    (config.data.id, config.data.ignore) = (Vec::new(), vec!["always".into(), "row".into()]);
    assert_eq!(warned(&config), [""; 0]);
}

/// Writes 200 rows of a wave and a column that is -999 in every tenth, and
/// returns the warnings of a training on them.
fn warnings_of_waves(change: impl FnOnce(&mut Config)) -> Vec<&'static str> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.csv");
    let mut text = String::from("a,b\n");
    for row in 0..200 {
        let wave = (row as f32 * 0.7).sin();
        let b = if row % 10 == 3 { -999.0 } else { wave + 0.1 };
        text += &format!("{wave},{b}\n");
    }
    std::fs::write(&file, text).unwrap();
    let mut config = small();
    change(&mut config);
    let table = crate::data::read::read(file.to_str().unwrap(), &config.data.roles(false));
    let table = table.unwrap();
    let training = Training::new(&config, &table).unwrap();
    let kinds = training.warnings.iter().map(name);
    kinds
        .filter(|kind| WITHOUT_SETTINGS.contains(kind))
        .collect()
}

#[test]
fn a_code_for_missing_cells_can_be_named() {
    let told = |scale| warnings_of_waves(|c| c.data.scale = scale);
    assert_eq!(told(Scale::Auto), ["far values", "sentinel"]);
    // The advice of the first one is followed in the tests of scaling.
    assert_eq!(told(Scale::Standard), ["far values", "sentinel"]);
    let named = warnings_of_waves(|c| {
        c.data.missing_values = Some(vec!["-999".into()]);
        c.data.missing = crate::config::Missing::Mean;
    });
    assert_eq!(named, [""; 0]);
}

#[test]
fn values_less_a_constant_are_not_rounded() {
    let is_rounded = |table: &Table| {
        let training = Training::new(&small(), table).unwrap();
        training.warnings.iter().any(|w| name(w) == "rounded")
    };
    assert!(is_rounded(&moved(1e8, 1.0)));
    assert!(!is_rounded(&table()));
}

#[test]
fn a_failed_training_is_not_told_to_learn_by_heart_and_one_column_has_no_narrower_code() {
    let named = |config: &Config, table: &Table| {
        let (_, warnings) = run(config, table);
        warnings.iter().map(name).collect::<Vec<_>>()
    };
    for case in cases() {
        if ["same output", "dead units", "useless"].contains(&case.warning) {
            let names = named(&case.config, &case.table);
            assert!(!names.contains(&"overfitting"), "{names:?}");
        }
    }
    let one = Table::from_floats((0..100).map(|i| ((i * 37) % 50) as f32).collect(), 1).unwrap();
    let mut config = small();
    config.network.code = 1;
    let (_, warnings) = run(&config, &one);
    let wide = warnings.iter().find(|w| name(w) == "wide code").unwrap();
    assert_eq!(wide.settings(), []);
}
