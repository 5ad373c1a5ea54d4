//! Compares help texts, completions and the manual page with golden files.

use crate::common::Scratch;

const COMMANDS: [&str; 16] = [
    "init",
    "train",
    "encode",
    "decode",
    "reconstruct",
    "score",
    "evaluate",
    "generate",
    "judge",
    "interpolate",
    "classify",
    "inspect",
    "look",
    "report",
    "completions",
    "man",
];

#[test]
fn help_of_the_program() {
    let scratch = Scratch::new();
    let help = scratch.ok("--help").text();
    for command in COMMANDS {
        assert!(help.contains(&format!("\n  {command} ")), "{command}");
    }
    insta::assert_snapshot!("narrows", help);
}

#[test]
fn help_of_each_command() {
    let scratch = Scratch::new();
    for command in COMMANDS {
        let help = scratch.ok(&format!("{command} --help")).text();
        insta::assert_snapshot!(format!("narrows_{command}"), help);
        assert_eq!(scratch.ok(&format!("help {command}")).text(), help);
    }
}

#[test]
fn help_of_each_command_of_classify() {
    let scratch = Scratch::new();
    for command in ["train", "predict", "evaluate", "compare"] {
        let help = scratch.ok(&format!("classify {command} --help")).text();
        insta::assert_snapshot!(format!("narrows_classify_{command}"), help);
    }
}

#[test]
fn without_a_command_the_help_is_the_error() {
    let ran = Scratch::new().run("");
    assert_eq!((ran.code, ran.text().as_str()), (2, ""));
    assert!(ran.err.contains("Start with `narrows train`"));
}

#[test]
fn the_version_is_the_packages() {
    let version = Scratch::new().ok("--version").text();
    assert_eq!(version, format!("narrows {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_and_manual_page_name_every_command_and_flag() {
    let scratch = Scratch::new();
    for what in [
        "completions bash",
        "completions zsh",
        "completions fish",
        "man",
    ] {
        let ran = scratch.ok(what);
        let text = ran.text().replace('\\', "");
        assert_eq!(ran.err, "", "{what}");
        for word in COMMANDS.iter().chain(&["resume", "threshold", "threads"]) {
            assert!(text.contains(word), "{what}: {word}");
        }
    }
    let page = scratch.ok("man").text();
    for command in COMMANDS {
        let section = format!(".SH NARROWS {}", command.to_uppercase());
        assert!(page.contains(&section), "{section}");
    }
}
