//! How a value stands in a record that is no JSON.
//!
//! Every kind writes the text of its value; a coding turns that text, where it stands, into what the format
//! wants. So a format needs to know no kind, and a kind no format.

mod parse;

use crate::escape::unescape_to_front;
use parse::{decimal, double, moment, whole};

/// What becomes of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Coding {
    /// It stays, behind its length: zig-zag, as Avro's strings and bytes have it.
    Counted,
    /// The same without zig-zag, as Protobuf has lengths.
    Length,
    /// A whole number, zig-zag: Avro's `int` and `long`, Protobuf's `sint32` and `sint64`.
    ZigZag,
    /// A whole number, seven bits a byte, negative ones in ten bytes: most of Protobuf's.
    Varint,
    /// A whole number in four bytes, the lowest first.
    Fixed32,
    /// The same in eight bytes.
    Fixed64,
    /// A moment of RFC 3339 as Protobuf's `Timestamp`: a message with its length in front.
    Timestamp,
    /// A number with decimal places in four bytes.
    Float,
    /// The same in eight bytes.
    Double,
    /// `true` or `false` as one byte.
    Truth,
    /// A number in units of its last decimal place, the highest byte first, in as many bytes as it takes and
    /// behind their number.
    Unscaled {
        /// Decimal places.
        scale: u8,
    },
    /// The same in a fixed number of bytes, without their number.
    UnscaledFixed {
        /// Decimal places.
        scale: u8,
        /// Bytes.
        size: u8,
    },
    /// A moment of RFC 3339 as units since 1970, zig-zag.
    Moment {
        /// How many units a second has.
        per_second: u32,
    },
    /// A day as days since 1970, zig-zag.
    Day,
    /// A UUID as 16 bytes.
    Uuid,
    /// A text with JSON's escapes without them.
    Unescaped,
    /// A cell of CSV (RFC 4180): in quotes where it has to be, or always.
    Cell {
        /// What is between two cells.
        delimiter: u8,
        /// Whether it is in quotes in any case.
        quoted: bool,
    },
}

impl Coding {
    /// How many bytes are kept free in front of the text.
    pub(crate) fn lead(self) -> usize {
        match self {
            Coding::Counted | Coding::Length => 1,
            _ => 0,
        }
    }

    /// How many bytes a text of about this length is moved by.
    pub(crate) fn moves(self, len: u64) -> u32 {
        match self {
            Coding::Counted => varint(len << 1).len() as u32 - 1,
            Coding::Length => varint(len).len() as u32 - 1,
            _ => 0,
        }
    }

    /// How long it can be, of a text of so many bytes, while it is made.
    pub(crate) fn longest(self, text: u64) -> u64 {
        match self {
            Coding::Counted | Coding::Length => text.saturating_add(5),
            Coding::Cell { .. } => text.saturating_mul(2).saturating_add(2),
            Coding::UnscaledFixed { size, .. } => text.max(size.into()),
            _ => text.max(24),
        }
    }

    /// Codes the text in `bytes[start + lead..end]` so that it begins at `start`; returns where it ends.
    pub(crate) fn finish(self, bytes: &mut [u8], start: usize, end: usize) -> usize {
        match self {
            Coding::Counted => put_length(bytes, start, end, 1),
            Coding::Length => put_length(bytes, start, end, 0),
            Coding::ZigZag => put_varint(bytes, start, zig_zag(whole(&bytes[start..end]))),
            Coding::Varint => put_varint(bytes, start, whole(&bytes[start..end]).cast_unsigned()),
            Coding::Fixed32 => {
                let number = whole(&bytes[start..end]) as u32;
                put(bytes, start, &number.to_le_bytes())
            }
            Coding::Fixed64 => {
                let number = whole(&bytes[start..end]);
                put(bytes, start, &number.to_le_bytes())
            }
            Coding::Timestamp => {
                let (seconds, nanos) = moment(&bytes[start..end]);
                put_timestamp(bytes, start, seconds, nanos)
            }
            Coding::Float => {
                let number = double(&bytes[start..end]) as f32;
                put(bytes, start, &number.to_le_bytes())
            }
            Coding::Double => {
                let number = double(&bytes[start..end]);
                put(bytes, start, &number.to_le_bytes())
            }
            Coding::Truth => {
                bytes[start] = u8::from(bytes[start] == b't');
                start + 1
            }
            Coding::Unscaled { scale } => {
                let number = decimal(&bytes[start..end], scale.into()).to_be_bytes();
                let from = shortest(&number);
                let at = put_varint(bytes, start, zig_zag((16 - from) as i64));
                put(bytes, at, &number[from..])
            }
            Coding::UnscaledFixed { scale, size } => {
                let number = decimal(&bytes[start..end], scale.into());
                put_fixed(bytes, start, number, size.into())
            }
            Coding::Moment { per_second } => {
                let (seconds, nanos) = moment(&bytes[start..end]);
                let nanos_per_unit = 1_000_000_000 / per_second.max(1);
                let units = seconds
                    .wrapping_mul(per_second.into())
                    .wrapping_add((nanos / nanos_per_unit).into());
                put_varint(bytes, start, zig_zag(units))
            }
            Coding::Day => {
                let day = parse::day(&bytes[start..end]);
                put_varint(bytes, start, zig_zag(day))
            }
            Coding::Uuid => {
                let id = uuid_bytes(&bytes[start..end]);
                put(bytes, start, &id)
            }
            Coding::Unescaped => {
                let len = end - start;
                start + unescape_to_front(&mut bytes[start..end], 0..len)
            }
            Coding::Cell { delimiter, quoted } => put_cell(bytes, start, end, delimiter, quoted),
        }
    }

    /// The same of a number that is at hand, in units of its last decimal place, without its text; `None` if that is
    /// not how it is coded.
    #[inline]
    pub(crate) fn put_number(
        self,
        bytes: &mut [u8],
        at: usize,
        units: i64,
        digits: u8,
    ) -> Option<usize> {
        Some(match self {
            Coding::ZigZag if digits == 0 => put_varint(bytes, at, zig_zag(units)),
            Coding::Varint if digits == 0 => put_varint(bytes, at, units.cast_unsigned()),
            Coding::Fixed32 if digits == 0 => put(bytes, at, &(units as u32).to_le_bytes()),
            Coding::Fixed64 if digits == 0 => put(bytes, at, &units.to_le_bytes()),
            Coding::Double => put(bytes, at, &real(units, digits)?.to_le_bytes()),
            Coding::Float => put(bytes, at, &(real(units, digits)? as f32).to_le_bytes()),
            Coding::Unscaled { scale } => {
                let number = scaled(units, digits, scale)?.to_be_bytes();
                let from = shortest(&number);
                let behind = put_varint(bytes, at, zig_zag((8 - from) as i64));
                put(bytes, behind, &number[from..])
            }
            Coding::UnscaledFixed { scale, size } => {
                put_fixed(bytes, at, scaled(units, digits, scale)?.into(), size.into())
            }
            _ => return None,
        })
    }

    /// A text as it is coded.
    pub(crate) fn of_text(self, text: &[u8]) -> Vec<u8> {
        let lead = self.lead();
        let room = self.longest(text.len() as u64) as usize + lead;
        let mut bytes = vec![0; room + 32];
        bytes[lead..lead + text.len()].copy_from_slice(text);
        let end = self.finish(&mut bytes, 0, lead + text.len());
        bytes.truncate(end);
        bytes
    }
}

/// The 16 bytes that the text of a UUID stands for.
pub(crate) fn uuid_bytes(text: &[u8]) -> [u8; 16] {
    parse::uuid(text).to_be_bytes()
}

/// The double that is nearest to a number in units of its last decimal place. Both are exact in a double, so the
/// quotient is, too.
#[inline]
fn real(units: i64, digits: u8) -> Option<f64> {
    let is_exact = digits == 0 || units.unsigned_abs() < parse::EXACT;
    is_exact.then(|| units as f64 / parse::POWERS[usize::from(digits)])
}

/// A number in units of its last of `digits` decimal places as one of `scale` places, if that is no fewer.
#[inline]
fn scaled(units: i64, digits: u8, scale: u8) -> Option<i64> {
    let up = u32::from(scale.checked_sub(digits)?);
    units.checked_mul(10i64.checked_pow(up)?)
}

/// Writes a moment in milliseconds since 1970 as units of which a second has so many; returns where it ends. `None` if
/// that are fewer than milliseconds, or too many.
#[inline]
pub(crate) fn put_moment(
    bytes: &mut [u8],
    at: usize,
    millis: i64,
    per_second: u32,
) -> Option<usize> {
    let units = millis.checked_mul(i64::from(per_second / 1000))?;
    (per_second >= 1000).then(|| put_varint(bytes, at, zig_zag(units)))
}

/// Writes a `google.protobuf.Timestamp` with its length in front; returns where it ends. The numbers of its fields are
/// 1 for seconds and 2 for nanoseconds; zeros are left out, as every serializer does it.
pub(crate) fn put_timestamp(bytes: &mut [u8], start: usize, seconds: i64, nanos: u32) -> usize {
    let mut end = start + 1;
    for (tag, number) in [(0x08, seconds.cast_unsigned()), (0x10, nanos.into())] {
        if number != 0 {
            bytes[end] = tag;
            end = put_varint(bytes, end + 1, number);
        }
    }
    bytes[start] = (end - start - 1) as u8;
    end
}

/// Zig-zag: small numbers stay small, whatever their sign.
#[inline]
pub(crate) fn zig_zag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

/// Writes seven bits a byte, the lowest first; returns where it ends. What is in the seven bytes behind it may change.
#[inline]
pub(crate) fn put_varint(bytes: &mut [u8], at: usize, number: u64) -> usize {
    match bytes.get_mut(at..at + 8) {
        Some(room) if number < 1 << 56 => {
            // Halves are moved apart until each byte has seven bits.
            let x = (number & 0x0fff_ffff) | (number & 0x00ff_ffff_f000_0000) << 4;
            let x = (x & 0x0000_3fff_0000_3fff) | (x & 0x0fff_c000_0fff_c000) << 2;
            let x = (x & 0x007f_007f_007f_007f) | (x & 0x3f80_3f80_3f80_3f80) << 1;
            let last = (x | 1).ilog2() & !7;
            let more = 0x8080_8080_8080_8080 & ((1 << last) - 1);
            room.copy_from_slice(&(x | more).to_le_bytes());
            at + last as usize / 8 + 1
        }
        _ => put_long_varint(bytes, at, number),
    }
}

#[cold]
fn put_long_varint(bytes: &mut [u8], mut at: usize, mut number: u64) -> usize {
    while number >= 0x80 {
        bytes[at] = number as u8 | 0x80;
        number >>= 7;
        at += 1;
    }
    bytes[at] = number as u8;
    at + 1
}

/// A number as [`put_varint`] writes it.
pub(crate) fn varint(number: u64) -> Vec<u8> {
    let mut bytes = [0; 10];
    let len = put_varint(&mut bytes, 0, number);
    bytes[..len].to_vec()
}

#[inline]
fn put(bytes: &mut [u8], at: usize, piece: &[u8]) -> usize {
    bytes[at..at + piece.len()].copy_from_slice(piece);
    at + piece.len()
}

/// Puts the length of the text at `start + 1..end` in front of it, moved up by so many bits. Where it takes more than
/// the byte that was kept free, the text moves.
#[inline]
pub(crate) fn put_length(bytes: &mut [u8], start: usize, end: usize, shift: u8) -> usize {
    let number = ((end - start - 1) as u64) << shift;
    if number < 0x80 {
        bytes[start] = number as u8;
        return end;
    }
    put_long_length(bytes, start, end, number)
}

#[inline(never)]
fn put_long_length(bytes: &mut [u8], start: usize, end: usize, number: u64) -> usize {
    let len = end - start - 1;
    let digits = (64 - number.leading_zeros()).div_ceil(7) as usize;
    bytes.copy_within(start + 1..end, start + digits);
    // Nothing behind it may change.
    put_long_varint(bytes, start, number) + len
}

/// Where a number begins whose leading bytes only repeat the sign.
fn shortest(number: &[u8]) -> usize {
    let sign = if number[0] & 0x80 == 0 { 0 } else { 0xff };
    let says_nothing = |pair: &&[u8]| pair[0] == sign && (pair[1] ^ sign) & 0x80 == 0;
    number.windows(2).take_while(says_nothing).count()
}

fn put_fixed(bytes: &mut [u8], start: usize, number: i128, size: usize) -> usize {
    let digits = number.to_be_bytes();
    let sign = if number < 0 { 0xff } else { 0 };
    let out = &mut bytes[start..start + size];
    out.fill(sign);
    let shown = size.min(16);
    out[size - shown..].copy_from_slice(&digits[16 - shown..]);
    start + size
}

/// In quotes if there is a delimiter, a quote or a line break in it; quotes are doubled.
fn put_cell(bytes: &mut [u8], start: usize, end: usize, delimiter: u8, quoted: bool) -> usize {
    let text = &bytes[start..end];
    let is_special = |byte: &u8| *byte == delimiter || matches!(*byte, b'"' | b'\r' | b'\n');
    if !quoted && !text.iter().any(is_special) {
        return end;
    }
    let quotes = memchr::memchr_iter(b'"', text).count();
    let closed = end + quotes + 2;
    bytes[closed - 1] = b'"';
    let mut to = closed - 1;
    // From behind, so that nothing is written over that is still to be read.
    for from in (start..end).rev() {
        to -= 1;
        bytes[to] = bytes[from];
        if bytes[from] == b'"' {
            to -= 1;
            bytes[to] = b'"';
        }
    }
    bytes[start] = b'"';
    closed
}

#[cfg(test)]
mod tests;
