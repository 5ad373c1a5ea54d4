//! Checks that the modules of this crate import one another in one direction
//! only.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Modules that may name tensors; elsewhere, the crate uses plain numbers.
const MAY_NAME_BURN: [&str; 5] = ["base::device", "network", "objective", "train", "classify"];

/// Returns the text of every module that is not a test, without comments and
/// without the tests at its end.
fn modules() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut modules = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Some(name) = name(&root, &path) {
                modules.insert(name, code(&fs::read_to_string(path).unwrap()));
            }
        }
    }
    assert!(modules.len() > 100, "{} modules", modules.len());
    modules
}

/// Returns the module that a file holds, `network::layer`; `None` for tests.
fn name(root: &Path, file: &Path) -> Option<String> {
    let path = file.strip_prefix(root).unwrap().with_extension("");
    let parts: Vec<String> = path.iter().map(|p| p.to_string_lossy().into()).collect();
    let is_test = |part: &String| part == "tests" || part.ends_with("_tests");
    let skipped = parts.iter().any(is_test) || parts == ["lib"];
    (!skipped).then(|| parts.join("::"))
}

fn code(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            let next = lines.peek().copied().unwrap_or_default().trim_start();
            if next.starts_with("mod ") {
                break;
            }
            // One item of a test, such as an import.
            while lines
                .next()
                .is_some_and(|l| !l.trim_end().ends_with([';', '}']))
            {}
            continue;
        }
        kept += line.split("//").next().unwrap_or_default();
        kept.push('\n');
    }
    kept
}

/// Returns the paths that some code names, each as its parts, with braces
/// expanded.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    for statement in code.split(';') {
        // Nothing else looks like the tree of an import.
        let is_tree = |tree: &str| {
            let is_part = |c: char| c.is_alphanumeric() || "_:{},* \n".contains(c);
            tree.chars().all(is_part)
        };
        let import = statement.rsplit_once("use ");
        match import.filter(|(_, tree)| is_tree(tree)) {
            Some((before, tree)) => {
                inline(before, &mut paths);
                expand(&tree.replace(char::is_whitespace, ""), "", &mut paths);
            }
            None => inline(statement, &mut paths),
        }
    }
    paths
}

/// Splits `a::{b, c::{d}}` into `a::b` and `a::c::d`.
fn expand(tree: &str, before: &str, paths: &mut Vec<Vec<String>>) {
    let Some(open) = tree.find('{') else {
        let path = format!("{before}{tree}");
        let parts = path
            .split("::")
            .filter(|part| *part != "self" && !part.is_empty());
        paths.push(parts.map(str::to_string).collect());
        return;
    };
    let inner = &tree[open + 1..tree.rfind('}').unwrap_or(tree.len())];
    let before = format!("{before}{}", &tree[..open]);
    let (mut depth, mut from) = (0, 0);
    for (at, letter) in inner.char_indices().chain([(inner.len(), ',')]) {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if from < at {
                    expand(&inner[from..at], &before, paths);
                }
                from = at + 1;
            }
            _ => {}
        }
    }
}

/// Collects paths within code that begin at the crate or at a parent.
fn inline(code: &str, paths: &mut Vec<Vec<String>>) {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    for word in code.split(|letter| !is_part(letter)) {
        if word.starts_with("crate::") || word.starts_with("super::") {
            paths.push(word.split("::").map(str::to_string).collect());
        }
    }
}

/// Returns which module each module names, and by which path.
fn imports(modules: &BTreeMap<String, String>) -> Vec<(String, String, String)> {
    let mut imports = Vec::new();
    for (module, code) in modules {
        for path in paths(code) {
            let mut parts: Vec<&str> = module.split("::").collect();
            let mut rest = &path[..];
            match rest.first().map(String::as_str) {
                Some("crate") => (parts, rest) = (Vec::new(), &rest[1..]),
                Some("super") => {
                    while rest.first().is_some_and(|part| part == "super") {
                        parts.pop();
                        rest = &rest[1..];
                    }
                }
                // A façade's own children.
                _ => {}
            }
            parts.extend(rest.iter().map(String::as_str));
            while !parts.is_empty() && !modules.contains_key(&parts.join("::")) {
                parts.pop();
            }
            imports.push((module.clone(), parts.join("::"), path.join("::")));
        }
    }
    imports
}

/// Describes a cycle among the siblings of a folder.
fn circle(folder: &str, imports: &[(String, String, String)]) -> Option<String> {
    let child = |module: &str| {
        let rest = match folder {
            "" => module,
            _ => module.strip_prefix(folder)?.strip_prefix("::")?,
        };
        rest.split("::")
            .next()
            .filter(|name| !name.is_empty())
            .map(str::to_string)
    };
    let mut edges: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (from, to, path) in imports {
        if let (Some(a), Some(b)) = (child(from), child(to))
            && a != b
        {
            let how = format!("{from} names {path}");
            edges.entry(a).or_default().entry(b).or_insert(how);
        }
    }
    let mut done = BTreeSet::new();
    edges
        .keys()
        .find_map(|start| visit(start, &edges, &mut Vec::new(), &mut done))
}

fn visit(
    at: &str,
    edges: &BTreeMap<String, BTreeMap<String, String>>,
    way: &mut Vec<(String, String)>,
    done: &mut BTreeSet<String>,
) -> Option<String> {
    if let Some(from) = way.iter().position(|(name, _)| name == at) {
        let hops: Vec<&str> = way[from..].iter().map(|(_, how)| how.as_str()).collect();
        return Some(hops.join("\n  "));
    }
    if done.contains(at) {
        return None;
    }
    for (next, how) in edges.get(at).into_iter().flatten() {
        way.push((at.to_string(), how.clone()));
        let found = visit(next, edges, way, done);
        if found.is_some() {
            return found;
        }
        way.pop();
    }
    done.insert(at.to_string());
    None
}

#[test]
fn no_two_modules_import_each_other_in_a_circle() {
    let modules = modules();
    let imports = imports(&modules);
    assert!(imports.len() > 500, "{} imports", imports.len());
    let mut folders: BTreeSet<&str> = BTreeSet::from([""]);
    for module in modules.keys() {
        folders.extend(module.match_indices("::").map(|(at, _)| &module[..at]));
    }
    for folder in folders {
        if let Some(circle) = circle(folder, &imports) {
            panic!("a circle in '{folder}':\n  {circle}");
        }
    }
}

#[test]
fn a_circle_is_found_and_told() {
    let modules = [
        ("a::x", "use crate::b::Y;"),
        ("b", "mod tests {\n    use crate::{c, d};"),
        ("c", "fn f() { crate::a::x::g() }"),
    ];
    let modules = modules.map(|(name, code)| (name.to_string(), code.to_string()));
    let imports = imports(&BTreeMap::from(modules));
    let told = circle("", &imports).unwrap();
    assert!(told.contains("c names crate::a::x::g"), "{told}");
    assert_eq!(circle("a", &imports), None);
}

#[test]
fn tensors_are_named_only_where_they_may_be() {
    for (module, code) in modules() {
        let may = MAY_NAME_BURN
            .iter()
            .any(|folder| module.starts_with(folder));
        assert!(may || !code.contains("burn::"), "{module} names burn");
    }
}
