//! One look at a model as a drawing of its own, or as JSON.

use serde::Serialize;
use serde_json::json;

use super::section::Section;
use super::{
    associations, code_units, codes, columns, curves, decoding, errors, features, holes, rows,
    series, svg, units, usefulness, weights,
};
use crate::base::error::{Error, Result};
use crate::base::hint::{Hint, Remedy};
use crate::look::{Kind, Looking, Options};
use crate::model::Model;
use crate::model::baseline::Pca;

/// A look as a drawing and as numbers.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Figure {
    /// A whole SVG image, in light colours.
    pub svg: String,
    /// The same as JSON: the struct of [`crate::look`] that it is drawn from.
    pub json: serde_json::Value,
}

impl Figure {
    /// Draws one look.
    ///
    /// ```
    /// use narrows::look::{Kind, Looking, Options};
    /// use narrows::{Autoencoder, Config, Figure, Table};
    /// let table = Table::from_floats((0..600).map(|i| ((i * 37) % 101) as f32).collect(), 6)?;
    /// let mut config = Config::default();
    /// (config.network.hidden, config.network.code) = (vec![], 2);
    /// let model = Autoencoder::new(config).train(&table)?;
    /// let looking = Looking::new(&model, &table)?;
    /// let figure = Figure::of(&looking, Kind::Codes, &Options::default())?;
    /// assert!(figure.svg.starts_with("<svg"));
    /// # Ok::<(), narrows::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Usage`] for what this model does not have.
    pub fn of(looking: &Looking, kind: Kind, options: &Options) -> Result<Self> {
        let model = looking.model();
        let (section, json) = section(looking, model, kind, options)?;
        if section.drawings.is_empty() {
            return Err(missing(kind, model.config.network.code));
        }
        Ok(Figure {
            svg: svg::document(&section),
            json,
        })
    }
}

fn section(
    looking: &Looking,
    model: &Model,
    kind: Kind,
    options: &Options,
) -> Result<(Section, serde_json::Value)> {
    let code = model.config.network.code;
    let missing = || missing(kind, code);
    Ok(match kind {
        Kind::Reconstructions | Kind::Worst | Kind::Best => {
            let found = looking.reconstructions();
            let part = match kind {
                Kind::Worst => rows::Part::Worst,
                Kind::Best => rows::Part::Best,
                _ => rows::Part::Even,
            };
            (rows::drawn(&found, part), json(&found))
        }
        Kind::Weights => {
            let found = looking.weights().ok_or_else(missing)?;
            (weights::view(&found), json(&found))
        }
        Kind::Units => {
            let found = looking.units(&options.selection)?;
            (units::view(&found), json(&found))
        }
        Kind::Maximised => {
            let found = looking.maximised(&options.selection, &options.ascent)?;
            (units::maximised(&found), json(&found))
        }
        Kind::Codes => {
            let found = looking.codes();
            (codes::view(&found, &[]), json(&found))
        }
        Kind::CodeUnits => {
            let found = looking.code_units();
            (code_units::view(&found), json(&found))
        }
        Kind::Traversals | Kind::Grid | Kind::Interpolations | Kind::Generated => {
            let found = looking.decoding()?;
            let (part, own) = match kind {
                Kind::Traversals => (decoding::Part::Traversals, json(&found.traversals)),
                Kind::Grid => (decoding::Part::Grid, json(&found.grid)),
                Kind::Interpolations => {
                    (decoding::Part::Interpolations, json(&found.interpolations))
                }
                _ => (decoding::Part::Generated, json(&found.generated)),
            };
            let json = json!({"shape": found.shape, "middle": found.middle, kind.name(): own});
            (decoding::part(&found, part), json)
        }
        Kind::Training => {
            let found = looking.curves(&looking.evaluation()?);
            let same = looking.errors().are_reference;
            let section = curves::view(&found, same).ok_or_else(missing)?;
            (section, json(&found))
        }
        Kind::Usefulness => {
            let found = looking.usefulness()?.ok_or_else(missing)?;
            let section = usefulness::view(&found, code, model.pca.as_ref().map_or(0, Pca::size));
            (section, json(&found))
        }
        Kind::Columns => {
            let found = looking.columns(&looking.evaluation()?);
            let section = columns::view(&found, looking.inferred());
            (section, json!({"columns": found}))
        }
        Kind::Missing => {
            let found = looking.holes().ok_or_else(missing)?;
            (holes::view(&found), json(&found))
        }
        Kind::Associations => {
            let found = looking.associations();
            (associations::view(&found), json!({"units": found}))
        }
        Kind::Features => {
            let found = looking.features();
            let image = model.scaler.image;
            (features::drawn(&found, image), json!({"features": found}))
        }
        Kind::Series => {
            let found = looking.series()?;
            (series::view(&found), json(&found))
        }
        Kind::Errors => {
            let found = looking.errors();
            (errors::view(&found), json(&found))
        }
    })
}

fn json(value: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(value).expect("structs of numbers and texts are JSON")
}

fn missing(kind: Kind, code: usize) -> Error {
    let of_size = match code {
        1 => "a code of 1 unit".into(),
        _ => format!("a code of {code} units"),
    };
    let (found, expected) = match kind {
        Kind::Grid => (
            of_size.as_str(),
            "a code of two units, which can be laid out in a grid",
        ),
        Kind::Generated => (
            "a model without a prior",
            "one that makes new rows: variational, adversarial or generative stochastic",
        ),
        Kind::Usefulness => (
            "rows without labels, or with more than 100 different ones",
            "rows with labels of a few kinds",
        ),
        Kind::Columns => (
            "a model that compares features in one way",
            "one whose columns have likelihoods: texts among them, or missing cells",
        ),
        Kind::Missing => ("rows without missing cells", "some that lack cells"),
        Kind::Associations => (
            "images, or rows that are too few or too alike",
            "rows of a table that differ",
        ),
        Kind::Training => ("a model without a history", "a trained one"),
        Kind::Weights => (
            "a first layer whose weights belong to no picture",
            "a dense first layer, or a convolution over images",
        ),
        _ => ("nothing to draw", "a model that has it"),
    };
    let hint = match kind {
        Kind::Grid => "train one with network.code = 2".into(),
        Kind::Generated => Hint::from("for instance ").and(Remedy::TrainGenerative),
        Kind::Columns => "`features` has how well each number comes back".into(),
        Kind::Usefulness => "name the column of labels in training: data.label".into(),
        _ => Hint::from(Remedy::ListLooks).and(" lists what there is"),
    };
    Error::usage(found, expected, hint)
}
