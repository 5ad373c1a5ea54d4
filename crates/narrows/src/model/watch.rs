//! Reports the progress of a model's jobs.

use std::sync::Arc;

/// A progress callback; receives the number of newly finished rows.
#[derive(Clone, Default)]
pub(crate) struct Watch(pub Option<Arc<dyn Fn(usize) + Send + Sync>>);

impl Watch {
    /// Calls the callback, if there is one.
    pub fn tell(&self, rows: usize) {
        if let Some(watch) = &self.0 {
            watch(rows);
        }
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() {
            "Watch"
        } else {
            "no Watch"
        })
    }
}
