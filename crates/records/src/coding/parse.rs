//! Values from the texts that kinds write. What is none comes out as 0: the fields were held against the format.

/// Below this every whole number is exact in a double.
pub(super) const EXACT: u64 = 1 << 53;

/// Powers of ten that are exact in a double.
pub(super) const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// A number's sign, its digits without the point, and how many of them stand behind it; `None` if it has an
/// exponent or too many digits.
#[inline]
fn digits(text: &[u8]) -> Option<(bool, u64, usize)> {
    let (is_negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let (mut number, mut places, mut has_point) = (0u64, 0, false);
    for byte in text {
        match byte {
            b'0'..=b'9' => {
                number = number
                    .checked_mul(10)?
                    .checked_add(u64::from(byte - b'0'))?;
                places += usize::from(has_point);
            }
            b'.' if !has_point => has_point = true,
            _ => return None,
        }
    }
    Some((is_negative, number, places))
}

fn parsed(text: &[u8]) -> f64 {
    let text = std::str::from_utf8(text).unwrap_or_default();
    text.parse().unwrap_or(0.0)
}

/// A whole number; what stands behind a point is left out. One above 2^63 wraps around, which is how Protobuf's
/// `uint64` is written.
#[inline]
pub(super) fn whole(text: &[u8]) -> i64 {
    match digits(text) {
        Some((is_negative, number, places)) => {
            let number = match places {
                0 => number,
                places => number / 10u64.saturating_pow(places as u32),
            };
            let number = number.cast_signed();
            if is_negative {
                number.wrapping_neg()
            } else {
                number
            }
        }
        None => parsed(text) as i64,
    }
}

/// The double that is nearest to the number.
#[inline]
pub(super) fn double(text: &[u8]) -> f64 {
    match digits(text) {
        // Both are exact, and IEEE 754 rounds a quotient to the nearest.
        Some((is_negative, number, places)) if number < EXACT && places < POWERS.len() => {
            let number = number as f64 / POWERS[places];
            if is_negative { -number } else { number }
        }
        _ => parsed(text),
    }
}

/// A number in units of its last of `scale` decimal places. More places than that are cut off.
pub(super) fn decimal(text: &[u8], scale: u32) -> i128 {
    let Some((is_negative, number, places)) = digits(text) else {
        let units = parsed(text) * POWERS[(scale as usize).min(POWERS.len() - 1)];
        return units as i128;
    };
    let (number, places) = (i128::from(number), places as u32);
    let number = if places <= scale {
        number.saturating_mul(10i128.saturating_pow(scale - places))
    } else {
        number / 10i128.saturating_pow(places - scale)
    };
    if is_negative { -number } else { number }
}

/// Two digits as a number.
#[inline]
fn pair(text: &[u8], at: usize) -> i64 {
    match text.get(at..at + 2) {
        Some([tens, ones]) => {
            i64::from(tens.wrapping_sub(b'0')) * 10 + i64::from(ones.wrapping_sub(b'0'))
        }
        _ => 0,
    }
}

/// Days since 1970 of a day `2026-11-24`, by Howard Hinnant's `days_from_civil`
/// (<https://howardhinnant.github.io/date_algorithms.html>).
pub(super) fn day(text: &[u8]) -> i64 {
    let (year, month, day) = (
        pair(text, 0) * 100 + pair(text, 2),
        pair(text, 5),
        pair(text, 8),
    );
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let shifted_month = (month + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Seconds since 1970 and nanoseconds of a moment as RFC 3339 has it.
pub(super) fn moment(text: &[u8]) -> (i64, u32) {
    let seconds =
        day(text) * 86_400 + pair(text, 11) * 3_600 + pair(text, 14) * 60 + pair(text, 17);
    let (mut at, mut nanos) = (19, 0);
    if text.get(at) == Some(&b'.') {
        let mut unit = 100_000_000;
        at += 1;
        while let Some(digit @ b'0'..=b'9') = text.get(at) {
            nanos += u32::from(digit - b'0') * unit;
            unit /= 10;
            at += 1;
        }
    }
    let offset = pair(text, at + 1) * 3_600 + pair(text, at + 4) * 60;
    match text.get(at) {
        Some(b'+') => (seconds - offset, nanos),
        Some(b'-') => (seconds + offset, nanos),
        _ => (seconds, nanos),
    }
}

/// The number that the hexadecimal digits of a UUID come to.
pub(super) fn uuid(text: &[u8]) -> u128 {
    let digits = text
        .iter()
        .filter_map(|byte| char::from(*byte).to_digit(16));
    digits.fold(0, |number, digit| number << 4 | u128::from(digit))
}
