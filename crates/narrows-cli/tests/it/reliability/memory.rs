//! Checks that rows of any number pass through a model part by part, and that
//! `--memory` bounds what is held.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::common::{NARROWS, Scratch, rows};
use narrows::Table;
use narrows::write::Writer;

/// Returns numbers that differ from row to row, `[rows, columns]`.
fn numbers(from: usize, rows: usize, columns: usize) -> Vec<f32> {
    (from..from + rows)
        .flat_map(|row| (0..columns).map(move |at| ((row * 31 + at * 17) % 97) as f32 / 97.0))
        .collect()
}

/// Writes a `.npy` file of distinct numbers.
fn npy(scratch: &Scratch, name: &str, rows: usize, columns: usize) {
    let mut writer = Writer::new(&scratch.path(name).display().to_string(), false).unwrap();
    for from in (0..rows).step_by(10_000) {
        let part = numbers(from, 10_000.min(rows - from), columns);
        writer
            .add(&Table::from_floats(part, columns).unwrap())
            .unwrap();
    }
    writer.finish().unwrap();
}

/// Returns the number of megabytes that a refusal says would be enough.
fn enough(scratch: &Scratch, line: &str) -> usize {
    let message = scratch.refused(&format!("{line} --memory 1MB"), 2);
    let words: Vec<&str> = message.split([' ', ',']).collect();
    let at = words.iter().position(|word| *word == "least").unwrap();
    words[at + 1]
        .parse()
        .unwrap_or_else(|_| panic!("{message}"))
}

#[test]
fn the_size_of_the_parts_changes_no_byte() {
    let scratch = Scratch::with_model();
    scratch.write("many.csv", rows(3000));
    scratch.ok("encode runs/my many.csv -o codes.csv");
    let lines = [
        ("encode", "many.csv", "csv"),
        ("encode", "many.csv", "parquet"),
        ("encode", "many.csv", "npy"),
        ("decode", "codes.csv", "csv"),
        ("reconstruct", "many.csv", "csv.gz"),
        ("reconstruct", "many.csv", "parquet"),
        ("score", "many.csv", "csv"),
        ("score", "many.csv", "parquet"),
    ];
    for (command, data, ending) in lines {
        let line = |to: &str| format!("{command} runs/my {data} -o {to}.{ending}");
        let whole = scratch
            .ok(&format!("{} --force --json", line("whole")))
            .json();
        let least = enough(&scratch, &line("parts"));
        // The smallest possible number of rows at a time.
        let limit = format!("{} --memory {least}MB --json", line("parts"));
        let parts = scratch.ok(&limit).json();
        assert_eq!(whole["rows"], 3000);
        assert_eq!(whole["rows"], parts["rows"]);
        let bytes = |name: &str| scratch.bytes(&format!("{name}.{ending}"));
        assert!(bytes("whole") == bytes("parts"), "{command} to {ending}");
        std::fs::remove_file(scratch.path(format!("parts.{ending}"))).unwrap();
    }
}

#[test]
fn nor_with_other_networks() {
    let scratch = Scratch::new();
    npy(&scratch, "rows.npy", 2000, 36);
    for (name, config) in [
        (
            "norm",
            "[network]\nhidden = [8]\ncode = 3\nbatch_norm = true\n",
        ),
        (
            "drawn",
            "[network]\nhidden = [8]\ncode = 3\n[variational]\n",
        ),
    ] {
        let toml = format!("[data]\nsource = \"rows.npy\"\n[train]\nepochs = 1\n{config}");
        scratch.write(&format!("{name}.toml"), toml);
        scratch.ok(&format!("train {name}.toml -q"));
        let draw = if name == "drawn" { "--draw 5" } else { "" };
        for command in [&format!("encode {draw}") as &str, "reconstruct", "score"] {
            let words: Vec<&str> = command.split_whitespace().collect();
            let line = |to: &str| {
                let rest = words[1..].join(" ");
                format!("{} runs/{name} rows.npy -o {to}.csv {rest}", words[0])
            };
            scratch.ok(&format!("{} --force", line("whole")));
            let least = enough(&scratch, &line("parts"));
            scratch.ok(&format!("{} --memory {least}MB --force", line("parts")));
            let same = scratch.bytes("whole.csv") == scratch.bytes("parts.csv");
            assert!(same, "{name}: {command}");
            std::fs::remove_file(scratch.path("parts.csv")).unwrap();
        }
    }
}

#[test]
fn an_error_in_the_middle_leaves_no_file() {
    let scratch = Scratch::with_model();
    let mut text = rows(3000);
    text += "r3000,cat,old,1,1,red,\n";
    text += &rows(10).lines().skip(1).collect::<Vec<_>>().join("\n");
    scratch.write("bad.csv", text);
    for command in ["encode", "reconstruct", "score"] {
        let line = format!("{command} runs/my bad.csv");
        let least = enough(&scratch, &format!("{line} -o out.csv"));
        let message = scratch.refused(&format!("{line} -o out.csv --memory {least}MB"), 1);
        let expected = "bad.csv: row 3001, column 'a': found 'old', expected a number";
        assert!(message.starts_with(expected), "{message}");
        // Earlier parts stay on standard output.
        let ran = scratch.run(&format!("{line} -o - --memory {least}MB"));
        assert_eq!(ran.code, 1);
        let lines = ran.text().lines().count();
        assert!(lines > 1 && lines <= 3001, "{lines}");
    }
}

#[test]
fn a_text_that_is_new_is_told_of_with_its_row() {
    let scratch = Scratch::with_rows();
    scratch.ok("train my.toml -q --set data.unseen=refuse");
    let text = rows(3000) + "r3000,cat,0.5,5,-0.5,amber,\n";
    scratch.write("new.csv", text);
    let least = enough(&scratch, "encode runs/my new.csv -o out.csv");
    for limit in ["", &format!("--memory {least}MB")] {
        let message = scratch.refused(&format!("encode runs/my new.csv -o out.csv {limit}"), 1);
        let expected = "new.csv: row 3001, column 'colour': found 'amber'";
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn pixels_are_told_from_fractions_by_all_rows() {
    let scratch = Scratch::new();
    let pixels: Vec<u8> = (0..400 * 4).map(|at| (at * 37 % 251) as u8).collect();
    let shape = narrows::ImageShape {
        height: 2,
        width: 2,
        channels: 1,
    };
    let images = Table::from_images(pixels, shape).unwrap();
    let path = scratch.path("images.npy").display().to_string();
    narrows::write::write(&images, &path, false).unwrap();
    let toml =
        "[data]\nsource = \"images.npy\"\n[network]\nhidden = []\ncode = 2\n[train]\nepochs = 1\n";
    scratch.write("i.toml", toml);
    scratch.ok("train i.toml -q");
    // The first and the last part are dark.
    let line = |row: usize| match row {
        1000 => "0,0,0,255\n",
        _ => "0,0,1,0\n",
    };
    let text: String = (0..2000).map(line).collect();
    scratch.write("dark.csv", text);
    scratch.write("fractions.csv", "0,0,1,0\n".repeat(2000));
    let least = enough(&scratch, "encode runs/i dark.csv -o out.csv");
    scratch.ok(&format!(
        "encode runs/i dark.csv -o dark.npy --memory {least}MB"
    ));
    for limit in ["", &format!("--memory {least}MB")] {
        let line = format!("encode runs/i fractions.csv -o out.csv {limit}");
        let message = scratch.refused(&line, 1);
        let expected = "fractions.csv: found values from 0 to 1, expected pixels";
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn nonsense_and_too_little_are_refused() {
    let scratch = Scratch::with_model();
    for size in ["512", "many", "-1GB", "0MB", "12 parsecs"] {
        let ran = scratch.run_all(&["inspect", "rows.csv", &format!("--memory={size}")], "");
        assert_eq!(ran.code, 2, "{size}");
        assert!(ran.err.contains("512MB, 2GB or 1.5GiB"), "{}", ran.err);
    }
    let message = scratch.refused("encode runs/my rows.csv -o out.csv --memory 10MB", 2);
    assert!(
        message.starts_with("found 10 MB of memory, by --memory, expected at least "),
        "{message}"
    );
    for line in ["train my.toml --name other", "evaluate runs/my rows.csv"] {
        let message = scratch.refused(&format!("{line} --memory 10MB"), 2);
        assert!(message.contains("at least 80 MB"), "{message}");
    }
}

#[test]
fn tables_that_are_read_whole_are_refused_where_they_do_not_fit() {
    let scratch = Scratch::with_model();
    npy(&scratch, "wide.npy", 10_000, 1000);
    let message = scratch.refused("inspect mnist:train -q --memory 100MB", 2);
    assert!(
        message.starts_with("found mnist:train, which takes "),
        "{message}"
    );
    for line in ["inspect wide.npy", "train table --data wide.npy"] {
        let message = scratch.refused(&format!("{line} --memory 100MB"), 1);
        assert!(
            message.starts_with("wide.npy: row 7501: found more than 30 MB"),
            "{message}"
        );
    }
}

#[test]
fn texts_and_names_count_as_what_is_held() {
    let scratch = Scratch::new();
    // Forty megabytes of categories, and as much of names.
    let long = "t".repeat(20_000);
    let rows: String = (0..2000)
        .map(|row| format!("{row},{row:05}{long}\n"))
        .collect();
    scratch.write("texts.csv", format!("a,text\n{rows}"));
    let names: Vec<String> = (0..400_000).map(|at| format!("column {at:094}")).collect();
    let cells = vec!["1"; names.len()].join(",");
    let names = names.join(",");
    assert!(names.len() > 30 << 20);
    let names = &names[..(20 << 20)];
    let cells = &cells[..2 * names.matches(',').count() + 1];
    scratch.write("names.csv", format!("{names}\n{cells}\n{cells}\n"));
    for line in [
        "inspect texts.csv -q",
        "train table -q --data texts.csv --set data.one_hot=text",
        "inspect names.csv -q",
    ] {
        let message = scratch.refused(&format!("{line} --memory 100MB"), 1);
        assert!(
            message.contains("found more than 30 MB of rows"),
            "{message}"
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn memory_that_the_system_does_not_grant_is_refused_with_its_size() {
    let scratch = Scratch::with_model();
    npy(&scratch, "large.npy", 100_000, 100);
    scratch.write("many.csv", rows(3000));
    let run = |line: &str, megabytes: usize| {
        let script = format!("ulimit -v {megabytes}000 && exec '{NARROWS}' --threads 1 {line}");
        let out = Command::new("sh")
            .args(["-c", &script])
            .current_dir(scratch.path("."))
            .output()
            .unwrap();
        (
            out.status.code(),
            String::from_utf8_lossy(&out.stderr).into_owned(),
        )
    };
    for megabytes in [200, 250] {
        for line in [
            "inspect large.npy",
            "train table --data large.npy -q",
            "train table --data large.npy --set network.hidden=[30000] -q",
        ] {
            let (code, message) = run(line, megabytes);
            assert!(matches!(code, Some(1 | 2)), "{line}: {message}");
            let told = message.contains("of memory") || message.contains("of rows to hold");
            assert!(told && !message.contains("panic"), "{line}: {message}");
        }
    }
    assert!(!scratch.path("runs/table").exists());
    // What fits is done, part by part where that helps.
    for line in [
        "encode runs/my many.csv -o codes.csv",
        "train table --data many.csv --set train.epochs=1 -q --name small",
    ] {
        let (code, message) = run(line, 800);
        assert_eq!(code, Some(0), "{line}: {message}");
    }
}

#[test]
fn a_training_that_takes_more_is_refused_and_one_that_fits_is_the_same() {
    let scratch = Scratch::with_rows();
    let layered = "--set train.epochs= --set network.hidden=[6,4] --set layerwise.epochs=2 --set layerwise.fine_tune=2 -q";
    let message = scratch.refused(&format!("train my.toml {layered} --memory 81MB"), 2);
    assert!(
        message.contains("a training that takes about "),
        "{message}"
    );
    assert!(message.contains("hint: take fewer rows"), "{message}");
    scratch.ok(&format!("train my.toml {layered} --name one"));
    scratch.ok(&format!(
        "train my.toml {layered} --name two --memory 200MB"
    ));
    let model = |run: &str| scratch.bytes(&format!("runs/{run}/model.safetensors"));
    assert!(model("one") == model("two"));
}

/// Runs the program with something on standard input, and returns its peak
/// memory in megabytes; `None` if the system does not report it.
fn peak(scratch: &Scratch, line: &str, feed: impl FnOnce(&mut dyn Write) + Send) -> Option<f64> {
    if !cfg!(target_os = "linux") {
        eprintln!("SKIPPED: the memory of a process is read from /proc, as on Linux");
        return None;
    }
    let mut child = Command::new(NARROWS)
        .args(line.split_whitespace())
        .current_dir(scratch.path("."))
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut input = BufWriter::new(child.stdin.take().unwrap());
    let mut most = 0.0;
    thread::scope(|scope| {
        scope.spawn(move || {
            feed(&mut input);
            let _ = input.flush();
        });
        // The reported value is the peak so far.
        while child.try_wait().unwrap().is_none() {
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            let told = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kilobytes = told.and_then(|told| told.split_whitespace().next()?.parse().ok());
            most = kilobytes.map_or(most, |k: f64| k * 1024.0 / 1e6);
            thread::sleep(Duration::from_millis(2));
        }
    });
    let ran = child.wait_with_output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert!(ran.status.success(), "narrows {line}: {said}");
    eprintln!("narrows {line}: {most:.0} MB");
    Some(most)
}

/// Returns a folder with a model of rows of `columns` numbers, in `runs/m`.
fn model_of(columns: usize) -> Scratch {
    let scratch = Scratch::new();
    npy(&scratch, "small.npy", 2000, columns);
    let config = "[network]\nhidden = [16]\ncode = 4\n[train]\nepochs = 1\n";
    scratch.write("m.toml", config);
    scratch.ok("train m.toml --data small.npy -q");
    scratch
}

#[test]
fn files_larger_than_memory_are_encoded_and_scored_within_it() {
    const COLUMNS: usize = 100;
    const ROWS: usize = 400_000;
    let scratch = model_of(COLUMNS);
    // 160 MB, as a sparse file.
    npy(&scratch, "large.npy", 1, COLUMNS);
    let mut bytes = scratch.bytes("large.npy");
    let header = String::from_utf8(bytes[10..128].to_vec()).unwrap();
    let told = format!(
        "{:<117}\n",
        header.trim_end().replace("(1,", &format!("({ROWS},"))
    );
    bytes.splice(10..128, told.bytes());
    scratch.write("large.npy", &bytes[..128]);
    let file = File::options().append(true).open(scratch.path("large.npy"));
    file.unwrap()
        .set_len(128 + (ROWS * COLUMNS * 4) as u64)
        .unwrap();
    // The same size as text and as Parquet, with other numbers.
    let mut writer = Writer::new(&scratch.path("large.parquet").display().to_string(), false);
    let writer_ref = writer.as_mut().unwrap();
    for from in (0..ROWS).step_by(50_000) {
        let part = Table::from_floats(numbers(from, 50_000, COLUMNS), COLUMNS).unwrap();
        writer_ref.add(&part).unwrap();
    }
    writer.unwrap().finish().unwrap();
    let row: Vec<String> = numbers(3, 1, COLUMNS).iter().map(f32::to_string).collect();
    let row = row.join(",") + "\n";

    for (command, to) in [("encode", "npy"), ("score", "parquet")] {
        for data in ["large.npy", "large.parquet", "-"] {
            let line = format!("{command} runs/m {data} -o out.{to} --force -q --memory 128MB");
            let feed = |input: &mut dyn Write| {
                if data == "-" {
                    // 140 MB of text.
                    (0..160_000).for_each(|_| input.write_all(row.as_bytes()).unwrap());
                }
            };
            if let Some(most) = peak(&scratch, &line, feed) {
                assert!(most < 128.0, "narrows {line}: {most} MB");
            }
        }
    }
}

#[test]
fn a_training_near_its_limit_stays_within_it() {
    let scratch = Scratch::new();
    npy(&scratch, "rows.npy", 200_000, 100);
    let config = "[network]\nhidden = [32]\ncode = 4\n[train]\nepochs = 1\nbatch = 256\n";
    scratch.write("t.toml", config);
    let line = "train t.toml --data rows.npy -q";
    let message = scratch.refused(&format!("{line} --memory 210MB"), 2);
    let about: usize = message
        .split("takes about ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next()?.parse().ok())
        .unwrap_or_else(|| panic!("{message}"));
    // The program's own memory, rounded up, comes on top.
    let limit = about + 41;
    let line = format!("{line} --memory {limit}MB");
    if let Some(most) = peak(&scratch, &line, |_| {}) {
        assert!(most < limit as f64, "{most} of {limit} MB");
        assert!(most > 0.5 * limit as f64, "{most} of {limit} MB");
    }
}

#[test]
fn new_rows_that_would_take_more_than_they_may_are_refused() {
    let scratch = Scratch::with_model();
    let line = "--memory 128MB interpolate runs/my rows.csv --from 1 --to 2 -o i.npy";
    let message = scratch.refused(&format!("{line} --steps 1000000"), 2);
    assert!(message.contains("1000000 new rows"), "{message}");
    scratch.ok(&format!("{line} --steps 1000 -q"));
}
