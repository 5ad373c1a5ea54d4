//! `narrows inspect`, `init` and `report`.

use crate::common::{Scratch, rows};
use narrows::write::write;
use narrows::{ImageShape, Table};
use serde_json::Value;

#[test]
fn a_model_and_its_run_folder_say_the_same() {
    let scratch = Scratch::with_model();
    let folder = scratch.ok("inspect runs/my --json").json();
    let file = scratch
        .ok("inspect runs/my/model.safetensors --json")
        .json();
    assert_eq!(folder, file);
    assert_eq!(folder["kind"], "model");
    assert_eq!(
        (&folder["features"], &folder["code"]),
        (&6.into(), &2.into())
    );
    assert_eq!(
        folder["columns"],
        serde_json::json!(["a", "b", "c", "colour"])
    );
    assert_eq!(folder["weights"], 116);
    assert_eq!(folder["history"].as_array().unwrap().len(), 4);
    assert_eq!(folder["config"]["data"]["one_hot"][0], "colour");
    assert_eq!(
        folder["config"]["data"]["source"], "",
        "a model holds no path"
    );
    let text = scratch.ok("inspect runs/my").text();
    for part in [
        "6-6-2-6-6",
        "a, b, c, colour",
        "4 epochs",
        "encoder.0.weight",
        "[network]",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    assert!(!text.contains("mnist"), "{text}");
}

/// Returns the column of that name in the JSON about data.
fn column<'a>(json: &'a Value, name: &str) -> &'a Value {
    let columns = json["columns"].as_array().unwrap();
    columns
        .iter()
        .find(|column| column["name"] == name)
        .unwrap()
}

#[test]
fn data_is_summed_up_with_its_texts_and_missing_cells() {
    let scratch = Scratch::with_rows();
    let json = scratch.ok("inspect rows.csv --json").json();
    assert_eq!(
        (&json["kind"], &json["rows"]),
        (&"data".into(), &120.into())
    );
    assert_eq!(column(&json, "b")["missing"], 7);
    assert_eq!(column(&json, "a")["missing"], 0);
    assert_eq!(column(&json, "a")["min"], 0.0);
    assert_eq!(column(&json, "colour")["kind"], "text");
    assert_eq!(column(&json, "colour")["levels"], 3);
    assert_eq!(column(&json, "name")["levels"], 120);
    let text = scratch.ok("inspect rows.csv").text();
    assert!(
        text.starts_with("rows.csv: 120 rows, 7 columns\n"),
        "{text}"
    );
    assert!(text.contains("text, 3 different "), "{text}");
    let unusual = "to find unusual rows: narrows train anomalies --data rows.csv\n";
    assert!(text.contains(unusual), "{text}");
    let (_, command) = text.split_once("to train on it: ").unwrap();
    assert_eq!(command, "narrows train table --data rows.csv\n");
    // The text and the JSON say what that command takes the columns for.
    let kind = |name: &str| {
        let columns = json["kinds"].as_array().unwrap();
        let of = columns.iter().find(|column| column["name"] == name);
        of.unwrap()["kind"].as_str().unwrap().to_string()
    };
    for name in ["name", "kind", "a", "b", "c", "colour", "note"] {
        let start = format!("  {name:<6}  {:<9}  ", kind(name));
        assert!(text.contains(&start), "{start:?} in {text}");
    }
    assert_eq!(kind("colour"), "category");
    scratch.write("whole.csv", "a,b\n1,2\n3,4\n4,9\n");
    let text = scratch.ok("inspect whole.csv").text();
    assert!(
        text.ends_with("narrows train table --data whole.csv\n"),
        "{text}"
    );
}

#[test]
fn data_of_every_format_can_be_inspected() {
    let scratch = Scratch::new();
    let table = Table::from_floats(vec![1.0, 2.0, 3.0, 5.5], 2).unwrap();
    for name in ["t.csv", "t.csv.gz", "t.tsv", "t.npy", "t.parquet"] {
        write(&table, &scratch.path(name).display().to_string(), false).unwrap();
        let json = scratch.ok(&format!("inspect {name} --json")).json();
        assert_eq!(json["rows"], 2, "{name}");
        assert_eq!(json["columns"][1]["mean"], 3.75, "{name}");
    }
    scratch.write(
        "t.idx",
        [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6],
    );
    let json = scratch.ok("inspect t.idx --json").json();
    assert_eq!(
        (&json["rows"], &json["columns"][2]["max"]),
        (&2.into(), &6.0.into())
    );
    let shape = ImageShape {
        height: 2,
        width: 3,
        channels: 1,
    };
    let image = Table::from_images(vec![0, 50, 100, 150, 200, 250], shape).unwrap();
    std::fs::create_dir(scratch.path("pictures")).unwrap();
    write(
        &image,
        &scratch.path("pictures/p.png").display().to_string(),
        false,
    )
    .unwrap();
    let text = scratch.ok("inspect pictures").text();
    assert!(
        text.contains(
            "1 image\n  2 x 3 pixels (height x width), grey, 8 bits\n  values from 0 to 250"
        ),
        "{text}"
    );
}

#[test]
fn the_digits_are_known_by_name() {
    let text = Scratch::new().ok("inspect mnist:test").text();
    assert!(
        text.contains("10,000 images") && text.contains("28 x 28"),
        "{text}"
    );
    assert!(text.contains("label 'digit'"), "{text}");
}

#[test]
fn standard_input_can_be_inspected() {
    let ran = Scratch::new().run_on("inspect - --json", "a,b\n1,x\n2,y\n3,x\n");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let json = ran.json();
    assert_eq!(json["rows"], 3);
    assert_eq!(column(&json, "b")["levels"], 2);
}

#[test]
fn data_too_odd_to_train_on_can_be_inspected() {
    let scratch = Scratch::new();
    // Text that begins late, an empty column, and more texts than any category
    // may have.
    let rows: String = (0..70_000).map(|i| format!("id{i},{i},\n")).collect();
    scratch.write("odd.csv", format!("id,late,empty\n{rows}x,never,\n"));
    let json = scratch.ok("inspect odd.csv --json").json();
    assert_eq!(json["rows"], 70_001);
    assert_eq!(column(&json, "late")["kind"], "text");
    assert_eq!(column(&json, "empty")["missing"], 70_001);
    let text = scratch.ok("inspect odd.csv").text();
    assert!(text.contains("text, over 65,535 different"), "{text}");
    assert!(!text.contains("inf"), "{text}");
}

#[test]
fn every_carried_config_trains_as_it_is_printed() {
    let scratch = Scratch::new();
    // Rows like images in all but their number: values from 0 to 1.
    let rows: String = (0..60)
        .map(|i| {
            format!(
                "{},{},{}\n",
                (i % 7) as f64 / 6.0,
                (i % 5) as f64 / 4.0,
                (i % 3) as f64 / 2.0
            )
        })
        .collect();
    scratch.write("rows.csv", format!("a,b,c\n{rows}"));
    for name in [
        "stacked",
        "tied",
        "linear",
        "table",
        "hinton",
        "chapter",
        "layerwise",
        "phases",
    ] {
        let printed = scratch.ok(&format!("init {name}")).text();
        assert!(printed.starts_with('#'), "{name} has no comment");
        let ran = scratch.ok(&format!("init {name} -o {name}.toml"));
        assert!(ran.err.contains(&format!("narrows train {name}.toml")));
        assert_eq!(scratch.text(&format!("{name}.toml")), printed);
        let hidden = if name == "linear" {
            ""
        } else {
            "--set network.hidden=[4]"
        };
        let epochs = match name {
            "layerwise" | "phases" => "layerwise.epochs=1",
            _ => "train.epochs=1",
        };
        scratch.ok(&format!(
            "train {name}.toml -q --data rows.csv --set {epochs} --set network.code=2 \
             --set data.held_out=6 {hidden}"
        ));
        assert!(
            scratch
                .path(format!("runs/{name}/model.safetensors"))
                .is_file()
        );
    }
    assert_eq!(scratch.ok("init").text(), scratch.ok("init stacked").text());
    assert_eq!(scratch.ok("init tied --json").json()["name"], "tied");
}

#[test]
fn init_overwrites_only_by_force() {
    let scratch = Scratch::new();
    scratch.write("my.toml", "mine");
    assert!(scratch.refused("init -o my.toml", 2).contains("--force"));
    scratch.ok("init -o my.toml --force");
    assert_ne!(scratch.text("my.toml"), "mine");
    assert!(
        scratch
            .refused("init nothing", 2)
            .contains("stacked, tied, linear")
    );
}

#[test]
fn a_report_shows_the_runs_rows_or_others() {
    let scratch = Scratch::with_model();
    let ran = scratch.ok("report runs/my");
    assert_eq!(ran.err, "wrote report.html; open it in a browser\n");
    let html = scratch.text("report.html");
    assert!(
        html.contains("<html") && html.contains("<svg"),
        "{}",
        html.len()
    );
    for outside in ["src=\"http", "href=\"http", "url(http", "@import"] {
        assert!(!html.contains(outside), "the report loads {outside}");
    }
    assert!(scratch.refused("report runs/my", 2).contains("--force"));
    scratch.write("few.csv", rows(10));
    let json = scratch
        .ok("report runs/my few.csv -o few.html --json")
        .json();
    assert_eq!(
        (&json["output"], &json["rows"]),
        (&"few.html".into(), &10.into())
    );
    assert_ne!(scratch.text("few.html"), html);
}

#[test]
fn a_report_of_a_bare_model_file_asks_for_rows() {
    let scratch = Scratch::with_model();
    scratch.write(
        "kept.safetensors",
        scratch.bytes("runs/my/model.safetensors"),
    );
    let message = scratch.refused("report kept.safetensors", 2);
    assert!(message.contains("give DATA after the model"), "{message}");
    scratch.ok("report kept.safetensors rows.csv");
}
