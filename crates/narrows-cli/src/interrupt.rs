//! Ctrl-C: the first asks to stop after the step, the second stops at once.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// The exit code of an interrupted program.
pub const EXIT_CODE: u8 = 130;

/// Starts to listen.
pub fn listen() {
    // Fails only if a handler exists already, and there is no other.
    let _ = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(EXIT_CODE.into());
        }
    });
}

/// Whether Ctrl-C was pressed.
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
