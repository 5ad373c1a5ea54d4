//! Which rows `narrows score` marks.

use narrows::{Model, threshold_of_discoveries};

use super::chance::at_most;
use crate::cli::ScoreArgs;
use crate::output::{plural, rows, short};

/// Chance that makes too few marks remarkable.
const UNLIKELY: f64 = 0.01;

/// By what rows are marked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Marks {
    /// At most this share of usual rows.
    FalseAlarms(f64),
    /// So many that at most this share of them is usual.
    Discoveries(f64),
    /// This share of the file's rows.
    Expected(f64),
    /// Those from this percentile on.
    Percentile(f32),
}

/// Which rows are marked, known row by row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cut {
    /// Rows with at most this p-value; of those that have exactly it, only those
    /// with at least this score.
    PValue(f32, f32),
    /// Rows with at least this percentile.
    Percentile(f32),
    /// No row.
    None,
}

impl Marks {
    /// Returns what the command line asks for, and else marks as many usual rows as
    /// the model's settings say.
    pub fn of(args: &ScoreArgs, model: &Model) -> Self {
        match (args.fdr, args.expect, args.threshold) {
            (Some(rate), ..) => Marks::Discoveries(rate),
            (_, Some(share), _) => Marks::Expected(share),
            (.., Some(percentile)) => Marks::Percentile(percentile),
            _ => Marks::FalseAlarms(
                args.false_alarms
                    .unwrap_or(model.config().score.false_alarms),
            ),
        }
    }

    /// Returns the cut, if it is known before all rows are; else `None`.
    pub fn cut(self) -> Option<Cut> {
        match self {
            Marks::FalseAlarms(share) => Some(Cut::PValue(share as f32, f32::NEG_INFINITY)),
            Marks::Percentile(percentile) => Some(Cut::Percentile(percentile)),
            Marks::Discoveries(_) | Marks::Expected(_) => None,
        }
    }

    /// Returns the cut for all rows of a file.
    pub fn cut_of(self, p_values: &[f32], scores: &[f32]) -> Cut {
        match self {
            Marks::Discoveries(rate) => match threshold_of_discoveries(p_values, rate) {
                Some(most) => Cut::PValue(most, f32::NEG_INFINITY),
                None => Cut::None,
            },
            Marks::Expected(share) => {
                let order = most_unusual(p_values, scores);
                let count = (share * order.len() as f64).round() as usize;
                match count.min(order.len()).checked_sub(1) {
                    Some(last) => Cut::PValue(p_values[order[last]], scores[order[last]]),
                    None => Cut::None,
                }
            }
            _ => self.cut().unwrap_or(Cut::None),
        }
    }

    /// Returns the flag that asks for it.
    pub fn flag(self) -> &'static str {
        match self {
            Marks::FalseAlarms(_) => "--false-alarms",
            Marks::Discoveries(_) => "--fdr",
            Marks::Expected(_) => "--expect",
            Marks::Percentile(_) => "--threshold",
        }
    }

    /// Says after the number of marked rows by what they are marked, and what
    /// chance alone would mark of `scored` rows, given so many held-out ones.
    pub fn words(self, scored: usize, reference: usize) -> String {
        let percent = |share: f64| format!("{} %", short_percent(share));
        match self {
            Marks::FalseAlarms(share) if reference > 0 && least(reference) > share => {
                format!("at {} false alarms, at which none can be", percent(share))
            }
            Marks::FalseAlarms(share) => format!(
                "at {} false alarms (about {} expected if nothing is strange)",
                percent(share),
                short_count(share * scored as f64)
            ),
            Marks::Discoveries(rate) => format!(
                "by --fdr: of marked rows, at most {} are usual ones on average",
                percent(rate)
            ),
            Marks::Expected(share) => format!("as the most unusual {}", percent(share)),
            Marks::Percentile(percentile) => format!("at or above percentile {percentile}"),
        }
    }

    /// Returns a warning if `reference` held-out rows are too few for the marks
    /// among `scored` rows, of which `marked` are; `None` if they are enough.
    pub fn warning(self, reference: usize, scored: usize, marked: usize) -> Option<String> {
        let least = least(reference);
        let held_out = rows(reference);
        match self {
            Marks::FalseAlarms(share) if least > share => Some(format!(
                "nothing can be marked at {} % false alarms: p is at least 1/{} with {} held out; hold out more with data.held_out, train with --cross-fit 5, or allow {} %",
                short_percent(share),
                reference + 1,
                held_out,
                short_percent((least * 1000.0).ceil() / 1000.0),
            )),
            Marks::FalseAlarms(share) if at_most(marked, scored, reference, share) < UNLIKELY => {
                Some(format!(
                    "{} marked, where of {} like those held out about {} would be: the held-out rows may hold unusual ones themselves, beside which others do not stand out; --expect marks the most unusual share of this file, and the most unusual of the training rows (--top 20) show what to leave out",
                    rows(marked),
                    rows(scored),
                    short_count(share * scored as f64),
                ))
            }
            Marks::Discoveries(rate) if marked == 0 && least * scored as f64 > rate => {
                Some(format!(
                    "p is at least 1/{} with {held_out} held out, so that --fdr {} % of {scored} marks rows only if {} of them or more are worse than all of those; hold out more with data.held_out",
                    reference + 1,
                    short_percent(rate),
                    (least * scored as f64 / rate).ceil(),
                ))
            }
            Marks::Percentile(percentile) => {
                let above = f64::from(100.0 - percentile) / 100.0;
                (above > 0.0 && above * (reference as f64) < 1.0).then(|| format!(
                    "percentiles are among the {reference} held-out rows of the training, too few to tell the last {} % apart: --threshold {percentile} marks rows that are worse than all of them; hold out more with data.held_out",
                    short(100.0 * above),
                ))
            }
            _ => None,
        }
    }
}

/// Returns the least p-value among so many held-out rows.
fn least(reference: usize) -> f64 {
    1.0 / (1.0 + reference as f64)
}

impl Cut {
    /// Returns for each row whether it is marked; `None` of a row without a score.
    pub fn marked(
        self,
        p_values: &[f32],
        scores: &[f32],
        percentiles: &[f32],
    ) -> Vec<Option<bool>> {
        let each = p_values.iter().zip(scores).zip(percentiles);
        let is_marked = |((&p, &score), &percentile): ((&f32, &f32), &f32)| {
            (!p.is_nan()).then_some(match self {
                Cut::PValue(most, least) => p < most || p == most && score >= least,
                Cut::Percentile(from) => percentile >= from,
                Cut::None => false,
            })
        };
        each.map(is_marked).collect()
    }
}

/// Returns the rows that have a score, the most unusual first.
pub fn most_unusual(p_values: &[f32], scores: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len())
        .filter(|&row| !scores[row].is_nan())
        .collect();
    order.sort_by(|&a, &b| {
        let by_p = p_values[a].total_cmp(&p_values[b]);
        by_p.then(scores[b].total_cmp(&scores[a])).then(a.cmp(&b))
    });
    order
}

/// Writes .015 as `1.5`.
fn short_percent(share: f64) -> String {
    let percent = (share * 1e6).round() / 1e4;
    percent.to_string()
}

/// Writes a number of rows that is expected.
fn short_count(count: f64) -> String {
    match count < 10.0 {
        true => ((count * 10.0).round() / 10.0).to_string(),
        false => plural(count.round() as usize, "")
            .trim_end_matches('s')
            .trim()
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: [f32; 6] = [0.5, 0.01, 0.01, 0.3, f32::NAN, 0.02];
    const SCORES: [f32; 6] = [1.0, 8.0, 9.0, 2.0, f32::NAN, 5.0];

    #[test]
    fn the_most_unusual_rows_come_first_and_ties_go_by_their_scores() {
        assert_eq!(most_unusual(&P, &SCORES), [2, 1, 5, 3, 0]);
    }

    #[test]
    fn marks_of_a_whole_file() {
        let cut = |marks: Marks| marks.cut_of(&P, &SCORES);
        assert_eq!(cut(Marks::Expected(0.17)), Cut::PValue(0.01, 9.0));
        assert_eq!(cut(Marks::Expected(0.5)), Cut::PValue(0.02, 5.0));
        assert_eq!(cut(Marks::Expected(0.01)), Cut::None);
        assert_eq!(
            cut(Marks::Discoveries(0.04)),
            Cut::PValue(0.02, f32::NEG_INFINITY)
        );
        assert_eq!(cut(Marks::Discoveries(0.001)), Cut::None);
        assert_eq!(Marks::Discoveries(0.1).cut(), None);
    }

    #[test]
    fn chance_is_told_and_too_few_rows_are_too() {
        let words = Marks::FalseAlarms(0.01).words(1000, 500);
        assert_eq!(
            words,
            "at 1 % false alarms (about 10 expected if nothing is strange)"
        );
        assert_eq!(
            Marks::FalseAlarms(0.015).words(120, 500),
            "at 1.5 % false alarms (about 1.8 expected if nothing is strange)"
        );
        assert_eq!(Marks::FalseAlarms(0.01).warning(99, 10, 0), None);
        let warning = Marks::FalseAlarms(0.01).warning(50, 10, 0).unwrap();
        assert!(
            warning.contains("1/51") && warning.ends_with("allow 2 %"),
            "{warning}"
        );
        // 1,000 / 400 / .1
        let warning = Marks::Discoveries(0.1).warning(399, 1_000, 0).unwrap();
        assert!(warning.contains("only if 25 of them"), "{warning}");
        assert_eq!(Marks::Discoveries(0.1).warning(399, 1_000, 30), None);
        assert!(Marks::Percentile(99.0).warning(50, 10, 1).is_some());
        assert!(Marks::Percentile(90.0).warning(50, 10, 1).is_none());
    }
}
