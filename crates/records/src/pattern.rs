//! Patterns such as `??-####`, as users write them.

use crate::program::Symbol;
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
