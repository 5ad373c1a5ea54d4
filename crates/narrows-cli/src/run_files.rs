//! Names of files inside a run folder: one place, used by all commands.

/// The config as it was trained, changes included.
pub const CONFIG: &str = "config.toml";
/// The trained model.
pub const MODEL: &str = "model.safetensors";
/// One JSON object an epoch.
pub const HISTORY: &str = "history.jsonl";
/// The report.
pub const REPORT: &str = "report.html";
/// What `--resume` goes on from.
pub const CHECKPOINT: &str = "last.ckpt";
