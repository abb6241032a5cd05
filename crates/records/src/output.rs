//! Where a record is written: a slice with room to spare.

use crate::words::SLACK;

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

impl Output<'_> {
    /// Writes `table[start..start + len]`. Copies of a fixed size are a few instructions; those of
    /// any size are a call.
    #[inline]
    pub(crate) fn piece(&mut self, table: &[u8], start: usize, len: usize) {
        if len <= SLACK / 2 {
            const HALF: usize = SLACK / 2;
            let from = &table[start..start + HALF];
            self.bytes[self.at..self.at + HALF].copy_from_slice(from);
        } else if len <= SLACK {
            let from = &table[start..start + SLACK];
            self.bytes[self.at..self.at + SLACK].copy_from_slice(from);
        } else {
            self.bytes[self.at..self.at + len].copy_from_slice(&table[start..start + len]);
        }
        self.at += len;
    }

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

    /// Writes a number in as many digits as it takes.
    #[inline]
    pub(crate) fn number(&mut self, number: u64) {
        let digits = number.checked_ilog10().map_or(1, |log| log as usize + 1);
        self.digits(number, digits);
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
        fn numbers(number: i64, digits in 0usize..20) {
            let mut bytes = [0; 64];
            let mut output = Output { bytes: &mut bytes, at: 0 };
            output.signed(number);
            output.byte(b' ');
            output.digits(number.unsigned_abs() % 1000, digits.max(3));
            let expected = format!("{number} {:0width$}", number.unsigned_abs() % 1000, width = digits.max(3));
            let end = output.at;
            prop_assert_eq!(std::str::from_utf8(&bytes[..end]).unwrap(), expected);
        }
    }
}
