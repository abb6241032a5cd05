//! What a scalar is by itself.

/// What a plain scalar is where its type does not say: the core schema of YAML 1.2, in which `no`
/// is text. Numbers with leading zeros are octal to some and are refused; `0o17`, `0x1f` and `.inf`
/// stay text, since nobody means a number by them here.
/// <https://yaml.org/spec/1.2.2/#1032-tag-resolution>
pub(super) enum Resolved {
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    /// A number that a floating-point number can't hold as it is written; what it would become.
    Rounded(f64),
    LeadingZero,
    Text,
}

pub(super) fn resolve(text: &str) -> Resolved {
    match text {
        "true" | "True" | "TRUE" => return Resolved::Bool(true),
        "false" | "False" | "FALSE" => return Resolved::Bool(false),
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Resolved::Text;
    }
    if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Resolved::LeadingZero;
    }
    if let Ok(number) = text.parse() {
        return Resolved::Unsigned(number);
    }
    if let Ok(number) = text.parse() {
        return Resolved::Signed(number);
    }
    match text.parse::<f64>() {
        Ok(number) if is_kept(text, number) => Resolved::Float(number),
        Ok(number) => Resolved::Rounded(number),
        Err(_) => Resolved::Text,
    }
}

/// Whether JSON has as many digits of the number as `text`: the fewest that read back to the same number. Where two
/// texts of this length do, either may be written.
fn is_kept(text: &str, number: f64) -> bool {
    let length = |text: &str| significant(text).map(|(digits, power)| (digits.len(), power));
    number.is_finite() && length(text) == length(&format!("{number:e}"))
}

/// The digits of a number from the first to the last that is not zero, and the power of ten of the
/// last one. `None`: zero, or beyond all bounds.
fn significant(text: &str) -> Option<(String, i64)> {
    let text = text.trim_start_matches(['-', '+']);
    let (digits, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let digits = format!("{whole}{fraction}");
    let from_left = digits.trim_start_matches('0');
    let kept = from_left.trim_end_matches('0');
    let dropped = from_left.len() - kept.len();
    let power: i64 = power.parse().ok()?;
    let power = power
        .checked_sub(i64::try_from(fraction.len()).ok()?)?
        .checked_add(i64::try_from(dropped).ok()?)?;
    (!kept.is_empty()).then(|| (kept.to_owned(), power))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_kept_with_all_its_digits_or_told_to_be_rounded() {
        for kept in [
            "0.1",
            "-1291690361998903.2",
            "1.50",
            "1e3",
            "1.0E-7",
            "-0.25",
            "0.0",
            "1e22",
            "1e300",
            ".5",
            "007.5",
        ] {
            assert!(matches!(resolve(kept), Resolved::Float(_)), "{kept}");
        }
        for rounded in [
            "12345678901234567890123",
            "-99999999999999999999",
            "3.14159265358979323846",
            "0.1000000000000000055",
            "1e400",
        ] {
            assert!(
                matches!(resolve(rounded), Resolved::Rounded(_)),
                "{rounded}"
            );
        }
        // The largest whole numbers are kept as such.
        for whole in ["18446744073709551615", "-9223372036854775808"] {
            let found = resolve(whole);
            assert!(
                matches!(found, Resolved::Unsigned(_) | Resolved::Signed(_)),
                "{whole}"
            );
        }
    }

    proptest! {
        /// What JSON has for a number is kept as a number.
        #[test]
        fn what_json_writes_is_kept(number in any::<f64>()) {
            prop_assume!(number.is_finite());
            let text = serde_json::Value::from(number).to_string();
            prop_assert!(!matches!(resolve(&text), Resolved::Rounded(_)), "{}", text);
        }
    }
}
