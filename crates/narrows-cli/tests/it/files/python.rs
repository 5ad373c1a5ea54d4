//! Compares what is read of files that Python's libraries write with what those
//! libraries read.

use std::process::Command;

use crate::common::{NARROWS, Scratch};

#[test]
fn files_of_python_are_read_as_its_libraries_read_them() {
    // CI installs the libraries and names its Python; a person may lack them.
    let python = std::env::var("NARROWS_PYTHON").unwrap_or("python3".into());
    let libraries = "import numpy, pandas, pyarrow, scipy, PIL";
    let has = Command::new(&python).args(["-c", libraries]).output();
    if !has.is_ok_and(|out| out.status.success()) {
        assert!(
            std::env::var("NARROWS_PYTHON").is_err(),
            "NARROWS_PYTHON fails to: {libraries}"
        );
        eprintln!("SKIPPED: {python} lacks numpy, pandas, pyarrow, scipy or pillow (pip install)");
        return;
    }
    let scratch = Scratch::new();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/formats.py");
    let out = Command::new(&python)
        .args([script, NARROWS])
        .arg(scratch.path(""))
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}{}",
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr)
    );
}
