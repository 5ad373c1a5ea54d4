#![no_main]
use std::path::Path;
use std::sync::OnceLock;

use narrows::{Control, Table, Training};
use narrows_fuzz::{examples, file, sealed, told, used};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    static TABLE: OnceLock<Table> = OnceLock::new();
    let table = TABLE.get_or_init(examples::table);
    for bytes in sealed::files(bytes) {
        let path = file("checkpoint.safetensors", &bytes);
        let mut training =
            Training::new(&examples::config(), table).expect("the example can be trained");
        if told(training.resume(Path::new(&path))).is_some() {
            told(training.run_epoch(&mut |_| Control::Continue));
            used::model(&training.finish());
        }
    }
});
