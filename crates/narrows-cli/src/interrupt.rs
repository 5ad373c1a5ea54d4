//! Handles Ctrl-C, the request to end that systems and schedulers send
//! (SIGTERM), and a lost connection (SIGHUP, unless `nohup` has it ignored):
//! the first signal asks to stop after the step, the second stops at once.

use std::process::{self, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use narrows::program::stop_waiting_when;
#[cfg(unix)]
use signal_hook::consts::SIGHUP;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown};

static REQUESTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

const EXIT_CODE: u8 = 130;
/// How often a job that cannot stop by itself is looked after.
const PAUSE: Duration = Duration::from_millis(50);

/// Returns the exit code of an interrupted program.
pub fn exit_code() -> ExitCode {
    EXIT_CODE.into()
}

/// Starts to listen for signals, once.
pub fn listen() {
    if REQUESTED.get().is_some() {
        // Listening twice, the first signal would count as the second too.
        return;
    }
    let flag = REQUESTED.get_or_init(Arc::default);
    stop_waiting_when(requested);
    let mut signals = vec![SIGINT, SIGTERM];
    #[cfg(unix)]
    if !is_ignored(SIGHUP) {
        signals.push(SIGHUP);
    }
    for signal in signals {
        // Fails only for signals that cannot be caught, and these can. The
        // exit is registered before the flag that it depends on, so that it
        // takes effect at the second signal.
        let exit = register_conditional_shutdown(signal, EXIT_CODE.into(), flag.clone());
        let _ = exit.and_then(|_| register(signal, flag.clone()));
    }
}

/// Returns whether the program was started with the signal ignored; also
/// `true` if the system does not say.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("SigIgn:"));
    let mask = line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_none_or(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Returns whether a stop was requested.
pub fn requested() -> bool {
    let requested = REQUESTED.get();
    requested.is_some_and(|requested| requested.load(Ordering::Relaxed))
}

/// Runs a job that cannot stop halfway and writes nothing. If a stop is
/// requested, calls `stopped` and ends the program.
pub fn or_exit<T>(job: impl FnOnce() -> T, stopped: impl FnOnce() + Send) -> T {
    // The watch ends when the sender is dropped at the end of the job, even if
    // it panics.
    let (running, ended) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            loop {
                if requested() {
                    stopped();
                    process::exit(EXIT_CODE.into());
                }
                if ended.recv_timeout(PAUSE) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        });
        let _running = running;
        job()
    })
}
