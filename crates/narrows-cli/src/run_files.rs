//! The names of the files in a run folder.

/// The config of the training, changes included.
pub const CONFIG: &str = "config.toml";
/// The trained model.
pub const MODEL: &str = "model.safetensors";
/// One JSON object per epoch.
pub const HISTORY: &str = "history.jsonl";
/// The report.
pub const REPORT: &str = "report.html";
/// The state of the training that `--resume` continues from.
pub const CHECKPOINT: &str = "last.ckpt";
/// The model that the training started from, if it was one.
pub const START: &str = "start.safetensors";
/// The scores of the training rows, each by a network that has not seen it.
pub const OWN_SCORES: &str = "training_scores.csv";
/// The name of the run beside this one whose place it takes once it is whole.
pub const REPLACES: &str = "replaces";

/// Returns the name of the file that a further network is saved in until the model
/// has it.
pub fn member(number: usize) -> String {
    format!(".narrows-network_{number}.ckpt")
}
