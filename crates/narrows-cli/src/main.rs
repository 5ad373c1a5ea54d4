//! narrows: autoencoders without writing code.

mod builtin;
mod checkpoint_every;
mod cli;
mod command_line_errors;
mod commands;
mod default_rows;
mod inputs;
mod interrupt;
mod kinds;
mod memory;
mod output;
mod output_path;
mod picture;
mod progress;
mod remedies;
mod run_files;
mod run_folder;
mod series;
mod settle;
mod sizes;
mod stream;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::output::Output;

/// Burn keeps allocating and freeing large temporaries; the system's allocator
/// returns them to the kernel and pays page faults for it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let args: Vec<_> = std::env::args_os().collect();
            match command_line_errors::reworded(&error, &args) {
                None => output::exit(&error),
                Some(error) => {
                    Output::new(false, false).error(&error);
                    return ExitCode::from(2);
                }
            }
        }
    };
    let output = Output::new(cli.quiet, cli.json);
    output::catch_panics(|| {
        run(cli, &output).unwrap_or_else(|error| {
            output.error(&error);
            ExitCode::from(if error.is_misuse() { 2 } else { 1 })
        })
    })
}

fn run(cli: Cli, output: &Output) -> narrows::Result<ExitCode> {
    memory::set(cli.memory);
    if let Some(threads) = cli.threads {
        start_threads(threads as usize)?;
    }
    let done = match cli.command {
        Command::Init(args) => commands::init::run(&args, output),
        Command::Train(args) => return commands::train::run(&args, output),
        Command::Encode(args) => return commands::apply::encode(&args, output),
        Command::Decode(args) => return commands::apply::decode(&args, output),
        Command::Reconstruct(args) => return commands::apply::reconstruct(&args, output),
        Command::Score(args) => return commands::score::run(&args, output),
        Command::Drift(args) => return commands::drift::run(&args, output),
        Command::Impute(args) => return commands::impute::run(&args, output),
        Command::Evaluate(args) => commands::evaluate::run(&args, output),
        Command::Generate(args) => return commands::generate::generate(&args, output),
        Command::Judge(args) => commands::judge::run(&args, output),
        Command::Interpolate(args) => return commands::generate::interpolate(&args, output),
        Command::Classify(args) => return commands::classify::run(&args.command, output),
        Command::Inspect(args) => commands::inspect::run(&args, output),
        Command::Look(args) => commands::look::run(&args, output),
        Command::Report(args) => commands::report::run(&args, output),
        Command::Completions(args) => commands::completions::completions(&args, output),
        Command::Man => commands::completions::manual(output),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// Starts the threads that share the work.
///
/// # Errors
/// [`narrows::Error::Usage`] if the system allows fewer.
fn start_threads(threads: usize) -> narrows::Result<()> {
    // A global pool that could not be started cannot be started again, and
    // whatever needs it panics; this one can be dropped.
    let pool = || rayon::ThreadPoolBuilder::new().num_threads(threads);
    let started = pool().build().and_then(|tried| {
        drop(tried);
        pool().build_global()
    });
    started.map_err(|e| {
        narrows::Error::usage(
            format!("--threads {threads}, which the system refuses to start ({e})"),
            "as many threads as it allows",
            "ask for fewer threads, or raise the limit of processes (`ulimit -u`)",
        )
    })
}
