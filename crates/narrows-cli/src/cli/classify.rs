//! `narrows classify` and its commands, declared.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use narrows::ClassWeights;
use narrows::config::{OptimizerName, Schedule};

use super::{DATA, MODEL, ToArgs, class_weights, values};
use crate::checkpoint_every::CheckpointEvery;

/// What CLASSIFIER can be.
const CLASSIFIER: &str = "The file that `classify train` wrote";

/// `narrows classify`
#[derive(Debug, Args)]
pub struct ClassifyArgs {
    /// What to do
    #[command(subcommand)]
    pub command: ClassifyCommand,
}

/// The commands of `narrows classify`.
#[derive(Debug, Subcommand)]
pub enum ClassifyCommand {
    /// Put a softmax layer on a model's encoder and train both on labelled
    /// rows
    Train(ClassifyTrainArgs),
    /// Write the class of each row, and the probability of every class
    Predict(ClassifyPredictArgs),
    /// Measure a classifier on labelled rows: accuracy, and which classes are
    /// taken for which
    Evaluate(ClassifyEvaluateArgs),
    /// Train classifiers with and without pretraining over several seeds, and
    /// compare them on other rows
    Compare(CompareArgs),
}

/// `narrows classify train`
#[derive(Debug, Args)]
pub struct ClassifyTrainArgs {
    #[arg(help = MODEL)]
    pub model: PathBuf,
    #[arg(help = DATA)]
    pub data: String,
    /// The file to write
    #[arg(
        long,
        short,
        value_name = "FILE",
        default_value = "classifier.safetensors"
    )]
    pub output: PathBuf,
    /// The learning rate [default: 0.001]
    #[arg(long, value_name = "R", allow_negative_numbers = true, value_parser = values::number::<f64>)]
    pub rate: Option<f64>,
    /// Epochs for which the encoder stays as it is and only the layer above
    /// it is trained [default: 0]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = values::count)]
    pub frozen: Option<usize>,
    /// Draw the encoder's weights anew instead of taking the model's
    #[arg(long)]
    pub from_scratch: bool,
    /// Stop after this many epochs without a lower held-out cross-entropy, and
    /// keep the best weights [default: never]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = values::count)]
    pub early_stopping: Option<usize>,
    /// By how much the loss of each class's rows is multiplied: `balanced`, so that
    /// every class has the same share of it, or CLASS=WEIGHT,… with 1 for the
    /// others [default: every row counts the same]
    #[arg(long, value_name = "WEIGHTS", value_parser = class_weights::parse)]
    pub class_weights: Option<ClassWeights>,
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Go on with a training that was stopped or killed, from FILE.ckpt
    #[arg(long)]
    pub resume: bool,
    /// Make the classifier of what a stopped training has so far
    #[arg(long, conflicts_with = "resume")]
    pub finish: bool,
    /// Where to train: cpu, or gpu in a build with that feature
    #[arg(long, value_name = "NAME", default_value = "cpu")]
    pub device: String,
    /// How often to save FILE.ckpt within an epoch: steps, or a time such as
    /// 30s, 5m or 1h
    #[arg(long, value_name = "STEPS|TIME", default_value = "5m")]
    pub checkpoint_every: CheckpointEvery,
    /// Overwrite the file if there is one
    #[arg(long)]
    pub force: bool,
}

/// What `classify train` and `classify compare` have in common.
#[derive(Debug, Args)]
pub struct SettingsArgs {
    /// The column of classes [default: the label the model was trained beside,
    /// or the data's own]; rows without one are left out
    #[arg(long, value_name = "COLUMN")]
    pub label: Option<String>,
    /// Labelled rows to train on, as many of each class as there are to be had
    /// [default: all that are not held out]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = values::count)]
    pub labelled: Option<usize>,
    /// Labelled rows to keep out of training and measure on [default: 5000, a
    /// tenth of the labelled rows, or --labelled, whichever is least]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = values::count)]
    pub held_out: Option<usize>,
    /// Passes over the rows [default: 50]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = values::count)]
    pub epochs: Option<usize>,
    /// Rows a step; 0 for all at once [default: 50]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = values::count)]
    pub batch: Option<usize>,
    /// How the learning rate changes over time [default: constant]
    #[arg(long, value_name = "NAME", value_parser = schedule())]
    pub schedule: Option<Schedule>,
    /// How the weights move [default: adam]
    #[arg(long, value_name = "NAME", value_parser = optimizer())]
    pub optimizer: Option<OptimizerName>,
    /// sgd and rmsprop: share of the last move that is kept [default: 0]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, value_parser = values::number::<f64>)]
    pub momentum: Option<f64>,
    /// Epochs over which the learning rate first climbs from 0 [default: 0]
    #[arg(long, value_name = "EPOCHS", allow_negative_numbers = true, value_parser = values::number::<f64>)]
    pub warm_up: Option<f64>,
    /// Bound on the norm of all gradients together [default: none]
    #[arg(long, value_name = "NORM", allow_negative_numbers = true, value_parser = values::number::<f64>)]
    pub clip: Option<f64>,
    /// λ of the penalty λ/2 Σw² over the matrices [default: 0]
    #[arg(long, value_name = "λ", allow_negative_numbers = true, value_parser = values::number::<f32>)]
    pub l2: Option<f32>,
    /// Bound on the norm of the weights into each unit [default: none]
    #[arg(long, value_name = "NORM", allow_negative_numbers = true, value_parser = values::number::<f32>)]
    pub max_norm: Option<f32>,
    /// Share of each hidden layer's outputs, the code's among them, to set to
    /// 0 in training [default: 0]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, value_parser = values::number::<f32>)]
    pub dropout: Option<f32>,
    /// Share of each row's features to set to 0 in training [default: 0]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, value_parser = values::number::<f32>)]
    pub input_dropout: Option<f32>,
    /// The seed of every random draw [default: 42]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = values::seed)]
    pub seed: Option<u64>,
}

/// `narrows classify predict`
#[derive(Debug, Args)]
pub struct ClassifyPredictArgs {
    #[arg(help = CLASSIFIER)]
    pub classifier: PathBuf,
    #[arg(help = DATA)]
    pub data: String,
    #[command(flatten)]
    pub to: ToArgs,
}

/// `narrows classify evaluate`
#[derive(Debug, Args)]
pub struct ClassifyEvaluateArgs {
    #[arg(help = CLASSIFIER)]
    pub classifier: PathBuf,
    #[arg(help = DATA)]
    pub data: String,
    /// The column of classes [default: that of training]; rows without one
    /// are left out
    #[arg(long, value_name = "COLUMN")]
    pub label: Option<String>,
}

/// `narrows classify compare`
#[derive(Debug, Args)]
pub struct CompareArgs {
    #[arg(help = MODEL)]
    pub model: PathBuf,
    #[arg(help = DATA)]
    pub data: String,
    /// Labelled rows to compare on, which DATA does not hold
    pub test: String,
    /// How many seeds, counted up from --seed; each draws other labelled rows,
    /// other weights and another order
    #[arg(long, value_name = "N", default_value_t = 5, allow_negative_numbers = true, value_parser = values::count_in::<1, 1000>)]
    pub seeds: u32,
    /// Learning rates; of several, each way of training has the one with the
    /// best mean accuracy on the held-out rows
    #[arg(
        long,
        value_name = "R,…",
        value_delimiter = ',',
        default_value = "0.001",
        allow_negative_numbers = true,
        value_parser = values::number::<f64>
    )]
    pub rate: Vec<f64>,
    #[command(flatten)]
    pub settings: SettingsArgs,
}

fn schedule() -> impl TypedValueParser<Value = Schedule> {
    let names = ["constant", "step", "exponential", "cosine"];
    PossibleValuesParser::new(names).map(|name| match name.as_str() {
        "step" => Schedule::Step,
        "exponential" => Schedule::Exponential,
        "cosine" => Schedule::Cosine,
        _ => Schedule::Constant,
    })
}

fn optimizer() -> impl TypedValueParser<Value = OptimizerName> {
    let names = ["adam", "adamw", "nadam", "rmsprop", "sgd"];
    PossibleValuesParser::new(names).map(|name| match name.as_str() {
        "adamw" => OptimizerName::Adamw,
        "nadam" => OptimizerName::Nadam,
        "rmsprop" => OptimizerName::Rmsprop,
        "sgd" => OptimizerName::Sgd,
        _ => OptimizerName::Adam,
    })
}
