//! Checks that malicious files are each answered soon, in words, and with
//! little memory, and that none of them ends the program.
//!
//! Findings of the fuzzer are in `tests/hostile`, one folder per reader; files
//! that unpack to much, or are large to begin with, are made here.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use narrows::read::{Roles, read};
use narrows::{Classifier, ConfigText, Control, Model, Table, Training};
use peak_alloc::PeakAlloc;
use serde_json::{Value, json};

use super::forged::{Forged, Thrift, column, dictionary, element, file, page};
use super::{examples, sealed};
use crate::alone::ran_alone;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Bytes that a small file may take while it is read.
const MOST: usize = 128 << 20;
const LONGEST: Duration = Duration::from_secs(20);
/// Limit on every message, whatever it quotes.
const LONGEST_MESSAGE: usize = 10_000;

/// Returns a reader's message about a file, within `most` bytes and a time.
fn answer<T>(name: &str, most: usize, ask: impl FnOnce() -> narrows::Result<T>) -> Option<String> {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let start = Instant::now();
    let error = ask().err().map(|error| error.to_string());
    let taken = MEMORY.peak_usage().saturating_sub(before);
    assert!(taken <= most, "{name} takes {} MiB", taken >> 20);
    let time = start.elapsed();
    assert!(time < LONGEST, "{name} takes {time:?}");
    if let Some(error) = &error {
        assert!(
            error.len() < LONGEST_MESSAGE,
            "{name}: {} bytes",
            error.len()
        );
    }
    error
}

/// Reads the bytes as a table, which must be refused with `word` in the
/// message.
fn refused(name: &str, bytes: &[u8], word: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let path = path.display().to_string();
    let error = answer(name, MOST, || read(&path, &Roles::default()));
    let error = error.unwrap_or_else(|| panic!("{name} is read"));
    assert!(error.contains(word), "{name}: {error}");
}

fn gzipped(bytes: &[u8], times: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    (0..times).for_each(|_| encoder.write_all(bytes).unwrap());
    encoder.finish().unwrap()
}

#[test]
fn what_was_found_stays_answered() {
    if ran_alone(what_was_found_stays_answered) {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile");
    let scratch = tempfile::tempdir().unwrap();
    let mut count = 0;
    for reader in fs::read_dir(folder).unwrap() {
        let reader = reader.unwrap().path();
        let kind = reader.file_name().unwrap().to_string_lossy().into_owned();
        for file in fs::read_dir(&reader).unwrap() {
            let file = file.unwrap().path();
            let name = format!("{kind}/{}", file.file_name().unwrap().to_string_lossy());
            ask(&kind, &name, &fs::read(&file).unwrap(), scratch.path());
            count += 1;
        }
    }
    assert!(count > 0);
}

/// Calls a reader, as the fuzz target of the same name does.
fn ask(kind: &str, name: &str, bytes: &[u8], folder: &Path) {
    let write = |bytes: &[u8], end: &str| {
        let path = folder.join(format!("t.{end}"));
        fs::write(&path, bytes).unwrap();
        path
    };
    let text = String::from_utf8_lossy(bytes);
    match kind {
        "config" => {
            answer(name, MOST, || plan(&text));
        }
        "model" | "classifier" | "checkpoint" => {
            for bytes in sealed::files(bytes) {
                let path = write(&bytes, "safetensors");
                answer(name, MOST, || match kind {
                    "model" => Model::load(&path).map(use_model),
                    "classifier" => Classifier::load(&path).map(|_| ()),
                    _ => resume(&path),
                });
            }
        }
        _ => {
            let end = if kind == "image" { "png" } else { kind };
            let path = write(bytes, end).display().to_string();
            for roles in roles() {
                answer(name, MOST, || read(&path, &roles));
            }
        }
    }
}

fn roles() -> [Roles; 3] {
    let mut any = Roles::default();
    any.any_text = true;
    any.allow_missing = true;
    let mut named = any.clone();
    named.label = Some("y".into());
    named.id = vec!["id".into()];
    named.ignore = vec!["skip".into()];
    named.one_hot = vec!["kind".into()];
    named.optional = true;
    [Roles::default(), any, named]
}

fn plan(text: &str) -> narrows::Result<()> {
    let config = ConfigText::new("t.toml", text, &[]).parse()?;
    config.check_for(16, None)
}

/// Uses a loaded model, which must work or say why not.
fn use_model(model: Model) {
    let width = model.scaler().columns();
    let table = Table::from_floats(vec![0.5; 3 * width], width).unwrap();
    let _ = model.encode(&table).map(|codes| model.decode(&codes));
    let _ = model.evaluate(&table);
    let _ = model.generate(2, 1);
}

/// Resumes a training, which must come to its end.
fn resume(path: &Path) -> narrows::Result<()> {
    let table = examples::table();
    let mut training = Training::new(&examples::config(), &table)?;
    training.resume(path)?;
    training.run_epoch(&mut |_| Control::Continue)?;
    training.finish();
    Ok(())
}

#[test]
fn text_without_end_is_no_row() {
    if ran_alone(text_without_end_is_no_row) {
        return;
    }
    refused(
        "quote.csv",
        format!("a\n\"{}", "1".repeat(34 << 20)).as_bytes(),
        "32 MiB",
    );
    refused("quote.csv.gz", &gzipped(&[b'"'; 1 << 20], 34), "32 MiB");
    refused("cells.csv", &vec![b','; 2 << 20], "1,048,576");
    refused("cells.csv.gz", &gzipped(&[b','; 1 << 20], 2), "1,048,576");
    let name = "n".repeat(1 << 20);
    refused("name.csv", format!("{name},b\nx,1\n").as_bytes(), "'nnn");
    refused("cell.csv", format!("a\n{name}\n").as_bytes(), "'nnn");
    let many: String = (0..20_000).map(|at| format!("name {at},")).collect();
    refused(
        "names.csv",
        format!("{many}z\n{}x\n", "y,".repeat(20_000)).as_bytes(),
        "19989 more",
    );
}

#[test]
fn what_a_small_file_unpacks_to_has_an_end() {
    if ran_alone(what_a_small_file_unpacks_to_has_an_end) {
        return;
    }
    // Copied to a separate file, since this array cannot be streamed.
    refused(
        "t.npz",
        &gzipped(&[0; 1 << 20], 400),
        "unpack the file first",
    );
    refused(
        "t.parquet",
        &gzipped(&[0; 1 << 20], 400),
        "unpack the file first",
    );
}

#[test]
fn an_array_is_no_wider_than_any_network() {
    if ran_alone(an_array_is_no_wider_than_any_network) {
        return;
    }
    let npy = |shape: &str| {
        let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
        let length = (header.len() as u16).to_le_bytes();
        [
            b"\x93NUMPY\x01\x00",
            &length[..],
            header.as_bytes(),
            &[0; 64],
        ]
        .concat()
    };
    refused(
        "wide.npy",
        &npy("(1, 1099511627776)"),
        "4194304 values in a row",
    );
    refused("long.npy", &npy("(1099511627776, 8)"), "found 64 bytes");
    refused(
        "deep.npy",
        &npy("(1, 65536, 65536)"),
        "4194304 values in a row",
    );
    let idx = [0, 0, 8, 3, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0];
    refused("wide.idx", &idx, "4194304 values in a row");
}

#[test]
fn an_image_is_no_larger_than_any_row() {
    if ran_alone(an_image_is_no_larger_than_any_row) {
        return;
    }
    let png = |side: u32| {
        let image = image::GrayImage::new(side, 2049);
        let mut bytes = std::io::Cursor::new(Vec::new());
        image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    };
    refused("large.png", &png(2049), "4194304 values in an image");
    // A larger size, claimed without any pixels.
    let mut bytes = png(16_384);
    bytes.truncate(60);
    refused("claim.png", &bytes, "values in an image");
}

#[test]
fn parquet_is_not_taken_at_its_word() {
    if ran_alone(parquet_is_not_taken_at_its_word) {
        return;
    }
    let many = i64::from(i32::MAX);
    let footer = |make: &dyn Fn(&mut Thrift)| {
        let mut footer = Thrift::default();
        footer.number(1, 1);
        make(&mut footer);
        footer.close();
        file(&[], &footer.bytes)
    };
    let groups = footer(&|f| {
        f.list(2, 2);
        element(f, Some(1), false, 0);
        element(f, None, false, 5);
        f.number(3, 1).list(4, many as u64);
    });
    refused("groups.parquet", &groups, "no description");
    let children = footer(&|f| {
        f.list(2, 2);
        element(f, Some(many), false, 0);
        element(f, None, false, 5);
        f.number(3, 1).list(4, 0);
    });
    refused("children.parquet", &children, "nested too deep");
    let nested = footer(&|f| {
        f.list(2, 100_001);
        (0..100_000).for_each(|_| element(f, Some(1), false, 0));
        element(f, None, false, 5);
        f.number(3, 1).list(4, 0);
    });
    refused("nested.parquet", &nested, "nested too deep");

    const DOUBLE: i64 = 5;
    const TEXT: i64 = 6;
    const PLAIN: i64 = 0;
    const RLE: i64 = 8;
    const SNAPPY: i64 = 1;
    const GZIP: i64 = 2;
    let with = |physical, codec, values, pages: Vec<u8>| Forged {
        physical,
        codec,
        optional: false,
        values,
        groups: 1,
        pages,
    };
    let sound = with(DOUBLE, 0, 1, page(8, 1, PLAIN, &1.5f64.to_le_bytes()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sound.parquet");
    fs::write(&path, column(&sound)).unwrap();
    let table = read(&path.display().to_string(), &Roles::default()).unwrap();
    assert_eq!(table.value(0, 0), 1.5, "what is forged here can be read");

    let claims = with(DOUBLE, SNAPPY, 1, page(many, 1, PLAIN, &[0; 9]));
    refused(
        "claims.parquet",
        &column(&claims),
        "unpack to more than 256 MiB",
    );
    let bomb = gzipped(&[0; 1 << 20], 128);
    let bomb = with(DOUBLE, GZIP, 1, page(8, 1, PLAIN, &bomb));
    refused(
        "bomb.parquet",
        &column(&bomb),
        "unpacks to more than it says",
    );
    let words = [dictionary(1 << 22, &[0; 8]), page(2, 1, RLE, &[1, 2])].concat();
    let words = with(TEXT, 0, 1, words);
    refused(
        "words.parquet",
        &column(&words),
        "more values than it can have",
    );
    let nulls = [&[6, 0, 0, 0][..], &[0xfe, 0xff, 0xff, 0xff, 0x0f, 0]].concat();
    let nulls = Forged {
        optional: true,
        ..with(DOUBLE, 0, many, page(10, many, PLAIN, &nulls))
    };
    refused(
        "nulls.parquet",
        &column(&nulls),
        "unpack to more than 256 MiB",
    );
    for (name, encoding) in [("lengths", 6), ("prefixes", 7)] {
        // Blocks of 128 in 4 parts, 2^42 values, the first of which is 0.
        let bytes = [0x80, 0x01, 4, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1, 0];
        let lies = with(TEXT, 0, 1, page(11, 1, encoding, &bytes));
        let name = format!("{name}.parquet");
        refused(&name, &column(&lies), "more values than it can have");
    }
    let again = Forged {
        groups: 10_000,
        ..with(DOUBLE, 0, 1000, page(8000, 1000, PLAIN, &[0; 8000]))
    };
    refused("again.parquet", &column(&again), "longer than the file");
    // A type that the decoder does not expect for the field.
    let mut header = Thrift::default();
    header.number(1, 0).text(2, "size").number(3, 8).close();
    let mistyped = with(DOUBLE, 0, 1, [header.bytes, vec![0; 8]].concat());
    refused(
        "mistyped.parquet",
        &column(&mistyped),
        "begins with no header",
    );
}

/// Changes a whole model, seals it again and loads it.
fn model_with(change: impl FnOnce(&mut Value)) -> String {
    let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/model/seed-columns");
    let bytes = fs::read(seed).unwrap();
    let end = bytes.iter().position(|&b| b == b'\n').unwrap();
    let mut header: Value = serde_json::from_slice(&bytes[..end]).unwrap();
    change(&mut header);
    let content = [header.to_string().as_bytes(), &bytes[end..]].concat();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    // The version that this program reads.
    let errors = sealed::files(&content).into_iter().map(|bytes| {
        fs::write(&path, bytes).unwrap();
        answer("model", MOST, || Model::load(&path)).unwrap_or_default()
    });
    let known = errors.filter(|error| !error.contains("found version"));
    known.collect::<Vec<_>>().swap_remove(0)
}

#[test]
fn a_model_is_no_larger_than_its_file() {
    if ran_alone(a_model_is_no_larger_than_its_file) {
        return;
    }
    assert_eq!(model_with(|_| {}), "");
    let wide = model_with(|h| h["config"]["network"]["hidden"] = json!([1_000_000]));
    assert!(wide.contains("no tensor 'encoder.0.weight'"), "{wide}");
    let wider = model_with(|h| h["config"]["network"]["hidden"] = json!([1_000_000_000]));
    assert!(wider.contains("`network.hidden`"), "{wider}");
    let deep = model_with(|h| h["config"]["network"]["hidden"] = json!(vec![1; 100_000]));
    assert!(deep.contains("`network.hidden`"), "{deep}");
    let image = json!({"height": 1u64 << 32, "width": 1u64 << 32, "channels": 4});
    let image = model_with(|h| h["scaler"]["image"] = image);
    assert!(image.contains("images of another size"), "{image}");
    let long = model_with(|h| h["scaler"]["method"] = "m".repeat(1 << 20).into());
    assert!(long.contains("`scaler`"), "{long}");
}

#[test]
fn a_config_asks_for_no_more_than_there_can_be() {
    if ran_alone(a_config_asks_for_no_more_than_there_can_be) {
        return;
    }
    let refused = |text: &str, word: &str| {
        let error = answer(word, MOST, || plan(text)).unwrap_or_default();
        assert!(error.contains(word), "{word}: {error}");
    };
    refused("[network]\nhidden = [1000000000]", "`network.hidden`");
    refused("[network]\nhidden = [1000000, 1000000]", "`network.hidden`");
    let many = format!("[network]\nhidden = [{}]", "1,".repeat(100_000));
    refused(&many, "`network.hidden`");
    refused(
        "[adversarial]\ncritic = [65536, 65536]",
        "`adversarial.critic`",
    );
    let many = format!(
        "[convolutional]\nimage = [4, 4]\nchannels = [{}]",
        "1,".repeat(100_000)
    );
    refused(&many, "`convolutional.channels`");
    refused(&format!("a = {}", "[".repeat(100_000)), "t.toml");
    refused(&format!("{} = 1", "a.".repeat(50_000) + "a"), "t.toml");
    refused(&format!("{} = 1", "a".repeat(1 << 20)), "t.toml");
    refused(&format!("seed = {}", "9".repeat(1 << 20)), "t.toml");
    let convolutional = |keys: &str| format!("[convolutional]\nimage = [4, 4]\n{keys}");
    refused(
        &convolutional("channels = [9223372036854775807]"),
        "`convolutional.channels`",
    );
    refused(
        &convolutional("kernel = 9223372036854775807"),
        "`convolutional.kernel`",
    );
    refused(
        "[convolutional]\nimage = [4294967296, 4294967296]",
        "`convolutional.image`",
    );
}
