//! Holds what the program carries: data sets, and a config for each kind.

use std::ops::Range;

use narrows::variant::KINDS;
use narrows::{Error, Result, Table, Tags, examples, read};

/// A carried config: its name and its commented text.
pub type Named = (&'static str, &'static str);

macro_rules! config {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../../../configs/", $name, ".toml")),
        )
    };
}

/// The carried configs for network shapes, listed before those of kinds; the
/// first is the default.
const SHAPES: &[Named] = &[
    config!("stacked"),
    config!("tied"),
    config!("linear"),
    config!("table"),
    config!("imputing"),
    config!("anomalies"),
    config!("hinton"),
    config!("chapter"),
    config!("plane"),
];

/// The carried configs for ways of training, listed after those of kinds.
const WAYS: &[Named] = &[
    config!("layerwise"),
    config!("phases"),
    config!("convolutional"),
    config!("pretraining"),
];

/// The config that `train` uses if none is named.
pub const DEFAULT: &str = SHAPES[0].0;

/// Returns every carried config, the default first.
pub fn configs() -> impl Iterator<Item = Named> {
    let kinds = KINDS.iter().map(|kind| (kind.name, kind.example));
    let shapes = SHAPES.iter().copied();
    shapes.chain(kinds).chain(WAYS.iter().copied())
}

macro_rules! mnist {
    ($name:literal) => {
        include_bytes!(concat!("../../../data/mnist/", $name, "-ubyte.gz"))
    };
}

static TRAIN: (&[u8], &[u8]) = (mnist!("train-images-idx3"), mnist!("train-labels-idx1"));
static TEST: (&[u8], &[u8]) = (mnist!("t10k-images-idx3"), mnist!("t10k-labels-idx1"));

/// Number of rows in each part of the generated set.
const PLANE_ROWS: usize = 100;

/// Number of rows of "basic" and "rectangles" to train and to choose settings
/// on, and to test with, as in Larochelle et al. 2007.
const BASIC_TRAIN: usize = 12_000;
const RECTANGLES: usize = 1_200;
const TEST_ROWS: usize = 50_000;

/// Every built-in data set.
const DATA: [&str; 8] = [
    "mnist:train",
    "mnist:test",
    "plane:train",
    "plane:test",
    "basic:train",
    "basic:test",
    "rectangles:train",
    "rectangles:test",
];

/// Returns a carried config by name.
pub fn config(name: &str) -> Option<&'static str> {
    configs()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| text)
}

/// Returns the names of the carried configs, for messages.
pub fn config_names() -> String {
    configs()
        .map(|(name, _)| name)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Returns the named data set, or some of its rows: `mnist:train@1-50000`;
/// `None` if the name is not built in.
pub fn data(name: &str) -> Option<Result<Table>> {
    let Some((whole, range)) = name.split_once('@') else {
        return whole_set(name);
    };
    let table = match whole_set(whole)? {
        Ok(table) => table,
        Err(error) => return Some(Err(error)),
    };
    let ends = range
        .split_once('-')
        .map(|(from, to)| (from.parse::<usize>(), to.parse::<usize>()));
    Some(match ends {
        Some((Ok(from), Ok(to))) if 1 <= from && from <= to && to <= table.rows() => {
            let rows: Vec<usize> = (from - 1..to).collect();
            Ok(table.select(&rows).with_origin(name))
        }
        _ => Err(Error::usage(
            format!("rows '{range}' of {whole}"),
            format!("the first and the last of them, of 1-{}", table.rows()),
            format!("for example {whole}@1-{}", table.rows().min(1000)),
        )),
    })
}

fn whole_set(name: &str) -> Option<Result<Table>> {
    match name {
        "mnist" | "mnist:train" => Some(mnist("mnist:train", TRAIN)),
        "mnist:test" => Some(mnist("mnist:test", TEST)),
        "plane" | "plane:train" => {
            Some(Ok(examples::plane(PLANE_ROWS, 1).with_origin("plane:train")))
        }
        "plane:test" => Some(Ok(examples::plane(PLANE_ROWS, 2).with_origin("plane:test"))),
        "basic" | "basic:train" => Some(basic("basic:train", 0..BASIC_TRAIN)),
        "basic:test" => Some(basic("basic:test", BASIC_TRAIN..BASIC_TRAIN + TEST_ROWS)),
        "rectangles" | "rectangles:train" => Some(Ok(
            examples::rectangles(RECTANGLES, 1).with_origin("rectangles:train")
        )),
        "rectangles:test" => Some(Ok(
            examples::rectangles(TEST_ROWS, 2).with_origin("rectangles:test")
        )),
        other => test_rows(other).map(|test| {
            Err(Error::usage(
                format!("data '{other}'"),
                format!("{} or {test}", test.replace("test", "train")),
                "a built-in data set is in two parts, to train on and to test with",
            ))
        }),
    }
}

/// Returns the name of the test rows of the named data set; `None` if the name
/// is not built in.
pub fn test_rows(name: &str) -> Option<&'static str> {
    match name.split([':', '@']).next()? {
        "mnist" => Some("mnist:test"),
        "plane" => Some("plane:test"),
        "basic" => Some("basic:test"),
        "rectangles" => Some("rectangles:test"),
        _ => None,
    }
}

/// Returns the carried config with this name or one close to it.
pub fn config_near(name: &str) -> Option<&'static str> {
    let name = name.strip_suffix(".toml").unwrap_or(name);
    near(name, configs().map(|(known, _)| known))
}

/// Returns the built-in data with a name close to this one.
pub fn data_near(name: &str) -> Option<&'static str> {
    near(name, DATA.into_iter())
}

fn near(wrong: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let wrong = wrong.to_lowercase().replace('-', "_");
    known
        .map(|name| (strsim::damerau_levenshtein(&wrong, name), name))
        .filter(|(edits, name)| *edits <= name.len() / 4)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, name)| name)
}

fn mnist(name: &str, (images, labels): (&[u8], &[u8])) -> Result<Table> {
    let labels = read::idx::labels(name, labels)?;
    let labels = Tags::new("digit", labels.iter().map(ToString::to_string));
    read::idx::images(name, images)?.with_labels(labels)
}

/// Selects a part of all digits of MNIST, both training and test digits, in a
/// fixed random order.
fn basic(name: &str, part: Range<usize>) -> Result<Table> {
    let all = mnist(name, TRAIN)?.followed_by(mnist(name, TEST)?)?;
    let order = examples::order(all.rows(), 1);
    // A row's number is its place in this set.
    Ok(all.select(&order[part]).renumbered())
}

#[cfg(test)]
mod tests {
    use super::*;
    use narrows::Values;

    #[test]
    fn some_rows_of_a_built_in_set() {
        let whole = data("mnist:test").unwrap().unwrap();
        let some = data("mnist:test@3-5").unwrap().unwrap();
        assert_eq!(some.rows(), 3);
        assert_eq!(some.origin(), "mnist:test@3-5");
        assert_eq!(some.labels().unwrap().values, ["1", "0", "4"]);
        assert_eq!([0, 1, 2].map(|row| some.number_of(row)), [3, 4, 5]);
        assert_eq!(
            data("mnist:test@1-10000").unwrap().unwrap().values(),
            whole.values()
        );
        for wrong in ["0-5", "5-3", "1-10001", "5", "a-b", ""] {
            let error = data(&format!("mnist:test@{wrong}")).unwrap().unwrap_err();
            assert!(error.to_string().contains("of 1-10000"), "{error}");
        }
        assert!(data("a@b.csv").is_none());
        assert_eq!(test_rows("mnist@1-5"), Some("mnist:test"));
        assert_eq!(test_rows("mnist:train@1-5"), Some("mnist:test"));
    }

    #[test]
    fn basic_is_every_digit_at_most_once() {
        let train = data("basic:train").unwrap().unwrap();
        let test = data("basic:test").unwrap().unwrap();
        assert_eq!((train.rows(), test.rows()), (12_000, 50_000));
        let row = |table: &Table, at: usize| match table.values() {
            Values::Bytes(values) => values[at * 784..(at + 1) * 784].to_vec(),
            _ => unreachable!("pixels"),
        };
        let mut rows: Vec<Vec<u8>> = (0..12_000).map(|at| row(&train, at)).collect();
        rows.extend((0..50_000).map(|at| row(&test, at)));
        rows.sort_unstable();
        rows.dedup();
        // MNIST has no image twice.
        assert_eq!(rows.len(), 62_000);
    }

    #[test]
    fn mnist_has_its_known_rows_and_first_digits() {
        let train = data("mnist").unwrap().unwrap();
        assert_eq!((train.rows(), train.columns().len()), (60_000, 784));
        assert_eq!(
            train.labels().unwrap().values[..5],
            ["5", "0", "4", "1", "9"]
        );
        let test = data("mnist:test").unwrap().unwrap();
        assert_eq!((test.rows(), test.columns().len()), (10_000, 784));
        assert_eq!(
            test.labels().unwrap().values[..5],
            ["7", "2", "1", "0", "4"]
        );
    }

    #[test]
    fn the_files_are_the_original_ones() {
        // BLAKE3 of the gzipped files; data/mnist/README.md has the MD5 sums of
        // their contents.
        for (bytes, expected) in [
            (
                TRAIN.0,
                "8c6a522b67fd10f534ba3d68b09a594bf9b15eeb23124e497c8c0d95668b19b1",
            ),
            (
                TRAIN.1,
                "46da518d674ab55f4926d31100707e2eb4832b5b045373b2b571b4831b337a48",
            ),
            (
                TEST.0,
                "11b6b08346f4535c707d221228cda992ee0f6d56afc2ed9815eef430955ca3d9",
            ),
            (
                TEST.1,
                "46bd064b8ed40826a812b68f70d4c07795d9710ecc04e637e30a23cc581ba353",
            ),
        ] {
            assert_eq!(blake3::hash(bytes).to_hex().as_str(), expected);
        }
    }

    #[test]
    fn near_names_are_typing_mistakes() {
        assert_eq!(config_near("variatonal"), Some("variational"));
        assert_eq!(config_near("k-sparse.toml"), Some("k_sparse"));
        assert_eq!(config_near("cubist"), None);
        assert_eq!(data_near("mnst:train"), Some("mnist:train"));
        assert_eq!(data_near("cifar:train"), None);
    }

    #[test]
    fn every_carried_config_is_valid() {
        for (name, text) in configs() {
            narrows::Config::from_toml(name, text).unwrap();
        }
    }
}
