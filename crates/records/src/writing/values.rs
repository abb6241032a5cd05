//! Values that are written by themselves.

use crate::id::{ID_LEN, IdText};
use crate::output::Output;
use crate::random::mix;
use crate::words::Slot;

/// More decimal places than these are written elsewhere.
pub(crate) const PLACES_MAX: u8 = POWERS.len() as u8 - 1;

const POWERS: [u64; 10] = [
    1,
    10,
    100,
    1000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
];

/// Copies a slot as a whole; its last byte says how much of it counts.
#[inline]
pub(super) fn put_slot<const N: usize>(bytes: &mut [u8], at: usize, slot: &Slot<N>) -> usize {
    bytes[at..at + N].copy_from_slice(slot);
    at + usize::from(slot[N - 1])
}

/// Writes a number that counts units of its last decimal place, and anything into the eight bytes behind it.
#[inline]
pub(crate) fn write_decimal(value: i64, digits: u8, out: &mut Output<'_>) {
    if value < 0 {
        out.byte(b'-');
    }
    let value = value.unsigned_abs();
    if digits == 0 {
        return out.number(value);
    }
    if out.short_decimal(value, digits) {
        return;
    }
    let scale = POWERS[usize::from(digits)];
    out.number(value / scale);
    out.byte(b'.');
    out.digits(value % scale, digits.into());
}

/// A UUID of version 4 (RFC 9562, 5.4).
pub(super) fn write_uuid(number: u64, salt: u64, out: &mut Output<'_>) {
    let high = (number & !0xf000) | 0x4000;
    let low = (mix(number ^ salt, 0x8ebc_6af0_9c88_c6e3) & !(0b11 << 62)) | 0b10 << 62;
    IdText::new(high, low).write(&mut out.bytes[out.at..out.at + ID_LEN]);
    out.at += ID_LEN;
}

/// A UUID of version 7 (RFC 9562, 5.7): milliseconds since 1970, and random numbers.
pub(super) fn write_timed_uuid(number: u64, salt: u64, millis: i64, out: &mut Output<'_>) {
    let high = (millis as u64) << 16 | 0x7000 | (number & 0xfff);
    let low = (mix(number ^ salt, 0x8ebc_6af0_9c88_c6e3) & !(0b11 << 62)) | 0b10 << 62;
    IdText::new(high, low).write(&mut out.bytes[out.at..out.at + ID_LEN]);
    out.at += ID_LEN;
}
