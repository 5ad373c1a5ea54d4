//! `narrows init`: a commented config to start from.

use narrows::{Error, Result};
use serde_json::json;

use crate::builtin;
use crate::cli::InitArgs;
use crate::output::{Output, argument, path_text, shown};

/// Runs the command.
pub fn run(args: &InitArgs, output: &Output) -> Result<()> {
    let text = builtin::config(&args.name).ok_or_else(|| {
        Error::usage(
            format!("config '{}'", args.name),
            format!("one of {}", builtin::config_names()),
            match builtin::config_near(&args.name) {
                Some(near) => format!("did you mean {near}?"),
                None => "`narrows init` without a name prints the stacked one".into(),
            },
        )
    })?;
    let Some(path) = &args.output else {
        return output.result(&json!({"name": args.name, "config": text}), text);
    };
    narrows::write::check_path(path, args.force)?;
    narrows::write::write_bytes(path, text.as_bytes())?;
    output.done(
        &json!({"name": args.name, "output": path_text(path)}),
        format_args!(
            "wrote {}; train by it with: narrows train {}",
            shown(path),
            argument(path.display())
        ),
    )
}
