//! `narrows completions` and `narrows man`, from the declarations of the
//! commands.

use std::io::{self, Write};

use clap::CommandFactory;
use narrows::{Error, Result};

use crate::cli::{Cli, CompletionsArgs};
use crate::output::{Output, print};

/// Prints a completion script.
pub fn completions(args: &CompletionsArgs, output: &Output) -> Result<()> {
    refuse_json(output, "a script")?;
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "narrows", &mut script);
    print(&script)
}

fn refuse_json(output: &Output, what: &str) -> Result<()> {
    if !output.is_json() {
        return Ok(());
    }
    Err(Error::usage(
        format!("--json for {what}"),
        "a command that has a result",
        "leave --json out",
    ))
}

/// Prints the manual page, with all commands.
pub fn manual(output: &Output) -> Result<()> {
    refuse_json(output, "a manual page")?;
    let mut page = Vec::new();
    let failed = |e: io::Error| Error::file("standard output", "write", e);
    let mut program = Cli::command();
    program.build();
    clap_mangen::Man::new(program.clone())
        .render(&mut page)
        .map_err(failed)?;
    for command in program.get_subcommands().filter(|c| c.get_name() != "help") {
        let man = clap_mangen::Man::new(command.clone());
        writeln!(page, ".SH NARROWS {}", command.get_name().to_uppercase()).map_err(failed)?;
        man.render_description_section(&mut page).map_err(failed)?;
        man.render_synopsis_section(&mut page).map_err(failed)?;
        man.render_options_section(&mut page).map_err(failed)?;
    }
    print(&page)
}
