//! Further networks of a model, which score rows together with its own.

use std::sync::OnceLock;

use super::measure::Measure;
use super::reference::Reference;
use super::row_errors::ScoredBy;
use crate::base::device::device;
use crate::base::warning::Warning;
use crate::config::plan::Plan;
use crate::data::scale::Scaler;
use crate::network::{NamedTensor, Network};
use crate::objective::inference::Inference;
use crate::objective::variant::Coder;

/// What the names of a member's tensors in a model's file begin with, before its
/// number and a point.
const PREFIX: &str = "member.";

/// A network that was trained on the same rows from another seed.
#[derive(Debug, Clone)]
pub struct Member {
    coder: Coder,
    measure: Option<Measure>,
    reference: Reference,
    inference: OnceLock<Inference>,
    /// What its training has warned of; empty once it is stored.
    warnings: Vec<Warning>,
}

/// The networks of a model that score rows together.
#[derive(Debug, Clone)]
pub(crate) struct Members {
    /// The scores of held-out rows by the model's own network alone.
    pub own: Reference,
    pub others: Vec<Member>,
}

impl Member {
    pub(crate) fn new(coder: Coder, measure: Option<Measure>, reference: Reference) -> Self {
        Member {
            coder,
            measure,
            reference,
            inference: OnceLock::new(),
            warnings: Vec::new(),
        }
    }

    /// Returns it with what its training has warned of.
    pub(crate) fn warned_of(self, warnings: Vec<Warning>) -> Self {
        Member { warnings, ..self }
    }

    /// Takes what its training has warned of.
    pub(crate) fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    pub(super) fn scored_by(&self) -> ScoredBy<'_> {
        ScoredBy {
            inference: self.inference.get_or_init(|| Inference::new(&self.coder)),
            measure: self.measure.as_ref(),
            reference: Some(&self.reference),
        }
    }

    /// Returns the scores of rows that it has not seen.
    pub(super) fn reference(&self) -> &Reference {
        &self.reference
    }

    /// Returns its network's weights.
    pub(super) fn weights(&self) -> Vec<NamedTensor> {
        self.coder.network.store()
    }

    fn store(&self) -> Vec<NamedTensor> {
        let mut tensors = self.weights();
        tensors.extend(self.measure.iter().flat_map(Measure::store));
        tensors.extend(self.reference.store());
        tensors
    }
}

impl Members {
    pub fn store(&self) -> Vec<NamedTensor> {
        let of_members = self.others.iter().map(Member::store);
        // The model's own network is the first, of which the rest is stored already.
        let all = std::iter::once(self.own.store()).chain(of_members);
        let named = all.zip(1..).flat_map(|(tensors, number)| {
            tensors.into_iter().map(move |tensor| NamedTensor {
                name: format!("{PREFIX}{number}.{}", tensor.name),
                ..tensor
            })
        });
        named.collect()
    }

    /// Reads what [`Self::store`] gives; `None` of a model of one network. The error
    /// says what is wrong with it.
    pub fn from_stored(
        stored: &[NamedTensor],
        plan: &Plan,
        scaler: &Scaler,
    ) -> Result<Option<Self>, String> {
        let (config, columns) = (&plan.config, scaler.columns());
        if config.seeds == 1 {
            return Ok(None);
        }
        let device = device("cpu").map_err(|error| error.to_string())?;
        let of_member = |number: usize| -> Vec<NamedTensor> {
            let prefix = format!("{PREFIX}{number}.");
            let own = stored.iter().filter_map(|tensor| {
                Some(NamedTensor {
                    name: tensor.name.strip_prefix(&prefix)?.into(),
                    ..tensor.clone()
                })
            });
            own.collect()
        };
        let member = |number: usize| {
            let stored = of_member(number);
            let network = Network::from_stored(&plan.spec, &stored, &device)?;
            let measure = Measure::of_config(config, &stored, scaler.features())?;
            let reference = Reference::from_stored(&stored, columns)?;
            Ok(Member::new(config.coder(network), measure, reference))
        };
        let in_member = |number: usize| move |found: String| format!("{found} of network {number}");
        Ok(Some(Members {
            own: Reference::from_stored(&of_member(1), columns).map_err(in_member(1))?,
            others: (2..=config.seeds)
                .map(|number| member(number).map_err(in_member(number)))
                .collect::<Result<_, _>>()?,
        }))
    }
}
