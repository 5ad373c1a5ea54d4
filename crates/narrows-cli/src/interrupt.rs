//! Ctrl-C, the request to end that systems and schedulers send (SIGTERM), and a
//! lost connection (SIGHUP, unless `nohup` has it ignored): the first asks to
//! stop after the step, the second stops at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

#[cfg(unix)]
use signal_hook::consts::SIGHUP;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

static ASKED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// The exit code of an interrupted program.
pub const EXIT_CODE: u8 = 130;

/// Starts to listen.
pub fn listen() {
    let asked = ASKED.get_or_init(Arc::default);
    let mut signals = vec![SIGINT, SIGTERM];
    #[cfg(unix)]
    if !is_ignored(SIGHUP) {
        signals.push(SIGHUP);
    }
    for signal in signals {
        // Fails only for signals that cannot be caught, and these can. The
        // exit comes first in line, and waits for the second signal.
        let exit = flag::register_conditional_shutdown(signal, EXIT_CODE.into(), asked.clone());
        let _ = exit.and_then(|_| flag::register(signal, asked.clone()));
    }
}

/// Whether whoever started the program has it ignore a signal; where the system
/// does not tell, it is taken to.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("SigIgn:"));
    let mask = line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_none_or(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Whether a stop was asked for.
pub fn asked() -> bool {
    ASKED
        .get()
        .is_some_and(|asked| asked.load(Ordering::Relaxed))
}
