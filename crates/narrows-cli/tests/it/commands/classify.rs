//! `narrows classify`: classes of rows by an autoencoder's encoder.

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::common::{NARROWS, Scratch, cells};

/// Returns `count` rows in which `b` decides the kind, so that it can be
/// learnt; every tenth has no kind.
fn labelled(count: usize) -> String {
    let mut text = String::from("id,kind,a,b,c\n");
    for row in 0..count {
        let a = (row as f64 * 0.754_877) % 1.0;
        let b = (row as f64 * 0.569_840) % 1.0;
        let kind = match row % 10 {
            9 => "",
            _ if b < 0.5 => "low",
            _ => "high",
        };
        text += &format!("r{row},{kind},{a:.4},{b:.4},{:.4}\n", a - b);
    }
    text
}

/// Returns a folder with `rows.csv` and an autoencoder of its three columns in
/// `runs/my`.
fn with_model() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("rows.csv", labelled(200));
    scratch.write(
        "my.toml",
        "[data]\nsource = \"rows.csv\"\nlabel = \"kind\"\nid = \"id\"\n\
         [network]\nhidden = [8]\ncode = 4\n[train]\nepochs = 2\nbatch = 20\n",
    );
    scratch.ok("train my.toml -q");
    scratch
}

const TRAIN: &str = "classify train runs/my rows.csv --epochs 60 --rate 0.02";

#[test]
fn a_classifier_is_trained_used_and_measured() {
    let scratch = with_model();
    let ran = scratch.ok(&format!("{TRAIN} -o c.safetensors"));
    // A tenth of the 180 rows with a kind.
    let first = "rows.csv: 162 rows of 2 classes to train on, 18 rows held out\n";
    assert!(ran.err.starts_with(first), "{}", ran.err);
    assert!(
        ran.err.contains("\nepoch 60/60  cross_entropy "),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("\nmade c.safetensors\n"), "{}", ran.err);

    let json = scratch
        .ok("classify evaluate c.safetensors rows.csv --json")
        .json();
    let accuracy = json["accuracy"].as_f64().unwrap();
    assert!(accuracy > 0.97, "{json}");
    assert_eq!(json["rows"], 180);
    let confusion: Vec<Vec<u64>> = serde_json::from_value(json["confusion"].clone()).unwrap();
    let right = confusion[0][0] + confusion[1][1];
    assert!((right as f64 / 180.0 - accuracy).abs() < 1e-12);
    let of = |class: usize| confusion[class].iter().sum::<u64>() as f64;
    let recall = |class: usize| confusion[class][class] as f64 / of(class);
    let balanced = json["balanced_accuracy"].as_f64().unwrap();
    assert!((balanced - (recall(0) + recall(1)) / 2.0).abs() < 1e-12);
    let base_rate = json["base_rate"].as_f64().unwrap();
    assert!((base_rate - of(0).max(of(1)) / 180.0).abs() < 1e-12);
    let text = scratch
        .ok("classify evaluate c.safetensors rows.csv")
        .text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "rows.csv: 180 rows of 2 classes");
    assert!(
        lines[2].starts_with("accuracy") && lines[2].ends_with(" %"),
        "{text}"
    );
    assert!(lines[3].starts_with("base rate"), "{text}");
    assert!(lines[3].contains(", the commonest class"), "{text}");
    assert!(lines[4].starts_with("balanced accuracy"), "{text}");
    let header: Vec<&str> = lines[7].split_whitespace().collect();
    assert_eq!(header, ["class", "high", "low", "error"]);
    let high: Vec<&str> = lines[8].split_whitespace().collect();
    assert_eq!(high[..2], ["high".to_string(), confusion[0][0].to_string()]);

    let ran = scratch.ok("classify predict c.safetensors rows.csv -o classes.csv");
    assert_eq!(ran.err, "wrote classes of 200 rows to classes.csv\n");
    let cells = scratch.cells("classes.csv");
    assert_eq!(
        cells[0].join(","),
        "id,kind,class,probability,probability_high,probability_low"
    );
    assert_eq!(cells.len(), 201);
    let mut hits = 0;
    for (at, row) in cells[1..].iter().enumerate() {
        assert_eq!(row[0], format!("r{at}"));
        let [p, high, low] = [3, 4, 5].map(|at| row[at].parse::<f64>().unwrap());
        assert!(
            (high + low - 1.0).abs() < 1e-6 && p == high.max(low),
            "{row:?}"
        );
        assert_eq!(row[2], if high >= low { "high" } else { "low" });
        hits += u64::from(row[1] == row[2]);
    }
    assert_eq!(hits, right);
}

#[test]
fn a_rare_class_is_told_and_weighed() {
    let scratch = Scratch::new();
    let mut text = String::from("kind,a,b,c\n");
    for row in 0..1_000 {
        let kind = if row % 50 == 7 { "rare" } else { "common" };
        let near = if row % 50 == 7 { 0.3 } else { 0.0 };
        let [a, b, c] = [0.754_877, 0.569_840, 0.4142].map(|step| row as f64 * step % 1.0 + near);
        text += &format!("{kind},{a:.4},{b:.4},{c:.4}\n");
    }
    scratch.write("rows.csv", text);
    scratch.ok(
        "train table --data rows.csv -q --name my --set data.label=kind --set network.code=2 \
         --set train.epochs=3",
    );
    let line = "classify train runs/my rows.csv --epochs 10 --force";
    let plain = scratch.ok(line).err;
    assert!(plain.contains("base rate 9"), "{plain}");
    assert!(
        plain.contains("('common'), balanced accuracy 50.00 %"),
        "{plain}"
    );
    assert!(
        plain.contains("right as often; --class-weights balanced"),
        "{plain}"
    );
    let weighted = format!("{line} --class-weights balanced --json");
    let json = scratch.ok(&weighted).json();
    let balanced = json["held_out"]["balanced_accuracy"].as_f64().unwrap();
    assert!(balanced > 0.6, "{json}");
    assert!(json["held_out"]["base_rate"].as_f64().unwrap() > 0.9);
}

#[test]
fn the_column_of_a_models_ids_can_be_the_label() {
    let scratch = with_model();
    let rows = labelled(40).replace("kind", "name");
    scratch.write("named.csv", &rows);
    let train = "train my.toml -q --data named.csv --name named --set data.label= --set data.id=name --set data.ignore=id";
    scratch.ok(train);
    scratch.ok("classify train runs/named named.csv --label name -q --epochs 1 -o c.safetensors");
    scratch.ok("classify evaluate c.safetensors named.csv --json");
}

#[test]
fn rows_without_labels_are_classified() {
    let scratch = with_model();
    scratch.ok(&format!("{TRAIN} -q -o c.safetensors"));
    let ran = scratch.run_on(
        "classify predict c.safetensors - -o - -q",
        "c,a,b\n-0.5,0.2,0.7\n0.6,0.8,0.2\n",
    );
    let cells = cells(&ran.text());
    assert_eq!(cells[0][0], "class");
    assert_eq!(
        (cells[1][0].as_str(), cells[2][0].as_str()),
        ("high", "low")
    );
    let bare = "a,b,c\n0.2,0.7,-0.5\n";
    scratch.write("bare.csv", bare);
    let message = scratch.refused("classify evaluate c.safetensors bare.csv", 1);
    assert!(message.contains("bare.csv: found no labels"), "{message}");
}

#[test]
fn every_option_moves_what_it_names() {
    let scratch = with_model();
    scratch.write("kinds.csv", labelled(200).replace("kind", "sort"));
    let train = |options: &str| {
        let epochs = if options.contains("epochs") {
            ""
        } else {
            "--epochs 3"
        };
        let line = format!("classify train runs/my rows.csv {epochs} --force -q {options}");
        scratch.ok(&line);
        let ran = scratch.ok("inspect classifier.safetensors --json");
        (scratch.bytes("classifier.safetensors"), ran.json())
    };
    let (plain, _) = train("");
    assert_eq!(train("").0, plain, "the same seed gives the same bytes");
    assert_eq!(train("--threads 1").0, plain);
    for (option, key, value) in [
        ("--labelled 20", "labelled", "20"),
        ("--held-out 7", "held_out", "7"),
        ("--epochs 4", "epochs", "4"),
        ("--batch 9", "batch", "9"),
        ("--rate 0.01", "rate", "0.01"),
        ("--schedule cosine", "schedule", "\"cosine\""),
        ("--frozen 1", "frozen", "1"),
        ("--l2 0.5", "l2", "0.5"),
        ("--dropout 0.5", "dropout", "0.5"),
        ("--from-scratch", "from_scratch", "true"),
        ("--class-weights balanced", "class_weights", "\"balanced\""),
        (
            "--class-weights high=2,low=0.5",
            "class_weights",
            r#"{"high":2.0,"low":0.5}"#,
        ),
        ("--seed 3", "seed", "3"),
    ] {
        let (bytes, json) = train(option);
        assert_ne!(bytes, plain, "{option}");
        assert_eq!(json["config"][key].to_string(), value, "{option}: {json}");
    }
    scratch.ok("classify train runs/my kinds.csv --label sort --epochs 3 -q -o by.safetensors");
    let json = scratch.ok("inspect by.safetensors --json").json();
    assert_eq!(json["label"], "sort");
    let line = "classify evaluate by.safetensors rows.csv --label kind --json";
    assert_eq!(scratch.ok(line).json()["rows"], 180);
}

#[test]
fn inspect_knows_a_classifier_and_other_commands_refuse_it() {
    let scratch = with_model();
    let line = "classify train runs/my rows.csv --epochs 3 --frozen 1 --json";
    let json = scratch.ok(line).json();
    assert_eq!(json["classifier"], "classifier.safetensors");
    assert_eq!(
        (&json["train_rows"], &json["epochs"]),
        (&162.into(), &3.into())
    );
    let text = scratch.ok("inspect classifier.safetensors").text();
    for part in [
        "classifier.safetensors: a classifier, 3-8-4-2\n",
        "  label      'kind'\n",
        "  classes    high, low\n",
        "an autoencoder's, frozen for 1 of 3 epochs",
        "  classes.weight           4 x 2\n",
        "held-out   accuracy ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let line = "encode classifier.safetensors rows.csv -o codes.csv";
    let message = scratch.refused(line, 1);
    assert!(
        message.contains("found a classifier, expected a model"),
        "{message}"
    );
    let model = "runs/my/model.safetensors";
    let message = scratch.refused(&format!("classify evaluate {model} rows.csv"), 1);
    assert!(
        message.contains("found a model, expected a classifier"),
        "{message}"
    );
}

#[test]
fn ways_of_training_are_compared() {
    let scratch = with_model();
    scratch.write("test.csv", labelled(90));
    let line = "classify compare runs/my rows.csv test.csv --epochs 6 --seeds 2 --labelled 40 --rate 0.001,0.02";
    let ran = scratch.ok(&format!("{line} --json"));
    let json = ran.json();
    assert_eq!(json["seeds"], serde_json::json!([42, 43]));
    assert_eq!(
        (&json["train_rows"], &json["held_out_rows"]),
        (&40.into(), &18.into())
    );
    let ways = json["ways"].as_array().unwrap();
    let names: Vec<&str> = ways
        .iter()
        .map(|way| way["way"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["fine_tuned", "frozen", "from_scratch"]);
    for way in ways {
        let each: Vec<f64> = serde_json::from_value(way["accuracy"]["each"].clone()).unwrap();
        assert_eq!(each.len(), 2);
        let mean = way["accuracy"]["mean"].as_f64().unwrap();
        assert!((mean - (each[0] + each[1]) / 2.0).abs() < 1e-12);
        let rates = way["rates"].as_array().unwrap();
        let held_out = |at: usize| rates[at]["held_out"]["mean"].as_f64().unwrap();
        let best = if held_out(1) > held_out(0) {
            0.02
        } else {
            0.001
        };
        assert_eq!(way["rate"].as_f64().unwrap(), best, "{way}");
    }
    assert!(
        ran.err
            .contains("from scratch, rate 0.02, seed 43: held-out accuracy ")
    );
    let text = scratch.ok(line).text();
    assert_eq!(text.lines().count(), 6, "{text}");
    assert!(
        text.contains("\npretrained, frozen ") && text.contains(" ± "),
        "{text}"
    );
    let one =
        scratch.ok("classify compare runs/my rows.csv test.csv --epochs 2 --seeds 1 --seed 7 -q");
    assert!(!one.text().lines().last().unwrap().contains('±'));
}

#[test]
fn a_classifier_from_the_command_line_is_that_of_the_comparison() {
    let scratch = with_model();
    scratch.write("same.csv", scratch.text("rows.csv"));
    let line =
        "classify compare runs/my rows.csv same.csv --epochs 3 --seeds 1 --labelled 30 --json";
    let json = scratch.ok(line).json();
    for (at, option) in ["", "--frozen 3", "--from-scratch"].iter().enumerate() {
        let line =
            format!("classify train runs/my rows.csv --epochs 3 --labelled 30 --force -q {option}");
        scratch.ok(&line);
        let found = scratch
            .ok("classify evaluate classifier.safetensors rows.csv --json")
            .json();
        assert_eq!(
            found["accuracy"], json["ways"][at]["accuracy"]["mean"],
            "{option}"
        );
    }
}

#[test]
fn what_cannot_be_done_is_refused() {
    let scratch = with_model();
    scratch.write("one.csv", labelled(40).replace("low", "high"));
    scratch.write("plain.csv", "a,b,c\n1,2,3\n4,5,6\n");
    let cases = [
        ("one.csv", 1, "the one class 'high'"),
        ("plain.csv", 1, "found no labels"),
        ("rows.csv --label nosuch", 1, "column 'nosuch'"),
        (
            "rows.csv --labelled 1000",
            2,
            "found --labelled 1000, expected",
        ),
        ("rows.csv --held-out 1000", 2, "found --held-out 1000"),
        ("rows.csv --rate 0", 2, "found --rate 0"),
        (
            "rows.csv --class-weights nosuch=2",
            2,
            "found --class-weights the class 'nosuch', expected a class among the labels: high, low",
        ),
        (
            "rows.csv --class-weights high=0",
            2,
            "found --class-weights 0 for 'high'",
        ),
        ("rows.csv --epochs 2 --frozen 3", 2, "at most the 2 epochs"),
        (
            "rows.csv -o nosuch/c.safetensors",
            1,
            "there is no folder nosuch",
        ),
        ("rows.csv -o rows.csv", 2, "ends in .safetensors"),
    ];
    for (arguments, code, part) in cases {
        let message = scratch.refused(&format!("classify train runs/my {arguments}"), code);
        assert!(message.contains(part), "{message}");
    }
    let line = "classify compare runs/my rows.csv rows.csv --rate 0.1,0.2 --held-out 0";
    assert!(scratch.refused(line, 2).contains("--held-out 0"));

    scratch.ok("classify train runs/my rows.csv --epochs 1 -q");
    scratch.write("new.csv", labelled(40).replace("low", "middling"));
    let line = "classify evaluate classifier.safetensors new.csv";
    let message = scratch.refused(line, 1);
    assert!(
        message.contains("column 'kind': found 'middling'"),
        "{message}"
    );
    let message = scratch.refused("classify train runs/my rows.csv", 2);
    assert!(
        message.contains("classifier.safetensors, which exists"),
        "{message}"
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_the_weights_as_they_are() {
    let scratch = with_model();
    let line = "classify train runs/my rows.csv --epochs 1000000 --json -o c.safetensors";
    let mut child = Command::new(NARROWS)
        .args(line.split(' '))
        .current_dir(scratch.path("."))
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(scratch.path("said")).unwrap())
        .spawn()
        .unwrap();
    let started = Instant::now();
    // Two lines are some epochs, since few lines come per second.
    let told = || scratch.text("said").matches("epoch ").count();
    while told() < 2 {
        let late = started.elapsed() > Duration::from_secs(60);
        if late {
            child.kill().unwrap();
        }
        assert!(!late, "no second line");
        sleep(Duration::from_millis(5));
    }
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["interrupted"], true);
    let found = scratch
        .ok("classify evaluate c.safetensors rows.csv --json")
        .json();
    assert_eq!(found["rows"], 180);
}

#[cfg(unix)]
#[test]
fn a_stopped_training_goes_on_to_the_same_bytes() {
    let scratch = with_model();
    let train = |output: &str| {
        format!(
            "classify train runs/my rows.csv --epochs 600 --optimizer nadam --clip 1 -q -o {output}"
        )
    };
    scratch.ok(&train("whole.safetensors"));
    assert!(!scratch.path("whole.safetensors.ckpt").exists());

    let line = train("c.safetensors");
    let mut child = Command::new(NARROWS)
        .args(line.split(' '))
        .current_dir(scratch.path("."))
        .spawn()
        .unwrap();
    let started = Instant::now();
    while !scratch.path("c.safetensors.ckpt").exists() {
        assert!(started.elapsed() < Duration::from_secs(60), "no checkpoint");
        sleep(Duration::from_millis(1));
    }
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let stopped = scratch.bytes("c.safetensors");
    assert!(stopped != scratch.bytes("whole.safetensors"));

    // A stopped training is not restarted by mistake.
    let again = scratch.run(&line);
    assert_eq!(again.code, 2, "{}", again.err);
    assert!(again.err.contains("by --resume"), "{}", again.err);
    // Finishing it at once gives the same classifier again.
    scratch.ok(&format!("{line} --finish"));
    assert!(scratch.bytes("c.safetensors") == stopped);
    scratch.ok(&format!("{line} --resume"));
    assert!(scratch.bytes("c.safetensors") == scratch.bytes("whole.safetensors"));
    assert!(!scratch.path("c.safetensors.ckpt").exists());
    let none = scratch.run(&format!("{line} --resume"));
    assert!(none.err.contains("no c.safetensors.ckpt"), "{}", none.err);
}

#[test]
fn early_stopping_says_with_how_many_epochs_it_was_done() {
    let scratch = with_model();
    let line = "classify train runs/my rows.csv --epochs 5000 --rate 0.5 --early-stopping 2 --json";
    let json = scratch.ok(line).json();
    assert!(json["epochs"].as_u64().unwrap() < 5000, "{json}");
    let refused = scratch.run("classify train runs/my rows.csv --held-out 0 --early-stopping 2");
    assert!(refused.err.contains("--early-stopping"), "{}", refused.err);
}
