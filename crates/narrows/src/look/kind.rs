//! The looks that there are, by name, and their options.

use super::maximise::Ascent;
use super::units::UnitSelection;

/// A look at a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
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
    /// What each column holds and how well it comes back.
    Columns,
    /// Which cells are missing.
    Missing,
    /// Which columns move together with the units of the code.
    Associations,
    /// How well each feature comes back.
    Features,
    /// How the rows' errors are spread.
    Errors,
    /// How unusual rows are in their order.
    Series,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 20] = [
        Kind::Reconstructions,
        Kind::Worst,
        Kind::Best,
        Kind::Weights,
        Kind::Units,
        Kind::Maximised,
        Kind::Codes,
        Kind::CodeUnits,
        Kind::Traversals,
        Kind::Grid,
        Kind::Interpolations,
        Kind::Generated,
        Kind::Training,
        Kind::Usefulness,
        Kind::Columns,
        Kind::Missing,
        Kind::Associations,
        Kind::Features,
        Kind::Errors,
        Kind::Series,
    ];

    /// Returns its name, such as `code-units`, and what it shows in a few
    /// words.
    fn described(self) -> (&'static str, &'static str) {
        match self {
            Kind::Reconstructions => ("reconstructions", "Rows beside what comes back of them"),
            Kind::Worst => ("worst", "The rows that come back worst"),
            Kind::Best => ("best", "The rows that come back best"),
            Kind::Weights => ("weights", "What the units of the first layer look for"),
            Kind::Units => ("units", "The rows that excite units most"),
            Kind::Maximised => (
                "maximised",
                "The inputs that would excite units most (activation maximisation)",
            ),
            Kind::Codes => ("codes", "Where rows lie in the code"),
            Kind::CodeUnits => (
                "code-units",
                "How the units of the code are spread and go together",
            ),
            Kind::Traversals => (
                "traversals",
                "One unit of the code moved at a time, decoded",
            ),
            Kind::Grid => ("grid", "A code of two units decoded over a grid"),
            Kind::Interpolations => ("interpolations", "The way from row to row through the code"),
            Kind::Generated => ("generated", "New rows beside the nearest old ones"),
            Kind::Training => ("training", "Every curve of the training"),
            Kind::Usefulness => ("usefulness", "How well labels can be told from the code"),
            Kind::Columns => (
                "columns",
                "What each column holds and how well it comes back",
            ),
            Kind::Missing => ("missing", "Which cells are missing"),
            Kind::Associations => (
                "associations",
                "Which columns move together with the units of the code",
            ),
            Kind::Features => ("features", "How well each feature comes back"),
            Kind::Errors => ("errors", "How the rows' errors are spread"),
            Kind::Series => ("series", "How unusual rows are in their order"),
        }
    }

    /// Returns its name, such as `code-units`.
    pub fn name(self) -> &'static str {
        self.described().0
    }

    /// Returns what it shows, in a few words.
    pub fn shows(self) -> &'static str {
        self.described().1
    }
}

/// The options of a look; most looks have none.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Options {
    /// The layer and units, for [`Kind::Units`] and [`Kind::Maximised`].
    pub selection: UnitSelection,
    /// The gradient ascent, for [`Kind::Maximised`].
    pub ascent: Ascent,
}
