#![no_main]
use std::sync::Once;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // The reader catches the panics of the decoder; one that leaves the reader
    // still ends the run.
    static HOOK: Once = Once::new();
    HOOK.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    narrows_fuzz::read_as("t.xlsx", bytes);
});
