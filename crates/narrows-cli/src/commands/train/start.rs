//! Resolves what CONFIG means.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use narrows::program::file_of;
use narrows::{ConfigText, Error, Result};
use serde_json::json;

use crate::builtin;
use crate::cli::TrainArgs;
use crate::inputs;
use crate::output::{argument, program};
use crate::run_files;
use crate::run_folder::RunFolder;

/// The most bytes of a config; longer files are rows, or never end.
const LONGEST: u64 = 16 << 20;

/// What a training starts from.
pub enum Start {
    /// A config that the program carries.
    Carried(builtin::Named),
    /// A config file.
    File(PathBuf),
    /// A run folder whose config is trained again from the first epoch.
    Again(PathBuf),
    /// A run folder whose training continues.
    Resume(RunFolder),
}

impl Start {
    /// Finds out what CONFIG is, and locks the run folder of a training that
    /// continues.
    pub fn resolve(args: &TrainArgs) -> Result<Self> {
        let config = args.config.as_deref();
        if args.resume || args.finish {
            let folder = RunFolder::existing(&args.out, config)?;
            if args.finish && !folder.has_checkpoint() {
                let expected = "a run that was saved at least once";
                return Err(folder.no_checkpoint(expected, "--resume begins it anew"));
            }
            return Ok(Start::Resume(folder));
        }
        let config = config.unwrap_or(builtin::DEFAULT);
        let path = Path::new(config);
        if path.is_dir() {
            check_exists(config, &path.join(run_files::CONFIG))?;
            return Ok(Start::Again(path.into()));
        }
        if let Some(carried) = builtin::configs().find(|(name, _)| *name == config) {
            return Ok(Start::Carried(carried));
        }
        check_is_config(path)?;
        Ok(Start::File(path.into()))
    }

    /// Returns whether this goes on with a training that started from a model.
    pub fn is_warm(&self) -> bool {
        matches!(self, Start::Resume(folder) if folder.file(run_files::START).exists())
    }

    /// Reads the config's text with the changes of the command line.
    pub fn text(&self, args: &TrainArgs) -> Result<ConfigText> {
        let mut changes = args.changes.clone();
        // Quoted as TOML, so that a path is a text whatever it contains.
        let data = args.data.iter();
        changes.extend(data.map(|data| format!("data.source={}", json!(data))));
        changes.extend(args.cross_fit.iter().flat_map(|networks| {
            [
                format!("seeds={networks}"),
                "data.cross_fit=true".to_string(),
            ]
        }));
        changes.extend(args.seed.iter().map(|seed| format!("seed={seed}")));
        let file = match self {
            Start::Carried((name, text)) => {
                return Ok(ConfigText::new(
                    &format!("{name} (carried)"),
                    text,
                    &changes,
                ));
            }
            Start::File(file) => file.clone(),
            Start::Again(folder) => folder.join(run_files::CONFIG),
            Start::Resume(folder) => folder.file(run_files::CONFIG),
        };
        let text = read(&file)?;
        Ok(ConfigText::new(
            &file.display().to_string(),
            &text,
            &changes,
        ))
    }

    /// Returns the default name of a new run.
    pub fn name(&self) -> String {
        let name = match self {
            Start::Carried((name, _)) => return (*name).into(),
            // The config of a run takes the run's name.
            Start::File(file) if file.ends_with(run_files::CONFIG) => {
                file.parent().and_then(Path::file_name)
            }
            Start::File(file) => file.file_stem(),
            Start::Again(folder) => folder.file_name(),
            Start::Resume(folder) => folder.path.file_name(),
        };
        name.map_or("run".into(), |name| name.to_string_lossy().into_owned())
    }

    /// Refuses rows that do not exist, if the command line names no others.
    pub fn check_rows(&self, source: &str) -> Result<()> {
        let run = match self {
            Start::Again(run) => run,
            Start::Resume(folder) => &folder.path,
            Start::Carried(_)
                if builtin::test_rows(source).is_none() && !Path::new(file_of(source)).exists() =>
            {
                return Err(Error::usage(
                    format!("no rows named, and no {source} here"),
                    "rows of your own for this config",
                    "name them with --data FILE",
                ));
            }
            Start::Carried(_) | Start::File(_) => return Ok(()),
        };
        inputs::check_remembered(source, run, "name them with --data DATA")
    }
}

/// Refuses a path whose name shows that it is no config file.
fn check_is_config(path: &Path) -> Result<()> {
    let name = path.display();
    if inputs::looks_like_data(path) {
        let config = if is_table(path) { "table " } else { "" };
        return Err(Error::usage(
            format!("data '{name}'"),
            format!(
                "a config: a .toml file, or one of {}",
                builtin::config_names()
            ),
            format!("{} train {config}--data {}", program(), argument(name)),
        ));
    }
    check_exists(&name.to_string(), path)?;
    if path.extension().is_some_and(|end| end == "safetensors") {
        return Err(Error::usage(
            format!("model '{name}'"),
            "a config: a .toml file, or one of those that the program carries",
            "a model keeps its config: `narrows inspect` shows it, and its run folder is a config too",
        ));
    }
    Ok(())
}

/// Refuses a config whose file does not exist.
fn check_exists(config: &str, file: &Path) -> Result<()> {
    if file.exists() {
        return Ok(());
    }
    Err(Error::usage(
        format!("config '{config}'"),
        format!("a file that exists, or one of {}", builtin::config_names()),
        match builtin::config_near(config) {
            Some(near) => format!("did you mean {near}?"),
            None => "`narrows init -o my.toml` writes one to start from".into(),
        },
    ))
}

/// Returns whether a path is named like a table.
fn is_table(path: &Path) -> bool {
    let name = path.to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    [".csv", ".tsv", ".parquet"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// Reads the text of a config.
fn read(path: &Path) -> Result<String> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_string(&mut text));
    match read {
        Ok(_) if text.len() as u64 > LONGEST => Err(Error::usage(
            format!("{}, of more than {} MB", path.display(), LONGEST >> 20),
            "a config",
            "name the rows with --data",
        )),
        Ok(_) => Ok(text),
        Err(e) if e.kind() == ErrorKind::InvalidData => Err(Error::usage(
            format!("{}, which is no UTF-8 text", path.display()),
            "a config in UTF-8",
            "save the file as UTF-8",
        )),
        Err(e) => Err(Error::file(path.display(), "read", e)),
    }
}
