//! Ctrl-C, and the request to end that systems and schedulers send (SIGTERM):
//! the first asks to stop after the step, the second stops at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

static ASKED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// The exit code of an interrupted program.
pub const EXIT_CODE: u8 = 130;

/// Starts to listen.
pub fn listen() {
    let asked = ASKED.get_or_init(Arc::default);
    for signal in [SIGINT, SIGTERM] {
        // Fails only for signals that cannot be caught, and these can. The
        // exit comes first in line, and waits for the second signal.
        let exit = flag::register_conditional_shutdown(signal, EXIT_CODE.into(), asked.clone());
        let _ = exit.and_then(|_| flag::register(signal, asked.clone()));
    }
}

/// Whether a stop was asked for.
pub fn asked() -> bool {
    ASKED
        .get()
        .is_some_and(|asked| asked.load(Ordering::Relaxed))
}
