//! Ids that decode to their ordinal.

use crate::random::{hash, mix};

/// Turns ordinals into ids and back, for one seed and stream.
///
/// An id has the shape of a UUID of version 8 (RFC 9562, 5.8: the content is ours to define):
///
/// ```text
///     xxxxxxxx-xxxx-8xxx-yttt-tttttttttttt
///     x  60 bits: the ordinal, scrambled by a keyed bijection, so that ids spread over partitions
///     t  62 bits (with y's lower two): a keyed check of the ordinal
/// ```
///
/// Distinct ordinals below 2^60 have distinct ids. An id of another seed or stream, or any other
/// text of that shape, passes the check once in 2^62 times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IdCodec {
    scramble: u64,
    check: u64,
}

/// Length of an id.
pub(crate) const ID_LEN: usize = 36;
const ORDINAL_BITS: u32 = 60;
const ORDINAL_MASK: u64 = (1 << ORDINAL_BITS) - 1;
const CHECK_MASK: u64 = (1 << 62) - 1;
/// Odd, and so invertible modulo 2^60.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
const INVERSE: u64 = inverse(FACTOR);

/// The inverse modulo 2^64 by Newton's iteration: each step doubles the number of correct bits.
const fn inverse(odd: u64) -> u64 {
    let mut x = odd;
    let mut step = 0;
    while step < 6 {
        x = x.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(x)));
        step += 1;
    }
    x
}

impl IdCodec {
    /// For the stream that `key` stands for.
    pub(crate) fn new(key: u64) -> IdCodec {
        IdCodec {
            scramble: mix(key, hash("scramble")),
            check: mix(key, hash("check")) | 1,
        }
    }

    /// The id of ordinal `n`.
    #[inline]
    pub(crate) fn encode(self, n: u64) -> IdText {
        let scrambled = self.scramble(n & ORDINAL_MASK);
        let high = (scrambled >> 12 << 16) | 0x8000 | (scrambled & 0xfff);
        let low = (0b10 << 62) | self.check_of(n);
        IdText::new(high, low)
    }

    /// The ordinal of an id; `None` if it is not one of this seed and stream.
    pub(crate) fn decode(self, id: &str) -> Option<u64> {
        let id: &[u8; ID_LEN] = id.as_bytes().try_into().ok()?;
        let mut bits: u128 = 0;
        for (at, byte) in id.iter().enumerate() {
            if matches!(at, 8 | 13 | 18 | 23) {
                if *byte != b'-' {
                    return None;
                }
                continue;
            }
            bits = bits << 4 | u128::from((*byte as char).to_digit(16)?);
        }
        self.decode_bits(bits)
    }

    /// The ordinal of an id in 128 bits; `None` if it is not one of this seed and stream.
    pub(crate) fn decode_bits(self, bits: u128) -> Option<u64> {
        let (high, low) = ((bits >> 64) as u64, bits as u64);
        let n = self.unscramble((high >> 16 << 12) | (high & 0xfff));
        let is_ours = high >> 12 & 0xf == 8 && low == (0b10 << 62 | self.check_of(n));
        is_ours.then_some(n)
    }

    fn check_of(self, n: u64) -> u64 {
        mix(mix(n ^ self.check, FACTOR) ^ self.scramble, self.check) & CHECK_MASK
    }

    /// Every step can be undone: exclusive or, multiplication by an odd number, and exclusive or
    /// with one's own upper half.
    fn scramble(self, n: u64) -> u64 {
        let n = ((n ^ self.scramble) & ORDINAL_MASK).wrapping_mul(FACTOR) & ORDINAL_MASK;
        let n = n ^ (n >> 30);
        let n = n.wrapping_mul(FACTOR) & ORDINAL_MASK;
        n ^ (n >> 30)
    }

    fn unscramble(self, n: u64) -> u64 {
        let n = n ^ (n >> 30);
        let n = n.wrapping_mul(INVERSE) & ORDINAL_MASK;
        let n = n ^ (n >> 30);
        (n.wrapping_mul(INVERSE) ^ self.scramble) & ORDINAL_MASK
    }
}

/// The text of an id, in registers: eight digits each.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct IdText([u64; 4]);

impl IdText {
    /// That of these 128 bits.
    #[inline]
    pub(crate) fn new(high: u64, low: u64) -> IdText {
        let parts = [high >> 32, high, low >> 32, low];
        IdText(parts.map(|part| hex(part as u32)))
    }

    /// Writes it to the first [`ID_LEN`] bytes of `to`. Straight to where it belongs: written
    /// elsewhere and copied from there, it would have to wait for its own pieces.
    #[inline]
    pub(crate) fn write(self, to: &mut [u8]) {
        let to = &mut to[..ID_LEN];
        let [a, b, c, d] = self.0.map(u64::to_be_bytes);
        to[..8].copy_from_slice(&a);
        to[8] = b'-';
        to[9..13].copy_from_slice(&b[..4]);
        to[13] = b'-';
        to[14..18].copy_from_slice(&b[4..]);
        to[18] = b'-';
        to[19..23].copy_from_slice(&c[..4]);
        to[23] = b'-';
        to[24..28].copy_from_slice(&c[4..]);
        to[28..36].copy_from_slice(&d);
    }
}

/// Eight hexadecimal digits, all at once, the first one in the highest byte: spreads the number's
/// half-bytes over the bytes of a larger one, then adds to each what makes it a digit or a letter.
#[inline]
fn hex(number: u32) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let x = u64::from(number);
    let x = (x | x << 16) & 0x0000_ffff_0000_ffff;
    let x = (x | x << 8) & 0x00ff_00ff_00ff_00ff;
    let x = (x | x << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    // 1 in every byte that is above 9.
    let letters = ((x + ONES * 6) >> 4) & ONES;
    x + ONES * u64::from(b'0') + letters * u64::from(b'a' - b'0' - 10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hexadecimal_digits_are_those_of_the_standard_library() {
        for number in [0, 1, 0x0123_4567, 0x89ab_cdef, u32::MAX, 0xf0f0_9a9a] {
            assert_eq!(
                String::from_utf8_lossy(&hex(number).to_be_bytes()),
                format!("{number:08x}")
            );
        }
    }

    fn text(id: IdText) -> String {
        let mut bytes = [0; ID_LEN];
        id.write(&mut bytes);
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    proptest! {
        /// An id decodes to its ordinal.
        #[test]
        fn ids_come_back(key: u64, n in 0..=ORDINAL_MASK) {
            let codec = IdCodec::new(key);
            prop_assert_eq!(codec.decode(&text(codec.encode(n))), Some(n));
        }

        /// An id of another key, or with any one character changed, is nobody's.
        #[test]
        fn other_ids_do_not(key: u64, other: u64, n in 0..=ORDINAL_MASK, at in 0usize..36, to in "[0-9a-f-]") {
            let codec = IdCodec::new(key);
            let id = text(codec.encode(n));
            if other != key {
                prop_assert_eq!(IdCodec::new(other).decode(&id), None);
            }
            let mut changed = id.clone();
            changed.replace_range(at..=at, &to);
            prop_assert!(changed == id || codec.decode(&changed).is_none());
        }
    }
}
