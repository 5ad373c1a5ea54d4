//! Fits what the errors of rows are measured by, as `score.by` says.

use super::Model;
use super::calibrate::spaced;
use super::row_errors::Scorer;
use super::whitening::Whitening;
use crate::data::scale::Prepared;

impl Model {
    /// Returns the network with what its errors are measured by.
    pub(crate) fn scorer(&self) -> Scorer<'_> {
        Scorer {
            inference: self.inference(),
            whitening: self.whitening.as_ref(),
        }
    }

    /// Fits what errors are measured by to training rows, as `score.by` says.
    pub(crate) fn fit_whitening(&mut self, data: &Prepared, rows: &[usize]) {
        /// Rows that it is fitted on.
        const ROWS: usize = 10_000;
        let by = self.config.score.by;
        let Some(width) = by.width(data.features(), &self.config.network) else {
            return;
        };
        let mut vectors = Vec::new();
        let inference = self.inference();
        inference.chunks(data, &spaced(rows, ROWS), |chunk| {
            vectors.extend(Scorer::vectors(inference, &chunk, width));
        });
        self.whitening = Whitening::fit(&vectors, width);
        if self.whitening.is_none() {
            self.warnings.push(
                "the errors of the training rows are too few, or all the same, to say how they vary: scores are squared errors, as with score.by = \"error\"".into(),
            );
        }
    }
}
