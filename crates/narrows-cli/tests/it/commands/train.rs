//! `narrows train`: what it takes, what it leaves, what it prints.

use std::fs;

use crate::common::{NARROWS, Scratch};
use serde_json::Value;

const MODEL: &str = "model.safetensors";

/// Returns the run's model file.
fn model(scratch: &Scratch, run: &str) -> Vec<u8> {
    scratch.bytes(&format!("runs/{run}/{MODEL}"))
}

#[test]
fn a_run_folder_has_all_that_was_promised() {
    let scratch = Scratch::with_rows();
    let ran = scratch.ok("train my.toml");
    assert_eq!(ran.text(), "", "standard output is only data");
    let mut files: Vec<String> = fs::read_dir(scratch.path("runs/my"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(
        files,
        [
            "config.toml",
            "history.jsonl",
            "last.ckpt",
            MODEL,
            "report.html"
        ]
    );
    for said in [
        "runs/my: 6-6-2-6-6, 116 weights",
        "rows.csv: 108 rows to train on, 12 rows held out",
        "scaled to mean 0",
        "epoch 1/4  loss ",
        "epoch 4/4  loss ",
        "held-out error: mse ",
        "made runs/my/",
        "narrows evaluate runs/my rows.csv",
    ] {
        assert!(ran.err.contains(said), "no {said:?} in {}", ran.err);
    }
    assert!(scratch.text("runs/my/report.html").contains("<html"));
}

#[test]
fn the_history_has_one_object_an_epoch() {
    let scratch = Scratch::with_rows();
    scratch.ok("train my.toml -q --set loss.l2=0.01 --set loss.l1=0.001");
    let history = scratch.text("runs/my/history.jsonl");
    let epochs: Vec<Value> = history
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(epochs.len(), 4);
    for (at, epoch) in epochs.iter().enumerate() {
        assert_eq!(epoch["epoch"], at + 1);
        assert!(epoch["seconds"].as_f64().unwrap() > 0.0);
        assert!(epoch["rows_per_second"].as_f64().unwrap() > 0.0);
        let loss = &epoch["loss"];
        let terms: f64 = ["reconstruction", "l1", "l2"]
            .iter()
            .map(|term| loss[term].as_f64().unwrap())
            .sum();
        assert!((terms - loss["total"].as_f64().unwrap()).abs() < 1e-9);
        for error in ["mse", "error_per_row", "reconstruction"] {
            assert!(epoch["held_out"][error].as_f64().unwrap() > 0.0, "{error}");
        }
    }
    let first = epochs[0]["loss"]["total"].as_f64().unwrap();
    let last = epochs[3]["loss"]["total"].as_f64().unwrap();
    assert!(last < first, "{last} is not less than {first}");
}

#[test]
fn the_same_seed_gives_the_same_bytes_whatever_the_threads() {
    let scratch = Scratch::with_rows();
    scratch.ok("train my.toml -q --name a");
    scratch.ok("train my.toml -q --name b");
    scratch.ok("train my.toml -q --name one --threads 1");
    scratch.ok("train my.toml -q --name two --threads 2");
    scratch.ok("train my.toml -q --name seeded --seed 7");
    scratch.ok("train my.toml -q --name other --seed 8");
    let first = model(&scratch, "a");
    for run in ["b", "one", "two", "seeded"] {
        assert!(model(&scratch, run) == first, "{run}");
    }
    assert!(model(&scratch, "other") != first);
    assert!(scratch.text("runs/other/config.toml").contains("seed = 8"));
}

#[test]
fn the_model_does_not_depend_on_where_its_data_lies() {
    let scratch = Scratch::with_rows();
    fs::create_dir(scratch.path("elsewhere")).unwrap();
    scratch.write("elsewhere/mnist 2.csv", scratch.bytes("rows.csv"));
    scratch.ok("train my.toml -q --name here");
    let data = ["--data", "elsewhere/mnist 2.csv", "--name", "there", "-q"];
    let ran = scratch.run_all(&[&["train", "my.toml"][..], &data].concat(), "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(model(&scratch, "here") == model(&scratch, "there"));
    let config = scratch.text("runs/there/config.toml");
    assert!(config.contains(r#"source = "elsewhere/mnist 2.csv""#));
}

#[test]
fn settings_can_be_changed_from_the_command_line() {
    let scratch = Scratch::with_rows();
    scratch.ok(
        "train my.toml -q --set train.epochs=2 --set network.activation=tanh \
         --set network.hidden=[5,4] --set network.code=3",
    );
    let config = scratch.text("runs/my/config.toml");
    for line in [
        "epochs = 2",
        "activation = \"tanh\"",
        "hidden = [5, 4]",
        "code = 3",
    ] {
        assert!(config.lines().any(|l| l == line), "{line} in {config}");
    }
    assert_eq!(scratch.text("runs/my/history.jsonl").lines().count(), 2);
    let said = scratch.ok("inspect runs/my").text();
    assert!(said.contains("6-5-4-3-4-5-6"), "{said}");
}

#[test]
fn names_are_numbered_unless_asked_for() {
    let scratch = Scratch::with_rows();
    for run in ["runs/my", "runs/my-2", "runs/my-3"] {
        let json = scratch.ok("train my.toml -q --json").json();
        assert_eq!(json["run"], run);
    }
    scratch.ok("train my.toml -q --out kept/here --name first");
    assert!(scratch.path("kept/here/first").join(MODEL).is_file());
}

#[test]
fn a_taken_name_is_refused_unless_forced() {
    let scratch = Scratch::with_rows();
    scratch.ok("train my.toml -q --name mine");
    let before = model(&scratch, "mine");
    let message = scratch.refused("train my.toml --name mine --seed 9", 2);
    assert!(message.contains("--force"), "{message}");
    scratch.write("runs/mine/notes.txt", "mine");
    scratch.ok("train my.toml -q --name mine --seed 9 --force");
    assert!(model(&scratch, "mine") != before);
    assert_eq!(scratch.text("runs/mine/notes.txt"), "mine");
    assert_eq!(scratch.text("runs/mine/history.jsonl").lines().count(), 4);
}

#[test]
fn force_keeps_the_old_run_when_the_new_one_is_refused() {
    let scratch = Scratch::with_model();
    scratch.write("bad.csv", "a,b\n1,2\n3,x\n");
    scratch.refused("train my.toml --name my --force --data bad.csv", 1);
}

#[test]
fn a_run_folder_is_a_config_too() {
    let scratch = Scratch::with_model();
    let json = scratch.ok("train runs/my --json -q").json();
    assert_eq!(json["run"], "runs/my-2");
    assert!(model(&scratch, "my-2") == model(&scratch, "my"));
}

#[test]
fn a_carried_config_goes_by_its_name() {
    let scratch = Scratch::with_rows();
    let ran = scratch.ok(
        "train tied -q --json --data rows.csv --set data.label=kind --set data.id=name \
         --set data.ignore=[\"note\"] --set data.one_hot=[\"colour\"] \
         --set data.missing=mean --set network.code=2 --set network.hidden=[4] \
         --set network.output=identity --set loss.reconstruction=mse",
    );
    assert_eq!(ran.json()["run"], "runs/tied");
    let config = scratch.text("runs/tied/config.toml");
    assert!(config.contains("tied = true"), "{config}");
}

#[test]
fn json_is_one_object_and_the_rest_goes_to_standard_error() {
    let scratch = Scratch::with_rows();
    let ran = scratch.ok("train my.toml --json");
    let json = ran.json();
    assert_eq!(json["epochs"], 4);
    assert_eq!(json["model"], format!("runs/my/{MODEL}"));
    assert_eq!(json["report"], "runs/my/report.html");
    assert!(json["held_out"]["mse"].as_f64().unwrap() > 0.0);
    assert!(json["warnings"].is_array());
    assert!(ran.err.contains("epoch 4/4"));
}

#[test]
fn quiet_means_silent() {
    let scratch = Scratch::with_rows();
    let ran = scratch.ok("train my.toml --quiet");
    assert_eq!((ran.text().as_str(), ran.err.as_str()), ("", ""));
}

#[test]
fn early_stopping_keeps_the_best_epoch() {
    let scratch = Scratch::with_rows();
    // A rate of 1 overshoots at once, so an early epoch is the best.
    let json = scratch
        .ok(
            "train my.toml -q --json --set optimizer.rate=1.0 --set train.epochs=60 \
             --set train.early_stopping=2",
        )
        .json();
    let (best, epochs) = (
        json["best_epoch"].as_u64().unwrap(),
        json["epochs"].as_u64().unwrap(),
    );
    assert!(epochs < 60 && best + 2 == epochs, "{json}");
    let history = scratch.text("runs/my/history.jsonl");
    let best: Value =
        serde_json::from_str(history.lines().nth(best as usize - 1).unwrap()).unwrap();
    assert_eq!(json["held_out"], best["held_out"]);
}

#[test]
fn training_without_held_out_rows_says_so() {
    let scratch = Scratch::with_rows();
    let ran = scratch.ok("train my.toml --json --set data.held_out=0");
    assert!(ran.err.contains("120 rows to train on, 0 rows held out"));
    assert_eq!(ran.json()["held_out"], Value::Null);
    assert!(!scratch.text("runs/my/history.jsonl").contains("held_out"));
}

#[test]
fn a_constant_column_is_worth_a_warning() {
    let scratch = Scratch::new();
    let rows: String = (0..40).map(|i| format!("{i},5\n")).collect();
    scratch.write("rows.csv", format!("a,same\n{rows}"));
    scratch.write("my.toml", "[network]\nhidden = []\ncode = 1\n");
    let ran = scratch.ok("train my.toml --data rows.csv");
    assert!(
        ran.err.contains("column 'same' never change"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("data.ignore"));
}

#[test]
fn divergence_is_told_with_its_epoch_and_a_way_out() {
    let scratch = Scratch::with_rows();
    let ran = scratch.run("train my.toml --set optimizer.rate=1e20 --json");
    assert_eq!((ran.code, ran.text().as_str()), (1, ""));
    assert!(
        ran.err
            .contains("error: training diverged: found reconstruction = ")
            && ran.err.contains("in epoch 1")
            && ran.err.contains("hint: lower optimizer.rate"),
        "{}",
        ran.err
    );
    // Nothing was learnt, so nothing is left.
    assert!(!scratch.path("runs").exists());
}

#[test]
fn a_run_that_diverges_later_offers_its_last_checkpoint() {
    let scratch = Scratch::with_model();
    let model = scratch.bytes("runs/my/model.safetensors");
    let resume = "train runs/my --resume -q --set train.epochs=6 --set optimizer.rate";
    let ran = scratch.run(&format!("{resume}=1e20"));
    assert_eq!(ran.code, 1, "{}", ran.err);
    for words in [
        "training diverged: found reconstruction = ",
        "in epoch 5, step ",
        "runs/my/last.ckpt holds 4 epochs, from before",
        "narrows train runs/my --resume --set optimizer.rate=0.01`",
        "narrows train runs/my --finish`",
    ] {
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    assert!(scratch.bytes("runs/my/model.safetensors") == model);
    let finished = scratch.ok("train runs/my --finish");
    let words = "made the model of 4 epochs";
    assert!(finished.err.contains(words), "{}", finished.err);
    scratch.ok(&format!("{resume}=0.001"));
    let history = scratch.text("runs/my/history.jsonl");
    assert!(
        history.lines().last().unwrap().contains(r#""rate":0.001"#),
        "{history}"
    );
}

#[test]
fn a_training_that_blows_up_within_the_finite_says_so_at_once() {
    let scratch = Scratch::with_rows();
    let settings = "--set optimizer.rate=1e4 --set data.held_out=0";
    let ran = scratch.run(&format!("train my.toml {settings}"));
    assert_eq!(ran.code, 1, "no script should take it: {}", ran.err);
    let reason = "the training diverges; try optimizer.rate = 0.001";
    let warning = ran.err.find(reason);
    let last = ran.err.find("epoch 4/4").unwrap();
    assert!(warning.is_some_and(|at| at < last), "{}", ran.err);
    let quiet = scratch.run(&format!("train my.toml -q --name quiet {settings}"));
    assert_eq!(quiet.code, 1);
    let is_said = quiet.err.starts_with("error: ") && quiet.err.contains(reason);
    assert!(is_said && quiet.err.lines().count() == 1, "{}", quiet.err);
}

#[test]
fn mnist_is_built_in_and_needs_little_memory() {
    let scratch = Scratch::new();
    let mut child = std::process::Command::new(NARROWS)
        .args("train -q --set train.epochs=1 --set network.hidden=[16]".split(' '))
        .args(["--set", "network.code=4"])
        .current_dir(scratch.path("."))
        .spawn()
        .unwrap();
    let mut peak_kb = 0;
    let status = loop {
        // The peak so far, as the system counts it; gone once the child is
        // gone.
        let text = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = line.and_then(|rest| rest.trim_end_matches("kB").trim().parse::<u64>().ok());
        peak_kb = peak.unwrap_or(0).max(peak_kb);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    };
    assert!(status.success());
    assert!(peak_kb < 700_000, "{peak_kb} kB");
    if cfg!(target_os = "linux") {
        assert!(peak_kb > 10_000, "{peak_kb} kB is no measurement");
    }
    assert!(scratch.path("runs/stacked/report.html").is_file());
    let json = scratch.ok("evaluate runs/stacked mnist:test --json").json();
    assert_eq!(
        (&json["rows"], &json["features"]),
        (&10_000.into(), &784.into())
    );
}

#[test]
fn suggestions_can_be_copied_when_cargo_runs_the_program() {
    let scratch = Scratch::with_rows();
    let output = std::process::Command::new(NARROWS)
        .args(["train", "my.toml"])
        .current_dir(scratch.path("."))
        .env("CARGO_MANIFEST_DIR", "anywhere")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let expected = "  cargo run --release -- evaluate runs/my rows.csv\n";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn layers_are_trained_one_by_one_and_gone_on_with() {
    let scratch = Scratch::with_rows();
    let text = scratch.text("my.toml").replace("epochs = 4", "");
    scratch.write("deep.toml", text + "[layerwise]\nepochs = [2, 3]\n");
    let ran = scratch.ok("train deep.toml");
    for said in [
        "epoch 1/5  layer 1  loss",
        "epoch 5/5  layer 2  loss",
        "whole network: mse",
        "trained 5 epochs",
    ] {
        assert!(ran.err.contains(said), "{said}: {}", ran.err);
    }
    let history = scratch.text("runs/deep/history.jsonl");
    let epochs: Vec<Value> = history
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let phases: Vec<_> = epochs.iter().map(|e| e["phase"].as_u64()).collect();
    assert_eq!(phases, [1, 1, 2, 2, 2].map(Some));
    // The final message gives the whole network's error.
    let whole = &epochs[4]["stacked"];
    let json = scratch.ok("train deep.toml -q --json --name again").json();
    assert_eq!(&json["held_out"], whole);
    let evaluated = scratch.text("runs/deep/report.html");
    assert!(evaluated.contains("layer 1 in epochs 1 to 2"));

    let done = scratch.ok("train runs/deep --resume");
    let more = "--resume --set layerwise.fine_tune=5";
    assert!(done.err.contains(more), "{}", done.err);
    scratch.ok("train runs/deep --resume -q --set layerwise.fine_tune=2");
    scratch.ok("train deep.toml -q --name whole --set layerwise.fine_tune=2");
    assert!(
        scratch.bytes("runs/deep/model.safetensors")
            == scratch.bytes("runs/whole/model.safetensors")
    );
    let refused = scratch.refused("train deep.toml --set train.epochs=7", 2);
    assert!(refused.contains("layerwise.epochs"), "{refused}");
}

#[test]
fn convolutions_go_over_the_image_that_the_config_names() {
    let scratch = Scratch::with_rows();
    let flags = "--set convolutional.channels=[2] --set network.hidden=[]";
    let said = scratch.refused(&format!("train my.toml {flags}"), 2);
    assert!(said.contains("convolutional.image"), "{said}");
    assert!(said.contains("rows of 6 features"), "{said}");
    let image = "--set convolutional.image=[2,3]";
    let said = scratch.ok(&format!("train my.toml {flags} {image}")).err;
    assert!(said.contains("2x3x1-2x1x2-2 and back"), "{said}");
    let said = scratch.ok("inspect runs/my").text();
    assert!(said.contains("2x3x1-2x1x2-2 and back"), "{said}");
    scratch.ok("evaluate runs/my rows.csv");
}

#[test]
fn a_thousand_quick_epochs_are_not_a_thousand_lines() {
    let scratch = Scratch::new();
    let ran = scratch.ok("train plane");
    let lines = ran.err.lines().filter(|l| l.starts_with("epoch "));
    assert!(lines.count() < 200, "{}", ran.err);
    for end in ["epoch 1/1000 ", "epoch 1000/1000 "] {
        assert!(ran.err.contains(end), "{}", ran.err);
    }
    // A linear autoencoder with two codes is PCA with two axes.
    let json = scratch.ok("evaluate runs/plane plane:test --json").json();
    let (found, pca) = (
        json["mse"].as_f64().unwrap(),
        json["pca"]["mse"].as_f64().unwrap(),
    );
    assert!(found < 1.02 * pca, "{found} {pca}");
}
