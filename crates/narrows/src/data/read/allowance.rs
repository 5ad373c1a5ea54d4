//! How much a file may unpack to: a small one must not fill the memory.

/// What any file may unpack to.
const FLOOR: u64 = 256 << 20;
/// What each of its bytes may unpack to beyond that. Deflate reaches 1,032,
/// but of nothing that is worth reading.
const RATIO: u64 = 256;

/// A row of more values is none: no network takes it.
pub(super) const MOST_VALUES: usize = 1 << 22;
/// A line of more cells is none: each column has a name and more to keep.
pub(super) const MOST_COLUMNS: usize = 1 << 20;

/// The most that a file of so many bytes may unpack to.
pub(super) fn most(packed: u64) -> u64 {
    FLOOR.saturating_add(packed.saturating_mul(RATIO))
}

/// What is left of what a file may unpack to.
#[derive(Debug)]
pub(super) struct Allowance {
    packed: u64,
    left: u64,
}

impl Allowance {
    pub fn of(packed: u64) -> Self {
        Allowance {
            packed,
            left: most(packed),
        }
    }

    /// Allows the files read together so many bytes more.
    pub fn add(&mut self, packed: u64) {
        self.packed = self.packed.saturating_add(packed);
        self.left = self.left.saturating_add(packed.saturating_mul(RATIO));
    }

    /// Takes from it.
    ///
    /// # Errors
    /// What was found, in words, where nothing is left.
    pub fn take(&mut self, bytes: u64) -> Result<(), String> {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(format!(
                "{} bytes that unpack to more than {} MiB",
                self.packed,
                most(self.packed) >> 20
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_unpack_to_256_mib_and_256_times_its_size() {
        let mut allowance = Allowance::of(1000);
        allowance.take((256 << 20) + 255_999).unwrap();
        assert!(allowance.take(2).unwrap_err().starts_with("1000 bytes"));
        allowance.take(1).unwrap();
        allowance.add(1);
        allowance.take(256).unwrap();
        assert!(allowance.take(1).is_err());
    }
}
