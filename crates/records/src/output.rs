//! Where a record is written: a slice with room to spare.

use crate::program::WIDE;
use crate::words::TABLE_SLACK;

/// Behind the longest record there has to be so much room, since short things are copied in pieces of
/// a fixed size.
pub(crate) const SLACK: usize = WIDE;

/// A slice that is written from its front. Whoever makes it leaves room for the longest record and
/// [`SLACK`].
#[derive(Debug)]
pub(crate) struct Output<'a> {
    pub(crate) bytes: &'a mut [u8],
    pub(crate) at: usize,
}

/// `00` to `99`.
const PAIRS: &[u8; 200] = &pairs();

const fn pairs() -> [u8; 200] {
    let mut pairs = [0; 200];
    let mut n = 0;
    while n < 100 {
        pairs[n * 2] = b'0' + (n / 10) as u8;
        pairs[n * 2 + 1] = b'0' + (n % 10) as u8;
        n += 1;
    }
    pairs
}

/// A number below 100 in two digits.
#[inline]
pub(crate) fn pair(number: u32) -> &'static [u8] {
    let at = number as usize * 2;
    &PAIRS[at..at + 2]
}

/// Writes `table[start..start + len]` at `at`; returns where it ends. Copies of a fixed size are a few
/// instructions; those of any size are a call.
#[inline]
pub(crate) fn piece(bytes: &mut [u8], at: usize, table: &[u8], start: usize, len: usize) -> usize {
    if len <= TABLE_SLACK {
        let from = &table[start..start + TABLE_SLACK];
        bytes[at..at + TABLE_SLACK].copy_from_slice(from);
    } else {
        bytes[at..at + len].copy_from_slice(&table[start..start + len]);
    }
    at + len
}

/// The eight digits of a number below 10^8, the first one in the lowest byte: halves are halved until
/// every digit has a byte to itself
/// (<https://pvk.ca/Blog/2017/12/22/appnexus-common-framework-its-out-also-how-to-print-integers-faster/>).
#[inline]
fn eight_digits(number: u32) -> u64 {
    let x = u64::from(number / 10_000) | u64::from(number % 10_000) << 32;
    let hundreds = ((x * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let x = (x - hundreds * 100) << 16 | hundreds;
    let tens = ((x * 103) >> 10) & 0x000f_000f_000f_000f;
    (x - tens * 10) << 8 | tens
}

/// `0` in every byte.
const ZEROS: u64 = 0x3030_3030_3030_3030;
const EIGHT_DIGITS: u64 = 100_000_000;

impl Output<'_> {
    /// Writes these bytes.
    #[inline]
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.bytes[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }

    /// Writes one byte.
    #[inline]
    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes[self.at] = byte;
        self.at += 1;
    }

    /// Writes a number in as many digits as it takes, and anything into the seven bytes behind it.
    #[inline]
    pub(crate) fn number(&mut self, number: u64) {
        if number < EIGHT_DIGITS {
            let digits = eight_digits(number as u32);
            // The last digit stands even if it is 0.
            let leading = (digits | 1 << 56).trailing_zeros() & !7;
            let text = (digits | ZEROS) >> leading;
            self.short(text.to_le_bytes(), 8 - leading as usize / 8);
        } else {
            self.number(number / EIGHT_DIGITS);
            let text = eight_digits((number % EIGHT_DIGITS) as u32) | ZEROS;
            self.put(&text.to_le_bytes());
        }
    }

    /// Writes the first `len` of these bytes, and anything into those behind them.
    #[inline]
    pub(crate) fn short(&mut self, bytes: [u8; 8], len: usize) {
        self.bytes[self.at..self.at + 8].copy_from_slice(&bytes);
        self.at += len;
    }

    /// Writes a number in so many digits, 1 to 8, with zeros in front, and anything into the bytes behind them.
    #[inline]
    pub(crate) fn short_digits(&mut self, number: u32, digits: usize) {
        let text = (eight_digits(number) | ZEROS) >> (64 - digits * 8);
        self.short(text.to_le_bytes(), digits);
    }

    /// Writes a number in units of its last of 1 to 7 decimal places, if it has at most eight digits, and anything into
    /// the eight bytes behind it; says whether it did.
    #[inline]
    pub(crate) fn short_decimal(&mut self, number: u64, places: u8) -> bool {
        if number >= EIGHT_DIGITS || !(1..8).contains(&places) {
            return false;
        }
        let digits = eight_digits(number as u32);
        let places = u32::from(places);
        // In bits. One digit stands before the point even if it is 0.
        let point = 64 - places * 8;
        let leading = (digits | 1 << (point - 8)).trailing_zeros() & !7;
        let text = digits | ZEROS;
        let whole = (point - leading) as usize / 8;
        self.short((text >> leading).to_le_bytes(), whole);
        let fraction = (text >> point) << 8 | u64::from(b'.');
        self.short(fraction.to_le_bytes(), 1 + places as usize);
        true
    }

    /// Writes a number in so many digits, with zeros in front.
    #[inline]
    pub(crate) fn digits(&mut self, mut number: u64, digits: usize) {
        let field = &mut self.bytes[self.at..self.at + digits];
        let mut end = digits;
        while end >= 2 {
            let pair = (number % 100) as usize * 2;
            number /= 100;
            field[end - 2..end].copy_from_slice(&PAIRS[pair..pair + 2]);
            end -= 2;
        }
        if end == 1 {
            field[0] = b'0' + (number % 10) as u8;
        }
        self.at += digits;
    }

    /// Writes a number with its sign.
    #[inline]
    pub(crate) fn signed(&mut self, number: i64) {
        if number < 0 {
            self.byte(b'-');
        }
        self.number(number.unsigned_abs());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Numbers are written as the standard library writes them.
        #[test]
        fn numbers(number: i64, digits in 0usize..20, shift in 0..64) {
            let number = number >> shift;
            let mut bytes = [0; 64];
            let mut output = Output { bytes: &mut bytes, at: 0 };
            output.signed(number);
            output.byte(b' ');
            output.digits(number.unsigned_abs() % 1000, digits.max(3));
            let expected = format!("{number} {:0width$}", number.unsigned_abs() % 1000, width = digits.max(3));
            let end = output.at;
            prop_assert_eq!(std::str::from_utf8(&bytes[..end]).unwrap(), expected);
        }

        /// A short number with decimal places is written as its digits with a point among them.
        #[test]
        fn short_decimals(number: u32, shift in 0..32, places in 0u8..10) {
            let number = u64::from(number >> shift);
            let mut bytes = [0; 64];
            let mut output = Output { bytes: &mut bytes, at: 0 };
            let is_written = output.short_decimal(number, places);
            prop_assert_eq!(is_written, number < EIGHT_DIGITS && (1..8).contains(&places));
            if is_written {
                let end = output.at;
                let (scale, width) = (10u64.pow(places.into()), usize::from(places));
                let expected = format!("{}.{:0width$}", number / scale, number % scale);
                prop_assert_eq!(std::str::from_utf8(&bytes[..end]).unwrap(), expected);
            }
        }
    }
}
