//! A kind for tests: adds the squared length of the code to the loss, averaged
//! over rows. It consists of this file and its line in the list, which shows
//! that a kind needs only one file and one line.

use serde::{Deserialize, Serialize};

use super::{Context, Forward, Measure, Measured, Variant};
use crate::base::device::scalar;
use crate::base::error::Result;
use crate::network::Pass;
use crate::objective::terms::{Terms, sum};
use crate::settings::ranges::above_zero;

pub(super) const EXAMPLE: &str = "\
[network]
hidden = [6]
code = 3

[small_code]
weight = 0.5
";
pub(super) const DOCS: &str = "";

/// `[small_code]`: a term that keeps codes short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmallCode {
    /// Weight of the term (default 1).
    pub weight: f32,
}

impl Default for SmallCode {
    fn default() -> Self {
        SmallCode { weight: 1.0 }
    }
}

impl Variant for SmallCode {
    fn name(&self) -> &'static str {
        "small_code"
    }

    fn check(&self, _: &Context) -> Result<()> {
        above_zero("small_code.weight", f64::from(self.weight))
    }

    fn terms(&self, forward: &Forward) -> Terms {
        let rows = forward.code.dims()[0] as f64;
        let squares = sum(forward.code.clone().square()) / rows;
        vec![("code_length", squares * f64::from(self.weight))]
    }

    fn measures(&self, measured: &Measured) -> Vec<Measure> {
        let code = measured
            .coder
            .encode(measured.inputs(), &mut Pass::Evaluate);
        let rows = code.dims()[0] as f64;
        vec![Measure {
            name: "squared_code_length",
            value: scalar(sum(code.square())) / rows,
            shown: Some(("Squared length of the code", "mean over rows")),
        }]
    }
}

#[cfg(test)]
mod tests {
    use crate::{Autoencoder, Config, Table, report};
    use crate::look::Looking;

    #[test]
    fn a_kind_of_one_file_and_one_line_trains_is_measured_and_reported() {
        let rows = (0..600).map(|i| ((i * 37) % 101) as f32).collect();
        let table = Table::from_floats(rows, 6).unwrap();
        let config = Config::from_toml("example", super::EXAMPLE).unwrap();
        let plain = Config {
            small_code: None,
            ..config.clone()
        };
        let model = Autoencoder::new(config).train(&table).unwrap();
        let plain = Autoencoder::new(plain).train(&table).unwrap();
        assert!(model.history[0].loss["code_length"] > 0.0);
        let length = |measures: &crate::Model| {
            let found = measures.evaluate(&table).unwrap().measures;
            found.get("squared_code_length").copied()
        };
        assert!(length(&model).unwrap() > 0.0);
        assert_eq!(length(&plain), None);
        let page = report(&Looking::new(&model, &table).unwrap(), "rows").unwrap();
        assert!(page.contains("Squared length of the code"));
        let refused = Config::from_toml("c.toml", "[small_code]\nweight = -1").unwrap_err();
        assert!(refused.to_string().contains("small_code.weight"));
    }
}
