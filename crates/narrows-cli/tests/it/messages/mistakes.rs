//! Compares every message of a mistake, word for word, with golden files, so
//! that no wording changes unnoticed.

use std::fmt::Write as _;
use std::fs;

use crate::common::{Scratch, rows};

/// Runs commands that are all refused, with the exit codes they must have,
/// and returns them with their messages.
fn told(scratch: &Scratch, refused: &[(&str, i32)]) -> String {
    let mut text = String::new();
    for (line, code) in refused {
        // A space within an argument is written as `~`.
        let arguments: Vec<String> = line.split(' ').map(|word| word.replace('~', " ")).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let message = scratch.refused_all(&arguments, *code);
        writeln!(text, "$ narrows {line}\n{message}\n").unwrap();
    }
    text
}

#[test]
fn about_rows() {
    let scratch = Scratch::with_model();
    let head = "a,b,c,colour\n";
    for (name, text) in [
        ("nan.csv", "0.1,0.2,nan,red\n"),
        ("infinite.csv", "0.1,inf,0.3,red\n"),
        ("large.csv", "0.1,1e39,0.3,red\n"),
        ("text.csv", "0.1,0.2,0.3,red\n0.1,tall,0.3,red\n"),
        ("comma.csv", "0.1,\"0,2\",0.3,red\n"),
        ("short.csv", "0.1,0.2,0.3,red\n0.1,0.2\n"),
        ("long.csv", "0.1,0.2,0.3,red,9\n"),
        ("none.csv", ""),
    ] {
        scratch.write(name, format!("{head}{text}"));
    }
    scratch.write("zero.csv", "");
    scratch.write("fewer.csv", "a,c,colour\n0.1,0.3,red\n");
    scratch.write("headless.csv", "0.1,0.2,0.3\n0.4,0.5,0.6\n");
    scratch.write("mixed.csv", "0.1,0.2,0.3,red\n0.4,0.5,0.6,red\n");
    scratch.write("twice.csv", "a,a,b\n1,2,3\n");
    scratch.write(
        "latin.csv",
        b"a,b,c,colour\n1,2,3,r\xc3\xb6t\n1,2,3,gr\xfcn\n",
    );
    scratch.write("utf16.csv", b"\xff\xfea\0,\0b\0\n\0");
    scratch.write("noise.dat", [0xfe, 0, 0, 1, 2, 3]);
    scratch.write("noise.npz", [0xfe, 0, 0, 1, 2, 3]);
    fs::create_dir(scratch.path("empty")).unwrap();
    // The model was trained with data.missing = "mean"; this one was not.
    scratch.ok("train my.toml -q --name strict --data rows.csv --set data.ignore=[\"note\",\"b\"] --set data.missing=refuse");
    let text = told(
        &scratch,
        &[
            ("encode runs/strict nan.csv -o out.csv", 1),
            ("encode runs/my infinite.csv -o out.csv", 1),
            ("encode runs/my large.csv -o out.csv", 1),
            ("encode runs/my text.csv -o out.csv", 1),
            ("encode runs/my comma.csv -o out.csv", 1),
            ("encode runs/my short.csv -o out.csv", 1),
            ("encode runs/my long.csv -o out.csv", 1),
            ("encode runs/my none.csv -o out.csv", 1),
            ("encode runs/my zero.csv -o out.csv", 1),
            ("encode runs/my fewer.csv -o out.csv", 1),
            ("encode runs/my headless.csv -o out.csv", 1),
            ("encode runs/my mixed.csv -o out.csv", 1),
            ("encode runs/my twice.csv -o out.csv", 1),
            ("encode runs/my latin.csv -o out.csv", 1),
            ("encode runs/my utf16.csv -o out.csv", 1),
            ("encode runs/my noise.dat -o out.csv", 1),
            ("encode runs/my noise.npz -o out.csv", 1),
            ("encode runs/my empty -o out.csv", 1),
            ("encode runs/my missing.csv -o out.csv", 1),
            ("encode runs/my mnist:test -o out.csv", 1),
            ("encode runs/my mnist:validation -o out.csv", 2),
            ("decode runs/my rows.csv -o out.csv", 1),
            ("decode runs/my headless.csv -o out.csv", 1),
            ("inspect nothing.csv", 1),
        ],
    );
    insta::assert_snapshot!(text);
}

#[test]
fn about_files_to_write_and_models() {
    let scratch = Scratch::with_model();
    scratch.write("there.csv", "precious");
    scratch.write("there.html", "precious");
    scratch.write("other.safetensors", b"\x02\0\0\0\0\0\0\0{}");
    fs::create_dir(scratch.path("folder")).unwrap();
    let text = told(
        &scratch,
        &[
            ("encode runs/my rows.csv -o there.csv", 2),
            ("encode runs/my rows.csv -o folder", 1),
            ("encode runs/my rows.csv -o nowhere/codes.csv", 1),
            ("encode runs/my rows.csv -o codes.xlsx", 2),
            ("encode runs/my rows.csv -o codes", 2),
            ("encode runs/my rows.csv -o codes.png", 2),
            ("encode runs/my rows.csv -o - --json", 2),
            ("score runs/my rows.csv -o - --json", 2),
            ("score runs/my rows.csv -o out.csv --threshold 101", 2),
            ("encode nothing rows.csv -o out.csv", 1),
            ("encode runs rows.csv -o out.csv", 1),
            ("encode rows.csv rows.csv -o out.csv", 2),
            ("encode runs/my rows.csv -o rows.csv --force", 2),
            ("report runs/my -o report.pdf", 2),
            ("look codes runs/my -o codes.pdf", 2),
            ("look codes runs/my -o codes.png --layer code", 2),
            ("look units runs/my -o u.png --units 1", 2),
            ("look units runs/my -o u.png --layer nowhere", 2),
            ("look generated runs/my -o new.png", 2),
            ("look maximised runs/my -o m.png --from 1000", 1),
            ("look maximised runs/my -o m.png --norm 0", 2),
            ("look maximised runs/my -o m.png --smoothness -1", 2),
            ("completions bash --json", 2),
            ("encode other.safetensors rows.csv -o out.csv", 1),
            ("encode runs/my/last.ckpt rows.csv -o out.csv", 1),
            ("inspect runs/my/last.ckpt", 1),
            ("report runs/my -o there.html", 2),
            ("report runs/my -o nowhere/report.html", 1),
            ("init -o there.csv", 2),
            ("init cubist", 2),
        ],
    );
    insta::assert_snapshot!(text);
}

#[test]
fn about_settings() {
    let scratch = Scratch::with_rows();
    for (name, text) in [
        ("key.toml", "seed = 1\n\n[train]\nepocs = 3\n"),
        ("table.toml", "[trains]\nepochs = 3\n"),
        ("type.toml", "[train]\nepochs = \"three\"\n"),
        ("whole.toml", "[train]\nepochs = 2.5\n"),
        ("negative.toml", "[network]\ncode = -2\n"),
        ("list.toml", "[network]\nhidden = 30\n"),
        ("name.toml", "[network]\nactivation = \"rellu\"\n"),
        ("broken.toml", "[train]\nepochs = \n"),
        ("open.toml", "[train\nepochs = 3\n"),
        ("double.toml", "seed = 1\nseed = 2\n"),
        (
            "effect.toml",
            "[optimizer]\nname = \"adam\"\nmomentum = 0.9\n",
        ),
        ("contradiction.toml", "[loss]\nreconstruction = \"bce\"\n"),
        (
            "stop.toml",
            "[data]\nheld_out = 0\n[train]\nearly_stopping = 3\n",
        ),
        ("roles.toml", "[data]\nlabel = \"a\"\nignore = [\"a\"]\n"),
        ("range.toml", "[network]\ndropout = 1.0\n"),
        ("latin.toml", "# gr\u{fc}n\n"),
    ] {
        scratch.write(name, text);
    }
    scratch.write("latin.toml", b"# gr\xfcn\n");
    let text = told(
        &scratch,
        &[
            ("train key.toml", 2),
            ("train table.toml", 2),
            ("train type.toml", 2),
            ("train whole.toml", 2),
            ("train negative.toml", 2),
            ("train list.toml", 2),
            ("train name.toml", 2),
            ("train broken.toml", 2),
            ("train open.toml", 2),
            ("train double.toml", 2),
            ("train effect.toml", 2),
            ("train contradiction.toml", 2),
            ("train stop.toml", 2),
            ("train roles.toml", 2),
            ("train range.toml", 2),
            ("train latin.toml", 2),
            ("train my.toml --set train.epochs", 2),
            ("train my.toml --set train.epocs=3", 2),
            ("train my.toml --set train.epochs=many", 2),
            ("train my.toml --set train.epochs=0", 2),
            ("train my.toml --set train=3", 2),
            ("train my.toml --set network.hidden=wide", 2),
            ("train my.toml --set train.epocs=", 2),
            (
                "train my.toml --set data.held_out=0 --set train.early_stopping=2",
                2,
            ),
            ("train table --data rows.csv --set network.hidden=[]", 2),
            ("train my.toml --set optimizer.rate=fast", 2),
            ("train my.toml --set loss.huber_delta=2", 2),
            ("train my.toml --set loss.reconstruction=bce", 2),
            ("train my.toml --data my~rows.csv", 1),
        ],
    );
    insta::assert_snapshot!(text);
}

#[test]
fn about_training() {
    let scratch = Scratch::with_model();
    scratch.write("one.csv", rows(1));
    scratch.write("text.csv", "a,b\n1,2\n3,old\n");
    scratch.write("same.csv", "a,b\n1,2\n1,2\n1,2\n");
    scratch.write("hollow.csv", "a,b\n1,\n2,\n3,\n");
    scratch.write("plain.toml", "[network]\nhidden = []\ncode = 1\n");
    let text = told(
        &scratch,
        &[
            ("train nothing", 2),
            ("train nothing.toml", 2),
            ("train rows.csv", 2),
            ("train mnist", 2),
            ("train table rows.csv", 2),
            ("train runs", 2),
            ("train my.toml --name my", 2),
            ("train my.toml --name a/b", 2),
            ("train my.toml --device tpu", 2),
            ("train my.toml --device gpu", 2),
            ("train my.toml --data one.csv", 1),
            ("train plain.toml --data text.csv", 1),
            ("train plain.toml --data same.csv", 1),
            (
                "train plain.toml --data hollow.csv --set data.missing=mean",
                1,
            ),
            ("train my.toml --set data.label=knid", 1),
            ("train my.toml --set data.held_out=120", 2),
            ("train my.toml --set network.hidden=[1000000,1000000]", 2),
            ("train --resume --out nowhere", 2),
            ("train runs/none --resume", 2),
            ("train runs/my --resume --seed 3", 1),
        ],
    );
    insta::assert_snapshot!(text);
}

#[test]
fn misused_flags_are_told_with_code_2() {
    let scratch = Scratch::with_model();
    for (line, word) in [
        ("encode runs/my rows.csv", "--output <FILE>"),
        ("encode runs/my", "<DATA>"),
        ("encode runs/my rows.csv -o x.csv --colour", "--colour"),
        ("train my.toml --threads 0", "--threads <N>"),
        ("train my.toml --threads 100000", "from 1 to 1024"),
        ("train my.toml --seed -1", "-1"),
        ("train my.toml --seed x", "--seed <N>"),
        ("learn my.toml", "unrecognized subcommand 'learn'"),
        ("completions cmd", "bash"),
    ] {
        let before = scratch.listing();
        let ran = scratch.run(line);
        assert_eq!((ran.code, ran.text().as_str()), (2, ""), "{line}");
        assert!(ran.err.contains(word), "{line}: {}", ran.err);
        assert_eq!(scratch.listing(), before, "{line}");
    }
}

#[test]
#[cfg(unix)]
fn folders_that_may_not_be_written_are_named() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::with_model();
    let locked = scratch.path("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).unwrap();
    if fs::write(locked.join("probe"), "").is_ok() {
        // The superuser may write anywhere.
        return;
    }
    for line in [
        "encode runs/my rows.csv -o locked/out.csv",
        "train my.toml -q --out locked/runs",
    ] {
        let message = scratch.refused(line, 1);
        assert!(
            message.contains("Permission denied") && message.contains("hint"),
            "{message}"
        );
    }
}

#[test]
fn a_file_in_the_way_of_the_run_folder_is_named() {
    let scratch = Scratch::with_rows();
    scratch.write("runs", "a file");
    let ran = scratch.run("train my.toml");
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("runs/my: cannot create"), "{}", ran.err);
}
