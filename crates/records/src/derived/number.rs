//! Exact numbers with decimal places: what 0.1 + 0.2 is to people, not to a processor.

use std::cmp::Ordering;

use crate::output::Output;
use crate::writing::{PLACES_MAX, write_decimal};

/// More decimal places are rounded away.
const SCALE_MAX: u8 = 18;
/// How many decimal places the result of a division has, before it is rounded for the record.
const QUOTIENT_SCALE: u8 = 12;
/// How long a number can be as text: the digits of 2^127, its sign, its point and a zero before it.
pub(crate) const NUMBER_LEN: usize = 44;

/// `mantissa` / 10^`scale`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Number {
    pub(crate) mantissa: i128,
    pub(crate) scale: u8,
}

/// Powers of ten.
const POWERS: [i128; 38] = {
    let mut powers = [1; 38];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

fn power(scale: u8) -> i128 {
    POWERS[usize::from(scale).min(POWERS.len() - 1)]
}

/// The product. Most numbers fit into half of the width, where it is one instruction.
#[inline]
fn product(a: i128, b: i128) -> Option<i128> {
    match (i64::try_from(a), i64::try_from(b)) {
        (Ok(a), Ok(b)) => Some(i128::from(a) * i128::from(b)),
        _ => a.checked_mul(b),
    }
}

/// The quotient, halves away from zero.
fn rounded(dividend: i128, divisor: i128) -> Option<i128> {
    let (quotient, rest) = match (i64::try_from(dividend), i64::try_from(divisor)) {
        (Ok(a), Ok(b)) if b > 0 => (i128::from(a / b), i128::from(a % b)),
        _ => (
            dividend.checked_div(divisor)?,
            dividend.checked_rem(divisor)?,
        ),
    };
    let away = rest.unsigned_abs() >= divisor.unsigned_abs().div_ceil(2);
    let sign = if (dividend < 0) == (divisor < 0) {
        1
    } else {
        -1
    };
    quotient.checked_add(if away && rest != 0 { sign } else { 0 })
}

impl Number {
    pub(crate) fn whole(number: i64) -> Number {
        Number {
            mantissa: number.into(),
            scale: 0,
        }
    }

    /// A number as JSON writes it, if it is exact: no exponent, and no more digits than there is room for.
    pub(crate) fn parse(text: &[u8]) -> Option<Number> {
        let (is_negative, digits) = match text {
            [b'-', digits @ ..] => (true, digits),
            digits => (false, digits),
        };
        let (mut mantissa, mut scale, mut is_fraction) = (0_i128, 0_u8, false);
        for byte in digits {
            match byte {
                b'0'..=b'9' => {
                    let digit = i128::from(byte - b'0');
                    mantissa = mantissa.checked_mul(10)?.checked_add(digit)?;
                    scale += u8::from(is_fraction);
                    if scale > SCALE_MAX {
                        return None;
                    }
                }
                b'.' if !is_fraction => is_fraction = true,
                _ => return None,
            }
        }
        let is_number = digits.first().is_some_and(u8::is_ascii_digit);
        is_number.then_some(Number {
            mantissa: if is_negative { -mantissa } else { mantissa },
            scale,
        })
    }

    /// With so many decimal places, rounded if that is fewer.
    pub(crate) fn with_scale(self, scale: u8) -> Option<Number> {
        let mantissa = match self.scale.cmp(&scale) {
            Ordering::Equal => self.mantissa,
            Ordering::Less => product(self.mantissa, power(scale - self.scale))?,
            Ordering::Greater => rounded(self.mantissa, power(self.scale - scale))?,
        };
        Some(Number { mantissa, scale })
    }

    fn aligned(self, other: Number) -> Option<(i128, i128, u8)> {
        let scale = self.scale.max(other.scale);
        let (a, b) = (self.with_scale(scale)?, other.with_scale(scale)?);
        Some((a.mantissa, b.mantissa, scale))
    }

    pub(crate) fn add(self, other: Number) -> Option<Number> {
        let (a, b, scale) = self.aligned(other)?;
        let mantissa = a.checked_add(b)?;
        Some(Number { mantissa, scale })
    }

    pub(crate) fn negated(self) -> Option<Number> {
        let mantissa = self.mantissa.checked_neg()?;
        Some(Number { mantissa, ..self })
    }

    pub(crate) fn times(self, other: Number) -> Option<Number> {
        let both = Number {
            mantissa: product(self.mantissa, other.mantissa)?,
            scale: self.scale + other.scale,
        };
        both.with_scale(both.scale.min(SCALE_MAX))
    }

    /// `None` if the divisor is 0.
    pub(crate) fn by(self, divisor: Number) -> Option<Number> {
        let up = QUOTIENT_SCALE + divisor.scale;
        let dividend = if up >= self.scale {
            product(self.mantissa, power(up - self.scale))?
        } else {
            rounded(self.mantissa, power(self.scale - up))?
        };
        Some(Number {
            mantissa: rounded(dividend, divisor.mantissa)?,
            scale: QUOTIENT_SCALE,
        })
    }

    /// What is left of a division, with the sign of the dividend; `None` if the divisor is 0.
    pub(crate) fn rest(self, divisor: Number) -> Option<Number> {
        let (a, b, scale) = self.aligned(divisor)?;
        let mantissa = a.checked_rem(b)?;
        Some(Number { mantissa, scale })
    }

    /// The next whole number below (or above, if asked for), unless it is one.
    pub(crate) fn to_whole(self, is_up: bool) -> Option<Number> {
        let below = self.mantissa.div_euclid(power(self.scale));
        let is_between = self.mantissa.rem_euclid(power(self.scale)) != 0;
        let mantissa = below.checked_add(i128::from(is_up && is_between))?;
        Some(Number { mantissa, scale: 0 })
    }

    /// Which is larger. Where the digits do not suffice, the one with more before the point.
    pub(crate) fn compare(self, other: Number) -> Ordering {
        if let Some((a, b, _)) = self.aligned(other) {
            return a.cmp(&b);
        }
        let whole = |it: Number| it.mantissa / power(it.scale);
        whole(self).cmp(&whole(other))
    }

    /// Writes it, with all of its decimal places.
    pub(crate) fn write(self, out: &mut Output<'_>) {
        if let Ok(units) = i64::try_from(self.mantissa)
            && self.scale <= PLACES_MAX
        {
            return write_decimal(units, self.scale, out);
        }
        if self.mantissa < 0 {
            out.byte(b'-');
        }
        let mut digits = [b'0'; NUMBER_LEN];
        let (mut rest, mut at) = (self.mantissa.unsigned_abs(), NUMBER_LEN);
        let point = NUMBER_LEN - usize::from(self.scale);
        while rest > 0 {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        // One digit stands before the point, even if it is 0.
        at = at.min(point - 1);
        out.put(&digits[at..point]);
        if self.scale > 0 {
            out.byte(b'.');
            out.put(&digits[point..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text.as_bytes()).unwrap()
    }

    fn written(number: Number) -> String {
        let mut bytes = [0; 128];
        let mut out = Output {
            bytes: &mut bytes,
            at: 0,
        };
        number.write(&mut out);
        let end = out.at;
        String::from_utf8(bytes[..end].to_vec()).unwrap()
    }

    #[test]
    fn money_is_exact() {
        let sum = number("0.1").add(number("0.2")).unwrap();
        assert_eq!(written(sum), "0.3");
        let product = number("19.99").times(number("3")).unwrap();
        assert_eq!(written(product), "59.97");
        let third = number("-10").by(number("3")).unwrap();
        assert_eq!(written(third.with_scale(2).unwrap()), "-3.33");
        assert_eq!(number("1").by(number("0.0")), None);
        assert_eq!(written(number("-7.5").rest(number("2")).unwrap()), "-1.5");
        assert_eq!(written(number("-0.00")), "0.00");
        assert_eq!(written(number("0.005").with_scale(2).unwrap()), "0.01");
        assert_eq!(written(number("-0.005").with_scale(2).unwrap()), "-0.01");
        let whole = |text: &str, is_up| written(number(text).to_whole(is_up).unwrap());
        assert_eq!(
            (&*whole("-1.5", false), &*whole("-1.5", true)),
            ("-2", "-1")
        );
        assert_eq!((&*whole("2", false), &*whole("2.01", true)), ("2", "3"));
        for odd in ["", "-", "1e3", "1.2.3", ".5", "0.1234567890123456789"] {
            assert_eq!(Number::parse(odd.as_bytes()), None, "{odd}");
        }
    }

    proptest! {
        /// Sums, differences, products and order of numbers are those of their hundredths.
        #[test]
        fn arithmetic_is_that_of_whole_hundredths(a in -1_000_000_000_i64..1_000_000_000, b in -1_000_000_000_i64..1_000_000_000) {
            let of = |hundredths: i64| Number { mantissa: hundredths.into(), scale: 2 };
            let sign = if a < 0 { "-" } else { "" };
            let text = format!("{sign}{}.{:02}", a.unsigned_abs() / 100, a.unsigned_abs() % 100);
            prop_assert_eq!(written(of(a)), &*text);
            prop_assert_eq!(number(&text), of(a));
            prop_assert_eq!(of(a).add(of(b)).unwrap(), of(a + b));
            let product = of(a).times(of(b)).unwrap();
            prop_assert_eq!((product.mantissa, product.scale), (i128::from(a) * i128::from(b), 4));
            prop_assert_eq!(of(a).compare(of(b)), a.cmp(&b));
            if b != 0 {
                let quotient = of(a).by(of(b)).unwrap().with_scale(6).unwrap();
                let expected = a as f64 / b as f64;
                let got: f64 = written(quotient).parse().unwrap();
                prop_assert!((got - expected).abs() < 1e-6 + expected.abs() * 1e-12, "{} {}", got, expected);
            }
        }
    }
}
