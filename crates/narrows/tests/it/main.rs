//! The library as its users see it. A folder here answers one question, and
//! `cargo test --test it training::resumed` asks a part of it.

mod alone;
mod carried;
mod parquets;

/// What is read and written, and what is refused.
mod files {
    mod damage;
    mod formats;
    mod messages;
    mod parquet_kinds;
    mod parts;
}

/// What files made to harm come to.
mod hostile {
    mod answers;
    #[path = "../../../../../fuzz/src/examples.rs"]
    mod examples;
    mod forged;
    mod fuzz_seeds;
    #[path = "../../../../../fuzz/src/sealed.rs"]
    mod sealed;
}

/// Whether files of models are opened later and elsewhere.
mod models {
    mod golden;
    mod python;
}

/// What holds for a training of any kind.
mod training {
    mod diverged;
    mod every_variant;
    #[cfg(feature = "gpu")]
    mod gpu;
    mod resumed;
    mod threads;
}
