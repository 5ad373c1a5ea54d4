//! Decides what the columns of a table hold, from all of their cells.

use super::Roles;
use super::names::quote;
use super::evidence::{Finding, decimal_of};
use super::observed::{Observations, Observed, Times};
use crate::base::error::{Error, Place};
use crate::base::hint::{Hint, Remedy};
use crate::data::rare::{MOST, told_apart};
use crate::settings::{Kind, TimeKind};

/// The rows from which on a column can be one of ids.
const FEWEST_IDS: usize = 21;
/// Words of a cell, on average, from which on many different texts are no
/// category.
const WORDS: usize = 3;

/// What a column of a table is taken for, and why.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Inferred {
    /// The column's name.
    pub name: String,
    /// What it is taken for.
    pub verdict: Verdict,
    /// Why, in a few words.
    pub reason: String,
    /// The number of its cells, and of those that are missing.
    pub rows: usize,
    /// The number of cells that are missing.
    pub missing: usize,
    /// The first cell that is not missing, in part if it is long.
    pub example: Option<String>,
    /// Another kind that a setting could give the column.
    pub otherwise: Option<Kind>,
    /// The kind that `data.kinds` must give the column so that it is read as
    /// what it is taken for; `None` if it is read so by itself.
    pub setting: Option<Kind>,
}

/// What a column is taken for.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// The rows' label, by `data.label`.
    Label,
    /// The rows' id, by `data.id`, copied to outputs.
    Id,
    /// A column of this kind.
    Kind(Kind),
    /// Dates that these kinds read in different ways.
    Ambiguous(Vec<Kind>),
    /// Something that only a person can decide.
    Undecided,
}

impl Verdict {
    /// Returns what it is in one word.
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::Label => "label",
            Verdict::Id => "id",
            Verdict::Kind(kind) => kind.name(),
            Verdict::Ambiguous(_) | Verdict::Undecided => "undecided",
        }
    }

    /// Returns whether features are made of the column.
    pub fn is_data(&self) -> bool {
        match self {
            Verdict::Label | Verdict::Id => false,
            Verdict::Kind(kind) => !kind.is_left_out(),
            Verdict::Ambiguous(_) | Verdict::Undecided => true,
        }
    }
}

impl Inferred {
    /// Returns the error for dates that may be read in two ways, with the
    /// settings that decide. `origin` is the file.
    pub fn refusal(&self, origin: &str) -> Option<Error> {
        let Verdict::Ambiguous(kinds) = &self.verdict else {
            return None;
        };
        let example = quote(self.example.as_deref().unwrap_or_default());
        let set = |kind: &Kind| Remedy::SetKind {
            column: self.name.clone(),
            kind: kind.to_string(),
        };
        let mut hint = Hint::default();
        for (at, kind) in kinds.iter().enumerate() {
            let or = if at > 0 { " or " } else { "" };
            hint = hint.and(or).and(set(kind));
        }
        Some(Error::data(
            origin,
            Place::Column(self.name.clone()),
            format!("dates such as {example}, whose days and months may be either way round in every row"),
            "a date that can be read in one way",
            hint.and(" says which"),
        ))
    }

    /// Returns whether the column is read as numbers, without any setting.
    pub fn is_plain_number(&self) -> bool {
        let is_number = matches!(
            self.verdict,
            Verdict::Kind(Kind::Number | Kind::Binary)
        );
        is_number && self.setting.is_none() && self.otherwise.is_some()
    }
}

/// What is decided of a column without a setting.
struct Decision {
    verdict: Verdict,
    reason: String,
    otherwise: Option<Kind>,
    /// Whether the reader needs to be told.
    is_set: bool,
}

impl Decision {
    fn of(kind: Kind, reason: impl Into<String>, otherwise: Kind) -> Self {
        Decision {
            is_set: !matches!(kind, Kind::Number),
            verdict: Verdict::Kind(kind),
            reason: reason.into(),
            otherwise: Some(otherwise),
        }
    }

    fn undecided(verdict: Verdict, reason: &str) -> Self {
        Decision {
            verdict,
            reason: reason.into(),
            otherwise: None,
            is_set: false,
        }
    }
}

/// Decides what each column holds, given the roles that settings give.
pub(super) fn infer(seen: &Observations, own: &Roles) -> Vec<Inferred> {
    let Observations {
        columns,
        named,
        roles,
    } = seen;
    let evidence = columns.iter().map(|(_, observed)| &observed.evidence);
    let decimal = decimal_of(evidence, roles.decimal);
    let decided = columns.iter().map(|(name, observed)| {
        let decision = match by_setting(name, observed, own).or_else(|| by_file(name, roles)) {
            Some(decision) => decision,
            None => match observed.evidence.decide(decimal) {
                _ if observed.known == 0 => {
                    Decision::of(Kind::Ignore, "no value in any row", Kind::Ignore)
                }
                _ if observed.code.is_some() => of_codes(observed),
                Finding::Numbers(_) => of_numbers(observed, *named),
                Finding::TwoReadings => Decision::undecided(
                    Verdict::Undecided,
                    "its commas may mark decimals or thousands",
                ),
                Finding::Text => of_texts(observed),
            },
        };
        let setting = match &decision.verdict {
            Verdict::Kind(kind) if decision.is_set => Some(kind.clone()),
            _ => None,
        };
        Inferred {
            name: name.clone(),
            verdict: decision.verdict,
            reason: decision.reason,
            rows: observed.known + observed.missing,
            missing: observed.missing,
            example: observed.example.clone(),
            otherwise: decision.otherwise,
            setting,
        }
    });
    let mut decided: Vec<Inferred> = decided.collect();
    if !decided.iter().any(|column| column.verdict.is_data()) {
        keep_some(columns, &mut decided, roles);
    }
    decided
}

/// Keeps columns that would be left out, because no other is left.
fn keep_some(columns: &[(String, Observed)], decided: &mut [Inferred], roles: &Roles) {
    let is_open = |column: &Inferred| named_kind(&column.name, roles).is_none() && column.setting.is_some();
    let is_number = |observed: &Observed| {
        observed.numbers == observed.known && observed.known > 0 && observed.code.is_none()
    };
    let repeats = |observed: &Observed| {
        let different = observed.count_different();
        different.filter(|different| *different > 1 && *different < observed.known)
    };
    let open = columns.iter().zip(decided).filter(|(_, column)| is_open(column));
    let mut open: Vec<_> = open.collect();
    let any_number = open.iter().any(|((_, observed), _)| is_number(observed));
    let fewest = open.iter().filter_map(|((_, observed), _)| repeats(observed)).min();
    for ((_, observed), column) in &mut open {
        let kind = match any_number {
            true if is_number(observed) => Kind::Number,
            false if fewest.is_some() && repeats(observed) == fewest => Kind::Category,
            _ => continue,
        };
        column.reason += ", but no other column is left";
        column.setting = Some(kind.clone());
        column.otherwise = None;
        column.verdict = Verdict::Kind(kind);
    }
}

/// Returns the key that names a column, if one does.
fn named_kind(name: &String, roles: &Roles) -> Option<&'static str> {
    if roles.label.as_ref() == Some(name) {
        Some("data.label")
    } else if roles.id.as_ref() == Some(name) {
        Some("data.id")
    } else if roles.ignore.contains(name) {
        Some("data.ignore")
    } else if roles.one_hot.contains(name) {
        Some("data.one_hot")
    } else {
        roles.kinds.contains_key(name).then_some("data.kinds")
    }
}

/// Decides by the settings that name the column.
fn by_setting(name: &String, observed: &Observed, roles: &Roles) -> Option<Decision> {
    let key = named_kind(name, roles)?;
    let (verdict, is_set) = match key {
        "data.label" => (Verdict::Label, false),
        "data.id" => (Verdict::Id, false),
        "data.ignore" => (Verdict::Kind(Kind::Ignore), false),
        "data.one_hot" => (Verdict::Kind(Kind::Category), false),
        _ => match roles.kinds.get(name)? {
            Kind::Time(time) if time.format.is_none() => {
                let mut decision = of_times(observed).unwrap_or_else(|| {
                    Decision::undecided(
                        Verdict::Kind(Kind::Time(time.clone())),
                        "no format of dates or times fits every cell",
                    )
                });
                if let (Verdict::Kind(Kind::Time(found)), false) =
                    (&mut decision.verdict, time.parts.is_empty())
                {
                    found.parts.clone_from(&time.parts);
                }
                return Some(decision);
            }
            Kind::Time(time) if time.parts.is_empty() => {
                let format = time.format.as_deref().unwrap_or_default();
                let parts = observed.parts_by(format);
                let is_set = !parts.is_empty();
                let kind = Kind::Time(TimeKind {
                    parts,
                    ..time.clone()
                });
                (Verdict::Kind(kind), is_set)
            }
            kind => (Verdict::Kind(kind.clone()), false),
        },
    };
    Some(Decision {
        verdict,
        reason: format!("named in {key}"),
        otherwise: None,
        is_set,
    })
}

/// Decides by what the file says of a column.
fn by_file(name: &String, roles: &Roles) -> Option<Decision> {
    Some(match named_kind(name, roles)? {
        "data.id" => Decision::undecided(Verdict::Id, "names the rows"),
        "data.ignore" => {
            let verdict = Verdict::Kind(Kind::Ignore);
            Decision::undecided(verdict, "no values that can be read")
        }
        _ => return None,
    })
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
    if different == Some(2) && plain {
        return Decision {
            is_set: false,
            ..Decision::of(Kind::Binary, "two values, read as numbers", Kind::Category)
        };
    }
    let is_small = plain && observed.is_whole && observed.low >= 0.0;
    match different.filter(|_| is_small) {
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
fn of_times(observed: &Observed) -> Option<Decision> {
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
    let known = observed.known;
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
                (_, true) => format!("the {kept} commonest of {different} texts, the others as (other)"),
                (_, false) => format!("{different} different texts, the rare ones as (other)"),
            };
            Decision::of(Kind::Category, reason, Kind::Text)
        }
    }
}
