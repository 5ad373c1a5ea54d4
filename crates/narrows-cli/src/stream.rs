//! Writes rows to a file: all at once, or sent through a model part by part.

use std::collections::HashSet;
use std::path::Path;

use narrows::read::Parts;
use narrows::write::{Writer, is_stream};
use narrows::{Error, Model, Place, Result, Table};

use crate::cli::{ApplyArgs, ToArgs};
use crate::inputs;
use crate::interrupt;
use crate::memory;
use crate::output::Output;
use crate::output_path;
use crate::progress;

/// Rows that are written between two looks for a signal.
const ROWS: usize = 10_000;

/// The size of what was written.
pub struct Size {
    pub rows: usize,
    pub columns: usize,
    /// Whether the reader went away before the end.
    pub cut: bool,
}

impl Size {
    /// Returns what to say before how much was written.
    pub fn reservation(&self) -> &'static str {
        match self.cut {
            true => "the reader has gone away before the end, and not all of this is there: ",
            false => "",
        }
    }
}

/// Reads rows with `open`, sends each part `through` the model and writes the
/// results. `first` is called once, with the first part, once its rows are
/// known to fit the model. `what` names the work for the progress bar, and
/// `rows_each` is how many rows of the result come from one that is read. The
/// file appears when it is complete; what went to standard output before an error
/// stays there.
///
/// Returns `None` if Ctrl-C stopped it.
pub fn run(
    args: &ApplyArgs,
    output: &Output,
    (what, rows_each): (&str, usize),
    open: impl Fn(&Model, &str) -> Result<Parts>,
    mut through: impl FnMut(&Model, &Table) -> Result<Table>,
    first: impl Fn(&Model, &Table),
) -> Result<Option<Size>> {
    interrupt::listen();
    let file = inputs::model_path(&args.model)?;
    let model = Model::load(&file)?;
    inputs::warn_of_shadowed(&args.data, output);
    let parts = match open(&model, &args.data) {
        Err(_) if interrupt::requested() => return Ok(None),
        parts => parts?,
    };
    let (parts, most_held) = memory::parts(parts, &model, &file, rows_each)?;
    let progress = progress::over(output, what, parts.total());
    let mut writer = Writer::new(&args.to.output, args.to.force)?.with_safe_csv(args.to.safe_csv);
    let mut size = Size {
        rows: 0,
        columns: 0,
        cut: false,
    };
    let mut omissions = None;
    let mut told = HashSet::new();
    for part in parts {
        if interrupt::requested() {
            // The writer removes the unfinished file when it is dropped.
            return Ok(None);
        }
        let part = match part {
            // Waiting for rows was given up.
            Err(_) if interrupt::requested() => return Ok(None),
            part => part?,
        };
        output.notes(part.notes());
        if model.tells_of_unseen()
            && let Ok(unseen) = model.unseen(&part)
        {
            inputs::tell_of_unseen(unseen, &mut told, output);
        }
        let (part, result, failed) = match through(&model, &part) {
            Ok(result) => (part, result, None),
            // The rows of a stream are answered up to one that cannot be.
            Err(error) => match rows_before(&error, &part, &args.to.output) {
                Some(before) => {
                    let result = through(&model, &before)?;
                    (before, result, Some(error))
                }
                None => return Err(error),
            },
        };
        progress(part.rows());
        if size.rows == 0 {
            first(&model, &part);
            if let Some(line) = output_path::renamed(&result) {
                output.say(line);
            }
            omissions = output_path::omissions(&result, &args.to.output);
            size.columns = result.columns().len();
        }
        size.rows += result.rows();
        // Frees the part's memory while the result is written.
        drop(part);
        let goes_on = writer.add(&result)?;
        output.notes(&writer.notes());
        if !goes_on {
            size.cut = true;
            break;
        }
        if let Some(error) = failed {
            return Err(error);
        }
        memory::check_held(writer.holds(), most_held)?;
    }
    writer.finish()?;
    if let Some(line) = omissions {
        output.say(line);
    }
    Ok(Some(size))
}

/// Writes rows that are all there; `false` if a signal stopped that.
pub fn write(table: &Table, to: &ToArgs, output: &Output) -> Result<bool> {
    let mut writer = Writer::new(&to.output, to.force)?.with_safe_csv(to.safe_csv);
    for from in (0..table.rows()).step_by(ROWS) {
        if interrupt::requested() {
            // The writer removes the unfinished file when it is dropped.
            return Ok(false);
        }
        let part: Vec<usize> = (from..table.rows().min(from + ROWS)).collect();
        let goes_on = writer.add(&table.select(&part))?;
        output.notes(&writer.notes());
        if !goes_on {
            break;
        }
    }
    writer.finish()?;
    Ok(true)
}

/// Returns the rows of a part before the one that an error names, if they go to
/// a stream.
fn rows_before(error: &Error, part: &Table, target: &str) -> Option<Table> {
    let Error::Data { place, .. } = error else {
        return None;
    };
    let (Place::Row(bad) | Place::Cell(bad, _)) = place else {
        return None;
    };
    let before = (0..part.rows()).filter(|&row| part.number_of(row) < *bad);
    let before: Vec<usize> = before.collect();
    let is_live = target == "-" || is_stream(Path::new(target));
    (is_live && !before.is_empty()).then(|| part.select(&before))
}

/// Opens rows for a trained model.
pub fn open_rows(model: &Model, source: &str) -> Result<Parts> {
    Ok(inputs::parts(source, &model.roles())?.for_scaler(model.scaler()))
}
