//! Tests the library as its users see it. Each folder here answers one
//! question; `cargo test --test it training::resumed` runs part of one.

mod alone;
mod books;
mod carried;
mod examples;
mod frames;
mod parquets;

/// What is read and written, and what is refused.
mod files {
    mod damage;
    mod excel;
    mod formats;
    mod messages;
    mod parquet_kinds;
    mod parts;
}

/// How malicious files are answered.
mod hostile {
    mod answers;
    #[path = "../../../../../fuzz/src/examples.rs"]
    mod examples;
    mod forged;
    mod fuzz_seeds;
    #[path = "../../../../../fuzz/src/sealed.rs"]
    mod sealed;
}

/// Whether model files can be opened later and elsewhere.
mod models {
    mod golden;
    mod python;
}

/// What holds for a training of any kind.
mod training {
    mod diverged;
    mod every_variant;
    mod gpu;
    mod resumed;
    mod threads;
}
