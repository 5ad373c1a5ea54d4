//! Damages files by cuts and changes: they are refused in words, and leave
//! nothing behind.

use crate::common::numbers::{NUMBERS, numbers, put, with_model};

#[test]
fn cut_files_are_refused_in_one_line() {
    let scratch = with_model();
    for name in NUMBERS.into_iter().filter(|name| !name.ends_with("sv")) {
        put(&scratch, name, &numbers(40));
        let whole = scratch.bytes(name);
        for length in [0, 1, 5, whole.len() / 2, whole.len() - 1] {
            scratch.write(name, &whole[..length]);
            for line in [
                "encode runs/t {} -o out.csv",
                "train t.toml --data {}",
                "inspect {}",
            ] {
                let message = scratch.refused(&line.replace("{}", name), 1);
                assert!(
                    message.starts_with(name),
                    "{length} bytes of {name}: {message}"
                );
            }
        }
    }
}

#[test]
fn flipped_bytes_never_panic_and_never_leave_half_a_file() {
    let scratch = with_model();
    for name in NUMBERS {
        put(&scratch, name, &numbers(20));
        let whole = scratch.bytes(name);
        for at in (0..whole.len()).step_by(whole.len() / 12 + 1) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0xff;
            scratch.write(name, bytes);
            // A flipped bit in a plain number may still give a number.
            let ran = scratch.run(&format!("encode runs/t {name} -o out.csv -q"));
            match ran.code {
                0 => std::fs::remove_file(scratch.path("out.csv")).unwrap(),
                _ => {
                    let message = scratch.refused(&format!("encode runs/t {name} -o out.csv"), 1);
                    assert!(message.starts_with(name), "byte {at} of {name}: {message}");
                }
            }
        }
    }
}

#[test]
fn damaged_models_are_refused() {
    let scratch = with_model();
    let whole = scratch.bytes("runs/t/model.safetensors");
    put(&scratch, "t.csv", &numbers(5));
    let mut damaged: Vec<Vec<u8>> = [0, 7, 8, 200, whole.len() - 1]
        .iter()
        .map(|&length| whole[..length].to_vec())
        .collect();
    for at in (0..whole.len()).step_by(whole.len() / 20) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        damaged.push(bytes);
    }
    damaged.push([&whole[..], b"more"].concat());
    for bytes in damaged {
        scratch.write("bad.safetensors", bytes);
        for line in [
            "encode bad.safetensors t.csv -o out.csv",
            "inspect bad.safetensors",
        ] {
            let message = scratch.refused(line, 1);
            assert!(message.starts_with("bad.safetensors: found "), "{message}");
        }
    }
}
