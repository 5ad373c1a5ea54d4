//! Limits how much a file may unpack to: a small one must not fill the memory.

/// The bytes that any file may unpack to.
const FLOOR: u64 = 256 << 20;
/// The further bytes that each byte of the file may unpack to. Deflate reaches
/// 1,032, but only for data that is not worth reading.
const RATIO: u64 = 256;

/// The most values in a row; no network takes more.
pub(super) const MOST_VALUES: usize = 1 << 22;
/// The most cells in a line: each column needs memory for its name and more.
pub(super) const MOST_COLUMNS: usize = 1 << 20;

/// Returns the most that a file of `packed` bytes may unpack to.
pub(super) fn most(packed: u64) -> u64 {
    FLOOR.saturating_add(packed.saturating_mul(RATIO))
}

/// The remainder of what a file may unpack to.
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

    /// Adds the allowance of `packed` more bytes to that of files read
    /// together.
    pub fn add(&mut self, packed: u64) {
        self.packed = self.packed.saturating_add(packed);
        self.left = self.left.saturating_add(packed.saturating_mul(RATIO));
    }

    /// Takes bytes from the allowance.
    ///
    /// # Errors
    /// Describes what was found, in words, if too little is left.
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
