//! A file that was accepted is used: what it says must hold together.

use narrows::look::{Kind, Looking, Options};
use narrows::read::read;
use narrows::{Classifier, Figure, Model, Table, report};

use crate::{file, told};

/// Larger networks only make the fuzzing slow.
const MOST_WEIGHTS: usize = 20_000;
const ROWS: usize = 3;

/// Does with a model all that can be done with one.
pub fn model(model: &Model) {
    let width = model.scaler().columns();
    model.shape();
    model.held_out();
    if model.weight_count() > MOST_WEIGHTS || model.scaler().features() > MOST_WEIGHTS {
        return;
    }
    let rows = file("rows.csv", b"a,b,y\n1,2,x\n");
    told(read(&rows, &model.roles()));
    let Some(table) = table(width) else { return };
    if let Some(codes) = told(model.encode(&table)) {
        assert_eq!(codes.rows(), ROWS);
        told(model.decode(&codes));
    }
    told(model.reconstruct(&table));
    told(model.score(&table));
    told(model.evaluate(&table));
    told(model.generate(2, 1));
    told(model.interpolate(&table, 0, 1, 3));
    let Some(looking) = told(Looking::new(model, &table)) else {
        return;
    };
    told(report(&looking, "fuzzed"));
    for kind in Kind::ALL {
        told(Figure::of(&looking, kind, &Options::default()));
    }
}

/// The same of a classifier.
pub fn classifier(classifier: &Classifier) {
    classifier.shape();
    if classifier.weight_count() > MOST_WEIGHTS {
        return;
    }
    let rows = file("rows.csv", b"a,b,y\n1,2,x\n");
    if let Some(table) = told(read(&rows, &classifier.roles())) {
        told(classifier.predict(&table));
        told(classifier.evaluate(&table));
    }
}

fn table(width: usize) -> Option<Table> {
    let values = (0..ROWS * width).map(|at| (at % 7) as f32).collect();
    told(Table::from_floats(values, width))
}
