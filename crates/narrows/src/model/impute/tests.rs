use super::*;
use crate::base::random::Draws;
use crate::config::Config;
use crate::data::table::Column;
use crate::objective::variant::{Denoising, Noise, Variational};
use crate::train::Autoencoder;

const ROWS: usize = 600;

/// Returns rows of `a`, `b = 2 a + noise`, `c = -a + noise`, a text that follows
/// from the sign of `a`, and a whole number that does too.
fn whole() -> Table {
    let mut draws = Draws::new(3, Stream::Split, 5, 5);
    let mut normal = || {
        let uniform: f32 = (0..12).map(|_| draws.uniform()).sum();
        uniform - 6.0
    };
    let mut values = Vec::new();
    for _ in 0..ROWS {
        let a = normal();
        let side = f32::from(u8::from(a > 0.0));
        let (b, c) = (2.0 * a + 0.2 * normal(), -a + 0.2 * normal());
        values.extend([a, b, c, side, 10.0 + 10.0 * side]);
    }
    let columns = vec![
        Column::number("a"),
        Column::number("b"),
        Column::number("c"),
        Column::category("side", ["left", "right"]),
        Column::number("whole"),
    ];
    Table::new(columns, Values::Floats(values)).unwrap()
}

/// Takes away a quarter of the cells.
fn with_holes(table: &Table) -> Table {
    let mut draws = Draws::new(4, Stream::Split, 5, 5);
    let mut table = table.clone();
    if let Values::Floats(values) = &mut table.values {
        for value in values.iter_mut() {
            if draws.uniform() < 0.25 {
                *value = f32::NAN;
            }
        }
    }
    table
}

fn trained(change: fn(&mut Config)) -> (Model, Table, Table) {
    let whole = whole();
    let holes = with_holes(&whole);
    let mut config = Config::default();
    config.network.hidden = vec![32];
    config.network.code = 8;
    config.data.missing = Missing::Mask;
    (config.train.epochs, config.train.batch) = (150, 50);
    config.optimizer.rate = 0.004;
    change(&mut config);
    let model = Autoencoder::new(config).train(&holes).unwrap();
    (model, whole, holes)
}

fn hiding(config: &mut Config) {
    config.denoising = Some(Denoising {
        noise: Noise::Hiding,
        ..Default::default()
    });
}

fn variational(config: &mut Config) {
    config.network.code = 2;
    config.variational = Some(Variational::default());
}

/// Returns the squared error of filled cells of a column, as a share of that of
/// its mean.
fn unexplained(filled: &Table, whole: &Table, holes: &Table, column: usize) -> f64 {
    let lacks = |&row: &usize| holes.value(row, column).is_nan();
    let rows: Vec<usize> = (0..ROWS).filter(lacks).collect();
    let of = |row: usize| f64::from(whole.value(row, column));
    let mean = (0..ROWS).map(of).sum::<f64>() / ROWS as f64;
    let sum = |to: &dyn Fn(usize) -> f64| -> f64 {
        rows.iter().map(|&row| (of(row) - to(row)).powi(2)).sum()
    };
    sum(&|row| f64::from(filled.value(row, column))) / sum(&|_| mean)
}

#[test]
fn missing_cells_are_filled_by_what_the_others_say_and_known_ones_kept() {
    for change in [hiding as fn(&mut Config), variational] {
        let (model, whole, holes) = trained(change);
        assert!(model.learns_to_impute());
        let found = model.impute(&holes, &ImputeOptions::default()).unwrap();
        let mut filled = found.filled.iter();
        for row in 0..ROWS {
            for column in 0..5 {
                let (was, is) = (holes.value(row, column), found.table.value(row, column));
                if was.is_nan() {
                    assert!(!is.is_nan());
                    let cell = filled.next().unwrap();
                    assert_eq!((cell.row, cell.column), (row, column));
                } else {
                    assert_eq!(was, is);
                }
            }
        }
        assert!(filled.next().is_none());
        // Where all others are missing too, nothing can be said.
        for column in 0..3 {
            let share = unexplained(&found.table, &whole, &holes, column);
            assert!(share < 0.35, "column {column}: {share}");
        }
        for column in 3..5 {
            let lacks = |&row: &usize| holes.value(row, column).is_nan();
            let rows: Vec<usize> = (0..ROWS).filter(lacks).collect();
            let right = |&&row: &&usize| {
                let value = found.table.value(row, column);
                assert!(column == 3 || value == 10.0 || value == 20.0, "{value}");
                value == whole.value(row, column)
            };
            let share = rows.iter().filter(right).count() as f64 / rows.len() as f64;
            assert!(share > 0.85, "column {column}: {share}");
        }
    }
}

#[test]
fn bounds_hold_as_often_as_they_promise() {
    for change in [hiding as fn(&mut Config), variational] {
        let (model, whole, holes) = trained(change);
        let options = ImputeOptions { sure: Some(0.9) };
        let found = model.impute(&holes, &options).unwrap();
        let numbers = || found.filled.iter().filter(|cell| cell.column < 3);
        let holds = |cell: &&Filled| {
            let (low, high) = cell.bounds.unwrap();
            (low..=high).contains(&whole.value(cell.row, cell.column))
        };
        let share = numbers().filter(holds).count() as f64 / numbers().count() as f64;
        assert!((0.82..0.97).contains(&share), "{share}");
        let texts = found.filled.iter().filter(|cell| cell.column == 3);
        texts.for_each(|cell| assert!((0.5..=1.0).contains(&cell.probability.unwrap())));
    }
}

#[test]
fn draws_differ_and_vary_as_the_cells_do() {
    let (model, whole, holes) = trained(variational);
    assert!(model.draws_to_impute());
    let drawn = model.impute_drawn(&holes, 5, 7).unwrap();
    assert_eq!(drawn, model.impute_drawn(&holes, 5, 7).unwrap());
    let lacks = |&row: &usize| holes.value(row, 1).is_nan();
    let rows: Vec<usize> = (0..ROWS).filter(lacks).collect();
    let [one, other] = [0, 1].map(|draw| drawn.value(rows[0] * 5 + draw, 1));
    assert_ne!(one, other);
    // The mean of the squares of draws is that of the cells themselves.
    let squares = |values: Vec<f32>| -> f64 {
        let count = values.len() as f64;
        let each = values.into_iter().map(|v| f64::from(v).powi(2));
        each.sum::<f64>() / count
    };
    let of_cells = squares(rows.iter().map(|&row| whole.value(row, 1)).collect());
    let each = |&row: &usize| (0..5).map(move |draw| row * 5 + draw);
    let of_draws = rows.iter().flat_map(each).map(|row| drawn.value(row, 1));
    let of_draws = squares(of_draws.collect());
    let ratio = of_draws / of_cells;
    assert!((0.75..1.3).contains(&ratio), "{ratio}");
}

#[test]
fn a_model_that_takes_no_missing_cells_fills_in_none() {
    let mut config = Config::default();
    (config.network.hidden, config.network.code) = (vec![], 2);
    (config.train.epochs, config.train.batch) = (1, 100);
    let model = Autoencoder::new(config).train(&whole()).unwrap();
    let error = model
        .impute(&whole(), &ImputeOptions::default())
        .unwrap_err();
    assert!(error.to_string().contains("hiding"), "{error}");
}
