//! The programs in `examples/` run to their end.

#[path = "../../examples/anomalies.rs"]
mod anomalies;
#[path = "../../examples/resume.rs"]
mod resume;

#[test]
fn the_strange_row_is_found() {
    anomalies::main().unwrap();
}

#[test]
fn a_resumed_training_ends_as_one_without_a_pause() {
    resume::main().unwrap();
}
