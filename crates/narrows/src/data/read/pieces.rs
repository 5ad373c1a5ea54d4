//! A list that grows without being copied: making room for a list twice as long
//! briefly takes three times its memory.

use crate::base::error::Result;
use crate::base::memory::check_granted;

/// Values per piece once there are many.
const PIECE: usize = 4 << 20;

/// Values in order, stored in pieces.
#[derive(Debug)]
pub(super) struct Pieces<T> {
    full: Vec<Vec<T>>,
    last: Vec<T>,
    /// Values before the last piece.
    before: usize,
}

impl<T: Copy> Pieces<T> {
    pub fn new() -> Self {
        Pieces {
            full: Vec::new(),
            last: Vec::new(),
            before: 0,
        }
    }

    /// Tries whether there is memory for `count` more values.
    ///
    /// # Errors
    /// [`Error::Usage`](crate::Error::Usage) if there is not.
    pub fn check_granted(&self, count: usize) -> Result<()> {
        let (length, room) = (self.last.len() + count, self.last.capacity());
        let grows = match length > PIECE && !self.last.is_empty() {
            true => PIECE.max(count),
            // A list grows to twice its size.
            false if length > room => length.max(2 * room),
            false => return Ok(()),
        };
        check_granted(grows * size_of::<T>(), "more rows")
    }

    /// Returns the last piece, to be extended by `count` values, which will be
    /// contiguous.
    pub fn more(&mut self, count: usize) -> &mut Vec<T> {
        if self.last.len() + count > PIECE && !self.last.is_empty() {
            self.before += self.last.len();
            let next = Vec::with_capacity(PIECE.max(count));
            self.full.push(std::mem::replace(&mut self.last, next));
        }
        &mut self.last
    }

    /// Takes the last `count` values out, which were added together.
    pub fn shorten(&mut self, count: usize) {
        self.last.truncate(self.last.len() - count);
    }

    /// Returns one of the values that were added last.
    pub fn recent(&mut self, at: usize) -> &mut T {
        &mut self.last[at - self.before]
    }

    /// Returns every `width`th value from `at` on; pieces hold whole rows of
    /// `width`.
    pub fn column(&mut self, at: usize, width: usize) -> impl Iterator<Item = &mut T> {
        let pieces = self.full.iter_mut().chain([&mut self.last]);
        pieces.flat_map(move |piece| piece.iter_mut().skip(at).step_by(width))
    }

    /// Returns all values in one piece, freeing each piece once it is copied.
    ///
    /// # Errors
    /// [`Error::Usage`](crate::Error::Usage) if there is no memory for the copy.
    pub fn whole(self) -> Result<Vec<T>> {
        if self.full.is_empty() {
            let mut last = self.last;
            last.shrink_to_fit();
            return Ok(last);
        }
        let bytes = (self.before + self.last.len()) * size_of::<T>();
        check_granted(bytes, "rows")?;
        let mut all = Vec::with_capacity(self.before + self.last.len());
        for piece in self.full {
            all.extend_from_slice(&piece);
        }
        all.extend_from_slice(&self.last);
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_become_one_list_in_order() {
        let mut pieces = Pieces::new();
        let width = 7;
        let rows = PIECE / width + 10;
        for row in 0..rows {
            let more = pieces.more(width);
            more.extend((0..width).map(|at| (row * width + at) as u32));
            *pieces.recent(row * width + 3) = 1;
        }
        assert!(!pieces.full.is_empty());
        pieces.column(2, width).for_each(|value| *value = 2);
        let whole = pieces.whole().unwrap();
        assert_eq!(
            (whole.len(), whole.capacity()),
            (rows * width, rows * width)
        );
        for (at, value) in whole.into_iter().enumerate() {
            let expected = match at % width {
                2 => 2,
                3 => 1,
                _ => at as u32,
            };
            assert_eq!(value, expected);
        }
    }
}
