//! Patterns such as `??-####`, as users write them.

use crate::symbols::Symbol;
use crate::words::escaped;

/// The symbols of a pattern as users write it.
pub(crate) fn symbols(pattern: &str) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        let literal = match character {
            '#' => {
                symbols.push(Symbol::DIGIT);
                continue;
            }
            '?' => {
                symbols.push(Symbol::LETTER);
                continue;
            }
            '\\' => characters.next().unwrap_or('\\'),
            other => other,
        };
        let escaped = escaped(literal.encode_utf8(&mut [0; 4]));
        symbols.extend(escaped.bytes().map(Symbol::literal));
    }
    symbols
}

/// The symbols of a format as tables have it: `#` is a digit, `^` one from 1 to 9, `$` a letter, `[D-H]` a letter
/// from D to H.
pub(crate) fn formats(format: &str) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    let mut rest = format.as_bytes();
    while let [first, behind @ ..] = rest {
        rest = behind;
        symbols.push(match (first, behind) {
            (b'#', _) => Symbol::DIGIT,
            (b'^', _) => Symbol::NONZERO,
            (b'$', _) => Symbol::LETTER,
            (b'[', [from, b'-', to, b']', behind @ ..]) => {
                rest = behind;
                Symbol::of(*from, to - from + 1)
            }
            (other, _) => Symbol::literal(*other),
        });
    }
    symbols
}
