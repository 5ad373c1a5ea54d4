//! Checks that the five lines of FORMAT.md open a model from Python.

use std::process::Command;

use narrows::{Autoencoder, Config, Table};

#[test]
fn the_lines_of_the_format_page_open_a_model() {
    // CI installs safetensors and names its Python; a person may lack it.
    let python = std::env::var("NARROWS_PYTHON").unwrap_or("python3".into());
    let has = Command::new(&python)
        .args(["-c", "import numpy, safetensors"])
        .output();
    if !has.is_ok_and(|out| out.status.success()) {
        assert!(
            std::env::var("NARROWS_PYTHON").is_err(),
            "NARROWS_PYTHON lacks numpy or safetensors"
        );
        eprintln!("SKIPPED: {python} has no numpy and safetensors (pip install numpy safetensors)");
        return;
    }
    let page = include_str!("../../../../../FORMAT.md");
    let lines = page
        .split("```python\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap();

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let table = Table::from_floats((0..200).map(|i| (i * 37 % 23) as f32).collect(), 5).unwrap();
    let mut config = Config::default();
    (
        config.network.hidden,
        config.network.code,
        config.train.epochs,
    ) = (vec![], 2, 1);
    Autoencoder::new(config)
        .train(&table)
        .unwrap()
        .save(&path)
        .unwrap();

    let out = Command::new(&python)
        .args(["-c", lines])
        .arg(&path)
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    assert_eq!(String::from_utf8_lossy(&out.stdout).trim(), "2 (5, 2)");
}
