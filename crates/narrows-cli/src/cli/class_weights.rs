//! Parses the weights of classes.

use std::collections::BTreeMap;

use narrows::ClassWeights;

/// Parses `balanced`, or `CLASS=WEIGHT` with commas between; a class may have
/// commas and equals signs in its name.
pub fn parse(text: &str) -> Result<ClassWeights, String> {
    if text == "balanced" {
        return Ok(ClassWeights::Balanced);
    }
    let mut each = BTreeMap::new();
    let mut class = String::new();
    for part in text.split(',') {
        class += part;
        let weight = |(name, weight): (&str, &str)| Some((name.to_string(), weight.parse().ok()?));
        match class.rsplit_once('=').and_then(weight) {
            None => class.push(','),
            Some((name, weight)) => {
                if each.insert(name.clone(), weight).is_some() {
                    return Err(format!("two weights for '{name}', expected one"));
                }
                class.clear();
            }
        }
    }
    match class.is_empty() {
        true => Ok(ClassWeights::Each(each)),
        false => Err("expected `balanced`, or CLASS=WEIGHT with commas between".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each(of: &[(&str, f64)]) -> Result<ClassWeights, String> {
        let of = of.iter().map(|&(class, weight)| (class.into(), weight));
        Ok(ClassWeights::Each(of.collect()))
    }

    #[test]
    fn a_word_or_a_weight_for_each_class() {
        assert_eq!(parse("balanced"), Ok(ClassWeights::Balanced));
        assert_eq!(parse("yes=10,no=0.5"), each(&[("yes", 10.0), ("no", 0.5)]));
        assert_eq!(parse("a,b=2,x=y=1e3"), each(&[("a,b", 2.0), ("x=y", 1e3)]));
        for wrong in ["", "even", "yes=ten", "yes=1,", "yes=1,yes=2"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
