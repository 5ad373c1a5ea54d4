//! Prior distributions of codes.

use std::f64::consts::{PI, TAU};

use serde::{Deserialize, Serialize};

use super::STREAM;
use crate::base::random::{Address, Draws};

/// A distribution of codes; all units after the first two are standard normal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Prior {
    /// Standard normal for every unit.
    #[default]
    Gaussian,
    /// Normal components on a circle of radius 4 in the plane of the first two
    /// units, with standard deviation 1 along the radius and 0.25 across it.
    Mixture,
    /// A spiral of two turns in the plane of the first two units, with radius 4
    /// at its end, evenly filled, and noise of standard deviation 0.1.
    SwissRoll,
}

const RADIUS: f64 = 4.0;

impl Prior {
    /// Draws codes `[rows, code]`, and returns the component of each.
    pub(crate) fn draw(
        self,
        address: Address,
        code: usize,
        components: usize,
    ) -> (Vec<f32>, Vec<usize>) {
        let mut rows = address.fill(STREAM, 0, code + 1, |draws, out| {
            self.draw_row(draws, out, components);
        });
        let found = rows
            .chunks(code + 1)
            .map(|row| row[code] as usize)
            .collect();
        let mut at = 0;
        rows.retain(|_| {
            at += 1;
            at % (code + 1) != 0
        });
        (rows, found)
    }

    /// Draws one code, followed by its component.
    fn draw_row(self, draws: &mut Draws, out: &mut [f32], components: usize) {
        let place = f64::from(draws.uniform());
        let (code, component) = out.split_at_mut(out.len() - 1);
        for pair in code.chunks_mut(2) {
            let drawn = draws.normal_pair();
            pair.iter_mut()
                .zip(drawn)
                .for_each(|(to, v)| *to = v as f32);
        }
        let section = ((place * components as f64) as usize).min(components - 1);
        component[0] = section as f32;
        let [first, second, ..] = code else { return };
        let (a, b) = (f64::from(*first), f64::from(*second));
        let (x, y) = match self {
            Prior::Gaussian => (a, b),
            Prior::Mixture => {
                let angle = TAU * section as f64 / components as f64;
                let (along, across) = (RADIUS + a, 0.25 * b);
                (
                    along * angle.cos() - across * angle.sin(),
                    along * angle.sin() + across * angle.cos(),
                )
            }
            Prior::SwissRoll => {
                // The root fills the spiral evenly along its length.
                let angle = 4.0 * PI * place.sqrt();
                let radius = RADIUS * place.sqrt();
                (
                    radius * angle.cos() + 0.1 * a,
                    radius * angle.sin() + 0.1 * b,
                )
            }
        };
        (*first, *second) = (x as f32, y as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: usize = 600;

    fn draws(prior: Prior, epoch: u64) -> (Vec<f32>, Vec<usize>) {
        let rows: Vec<usize> = (0..ROWS).collect();
        let address = Address {
            seed: 1,
            epoch,
            rows: &rows,
            turn: 0,
        };
        prior.draw(address, 3, 5)
    }

    #[test]
    fn the_mixture_lies_on_its_circle_each_component_at_its_angle() {
        let (codes, components) = draws(Prior::Mixture, 1);
        for component in 0..5 {
            let members: Vec<&[f32]> = codes
                .chunks(3)
                .zip(&components)
                .filter(|(_, c)| **c == component)
                .map(|(code, _)| code)
                .collect();
            assert!(members.len() > 60, "{component}: {}", members.len());
            let mean = |at: usize| {
                let values = members.iter().map(|code| f64::from(code[at]));
                values.sum::<f64>() / members.len() as f64
            };
            let angle = TAU * component as f64 / 5.0;
            assert!((mean(0) - 4.0 * angle.cos()).abs() < 0.5);
            assert!((mean(1) - 4.0 * angle.sin()).abs() < 0.5);
            assert!(mean(2).abs() < 0.5);
        }
    }

    #[test]
    fn the_roll_is_a_spiral() {
        let (codes, _) = draws(Prior::SwissRoll, 1);
        for code in codes.chunks(3) {
            let (x, y) = (f64::from(code[0]), f64::from(code[1]));
            let radius = x.hypot(y);
            // The spiral's radii at this angle are 2 apart; take the nearest.
            let turn = y.atan2(x).rem_euclid(TAU) / PI;
            let away = [turn, turn + 2.0, 4.0].map(|r| (radius - r).abs());
            let away = away.into_iter().fold(f64::INFINITY, f64::min);
            assert!(radius < 4.6, "{radius}");
            // Near the centre the angle says nothing.
            assert!(radius < 0.5 || away < 0.5, "{radius} {away}");
        }
    }
}
