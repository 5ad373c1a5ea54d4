//! One look at a model as a drawing of its own, or as JSON.

use serde::Serialize;
use serde_json::json;

use super::section::Section;
use super::{
    code_units, codes, curves, decoding, errors, features, rows, svg, units, usefulness, weights,
};
use crate::base::error::{Error, Result};
use crate::base::hint::{Hint, Remedy};
use crate::look::{Ascent, Chosen, Looking};
use crate::model::Model;
use crate::model::baseline::Pca;

/// What can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Rows beside what comes back of them.
    Reconstructions,
    /// The rows that come back worst.
    Worst,
    /// The rows that come back best.
    Best,
    /// What the units of the first layer look for.
    Weights,
    /// The rows that excite units most.
    Units,
    /// The inputs that would excite units most.
    Maximised,
    /// Where rows lie in the code.
    Codes,
    /// How the units of the code are spread and go together.
    CodeUnits,
    /// One unit of the code moved at a time, decoded.
    Traversals,
    /// A code of two units decoded over a grid.
    Grid,
    /// The way from row to row through the code.
    Interpolations,
    /// New rows beside the nearest old ones.
    Generated,
    /// How the training went.
    Training,
    /// How well labels can be told from the code.
    Usefulness,
    /// How well each feature comes back.
    Features,
    /// How the rows' errors are spread.
    Errors,
}

impl What {
    /// All of them.
    pub const ALL: [What; 16] = [
        What::Reconstructions,
        What::Worst,
        What::Best,
        What::Weights,
        What::Units,
        What::Maximised,
        What::Codes,
        What::CodeUnits,
        What::Traversals,
        What::Grid,
        What::Interpolations,
        What::Generated,
        What::Training,
        What::Usefulness,
        What::Features,
        What::Errors,
    ];

    /// Its name, such as `code-units`, and what it shows in a few words.
    fn described(self) -> (&'static str, &'static str) {
        match self {
            What::Reconstructions => ("reconstructions", "Rows beside what comes back of them"),
            What::Worst => ("worst", "The rows that come back worst"),
            What::Best => ("best", "The rows that come back best"),
            What::Weights => ("weights", "What the units of the first layer look for"),
            What::Units => ("units", "The rows that excite units most"),
            What::Maximised => (
                "maximised",
                "The inputs that would excite units most (activation maximisation)",
            ),
            What::Codes => ("codes", "Where rows lie in the code"),
            What::CodeUnits => (
                "code-units",
                "How the units of the code are spread and go together",
            ),
            What::Traversals => (
                "traversals",
                "One unit of the code moved at a time, decoded",
            ),
            What::Grid => ("grid", "A code of two units decoded over a grid"),
            What::Interpolations => ("interpolations", "The way from row to row through the code"),
            What::Generated => ("generated", "New rows beside the nearest old ones"),
            What::Training => ("training", "Every curve of the training"),
            What::Usefulness => ("usefulness", "How well labels can be told from the code"),
            What::Features => ("features", "How well each feature comes back"),
            What::Errors => ("errors", "How the rows' errors are spread"),
        }
    }

    /// Its name, such as `code-units`.
    pub fn name(self) -> &'static str {
        self.described().0
    }

    /// What it shows, in a few words.
    pub fn shows(self) -> &'static str {
        self.described().1
    }
}

/// What is asked of a look.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Asked {
    /// Layer and units, for [`What::Units`] and [`What::Maximised`].
    pub chosen: Chosen,
    /// How to climb, for [`What::Maximised`].
    pub ascent: Ascent,
}

/// A look as a drawing and as numbers.
#[derive(Debug, Clone, PartialEq)]
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
    /// use narrows::{Asked, Autoencoder, Config, Figure, Table, What, look};
    /// let table = Table::from_floats((0..600).map(|i| ((i * 37) % 101) as f32).collect(), 6)?;
    /// let mut config = Config::default();
    /// (config.network.hidden, config.network.code) = (vec![], 2);
    /// let model = Autoencoder::new(config).train(&table)?;
    /// let looking = look::Looking::at(&model, &table, look::Beside::default())?;
    /// let figure = Figure::of(&looking, What::Codes, &Asked::default())?;
    /// assert!(figure.svg.starts_with("<svg"));
    /// # Ok::<(), narrows::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Usage`] for what this model does not have.
    pub fn of(looking: &Looking, what: What, asked: &Asked) -> Result<Self> {
        let model = looking.model();
        let (section, json) = section(looking, model, what, asked)?;
        if section.drawings.is_empty() {
            return Err(missing(what, model.config.network.code));
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
    what: What,
    asked: &Asked,
) -> Result<(Section, serde_json::Value)> {
    Ok(match what {
        What::Reconstructions | What::Worst | What::Best => {
            let found = looking.reconstructions();
            let part = match what {
                What::Worst => rows::Part::Worst,
                What::Best => rows::Part::Best,
                _ => rows::Part::Even,
            };
            (rows::drawn(&found, part), json(&found))
        }
        What::Weights => {
            let found = looking
                .weights()
                .ok_or_else(|| missing(what, model.config.network.code))?;
            (weights::view(&found), json(&found))
        }
        What::Units => {
            let found = looking.units(&asked.chosen)?;
            (units::view(&found), json(&found))
        }
        What::Maximised => {
            let found = looking.maximised(&asked.chosen, &asked.ascent)?;
            (units::maximised(&found), json(&found))
        }
        What::Codes => {
            let found = looking.codes();
            (codes::view(&found, &[]), json(&found))
        }
        What::CodeUnits => {
            let found = looking.code_units();
            (code_units::view(&found), json(&found))
        }
        What::Traversals | What::Grid | What::Interpolations | What::Generated => {
            let found = looking.decoding()?;
            let (part, own) = match what {
                What::Traversals => (decoding::Part::Traversals, json(&found.traversals)),
                What::Grid => (decoding::Part::Grid, json(&found.grid)),
                What::Interpolations => {
                    (decoding::Part::Interpolations, json(&found.interpolations))
                }
                _ => (decoding::Part::Generated, json(&found.generated)),
            };
            let json = json!({"shape": found.shape, "middle": found.middle, what.name(): own});
            (decoding::part(&found, part), json)
        }
        What::Training => {
            let found = looking.curves(&looking.evaluation()?);
            let same = looking.errors().are_reference;
            let section = curves::view(&found, same)
                .ok_or_else(|| missing(what, model.config.network.code))?;
            (section, json(&found))
        }
        What::Usefulness => {
            let found = looking
                .usefulness()?
                .ok_or_else(|| missing(what, model.config.network.code))?;
            let section = usefulness::view(
                &found,
                model.config.network.code,
                model.pca.as_ref().map_or(0, Pca::size),
            );
            (section, json(&found))
        }
        What::Features => {
            let found = looking.features();
            let image = model.scaler.image;
            (features::drawn(&found, image), json!({"features": found}))
        }
        What::Errors => {
            let found = looking.errors();
            (errors::view(&found), json(&found))
        }
    })
}

fn json(value: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(value).expect("structs of numbers and texts are JSON")
}

fn missing(what: What, code: usize) -> Error {
    let of_size = match code {
        1 => "a code of 1 unit".into(),
        _ => format!("a code of {code} units"),
    };
    let (found, expected) = match what {
        What::Grid => (
            of_size.as_str(),
            "a code of two units, which can be laid out in a grid",
        ),
        What::Generated => (
            "a model without a prior",
            "one that makes new rows: variational, adversarial or generative stochastic",
        ),
        What::Usefulness => (
            "rows without labels, or with more than 100 different ones",
            "rows with labels of a few kinds",
        ),
        What::Training => ("a model without a history", "a trained one"),
        What::Weights => (
            "a first layer whose weights belong to no picture",
            "a dense first layer, or a convolution over images",
        ),
        _ => ("nothing to draw", "a model that has it"),
    };
    let hint = match what {
        What::Grid => "train one with network.code = 2".into(),
        What::Generated => Hint::from("for instance ").and(Remedy::TrainGenerative),
        What::Usefulness => "name the column of labels in training: data.label".into(),
        _ => Hint::from(Remedy::ListLooks).and(" lists what there is"),
    };
    Error::usage(found, expected, hint)
}
