//! Progress of a model's jobs.

use std::sync::Arc;

/// Is told how many more rows are done.
#[derive(Clone, Default)]
pub(crate) struct Watch(pub Option<Arc<dyn Fn(usize) + Send + Sync>>);

impl Watch {
    /// Passes it on, if anyone listens.
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
