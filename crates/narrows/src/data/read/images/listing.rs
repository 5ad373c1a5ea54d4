//! Lists the pictures of a folder and its sub-folders.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::is_image;
use crate::base::error::{Error, Result};

/// The file's name within the folder, with `/` between its parts, and its path.
pub(super) type Named = (String, PathBuf);

/// Files and folders that systems put into folders unasked.
const JUNK: [&str; 5] = [
    "thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    "icon\r",
    "__macosx",
];

/// The files of a folder and of all folders below it, in byte order of their
/// names.
pub(super) struct Listing {
    pub images: Vec<Named>,
    /// The names of the other files, without hidden ones.
    pub others: Vec<String>,
}

/// Lists a folder. Each folder is read once, whatever links lead to it.
pub(super) fn list(path: &str) -> Result<Listing> {
    let mut listing = Listing {
        images: Vec::new(),
        others: Vec::new(),
    };
    let mut seen = HashSet::new();
    let mut folders = vec![(String::new(), PathBuf::from(path))];
    // Links come last, so that files are called by the folder they are in.
    let mut links: Vec<Named> = Vec::new();
    while let Some((prefix, folder)) = folders.pop().or_else(|| links.pop()) {
        let fail = |e| Error::file(folder.display(), "read", e);
        if !seen.insert(fs::canonicalize(&folder).map_err(fail)?) {
            continue;
        }
        for entry in fs::read_dir(&folder).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || JUNK.contains(&name.to_lowercase().as_str()) {
                continue;
            }
            let (name, path) = (format!("{prefix}{name}"), entry.path());
            let is_link = entry.file_type().map_err(fail)?.is_symlink();
            match path.is_dir() {
                true if is_link => links.push((name + "/", path)),
                true => folders.push((name + "/", path)),
                false if is_image(&path) && path.is_file() => listing.images.push((name, path)),
                false => listing.others.push(name),
            }
        }
        // The last one is taken first.
        links.sort_by(|a, b| b.cmp(a));
    }
    listing.images.sort();
    listing.others.sort();
    Ok(listing)
}

/// Counts the endings of file names, the commonest first: `10 .tif, 2 .txt`.
pub(super) fn endings(names: &[String]) -> Vec<(String, usize)> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for name in names {
        let ending = match Path::new(name).extension() {
            Some(ending) => format!(".{}", ending.to_string_lossy().to_lowercase()),
            None => "without an ending".into(),
        };
        *counts.entry(ending).or_default() += 1;
    }
    let mut counts = Vec::from_iter(counts);
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(listing: &Listing) -> Vec<&str> {
        listing
            .images
            .iter()
            .map(|(name, _)| name.as_str())
            .collect()
    }

    #[test]
    fn every_depth_is_listed_and_what_is_no_picture_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        };
        for name in [
            "b.png",
            "x/y/z/e.JPG",
            "x/d.bmp",
            "a.tif",
            "x/c.TIF",
            "notes",
            ".DS_Store",
            "._b.png",
            "Thumbs.db",
            "x/.git/f.png",
            "__MACOSX/b.png",
        ] {
            put(name);
        }
        let found = list(&folder.path().display().to_string()).unwrap();
        assert_eq!(names(&found), ["b.png", "x/d.bmp", "x/y/z/e.JPG"]);
        assert_eq!(found.others, ["a.tif", "notes", "x/c.TIF"]);
        assert_eq!(
            endings(&found.others),
            [(".tif".to_string(), 2), ("without an ending".into(), 1)]
        );
    }

    #[test]
    fn as_many_endings_as_files_are_counted_at_once() {
        let names: Vec<String> = (0..100_000).map(|at| format!("scan.{at:06}")).collect();
        let begun = std::time::Instant::now();
        assert_eq!(endings(&names).len(), names.len());
        assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_back_do_not_double_the_pictures() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("z/in")).unwrap();
        fs::write(at("z/in/1.png"), "").unwrap();
        symlink(folder.path(), at("a")).unwrap();
        symlink(at("z"), at("b")).unwrap();
        symlink("..", at("z/in/up")).unwrap();
        symlink("nowhere.png", at("broken.png")).unwrap();
        let found = list(&folder.path().display().to_string()).unwrap();
        assert_eq!(names(&found), ["z/in/1.png"]);
        assert_eq!(found.others, ["broken.png"]);
    }
}
