//! Text that is there for its size.

use std::sync::Arc;

use crate::output::Output;
use crate::quantiles::Quantiles;
use crate::random::{mix, scale};

/// What fills a text, and how long it is.
#[derive(Clone, Debug)]
pub(crate) struct Filling {
    pub(crate) size: Size,
    /// How many bytes of every [`BLOCK`] are letters at random; `None`: words.
    pub(crate) random: Option<usize>,
}

/// A size in bytes.
#[derive(Clone, Debug)]
pub(crate) enum Size {
    Fixed(u32),
    Drawn { table: Arc<Quantiles>, largest: u32 },
}

impl Size {
    pub(crate) fn largest(&self) -> u32 {
        match self {
            Size::Fixed(size) => *size,
            Size::Drawn { largest, .. } => *largest,
        }
    }

    /// The size that belongs to a random number.
    #[inline]
    pub(crate) fn of(&self, number: u64) -> usize {
        match self {
            Size::Fixed(size) => *size as usize,
            Size::Drawn { table, .. } => table.whole(number).max(0) as usize,
        }
    }
}

/// Text that is compressed to a degree has so many bytes of both kinds in turn.
const BLOCK: usize = 64;
/// What gzip and zstd make of the part of a block that is the same each time, in bytes, measured.
const SAME: f64 = 3.0;
/// What is left of a letter at random: six bits of eight, and a little.
const LETTER: f64 = 0.765;
/// As in `base64url` (RFC 4648): nothing that JSON would escape.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// How many bytes of a block are random where compression is to take so much of it away, from 0 to 1.
pub(crate) fn random_part(compressible: f64) -> usize {
    let left = (1.0 - compressible) * BLOCK as f64;
    libm::round((left - SAME) / LETTER).clamp(0.0, BLOCK as f64) as usize
}

impl Filling {
    /// Writes `len` bytes. `words` is text without an end, in which a byte is a letter.
    pub(crate) fn write(&self, words: &[u8], len: usize, number: u64, out: &mut Output<'_>) {
        match self.random {
            None => running(words, len, number, out),
            Some(random) => mixed(words, random, len, number, out),
        }
    }
}

/// Words, beginning anywhere.
fn running(words: &[u8], mut len: usize, number: u64, out: &mut Output<'_>) {
    let mut from = scale(number, words.len() as u64) as usize;
    while len > 0 {
        let piece = &words[from..(from + len).min(words.len())];
        out.put(piece);
        len -= piece.len();
        from = 0;
    }
}

/// Blocks with letters at random and with the same words each time.
fn mixed(words: &[u8], random: usize, mut len: usize, number: u64, out: &mut Output<'_>) {
    let mut drawn = number | 1;
    while len > 0 {
        let mut letters = random.min(len);
        len -= letters;
        while letters > 0 {
            drawn = mix(drawn, number | 1);
            let mut bits = drawn;
            // Ten letters of six bits.
            for _ in 0..letters.min(10) {
                out.byte(LETTERS[(bits & 63) as usize]);
                bits >>= 6;
            }
            letters -= letters.min(10);
        }
        let same = (BLOCK - random).min(len);
        out.put(&words[..same]);
        len -= same;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filling_is_as_long_as_it_is_to_be() {
        let words = b"lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ";
        for compressible in [0.25, 0.5, 0.9, 1.0] {
            let filling = Filling {
                size: Size::Fixed(0),
                random: Some(random_part(compressible)),
            };
            for len in [0, 1, 9, 63, 64, 65, 1_000] {
                let mut bytes = vec![0; len + 100];
                let mut out = Output {
                    bytes: &mut bytes,
                    at: 0,
                };
                filling.write(words, len, 0x1234_5678_9abc_def0, &mut out);
                assert_eq!(out.at, len);
            }
        }
        assert_eq!((random_part(1.0), random_part(0.25)), (0, 59));
    }
}
