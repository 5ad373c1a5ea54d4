//! `narrows look`: every look, in every format.

use crate::common::{Scratch, rows};

/// Looks that every model has.
const ALWAYS: [&str; 13] = [
    "reconstructions",
    "worst",
    "best",
    "weights",
    "units",
    "maximised",
    "codes",
    "code-units",
    "traversals",
    "interpolations",
    "training",
    "errors",
    "series",
];

fn is_png(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG") && bytes.len() > 2_000
}

#[test]
fn every_look_at_a_table_is_a_picture_a_drawing_and_numbers() {
    let scratch = Scratch::with_model();
    for what in ALWAYS
        .iter()
        .chain(&["grid", "usefulness", "features", "associations"])
    {
        scratch.ok(&format!("look {what} runs/my -o {what}.png"));
        assert!(is_png(&scratch.bytes(&format!("{what}.png"))), "{what}");
        scratch.ok(&format!("look {what} runs/my rows.csv -o {what}.svg"));
        let svg = scratch.text(&format!("{what}.svg"));
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
        for wrong in ["NaN", "None", "Some(", "var("] {
            assert!(!svg.contains(wrong), "{what}: {wrong}");
        }
        let json = scratch.ok(&format!("look {what} runs/my -o -")).json();
        assert!(json.as_object().is_some_and(|o| !o.is_empty()), "{what}");
    }
}

#[test]
fn columns_of_several_kinds_and_their_holes_are_looked_at() {
    let scratch = Scratch::new();
    let mut csv = String::from("size,colour,of forty\n");
    for row in 0..400 {
        let size = match row % 9 {
            4 => String::new(),
            _ => (row * 37 % 101).to_string(),
        };
        let colour = ["red", "green"][row % 2];
        csv += &format!("{size},{colour},text {}\n", row * 7 % 40);
    }
    scratch.write("mixed.csv", csv);
    scratch.ok("train table -q --name m --data mixed.csv --set train.epochs=3");
    for what in [
        "columns",
        "missing",
        "associations",
        "worst",
        "reconstructions",
    ] {
        scratch.ok(&format!("look {what} runs/m mixed.csv -o {what}.png"));
        assert!(is_png(&scratch.bytes(&format!("{what}.png"))), "{what}");
    }
    let found = scratch.ok("look columns runs/m mixed.csv -o -").json();
    let columns = found["columns"].as_array().unwrap();
    assert_eq!(columns.len(), 3);
    let size = columns.iter().find(|c| c["name"] == "size").unwrap();
    assert_eq!(
        (&size["known"], &size["kind"]),
        (&356.into(), &"number".into())
    );
    let found = scratch.ok("look missing runs/m mixed.csv -o -").json();
    assert_eq!(found["lacking"], 44);
    let report = scratch.text("runs/m/report.html");
    assert_eq!(report.matches("id=\"columns\"").count(), 1);
}

#[test]
fn every_look_at_images_is_a_picture() {
    let scratch = Scratch::new();
    scratch.ok(
        "train variational -q --name v --data mnist:train@1-2000 --set data.held_out=200 --set network.hidden=[16] --set network.code=2 --set train.epochs=1 --set train.batch=500",
    );
    for what in ALWAYS.iter().chain(&["grid", "generated", "usefulness"]) {
        scratch.ok(&format!("look {what} runs/v -o {what}.png"));
        assert!(is_png(&scratch.bytes(&format!("{what}.png"))), "{what}");
    }
    let json = scratch.ok("look generated runs/v -o -").json();
    assert_eq!(json["generated"]["training"], true);
    assert_eq!(json["generated"]["rows"].as_array().unwrap().len(), 12);
}

#[test]
fn units_and_inputs_are_those_that_were_asked_for() {
    let scratch = Scratch::with_model();
    let found = scratch
        .ok("look units runs/my -o - --layer encoder.0 --units 5,2")
        .json();
    let layers = found["layers"].as_array().unwrap();
    assert_eq!(
        (layers.len(), &layers[0]["layer"]),
        (1, &"encoder.0".into())
    );
    let units = layers[0]["shown"].as_array().unwrap();
    let numbers: Vec<u64> = units.iter().map(|u| u["unit"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [5, 2]);

    let climb = |options: &str| {
        let line = format!("look maximised runs/my -o - --layer code --units 1 {options}");
        scratch.ok(&line).json()
    };
    let end = |found: &serde_json::Value| {
        let path = found["layers"][0]["units"][0]["path"].as_array().unwrap();
        let last = path.last().unwrap();
        let features = last["features"].as_array().unwrap();
        let squares = features.iter().map(|x| x.as_f64().unwrap().powi(2));
        (last["step"].as_u64().unwrap(), squares.sum::<f64>().sqrt())
    };
    let (step, norm) = end(&climb("--norm 2 --steps 20"));
    assert_eq!(step, 20);
    assert!((norm - 2.0).abs() < 1e-4, "{norm}");
    // Each option changes what it promises to change.
    let usual = climb("");
    for options in ["--seed 9", "--from 3", "--steps 3", "--norm 5"] {
        assert_ne!(climb(options), usual, "{options}");
    }
    assert_eq!(climb("--from 3")["start"]["row"], 3);
}

#[test]
fn looks_do_not_overwrite_and_drawings_are_the_same_each_time() {
    let scratch = Scratch::with_model();
    scratch.ok("look codes runs/my -o codes.svg");
    let first = scratch.text("codes.svg");
    assert!(
        scratch
            .refused("look codes runs/my -o codes.svg", 2)
            .contains("--force")
    );
    scratch.ok("look codes runs/my -o codes.svg --force --threads 1");
    assert_eq!(scratch.text("codes.svg"), first);
}

#[test]
fn rows_that_changed_since_the_training_are_told_of() {
    let scratch = Scratch::with_model();
    for line in [
        "report runs/my -o a.html",
        "look features runs/my -o a.json",
    ] {
        let said = scratch.ok(line).err;
        assert!(!said.contains("changed since"), "{said}");
    }
    let changed = rows(120).replacen("r7,dog,", "r7,dog,9", 1);
    assert_ne!(changed, rows(120));
    scratch.write("rows.csv", changed);
    for line in [
        "report runs/my -o b.html",
        "look features runs/my -o b.json",
    ] {
        let said = scratch.ok(line).err;
        assert!(said.contains("they have changed since"), "{line}: {said}");
    }
}
