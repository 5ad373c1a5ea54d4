//! Windows of a series: training, scores, marks, the list and the look over time.

use crate::common::Scratch;

/// Returns a value every minute that follows the minute of the hour, of two machines,
/// with a spell of standing still, and a gap of two hours.
fn readings(from: usize, rows: usize, still: std::ops::Range<usize>) -> String {
    let mut text = "machine,when,heat,fault\n".to_string();
    for at in from..from + rows {
        let minute = at + if at >= from + rows / 2 { 120 } else { 0 };
        let (day, hour) = (1 + minute / 1_440, minute / 60 % 24);
        for machine in ["north", "south"] {
            let is_still = machine == "south" && still.contains(&(at - from));
            let turn = (minute % 60) as f64 / 60.0 * std::f64::consts::TAU;
            let heat = 50.0 + 9.0 * turn.sin() + (at * 37 % 11) as f64 / 20.0;
            let heat = if is_still { 50.0 } else { heat };
            text += &format!(
                "{machine},2024-03-{day:02} {hour:02}:{:02},{heat:.2},{}\n",
                minute % 60,
                u8::from(is_still)
            );
        }
    }
    text
}

fn trained() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("usual.csv", readings(0, 1_200, 0..0));
    scratch.write("new.csv", readings(4_000, 600, 300..340));
    let ran = scratch.ok(
        "train anomalies --data usual.csv --name my --set data.window=12 --set data.group=machine --set data.label=fault --set seeds=1 --set train.epochs=6",
    );
    for said in ["order of 'when'", "1 min apart", "comes 2.02 h after"] {
        assert!(ran.err.contains(said), "no {said:?} in {}", ran.err);
    }
    scratch
}

#[test]
fn a_series_is_scored_window_by_window_and_its_times_come_back() {
    let scratch = trained();
    let ran = scratch.ok("score runs/my new.csv -o scores.csv --top 3 --truth fault --json");
    let json = ran.json();
    let scores = scratch.text("scores.csv");
    let mut lines = scores.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert_eq!(
        names[..7],
        ["row", "machine", "when", "fault", "score", "p", "marked"]
    );
    assert_eq!(
        names[7..12],
        ["column_1", "at_1", "share_1", "found_1", "expected_1"]
    );
    assert!(names.contains(&"repair_at"));
    // Two series, each with a gap: 11 rows before the first window, four times.
    let lines: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert_eq!(lines.len(), 1_200 - 4 * 11);
    assert_eq!(lines[0][..3], ["23", "north", "2024-03-03 18:51"]);
    assert!(
        lines
            .iter()
            .all(|line| line[7] == "heat" && line[8].starts_with("2024-03-0"))
    );
    assert!(json["truth"]["auroc"].as_f64().unwrap() > 0.95, "{json}");
    let stretches = json["stretches"].as_u64().unwrap();
    assert!((1..=8).contains(&stretches) && stretches < json["marked"].as_u64().unwrap());
    // The list has no two windows of one spell.
    let top = json["top"].as_array().unwrap();
    let rows: Vec<i64> = top.iter().map(|row| row["row"].as_i64().unwrap()).collect();
    assert!((600..700).contains(&rows[0]), "{rows:?}");
    assert!(
        (rows[0] - rows[1]).abs() >= 24 || (rows[0] + rows[1]) % 2 == 1,
        "{rows:?}"
    );
    let ran = scratch.ok("score runs/my new.csv --top 3");
    assert!(
        ran.text().lines().next().unwrap().contains("  at  "),
        "{}",
        ran.text()
    );
    assert!(
        ran.err.contains(&format!("in {stretches} stretch")),
        "{}",
        ran.err
    );
}

#[test]
fn parts_and_pipes_give_the_scores_of_the_whole() {
    let scratch = trained();
    scratch.ok("score runs/my new.csv -o scores.csv");
    let piped = scratch.run_on("score runs/my - -o piped.csv", scratch.text("new.csv"));
    assert_eq!(piped.code, 0, "{}", piped.err);
    assert_eq!(scratch.text("piped.csv"), scratch.text("scores.csv"));
    scratch.ok("encode runs/my new.csv -o codes.csv");
    assert_eq!(
        scratch.text("codes.csv").lines().count(),
        1_200 - 4 * 11 + 1
    );
}

#[test]
fn rows_of_a_series_that_cannot_be_windows_are_told() {
    let scratch = trained();
    let new = scratch.text("new.csv");
    let (head, rows) = new.split_once('\n').unwrap();
    let back: Vec<&str> = rows.lines().rev().collect();
    scratch.write("back.csv", format!("{head}\n{}\n", back.join("\n")));
    let ran = scratch.run("score runs/my back.csv -o scores.csv");
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("row 3") && ran.err.contains("sort"),
        "{}",
        ran.err
    );
    assert!(!scratch.path("scores.csv").exists());
    scratch.write(
        "short.csv",
        format!(
            "{head}\n{}\n",
            rows.lines().take(20).collect::<Vec<_>>().join("\n")
        ),
    );
    let ran = scratch.run("score runs/my short.csv --top 3");
    assert!(
        ran.code == 1 && ran.err.contains("data.window = 12"),
        "{}",
        ran.err
    );
    let ran = scratch.run("impute runs/my new.csv -o filled.csv");
    assert!(ran.code == 2 && ran.err.contains("windows"), "{}", ran.err);
    let ran = scratch.run("train anomalies --data usual.csv --name no --set data.step=2");
    assert!(
        ran.code == 2 && ran.err.contains("data.window is not set"),
        "{}",
        ran.err
    );
}

#[test]
fn the_report_and_a_look_draw_scores_over_time() {
    let scratch = trained();
    scratch.ok("look series runs/my new.csv -o series.svg");
    let svg = scratch.text("series.svg");
    for said in ["The most unusual windows", "2024-03-03 18:51", "heat"] {
        assert!(svg.contains(said), "no {said:?}");
    }
    let json = scratch.ok("look series runs/my new.csv -o -").json();
    let worst = &json["worst"][0];
    assert_eq!(worst["found"].as_array().unwrap().len(), 12);
    assert!(worst["from"].as_str().unwrap() < worst["to"].as_str().unwrap());
    scratch.ok("report runs/my new.csv -o report.html");
    assert!(
        scratch
            .text("report.html")
            .contains("Scores in the order of rows")
    );
}
