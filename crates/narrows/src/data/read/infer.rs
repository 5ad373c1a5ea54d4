//! Decides what the columns of a table hold, by settings and all of their cells.

mod cells;
mod decision;

use self::cells::{by_cells, of_times};
use self::decision::Decision;
use super::Roles;
use super::evidence::decimal_of;
use super::names::quote;
use super::observed::{Observations, Observed};
use crate::base::error::{Error, Place};
use crate::base::hint::{Hint, Remedy};
use crate::settings::{Kind, TimeKind};

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
            format!(
                "dates such as {example}, whose days and months may be either way round in every row"
            ),
            "a date that can be read in one way",
            hint.and(" says which"),
        ))
    }

    /// Returns whether the column is read as numbers, without any setting.
    pub fn is_plain_number(&self) -> bool {
        let is_number = matches!(self.verdict, Verdict::Kind(Kind::Number | Kind::Binary));
        is_number && self.setting.is_none() && self.otherwise.is_some()
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
            None => by_cells(observed, *named, decimal),
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
    let mut all = decided.iter().zip(columns);
    let changes = |observed: &Observed| observed.count_different() != Some(1);
    if !all.any(|(column, (_, seen))| column.verdict.is_data() && changes(seen)) {
        keep_some(columns, &mut decided, roles);
    }
    decided
}

/// Keeps columns that would be left out, because no other is left.
fn keep_some(columns: &[(String, Observed)], decided: &mut [Inferred], roles: &Roles) {
    let is_open =
        |column: &Inferred| named_kind(&column.name, roles).is_none() && column.setting.is_some();
    let is_number = |observed: &Observed| {
        observed.numbers == observed.known && observed.known > 0 && observed.code.is_none()
    };
    let repeats = |observed: &Observed| {
        let different = observed.count_different();
        different.filter(|different| *different > 1 && *different < observed.known)
    };
    let open = columns
        .iter()
        .zip(decided)
        .filter(|(_, column)| is_open(column));
    let mut open: Vec<_> = open.collect();
    let any_number = open.iter().any(|((_, observed), _)| is_number(observed));
    let fewest = open
        .iter()
        .filter_map(|((_, observed), _)| repeats(observed))
        .min();
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
    } else if roles.id.contains(name) {
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
