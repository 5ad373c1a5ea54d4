//! Draws which columns move together with the units of the code.

use super::bars::signed;
use super::section::{Drawing, Panel, Section};
use super::text::{clipped, count};
use crate::look::UnitAssociations;

/// Number of letters shown of a name beside its mark.
const NAME: usize = 15;

/// Draws for each unit its columns as bars; no drawings if nothing moves
/// together.
pub(super) fn view(units: &[UnitAssociations]) -> Section {
    let panel = |unit: &UnitAssociations| {
        let bars = unit.columns.iter().map(|of| {
            let name = clipped(&of.column, NAME);
            let mark = if of.signed { "" } else { " ±" };
            (format!("{name}{mark}"), of.strength)
        });
        let name = format!("unit {}", count(unit.unit));
        Panel {
            chart: signed(
                &format!("Columns that move together with {name}"),
                &bars.collect::<Vec<_>>(),
                1.0,
            ),
            note: String::new(),
            name,
        }
    };
    Section {
        id: "associations",
        title: "What goes with the code".into(),
        says: "For the units that vary most, the columns that move together with each: to the right where a number rises with the unit, to the left where it falls; a full bar is a correlation of 1. Texts, and what goes round, have no direction (±): theirs is the correlation ratio, less what chance gives. Only cells that are known count.".into(),
        full: true,
        drawings: match units.is_empty() {
            true => Vec::new(),
            false => vec![Drawing::Panels(units.iter().map(panel).collect())],
        },
    }
}
