use super::*;
use crate::base::random::{Draws, Stream};
use crate::config::{Activation, Missing, Reconstruction, Scale};
use crate::data::table::{ImageShape, Tags, Values};
use crate::train::Autoencoder;

fn rows(count: usize) -> Table {
    let values = (0..count * 4)
        .map(|i| ((i * 7919) % 101) as f32 / 10.0)
        .collect();
    Table::from_floats(values, 4).unwrap()
}

fn model(table: &Table, change: impl FnOnce(&mut Config)) -> Model {
    let mut config = Config::default();
    config.network.hidden = vec![5];
    config.network.code = 2;
    config.train.epochs = 2;
    change(&mut config);
    Autoencoder::new(config).train(table).unwrap()
}

#[test]
fn a_saved_model_gives_the_same_results() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let table = rows(600);
    for (tied, norm) in [(false, false), (true, true)] {
        let made = model(&table, |c| {
            (c.network.tied, c.network.batch_norm) = (tied, norm)
        });
        made.save(&path).unwrap();
        let back = Model::load(&path).unwrap();
        assert_eq!(back.encode(&table).unwrap(), made.encode(&table).unwrap());
        assert_eq!(
            back.reconstruct(&table).unwrap(),
            made.reconstruct(&table).unwrap()
        );
        assert_eq!(back.score(&table).unwrap(), made.score(&table).unwrap());
        assert_eq!(
            back.evaluate(&table).unwrap(),
            made.evaluate(&table).unwrap()
        );
        assert_eq!(back.history, made.history);
        assert_eq!(back.warnings, made.warnings);
    }
}

#[test]
fn a_model_holds_no_path_of_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    model(&rows(60), |c| c.data.source = "/secret/place.csv".into())
        .save(&path)
        .unwrap();
    let bytes = std::fs::read(&path).unwrap();
    assert!(!bytes.windows(6).any(|w| w == b"secret"));
    Model::load(&path).unwrap();
}

#[test]
fn a_row_gives_the_same_bytes_alone_and_among_others() {
    let table = rows(700);
    let model = model(&table, |_| {});
    let all = model.encode(&table).unwrap();
    for row in [0, 255, 256, 699] {
        let alone = model.encode(&table.select(&[row])).unwrap();
        assert_eq!(
            [alone.value(0, 0), alone.value(0, 1)],
            [all.value(row, 0), all.value(row, 1)]
        );
    }
}

#[test]
fn decoding_codes_is_reconstructing() {
    let mut table = rows(300);
    table.ids = vec![Tags {
        kind: Default::default(),
        name: "id".into(),
        values: (0..300).map(|i| format!("r{i}")).collect(),
    }];
    let model = model(&table, |_| {});
    let codes = model.encode(&table).unwrap();
    assert_eq!(codes.ids, table.ids);
    let decoded = model.decode(&codes).unwrap();
    assert_eq!(decoded, model.reconstruct(&table).unwrap());
    assert_eq!(decoded.columns, table.columns);
}

#[test]
fn codes_of_a_wrong_width_or_with_nan_are_refused() {
    let model = model(&rows(60), |_| {});
    let error = model.decode(&rows(3)).unwrap_err().to_string();
    assert!(
        error.contains("found 4 columns, expected the 2 units"),
        "{error}"
    );
    let codes = Table::from_floats(vec![0.0, 1.0, f32::NAN, 0.0], 2).unwrap();
    let error = model.decode(&codes).unwrap_err().to_string();
    assert!(
        error.contains("row 2, column 'x1': found a missing value"),
        "{error}"
    );
}

#[test]
fn a_score_is_the_mean_over_known_cells() {
    let mut table = rows(300);
    let Values::Floats(values) = &mut table.values else {
        panic!()
    };
    // A twentieth of the cells, and two of row 7.
    values.iter_mut().step_by(20).for_each(|v| *v = f32::NAN);
    values[4 * 7 + 1..4 * 7 + 3].fill(f32::NAN);
    let made = model(&table, |c| {
        (c.data.scale, c.data.missing) = (Scale::Centre, Missing::Mean);
    });
    let scores = made.score(&table).unwrap();
    let back = made.reconstruct(&table).unwrap();
    for (row, cells) in [(0, 3), (7, 2), (150, 3), (299, 4)] {
        let squares: Vec<f32> = (0..4)
            .map(|f| (table.value(row, f) - back.value(row, f)).powi(2))
            .filter(|square| !square.is_nan())
            .collect();
        assert_eq!(squares.len(), cells);
        let error = squares.iter().sum::<f32>() / cells as f32 * 4.0;
        assert!((scores.errors[row] - error).abs() < 1e-3 * error);
    }
    // The percentiles' reference errors are those of rows of this table.
    assert!(!made.reference.all.is_empty());
    for &error in &made.reference.all {
        let near = |&e: &f32| (e - error).abs() < 1e-3 * error;
        assert!(scores.errors.iter().any(near), "{error}");
    }
}

#[test]
fn percentiles_are_uniform_whatever_the_number_of_missing_cells() {
    // Six features near a plane.
    let near_plane = |seed: u64, rows: usize| {
        let mut draws = Draws::new(seed, Stream::Split, 0, 0);
        let mut values = Vec::new();
        for _ in 0..rows {
            let [a, b] = draws.normal_pair();
            let plane = [a, b, a + b, a - b, 2.0 * a + 0.5 * b, 0.3 * a - b];
            values.extend(plane.map(|v| (v + 0.3 * draws.normal_pair()[0]) as f32));
        }
        Table::from_floats(values, 6).unwrap()
    };
    let made = model(&near_plane(1, 3000), |c| {
        c.data.missing = Missing::Mean;
        c.data.held_out = Some(600.into());
        c.train.epochs = 20;
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    made.save(&path).unwrap();
    let made = Model::load(&path).unwrap();
    for missing in [0, 1, 3, 5, 6] {
        let mut table = near_plane(2, 2000);
        let Values::Floats(values) = &mut table.values else {
            panic!()
        };
        for (row, values) in values.chunks_exact_mut(6).enumerate() {
            let order = Draws::new(3, Stream::Split, 0, row as u64).permutation(6);
            order[..missing]
                .iter()
                .for_each(|&at| values[at] = f32::NAN);
        }
        let scores = made.score(&table).unwrap();
        if missing == 6 {
            assert!(scores.errors.iter().all(|e| e.is_nan()));
            assert!(scores.percentiles.iter().all(|p| p.is_nan()));
            let shown = scores.to_old_table(Some(95.0), &table);
            assert!((0..9).all(|column| shown.value(7, column).is_nan()));
            continue;
        }
        // Each fifth of the percentiles has a fifth of the rows.
        for fifth in 0..5 {
            let of = |p: &&f32| (**p / 20.0).min(4.0) as usize == fifth;
            let share = scores.percentiles.iter().filter(of).count() as f64 / 2000.0;
            assert!(
                (share - 0.2).abs() < 0.06,
                "{missing} missing, {fifth}: {share}"
            );
        }
        let marked = scores.percentiles.iter().filter(|p| **p >= 95.0).count();
        assert!((40..=170).contains(&marked), "{missing} missing: {marked}");
    }
}

#[test]
fn scores_are_the_errors_of_reconstruction_and_name_the_features() {
    let table = rows(300);
    let made = model(&table, |c| c.data.scale = crate::config::Scale::None);
    let scores = made.score(&table).unwrap();
    let back = made.reconstruct(&table).unwrap();
    for row in [0, 150, 299] {
        let squares: Vec<f32> = (0..4)
            .map(|f| (table.value(row, f) - back.value(row, f)).powi(2))
            .collect();
        let error: f32 = squares.iter().sum();
        assert!((scores.errors[row] - error).abs() < 1e-3 * error);
        let worst = (0..4)
            .max_by(|&a, &b| squares[a].total_cmp(&squares[b]))
            .unwrap();
        assert_eq!(scores.top[row][0].0, worst);
    }
    let mut odd = table.select(&[0]);
    odd.values = Values::Floats(vec![1e3, -1e3, 1e3, -1e3]);
    assert_eq!(made.score(&odd).unwrap().percentiles, [100.0]);
    let old = scores.to_old_table(Some(90.0), &table);
    assert_eq!(old.columns[2].name, "anomaly");
    assert_eq!(old.rows(), 300);
}

#[test]
fn evaluation_matches_reconstruction_in_both_units_and_keeps_to_its_own_rows() {
    let table = rows(300);
    let made = model(&table, |_| {});
    let found = made.evaluate(&table).unwrap();
    let back = made.reconstruct(&table).unwrap();
    let squares: f64 = (0..300 * 4)
        .map(|at| f64::from(table.value(at / 4, at % 4) - back.value(at / 4, at % 4)).powi(2))
        .sum();
    let original = found.original.unwrap();
    assert!((original.error_per_row - squares / 300.0).abs() < 1e-4 * squares / 300.0);
    assert!((found.scaled.error_per_row - 4.0 * found.scaled.mse).abs() < 1e-9);
    assert_eq!(found.scaled.bce, None);
}

#[test]
fn cross_entropy_is_reported_for_sigmoid_outputs() {
    let bytes: Vec<u8> = (0..100 * 9).map(|i| (i * 31 % 256) as u8).collect();
    let shape = ImageShape {
        height: 3,
        width: 3,
        channels: 1,
    };
    let table = Table::from_images(bytes, shape).unwrap();
    let made = model(&table, |c| {
        c.network.output = Activation::Sigmoid;
        c.loss.reconstruction = Reconstruction::Bce;
    });
    let found = made.evaluate(&table).unwrap();
    // Training measured the same cross-entropy on held-out rows, so this is
    // close to its last epoch's loss.
    let loss = made.history.last().unwrap().loss["reconstruction"];
    assert!((found.scaled.bce.unwrap() / loss - 1.0).abs() < 0.1);
    let back = made.reconstruct(&table).unwrap();
    assert_eq!(back.image, Some(shape));
    assert!((0..9).all(|f| (0.0..=255.0).contains(&back.value(0, f))));
}

#[test]
fn the_jacobian_of_a_normalised_encoder_is_refused() {
    let table = rows(20);
    assert!(model(&table, |_| {}).jacobian_norm(&table).unwrap() > 0.0);
    let normalised = model(&table, |c| c.network.batch_norm = true);
    let error = normalised.jacobian_norm(&table).unwrap_err().to_string();
    assert!(error.contains("batch normalisation"), "{error}");
}

#[test]
fn files_that_are_no_models_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    std::fs::write(&path, b"hello").unwrap();
    let error = Model::load(&path).unwrap_err().to_string();
    assert!(error.contains("no safetensors header"), "{error}");
    let missing = Model::load(folder.path().join("b.safetensors"))
        .unwrap_err()
        .to_string();
    assert!(missing.contains("cannot read"), "{missing}");
}

#[test]
fn codes_are_found_by_name_whatever_their_order() {
    let table = rows(300);
    let model = model(&table, |_| {});
    let codes = model.encode(&table).unwrap();
    let mut swapped = codes.clone();
    swapped.columns.swap(0, 1);
    let Values::Floats(values) = &mut swapped.values else {
        panic!()
    };
    values.chunks_exact_mut(2).for_each(|pair| pair.swap(0, 1));
    assert_eq!(
        model.decode(&swapped).unwrap(),
        model.decode(&codes).unwrap()
    );
    swapped.columns[0].name = "other".into();
    let error = model.decode(&swapped).unwrap_err().to_string();
    assert!(
        error.contains("column 'code_2': found no such column"),
        "{error}"
    );
}

#[test]
fn rows_in_other_units_than_those_of_training_are_refused() {
    let shape = ImageShape {
        height: 2,
        width: 2,
        channels: 1,
    };
    let bytes =
        Table::from_images((0..400).map(|i| (i * 31 % 256) as u8).collect(), shape).unwrap();
    let mut fractions =
        Table::from_floats((0..400).map(|i| (i % 11) as f32 / 10.0).collect(), 4).unwrap();
    fractions.image = Some(shape);
    let of_bytes = model(&bytes, |_| {});
    let error = of_bytes.encode(&fractions).unwrap_err().to_string();
    assert!(error.contains("expected pixels from 0 to 255"), "{error}");
    let of_fractions = model(&fractions, |_| {});
    let error = of_fractions.encode(&bytes).unwrap_err().to_string();
    assert!(error.contains("found pixels from 0 to 255"), "{error}");
    // A model of bytes reconstructs in its own units.
    of_bytes
        .encode(&of_bytes.reconstruct(&bytes).unwrap())
        .unwrap();
    let mut turned = bytes.clone();
    turned.image = Some(ImageShape {
        height: 1,
        width: 4,
        channels: 1,
    });
    let error = of_bytes.encode(&turned).unwrap_err().to_string();
    assert!(error.contains("found images of 4 x 1 pixels"), "{error}");
}

#[test]
fn a_value_beyond_all_size_is_refused_with_its_place() {
    let table = rows(60);
    let model = model(&table, |_| {});
    let mut odd = table.select(&[0, 1]);
    let Values::Floats(values) = &mut odd.values else {
        panic!()
    };
    values[6] = 3e38;
    let error = model.score(&odd).unwrap_err().to_string();
    assert!(error.contains("row 2, column 'x3': found 3"), "{error}");
}

#[test]
fn columns_that_a_model_does_not_know_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let lines: String = (0..40).map(|i| format!("{i},{}\n", i * i % 17)).collect();
    std::fs::write(&path, format!("a,b\n{lines}")).unwrap();
    let source = path.display().to_string();
    let read = |roles: &Roles| crate::data::read::read(&source, roles);
    let made = model(&read(&Roles::default()).unwrap(), |_| {});
    std::fs::write(&path, "note,b,a\nlate,3,1\n").unwrap();
    let table = read(&made.roles()).unwrap();
    assert_eq!(table.columns.len(), 2);
    assert_eq!(made.encode(&table).unwrap().rows(), 1);
}

#[test]
fn a_model_knows_the_rows_of_its_training() {
    let table = rows(60);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    model(&table, |_| {}).save(&path).unwrap();
    let mut made = Model::load(&path).unwrap();
    assert_eq!(made.is_of_rows(&table).unwrap(), Some(true));
    let mut changed = table.clone();
    let Values::Floats(values) = &mut changed.values else {
        panic!()
    };
    values[7] += 0.5;
    assert_eq!(made.is_of_rows(&changed).unwrap(), Some(false));
    let fewer = table.select(&(0..59).collect::<Vec<_>>());
    assert_eq!(made.is_of_rows(&fewer).unwrap(), Some(false));
    made.rows = None;
    assert_eq!(made.is_of_rows(&table).unwrap(), None);
}

/// What is strange about a row does not depend on the units of its columns.
#[test]
fn the_unit_of_a_column_moves_no_percentile() {
    let wave = |row: usize, step: f32| (row as f32 * step).sin();
    let rows = |units: [f32; 4]| {
        let values = (0..400).flat_map(|row| {
            let (a, b) = (wave(row, 0.7), wave(row, 1.3));
            [a, b, a + 0.5 * b, 0.002 + 0.0002 * wave(row, 2.9)]
        });
        let values = values.enumerate().map(|(at, value)| value * units[at % 4]);
        let columns = ["a", "b", "c", "rate"].map(crate::Column::number).to_vec();
        Table::new(columns, crate::Values::Floats(values.collect())).unwrap()
    };
    let percentiles = |units: [f32; 4]| {
        let table = rows(units);
        let made = model(&table, |config| {
            (config.network.code, config.train.epochs) = (2, 20);
            config.data.held_out = Some(200.into());
        });
        made.score(&table).unwrap().percentiles
    };
    let expected = percentiles([1.0; 4]);
    for units in [
        [1e6, 1.0, 1.0, 1.0],
        [1.0, 1e-6, 1.0, 1.0],
        [1.0, 1.0, 1e6, 1e-6],
        [1.0, 1.0, 1.0, 1e6],
    ] {
        for (found, expected) in percentiles(units).iter().zip(&expected) {
            assert!(
                (found - expected).abs() <= 1.0,
                "{units:?}: {found} {expected}"
            );
        }
    }
}

/// Returns people: age, income (never below 1,000), children, whether they own a
/// car, and where they live.
fn people(count: usize) -> Table {
    let mut draws = Draws::new(8, Stream::Split, 0, 0);
    let mut values = Vec::new();
    for row in 0..count {
        let [a, b] = draws.normal_pair();
        let [c, d] = draws.normal_pair();
        let age = (45.0 + 18.0 * a).clamp(18.0, 90.0).round();
        let income = 1000.0 + 20_000.0 * (0.4 * a + 0.7 * b).exp();
        let children = (1.5 + 0.5 * a + 1.2 * c).clamp(0.0, 6.0).round();
        let car = f64::from(d + 0.5 * b > 0.3);
        let place = [0.0, 0.0, 1.0, 2.0][row % 4];
        values.extend([age, income, children, car, place].map(|v| v as f32));
    }
    let columns = vec![
        Column::number("age"),
        Column::number("income"),
        Column::number("children"),
        Column::number("car"),
        Column::category("place", ["town", "village", "farm"]),
    ];
    Table::new(columns, Values::Floats(values)).unwrap()
}

#[test]
fn generated_people_vary_as_people_do() {
    let table = people(2000);
    let made = model(&table, |c| {
        (c.network.hidden, c.network.code) = (vec![24], 3);
        c.loss.reconstruction = Reconstruction::Gaussian;
        c.variational = Some(crate::variant::Variational::default());
        (c.train.epochs, c.train.batch) = (30, 50);
        c.optimizer.rate = 0.003;
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    made.save(&path).unwrap();
    let made = Model::load(&path).unwrap();
    assert_eq!(made.new_rows(), NewRows::Drawn);
    let new = made.generate(4000, 1).unwrap();
    let column = |table: &Table, at| -> Vec<f64> {
        let value = |row| f64::from(table.value(row, at));
        (0..table.rows()).map(value).collect()
    };
    let moments = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let squares = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
        (mean, (squares / values.len() as f64).sqrt())
    };
    for at in 0..4 {
        let (old, new) = (column(&table, at), column(&new, at));
        let ((mean, deviation), (new_mean, new_deviation)) = (moments(&old), moments(&new));
        let ratio = new_deviation / deviation;
        assert!(
            (ratio - 1.0).abs() < 0.2,
            "column {at}: {new_deviation} of {deviation}"
        );
        assert!(
            (new_mean - mean).abs() < 0.3 * deviation,
            "column {at}: {new_mean}, {mean}"
        );
        let low = old.iter().copied().fold(f64::INFINITY, f64::min);
        let high = old.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        assert!(
            new.iter().all(|value| (low..=high).contains(value)),
            "column {at}"
        );
        assert!(
            at == 1 || new.iter().all(|value| value.fract() == 0.0),
            "column {at}"
        );
    }
    for (level, expected) in [(0.0, 0.5), (1.0, 0.25), (2.0, 0.25)] {
        let of = column(&new, 4).into_iter().filter(|&v| v == level).count() as f64;
        assert!((of / 4000.0 - expected).abs() < 0.1, "level {level}: {of}");
    }
    assert_eq!(
        new.select(&[0, 300]),
        made.generate(301, 1).unwrap().select(&[0, 300])
    );
    let means = made.generate_as(NewRows::Means, 4000, 1, |_| {}).unwrap();
    assert!(moments(&column(&means, 0)).1 < moments(&column(&new, 0)).1);
    // An older file does not know how rows vary.
    let mut older = made;
    older.spread = None;
    assert_eq!(older.new_rows(), NewRows::Means);
    assert_eq!(older.generate(4000, 1).unwrap(), means);
    assert!(older.generate_as(NewRows::Drawn, 1, 1, |_| {}).is_err());
}

/// Returns rows of four numbers around a bent line.
fn near_a_bent_line(seed: u64, rows: usize) -> Table {
    let mut draws = Draws::new(seed, Stream::Split, 0, 0);
    let values = (0..rows).flat_map(|_| {
        let [t, a] = draws.normal_pair();
        let [b, c] = draws.normal_pair();
        let of = |value: f64, noise: f64| (value + 0.05 * noise) as f32;
        [of(t, a), of(t.sin(), b), of(t * t, c), of(-t, a + b)]
    });
    Table::from_floats(values.collect(), 4).unwrap()
}

#[test]
fn whitened_scores_find_what_does_not_go_together_and_are_kept() {
    use crate::config::ScoreBy;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let (usual, new) = (near_a_bent_line(1, 2_000), near_a_bent_line(2, 1_000));
    // Within the range of every column, but not of the others.
    let mut odd = near_a_bent_line(3, 200);
    let Values::Floats(values) = &mut odd.values else {
        panic!()
    };
    for row in values.chunks_exact_mut(4) {
        row[3] = row[0];
    }
    for (by, width) in [
        (ScoreBy::Whitened, 4),
        (ScoreBy::Pathway, 4 + 5 + 6),
        (ScoreBy::Local, 4),
    ] {
        let made = model(&usual, |c| {
            c.score.by = by;
            c.network.code = 6;
            c.data.scale = crate::config::Scale::Standard;
            c.denoising = Some(Default::default());
            c.train.epochs = 20;
        });
        assert_eq!(made.measure.as_ref().unwrap().whitening.width(), width);
        let scores = made.score(&new).unwrap();
        for level in [0.05f32, 0.2] {
            let marked = scores.p_values.iter().filter(|p| **p <= level).count() as f32 / 1000.0;
            // 200 held-out rows and 1,000 new ones.
            let error = (level * (1.0 - level) * (1.0 / 200.0 + 1.0 / 1000.0)).sqrt();
            assert!(
                (marked - level).abs() < 4.0 * error,
                "{by:?}: {marked} at {level}"
            );
        }
        let of_odd = made.score(&odd).unwrap();
        let is_odd: Vec<bool> = (0..1_200).map(|row| row >= 1_000).collect();
        let all = [scores.errors.clone(), of_odd.errors.clone()].concat();
        let ranking = crate::ranking(&all, &is_odd).unwrap();
        assert!(ranking.auroc > 0.85, "{by:?}: {ranking:?}");
        let explained = made.explain(&odd, 2).unwrap();
        let named = explained
            .iter()
            .filter(|row| ["x1", "x4"].contains(&row[0].column.as_str()));
        assert!(named.count() > 120, "{by:?}");
        made.save(&path).unwrap();
        assert_eq!(Model::load(&path).unwrap().score(&odd).unwrap(), of_odd);
    }
}

#[test]
fn ways_to_score_that_are_too_wide_are_refused() {
    use crate::config::ScoreBy;
    let refused = |change: &dyn Fn(&mut Config)| {
        let mut config = Config::default();
        config.score.by = ScoreBy::Pathway;
        change(&mut config);
        let error = Autoencoder::new(config).train(&rows(100)).unwrap_err();
        assert!(error.to_string().contains("`score.by`"), "{error}");
    };
    refused(&|c| c.network.hidden = vec![1_100]);
    refused(&|c| c.network.code = 1_100);
}

#[test]
fn rows_that_are_too_few_to_whiten_by_are_told_of() {
    let table = near_a_bent_line(1, 100);
    let mut made = model(&table, |c| c.score.by = crate::config::ScoreBy::Whitened);
    assert!(made.measure.is_some() && made.warnings.iter().all(|w| !w.contains("score.by")));
    let data = made.scaler.clone();
    let data = data.fit_to(&table).unwrap();
    made.fit_measure(&data, &[0]);
    assert!(made.measure.is_none());
    assert!(
        made.warnings
            .last()
            .unwrap()
            .contains("score.by = \"error\"")
    );
}
