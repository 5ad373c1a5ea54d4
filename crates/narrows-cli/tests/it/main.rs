//! Tests the program as people run it, in a scratch folder. Each folder here
//! answers one question; `cargo test --test it commands::train` runs part of
//! one.

mod common;

/// What each command does.
mod commands {
    mod apply;
    mod classify;
    mod cross_fit;
    mod drift;
    mod evaluate;
    mod impute;
    mod impute_files;
    mod inspect_and_init;
    mod jobs;
    mod kinds;
    mod look;
    mod messy_tables;
    mod new_rows;
    mod on_error;
    mod retrain;
    mod score;
    mod series;
    mod train;
}

/// Which files the program reads and writes.
mod files {
    mod damage;
    mod formats;
    mod pictures;
    mod python;
}

/// What the program prints.
mod messages {
    mod help;
    mod mistakes;
    mod numbers_told;
    mod suggestions;
    #[cfg(unix)]
    mod terminal;
    #[cfg(unix)]
    mod view;
}

/// What holds when the program is stopped, killed or short of memory or disk.
mod reliability {
    #[cfg(target_os = "linux")]
    mod crash;
    #[cfg(target_os = "linux")]
    mod few_rows;
    #[cfg(target_os = "linux")]
    mod full_disk;
    #[cfg(unix)]
    mod interrupt;
    #[cfg(target_os = "linux")]
    mod kills;
    mod memory;
    #[cfg(target_os = "linux")]
    mod outputs;
    #[cfg(unix)]
    mod retrained;
    #[cfg(target_os = "linux")]
    mod strace;
    mod streams;
}

/// What is printed for each bad input; the operating system's reasons are
/// Unix's.
#[cfg(unix)]
mod bad_inputs;

/// Whether reports work in a browser.
mod browser;
