//! Checks what every kind must declare.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::config::Config;
use crate::objective::variant::KINDS;

#[test]
fn every_example_uses_its_own_kind_under_its_own_name() {
    for kind in KINDS {
        let config = Config::from_toml(kind.name, kind.example).unwrap();
        let names: BTreeSet<&str> = config.variants().iter().map(|v| v.name()).collect();
        assert!(names.contains(kind.name), "{}: {names:?}", kind.name);
    }
}

#[test]
fn the_page_of_kinds_has_every_kinds_lines() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/kinds.md");
    let page = fs::read_to_string(page).unwrap();
    for line in KINDS.iter().flat_map(|kind| kind.docs.lines()) {
        assert!(page.lines().any(|found| found == line), "{line}");
    }
}

#[test]
fn no_kind_is_named_outside_of_its_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            // The kinds' own folder, and code outside the library.
            if name.starts_with("objective/variant") || name.contains("tests") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let is_code = |line: &&str| !line.trim_start().starts_with("//");
            let code: Vec<&str> = code.lines().filter(is_code).collect();
            let code = code.join("\n");
            for kind in KINDS {
                for found in [
                    format!("config.{}", kind.name),
                    format!("\"{}\"", kind.name),
                ] {
                    assert!(!code.contains(&found), "{name} names {found}");
                }
            }
        }
    }
}
