//! Tests where outputs go: through links, over files with modes of their own,
//! into pipes and open descriptors.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};

use crate::common::{NARROWS, Scratch};

fn mode(scratch: &Scratch, name: &str) -> u32 {
    let file = fs::metadata(scratch.path(name)).unwrap();
    file.permissions().mode() & 0o777
}

/// Runs a line of a shell, with `narrows` as a command.
fn shell(scratch: &Scratch, line: &str) -> String {
    let ran = Command::new("bash")
        .args([
            "-c",
            &format!("narrows() {{ '{NARROWS}' \"$@\"; }}; {line}"),
        ])
        .current_dir(scratch.path("."))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{line}: {said}");
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn a_link_stays_and_a_mode_is_kept() {
    let scratch = Scratch::with_model();
    fs::create_dir(scratch.path("deep")).unwrap();
    for (line, link, file) in [
        ("encode runs/my rows.csv -o", "codes.csv", "deep/codes.csv"),
        ("report runs/my rows.csv -o", "page.html", "deep/page.html"),
        (
            "look codes runs/my rows.csv -o",
            "codes.json",
            "deep/codes.json",
        ),
        ("init stacked -o", "new.toml", "deep/new.toml"),
    ] {
        symlink(file, scratch.path(link)).unwrap();
        scratch.ok(&format!("{line} {link} -q"));
        let made = scratch.bytes(file);
        scratch.write(file, "old");
        fs::set_permissions(scratch.path(file), fs::Permissions::from_mode(0o600)).unwrap();
        scratch.refused(&format!("{line} {link}"), 2);
        scratch.ok(&format!("{line} {link} --force -q"));
        assert!(scratch.path(link).is_symlink(), "{link}");
        assert!(scratch.bytes(file) == made, "{file}");
        assert_eq!(mode(&scratch, file), 0o600, "{file}");
    }
    assert_eq!(fs::read_dir(scratch.path("deep")).unwrap().count(), 4);
}

#[test]
fn a_link_to_the_rows_is_still_the_rows() {
    let scratch = Scratch::with_model();
    symlink("rows.csv", scratch.path("link.csv")).unwrap();
    let message = scratch.refused("encode runs/my rows.csv -o link.csv --force", 2);
    assert!(message.contains("which is read for its rows"), "{message}");
}

#[test]
fn pipes_and_descriptors_get_the_bytes_of_a_file() {
    let scratch = Scratch::with_model();
    scratch.ok("encode runs/my rows.csv -o codes.csv -q");
    let codes = scratch.text("codes.csv");
    for line in [
        "narrows encode runs/my rows.csv -o - -q",
        "narrows encode runs/my rows.csv -o /dev/stdout -q",
        "narrows encode runs/my rows.csv -o /dev/fd/3 -q 3>&1",
        "narrows encode runs/my rows.csv -o /dev/fd/3 -q 3>fd; cat fd",
        "mkfifo pipe; cat pipe & narrows encode runs/my rows.csv -o pipe -q; wait",
        // The substituted process may end after the program.
        "narrows encode runs/my rows.csv -o >(gzip >p.gz) -q; until gzip -t p.gz 2>&-; do sleep 0.1; done; gzip -dc p.gz",
        "mkfifo p.csv.gz; cat p.csv.gz >g.gz & narrows encode runs/my rows.csv -o p.csv.gz -q; wait; gzip -dc g.gz",
    ] {
        assert_eq!(shell(&scratch, line), codes, "{line}");
    }
    // Standard output shares its place in a file with the shell.
    let line = "{ echo before; narrows encode runs/my rows.csv -o /dev/stdout -q; echo after; } >all; cat all";
    assert_eq!(shell(&scratch, line), format!("before\n{codes}after\n"));
    assert!(scratch.path("pipe").metadata().is_ok_and(|p| !p.is_file()));
    scratch.ok("encode runs/my rows.csv -o /dev/null -q");
    let page = shell(&scratch, "narrows report runs/my rows.csv -o /dev/stdout");
    assert!(page.starts_with("<!doctype html>"), "{}", &page[..40]);
}

#[test]
fn what_a_stream_cannot_be_is_refused_before_the_work() {
    let scratch = Scratch::with_model();
    shell(&scratch, "mkfifo codes.npy");
    let message = scratch.refused("encode runs/my rows.csv -o codes.npy", 2);
    assert!(message.contains("write .csv or .parquet"), "{message}");
    let message = scratch.refused("encode runs/my rows.csv -o /dev/stdout --json", 2);
    assert!(
        message.contains("one of the two on standard output"),
        "{message}"
    );
    symlink("b", scratch.path("a")).unwrap();
    symlink("a", scratch.path("b")).unwrap();
    let message = scratch.refused("init -o a", 1);
    assert!(message.contains("lead to one another"), "{message}");
}

#[test]
fn paths_of_any_bytes_are_written() {
    let scratch = Scratch::with_rows();
    shell(
        &scratch,
        r"narrows train my.toml -q --json --out $'o\xff' && narrows report $'o\xff/my' rows.csv -o $'r\xff.html' --json && narrows init -o $'c\xff.toml' --json && test -s $'o\xff/my/model.safetensors' && test -s $'r\xff.html'",
    );
}
