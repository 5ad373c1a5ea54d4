//! Words each warning.

use std::fmt;

use super::{Setting, Warning};
use crate::base::visible::visible;

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::ConstantColumns { names, one_hot } => {
                write!(
                    f,
                    "{} never change in the training rows, so there is nothing to learn from; leave out with data.ignore",
                    Names(names),
                )?;
                match &one_hot[..] {
                    [] => Ok(()),
                    _ => write!(f, ", and take {} out of data.one_hot", quoted(one_hot)),
                }
            }
            Warning::Rounded { names } => write!(
                f,
                "{} differ by so little that 32 bits round their differences away; subtract a constant from them first, such as the earliest time from a column of times, or give tiny numbers in a smaller unit",
                Names(names),
            ),
            Warning::FarValues {
                names,
                drawn_in: true,
            } => write!(
                f,
                "{} have a few that are far from all others: each such column is scaled by its median and quartiles, and far values are drawn in; data.scale = \"standard\" takes them as they are, data.log their logarithms",
                Names(names),
            ),
            Warning::FarValues {
                names,
                drawn_in: false,
            } => write!(
                f,
                "{} have a few that are far from all others, beside which the others hardly differ; try data.scale = \"robust\"",
                Names(names),
            ),
            Warning::Sentinel { name, value, count } => write!(
                f,
                "column {name:?} is {value} in {}, far from all its other values, as codes for missing cells are; if it is one, set data.missing_values = [\"{value}\"] and data.missing = \"mask\"",
                counted(*count, "training row"),
            ),
            Warning::LooksLikeId { names } => write!(
                f,
                "{} are whole numbers of which no two are the same, as ids are; if they only name the row, keep them out of training with data.id or data.ignore",
                Names(names),
            ),
            Warning::Duplicates {
                rows,
                held_out,
                few_values: false,
            } => write!(
                f,
                "{rows} of {held_out} held-out rows are also training rows, so the held-out error says little of new rows; keep each row once",
            ),
            Warning::Duplicates {
                rows,
                held_out,
                few_values: true,
            } => write!(
                f,
                "{rows} of {held_out} held-out rows are also training rows, as rows of few different values do: the held-out error is in part of rows that were trained on",
            ),
            Warning::WideCode { code, features, .. } => write!(
                f,
                "the code has {} for {}, so copying the input costs nothing",
                counted(*code, "unit"),
                counted(*features, "feature"),
            ),
            Warning::OutOfReach {
                output,
                reach: (lowest, highest),
                range: (low, high),
                ..
            } => {
                let bounds = match highest.is_finite() {
                    true => format!("stays between {lowest} and {highest}"),
                    false => format!("never goes below {lowest}"),
                };
                write!(
                    f,
                    "scaled inputs reach from {low:.3} to {high:.3}, but an output of network.output = {output} {bounds}",
                )
            }
            Warning::DeadUnits {
                layer, dead, units, ..
            } => write!(
                f,
                "{dead} of {units} units of {layer} are 0 for every held-out row and learn no more",
            ),
            Warning::SameOutput { share, .. } => write!(
                f,
                "the output is nearly the same for every held-out row (its variance is {} of the inputs'): the code says nothing about a row",
                short(*share),
            ),
            Warning::Overfitting {
                best_epoch,
                epoch,
                times,
                ..
            } => write!(
                f,
                "the held-out error was best in epoch {best_epoch} of {epoch} and is {times:.2} times that by now, while the training error fell: the network is learning the rows by heart",
            ),
            Warning::PcaAsGood { network, pca, .. } => {
                let times = network / pca;
                let better = match times {
                    0.0..1.05 => "a linear method already does as well".into(),
                    f64::INFINITY => "a linear method makes none".into(),
                    _ => format!("a linear method does {times:.1} times better"),
                };
                write!(
                    f,
                    "PCA with the same code size has a held-out error per row of {}, the network {}: {better}",
                    short(*pca),
                    short(*network),
                )
            }
            Warning::Useless { times, .. } => write!(
                f,
                "the held-out error is {} times that of the mean of the training rows: the network has learnt nothing",
                short(*times),
            ),
            Warning::PosteriorCollapse { active, units, .. } => write!(
                f,
                "only {active} of {} of the code tell rows apart, the others are at the prior (posterior collapse)",
                counted(*units, "unit"),
            ),
            Warning::Dwarfed { term, times, .. } => write!(
                f,
                "the term {term} is {times:.0} times the reconstruction, which hardly counts beside it",
            ),
            Warning::BlownUp { epoch, times, .. } => write!(
                f,
                "the error of epoch {epoch} is {times:.3e} times the size of the inputs: the training diverges",
            ),
            Warning::SmallBatch { rows, .. } => write!(
                f,
                "a unit is judged by its activations over a batch, and {} say little about it",
                counted(*rows, "row"),
            ),
            Warning::UntiedContractive { .. } => write!(
                f,
                "a [contractive] encoder can shrink its weights while the decoder grows its own, which lowers the term and changes nothing",
            ),
            Warning::FewHeldOut { rows, .. } => write!(
                f,
                "only {}: errors and percentiles taken from so few are rough",
                counted(*rows, "held-out row"),
            ),
        }?;
        let mut ways: Vec<String> = self.settings().iter().map(Setting::to_string).collect();
        ways.extend(self.other_ways().map(String::from));
        let Some(last) = ways.pop() else {
            return Ok(());
        };
        match ways.is_empty() {
            true => write!(f, "; try {last}"),
            false => write!(f, "; try {} or {last}", ways.join(", ")),
        }
    }
}

impl Warning {
    /// Returns what helps besides settings.
    fn other_ways(&self) -> Option<&'static str> {
        match self {
            Warning::Overfitting { .. } | Warning::FewHeldOut { .. } => Some("more rows"),
            Warning::PcaAsGood { .. } => Some("PCA itself"),
            _ => None,
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.key, self.value)
    }
}

/// Formats a number with four significant digits, or as `1.36e20` if very small
/// or large.
fn short(number: f64) -> String {
    match number.abs() {
        0.0 => "0".into(),
        size if (1e-4..1e6).contains(&size) => {
            let decimals = (3.0 - size.log10().floor()).max(0.0) as usize;
            format!("{number:.decimals$}")
        }
        _ => format!("{number:.2e}"),
    }
}

/// Returns `1 row`, `2 rows` and the like.
fn counted(count: usize, one: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {one}{s}")
}

/// Displays as `the values of column 'a'`, and names at most five columns.
struct Names<'a>(&'a [String]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0.len() == 1 { "" } else { "s" };
        write!(f, "the values of column{plural} {}", quoted(self.0))
    }
}

/// Quotes and joins the names, at most five.
fn quoted(names: &[String]) -> String {
    let quote = |name: &String| format!("'{}'", visible(name));
    let shown: Vec<String> = names.iter().take(5).map(quote).collect();
    let shown = shown.join(", ");
    match names.len().saturating_sub(5) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_says_what_was_seen_and_what_to_try() {
        let text = Warning::ConstantColumns {
            names: vec!["a".into()],
            one_hot: vec![],
        }
        .to_string();
        assert!(
            text.contains("column 'a' never change") && text.ends_with("data.ignore"),
            "{text}"
        );
        let names = (0..7).map(|i| format!("c{i}")).collect();
        let one_hot = vec!["c3".into()];
        let text = Warning::ConstantColumns { names, one_hot }.to_string();
        assert!(text.contains("and 2 more never change in"), "{text}");
        let out = "data.ignore, and take 'c3' out of data.one_hot";
        assert!(text.ends_with(out), "{text}");
        let pca = |network, pca| {
            let try_one = vec![Setting::new("train.epochs", 20)];
            Warning::PcaAsGood {
                network,
                pca,
                try_one,
            }
            .to_string()
        };
        let text = pca(6.0, 2.0);
        assert!(text.contains("3.0 times better; try"), "{text}");
        let exact = pca(1.0, 0.0);
        assert!(exact.contains("makes none;"), "{exact}");
        let text = pca(2.0, 2.0);
        assert!(text.contains("does as well"), "{text}");
        let text = pca(1.364_9e20, 2.0);
        assert!(text.contains("the network 1.36e20:"), "{text}");
    }

    #[test]
    fn settings_to_try_are_joined_and_none_are_made_up() {
        let wide = |try_one| {
            Warning::WideCode {
                code: 1,
                features: 1,
                try_one,
            }
            .to_string()
        };
        assert!(wide(vec![]).ends_with("copying the input costs nothing"));
        let mut few = Warning::FewHeldOut {
            rows: 3,
            try_one: vec![
                Setting::new("data.held_out", 30),
                Setting::new("a.b", "\"c\""),
            ],
        };
        let text = few.to_string();
        assert!(
            text.ends_with("; try data.held_out = 30, a.b = \"c\" or more rows"),
            "{text}"
        );
        few.keep_settings(|setting| setting.key == "none");
        assert!(few.to_string().ends_with("; try more rows"), "{few}");
    }
}
