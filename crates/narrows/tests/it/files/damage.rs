//! Checks that damaged files are refused, never with a panic or unbounded
//! memory.

use std::fs;
use std::io::Write;
use std::panic::catch_unwind;
use std::path::PathBuf;

use narrows::read::{Roles, read};
use narrows::write::write;
use narrows::{ImageShape, Table, Tags};
use proptest::prelude::*;
use proptest::test_runner::Config;

/// Returns a small file of each format, by name.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let table = Table::from_floats((0..12).map(|i| i as f32 / 4.0).collect(), 3).unwrap();
    let table = table
        .with_ids(Tags::new("id", ["a", "b", "c", "d"]))
        .unwrap();
    let image = ImageShape {
        height: 5,
        width: 4,
        channels: 3,
    };
    let images = Table::from_images((0..60).collect(), image).unwrap();
    let mut samples = Vec::new();
    for name in ["t.csv.gz", "t.npy", "t.parquet", "t.png"] {
        let path = folder.path().join(name);
        let table = if name == "t.png" { &images } else { &table };
        write(table, &path.display().to_string(), false).unwrap();
        samples.push((name, fs::read(&path).unwrap()));
    }
    let array = samples[1].1.clone();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("x.npy", zip::write::SimpleFileOptions::default())
        .unwrap();
    zip.write_all(&array).unwrap();
    samples.push(("t.npz", zip.finish().unwrap().into_inner()));
    samples.push((
        "t.idx",
        [
            &[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2][..],
            &[9; 12],
        ]
        .concat(),
    ));
    samples.push(("t.csv", b"a,\"b\"\n1,2\n3,\"4\"\n".to_vec()));
    samples
}

fn roles(name: &str) -> Roles {
    {
        let mut roles = Roles::default();
        roles
            .id
            .extend((name == "t.csv.gz" || name == "t.parquet").then(|| "id".into()));
        roles
    }
}

/// Reads the bytes and returns whether they were accepted.
fn accepts(name: &str, bytes: &[u8], path: &PathBuf) -> bool {
    // A new file, since overwriting an old one waits for the disk.
    let _ = fs::remove_file(path);
    fs::write(path, bytes).unwrap();
    let path = path.display().to_string();
    match catch_unwind(|| read(&path, &roles(name)).is_ok()) {
        Ok(accepted) => accepted,
        Err(_) => panic!("{name} panics on {bytes:02x?}"),
    }
}

#[test]
fn a_file_cut_short_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in samples() {
        let path = folder.path().join(name);
        assert!(accepts(name, &bytes, &path), "{name}");
        // The last chunk of a PNG holds nothing, and CSV may end anywhere.
        let needed = match name {
            "t.png" => bytes.len() - 12,
            "t.csv" => 0,
            _ => bytes.len(),
        };
        for end in 0..bytes.len() {
            let accepted = accepts(name, &bytes[..end], &path);
            assert!(
                !accepted || end >= needed,
                "{name} cut to {end} of {}",
                bytes.len()
            );
        }
    }
}

#[test]
fn each_bit_may_flip() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in samples() {
        let path = folder.path().join(name);
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            accepts(name, &flipped, &path);
        }
    }
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, cases: 500, ..Config::default() })]

    #[test]
    fn bytes_may_be_anything(
        which in 0usize..7,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (name, mut bytes) = samples().swap_remove(which);
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        accepts(name, &bytes, &folder.path().join(name));
    }
}
