//! Keeps the running mean and spread of columns of numbers.

/// Mean and spread of each unit over rows (Welford 1962); NaN is left out.
pub(crate) struct Moments {
    rows: Vec<f64>,
    means: Vec<f64>,
    spreads: Vec<f64>,
}

impl Moments {
    pub fn new(units: usize) -> Self {
        Moments {
            rows: vec![0.0; units],
            means: vec![0.0; units],
            spreads: vec![0.0; units],
        }
    }

    /// Computes the moments of rows `[rows, units]`, row-major.
    pub fn of(rows: &[f32], units: usize) -> Self {
        let mut moments = Moments::new(units);
        rows.chunks_exact(units).for_each(|row| moments.add(row));
        moments
    }

    pub fn add(&mut self, row: &[f32]) {
        for (at, &value) in row.iter().enumerate() {
            if value.is_nan() {
                continue;
            }
            self.rows[at] += 1.0;
            let distance = f64::from(value) - self.means[at];
            self.means[at] += distance / self.rows[at];
            self.spreads[at] += distance * (f64::from(value) - self.means[at]);
        }
    }

    pub fn means(&self) -> Vec<f32> {
        self.means.iter().map(|&mean| mean as f32).collect()
    }

    pub fn means_f64(&self) -> &[f64] {
        &self.means
    }

    /// Returns how many rows each unit was known in.
    pub fn rows(&self) -> &[f64] {
        &self.rows
    }

    /// Returns the squared distances from the mean, summed over rows; exactly 0
    /// for a unit that never changes.
    pub fn spreads(&self) -> &[f64] {
        &self.spreads
    }

    /// Does what [`Self::spreads`] does, and gives them away.
    pub fn into_spreads(self) -> Vec<f64> {
        self.spreads
    }

    pub fn deviations(&self) -> Vec<f32> {
        let deviation = |(spread, rows): (&f64, &f64)| (spread / rows.max(1.0)).sqrt() as f32;
        self.spreads.iter().zip(&self.rows).map(deviation).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_deviation_by_hand() {
        let moments = Moments::of(&[1.0, 5.0, 3.0, 5.0], 2);
        assert_eq!(moments.means(), [2.0, 5.0]);
        assert_eq!(moments.deviations(), [1.0, 0.0]);
        let missing = Moments::of(&[1.0, 5.0, f32::NAN, 5.0, 3.0, 5.0], 2);
        assert_eq!(missing.means(), moments.means());
        assert_eq!(missing.deviations(), moments.deviations());
        assert_eq!(missing.rows(), [2.0, 3.0]);
    }
}
