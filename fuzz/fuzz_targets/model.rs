#![no_main]
use narrows::Model;
use narrows_fuzz::{file, sealed, told, used};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for bytes in sealed::files(bytes) {
        let path = file("model.safetensors", &bytes);
        told(narrows::program::kind(&path));
        if let Some(model) = told(Model::load(&path)) {
            used::model(&model);
        }
    }
});
