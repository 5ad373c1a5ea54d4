//! Estimates a training's memory before it starts.

use crate::base::error::{Error, Result};
use crate::base::hint::{Hint, Remedy};
use crate::base::memory::{check_granted, shown};
use crate::config::plan::Plan;
use crate::data::source::CHUNK;
use crate::data::table::Table;
use crate::model::baseline;
use crate::objective::variant::draws;

const FLOAT: usize = size_of::<f32>();
/// Copies of the weights: the current ones, those at the start of the phase,
/// their gradients, two moments, the best; and a checkpoint of them, gathered
/// and then packed.
const WEIGHTS: usize = 18;
/// Copies of a mini-batch's outputs of each layer: sums, outputs, what changed
/// them, their gradients, and what a variant makes of them.
const BATCH: usize = 8;
/// Numbers kept for each row: its place, its turn in the epoch, its split.
const PLACES: usize = 3;
/// Matrices of features by features, in 64 bits: the covariance, its axes, and
/// the workspace for finding them.
const SQUARES: usize = 7;
/// Rows that PCA and the report each process together, in 32 bits.
const PCA_ROWS: usize = 5_000;
const REPORT_ROWS: usize = 20_000;
/// Bytes of the page itself, and of its drawings.
const REPORT: usize = 72_000_000;

/// Bytes that a training needs, part by part; rough, and rather too many.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Estimate {
    /// The table, which is always there, and the order of its rows.
    rows: usize,
    /// Separate copies of held-out and training rows, for the report.
    copies: usize,
    /// Weights, gradients, moments, checkpoints.
    network: usize,
    /// A mini-batch on its way through the network.
    batch: usize,
    /// Number of draws of a row that the decoder sees at a time.
    draws: usize,
    /// Further networks, as many at a time as there are threads.
    members: usize,
    /// PCA, to compare with.
    pca: usize,
    /// The report.
    report: usize,
}

/// The matrices of a mini-batch's features beside its outputs, if cells may be
/// missing.
const MASKS: usize = 6;

impl Estimate {
    pub fn of(plan: &Plan, table: &Table) -> Self {
        let weights = plan.spec.layers.iter().map(|layer| {
            let [inputs, outputs] = layer.map.weight();
            inputs * outputs + outputs
        });
        let outputs: usize = plan.spec.shapes.iter().map(|shape| shape.values()).sum();
        let batch = match plan.config.train.batch {
            0 => table.rows(),
            batch => batch.max(CHUNK).min(table.rows()),
        };
        // The decoder sees every draw of a row.
        let draws = draws(&plan.config.variants());
        let features = plan.features;
        let network = WEIGHTS * FLOAT * weights.sum::<usize>();
        let others = plan.config.seeds.saturating_sub(1);
        let at_a_time = others.min(rayon::current_num_threads());
        // A mask, an emphasis and their products; of PCA, who knows which pairs.
        let masks = usize::from(plan.spec.cells.is_some());
        let of_batch = FLOAT * batch * draws * (BATCH * 2 * outputs + masks * MASKS * features);
        let squares = (SQUARES + masks) * features * features * size_of::<f64>();
        Estimate {
            rows: table.memory() + PLACES * table.rows() * size_of::<usize>(),
            copies: table.memory() + table.rows() * size_of::<usize>(),
            network,
            batch: of_batch,
            members: at_a_time * (network + of_batch + PLACES * table.rows() * size_of::<usize>())
                + (others - at_a_time) * network / WEIGHTS,
            draws,
            pca: match features <= baseline::WIDEST {
                true => squares + PCA_ROWS * features * FLOAT,
                false => 0,
            },
            report: REPORT + REPORT_ROWS * features * FLOAT,
        }
    }

    /// Returns the peak, without the cache of layers' outputs.
    pub fn most(&self) -> usize {
        let after = self.pca.max(self.copies + self.report);
        self.rows + self.network + self.batch.max(self.members).max(after)
    }

    /// Returns what surely has to be allocated: rows to train on, weights,
    /// gradients and moments, and a mini-batch's outputs with their gradients.
    fn least(&self) -> usize {
        self.copies + self.network / WEIGHTS * 4 + self.batch / BATCH * 2
    }

    /// Refuses a training that needs more than `bytes`.
    fn check(&self, bytes: usize) -> Result<()> {
        let most = self.most();
        if most <= bytes {
            return Ok(());
        }
        Err(Error::usage(
            format!(
                "a training that takes about {}: rows {}, their copies for the report {}, network {}, a batch {}, {}PCA {}, report {}",
                shown(most),
                shown(self.rows),
                shown(self.copies),
                shown(self.network),
                shown(self.batch),
                match self.members {
                    0 => String::new(),
                    members => format!("further networks {}, ", shown(members)),
                },
                shown(self.pca),
                shown(self.report),
            ),
            format!("at most the {} that are left", shown(bytes)),
            Hint::from(match self.draws {
                1 => "take fewer rows, a smaller network or a smaller train.batch, or allow more with ",
                _ => "take a smaller train.batch, variational.samples or network, or allow more with ",
            })
            .and(Remedy::AllowMemory),
        ))
    }
}

/// Returns the megabytes for the outputs of trained layers: what the config
/// allows, within what is left of `bytes`, if that is given.
///
/// # Errors
/// [`Error::Usage`] if the training itself needs more than `bytes`, or than the
/// system grants.
pub(super) fn cache(plan: &Plan, table: &Table, bytes: Option<usize>) -> Result<f64> {
    let layerwise = plan.config.layerwise.as_ref();
    let asked = layerwise.map_or(0.0, |layerwise| layerwise.cache_memory);
    let estimate = Estimate::of(plan, table);
    check_granted(estimate.least(), "a network and rows")?;
    let Some(bytes) = bytes else {
        return Ok(asked);
    };
    estimate.check(bytes)?;
    // One phase's outputs are kept until the next phase's are ready.
    let left = bytes - estimate.rows - estimate.network - estimate.batch;
    Ok(asked.min(left as f64 / 2.0 / 1e6))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Activation, Config, Layerwise, Reconstruction};
    use crate::objective::variant::Variational;

    fn plan(change: impl FnOnce(&mut Config)) -> Plan {
        let mut config = Config::default();
        (config.network.hidden, config.network.code) = (vec![10], 5);
        change(&mut config);
        Plan::for_data(&config, 20, None).unwrap()
    }

    fn table(rows: usize) -> Table {
        Table::from_floats(vec![0.5; rows * 20], 20).unwrap()
    }

    #[test]
    fn each_part_by_hand() {
        let found = Estimate::of(&plan(|c| c.train.batch = 500), &table(1000));
        assert_eq!(found.rows, 1000 * (20 * 4 + 3 * 8));
        assert_eq!(found.copies, 1000 * (20 * 4 + 8));
        // The layers 20-10-5-10-20, with biases.
        assert_eq!(found.network, 18 * 4 * (210 + 55 + 60 + 220));
        assert_eq!(found.batch, 8 * 4 * 500 * 2 * (20 + 10 + 5));
        let weighted = plan(|c| {
            c.train.batch = 500;
            c.loss.reconstruction = Reconstruction::Gaussian;
            c.network.code_activation = Some(Activation::Identity);
            c.variational = Some(Variational {
                samples: 3,
                ..Default::default()
            });
        });
        assert_eq!(Estimate::of(&weighted, &table(1000)).batch, 3 * found.batch);
        assert_eq!(found.pca, 7 * 400 * 8 + 5000 * 20 * 4);
        let after = found.copies + found.report;
        assert_eq!(found.most(), found.rows + found.network + after);
    }

    #[test]
    fn further_networks_count_as_many_as_train_side_by_side() {
        let one = Estimate::of(&plan(|_| {}), &table(1000));
        let five = Estimate::of(&plan(|c| c.seeds = 5), &table(1000));
        let threads = rayon::current_num_threads().min(4);
        let each = one.network + one.batch + 3 * 8 * 1000;
        assert_eq!(one.members, 0);
        assert_eq!(
            five.members,
            threads * each + (4 - threads) * one.network / 18
        );
        assert!(five.most() >= one.rows + one.network + five.members);
    }

    #[test]
    fn a_batch_of_all_rows_counts_them_all() {
        let found = Estimate::of(&plan(|c| c.train.batch = 0), &table(1000));
        assert_eq!(found.batch, 8 * 4 * 1000 * 2 * (20 + 10 + 5));
    }

    #[test]
    fn wide_rows_have_no_pca() {
        let mut config = Config::default();
        config.network.hidden = vec![2];
        let wide = Plan::for_data(&config, 5000, None).unwrap();
        let rows = Table::from_floats(vec![0.5; 5000], 5000).unwrap();
        assert_eq!(Estimate::of(&wide, &rows).pca, 0);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_parts() {
        let (plan, table) = (plan(|_| {}), table(1000));
        let most = Estimate::of(&plan, &table).most();
        assert_eq!(cache(&plan, &table, Some(most)), Ok(0.0));
        let error = cache(&plan, &table, Some(most - 1)).unwrap_err();
        assert!(error.is_misuse());
        let error = error.to_string();
        for word in [
            "rows 104 kB",
            "network",
            "PCA",
            "a larger `memory`",
            "hint: take fewer rows",
        ] {
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn outputs_are_kept_in_what_is_left() {
        let plan = plan(|c| {
            c.layerwise = Some(Layerwise {
                cache_memory: 1000.0,
                ..Default::default()
            });
        });
        let table = table(1000);
        let estimate = Estimate::of(&plan, &table);
        assert_eq!(cache(&plan, &table, None), Ok(1000.0));
        let most = estimate.most();
        let left = most - estimate.rows - estimate.network - estimate.batch;
        let found = cache(&plan, &table, Some(most)).unwrap();
        assert!((found - left as f64 / 2e6).abs() < 1e-9, "{found}");
        assert_eq!(cache(&plan, &table, Some(most + (4 << 30))), Ok(1000.0));
    }
}
