#![no_main]
use narrows::Classifier;
use narrows_fuzz::{file, sealed, told, used};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for bytes in sealed::files(bytes) {
        let path = file("classifier.safetensors", &bytes);
        if let Some(classifier) = told(Classifier::load(&path)) {
            used::classifier(&classifier);
        }
    }
});
