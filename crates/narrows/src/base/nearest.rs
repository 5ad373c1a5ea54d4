//! Which known name a mistyped one was meant to be.

/// Longer names are not compared: nobody types them.
const LONGEST: usize = 200;

/// Returns the candidate with the fewest edits from `wrong`; `None` if none is
/// near enough to be what was meant.
pub(crate) fn nearest<'a>(
    wrong: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let length = wrong.chars().count();
    // `x2` is another column than `x1`, not a slip of the finger.
    let most = |candidate: &str| match length.max(candidate.chars().count()) {
        0..=2 => 0,
        longer => ((longer - 1) / 2).min(2).max(longer / 3).min(length - 1),
    };
    candidates
        .filter(|_| length > 0)
        // Nor is `x10` a slip for `x11`.
        .filter(|candidate| !differ_in_digits(&wrong, &candidate.to_lowercase()))
        .map(|candidate| (edits(&wrong, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= most(candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Returns whether two names are the same but for their numbers.
fn differ_in_digits(a: &str, b: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    let letters = |name: &str| name.replace(is_digit, "");
    a != b && a.contains(is_digit) && b.contains(is_digit) && letters(a) == letters(b)
}

/// Returns how many edits turn one name into the other; two swapped letters
/// count as one.
fn edits(a: &str, b: &str) -> usize {
    let longer = a.chars().count().max(b.chars().count());
    if longer > LONGEST {
        return longer;
    }
    strsim::osa_distance(a, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_a_few_edits_away() {
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("trian", "train"), 1);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(nearest("knid", ["name", "kind"].into_iter()), Some("kind"));
        assert_eq!(nearest("ReLU", ["relu"].into_iter()), Some("relu"));
        assert_eq!(nearest("b", ["a"].into_iter()), None);
        assert_eq!(nearest("", ["a"].into_iter()), None);
        assert_eq!(nearest("x1", ["x2"].into_iter()), None);
        assert_eq!(nearest("x10", ["x11"].into_iter()), None);
        assert_eq!(nearest("beta", ["beta1"].into_iter()), Some("beta1"));
        assert_eq!(
            nearest("lable", ["target", "label"].into_iter()),
            Some("label")
        );
        assert_eq!(nearest("ag", ["AG"].into_iter()), Some("AG"));
        assert_eq!(nearest("zebra", ["name", "kind"].into_iter()), None);
    }

    #[test]
    fn names_of_any_length_are_compared_in_no_time() {
        let long = "é".repeat(1 << 20);
        assert_eq!(edits(&long, &long), 1 << 20);
    }
}
