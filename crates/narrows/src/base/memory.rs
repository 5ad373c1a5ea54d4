//! Writes numbers of bytes as text.

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
    fn bytes_are_told_in_units_of_a_thousand() {
        assert_eq!(shown(0), "0 bytes");
        assert_eq!(shown(1500), "1.5 kB");
        assert_eq!(shown(512_000_000), "512 MB");
        assert_eq!(shown(999_600_000), "1 GB");
        assert_eq!(shown(10_400_000_000), "10 GB");
    }
}
