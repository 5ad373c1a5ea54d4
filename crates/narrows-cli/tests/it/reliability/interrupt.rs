//! Tests Ctrl-C and `--resume`.

use std::fs;
use std::io::Write;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::common::{CONFIG, NARROWS, Scratch, rows};

/// Returns a folder whose `slow.toml` takes some seconds: many small steps per
/// epoch.
pub fn slow() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("rows.csv", rows(1_500));
    let config = CONFIG
        .replace("batch = 16", "batch = 1")
        .replace("epochs = 4", "epochs = 8");
    scratch.write("slow.toml", config);
    scratch
}

pub fn start(scratch: &Scratch, arguments: &str) -> Child {
    Command::new(NARROWS)
        .args(arguments.split(' '))
        .current_dir(scratch.path("."))
        .env_remove("CARGO_MANIFEST_DIR")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until the run's history has some epochs.
pub fn wait_for(scratch: &Scratch, run: &str, epochs: usize) {
    let path = scratch.path(format!("runs/{run}/history.jsonl"));
    let started = Instant::now();
    while fs::read_to_string(&path)
        .unwrap_or_default()
        .lines()
        .count()
        < epochs
    {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "no epoch {epochs}"
        );
        sleep(Duration::from_millis(2));
    }
}

pub fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([name, &id]).status().unwrap();
    assert!(sent.success());
}

fn interrupted(scratch: &Scratch, arguments: &str, run: &str) -> Output {
    stopped_by("-INT", scratch, arguments, run)
}

fn stopped_by(name: &str, scratch: &Scratch, arguments: &str, run: &str) -> Output {
    let child = start(scratch, arguments);
    wait_for(scratch, run, 2);
    signal(&child, name);
    child.wait_with_output().unwrap()
}

#[test]
fn a_stopped_training_goes_on_to_the_same_bytes() {
    let scratch = slow();
    let whole = start(&scratch, "train slow.toml -q --name whole");
    let output = interrupted(&scratch, "train slow.toml --name cut", "cut");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(output.stdout.is_empty());
    assert!(
        said.contains(" of 8 epochs; runs/cut/model.safetensors holds"),
        "{said}"
    );
    assert!(said.contains("narrows train runs/cut --resume"), "{said}");
    assert!(!said.contains("trained 8 epochs"), "{said}");
    for file in [
        "config.toml",
        "model.safetensors",
        "last.ckpt",
        "history.jsonl",
    ] {
        assert!(scratch.path("runs/cut").join(file).is_file(), "{file}");
    }
    let done = scratch.text("runs/cut/history.jsonl").lines().count();
    assert!((2..8).contains(&done), "{done} epochs were done");
    // The stopped run already has a model.
    scratch.ok("encode runs/cut rows.csv -o codes.csv");

    let json = scratch.ok("train runs/cut --resume --json -q").json();
    assert_eq!(
        (&json["run"], &json["epochs"]),
        (&"runs/cut".into(), &8.into())
    );
    let whole = whole.wait_with_output().unwrap();
    assert!(whole.status.success());
    for file in ["model.safetensors", "config.toml"] {
        let (cut, whole) = (format!("runs/cut/{file}"), format!("runs/whole/{file}"));
        assert!(scratch.bytes(&cut) == scratch.bytes(&whole), "{file}");
    }
    let history = scratch.text("runs/cut/history.jsonl");
    let epochs: Vec<u64> = history
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["epoch"]
                .as_u64()
                .unwrap()
        })
        .collect();
    assert_eq!(epochs, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert!(scratch.path("runs/cut/report.html").is_file());
}

#[test]
fn a_stop_after_the_last_epoch_is_heard_and_the_model_is_made_later() {
    let scratch = slow();
    let child = start(&scratch, "train slow.toml --name late --set train.epochs=1");
    wait_for(&scratch, "late", 1);
    signal(&child, "-TERM");
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("narrows train runs/late --finish"), "{said}");
    assert!(!scratch.path("runs/late/report.html").exists());
    scratch.ok("train runs/late --finish -q");
    scratch.ok("train slow.toml --name whole --set train.epochs=1 -q");
    let [late, whole] = ["late", "whole"].map(|run| format!("runs/{run}/model.safetensors"));
    assert!(scratch.bytes(&late) == scratch.bytes(&whole));
    assert!(scratch.path("runs/late/report.html").is_file());
}

#[test]
fn a_lost_connection_and_a_system_that_shuts_down_are_obeyed_as_ctrl_c_is() {
    stopped_and_gone_on_with("-TERM");
    if outlives_its_terminal() {
        eprintln!("SKIPPED: begun by nohup, as are the programs that this begins");
    } else {
        stopped_and_gone_on_with("-HUP");
    }
}

/// Returns whether SIGHUP is ignored, which children inherit.
fn outlives_its_terminal() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 == 1)
}

fn stopped_and_gone_on_with(name: &str) {
    let scratch = slow();
    let output = stopped_by(name, &scratch, "train slow.toml -q --json", "slow");
    assert_eq!(output.status.code(), Some(130), "{name}");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["interrupted"], true);
    let at = (json["epochs"].as_u64(), json["steps"].as_u64());
    assert!(at.0.is_some_and(|epochs| epochs >= 2), "{json}");
    // The training resumes from that very step.
    let resumed = scratch.ok("train runs/slow --resume");
    assert!(resumed.err.contains("trained "), "{}", resumed.err);
}

#[test]
fn nohup_means_what_it_says() {
    let scratch = slow();
    let child = Command::new("nohup")
        .arg(NARROWS)
        .args("train slow.toml -q".split(' '))
        .current_dir(scratch.path("."))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for(&scratch, "slow", 1);
    signal(&child, "-HUP");
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
}

#[test]
fn an_encoding_that_is_stopped_leaves_nothing() {
    let scratch = Scratch::with_model();
    let mut child = Command::new(NARROWS)
        .args("encode runs/my - -o codes.csv -q".split(' '))
        .current_dir(scratch.path("."))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let before = scratch.listing().len();
    let mut input = child.stdin.take().unwrap();
    let rows = rows(5_000);
    let (header, rows) = rows.split_once('\n').unwrap();
    input.write_all(header.as_bytes()).unwrap();
    input.write_all(b"\n").unwrap();
    // Feeds rows until something is being written.
    while scratch.listing().len() == before {
        input.write_all(rows.as_bytes()).unwrap();
    }
    signal(&child, "-TERM");
    let _ = input.write_all(rows.repeat(40).as_bytes());
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(scratch.listing().len(), before);
}

#[test]
fn new_rows_that_are_stopped_leave_nothing() {
    let scratch = Scratch::with_model();
    let before = scratch.listing();
    let line = "interpolate runs/my rows.csv --from 1 --to 2 --steps 1000000 -o way.csv";
    let child = start(&scratch, line);
    // While the rows are made, or written.
    while scratch.listing() == before {
        sleep(Duration::from_millis(2));
    }
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(scratch.listing(), before);
}

#[test]
fn renamed_columns_are_other_rows() {
    let scratch = Scratch::with_model();
    for (old, new) in [("name,kind,a,", "name,kind,z,"), ("red", "amber")] {
        scratch.write("other.csv", rows(120).replace(old, new));
        let arguments = "train runs/my --resume -q --data other.csv --set train.epochs=6";
        let message = scratch.refused(arguments, 1);
        assert!(message.contains("a training on other rows"), "{message}");
    }
}

#[test]
fn json_tells_of_the_interruption() {
    let scratch = slow();
    let output = interrupted(&scratch, "train slow.toml -q --json", "slow");
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["interrupted"], true);
    assert_eq!(json["next"], "narrows train runs/slow --resume");
}

#[test]
fn a_killed_training_goes_on_from_its_last_epoch() {
    let scratch = slow();
    let mut child = start(&scratch, "train slow.toml -q");
    wait_for(&scratch, "slow", 1);
    // Killed at once and without warning, as when power fails.
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!scratch.path("runs/slow/model.safetensors").exists());
    let message = scratch.refused("encode runs/slow rows.csv -o codes.csv", 1);
    assert!(
        message.contains("narrows train runs/slow --resume"),
        "{message}"
    );
    // Without a name, the latest run is resumed.
    let json = scratch.ok("train --resume --json -q").json();
    assert_eq!(
        (&json["run"], &json["epochs"]),
        (&"runs/slow".into(), &8.into())
    );
}

#[test]
fn a_finished_run_says_so_and_goes_on_when_asked_for_more() {
    let scratch = Scratch::with_model();
    let before = scratch.bytes("runs/my/model.safetensors");
    let ran = scratch.ok("train runs/my --resume");
    assert!(
        ran.err.contains("all 4 epochs are done already"),
        "{}",
        ran.err
    );
    let command = "; to go on: narrows train runs/my --resume --set train.epochs=8";
    assert!(ran.err.contains(command), "{}", ran.err);
    for unused in [
        "--resume --set optimizer.rate=0.5",
        "--resume --set train.epochs=2",
        "--finish --set optimizer.rate=0.5",
    ] {
        let message = scratch.refused(&format!("train runs/my {unused}"), 2);
        assert!(
            message.contains("nothing is trained with them"),
            "{message}"
        );
    }
    assert!(scratch.bytes("runs/my/model.safetensors") == before);
    assert_eq!(scratch.text("runs/my/history.jsonl").lines().count(), 4);

    // By name alone, looked up in the folder of runs.
    scratch.ok("train my --resume -q --set train.epochs=6");
    scratch.ok("train my.toml -q --name whole --set train.epochs=6");
    assert!(
        scratch.bytes("runs/my/model.safetensors") == scratch.bytes("runs/whole/model.safetensors")
    );
    assert_eq!(scratch.text("runs/my/history.jsonl").lines().count(), 6);
    assert!(scratch.text("runs/my/config.toml").contains("epochs = 6"));
}

#[test]
fn resuming_what_cannot_be_is_refused() {
    let scratch = Scratch::with_rows();
    let message = scratch.refused("train --resume", 2);
    assert!(message.contains("no run to go on with"), "{message}");
    scratch.ok("train my.toml -q");
    for (arguments, code, word) in [
        (
            "train runs/none --resume",
            2,
            "no run to go on with in 'runs/none'",
        ),
        (
            "train my.toml --resume",
            2,
            "no run to go on with in 'my.toml'",
        ),
        (
            "train runs/my --resume --set network.code=3",
            1,
            "other settings",
        ),
        ("train runs/my --resume --seed 8", 1, "other settings"),
        ("train runs/my --resume --data few.csv", 1, "other rows"),
    ] {
        scratch.write("few.csv", rows(50));
        let message = scratch.refused(arguments, code);
        assert!(message.contains(word), "{arguments}: {message}");
    }
    let ran = scratch.run("train runs/my --resume --name other");
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("cannot be used with"), "{}", ran.err);
}

#[test]
fn a_damaged_checkpoint_is_refused() {
    let scratch = Scratch::with_model();
    let whole = scratch.bytes("runs/my/last.ckpt");
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for damaged in [&whole[..whole.len() / 2], &whole[..0], &flipped] {
        scratch.write("runs/my/last.ckpt", damaged);
        let message = scratch.refused("train runs/my --resume --set train.epochs=9", 1);
        assert!(message.contains("runs/my/last.ckpt"), "{message}");
    }
    fs::remove_file(scratch.path("runs/my/last.ckpt")).unwrap();
    let message = scratch.refused("train runs/my --resume", 2);
    assert!(message.contains("without last.ckpt"), "{message}");
}

#[test]
fn further_networks_that_were_stopped_go_on_to_the_same_bytes() {
    let scratch = slow();
    let train = "train slow.toml -q --set train.epochs=2 --set seeds=4 --name";
    let whole = start(&scratch, &format!("{train} whole"));
    let child = start(&scratch, &format!("{train} cut"));
    let saved = scratch.path("runs/cut/.narrows-network_2.ckpt");
    let started = Instant::now();
    while !saved.exists() {
        assert!(started.elapsed() < Duration::from_secs(60), "nothing saved");
        sleep(Duration::from_millis(2));
    }
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    // What there is is a model of one network.
    scratch.ok("score runs/cut rows.csv -o scores.csv");
    let ran = scratch.ok("train runs/cut --resume");
    assert!(ran.err.contains("4 networks: of the 5 %"), "{}", ran.err);
    assert!(whole.wait_with_output().unwrap().status.success());
    let model = "model.safetensors";
    let [cut, whole] = ["cut", "whole"].map(|run| scratch.bytes(&format!("runs/{run}/{model}")));
    assert!(cut == whole);
    assert!(!saved.exists());
    // A run that is whole has its networks in the model.
    scratch.ok("train runs/cut --resume -q");
    assert!(scratch.bytes("runs/cut/model.safetensors") == whole);
}
