//! Sends rows through a model, part by part, into a file.

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

/// The size of what was written.
pub struct Size {
    pub rows: usize,
    pub columns: usize,
}

/// Reads rows with `open`, sends each part `through` the model and writes the
/// results. `first` is called once, with the first part, once its rows are
/// known to fit the model. The file appears when it is complete; what went to
/// standard output before an error stays there.
///
/// Returns `None` if Ctrl-C stopped it.
pub fn run(
    args: &ApplyArgs,
    output: &Output,
    what: &str,
    open: impl Fn(&Model, &str) -> Result<Parts>,
    mut through: impl FnMut(&Model, &Table) -> Result<Table>,
    first: impl Fn(&Model, &Table),
) -> Result<Option<Size>> {
    let file = inputs::model_path(&args.model)?;
    let model = Model::load(&file)?;
    let parts = open(&model, &args.data)?;
    let (parts, most_held) = memory::parts(parts, &model, &file)?;
    let progress = progress::over(output, what, parts.total());
    let mut writer = Writer::new(&args.output, args.force)?;
    let mut size = Size {
        rows: 0,
        columns: 0,
    };
    let mut omissions = None;
    interrupt::listen();
    for part in parts {
        if interrupt::requested() {
            // The writer removes the unfinished file when it is dropped.
            return Ok(None);
        }
        let part = part?;
        output.notes(part.notes());
        let result = through(&model, &part)?;
        progress(part.rows());
        if size.rows == 0 {
            first(&model, &part);
            omissions = output_path::omissions(&result, &args.output);
            size.columns = result.columns().len();
        }
        size.rows += result.rows();
        // Frees the part's memory while the result is written.
        drop(part);
        if !writer.add(&result)? {
            break;
        }
        memory::check_held(writer.holds(), most_held)?;
    }
    writer.finish()?;
    if let Some(line) = omissions {
        output.say(line);
    }
    Ok(Some(size))
}

/// Opens rows for a trained model.
pub fn open_rows(model: &Model, source: &str) -> Result<Parts> {
    Ok(inputs::parts(source, &model.roles())?.for_scaler(model.scaler()))
}
