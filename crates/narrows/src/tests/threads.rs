//! What may be sent to another thread, and what threads may share.

use crate::{
    Classifier, ClassifierTraining, Config, Encoder, Error, Model, Result, Scaler, Table, Training,
};

#[test]
fn models_and_tables_are_shared_and_trainings_are_sent() {
    fn shared<T: Send + Sync>() {}
    fn sent<T: Send>() {}
    shared::<(Config, Table, Model, Classifier, Encoder, Scaler)>();
    shared::<Result<Error>>();
    sent::<(Training, ClassifierTraining)>();
}
