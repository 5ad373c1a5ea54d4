//! `narrows judge`: how similar new rows are to real ones.

use narrows::program::visible;
use narrows::read::Roles;
use narrows::{Error, Judge, Judgement, Remedy, Result};
use serde_json::json;

use crate::cli::JudgeArgs;
use crate::inputs;
use crate::output::{Output, rows, short};
use crate::progress;

/// Runs the command.
pub fn run(args: &JudgeArgs, output: &Output) -> Result<()> {
    let classifier = args
        .classifier
        .as_deref()
        .map(inputs::classifier)
        .transpose()?;
    let model = args.model.as_deref().map(inputs::model).transpose()?;
    // Labels are not used here, and may be missing.
    let mut roles = match (&model, &classifier) {
        (Some(model), _) => model.roles(),
        (None, Some(classifier)) => classifier.roles(),
        (None, None) => Roles::default(),
    };
    roles.optional |= classifier.is_some();
    let (choose, training) = (&args.choose, &args.training);
    let tables = 2 + usize::from(choose.is_some()) + usize::from(training.is_some());
    let read = |source: &String| {
        inputs::rows_beside(source, &roles, tables, output).map_err(with_hint_for_judge)
    };
    let (new, real) = (read(&args.new)?, read(&args.real)?);
    let choose = choose.as_ref().map(read).transpose()?;
    let training = training.as_ref().map(read).transpose()?;
    let mut judge = Judge::beside(&real);
    judge.choose = choose.as_ref();
    judge.training = training.as_ref();
    judge.classifier = classifier.as_ref();
    judge.scaler = match (&model, &classifier) {
        (Some(model), _) => Some(model.scaler()),
        (None, Some(classifier)) => Some(classifier.scaler()),
        (None, None) => None,
    };
    let found =
        progress::busy(output, "judging", || judge.judge(&new)).map_err(with_hint_for_judge)?;
    output.result(&json!(found), text(&found, args))
}

/// Replaces a hint on the settings of a training by one on judging.
fn with_hint_for_judge(error: Error) -> Error {
    let is_setting = |remedy| matches!(remedy, &Remedy::Set { .. } | Remedy::SetColumns { .. });
    if error.hint().remedies().any(is_setting) {
        return error.with_hint("give --model MODEL, which knows how to take such columns");
    }
    error
}

fn text(found: &Judgement, args: &JudgeArgs) -> String {
    let mut text = format!(
        "{}: {} beside {}\n\n",
        visible(&args.new),
        rows(found.rows),
        visible(&args.real)
    );
    let parzen = &found.parzen;
    text += &format!(
        "parzen_log_likelihood  {} ± {} (standard error) nats a row over {}, by windows of deviation {}\n",
        short(parzen.log_likelihood),
        parzen.standard_error.map_or("-".into(), short),
        rows(parzen.rows),
        short(parzen.deviation),
    );
    if let Some(nearest) = &found.nearest {
        text += &format!(
            "nearest training row   {} from a new row on average, {} from a real one, in scaled units\n\
             {:23}{:.1} % of new rows as close as the closest 1 % of real ones; copies: {:.1} % of new, {:.1} % of real rows\n",
            short(nearest.new),
            short(nearest.real),
            "",
            100.0 * nearest.closer_than_real,
            100.0 * nearest.new_copies,
            100.0 * nearest.real_copies,
        );
    }
    if let Some(classes) = &found.classes {
        text += &format!(
            "class confidence       {} for new rows, {} for real ones; {} of the shares would have to move\n\n",
            short(classes.new_confidence),
            short(classes.real_confidence),
            short(classes.difference),
        );
        text += &format!("{:<20}  {:>8}  {:>8}\n", "taken for", "new", "real");
        let shares = classes.new.iter().zip(&classes.real);
        for (class, (new, real)) in classes.classes.iter().zip(shares) {
            text += &format!(
                "{:<20}  {:>6.1} %  {:>6.1} %\n",
                visible(class),
                100.0 * new,
                100.0 * real
            );
        }
    }
    text
}
