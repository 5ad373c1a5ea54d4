//! Warnings: what was seen although nothing failed, why it matters, and what to
//! try.

use std::fmt;

/// Something the user should know about a training or its data.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// Table columns that hold one value in all training rows.
    ConstantColumns {
        /// The columns' names.
        names: Vec<String>,
    },
    /// Columns whose large values lost much of their differences to 32 bits.
    Rounded {
        /// The columns' names.
        names: Vec<String>,
    },
    /// Columns of whole numbers in which no two rows are equal.
    LooksLikeId {
        /// The columns' names.
        names: Vec<String>,
    },
    /// A code that is not narrower than the input, with nothing else to keep
    /// the network from copying it.
    WideCode {
        /// Units of the code.
        code: usize,
        /// Features of the input.
        features: usize,
    },
    /// Inputs that a sigmoid output can never reach.
    OutOfReach {
        /// The smallest and largest scaled training value.
        range: (f32, f32),
    },
    /// Units that gave 0 for every held-out row.
    DeadUnits {
        /// The layer, as in the model file.
        layer: String,
        /// The number of dead units.
        dead: usize,
        /// The number of units in the layer.
        units: usize,
        /// Whether features may have a mean far from 0.
        can_be_centred: bool,
    },
    /// A held-out error that has been growing for long.
    Overfitting {
        /// The epoch whose held-out error was best.
        best_epoch: usize,
        /// The last epoch.
        epoch: usize,
    },
    /// A linear method that does as well with the same code size.
    PcaAsGood {
        /// The network's error per row on the held-out rows.
        network: f64,
        /// PCA's error per row on the same rows.
        pca: f64,
        /// The weight of the penalty on squared weights, `loss.l2`.
        l2: f32,
    },
    /// A network far worse than predicting the mean.
    Useless {
        /// The ratio of the network's held-out error to that of the training
        /// rows' mean.
        times: f64,
    },
    /// An error far beyond the size of the inputs, although still finite.
    BlownUp {
        /// The epoch, counted from 1.
        epoch: usize,
        /// The ratio of the error to the size of the inputs.
        times: f64,
        /// The learning rate of the training.
        rate: f64,
    },
    /// Batches too small for a mean over their rows to be reliable.
    SmallBatch {
        /// Rows per step.
        rows: usize,
        /// Rows per step that would be enough.
        enough: usize,
    },
    /// A variational code in which few units carry any information.
    PosteriorCollapse {
        /// Units whose divergence from the prior is more than 0.01 nats.
        active: usize,
        /// Units of the code.
        units: usize,
    },
    /// A term of the loss so large that the reconstruction hardly counts.
    Dwarfed {
        /// The term's name.
        term: String,
        /// The ratio of the term to the reconstruction.
        times: f64,
    },
    /// A contractive encoder whose decoder may undo the contraction.
    UntiedContractive,
    /// Too few held-out rows for reliable percentiles.
    FewHeldOut {
        /// The number of held-out rows.
        rows: usize,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::ConstantColumns { names } => write!(
                f,
                "{} never change in the training rows, so there is nothing to learn from; leave out with data.ignore",
                Names(names),
            ),
            Warning::Rounded { names } => write!(
                f,
                "{} are so large that 32 bits round their differences away; subtract a constant from them first, as the first time from times",
                Names(names),
            ),
            Warning::LooksLikeId { names } => write!(
                f,
                "{} are whole numbers of which no two are the same, as ids are; if they only name the row, keep them out of training with data.id or data.ignore",
                Names(names),
            ),
            Warning::WideCode { code, features } => write!(
                f,
                "the code has {} for {}, so copying the input costs nothing; try a network.code below {features}",
                counted(*code, "unit"),
                counted(*features, "feature"),
            ),
            Warning::OutOfReach { range: (low, high) } => write!(
                f,
                "scaled inputs reach from {low:.3} to {high:.3}, but a sigmoid output stays between 0 and 1; try data.scale = \"min_max\" or network.output = \"identity\"",
            ),
            Warning::DeadUnits {
                layer,
                dead,
                units,
                can_be_centred,
            } => {
                let centre = match can_be_centred {
                    true => ", data.scale = \"centre\"",
                    false => "",
                };
                write!(
                    f,
                    "{dead} of {units} units of {layer} are 0 for every held-out row and learn no more; try a lower optimizer.rate{centre} or network.activation = \"elu\"",
                )
            }
            Warning::Overfitting { best_epoch, epoch } => write!(
                f,
                "the held-out error was best in epoch {best_epoch} of {epoch} and has grown since: the network is learning the rows by heart; try train.early_stopping, loss.l2 or a narrower network",
            ),
            Warning::PcaAsGood { network, pca, l2 } => {
                let times = network / pca;
                let better = match times {
                    0.0..1.05 => "a linear method already does as well".into(),
                    f64::INFINITY => "a linear method makes none".into(),
                    _ => format!("a linear method does {times:.1} times better"),
                };
                let penalty = match l2 {
                    0.0 => String::new(),
                    l2 => format!("a loss.l2 below {l2}, "),
                };
                write!(
                    f,
                    "PCA with the same code size has a held-out error per row of {}, the network {}: {better}; try more train.epochs, another optimizer.rate, {penalty}or keep PCA",
                    short(*pca),
                    short(*network),
                )
            }
            Warning::Useless { times } => write!(
                f,
                "the held-out error is {} times that of the mean of the training rows: the training diverged; lower optimizer.rate",
                short(*times),
            ),
            Warning::PosteriorCollapse { active, units } => write!(
                f,
                "only {active} of {units} units of the code tell rows apart, the others are at the prior (posterior collapse); try a lower variational.beta, variational.warm_up, variational.free_bits or a narrower code",
            ),
            Warning::Dwarfed { term, times } => write!(
                f,
                "the term {term} is {times:.0} times the reconstruction, which hardly counts beside it; try a lower weight of that term",
            ),
            Warning::BlownUp { epoch, times, rate } => write!(
                f,
                "the error of epoch {epoch} is {times:.3e} times the size of the inputs: the training diverges; lower optimizer.rate, now {rate}",
            ),
            Warning::SmallBatch { rows, enough } => write!(
                f,
                "a unit is judged by its activations over a batch, and {} say little about it; try a train.batch of {enough} or more",
                counted(*rows, "row"),
            ),
            Warning::UntiedContractive => write!(
                f,
                "a [contractive] encoder can shrink its weights while the decoder grows its own, which lowers the term and changes nothing; try network.tied = true",
            ),
            Warning::FewHeldOut { rows } => write!(
                f,
                "only {}: errors and percentiles taken from so few are rough; try a larger data.held_out or more data",
                counted(*rows, "held-out row"),
            ),
        }
    }
}

/// Formats a number with four significant digits, or as `1.36e20` if very small
/// or large.
fn short(number: f64) -> String {
    match number.abs() {
        0.0 => "0".into(),
        size if (1e-4..1e6).contains(&size) => {
            let decimals = (3.0 - size.log10().floor()).max(0.0) as usize;
            format!("{number:.decimals$}")
        }
        _ => format!("{number:.2e}"),
    }
}

/// Returns `1 row`, `2 rows` and the like.
fn counted(count: usize, one: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {one}{s}")
}

/// Displays as `the values of column 'a'`, and names at most five columns.
struct Names<'a>(&'a [String]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<String> = self
            .0
            .iter()
            .take(5)
            .map(|name| format!("'{name}'"))
            .collect();
        let plural = if self.0.len() == 1 { "" } else { "s" };
        write!(f, "the values of column{plural} {}", shown.join(", "))?;
        match self.0.len().saturating_sub(5) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_says_what_was_seen_and_what_to_try() {
        let text = Warning::ConstantColumns {
            names: vec!["a".into()],
        }
        .to_string();
        assert!(
            text.contains("column 'a' never change") && text.contains("data.ignore"),
            "{text}"
        );
        let names = (0..7).map(|i| format!("c{i}")).collect();
        let text = Warning::ConstantColumns { names }.to_string();
        assert!(text.contains("and 2 more never change in"), "{text}");
        let dead = |can_be_centred| {
            let warning = Warning::DeadUnits {
                layer: "encoder.0".into(),
                dead: 3,
                units: 10,
                can_be_centred,
            };
            warning.to_string()
        };
        assert!(dead(true).contains("data.scale = \"centre\""));
        assert!(!dead(false).contains("data.scale"));
        let pca = |network, l2| {
            let pca = 2.0;
            Warning::PcaAsGood { network, pca, l2 }.to_string()
        };
        let text = pca(6.0, 0.5);
        assert!(text.contains("3.0 times better"), "{text}");
        assert!(text.contains("a loss.l2 below 0.5"), "{text}");
        let exact = Warning::PcaAsGood {
            network: 1.0,
            pca: 0.0,
            l2: 0.0,
        };
        assert!(exact.to_string().contains("makes none;"), "{exact}");
        let text = pca(2.0, 0.0);
        assert!(
            text.contains("does as well") && !text.contains("l2"),
            "{text}"
        );
        let text = pca(1.364_9e20, 0.0);
        assert!(text.contains("the network 1.36e20:"), "{text}");
    }
}
