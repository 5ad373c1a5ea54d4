//! `narrows impute`: rows with their missing cells filled in.

use std::collections::HashMap;
use std::path::Path;
use std::process::ExitCode;

use narrows::config::Kind;
use narrows::read::Parts;
use narrows::write::check_target;
use narrows::{
    Column, ColumnKind, Error, Filled, ImputeOptions, Model, Result, Table, Texts, Values,
};
use serde_json::json;

use crate::cli::ImputeArgs;
use crate::inputs;
use crate::interrupt;
use crate::output::{Output, grouped, rows};
use crate::output_path;
use crate::stream;

/// Runs the command; 130 if Ctrl-C stopped it.
pub fn run(args: &ImputeArgs, output: &Output) -> Result<ExitCode> {
    let apply = &args.apply;
    if let Some(sure) = args.sure.filter(|s| !(*s > 0.0 && *s < 1.0)) {
        return Err(Error::usage(
            format!("--sure {sure}"),
            "a probability above 0 and below 1",
            "0.9 leaves out one of ten",
        ));
    }
    output.check_target(&apply.to.output)?;
    check_target(&apply.to.output, apply.to.force)?;
    output_path::check_apart(&apply.to.output, &apply.model, &apply.data)?;
    let as_text = writes_text(&apply.to.output);
    let open = |model: &Model, source: &str| -> Result<Parts> {
        let mut roles = model.roles();
        roles.keep_texts = as_text;
        Ok(inputs::parts(source, &roles)?.for_scaler(model.scaler()))
    };
    let first = |model: &Model, part: &Table| {
        inputs::warn_of_missing_id(model, part, &apply.data, output);
        warn_of_model(model, args, output);
    };
    let mut filled = 0;
    let mut without = 0;
    let impute = |model: &Model, part: &Table| {
        let whole = part.columns().len();
        for row in 0..part.rows() {
            let lacking = (0..whole).filter(|&column| part.value(row, column).is_nan());
            let lacking = lacking.count();
            filled += lacking;
            without += usize::from(lacking == whole);
        }
        match args.draws {
            None => {
                let mut options = ImputeOptions::default();
                options.sure = args.sure;
                let found = model.impute(part, &options)?;
                let table = written(model, part, &found.table);
                beside(&table, part, &found.filled, args)
            }
            Some(draws) => {
                let draws = draws as usize;
                let drawn = model.impute_drawn(part, draws, args.seed)?;
                let each = (0..part.rows()).flat_map(|row| std::iter::repeat_n(row, draws));
                let part = part.select(&each.collect::<Vec<usize>>());
                let numbers = (0..part.rows()).map(|at| (at % draws + 1) as f32);
                let draw = vec![Column::number("draw")];
                written(model, &part, &drawn).with_columns(draw, vec![numbers.collect()])
            }
        }
    };
    let Some(size) = stream::run(apply, output, "imputing", open, impute, first)? else {
        return Ok(interrupt::exit_code());
    };
    if without > 0 {
        output.warn(format_args!(
            "{} without any value: filled in by what columns are by themselves",
            rows(without)
        ));
    }
    output.done(
        &json!({"output": apply.to.output, "rows": size.rows, "filled": filled}),
        format_args!(
            "{}wrote {} to {}, {} cells of them filled in",
            size.reservation(),
            rows(size.rows),
            output_path::display(&apply.to.output),
            grouped(filled)
        ),
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Returns whether what is written there is text, as CSV is.
fn writes_text(target: &str) -> bool {
    let name = target.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let ending = Path::new(name).extension().and_then(|e| e.to_str());
    !matches!(ending, Some("npy" | "npz" | "parquet" | "png"))
}

/// Warns of a model whose filled cells mean less than they seem to.
fn warn_of_model(model: &Model, args: &ImputeArgs, output: &Output) {
    if !model.learns_to_impute() {
        output.warn(
            "the model has not learnt from hidden cells, so that it fills in little better than the mean: train with --set denoising.noise=hiding",
        );
    }
    if args.draws.is_some() && !model.draws_to_impute() {
        output.warn(
            "the draws vary around one guess of each row, too little for what is inferred from several of them: a [variational] model draws the guesses too",
        );
    }
}

/// Returns filled rows as they are written: if the cells of the file are there,
/// those of all of its columns, and only what was missing is new.
fn written(model: &Model, part: &Table, filled: &Table) -> Table {
    let Some(texts) = part.texts() else {
        return filled.clone();
    };
    let mut texts = texts.clone();
    let places: HashMap<&str, usize> = part
        .texts()
        .map(|texts| texts.names.iter().map(String::as_str).zip(0..).collect())
        .unwrap_or_default();
    let width = texts.names.len();
    for (column, meaning) in part.columns().iter().enumerate() {
        let Some(&place) = places.get(meaning.name.as_str()) else {
            continue;
        };
        for row in (0..part.rows()).filter(|&row| part.value(row, column).is_nan()) {
            texts.cells[row * width + place] = cell(model, filled, row, column);
        }
    }
    of_texts(&texts)
}

/// Returns a filled cell as text: a place in an order as what has it, a number
/// with the decimals' mark of its column.
fn cell(model: &Model, table: &Table, row: usize, column: usize) -> String {
    let value = table.value(row, column);
    let name = &table.columns()[column].name;
    if let Some(Kind::Ordinal(texts)) = model.config().data.kinds.get(name) {
        return texts.get(value as usize).cloned().unwrap_or_default();
    }
    match &table.columns()[column].kind {
        ColumnKind::Category(levels) => levels.get(value as usize).cloned().unwrap_or_default(),
        _ if table.has_decimal_comma(column) => value.to_string().replace('.', ","),
        _ => value.to_string(),
    }
}

/// Returns texts as a table of categories.
fn of_texts(texts: &Texts) -> Table {
    let width = texts.names.len();
    let rows = texts.cells.len() / width.max(1);
    let mut levels: Vec<Vec<String>> = vec![Vec::new(); width];
    let mut places: Vec<HashMap<&str, usize>> = vec![HashMap::new(); width];
    let mut values = Vec::with_capacity(texts.cells.len());
    for row in 0..rows {
        for (column, text) in texts.row(row).iter().enumerate() {
            if text.is_empty() {
                values.push(f32::NAN);
                continue;
            }
            let next = levels[column].len();
            let place = *places[column].entry(text).or_insert_with(|| {
                levels[column].push(text.clone());
                next
            });
            values.push(place as f32);
        }
    }
    let columns = texts.names.iter().zip(levels).map(|(name, levels)| {
        // A column needs a level, even if all of its cells are empty.
        let levels = if levels.is_empty() {
            vec![String::new()]
        } else {
            levels
        };
        Column::category(name, levels)
    });
    let columns = columns.collect();
    Table::new(columns, Values::Floats(values)).expect("the texts of a table")
}

/// Adds the bounds of each number and the probability of each text, if they were
/// asked for; empty where nothing was filled in.
fn beside(table: &Table, part: &Table, filled: &[Filled], args: &ImputeArgs) -> Result<Table> {
    if args.sure.is_none() {
        return Ok(table.clone());
    }
    let mut columns = Vec::new();
    let mut values: Vec<Vec<f32>> = Vec::new();
    let mut first = Vec::new();
    for column in part.columns() {
        first.push(columns.len());
        let names: &[&str] = match &column.kind {
            ColumnKind::Category(_) => &["probability"],
            _ => &["lower", "upper"],
        };
        for name in names {
            columns.push(Column::number(format!("{}_{name}", column.name)));
            values.push(vec![f32::NAN; part.rows()]);
        }
    }
    for cell in filled {
        let at = first[cell.column];
        if let Some((lower, upper)) = cell.bounds {
            (values[at][cell.row], values[at + 1][cell.row]) = (lower, upper);
        } else if let Some(probability) = cell.probability {
            values[at][cell.row] = probability;
        }
    }
    table.with_columns(columns, values)
}
