//! `narrows classify compare`: whether pretraining helps.

use std::process::ExitCode;
use std::time::Instant;

use narrows::program::visible;
use narrows::{
    Classification, Classifier, ClassifierConfig, ClassifierTraining, Control, Error, Model,
    Result, Table,
};
use serde_json::{Value, json};

use super::{labelled_rows, settings};
use crate::cli::CompareArgs;
use crate::inputs;
use crate::interrupt;
use crate::output::{Output, grouped, percent, plural, rows};
use crate::output_path;
use crate::progress::duration;

/// A way to train: its key, its name, and how it changes the settings.
type Way = (&'static str, &'static str, fn(&mut ClassifierConfig));

const WAYS: [Way; 3] = [
    ("fine_tuned", "pretrained, fine-tuned", |_| {}),
    ("frozen", "pretrained, frozen", |c| {
        c.frozen = c.epochs;
        c.input_dropout = 0.0;
    }),
    ("from_scratch", "from scratch", |c| c.from_scratch = true),
];

/// One way's classifiers at one rate, one per seed.
struct Trial {
    rate: f64,
    classifiers: Vec<Classifier>,
}

/// Mean and standard deviation over seeds.
struct Spread {
    each: Vec<f64>,
    mean: f64,
    /// `None` for a single seed.
    deviation: Option<f64>,
}

/// Runs the command; 130 if Ctrl-C stopped it.
pub fn run(args: &CompareArgs, output: &Output) -> Result<ExitCode> {
    let config = settings(&args.settings);
    check(args, &config)?;
    let model = inputs::model(&args.model)?;
    let table = labelled_rows(&model, &args.data, &args.settings.label, output)?;
    let test = labelled_rows(&model, &args.test, &args.settings.label, output)?;
    let first = ClassifierTraining::new(&config, &model, &table)?;
    let (split, classes) = (first.split(), first.classes().len());
    first.check_labels(&test)?;
    drop(first);

    interrupt::listen();
    let seeds: Vec<u64> = (0..u64::from(args.seeds))
        .map(|n| config.seed + n)
        .collect();
    let mut lines = Vec::new();
    let mut found = Vec::new();
    let mut base_rate = None;
    for (key, name, change) in WAYS {
        let mut config = config.clone();
        change(&mut config);
        let mut trials = Vec::new();
        for &rate in &args.rate {
            config.optimizer.rate = rate;
            let Some(classifiers) = train(&config, &seeds, name, &model, &table, output)? else {
                return stopped(output);
            };
            trials.push(Trial { rate, classifiers });
        }
        let best = best(&trials);
        let each = best.classifiers.iter();
        let each: Result<Vec<_>> = each.map(|classifier| classifier.evaluate(&test)).collect();
        let each = each?;
        let spread = |of: fn(&Classification) -> f64| Spread::of(each.iter().map(of).collect());
        let accuracy = spread(|found| found.accuracy);
        base_rate = each.first().map(|found| found.base_rate);
        lines.push(line(name, best, &accuracy));
        let mut way = as_json(key, best, &trials, &accuracy);
        way["balanced_accuracy"] = spread(|found| found.balanced_accuracy).json();
        found.push(way);
    }
    let text = format!(
        "{}: {} of {classes} classes to train on, {} held out; accuracy over {}, mean ± standard deviation\n\n{:<24}{:>10}{:>20}{:>20}\n{}",
        visible(&args.data),
        rows(split.0),
        grouped(split.1),
        plural(seeds.len(), "seed"),
        "",
        "rate",
        "held-out",
        visible(&args.test),
        lines.concat(),
    );
    output.result(
        &json!({
            "data": args.data,
            "test": args.test,
            "classes": classes,
            "train_rows": split.0,
            "held_out_rows": split.1,
            "test_rows": test.rows(),
            "base_rate": base_rate,
            "seeds": seeds,
            "ways": found,
        }),
        text,
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Refuses settings and rows that cannot be compared.
fn check(args: &CompareArgs, config: &ClassifierConfig) -> Result<()> {
    for &rate in &args.rate {
        let mut config = config.clone();
        config.optimizer.rate = rate;
        config.check()?;
    }
    if args.rate.len() > 1 && args.settings.held_out == Some(0) {
        return Err(Error::usage(
            "several rates with --held-out 0",
            "held-out rows to choose a rate by",
            "give one rate, or leave --held-out out",
        ));
    }
    if output_path::is_same_file(&args.data, &args.test) {
        return Err(Error::usage(
            format!("'{}' as DATA and as TEST", args.test),
            "other rows to compare on than those to train on",
            "keep some rows out of DATA, in a file of their own",
        ));
    }
    Ok(())
}

/// Trains a classifier for each seed. Returns `None` if Ctrl-C stopped it.
fn train(
    config: &ClassifierConfig,
    seeds: &[u64],
    name: &str,
    model: &Model,
    table: &Table,
    output: &Output,
) -> Result<Option<Vec<Classifier>>> {
    let mut classifiers = Vec::new();
    for &seed in seeds {
        let started = Instant::now();
        let mut config = config.clone();
        config.seed = seed;
        let mut training = ClassifierTraining::new(&config, model, table)?;
        let mut watch = |_: &narrows::Step| {
            if interrupt::requested() {
                Control::Stop
            } else {
                Control::Continue
            }
        };
        while training.run_epoch(&mut watch)?.is_some() {}
        if training.was_interrupted() {
            return Ok(None);
        }
        let classifier = training.finish();
        let held_out = match held_out(&classifier) {
            Some(accuracy) => format!("held-out accuracy {}, ", percent(accuracy)),
            None => String::new(),
        };
        let seconds = duration(started.elapsed().as_secs_f64());
        output.say(format_args!(
            "{name}, rate {}, seed {seed}: {held_out}{seconds}",
            config.optimizer.rate
        ));
        classifiers.push(classifier);
    }
    Ok(Some(classifiers))
}

fn stopped(output: &Output) -> Result<ExitCode> {
    let line = "stopped before there was anything to compare";
    output.done(&json!({"interrupted": true}), line)?;
    Ok(interrupt::exit_code())
}

/// Returns the accuracy on the held-out rows after the last epoch.
fn held_out(classifier: &Classifier) -> Option<f64> {
    classifier.held_out().map(|held_out| held_out.accuracy)
}

impl Trial {
    fn held_out(&self) -> Option<Spread> {
        let each: Option<Vec<f64>> = self.classifiers.iter().map(held_out).collect();
        each.map(Spread::of)
    }
}

/// Returns the trial with the best mean accuracy on held-out rows, without
/// regard to the test rows.
fn best(trials: &[Trial]) -> &Trial {
    let mean = |trial: &Trial| trial.held_out().map_or(0.0, |spread| spread.mean);
    trials
        .iter()
        .reduce(|best, other| {
            if mean(other) > mean(best) {
                other
            } else {
                best
            }
        })
        .expect("there is a rate")
}

impl Spread {
    fn of(each: Vec<f64>) -> Self {
        let count = each.len() as f64;
        let mean = each.iter().sum::<f64>() / count;
        let squares: f64 = each.iter().map(|v| (v - mean).powi(2)).sum();
        Spread {
            deviation: (each.len() > 1).then(|| (squares / (count - 1.0)).sqrt()),
            each,
            mean,
        }
    }

    fn text(&self) -> String {
        match self.deviation {
            Some(deviation) => format!("{} ± {:.2}", percent(self.mean), 100.0 * deviation),
            None => percent(self.mean),
        }
    }

    fn json(&self) -> Value {
        json!({"mean": self.mean, "deviation": self.deviation, "each": self.each})
    }
}

fn line(name: &str, best: &Trial, accuracy: &Spread) -> String {
    let held_out = best.held_out().map_or("-".into(), |spread| spread.text());
    format!(
        "{name:<24}{:>10}{held_out:>20}{:>20}\n",
        best.rate.to_string(),
        accuracy.text()
    )
}

fn as_json(key: &str, best: &Trial, trials: &[Trial], accuracy: &Spread) -> Value {
    let held_out = |trial: &Trial| trial.held_out().map(|spread| spread.json());
    let rates: Vec<Value> = trials
        .iter()
        .map(|trial| json!({"rate": trial.rate, "held_out": held_out(trial)}))
        .collect();
    json!({
        "way": key,
        "rate": best.rate,
        "held_out": held_out(best),
        "accuracy": accuracy.json(),
        "rates": rates,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_deviation_by_hand() {
        let spread = Spread::of(vec![0.9, 0.92, 0.94]);
        assert_eq!(spread.text(), "92.00 % ± 2.00");
        assert_eq!(Spread::of(vec![0.5]).text(), "50.00 %");
    }
}
