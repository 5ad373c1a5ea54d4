//! Warnings: what was seen although nothing failed, why it matters, and which
//! settings to try.

mod words;

/// Something the user should know about a training or its data.
///
/// Every setting in `try_one` is accepted beside the other settings of the
/// training, and each by itself is there to lessen what the warning is about.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// Table columns that hold one value in all training rows.
    ConstantColumns {
        /// The columns' names.
        names: Vec<String>,
        /// Those of them that `data.one_hot` names, which must be taken out of
        /// it to be ignored.
        one_hot: Vec<String>,
    },
    /// Columns whose large values lost much of their differences to 32 bits.
    Rounded {
        /// The columns' names.
        names: Vec<String>,
    },
    /// Columns in which a few values lie far from all others.
    FarValues {
        /// The columns' names.
        names: Vec<String>,
        /// Whether the far values were drawn in.
        drawn_in: bool,
    },
    /// A value at an end of a column's range, far from all others and in
    /// several rows, as codes for missing cells are.
    Sentinel {
        /// The column's name.
        name: String,
        /// The value, as the file has it.
        value: String,
        /// The number of its training rows.
        count: usize,
    },
    /// Columns of whole numbers in which no two rows are equal.
    LooksLikeId {
        /// The columns' names.
        names: Vec<String>,
    },
    /// Held-out rows that are among the training rows too.
    Duplicates {
        /// The number of such held-out rows.
        rows: usize,
        /// The number of all held-out rows.
        held_out: usize,
        /// Whether the columns have so few different values that rows repeat by
        /// themselves.
        few_values: bool,
    },
    /// A code that is not narrower than the input, with nothing else to keep
    /// the network from copying it.
    WideCode {
        /// Units of the code.
        code: usize,
        /// Features of the input.
        features: usize,
        /// Settings to try.
        try_one: Vec<Setting>,
    },
    /// Inputs that the output's activation can never reach.
    OutOfReach {
        /// The activation's name.
        output: String,
        /// The bounds of the activation.
        reach: (f32, f32),
        /// The smallest and largest scaled training value.
        range: (f32, f32),
        /// Settings to try.
        try_one: Vec<Setting>,
    },
    /// Units that gave 0 for every held-out row.
    DeadUnits {
        /// The layer, as in the model file.
        layer: String,
        /// The number of dead units.
        dead: usize,
        /// The number of units in the layer.
        units: usize,
        /// Settings to try.
        try_one: Vec<Setting>,
    },
    /// Nearly the same output for every held-out row.
    SameOutput {
        /// The variance of the outputs over held-out rows, as a share of that
        /// of the inputs.
        share: f64,
        /// Settings to try.
        try_one: Vec<Setting>,
    },
    /// A held-out error that has been growing for epochs while the training
    /// error fell.
    Overfitting {
        /// The epoch whose held-out error was best.
        best_epoch: usize,
        /// The last epoch.
        epoch: usize,
        /// The ratio of the last epochs' held-out error to the best one.
        times: f64,
        /// Settings to try.
        try_one: Vec<Setting>,
    },
    /// A linear method that does as well with the same code size.
    PcaAsGood {
        /// The network's error per row on the held-out rows.
        network: f64,
        /// PCA's error per row on the same rows.
        pca: f64,
        /// Settings to try.
        try_one: Vec<Setting>,
    },
    /// A network far worse than predicting the mean.
    Useless {
        /// The ratio of the network's held-out error to that of the training
        /// rows' mean.
        times: f64,
        /// Settings to try.
        try_one: Vec<Setting>,
    },
    /// An error far beyond the size of the inputs, although still finite.
    BlownUp {
        /// The epoch, counted from 1.
        epoch: usize,
        /// The ratio of the error to the size of the inputs.
        times: f64,
        /// Settings to try.
        try_one: Vec<Setting>,
    },
    /// Batches too small for a mean over their rows to be reliable.
    SmallBatch {
        /// Rows per step.
        rows: usize,
        /// Settings to try.
        try_one: Vec<Setting>,
    },
    /// A variational code in which few units carry any information.
    PosteriorCollapse {
        /// Units whose divergence from the prior is more than 0.01 nats.
        active: usize,
        /// Units of the code.
        units: usize,
        /// Settings to try.
        try_one: Vec<Setting>,
    },
    /// A term of the loss so large that the reconstruction hardly counts.
    Dwarfed {
        /// The term's name.
        term: String,
        /// The ratio of the term to the reconstruction.
        times: f64,
        /// Settings to try.
        try_one: Vec<Setting>,
    },
    /// A contractive encoder whose decoder may undo the contraction.
    UntiedContractive {
        /// Settings to try.
        try_one: Vec<Setting>,
    },
    /// Too few held-out rows for reliable percentiles.
    FewHeldOut {
        /// The number of held-out rows.
        rows: usize,
        /// Settings to try.
        try_one: Vec<Setting>,
    },
}

/// A value for a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The key with its table, such as `optimizer.rate`.
    pub key: String,
    /// The value in TOML.
    pub value: String,
}

impl Setting {
    /// Creates a setting; `value` is in TOML.
    pub(crate) fn new(key: impl Into<String>, value: impl ToString) -> Self {
        Setting {
            key: key.into(),
            value: value.to_string(),
        }
    }
}

impl Warning {
    /// Returns the settings to try, each by itself; empty where no setting
    /// helps.
    pub fn settings(&self) -> &[Setting] {
        match self {
            Warning::ConstantColumns { .. }
            | Warning::Rounded { .. }
            | Warning::FarValues { .. }
            | Warning::Sentinel { .. }
            | Warning::LooksLikeId { .. }
            | Warning::Duplicates { .. } => &[],
            Warning::WideCode { try_one, .. }
            | Warning::OutOfReach { try_one, .. }
            | Warning::DeadUnits { try_one, .. }
            | Warning::SameOutput { try_one, .. }
            | Warning::Overfitting { try_one, .. }
            | Warning::PcaAsGood { try_one, .. }
            | Warning::Useless { try_one, .. }
            | Warning::BlownUp { try_one, .. }
            | Warning::SmallBatch { try_one, .. }
            | Warning::PosteriorCollapse { try_one, .. }
            | Warning::Dwarfed { try_one, .. }
            | Warning::UntiedContractive { try_one }
            | Warning::FewHeldOut { try_one, .. } => try_one,
        }
    }

    /// Leaves out the settings to try that are not `possible`.
    pub(crate) fn keep_settings(&mut self, possible: impl FnMut(&Setting) -> bool) {
        match self {
            Warning::ConstantColumns { .. }
            | Warning::Rounded { .. }
            | Warning::FarValues { .. }
            | Warning::Sentinel { .. }
            | Warning::LooksLikeId { .. }
            | Warning::Duplicates { .. } => {}
            Warning::WideCode { try_one, .. }
            | Warning::OutOfReach { try_one, .. }
            | Warning::DeadUnits { try_one, .. }
            | Warning::SameOutput { try_one, .. }
            | Warning::Overfitting { try_one, .. }
            | Warning::PcaAsGood { try_one, .. }
            | Warning::Useless { try_one, .. }
            | Warning::BlownUp { try_one, .. }
            | Warning::SmallBatch { try_one, .. }
            | Warning::PosteriorCollapse { try_one, .. }
            | Warning::Dwarfed { try_one, .. }
            | Warning::UntiedContractive { try_one }
            | Warning::FewHeldOut { try_one, .. } => try_one.retain(possible),
        }
    }
}
