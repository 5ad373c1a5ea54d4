//! Scores several files, each into a file of its own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use narrows::program::visible;
use narrows::{Error, Result};

use super::MARKED;
use crate::cli::ScoreArgs;
use crate::interrupt;
use crate::output::Output;

/// Scores every file with `score`; the first error ends it, and what was written before
/// stays. The exit status is that of marked rows if any file has some.
pub fn each(
    args: &ScoreArgs,
    output: &Output,
    score: impl Fn(&ScoreArgs, &Output) -> Result<ExitCode>,
) -> Result<ExitCode> {
    let targets = targets(args)?;
    let mut all = ExitCode::SUCCESS;
    for (data, target) in args.data.iter().zip(targets) {
        if args.top.is_some() || args.truth.is_some() {
            output.say(format_args!("{}:", visible(data)));
        }
        let one = ScoreArgs {
            data: vec![data.clone()],
            output: target,
            ..args.clone()
        };
        let code = score(&one, output)?;
        if interrupt::requested() {
            return Ok(code);
        }
        if code == ExitCode::from(MARKED) {
            all = code;
        }
    }
    Ok(all)
}

/// Returns the file that the scores of each file go to: in the folder that `-o` names,
/// under the file's own name with `.scores.csv`.
fn targets(args: &ScoreArgs) -> Result<Vec<Option<String>>> {
    let Some(folder) = &args.output else {
        return Ok(vec![None; args.data.len()]);
    };
    if !Path::new(folder).is_dir() {
        return Err(Error::usage(
            format!("-o {folder} for {} files", args.data.len()),
            "a folder that is there, for a file of scores each",
            format!("mkdir -p {folder}, or score one file at a time"),
        ));
    }
    let mut taken: HashMap<PathBuf, &String> = HashMap::new();
    let mut targets = Vec::new();
    for data in &args.data {
        let name = Path::new(data)
            .file_name()
            .map(|name| name.to_string_lossy());
        let name = name.filter(|_| data != "-").ok_or_else(|| {
            Error::usage(
                format!("'{data}' among several files"),
                "files with names, after which those of scores are called",
                "score it alone",
            )
        })?;
        let stem = name
            .split('.')
            .next()
            .filter(|stem| !stem.is_empty())
            .unwrap_or(&name);
        let target = Path::new(folder).join(format!("{stem}.scores.csv"));
        if let Some(other) = taken.insert(target.clone(), data) {
            return Err(Error::usage(
                format!(
                    "'{other}' and '{data}', both of which would be {}",
                    target.display()
                ),
                "files of different names",
                "score them one by one, each with a name after -o",
            ));
        }
        targets.push(Some(target.display().to_string()));
    }
    Ok(targets)
}
