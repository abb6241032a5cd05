//! Regular expressions, turned round: texts that match one.
//!
//! An expression becomes a number of patterns of fixed length, drawn once, which differ in its alternatives, its
//! repetitions and the ranges of its classes. Writing one of them costs no more than any other pattern.

use std::collections::BTreeSet;

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind, Look};

use crate::random::{Draws, hash};
use crate::symbols::Symbol;
use crate::words::escaped;

/// How many patterns an expression is turned into.
const PATTERNS: u64 = 128;
/// How often something is repeated beyond what it has to be, where the expression does not end it.
const MORE: u32 = 7;
/// A text of more characters is no text that somebody wrote an expression for.
const LENGTH_MAX: usize = 4096;
/// Parts that a text is put together from: more than these are repetitions of nothing.
const PARTS_MAX: u32 = 65_536;
/// What may stand in a text: printable ASCII. Others only where the expression names them.
const PRINTABLE: (u8, u8) = (b' ', b'~');
/// A class of more characters means "anything": small letters then.
const WIDE: u32 = 70;
const SMALL: (u8, u8) = (b'a', b'z');

/// The patterns that stand for an expression, or why there are none.
pub(crate) fn patterns(expression: &str) -> Result<Vec<Vec<Symbol>>, String> {
    let hir = parse(expression)?;
    let mut seen = BTreeSet::new();
    let mut patterns = Vec::new();
    for number in 0..PATTERNS {
        let mut drawing = Drawing {
            draws: Draws::of_record(hash(expression), number),
            drawn: 0,
            parts: 0,
            symbols: Vec::new(),
        };
        drawing.add(&hir)?;
        let key: Vec<_> = drawing
            .symbols
            .iter()
            .map(|it| (it.base, it.range))
            .collect();
        if seen.insert(key) {
            patterns.push(drawing.symbols);
        }
    }
    Ok(patterns)
}

fn parse(expression: &str) -> Result<Hir, String> {
    // Bytes, not characters: `\d` is a digit from 0 to 9, as in JSON Schema and in every other place where people
    // write expressions for data.
    let parsed = ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(expression);
    parsed.map_err(|error| match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        other => other.to_string(),
    })
}

struct Drawing {
    draws: Draws,
    drawn: u64,
    parts: u32,
    symbols: Vec<Symbol>,
}

impl Drawing {
    fn below(&mut self, range: u64) -> u64 {
        self.drawn += 1;
        self.draws.below(self.drawn, range)
    }

    fn add(&mut self, hir: &Hir) -> Result<(), String> {
        self.parts += 1;
        if self.symbols.len() > LENGTH_MAX || self.parts > PARTS_MAX {
            return Err(format!("its texts have more than {LENGTH_MAX} characters"));
        }
        match hir.kind() {
            HirKind::Empty
            | HirKind::Look(Look::Start | Look::End | Look::StartLF | Look::EndLF) => {}
            HirKind::Look(_) => {
                return Err("borders of words and lines are not supported".to_owned());
            }
            HirKind::Literal(literal) => {
                let text = std::str::from_utf8(&literal.0);
                let text = text.map_err(|_| "it has bytes that are no text".to_owned())?;
                self.symbols
                    .extend(escaped(text).bytes().map(Symbol::literal));
            }
            HirKind::Class(class) => self.class(class)?,
            HirKind::Repetition(repetition) => {
                let (least, most) = (repetition.min, repetition.max);
                let most = most.unwrap_or(least.saturating_add(MORE)).max(least);
                let more = self.below(u64::from(most - least) + 1);
                for _ in 0..u64::from(least) + more {
                    self.add(&repetition.sub)?;
                }
            }
            HirKind::Capture(capture) => self.add(&capture.sub)?,
            HirKind::Concat(parts) => {
                for part in parts {
                    self.add(part)?;
                }
            }
            HirKind::Alternation(ways) => {
                let way = self.below(ways.len() as u64) as usize;
                self.add(&ways[way])?;
            }
        }
        Ok(())
    }

    fn class(&mut self, class: &Class) -> Result<(), String> {
        let mut ranges: Vec<_> = match class {
            Class::Bytes(class) => {
                let ranges = class.ranges().iter();
                ranges.map(|range| (range.start(), range.end())).collect()
            }
            Class::Unicode(class) => {
                let byte = |c: char| u8::try_from(c).unwrap_or(u8::MAX);
                let ranges = class.ranges().iter();
                ranges
                    .map(|range| (byte(range.start()), byte(range.end())))
                    .collect()
            }
        };
        ranges = within(&ranges, PRINTABLE);
        if ranges.iter().copied().map(size).sum::<u32>() > WIDE {
            ranges = within(&ranges, SMALL);
        }
        let all = ranges.iter().copied().map(size).sum::<u32>();
        if all == 0 {
            return Err("it asks for characters that are not printable ASCII".to_owned());
        }
        // Ranges as often as they have characters.
        let mut at = self.below(u64::from(all)) as u32;
        for range in &ranges {
            if at >= size(*range) {
                at -= size(*range);
                continue;
            }
            let (first, last) = *range;
            if matches!(first, b'"' | b'\\') {
                // Written as two in JSON, and never as one of several.
                let text = char::from(first).to_string();
                self.symbols
                    .extend(escaped(&text).bytes().map(Symbol::literal));
            } else {
                self.symbols.push(Symbol {
                    base: first,
                    range: last - first + 1,
                });
            }
            break;
        }
        Ok(())
    }
}

fn size((first, last): (u8, u8)) -> u32 {
    u32::from(last - first) + 1
}

/// What of the ranges is within another one, with quotes and backslashes in ranges of their own.
fn within(ranges: &[(u8, u8)], (least, most): (u8, u8)) -> Vec<(u8, u8)> {
    let mut found = Vec::new();
    for &(first, last) in ranges {
        let mut start = first.max(least);
        let end = last.min(most);
        while start <= end {
            let special = (start..=end).find(|byte| matches!(byte, b'"' | b'\\'));
            if let Some(special) = special {
                if start < special {
                    found.push((start, special - 1));
                }
                found.push((special, special));
                start = special + 1;
            } else {
                found.push((start, end));
                break;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_turned_round_is_told() {
        for (expression, words) in [
            ("a(?=b)", "look"),
            (r"\bword\b", "borders"),
            ("(", "unclosed"),
            (r"\x00", ""),
            ("[\\x00-\\x1f]", "printable"),
            ("(a{1000}){1000}", "characters"),
        ] {
            match patterns(expression) {
                Err(why) => assert!(why.contains(words), "{expression}: {why}"),
                Ok(_) => assert!(words.is_empty(), "{expression}"),
            }
        }
    }

    #[test]
    fn an_expression_without_a_choice_is_one_pattern() {
        assert_eq!(patterns("^[A-Z]{2}-[0-9]{4}$").unwrap().len(), 1);
        assert!(patterns("^[0-9a-f]{32}$").unwrap().len() > 100);
        assert_eq!(patterns("^$").unwrap(), [Vec::<Symbol>::new()].to_vec());
    }
}
