//! Patterns ready to be written: place by place, one of several bytes.

use crate::output::Output;
use crate::random::Draws;

/// A place in a pattern: one of `range` bytes from `base` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Symbol {
    pub(crate) base: u8,
    pub(crate) range: u8,
}

impl Symbol {
    pub(crate) const DIGIT: Symbol = Symbol::of(b'0', 10);
    /// A digit from 1 to 9.
    pub(crate) const NONZERO: Symbol = Symbol::of(b'1', 9);
    pub(crate) const LETTER: Symbol = Symbol::of(b'A', 26);

    /// Always this byte.
    pub(crate) const fn literal(byte: u8) -> Symbol {
        Symbol::of(byte, 1)
    }

    /// Whether it is the backslash that an escape begins with.
    pub(crate) fn is_escape(self) -> bool {
        self == Symbol::literal(b'\\')
    }

    pub(crate) const fn of(base: u8, range: u8) -> Symbol {
        Symbol { base, range }
    }
}

/// A row of symbols.
///
/// A random number below 1 is multiplied by the range of the first place: what comes to stand before the point is
/// the byte, and the rest goes on. Several decimal digits in a row are one such multiplication, by a power of ten.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    symbols: Box<[Symbol]>,
    pieces: Box<[Piece]>,
}

/// How many symbols one 64-bit number is good for: 26^10 is 2^47.
const SYMBOLS_PER_NUMBER: usize = 10;
/// How many bytes of a pattern are written together.
const TOGETHER: usize = 8;

#[derive(Clone, Copy, Debug)]
enum Piece {
    /// Goes on with the random number of this part.
    Part(u64),
    /// Bytes that are always the same.
    Literal {
        bytes: [u8; TOGETHER],
        len: u8,
    },
    /// So many decimal digits.
    Digits {
        count: u8,
        scale: u32,
    },
    One(Symbol),
}

impl Pattern {
    pub(crate) fn new(symbols: Vec<Symbol>) -> Pattern {
        let mut pieces = Vec::new();
        for (part, symbols) in symbols.chunks(SYMBOLS_PER_NUMBER).enumerate() {
            if symbols.iter().any(|symbol| symbol.range > 1) {
                pieces.push(Piece::Part(part as u64 + 1));
            }
            pieces.extend(symbols.iter().map(|symbol| Piece::of(*symbol)));
        }
        pieces.dedup_by(|next, before| before.takes(*next));
        Pattern {
            symbols: symbols.into(),
            pieces: pieces.into(),
        }
    }

    /// Place by place.
    pub(crate) fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// Writes it, and anything into the eight bytes behind it.
    pub(crate) fn write(&self, draws: Draws, salt: u64, out: &mut Output<'_>) {
        let mut rest = 0;
        for piece in &self.pieces {
            match *piece {
                Piece::Part(part) => rest = draws.number(salt ^ part),
                Piece::Literal { bytes, len } => out.short(bytes, len.into()),
                Piece::Digits { count, scale } => {
                    out.short_digits(above(&mut rest, scale), count.into());
                }
                Piece::One(Symbol { base, range }) => {
                    out.byte(base + above(&mut rest, range.into()) as u8);
                }
            }
        }
    }
}

/// What comes to stand before the point when a number below 1 is multiplied; what stands behind it is left over.
#[inline]
fn above(rest: &mut u64, range: u32) -> u32 {
    let product = u128::from(*rest) * u128::from(range);
    *rest = product as u64;
    (product >> 64) as u32
}

impl Piece {
    fn of(symbol: Symbol) -> Piece {
        match symbol {
            Symbol { base, range: 1 } => {
                let mut bytes = [0; TOGETHER];
                bytes[0] = base;
                Piece::Literal { bytes, len: 1 }
            }
            Symbol::DIGIT => Piece::Digits {
                count: 1,
                scale: 10,
            },
            symbol => Piece::One(symbol),
        }
    }

    /// Whether the next piece has become a part of this one.
    fn takes(&mut self, next: Piece) -> bool {
        match (self, next) {
            (
                Piece::Literal { bytes, len },
                Piece::Literal {
                    bytes: [byte, ..], ..
                },
            ) if usize::from(*len) < TOGETHER => {
                bytes[usize::from(*len)] = byte;
                *len += 1;
                true
            }
            (Piece::Digits { count, scale }, Piece::Digits { .. })
                if usize::from(*count) < TOGETHER =>
            {
                *count += 1;
                *scale *= 10;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn symbol() -> impl Strategy<Value = Symbol> {
        prop_oneof![
            Just(Symbol::DIGIT),
            Just(Symbol::LETTER),
            Just(Symbol::NONZERO),
            (b' '..b'~').prop_map(Symbol::literal),
        ]
    }

    proptest! {
        /// A pattern is written as it would be place by place, each from what the places before left over.
        #[test]
        fn places_in_a_row_are_written_together(
            symbols in prop::collection::vec(symbol(), 0..40), key: u64, salt: u64
        ) {
            let draws = Draws::of_record(key, 1);
            let mut bytes = [0; 64];
            let mut out = Output { bytes: &mut bytes, at: 0 };
            Pattern::new(symbols.clone()).write(draws, salt, &mut out);
            let end = out.at;
            let mut expected = Vec::new();
            for (part, symbols) in symbols.chunks(SYMBOLS_PER_NUMBER).enumerate() {
                let mut number = draws.number(salt ^ (part as u64 + 1));
                for Symbol { base, range } in symbols {
                    let product = u128::from(number) * u128::from(*range);
                    number = product as u64;
                    expected.push(base + (product >> 64) as u8);
                }
            }
            prop_assert_eq!(&bytes[..end], &expected);
        }
    }
}
