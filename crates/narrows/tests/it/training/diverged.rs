//! Checks that a rate that is far too high is noticed in every kind of
//! training.

use crate::carried::{bars, configs, name, shrunk};
use narrows::{Control, Error, Training};

#[test]
fn a_rate_of_a_million_is_told_of_and_named_whatever_the_kind() {
    let table = bars();
    let (mut stopped, mut warned) = (0, 0);
    for path in configs() {
        let mut config = shrunk(&path);
        config.optimizer.rate = 1e6;
        let mut training = Training::new(&config, &table).unwrap();
        let ended = loop {
            match training.run_epoch(&mut |_| Control::Continue) {
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        let told = match ended {
            Some(Error::Diverged { hint, .. }) => {
                stopped += 1;
                vec![hint.to_string()]
            }
            Some(other) => panic!("{}: {other}", name(&path)),
            None => {
                warned += 1;
                training.finish().warnings().to_vec()
            }
        };
        let named = |words: &String| words.contains("optimizer.rate");
        assert!(told.iter().any(named), "{}: {told:?}", name(&path));
    }
    assert!(
        stopped > 2 && warned > 2,
        "{stopped} stopped, {warned} warned"
    );
}

#[test]
fn the_rates_of_the_carried_configs_alarm_nobody() {
    let table = bars();
    for path in configs() {
        let mut training = Training::new(&shrunk(&path), &table).unwrap();
        while training
            .run_epoch(&mut |_| Control::Continue)
            .unwrap()
            .is_some()
        {
            assert_eq!(training.alarm(), None, "{}", name(&path));
        }
    }
}

#[test]
fn a_run_that_diverged_goes_on_with_a_lower_rate() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = folder.path().join("last.ckpt");
    let table = bars();
    let mut config = shrunk(&configs()[0]);
    config.optimizer = Default::default();
    let mut training = Training::new(&config, &table).unwrap();
    training.run_epoch(&mut |_| Control::Continue).unwrap();
    training.checkpoint(&checkpoint).unwrap();
    config.optimizer.rate /= 10.0;
    config.optimizer.clip = Some(1.0);
    let mut training = Training::new(&config, &table).unwrap();
    training.resume(&checkpoint).unwrap();
    let epoch = training
        .run_epoch(&mut |_| Control::Continue)
        .unwrap()
        .unwrap();
    assert_eq!(
        (epoch.epoch.epoch, epoch.epoch.rate),
        (2, config.optimizer.rate)
    );
}
