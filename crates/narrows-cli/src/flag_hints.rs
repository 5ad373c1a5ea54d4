//! What to say of a flag that is none, where more can be said than the parser
//! of the command line knows.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use narrows::Error;
use narrows::config::whole_key;

/// A setting of a config given as a flag of `train`.
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
    fn settings_are_told_of_and_other_flags_are_not() {
        let told = |flag: &str| {
            let error = Cli::try_parse_from(["narrows", "train", flag, "3"]).unwrap_err();
            setting_as_flag(&error, Some("train")).map(|error| error.to_string())
        };
        let message = told("--learning-rate").unwrap();
        assert!(message.contains("--set optimizer.rate=VALUE"), "{message}");
        assert_eq!(told("--sed"), None);
        assert_eq!(told("--colour"), None);
    }
}
