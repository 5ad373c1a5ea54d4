//! Errors of the command line in better words than its parser has for them.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use narrows::Error;
use narrows::program::whole_key;

/// Returns the parser's error in better words; `None` if it has none. `args` are
/// the program's arguments.
pub fn reworded(error: &clap::Error, args: &[OsString]) -> Option<Error> {
    let command = args.get(1).and_then(|command| command.to_str());
    setting_as_flag(error, command).or_else(|| not_utf8(error, args))
}

/// Returns the error for an argument that is no UTF-8 text but has to be.
fn not_utf8(error: &clap::Error, args: &[OsString]) -> Option<Error> {
    let is_one = error.kind() == ErrorKind::InvalidUtf8;
    let found = args.iter().find(|arg| is_one && arg.to_str().is_none())?;
    Some(Error::usage(
        format!("the argument {}", found.to_string_lossy()),
        "text in UTF-8, as settings and the names of data are kept in models",
        "rename the file, or link to it by another name: `ln -s`; tables of text are also read from standard input: `-`",
    ))
}

/// Returns the error for a config's setting that was given as a flag of
/// `train`; `None` for other flags.
fn setting_as_flag(error: &clap::Error, command: Option<&str>) -> Option<Error> {
    let unknown = error.kind() == ErrorKind::UnknownArgument && command == Some("train");
    let near = error.get(ContextKind::SuggestedArg).is_some();
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let name = flag.strip_prefix("--").filter(|_| unknown && !near)?;
    let key = whole_key(&name.replace('-', "_"))?;
    Some(Error::usage(
        flag,
        "a flag of `narrows train`",
        format!("a setting is changed by --set {key}=VALUE"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::Parser;

    #[test]
    #[cfg(unix)]
    fn an_argument_that_is_not_utf8_is_named() {
        use std::os::unix::ffi::OsStringExt;
        let args = [
            b"narrows".to_vec(),
            b"inspect".to_vec(),
            b"d\xff.csv".to_vec(),
        ];
        let args = args.map(OsString::from_vec);
        let error = Cli::try_parse_from(&args).unwrap_err();
        let message = reworded(&error, &args).unwrap().to_string();
        assert!(
            message.contains("found the argument d\u{fffd}.csv"),
            "{message}"
        );
    }

    #[test]
    fn only_flags_named_like_settings_get_a_hint() {
        let message = |flag: &str| {
            let error = Cli::try_parse_from(["narrows", "train", flag, "3"]).unwrap_err();
            setting_as_flag(&error, Some("train")).map(|error| error.to_string())
        };
        let learning_rate = message("--learning-rate").unwrap();
        assert!(
            learning_rate.contains("--set optimizer.rate=VALUE"),
            "{learning_rate}"
        );
        assert_eq!(message("--sed"), None);
        assert_eq!(message("--colour"), None);
    }
}
