//! Gives rows of features, wherever they come from.

/// Rows that can be sent through a network.
pub(crate) trait Source {
    /// Returns the number of values of a row.
    fn width(&self) -> usize;

    /// Returns some rows by their numbers, `[rows, width]`, row-major.
    fn gather(&self, rows: &[usize]) -> Vec<f32>;

    /// Returns some rows as [`Source::gather`] does, but with NaN in place of
    /// the values of missing cells.
    fn gather_known(&self, rows: &[usize]) -> Vec<f32> {
        self.gather(rows)
    }

    /// Returns a row's position in the data that the rows were selected from,
    /// which addresses the row's random draws.
    fn place(&self, row: usize) -> usize;
}

/// Rows that are sent through a network at a time. Parts of a file that end
/// early have a multiple of this, so that chunks are those of the whole file.
pub(crate) const CHUNK: usize = 256;
