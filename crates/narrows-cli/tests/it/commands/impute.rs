//! `narrows impute`: missing cells filled in, and the commands before and after.

use crate::common::Scratch;

/// Returns rows of an order book: an id, a date, a city that follows from the
/// country, a whole number, a price that follows from it, a note, and holes.
fn orders(holes: bool) -> String {
    let mut text = String::from("order,when,country,city,pieces,price,note\n");
    for row in 0..400usize {
        let (country, city) = match row * 7 % 4 {
            0 => ("DE", "Berlin"),
            1 => ("DE", "Hamburg"),
            2 => ("FR", "Paris"),
            _ => ("IT", "Rome"),
        };
        let pieces = 1 + row * 13 % 17;
        let price = 10.0 * pieces as f64 + (row as f64 * 0.7).sin();
        let lacks = |of: usize| holes && row * 31 % 11 == of;
        let cell = |lacks: bool, text: String| if lacks { String::new() } else { text };
        text += &format!(
            "{:06},2024-{:02}-{:02},{},{},{},{},note {} of row {row}\n",
            row * 3 + 7,
            1 + row % 12,
            1 + row * 5 % 28,
            cell(lacks(3), country.into()),
            city,
            cell(lacks(5), pieces.to_string()),
            cell(lacks(7), format!("{price:.3}")),
            row * row,
        );
    }
    text
}

fn trained() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("holes.csv", orders(true));
    scratch.write("whole.csv", orders(false));
    scratch.ok("train imputing --data holes.csv -q --set train.epochs=150");
    scratch
}

#[test]
fn known_cells_come_back_as_they_are_and_missing_ones_as_the_others_say() {
    let scratch = trained();
    let ran = scratch.ok("impute runs/imputing holes.csv -o filled.csv");
    assert!(ran.err.contains("cells of them filled in"), "{}", ran.err);
    let [holes, whole, filled] =
        ["holes.csv", "whole.csv", "filled.csv"].map(|name| scratch.cells(name));
    assert_eq!(filled[0], holes[0]);
    let mut off = Vec::new();
    let (mut right, mut countries) = (0, 0);
    for row in 1..holes.len() {
        for column in 0..7 {
            if !holes[row][column].is_empty() {
                assert_eq!(filled[row][column], holes[row][column], "row {row}");
                continue;
            }
            let (found, expected) = (&filled[row][column], &whole[row][column]);
            match column {
                2 => {
                    countries += 1;
                    right += usize::from(found == expected);
                }
                4 => assert_eq!(found.parse::<f64>().unwrap().fract(), 0.0, "{found}"),
                _ => {
                    let price: f64 = expected.parse().unwrap();
                    off.push((found.parse::<f64>().unwrap() - price).abs() / price);
                }
            }
        }
    }
    off.sort_by(f64::total_cmp);
    assert!(off[off.len() / 2] < 0.1, "{off:?}");
    assert!(right * 10 >= countries * 9, "{right} of {countries}");
}

#[test]
fn bounds_and_draws_are_beside_what_was_filled_in() {
    let scratch = trained();
    scratch.ok("impute runs/imputing holes.csv -o sure.csv --sure 0.9");
    let sure = scratch.cells("sure.csv");
    let place = |name: &str| sure[0].iter().position(|n| n == name).unwrap();
    let (price, lower, upper) = (place("price"), place("price_lower"), place("price_upper"));
    let holes = scratch.cells("holes.csv");
    for (row, cells) in sure.iter().enumerate().skip(1) {
        let number = |at: usize| cells[at].parse::<f64>().unwrap();
        match holes[row][price].is_empty() {
            true => assert!(number(lower) <= number(price) && number(price) <= number(upper)),
            false => assert!(cells[lower].is_empty() && cells[upper].is_empty()),
        }
    }
    let ran = scratch.ok("impute runs/imputing holes.csv -o draws.csv --draws 3");
    assert!(ran.err.contains("[variational]"), "{}", ran.err);
    let draws = scratch.cells("draws.csv");
    assert_eq!(draws.len(), 1 + 3 * 400);
    assert_eq!(draws[0].last().unwrap(), "draw");
    assert_eq!(draws[1][..7], draws[2][..7]);
    let numbers: Vec<&String> = draws[1..4].iter().filter_map(|row| row.last()).collect();
    assert_eq!(numbers, ["1", "2", "3"]);
}

#[test]
fn a_model_that_has_not_learnt_to_is_told_and_one_without_holes_refused() {
    let scratch = trained();
    scratch.ok("train table --data holes.csv -q --set train.epochs=2");
    let ran = scratch.ok("impute runs/table holes.csv -o filled.csv");
    assert!(ran.err.contains("denoising.noise=hiding"), "{}", ran.err);
    scratch.ok("train table --data whole.csv -q --set train.epochs=2 --name whole");
    let refused = scratch.refused("impute runs/whole whole.csv -o x.csv", 2);
    assert!(refused.contains("hiding"), "{refused}");
    let refused = scratch.refused("impute runs/imputing holes.csv -o x.csv --sure 2", 2);
    assert!(refused.contains("--sure 2"), "{refused}");
}

#[test]
fn columns_have_errors_of_their_own() {
    let scratch = trained();
    let found = scratch.ok("evaluate runs/imputing holes.csv --json").json();
    let columns = found["columns"].as_array().unwrap();
    let of = |name: &str| {
        columns
            .iter()
            .find(|column| column["name"] == name)
            .unwrap()
    };
    assert!(of("price")["explained"].as_f64().unwrap() > 0.8, "{found}");
    assert!(of("price")["hidden"].as_f64().unwrap() > 0.5, "{found}");
    let city = of("city");
    assert!(
        city["accuracy"].as_f64() > city["commonest"].as_f64(),
        "{found}"
    );
    assert_eq!(of("pieces")["known"], 400 - 400 / 11 - 1);
    let text = scratch.ok("evaluate runs/imputing holes.csv").text();
    assert!(text.contains("column, worst first"), "{text}");
}

#[test]
fn what_the_rows_decide_is_told_once() {
    let scratch = Scratch::new();
    scratch.write("holes.csv", orders(true));
    let line = "train table --data holes.csv --set train.epochs=1";
    let squares = "all columns are compared by squares";
    let ran = scratch.ok(&format!("{line} --name a --set network.output=sigmoid"));
    assert!(ran.err.contains(squares), "{}", ran.err);
    let refused = scratch.refused(
        &format!(
            "{line} -q --name b --set network.output=sigmoid --set loss.reconstruction=columns"
        ),
        2,
    );
    assert!(refused.contains("not linear"), "{refused}");
    let ran = scratch.ok(&format!("{line} --name c"));
    assert!(!ran.err.contains(squares), "{}", ran.err);
    assert_eq!(ran.err.matches("by a likelihood of its kind").count(), 1);
    let ran = scratch.ok("train runs/c --resume --set train.epochs=2");
    assert!(!ran.err.contains("by a likelihood"), "{}", ran.err);
}
