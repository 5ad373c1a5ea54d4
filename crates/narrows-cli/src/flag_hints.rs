//! Hints for unknown flags that the parser of the command line cannot give.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use narrows::Error;
use narrows::program::whole_key;

/// Returns the error for a config's setting that was given as a flag of
/// `train`; `None` for other flags.
pub fn setting_as_flag(error: &clap::Error, command: Option<&str>) -> Option<Error> {
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
