//! Runs tests alone that measure what a process has only once: its memory, or
//! the threads of `narrows-ops`, which work for one caller at a time.

use std::env;
use std::process::Command;

/// Names the test that the process runs.
const ALONE: &str = "NARROWS_TEST_ALONE";

/// Runs a test, given by its function, in a process of its own and returns
/// `true`; returns `false` in that process. Panics if the test did there.
pub fn ran_alone<Test: Fn()>(_: Test) -> bool {
    let path = std::any::type_name::<Test>();
    let (_, name) = path.split_once("::").unwrap();
    if env::var_os(ALONE).is_some_and(|alone| alone == name) {
        return false;
    }
    let output = Command::new(env::current_exe().unwrap())
        .args([name, "--exact", "--include-ignored", "--nocapture"])
        .env(ALONE, name)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let passed = output.status.success() && said.contains("1 passed");
    assert!(passed, "{said}");
    println!("{said}");
    true
}
