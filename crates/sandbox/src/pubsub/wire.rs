//! Protobuf, as far as the messages that come in great numbers need it: taken apart where they lie,
//! and written straight into an answer.

/// Walks the fields of a message; `None` for what is no message.
pub(super) struct Fields<'a> {
    whole: &'a [u8],
    at: usize,
}

/// A field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// A number.
    Varint(u64),
    /// Bytes, and where they lie in the whole.
    Bytes(&'a [u8], usize),
    /// Four or eight bytes, which no message here has.
    Fixed,
}

impl<'a> Fields<'a> {
    pub(super) fn of(whole: &'a [u8]) -> Fields<'a> {
        Fields { whole, at: 0 }
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.whole.get(self.at)?;
            self.at += 1;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(len)?;
        let taken = self.whole.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn field(&mut self) -> Option<(u64, Value<'a>)> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let len = usize::try_from(self.varint()?).ok()?;
                let start = self.at;
                Value::Bytes(self.take(len)?, start)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            _ => return None,
        };
        Some((tag >> 3, value))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u64, Value<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.whole.len() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.at = self.whole.len();
        }
        Some(field)
    }
}

pub(super) fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(super) fn varint_len(value: u64) -> usize {
    (u64::BITS - (value | 1).leading_zeros()).div_ceil(7) as usize
}

/// Field `field` with these bytes.
pub(super) fn put_bytes(field: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(field << 3 | 2);
    put_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// A number in digits, without an allocation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Digits {
    digits: [u8; 20],
    start: usize,
}

impl Digits {
    pub(super) fn of(mut number: u64) -> Digits {
        let mut digits = [b'0'; 20];
        let mut start = digits.len();
        loop {
            start -= 1;
            digits[start] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                return Digits { digits, start };
            }
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.digits[self.start..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_where_they_lie() {
        let mut whole = Vec::new();
        put_bytes(1, b"abc", &mut whole);
        whole.push(3 << 3);
        put_varint(300, &mut whole);
        let fields: Option<Vec<_>> = Fields::of(&whole).collect();
        let expected = vec![(1, Value::Bytes(b"abc", 2)), (3, Value::Varint(300))];
        assert_eq!(fields, Some(expected));
        assert!(Fields::of(&whole[..4]).any(|field| field.is_none()));
    }

    #[test]
    fn numbers_are_written_in_digits() {
        for number in [0, 9, 10, 1_234_567, u64::MAX] {
            assert_eq!(Digits::of(number).bytes(), number.to_string().as_bytes());
            let mut out = Vec::new();
            put_varint(number, &mut out);
            assert_eq!(out.len(), varint_len(number));
        }
    }
}
