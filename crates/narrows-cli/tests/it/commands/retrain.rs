//! A run trained anew on other rows: from first weights or from its model, compared
//! with it, and put in its place once whole.

use crate::common::Scratch;

/// Returns rows of two numbers and their sum, and a text.
fn orders(from: usize, rows: usize, dearer: f64) -> String {
    let mut text = "order,price,weight,sum,paid\n".to_string();
    for at in from..from + rows {
        let price = dearer * (20.0 + (at * 37 % 101) as f64 / 5.0);
        let weight = (at * 53 % 89) as f64 / 9.0;
        let paid = ["cash", "card", ""][if at % 40 == 7 {
            2
        } else {
            usize::from(at * 13 % 10 < 3)
        }];
        text += &format!(
            "A{at:05},{price:.2},{weight:.2},{:.2},{paid}\n",
            price + weight
        );
    }
    text
}

fn trained() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("orders.csv", orders(0, 1_500, 1.0));
    scratch.write("new.csv", orders(1_500, 1_200, 1.05));
    scratch.ok("train table --data orders.csv --name my -q --set train.epochs=30");
    scratch
}

#[test]
fn a_warm_training_goes_on_from_the_model_and_says_how_the_two_compare() {
    let scratch = trained();
    let anew = scratch.ok("train runs/my --data new.csv --name cold --set train.epochs=1 --json");
    let warm =
        scratch.ok("train runs/my --data new.csv --name warm --warm --set train.epochs=1 --json");
    let mse = |json: &serde_json::Value| json["held_out"]["mse"].as_f64().unwrap();
    assert!(
        mse(&warm.json()) < 0.5 * mse(&anew.json()),
        "{} {}",
        warm.json(),
        anew.json()
    );
    let beside = &warm.json()["beside"];
    assert_eq!(beside["rows"], 120);
    assert!(beside["mse_before"].as_f64().unwrap() > 0.0, "{beside}");
    assert!(beside["marked_by_both"].as_u64() <= beside["marked_before"].as_u64());
    assert!(
        anew.json()["beside"]["mse_before"].is_null(),
        "scaled otherwise"
    );
    let told = scratch.ok("train runs/my --data new.csv --name told --warm --set train.epochs=2");
    assert!(
        told.err.contains("beside runs/my, on 120 rows held out"),
        "{}",
        told.err
    );
}

#[test]
fn a_warm_run_takes_the_place_of_the_old_one_once_it_is_whole() {
    let scratch = trained();
    let old = scratch.bytes("runs/my/model.safetensors");
    scratch.ok("train runs/my --data new.csv --name my --force --warm -q --set train.epochs=3");
    assert_ne!(scratch.bytes("runs/my/model.safetensors"), old);
    assert_eq!(scratch.bytes("runs/my/start.safetensors"), old);
    // It goes on from its checkpoint, with the scaler of the model that it started from.
    let once = scratch.bytes("runs/my/model.safetensors");
    scratch.ok("train runs/my --resume -q --set train.epochs=4");
    assert_ne!(scratch.bytes("runs/my/model.safetensors"), once);
    let inspected = scratch.ok("inspect runs/my --json").json();
    assert_eq!(inspected["history"].as_array().unwrap().len(), 4);
}

#[test]
fn what_a_model_cannot_go_on_with_is_refused_before_anything_is_made() {
    let scratch = trained();
    let files = scratch.listing();
    let config = scratch.refused("train table --data new.csv --warm", 2);
    assert!(config.contains("runs/NAME --warm"), "{config}");
    for (change, said) in [
        ("data.scale=min_max", "data.scale"),
        ("network.code=3", "another network"),
    ] {
        let ran = scratch.run(&format!(
            "train runs/my --data new.csv --warm --set {change}"
        ));
        assert!(ran.code == 2 && ran.err.contains(said), "{}", ran.err);
    }
    assert_eq!(scratch.listing(), files);
}
