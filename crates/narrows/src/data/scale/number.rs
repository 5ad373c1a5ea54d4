//! Scales one column of numbers to its feature and back.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::summary::Summary;
use super::transform::Transform;
use super::{Method, squash};
use crate::data::number_format::NumberFormat;
use crate::settings::{Kind, TimePart};

/// How a number becomes its feature, and the range that it had in training.
///
/// The feature is `z = (value - offset) / factor`. Where a few values lie far
/// from all others, those beyond 4 are drawn in first: `z` becomes
/// `(squash(z) - shift) / span`, which stays between `-8` and `8` if `shift` is
/// 0 and `span` is 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct NumberScale {
    pub name: String,
    pub offset: f32,
    pub factor: f32,
    /// The mean of the training rows, for missing cells, or their median if far
    /// values are drawn in; `None` if missing cells are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fill: Option<f32>,
    /// How values far from all others are drawn in; `None` if none are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub squashed: Option<Squashed>,
    /// What the training rows hold; `None` for pixels and in older files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extent: Option<TrainingRange>,
    /// Whether the training rows hold two values only; `false` in older files.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub two_valued: bool,
    /// What the value is bent by before it is scaled; `None` if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transform: Option<Transform>,
    /// How the numbers were written in the file, where that is not as Rust
    /// writes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<NumberFormat>,
    /// What its numbers stand for; `None` if for themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Words>,
}

/// What the numbers of a column stand for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Words {
    /// Places in an order of texts.
    Order(Vec<String>),
    /// Days since 1970-01-01.
    Days,
}

impl Words {
    /// Returns what a number of a column stands for by its kind; `None` if for
    /// itself. `made_of` is the kind of the column that it is a part of.
    pub fn of(kind: Option<&Kind>, made_of: Option<(&Kind, &str)>) -> Option<Self> {
        match (kind, made_of) {
            (Some(Kind::Ordinal(texts)), _) => Some(Words::Order(texts.clone())),
            (None, Some((Kind::Time(_), part))) if part == TimePart::Day.name() => {
                Some(Words::Days)
            }
            _ => None,
        }
    }

    /// Returns the text of a number, to the nearest; `None` if there is none.
    pub fn text(&self, value: f32) -> Option<String> {
        let value = value.is_finite().then(|| value.round())?;
        match self {
            Words::Order(texts) => {
                let last = texts.len().checked_sub(1)?;
                texts.get((value.max(0.0) as usize).min(last)).cloned()
            }
            Words::Days => Some(NaiveDate::from_epoch_days(value as i32)?.to_string()),
        }
    }
}

/// Maps squashed numbers to features: `(number - shift) / span`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Squashed {
    pub shift: f32,
    pub span: f32,
    /// Whether a score counts what was drawn in; `false` in older files, whose
    /// held-out errors lack it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counts: bool,
}

/// The range of a column's training values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct TrainingRange {
    pub low: f32,
    pub high: f32,
    /// Whether all of them are whole numbers.
    pub whole: bool,
}

impl NumberScale {
    /// Returns the scale of pixels that are bytes.
    pub fn pixel(name: &str) -> Self {
        NumberScale {
            name: name.into(),
            offset: 0.0,
            factor: 255.0,
            fill: None,
            squashed: None,
            extent: None,
            two_valued: false,
            transform: None,
            written: None,
            words: None,
        }
    }

    /// Fits the scale to a summary of the training rows. `white` is what pixels
    /// are divided by; `far` says that a few values lie far from all others.
    pub fn fit(
        name: &str,
        method: Method,
        white: Option<f32>,
        summary: &Summary,
        far: bool,
        fill: bool,
    ) -> Self {
        let Summary { low, high, .. } = *summary;
        // What is left as it is by a scale to [0, 1].
        let is_unit = [low, high].iter().all(|end| *end == 0.0 || *end == 1.0);
        let (median, width) = (summary.spread.median, summary.spread.width);
        let (offset, factor) = match method {
            Method::None => (0.0, 1.0),
            Method::Bytes => (0.0, 255.0),
            Method::Words => (0.0, white.unwrap_or(1.0)),
            Method::Centre => (summary.mean as f32, white.unwrap_or(1.0)),
            Method::MinMax | Method::Standard if far => (median, width),
            Method::Robust if width > 0.0 => (median, width),
            Method::MinMax if is_unit => (0.0, 1.0),
            Method::MinMax => (low, high - low),
            Method::Standard | Method::Robust => (summary.mean as f32, summary.deviation as f32),
        };
        // A column that never changes is only shifted.
        let factor = match factor > 0.0 && factor.is_finite() {
            true => factor,
            false => 1.0,
        };
        let drawn_in = |value: f32| squash::squash((value - offset) / factor);
        let squashed = match method {
            Method::MinMax if far => Some(Squashed {
                shift: drawn_in(low),
                span: drawn_in(high) - drawn_in(low),
                counts: true,
            }),
            Method::Standard if far => Some(Squashed::PLAIN),
            Method::Robust => Some(Squashed::PLAIN),
            _ => None,
        };
        NumberScale {
            name: name.into(),
            offset,
            factor,
            fill: fill.then_some(match squashed {
                Some(_) => offset,
                None => summary.mean as f32,
            }),
            squashed: squashed.filter(|squashed| squashed.span > 0.0),
            extent: Some(TrainingRange {
                low,
                high,
                whole: summary.whole,
            }),
            two_valued: false,
            transform: None,
            written: None,
            words: None,
        }
    }

    /// Returns the scale of numbers that are bent first, of which `known` are the
    /// training rows' known ones: with `unit` they are brought to [0, 1], else to
    /// mean 0 and deviation 1.
    pub fn bent(self, transform: Transform, known: &[f32], unit: bool) -> Self {
        let bent: Vec<f64> = known.iter().map(|&x| f64::from(transform.of(x))).collect();
        let rows = bent.len().max(1) as f64;
        let mean = bent.iter().sum::<f64>() / rows;
        let variance = bent.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / rows;
        let ends = bent.iter().fold((f64::MAX, f64::MIN), |(low, high), &x| {
            (low.min(x), high.max(x))
        });
        let (offset, factor) = match unit {
            true => (ends.0, ends.1 - ends.0),
            false => (mean, variance.sqrt()),
        };
        NumberScale {
            squashed: None,
            offset: offset as f32,
            factor: if factor > 0.0 { factor as f32 } else { 1.0 },
            transform: Some(transform),
            ..self
        }
    }

    /// Returns whether the number is a count.
    pub fn counts(&self) -> bool {
        self.transform == Some(Transform::Count)
    }

    /// Returns whether the number is bent before it is scaled.
    pub fn is_bent(&self) -> bool {
        self.transform.is_some()
    }

    /// Returns whether the feature is `(value - offset) / factor`.
    pub fn is_affine(&self) -> bool {
        self.squashed.is_none() && self.transform.is_none()
    }

    /// Returns the feature of a value that is not missing.
    pub fn feature(&self, value: f32) -> f32 {
        let value = match &self.transform {
            Some(transform) => transform.of(value),
            None => value,
        };
        let z = (value - self.offset) / self.factor;
        match self.squashed {
            None => z,
            Some(Squashed { shift, span, .. }) => (squash::squash(z) - shift) / span,
        }
    }

    /// Returns the value of a feature. What was drawn in comes back within the
    /// range of training.
    pub fn value(&self, feature: f32) -> f32 {
        if let Some(transform) = &self.transform {
            return transform.back(feature * self.factor + self.offset);
        }
        let Some(Squashed { shift, span, .. }) = self.squashed else {
            return feature * self.factor + self.offset;
        };
        let z = squash::stretch(feature * span + shift);
        let value = z * self.factor + self.offset;
        let far = z.abs() > squash::NEAR;
        match self.extent.filter(|_| far) {
            // One end may itself be near.
            Some(TrainingRange { low, high, .. }) => {
                let near = self.factor * squash::NEAR;
                value.clamp(low.min(self.offset - near), high.max(self.offset + near))
            }
            None => value.clamp(-f32::MAX, f32::MAX),
        }
    }

    /// Returns the squared error that a feature has because its value was drawn
    /// in, which the network never sees; 0 unless the value is far from all
    /// others.
    pub fn drawn_in(&self, feature: f32) -> f64 {
        let counts = self.squashed.filter(|squashed| squashed.counts);
        counts.map_or(0.0, |Squashed { shift, span, .. }| {
            (squash::drawn_in(feature * span + shift) / f64::from(span)).powi(2)
        })
    }

    /// Returns the offset and factor with which `feature * factor + offset` is
    /// the value, unless that is far from all others; of a number that is bent,
    /// near the feature 0.
    pub fn own_units(&self) -> (f32, f32) {
        if let Some(transform) = &self.transform {
            // Near the middle, or the lower end.
            let slope = self.factor * transform.slope_back(self.offset);
            return (self.value(0.0), slope);
        }
        match self.squashed {
            None => (self.offset, self.factor),
            Some(Squashed { shift, span, .. }) => {
                (self.offset + shift * self.factor, span * self.factor)
            }
        }
    }

    /// Returns the value of a feature as training has values: whole if all are,
    /// within their range, and one of two if there are two.
    pub fn likely(&self, feature: f32) -> f32 {
        let value = self.value(feature);
        match self.extent {
            Some(e) if self.two_valued && value < e.low + (e.high - e.low) / 2.0 => e.low,
            Some(e) if self.two_valued => e.high,
            Some(e) if e.whole => value.round().clamp(e.low, e.high),
            Some(e) => value.clamp(e.low, e.high),
            None => value,
        }
    }

    /// Returns whether training had two values, whose features are 0 and 1.
    pub fn is_binary(&self) -> bool {
        let of_extent = |e: &TrainingRange| [e.low, e.high].map(|end| self.feature(end));
        self.two_valued && self.extent.as_ref().map(of_extent) == Some([0.0, 1.0])
    }

    /// Returns whether the scale, read from a file, can be used.
    pub fn is_sound(&self) -> bool {
        let positive = |number: f32| number > 0.0 && number.is_finite();
        let squashed = self
            .squashed
            .is_none_or(|s| s.shift.is_finite() && positive(s.span));
        let extent = self.extent.is_none_or(|e| e.low <= e.high);
        let transform = self.transform.as_ref().is_none_or(Transform::is_sound);
        self.offset.is_finite() && positive(self.factor) && squashed && extent && transform
    }
}

impl Squashed {
    const PLAIN: Squashed = Squashed {
        shift: 0.0,
        span: 1.0,
        counts: true,
    };
}

#[cfg(test)]
mod tests {
    use super::super::summary::Spread;
    use super::*;

    fn summary() -> Summary {
        Summary {
            count: 500,
            mean: 2e6,
            deviation: 4.5e7,
            low: -1.0,
            high: 1e9,
            whole: true,
            two_valued: false,
            spread: Spread {
                median: 10.0,
                width: 2.0,
            },
        }
    }

    #[test]
    fn numbers_that_stand_for_something_are_shown_as_that() {
        let sizes = Kind::Ordinal(["S", "M"].map(String::from).to_vec());
        let order = Words::of(Some(&sizes), None).unwrap();
        let texts = [-0.4, 0.6, 7.0].map(|place| order.text(place));
        assert_eq!(texts, ["S", "M", "M"].map(|text| Some(text.to_string())));
        let time = Kind::Time(Default::default());
        let days = Words::of(None, Some((&time, "day"))).unwrap();
        assert_eq!(days.text(19_782.2).as_deref(), Some("2024-02-29"));
        assert!(days.text(f32::NAN).is_none() && days.text(1e30).is_none());
        assert!(Words::of(None, Some((&time, "weekday"))).is_none());
    }

    #[test]
    fn a_far_value_leaves_the_others_their_width() {
        let scale = NumberScale::fit("a", Method::Standard, None, &summary(), true, false);
        assert_eq!(
            [8.0, 10.0, 18.0].map(|v| scale.feature(v)),
            [-1.0, 0.0, 4.0]
        );
        let far = scale.feature(1e9);
        assert!((7.9..=8.0).contains(&far), "{far}");
        assert_eq!([-1.0, 0.0, 4.0].map(|f| scale.value(f)), [8.0, 10.0, 18.0]);
        // Anything beyond comes back within the range of training.
        assert_eq!(scale.value(9.0), 1e9);
        assert_eq!(scale.value(-9.0), -1.0);
        assert!(scale.feature(151.0) > scale.feature(150.0));
    }

    #[test]
    fn an_output_from_0_to_1_reaches_every_training_value() {
        let scale = NumberScale::fit("a", Method::MinMax, None, &summary(), true, false);
        assert_eq!((scale.feature(-1.0), scale.feature(1e9)), (0.0, 1.0));
        let (offset, factor) = scale.own_units();
        assert!((scale.feature(11.0) * factor + offset - 11.0).abs() < 1e-4);
        assert!((scale.value(scale.feature(11.0)) - 11.0).abs() < 1e-4);
    }

    #[test]
    fn a_column_of_ones_is_left_as_it_is_by_a_scale_to_0_and_1() {
        let ones = Summary {
            low: 1.0,
            high: 1.0,
            ..summary()
        };
        let scale = NumberScale::fit("a", Method::MinMax, None, &ones, false, false);
        assert_eq!([0.0, 1.0].map(|v| scale.feature(v)), [0.0, 1.0]);
    }
}
