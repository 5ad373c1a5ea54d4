//! Every command and flag, declared; what they do is in `commands`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use narrows::Simple;
use narrows::look::Kind;

use crate::checkpoint_every::CheckpointEvery;

mod class_weights;
mod classify;
mod values;

pub use classify::{
    ClassifyArgs, ClassifyCommand, ClassifyEvaluateArgs, ClassifyPredictArgs, ClassifyTrainArgs,
    CompareArgs, SettingsArgs,
};

/// What DATA can be, for every command that takes it.
const DATA: &str = "Rows: mnist:train, mnist:test or another built-in set (plane, basic, rectangles), some rows of one (mnist:train@1-50000), or a file or folder: CSV, Excel, JSON lines, Parquet, Arrow, .npy, .npz, IDX, PNG, JPEG or BMP images, or some rows of one (my.csv@1-300); - for standard input";
/// What DATA of `decode` can be.
const CODES: &str =
    "Codes as `narrows encode` writes them: CSV, .npy or Parquet; - for standard input";
/// What MODEL can be, for every command that takes it.
const MODEL: &str = "A .safetensors file, or the run folder that `train` left";
/// What FILE can be, for every command that writes rows.
const TO: &str = "The file to write; its ending says the format: .csv, .csv.gz, .npy, .parquet, or .png for image rows; - for CSV on standard output";

/// Train autoencoders, keep them, use them
#[derive(Debug, Parser)]
#[command(
    name = "narrows",
    version,
    arg_required_else_help = true,
    max_term_width = 100
)]
#[command(
    after_help = "Start with `narrows train`: it trains on the built-in MNIST digits and says what to do next."
)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
    /// Say nothing but results and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Print one JSON object to standard output, and nothing else there
    #[arg(long, global = true)]
    pub json: bool,
    /// Threads to use [default: all cores]
    #[arg(long, global = true, value_name = "N", allow_negative_numbers = true, value_parser = values::count_in::<1, 1024>)]
    pub threads: Option<u32>,
    /// How much memory to use at most, such as 512MB or 2GB: rows are
    /// encoded and scored in parts that fit, and a training that would take
    /// more is refused [default: no limit]
    #[arg(long, global = true, value_name = "SIZE", value_parser = crate::memory::parse)]
    pub memory: Option<usize>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print a commented config to start from
    Init(InitArgs),
    /// Train an autoencoder and leave a run folder
    Train(TrainArgs),
    /// Write the codes of rows
    Encode(EncodeArgs),
    /// Write the rows of codes
    #[command(mut_arg("data", |data| data.help(CODES)))]
    Decode(ApplyArgs),
    /// Write rows as they come back through the model
    Reconstruct(ApplyArgs),
    /// Write how unusual each row is, its p among the held-out rows of training, whether
    /// it is marked, and the columns that make it so
    Score(ScoreArgs),
    /// Say whether rows are still like those of training: their scores, and each
    /// column's values and missing cells
    Drift(DriftArgs),
    /// Write rows with their missing cells filled in, by what the others of the
    /// row say
    Impute(ImputeArgs),
    /// Measure a model on rows, beside PCA with the same code size
    Evaluate(EvaluateArgs),
    /// Write new rows, from codes drawn from the model's prior
    Generate(GenerateArgs),
    /// Measure how like real rows new ones are: their density, their distance
    /// from training rows, what a classifier takes them for
    Judge(JudgeArgs),
    /// Write the rows on the way from one row to another, through the code
    Interpolate(InterpolateArgs),
    /// Train a classifier on a model's encoder, use it, compare it
    Classify(ClassifyArgs),
    /// Say what is in a model or in data
    Inspect(InspectArgs),
    /// Draw one look into a model, as a picture or as JSON
    Look(LookArgs),
    /// Write a report to look at in a browser
    Report(ReportArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
}

/// `narrows init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Which of the configs that the program carries
    #[arg(default_value = "stacked")]
    pub name: String,
    /// The file to write instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Overwrite the file if there is one
    #[arg(long)]
    pub force: bool,
}

/// `narrows train`
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// A config file; the name of one that the program carries, such as table
    /// for tables of your own; or a run folder: its config, trained anew, or
    /// with --resume gone on with [default: stacked]
    pub config: Option<String>,
    // Only there to be refused, with the hint that rows are named by --data.
    #[arg(hide = true)]
    pub extra: Option<String>,
    /// Go on with a stopped run from its last checkpoint: CONFIG's, or the
    /// latest
    #[arg(long, conflicts_with_all = ["name", "force"])]
    pub resume: bool,
    /// Make the model and the report of a stopped run's last checkpoint, without
    /// training on
    #[arg(long, conflicts_with_all = ["name", "force"])]
    pub finish: bool,
    /// Train N networks, each on all rows but another Nth: every row is held out of
    /// one, and the run's training_scores.csv says which are unusual. For tables of few
    /// rows
    #[arg(long, value_name = "N", value_parser = values::count_in::<2, 100>, conflicts_with_all = ["resume", "finish"])]
    pub cross_fit: Option<u32>,
    /// Start from the weights of the run's model, and keep how it scales columns,
    /// rather than from first weights
    #[arg(long, conflicts_with_all = ["resume", "finish"])]
    pub warm: bool,
    #[arg(long, value_name = "DATA", help = DATA)]
    pub data: Option<String>,
    /// Change a setting of the config, for instance train.epochs=3 or
    /// data.ignore=[name,notes]; KEY= alone puts one back to its default
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub changes: Vec<String>,
    /// The folder that run folders are made in
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub out: PathBuf,
    /// The run folder's name [default: the config's, with a number if taken]
    #[arg(long)]
    pub name: Option<String>,
    /// The seed of every random draw
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = values::seed)]
    pub seed: Option<u64>,
    /// Where to compute: cpu, or gpu in a build with that feature
    #[arg(long, default_value = "cpu")]
    pub device: String,
    /// Replace the run of that name if there is one, once the new one is whole
    #[arg(long)]
    pub force: bool,
    /// Save within an epoch too, after so many steps (200) or so long (30s, 5m,
    /// 1h)
    #[arg(long, value_name = "STEPS|TIME", default_value = "5m")]
    pub checkpoint_every: CheckpointEvery,
}

/// `narrows encode`, `decode` and `reconstruct`
#[derive(Debug, Args)]
pub struct ApplyArgs {
    #[arg(help = MODEL)]
    pub model: PathBuf,
    #[arg(help = DATA)]
    pub data: String,
    #[command(flatten)]
    pub to: ToArgs,
}

/// `narrows encode`
#[derive(Debug, Args)]
pub struct EncodeArgs {
    #[command(flatten)]
    pub apply: ApplyArgs,
    /// Variational models: draw each code by this seed instead of taking its
    /// mean
    #[arg(long, value_name = "SEED", allow_negative_numbers = true, value_parser = values::seed)]
    pub draw: Option<u64>,
}

/// `narrows generate`
#[derive(Debug, Args)]
pub struct GenerateArgs {
    #[arg(help = MODEL)]
    pub model: PathBuf,
    /// How many rows
    #[arg(long, short = 'n', value_name = "N", default_value_t = 100, allow_negative_numbers = true, value_parser = values::count_in::<1, 100_000_000>)]
    pub rows: u32,
    /// The seed of the draws
    #[arg(long, value_name = "N", default_value_t = 42, allow_negative_numbers = true, value_parser = values::seed)]
    pub seed: u64,
    /// Draw each row around what the decoder gives, so that rows vary as those of
    /// training do (the default for tables)
    #[arg(long, conflicts_with = "means")]
    pub draw: bool,
    /// Write what the decoder gives: means, which vary less than rows do (the
    /// default for images)
    #[arg(long)]
    pub means: bool,
    #[command(flatten)]
    pub to: ToArgs,
}

/// `narrows interpolate`
#[derive(Debug, Args)]
pub struct InterpolateArgs {
    #[arg(help = MODEL)]
    pub model: PathBuf,
    #[arg(help = DATA)]
    pub data: String,
    /// The row to start from, counted from 1
    #[arg(long, value_name = "ROW", allow_negative_numbers = true, value_parser = values::row)]
    pub from: NonZeroUsize,
    /// The row to end at, counted from 1
    #[arg(long, value_name = "ROW", allow_negative_numbers = true, value_parser = values::row)]
    pub to: NonZeroUsize,
    /// How many rows to write, both ends included
    #[arg(long, value_name = "N", default_value_t = 9, allow_negative_numbers = true, value_parser = values::count_in::<2, 1_000_000>)]
    pub steps: u32,
    #[command(flatten)]
    pub target: ToArgs,
}

/// Where rows go.
#[derive(Debug, Args)]
pub struct ToArgs {
    #[arg(long, short, value_name = "FILE", help = TO)]
    pub output: String,
    /// Overwrite the file if there is one
    #[arg(long)]
    pub force: bool,
    /// CSV: put ' before texts that a spreadsheet would take for formulas
    #[arg(long)]
    pub safe_csv: bool,
}

/// `narrows score`
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "p is the share of held-out rows as unusual as this one or more so, itself included: of usual rows, one of a hundred has a p of .01 or less. Rows are marked by one of --false-alarms (the default), --fdr, --expect and --threshold.\n\nExit status: 0, or with --fail-on-anomaly 3 if a row is marked."
)]
pub struct ScoreArgs {
    #[arg(help = MODEL)]
    pub model: PathBuf,
    #[arg(help = DATA, required = true)]
    pub data: Vec<String>,
    /// The file for the scores, a line for each row: .csv, .tsv, .parquet or .npy,
    /// .csv.gz and .tsv.gz too, or - for standard output; may be left out beside
    /// --top and --truth. Of several files, a folder, in which each has its own,
    /// NAME.scores.csv
    #[arg(long, short, value_name = "FILE", required_unless_present_any = ["top", "truth"])]
    pub output: Option<String>,
    /// Overwrite the file if there is one
    #[arg(long, requires = "output")]
    pub force: bool,
    /// Add the scores to the file if there is one, of the same columns
    #[arg(long, requires = "output", conflicts_with_all = ["force", "replace"])]
    pub append: bool,
    /// Overwrite the file if it has scores of the same columns, as tomorrow's job does
    #[arg(long, requires = "output", conflicts_with = "force")]
    pub replace: bool,
    /// CSV: put ' before texts that a spreadsheet would take for formulas
    #[arg(long, requires = "output")]
    pub safe_csv: bool,
    /// Mark rows so that of usual rows at most this share is marked, such as 1 % or
    /// 0.01 [default: the model's score.false_alarms, which is 1% if it is not set]
    #[arg(long, value_name = "SHARE", group = "marks", allow_negative_numbers = true, value_parser = values::share)]
    pub false_alarms: Option<f64>,
    /// Mark rows so that of the marked ones at most this share is usual, on
    /// average, over the whole file (Benjamini and Hochberg)
    #[arg(long, value_name = "SHARE", group = "marks", allow_negative_numbers = true, value_parser = values::share)]
    pub fdr: Option<f64>,
    /// Mark this share of the file's rows, the most unusual ones, whatever they
    /// are
    #[arg(long, value_name = "SHARE", group = "marks", allow_negative_numbers = true, value_parser = values::share)]
    pub expect: Option<f64>,
    /// Mark rows at or above this percentile of the held-out rows (0 to 100)
    #[arg(long, value_name = "P", group = "marks", allow_negative_numbers = true, value_parser = values::number::<f32>)]
    pub threshold: Option<f32>,
    /// Copy columns of the data beside the scores: their names, parted by commas,
    /// or all
    #[arg(long, value_name = "COLUMNS", requires = "output")]
    pub keep: Option<String>,
    /// Print the N most unusual rows, each with the columns that make it so
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = values::count_in::<1, 10_000>)]
    pub top: Option<u32>,
    /// Compare with what is known: a column with two texts or values, one of them
    /// for unusual rows
    #[arg(long, value_name = "COLUMN")]
    pub truth: Option<String>,
    /// End with exit status 3 if a row is marked
    #[arg(long)]
    pub fail_on_anomaly: bool,
    /// Score without the network, by principal components (whitened) or the distance
    /// from the fifth nearest training row; columns are then not named. For models of
    /// train anomalies
    #[arg(long, value_name = "WAY")]
    pub by: Option<By>,
    /// What to do about a row that cannot be used, for a cell that is no number or
    /// cells that are too few: stop, or mark it, say why in a column 'problem', and go
    /// on
    #[arg(long, value_name = "WHAT", default_value = "stop")]
    pub on_error: OnError,
    /// The columns of the output: those of now, or those of version 0.1, which
    /// a later version will no longer write
    #[arg(long, value_name = "WHICH", default_value = "new")]
    pub columns: ScoreColumns,
}

impl ScoreArgs {
    /// Returns the rows to score, the first if there are several files.
    pub fn data(&self) -> &str {
        &self.data[0]
    }
}

/// A way to score without the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum By {
    /// Principal components.
    Pca,
    /// Nearest neighbours.
    Neighbours,
}

impl By {
    /// Returns the library's name of it.
    pub fn way(self) -> Simple {
        match self {
            By::Pca => Simple::Pca,
            By::Neighbours => Simple::Neighbours,
        }
    }
}

/// What is done about rows that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum OnError {
    /// They end the command.
    Stop,
    /// They are marked.
    Mark,
}

/// Which columns scores have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ScoreColumns {
    /// row, score, p, marked, column_1, share_1, found_1, expected_1, …
    New,
    /// error, percentile, anomaly, feature_1, share_1, …
    Old,
}

/// `narrows drift`
#[derive(Debug, Args)]
#[command(
    after_help = "Numbers and scores are compared by Kolmogorov and Smirnov, texts and missing cells by chi-square, with up to 1,000 training rows. Exit status: 0 if nothing has changed, 4 if something has."
)]
pub struct DriftArgs {
    #[arg(help = MODEL)]
    pub model: PathBuf,
    #[arg(help = DATA)]
    pub data: String,
    /// Of the changes that are told, at most this share is chance, on average
    #[arg(long, value_name = "SHARE", default_value = "1%", allow_negative_numbers = true, value_parser = values::share)]
    pub fdr: f64,
    /// Tell of changes that are at least so far apart, 0 to 1: of very many rows,
    /// any difference is found
    #[arg(long, value_name = "DISTANCE", default_value = "5%", allow_negative_numbers = true, value_parser = values::share)]
    pub least: f64,
    /// Also write a page that draws all comparisons: .html
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Overwrite the file if there is one
    #[arg(long, requires = "output")]
    pub force: bool,
}

/// `narrows impute`
#[derive(Debug, Args)]
#[command(
    after_help = "In text such as CSV, known cells stay as they are in the file, with all of its columns; .parquet holds the model's columns, .npy and .npz their numbers. Missing numbers become what the model expects, missing texts the likeliest one. The model should be trained with denoising.noise = \"hiding\", or be variational.\n\nCells are taken to be missing at random, given those that are known. What is missing because of its own value, as high incomes often are, is filled in as if it were not: nothing in the rows can tell."
)]
pub struct ImputeArgs {
    #[command(flatten)]
    pub apply: ApplyArgs,
    /// Write each row N times, with draws of what its missing cells may be, and
    /// the draw's number in a column `draw`: for multiple imputation
    #[arg(long, value_name = "N", conflicts_with = "sure", allow_negative_numbers = true, value_parser = values::count_in::<1, 1_000>)]
    pub draws: Option<u32>,
    /// The seed of the draws
    #[arg(long, value_name = "N", default_value_t = 42, allow_negative_numbers = true, value_parser = values::seed)]
    pub seed: u64,
    /// Add bounds that a filled number lies between with this probability, such
    /// as 0.9, and the probability of a filled text: columns NAME_lower,
    /// NAME_upper and NAME_probability, empty for known cells
    #[arg(long, value_name = "P", allow_negative_numbers = true, value_parser = values::number::<f64>)]
    pub sure: Option<f64>,
}

/// `narrows evaluate`
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    #[arg(help = MODEL)]
    pub model: PathBuf,
    #[arg(help = DATA)]
    pub data: String,
    /// Variational models: also the importance-weighted bound of the rows'
    /// log-likelihood with so many draws a row; published figures take 5000
    #[arg(long, value_name = "K", allow_negative_numbers = true, value_parser = values::count_in::<1, 1_000_000>)]
    pub importance_samples: Option<u32>,
    /// Also the norm of the Jacobian of the encoder's outputs by its inputs,
    /// the mean over rows
    #[arg(long)]
    pub jacobian: bool,
}

/// `narrows judge`
#[derive(Debug, Args)]
pub struct JudgeArgs {
    /// Rows that `narrows generate` wrote, or any others to judge by the same
    /// measures
    pub new: String,
    /// Real rows that no training has seen
    pub real: String,
    /// Other real rows, to choose the width of the Parzen window on [default:
    /// every tenth of REAL, which is then not measured on]
    #[arg(long, value_name = "DATA")]
    pub choose: Option<String>,
    /// The rows that the model was trained on: how far is each new row from
    /// the nearest?
    #[arg(long, value_name = "DATA")]
    pub training: Option<String>,
    /// The model whose rows they are, or any of the same columns: rows are read
    /// and scaled as in its training [default: as the classifier's, or else all
    /// columns are numbers]
    #[arg(long, value_name = "MODEL")]
    pub model: Option<PathBuf>,
    /// A file of `narrows classify train`: which classes does it take the rows
    /// for?
    #[arg(long, value_name = "FILE")]
    pub classifier: Option<PathBuf>,
}

/// `narrows inspect`
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// A model, a run folder, a classifier, or data
    pub what: String,
    /// Read data by a setting, for instance data.decimal=comma or
    /// data.label=species
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub changes: Vec<String>,
}

/// What rows a look or a report is of, where none are named.
const SHOWN: &str =
    "Rows to show [default: mnist:test for a model of MNIST, else the rows it was trained on]";

/// `narrows look`
#[derive(Debug, Args)]
pub struct LookArgs {
    /// What to look at
    #[arg(value_parser = looks())]
    pub what: Kind,
    #[arg(help = MODEL)]
    pub model: PathBuf,
    #[arg(help = SHOWN)]
    pub data: Option<String>,
    /// The file to write: .png, .svg or .json; - for JSON on standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: String,
    /// Overwrite the file if there is one
    #[arg(long)]
    pub force: bool,
    /// units, maximised: the layer, encoder.0, ..., code, decoder.0, ...
    /// [default: all]
    #[arg(long)]
    pub layer: Option<String>,
    /// units, maximised: which units, counted from 1, for instance 3,17
    /// [default: the eight that vary most]
    #[arg(long, value_name = "N,...", value_delimiter = ',', allow_negative_numbers = true, value_parser = values::count)]
    pub units: Vec<usize>,
    /// maximised: start at this row instead of at random numbers
    #[arg(long, value_name = "ROW", allow_negative_numbers = true, value_parser = values::row)]
    pub from: Option<NonZeroUsize>,
    /// maximised: the seed of the random start [default: 1]
    #[arg(long, value_name = "N", conflicts_with = "from", allow_negative_numbers = true, value_parser = values::seed)]
    pub seed: Option<u64>,
    /// maximised: steps uphill [default: 100]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = values::count_in::<1, 100_000>)]
    pub steps: Option<u32>,
    /// maximised: the norm that inputs are held at, in scaled units [default:
    /// the rows' mean norm]
    #[arg(long, allow_negative_numbers = true, value_parser = values::number::<f32>)]
    pub norm: Option<f32>,
    /// maximised, images: how much neighbouring pixels are drawn together
    /// [default: 0]
    #[arg(long, allow_negative_numbers = true, value_parser = values::number::<f32>)]
    pub smoothness: Option<f32>,
}

/// The looks that the library has, by name.
fn looks() -> impl TypedValueParser<Value = Kind> {
    let value = |what: Kind| PossibleValue::new(what.name()).help(what.shows());
    PossibleValuesParser::new(Kind::ALL.map(value)).map(|name| {
        let mut all = Kind::ALL.into_iter();
        let found = all.find(|what| what.name() == name);
        found.expect("one of the names, as just checked")
    })
}

/// `narrows report`
#[derive(Debug, Args)]
pub struct ReportArgs {
    #[arg(help = MODEL)]
    pub model: PathBuf,
    #[arg(help = SHOWN)]
    pub data: Option<String>,
    /// The file to write, .html; - for standard output
    #[arg(long, short, value_name = "FILE", default_value = "report.html")]
    pub output: PathBuf,
    /// Overwrite the file if there is one
    #[arg(long)]
    pub force: bool,
}

/// `narrows completions`
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}
