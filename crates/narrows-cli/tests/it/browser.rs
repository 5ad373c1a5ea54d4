//! Checks reports in a real browser: every section is there, nothing fails, the
//! sliders decode and a row can be chosen.
//!
//! It needs Node and Chromium, and says SKIPPED if they are missing; with
//! NARROWS_BROWSER_REQUIRED set, that is a failure.

use std::process::Command;

use crate::common::Scratch;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/check.mjs");

/// Sections of every report of labelled rows.
const ALWAYS: [&str; 15] = [
    "rows",
    "curves",
    "codes",
    "live",
    "decoding",
    "code-units",
    "weights",
    "units",
    "maximised",
    "usefulness",
    "errors",
    "worst",
    "network",
    "figures",
    "config",
];

/// Opens a report and checks it.
fn check(scratch: &Scratch, report: &str, sections: &[&str]) {
    if Command::new("node").arg("--version").output().is_err() {
        let required = std::env::var_os("NARROWS_BROWSER_REQUIRED").is_some();
        assert!(!required, "no node to drive a browser with");
        eprintln!("SKIPPED: no node found to drive a browser with");
        return;
    }
    let checked = Command::new("node")
        .arg(SCRIPT)
        .arg(scratch.path(report))
        .args(["--expect", &sections.join(",")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stdout);
    eprint!("{said}");
    assert!(
        checked.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&checked.stderr)
    );
}

#[test]
fn a_report_of_images_works_in_a_browser() {
    let scratch = Scratch::new();
    scratch.ok(
        "train variational -q --name v --data mnist:train@1-6000 --set data.held_out=600 --set network.hidden=[32] --set network.code=6 --set train.epochs=2 --set train.batch=500",
    );
    check(
        &scratch,
        "runs/v/report.html",
        &[&ALWAYS[..], &["best"]].concat(),
    );
}

#[test]
fn a_report_of_a_table_works_in_a_browser() {
    let scratch = Scratch::with_model();
    scratch.ok("report runs/my -q");
    check(
        &scratch,
        "report.html",
        &[&ALWAYS[..], &["columns", "associations"]].concat(),
    );
}

#[test]
fn a_report_of_mixed_columns_works_in_a_browser() {
    let scratch = Scratch::new();
    let mut csv = String::from(
        "size,colour,when,income,visits,is_new,a name that is longer than any column is wide\n",
    );
    for row in 0..300 {
        let size = match row % 9 {
            4 => String::new(),
            _ => (row * 37 % 101).to_string(),
        };
        csv += &format!(
            "{size},{},2024-{:02}-{:02},{:.1},{},{},text {}\n",
            ["red", "green"][row % 2],
            row % 12 + 1,
            row * 5 % 28 + 1,
            f64::from(row as u32 * 13 % 90 / 10).exp(),
            row * 11 % 17 % 7,
            row % 3 / 2,
            row * 7 % 40
        );
    }
    scratch.write("mixed.csv", csv);
    scratch.ok("train table -q --name m --data mixed.csv --set train.epochs=30 --set data.log=income --set data.kinds.visits=count");
    let sections = ["rows", "worst", "columns", "missing", "associations"];
    check(&scratch, "runs/m/report.html", &sections);
}

#[test]
fn a_large_model_has_a_small_report_that_opens_quickly() {
    let scratch = Scratch::new();
    // 300 grey images of 64 x 64 pixels as 8-bit .npy.
    let mut npy = b"\x93NUMPY\x01\x00".to_vec();
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (300, 64, 64), }";
    let header = format!("{header:<117}\n");
    npy.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    npy.extend(header.bytes());
    for row in 0..300usize {
        let wave = |x: usize, y: usize| {
            let (x, y) = (x as f64 / 9.0, y as f64 / 7.0);
            let phase = row as f64 * 0.37;
            128.0 + 60.0 * (x + phase).sin() + 60.0 * (y * (1.0 + phase % 2.0)).cos()
        };
        let noise = |at: usize| ((at * 7919 + row * 104_729) % 15) as f64 - 7.0;
        npy.extend((0..64 * 64).map(|at| (wave(at % 64, at / 64) + noise(at)) as u8));
    }
    scratch.write("images.npy", npy);
    scratch.ok(
        "train stacked -q --name big --data images.npy --set network.hidden= --set network.code=1000 --set train.epochs=2",
    );
    let size = scratch.bytes("runs/big/report.html").len();
    assert!(size < 10_000_000, "{size} bytes");
    check(
        &scratch,
        "runs/big/report.html",
        &["rows", "codes", "live", "weights"],
    );
}
