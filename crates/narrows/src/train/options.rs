//! What can be chosen for a training that changes nothing of what is asked for:
//! where it runs, in how much memory, on which of the rows.

/// Options of a [`Training`](crate::Training) that are not settings of the
/// model.
///
/// ```
/// use narrows::{Config, Table, Training, TrainingOptions};
/// let table = Table::from_floats((0..400).map(|i| (i % 7) as f32).collect(), 4)?;
/// let mut options = TrainingOptions::default();
/// options.memory = Some(500_000_000);
/// options.held_out_rows = Some((80..100).collect()); // the latest rows
/// let training = Training::with_options(&Config::default(), &table, &options)?;
/// assert_eq!(training.split(), (80, 20));
/// # Ok::<(), narrows::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrainingOptions {
    /// The device to train on: `cpu` (default), or with the feature `gpu` also
    /// `gpu`.
    pub device: String,
    /// The most bytes that the training may take, rows included (default: no
    /// limit). A training that takes more by its estimate is refused; outputs of
    /// trained layers are kept (`layerwise.cache_memory`) in what is left. The
    /// model is the same, byte for byte.
    pub memory: Option<usize>,
    /// The rows to hold out, counted from 0 (default: as many random rows as
    /// `data.held_out` says).
    pub held_out_rows: Option<Vec<usize>>,
    /// The calibration rows of a training, for its further networks.
    pub(super) calibration_rows: Option<Vec<usize>>,
}

impl Default for TrainingOptions {
    fn default() -> Self {
        TrainingOptions {
            device: "cpu".into(),
            memory: None,
            held_out_rows: None,
            calibration_rows: None,
        }
    }
}
