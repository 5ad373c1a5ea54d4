//! Decides what a column holds from its cells alone.

use super::Verdict;
use super::decision::Decision;
use crate::data::rare::{MOST, told_apart};
use crate::data::read::evidence::Finding;
use crate::data::read::observed::{Observed, Times};
use crate::settings::{Decimal, Kind, TimeKind};

/// The rows from which on a column can be one of ids.
const FEWEST_IDS: usize = 21;
/// The most different numbers of a column that may be counts.
const MOST_COUNTS: usize = 64;
/// The mean from which on numbers are measures, such as degrees, rather than counts.
const LARGEST_MEAN: f64 = 50.0;
/// Words of a cell, on average, from which on many different texts are no
/// category.
const WORDS: usize = 3;

/// Decides by all cells of a column. `named` says whether its name came with the
/// file.
pub fn by_cells(observed: &Observed, named: bool, decimal: Decimal) -> Decision {
    match observed.evidence.decide(decimal) {
        _ if observed.known == 0 => Decision::of(Kind::Ignore, "no value in any row", Kind::Ignore),
        _ if observed.code.is_some() => of_codes(observed),
        Finding::Numbers(_) => of_numbers(observed, named),
        Finding::TwoReadings => Decision::undecided(
            Verdict::Undecided,
            "its commas may mark decimals or thousands",
        ),
        Finding::Text => of_texts(observed),
    }
}

fn of_numbers(observed: &Observed, named: bool) -> Decision {
    let different = observed.count_different();
    let may_be_id = named && observed.is_whole && observed.known >= FEWEST_IDS;
    if may_be_id && observed.counts_rows {
        return Decision::of(Kind::Id, "counts the rows", Kind::Number);
    }
    if may_be_id && observed.is_called_id && different == Some(observed.known) {
        let reason = "whole numbers that all differ, under the name of an id";
        return Decision::of(Kind::Id, reason, Kind::Number);
    }
    let plain = observed.numbers == observed.known;
    if different == Some(1) {
        return Decision::of(Kind::Number, "the same number in every row", Kind::Ignore);
    }
    if different == Some(2) && plain {
        return Decision {
            is_set: false,
            ..Decision::of(Kind::Binary, "two values, read as numbers", Kind::Category)
        };
    }
    let from_few = observed.low == 0.0 || observed.low == 1.0;
    let may_count = plain && observed.is_whole && from_few && observed.mean() <= LARGEST_MEAN;
    match different.filter(|&different| may_count && different <= MOST_COUNTS) {
        Some(_) => {
            let reason = format!("whole numbers from {} to {}", observed.low, observed.high);
            Decision::of(Kind::Number, reason, Kind::Count)
        }
        None => Decision::of(Kind::Number, "numbers", Kind::Ignore),
    }
}

/// Decides on numbers that are none, since they have leading zeros or too many
/// digits.
fn of_codes(observed: &Observed) -> Decision {
    let code = observed.code.clone().unwrap_or_default();
    let why = match code.starts_with('0') {
        true => "a leading zero",
        false => "too many digits for a number",
    };
    let mut decision = as_texts(observed);
    decision.reason = format!("codes, as '{code}' has {why}: {}", decision.reason);
    decision
}

fn of_texts(observed: &Observed) -> Decision {
    if observed.is_boolean {
        return as_texts(observed);
    }
    if let Some(decision) = of_times(observed) {
        return decision;
    }
    if observed.numbers > 0 {
        return Decision::undecided(Verdict::Undecided, "texts among numbers");
    }
    as_texts(observed)
}

/// Decides on dates and times; `None` if the cells have no format in common.
pub fn of_times(observed: &Observed) -> Option<Decision> {
    let first = observed.times.first()?;
    let kind = |times: &Times| {
        Kind::Time(TimeKind {
            format: Some(times.format.text().into()),
            parts: times.parts(),
        })
    };
    let others = observed.times.iter();
    let other = others
        .skip(1)
        .find(|other| first.format.contradicts(&other.format));
    if let Some(other) = other {
        let bare = |times: &Times| {
            Kind::Time(TimeKind {
                format: Some(times.format.text().into()),
                parts: Vec::new(),
            })
        };
        let kinds = vec![bare(first), bare(other)];
        let reason = "days and months may be either way round";
        return Some(Decision::undecided(Verdict::Ambiguous(kinds), reason));
    }
    if first.parts().is_empty() {
        return Some(Decision::of(
            Kind::Ignore,
            "the same time in every row",
            Kind::Category,
        ));
    }
    let parts: Vec<&str> = first.parts().iter().map(|part| part.name()).collect();
    let utc = match first.format.has_offset() {
        true => ", taken to UTC",
        false => "",
    };
    let reason = format!(
        "written as '{}'{utc}, made into {}",
        first.format.text(),
        names_of(&parts)
    );
    Some(Decision::of(kind(first), reason, Kind::Text))
}

/// Returns names as in `day, weekday and season`.
fn names_of(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => one.to_string(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Decides on texts by how many different ones there are.
fn as_texts(observed: &Observed) -> Decision {
    let known = observed.counted;
    let Some(different) = observed.count_different() else {
        return Decision::of(Kind::Text, "too many different texts", Kind::Category);
    };
    let several = format!("{different} different texts in {known} rows");
    match different {
        1 => Decision::of(Kind::Ignore, "the same text in every row", Kind::Category),
        2 if observed.is_boolean || known >= 4 => {
            Decision::of(Kind::Binary, "two different texts", Kind::Text)
        }
        _ if different == known && known >= FEWEST_IDS && observed.words == known => {
            Decision::of(Kind::Id, "every text differs", Kind::Category)
        }
        _ if 2 * different > known => Decision::of(Kind::Text, several, Kind::Category),
        _ if different > MOST && observed.words >= WORDS * known => {
            Decision::of(Kind::Text, several + " of several words", Kind::Category)
        }
        _ => {
            let counts = observed.different.iter().flat_map(|counts| counts.values());
            let counts: Vec<usize> = counts.map(|count| *count as usize).collect();
            let kept = told_apart(&counts).iter().filter(|kept| **kept).count();
            let reason = match (kept == different, different > MOST) {
                (true, _) => format!("{different} different texts"),
                (_, true) => {
                    format!("the {kept} commonest of {different} texts, the others as (other)")
                }
                (_, false) => format!("{different} different texts, the rare ones as (other)"),
            };
            Decision::of(Kind::Category, reason, Kind::Text)
        }
    }
}
