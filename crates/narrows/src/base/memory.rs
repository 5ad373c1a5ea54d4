//! Tries large allocations first, and writes numbers of bytes as text.

use std::hint::black_box;

use super::error::{Error, Result};

/// Refuses work that needs `bytes` more than the system grants, before an
/// allocation that fails would end the program. `what` takes them, in the
/// plural.
///
/// # Errors
/// [`Error::Usage`] if that much cannot be allocated.
pub(crate) fn check_granted(bytes: usize, what: &str) -> Result<()> {
    let mut room: Vec<u8> = Vec::new();
    let granted = room.try_reserve_exact(bytes);
    // Otherwise a compiler may leave the allocation out.
    black_box(&mut room);
    granted.map_err(|_| {
        Error::usage(
            format!("{what} that take {} of memory", shown(bytes)),
            "memory that the system grants",
            "raise the limit of the process (as `ulimit -v` or a batch system sets it), or take fewer rows",
        )
    })
}

/// Returns a number of bytes as text such as `512 MB` or `1.5 GB`, in units of
/// a thousand.
pub fn shown(bytes: usize) -> String {
    const UNITS: [&str; 5] = ["bytes", "kB", "MB", "GB", "TB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 999.5 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    let digits = match size {
        _ if unit == 0 => 0,
        ..9.95 => 1,
        _ => 0,
    };
    let number = format!("{size:.digits$}");
    let number = number.strip_suffix(".0").unwrap_or(&number);
    format!("{number} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_there_can_be_is_refused_with_its_size() {
        assert_eq!(check_granted(1 << 20, "rows"), Ok(()));
        let error = check_granted(1 << 62, "rows").unwrap_err();
        assert!(
            error.to_string().contains("rows that take 4611686 TB"),
            "{error}"
        );
    }

    #[test]
    fn bytes_are_told_in_units_of_a_thousand() {
        assert_eq!(shown(0), "0 bytes");
        assert_eq!(shown(1500), "1.5 kB");
        assert_eq!(shown(512_000_000), "512 MB");
        assert_eq!(shown(999_600_000), "1 GB");
        assert_eq!(shown(10_400_000_000), "10 GB");
    }
}
