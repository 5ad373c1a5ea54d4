//! `narrows init`: a commented config to start from.

use narrows::{Error, Result};
use serde_json::json;

use crate::builtin;
use crate::cli::InitArgs;
use crate::output::Output;

/// Runs the command.
pub fn run(args: &InitArgs, output: &Output) -> Result<()> {
    let text = builtin::config(&args.name).ok_or_else(|| {
        Error::usage(
            format!("config '{}'", args.name),
            format!("one of {}", builtin::config_names()),
            "",
        )
    })?;
    let Some(path) = &args.output else {
        return output.result(&json!({"name": args.name, "config": text}), text);
    };
    if path.exists() && !args.force {
        return Err(Error::usage(
            format!("{} that exists already", path.display()),
            "a file that is not there yet",
            "choose another name, or overwrite it with --force",
        ));
    }
    narrows::write::write_bytes(path, text.as_bytes())?;
    output.done(
        &json!({"name": args.name, "output": path}),
        format_args!(
            "wrote {}; train by it with: narrows train {}",
            path.display(),
            path.display()
        ),
    )
}
