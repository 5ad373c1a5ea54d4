//! Rows of any number through a model, part by part, into a file.

use narrows::read::Parts;
use narrows::write::Writer;
use narrows::{Model, Result, Table};

use crate::cli::ApplyArgs;
use crate::inputs;
use crate::interrupt;
use crate::memory;
use crate::output::Output;
use crate::output_path;
use crate::progress;

/// What was written.
pub struct Written {
    pub rows: usize,
    pub columns: usize,
}

/// Reads rows by `open`, sends each part `through` the model and writes what
/// comes of it. `begun` is told once the first rows were found to fit. The
/// file appears when all of it is there; what went to standard output before
/// an error stays there.
pub fn run(
    args: &ApplyArgs,
    output: &Output,
    what: &str,
    open: impl Fn(&Model, &str) -> Result<Parts>,
    mut through: impl FnMut(&Model, &Table) -> Result<Table>,
    begun: impl Fn(&Model, &Table),
) -> Result<Written> {
    let file = inputs::model_path(&args.model)?;
    let mut model = Model::load(&file)?;
    let parts = open(&model, &args.data)?;
    let (parts, most_held) = memory::parts(parts, &model, &file)?;
    progress::show(&mut model, output, what, parts.total());
    let mut writer = Writer::new(&args.output, args.force)?;
    let mut written = Written {
        rows: 0,
        columns: 0,
    };
    let mut left_out = None;
    interrupt::listen();
    for part in parts {
        if interrupt::asked() {
            // What was being written goes with its writer.
            drop(writer);
            std::process::exit(interrupt::EXIT_CODE.into());
        }
        let part = part?;
        let result = through(&model, &part)?;
        if written.rows == 0 {
            begun(&model, &part);
            left_out = output_path::left_out(&result, &args.output);
            written.columns = result.columns.len();
        }
        written.rows += result.rows();
        // So that only one of the two is there while it is written.
        drop(part);
        if !writer.add(&result)? {
            break;
        }
        memory::check_held(writer.holds(), most_held)?;
    }
    writer.finish()?;
    if let Some(line) = left_out {
        output.say(line);
    }
    Ok(written)
}

/// Rows for a trained model, and what they are told of once they fit.
pub fn rows_of(model: &Model, source: &str) -> Result<Parts> {
    Ok(inputs::parts(source, &model.roles())?.for_model(model))
}

/// Warns of an id that is not there.
pub fn warn_of_rows(model: &Model, part: &Table, source: &str, output: &Output) {
    if inputs::misses_id(model, part) {
        inputs::warn_of_id(model, source, output);
    }
}
