//! What a network knows of the columns of a table: which cells it is shown, and
//! the likelihood of each.

use std::sync::Arc;

use burn::tensor::{Int, Tensor};
use narrows_ops::negative_log_likelihood;

use super::norm::Observed;
use super::{Network, NetworkSpec, Pass};
use crate::base::device::matrix;
use crate::data::cells::Cells;
use crate::data::scale::{Likelihoods, Variances};

/// The name of the variances of numbers around their reconstructions.
pub(super) const VARIANCE: &str = "output.variance";
/// The weight of a new batch in the running average of the variances.
const MOMENTUM: f64 = 0.02;
/// The least variance, as a share of the column's own: a column that others
/// determine would cost minus infinity.
const LEAST: f64 = 2.5e-3;

/// The columns of the rows that a network takes and gives.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    cells: Option<Arc<Cells>>,
    likelihoods: Option<Arc<Likelihoods>>,
    /// The place of the variances in the network's list, if it keeps any.
    variance: usize,
}

impl Columns {
    /// `place` is the next one in the network's list.
    pub fn new(spec: &NetworkSpec, place: usize) -> Self {
        Columns {
            cells: spec.cells.clone(),
            likelihoods: spec.likelihoods.clone(),
            variance: place,
        }
    }

    /// Returns the variances that the network keeps; `None` if it keeps none.
    pub fn variances(&self) -> Option<&Variances> {
        self.likelihoods.as_ref()?.variances.as_ref()
    }
}

/// Returns the first values of a parameter that begins with the columns' own
/// distributions; `None` for any other.
pub(super) fn first_of(spec: &NetworkSpec, name: &str) -> Option<Vec<f32>> {
    let likelihoods = spec.likelihoods.as_ref()?;
    let last = &spec.layers.last()?.name;
    match name.strip_suffix(".bias") {
        Some(layer) if layer == last => Some(likelihoods.first.clone()),
        _ if name == VARIANCE => Some(likelihoods.variances.as_ref()?.first.clone()),
        _ => None,
    }
}

impl Network {
    /// Returns how the cells of rows lie among the features; `None` if none can
    /// be missing.
    pub(crate) fn cells(&self) -> Option<&Arc<Cells>> {
        self.columns.cells.as_ref()
    }

    /// Returns the likelihoods of the features; `None` if all are compared in
    /// one way.
    pub(crate) fn likelihoods(&self) -> Option<&Arc<Likelihoods>> {
        self.columns.likelihoods.as_ref()
    }

    /// Returns the encoder's inputs: features `[rows, features]`, with what is
    /// shown in place of unknown ones, and what it is told of them. `known` is 1
    /// or 0 for each feature; `None` if all are known.
    pub(crate) fn inputs(&self, features: Tensor<2>, known: Option<&Tensor<2>>) -> Tensor<2> {
        let (Some(cells), Some(known)) = (self.cells(), known) else {
            return self.entered(features);
        };
        let shown = row_like(&cells.shown, &features);
        let inputs = features * known.clone() + shown * (known.ones_like() - known.clone());
        if cells.told.is_empty() {
            return inputs;
        }
        let told: Vec<i64> = cells.told.iter().map(|&at| at as i64).collect();
        let told = Tensor::<1, Int>::from_data(told.as_slice(), &known.device());
        Tensor::cat(vec![inputs, known.clone().select(1, told)], 1)
    }

    /// Tells the encoder that all features are known, unless the inputs say what
    /// is.
    pub(super) fn entered(&self, inputs: Tensor<2>) -> Tensor<2> {
        let [rows, width] = inputs.dims();
        match self.cells() {
            Some(cells) if !cells.told.is_empty() && width == cells.features() => {
                let like = (&inputs.device(), inputs.dtype());
                let told = Tensor::ones([rows, cells.told.len()], like);
                Tensor::cat(vec![inputs, told], 1)
            }
            _ => inputs,
        }
    }

    /// Returns the error of each row by the likelihoods of its columns, `[rows,
    /// 1]`, times the emphasis of each feature.
    pub(crate) fn columns_errors(
        &self,
        likelihoods: &Likelihoods,
        sums: Tensor<2>,
        target: Tensor<2>,
        emphasis: Option<&Tensor<2>>,
    ) -> Tensor<2> {
        let emphasized = |factors: Tensor<2>| match emphasis {
            Some(emphasis) => emphasis.clone() * factors,
            None => factors,
        };
        let Some(variances) = &likelihoods.variances else {
            let factors = emphasized(row_like(&likelihoods.factors, &sums));
            return negative_log_likelihood(&likelihoods.parts, sums, target, factors);
        };
        let variance = self.variance().clone();
        let of = row_like(&variances.of, &sums);
        let constants = (variance.clone().log() + std::f64::consts::TAU.ln()) * of * 0.5;
        let constants = emphasized(constants).sum_dim(1);
        let factors = emphasized(variance.recip());
        negative_log_likelihood(&likelihoods.parts, sums, target, factors) + constants
    }

    /// Takes note of how far the targets of a training batch are from the
    /// output's sums, for the running variances. `weights` are those of each
    /// feature, 0 for one that is not known.
    pub(crate) fn observe_residuals(
        &self,
        sums: &Tensor<2>,
        target: &Tensor<2>,
        weights: Option<&Tensor<2>>,
        pass: &mut Pass,
    ) {
        let (Some(variances), Pass::Train(train)) = (self.columns.variances(), pass) else {
            return;
        };
        let squares = (sums.clone().detach() - target.clone().detach()).square();
        let (squares, count) = match weights {
            Some(weights) => (squares * weights.clone(), weights.clone().sum_dim(0)),
            None => {
                let rows = squares.dims()[0] as f64;
                (squares.clone(), squares.narrow(0, 0, 1).ones_like() * rows)
            }
        };
        let of = row_like(&variances.of, sums).detach();
        let first = row_like(&variances.first, sums).detach();
        let old = self.variance().clone().detach();
        // A column that the batch lacks keeps its variance.
        let found = (squares.sum_dim(0) + old.clone()) / (count + 1.0);
        let found = found.max_pair(first * LEAST);
        let new = found * of.clone() + old * (of.ones_like() - of);
        train.observed.push(Observed::new(
            self.columns.variance,
            vec![(self.columns.variance, new)],
            MOMENTUM,
        ));
    }

    fn variance(&self) -> &Tensor<2> {
        &self.parameters[self.columns.variance].value
    }

    /// Returns the variances of the features, if the network keeps any.
    pub(crate) fn variances(&self) -> Option<Tensor<2>> {
        self.columns.variances()?;
        Some(self.variance().clone())
    }
}

/// Returns values as one row on a tensor's device, in its precision.
fn row_like(values: &[f32], like: &Tensor<2>) -> Tensor<2> {
    matrix(values.to_vec(), [1, values.len()], &like.device()).cast(like.dtype())
}
