//! Kills the program at any moment, and lets two train in one folder.

use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::common::{CONFIG, NARROWS, Scratch, rows};

#[test]
fn a_hundred_kills_at_random_end_in_the_same_bytes() {
    let scratch = Scratch::new();
    scratch.write("rows.csv", rows(400));
    let config = CONFIG
        .replace("batch = 16", "batch = 4")
        .replace("epochs = 4", "epochs = 40");
    scratch.write("my.toml", config);
    scratch.ok("train my.toml -q --name whole");
    let expected = scratch.bytes("runs/whole/model.safetensors");
    let (mut kills, mut run, mut random, mut within) = (0, 1, 12_345u64, 0);
    while kills < 100 {
        let name = format!("cut{run}");
        let resumes = scratch.path(format!("runs/{name}/config.toml")).exists();
        let arguments = match resumes {
            true => format!("train runs/{name} -q --resume --checkpoint-every 3"),
            false => format!("train my.toml -q --name {name} --checkpoint-every 3"),
        };
        let mut child = Command::new(NARROWS)
            .args(arguments.split(' '))
            .current_dir(scratch.path("."))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        sleep(Duration::from_millis(10 + (random >> 33) % 190));
        if let Some(status) = child.try_wait().unwrap() {
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(status.success(), "{arguments}: {said}");
            let model = scratch.bytes(&format!("runs/{name}/model.safetensors"));
            assert!(model == expected, "{name}");
            run += 1;
            continue;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        let checkpoint = scratch.path(format!("runs/{name}/last.ckpt"));
        within += usize::from(fs::read(checkpoint).is_ok_and(|bytes| is_within_an_epoch(&bytes)));
    }
    let name = format!("cut{run}");
    if scratch.path(format!("runs/{name}/config.toml")).exists() {
        scratch.ok(&format!("train runs/{name} -q --resume"));
        let model = scratch.bytes(&format!("runs/{name}/model.safetensors"));
        assert!(model == expected, "{name}");
    }
    assert!(
        run >= 1 && within >= 10,
        "{within} of 100 within an epoch, {run} runs"
    );
}

/// Returns whether a checkpoint was written between two steps of an epoch.
fn is_within_an_epoch(checkpoint: &[u8]) -> bool {
    String::from_utf8_lossy(checkpoint).contains(r#"\"under_way\":{"#)
}

#[test]
fn two_processes_never_train_in_one_folder() {
    let scratch = Scratch::new();
    scratch.write("rows.csv", rows(1_500));
    let config = CONFIG
        .replace("batch = 16", "batch = 1")
        .replace("epochs = 4", "epochs = 50");
    scratch.write("my.toml", config);
    let mut first = Command::new(NARROWS)
        .args("train my.toml -q --name one".split(' '))
        .current_dir(scratch.path("."))
        .spawn()
        .unwrap();
    while !scratch.path("runs/one/last.ckpt").exists() {
        sleep(Duration::from_millis(2));
    }
    for arguments in [
        "train runs/one -q --resume",
        "train my.toml -q --name one",
        "train my.toml -q --name one --force",
        "train runs/one -q --finish",
    ] {
        let second = scratch.run(arguments);
        assert_eq!(second.code, 1, "{arguments}: {}", second.err);
        let told = "runs/one: cannot train here: another process is training in this folder";
        assert!(second.err.contains(told), "{arguments}: {}", second.err);
        assert!(scratch.path("runs/one/last.ckpt").exists());
    }
    first.kill().unwrap();
    first.wait().unwrap();
    scratch.ok("train runs/one -q --finish");
}
