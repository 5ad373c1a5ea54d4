//! Checks the catalogue of bad inputs: the program's message for each, word for
//! word.
//!
//! The cases are the `.toml` files of `tests/bad_inputs`, one file per topic.
//! Each case runs the real program in its own scratch folder and must give its
//! exact error and exit code, print nothing on standard output, leave the
//! folder unchanged, and take at most a second and 256 MB.
//!
//! To add a case, write its name, files and arguments, and let the program fill
//! in the rest; read it before keeping it:
//!
//! ```sh
//! NARROWS_BLESS=1 cargo test --test it bad_inputs
//! git diff
//! ```

mod case;
mod made;
mod prepared;
mod run;

use std::collections::HashSet;
use std::env;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use case::Case;
use run::Outcome;

/// Errors from the operating system or a format's reader give a reason, instead
/// of what was expected.
const CANNOT: &str = ": cannot ";
/// The command line's own errors show the usage, instead of a hint.
const USAGE: &str = "For more information, try '--help'.";

#[test]
fn every_bad_input_gives_its_error_and_leaves_nothing() {
    let cases = case::all();
    let outcomes = outcomes(&cases);
    println!("{}", run::extremes(&cases, &outcomes));
    if env::var_os("NARROWS_BLESS").is_some() {
        case::bless(&cases, &outcomes);
        return;
    }
    let mut report = String::new();
    let mut wrong = 0;
    for (case, outcome) in cases.iter().zip(&outcomes) {
        let mistakes = outcome.mistakes(case);
        if !mistakes.is_empty() {
            wrong += 1;
            writeln!(report, "{}: {}\n{mistakes}", case.topic, case.name).unwrap();
        }
    }
    assert!(
        report.is_empty(),
        "{wrong} of {} cases are not as they should be:\n\n{report}",
        cases.len()
    );
}

/// Returns the outcome of each case; two run at a time.
fn outcomes(cases: &[Case]) -> Vec<Outcome> {
    let prepared = prepared::Prepared::new();
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<Option<Outcome>>> = Mutex::new(cases.iter().map(|_| None).collect());
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(at) else { return };
            let outcome = run::run(case, &prepared);
            found.lock().unwrap()[at] = Some(outcome);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let found = found.into_inner().unwrap();
    found.into_iter().map(Option::unwrap).collect()
}

#[test]
fn the_catalogue_is_large_and_its_names_are_unique() {
    let cases = case::all();
    assert!(cases.len() >= 600, "{} cases", cases.len());
    let mut names = HashSet::new();
    for case in &cases {
        assert!(names.insert(&case.name), "twice: {}", case.name);
    }
}

#[test]
fn every_error_is_a_line_with_what_was_expected_and_a_hint() {
    for case in case::all() {
        let shown = format!("{}: {}: {}", case.topic, case.name, case.error);
        assert!([1, 2].contains(&case.code), "{shown}");
        if case.error.ends_with(USAGE) {
            assert_eq!((case.code, &case.hint), (2, &None), "{shown}");
            continue;
        }
        assert_eq!(case.error.lines().count(), 1, "{shown}");
        let told = case.error.contains(", expected ") || case.error.contains(CANNOT);
        assert!(told, "{shown}");
        let hint = case.hint.as_deref().unwrap_or_default();
        assert!(!hint.is_empty() && !hint.contains('\n'), "{shown}");
    }
}
