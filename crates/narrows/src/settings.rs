//! The settings, table by table: plain data and the ranges of its values. What
//! settings mean in combination is checked in `config`.

mod choices;
mod convolutional;
mod data;
mod header;
mod hold_out;
mod kinds;
mod layerwise;
mod loss;
mod network;
mod one_or_more;
mod optimizer;
pub(crate) mod ranges;
mod score;
mod series;
mod train;

pub use choices::{
    Activation, Balance, Decimal, Delimiter, Init, Missing, OptimizerName, Reconstruction, Scale,
    Schedule, Unseen,
};
pub use convolutional::ConvolutionalConfig;
pub use data::DataConfig;
pub use header::Header;
pub use hold_out::{Amount, HoldOut};
pub use kinds::{Kind, TimeKind, TimePart};
pub use layerwise::{LayerEpochs, Layerwise, Networks};
pub use loss::LossConfig;
pub use network::NetworkConfig;
pub use optimizer::OptimizerConfig;
pub(crate) use score::WIDEST;
pub use score::{ScoreBy, ScoreConfig};
pub use series::Series;
pub use train::TrainConfig;
