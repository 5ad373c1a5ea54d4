//! Lists the features of a table, worst first.

use super::bars::shares;
use super::pictures::{SIDE, signed};
use super::section::{Drawing, Key, Section};
use super::text::{clipped, count, number, percent};
use crate::data::table::ImageShape;
use crate::look::FeatureLook;

/// Number of features listed.
const MOST: usize = 30;
/// Number of features drawn.
const DRAWN: usize = 20;
/// Number of letters shown of a name.
const TEXT: usize = 60;

/// The list, and its caption.
pub(super) struct FeaturesView {
    pub features: Vec<FeatureRow>,
    pub says: String,
}

/// One feature with its bars, whose lengths are in percent.
pub(super) struct FeatureRow {
    pub name: String,
    pub explained: String,
    pub explained_length: String,
    pub share: String,
    pub share_length: String,
    pub miss: String,
}

pub(super) fn view(features: &[FeatureLook]) -> FeaturesView {
    let largest = features.first().map_or(0.0, |f| f.share);
    let row = |feature: &FeatureLook| FeatureRow {
        name: clipped(&feature.name, TEXT),
        explained: feature
            .explained_variance
            .map_or("constant".into(), percent),
        explained_length: length(feature.explained_variance.unwrap_or(0.0)),
        share: percent(feature.share),
        share_length: length(match largest > 0.0 {
            true => feature.share / largest,
            false => 0.0,
        }),
        miss: number(feature.typical_miss),
    };
    let which = match features.len() > MOST {
        true => format!("The {MOST} worst of {} features", count(features.len())),
        false => "Every feature".into(),
    };
    FeaturesView {
        features: features.iter().take(MOST).map(row).collect(),
        says: format!(
            "{which}, the largest part of the error first. Explained variance is what of a feature's ups and downs comes back; the typical miss is in the data's own units."
        ),
    }
}

fn length(share: f64) -> String {
    format!("{:.1}", 100.0 * share.clamp(0.0, 1.0))
}

/// Draws for each feature how much of it is reconstructed, and its share of the
/// error; for images one picture of the errors.
pub(super) fn drawn(features: &[FeatureLook], image: Option<ImageShape>) -> Section {
    if let Some(shape) = image {
        return of_pixels(features, shape);
    }
    let groups: Vec<(String, Vec<(&'static str, f64)>)> = features
        .iter()
        .take(DRAWN)
        .map(|feature| {
            let explained = feature.explained_variance.unwrap_or(0.0).clamp(0.0, 1.0);
            let bars = vec![("bar", explained), ("bar near", feature.share)];
            let name = match feature.explained_variance {
                Some(_) => feature.name.clone(),
                None => format!("{} (constant)", clipped(&feature.name, 11)),
            };
            (name, bars)
        })
        .collect();
    Section {
        id: "features",
        title: "Features".into(),
        says: format!(
            "{} of {} features, the largest part of the error first.",
            count(groups.len()),
            count(features.len())
        ),
        full: false,
        drawings: vec![Drawing::Chart {
            legend: vec![
                Key::dot("total", "explained variance"),
                Key::dot("held", "part of the error"),
            ],
            chart: shares("Features", &groups),
        }],
    }
}

/// Draws where in an image the errors are.
fn of_pixels(features: &[FeatureLook], shape: ImageShape) -> Section {
    let most = features.first().map_or(0.0, |feature| feature.mse);
    let mut values = vec![0f32; shape.features()];
    for feature in features.iter().filter(|_| most > 0.0) {
        values[feature.place] = (feature.mse / most) as f32;
    }
    let full = match shape.channels {
        3 => "white",
        _ => "full orange",
    };
    let title = "mean squared error of each pixel".to_string();
    Section {
        id: "features",
        title: "Where in the image the errors are".into(),
        says: format!(
            "The mean squared error of each pixel over all rows, in scaled units: {full} is {}, the largest.",
            number(most)
        ),
        full: false,
        drawings: vec![Drawing::Tiles {
            across: 1,
            pictures: vec![signed(&values, shape, title, SIDE)],
        }],
    }
}
