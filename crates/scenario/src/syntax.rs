//! What the parser could not read, in words that say what to do.

use std::ops::Range;

use serde_saphyr::granit_parser::{ErrorKind, ScanError};

use crate::finding::Finding;
use crate::yaml::too_deep;

/// The parser's mistake as a finding.
pub(crate) fn explain(text: &str, error: &ScanError) -> Finding {
    let at = error
        .marker()
        .byte_offset()
        .unwrap_or_default()
        .min(text.len());
    let span = character(text, at);
    let line = line_around(text, at);
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => return too_deep(span),
        ErrorKind::TabInBlockIndentation
        | ErrorKind::TabNotAllowed
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => {
            let in_line = || text[line.clone()].find('\t').map(|tab| line.start + tab);
            let tab = indenting_tab(text, line.start).or_else(in_line);
            let span = tab.map_or(span, |tab| tab..tab + 1);
            return Finding::new(span, "a tab cannot indent a line").help("indent with spaces");
        }
        ErrorKind::UnknownAnchor => {
            return Finding::new(span, "this alias has no anchor before it")
                .help("`*` at the beginning of a text needs quotes");
        }
        _ => {}
    }
    let finding = Finding::new(span, format!("not YAML: {error}", error = error.kind()));
    match help(
        error.kind(),
        &text[line.start..at.max(line.start)],
        &text[line],
    ) {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// The first tab in front of a line's text, from the line at `start` on: the parser may stop at the
/// value above it.
fn indenting_tab(text: &str, start: usize) -> Option<usize> {
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        let indent = &line[..line.len() - line.trim_start().len()];
        if let Some(tab) = indent.find('\t').filter(|_| !line.trim().is_empty()) {
            return Some(at + tab);
        }
        at += line.len();
    }
    None
}

/// What is probably meant; `before` is the line up to the mistake.
fn help(kind: &ErrorKind, before: &str, line: &str) -> Option<&'static str> {
    if in_brackets(line) && line.contains("${") {
        return Some("in `{…}` and `[…]` a variable needs quotes: `{project: \"${NAME}\"}`");
    }
    match kind {
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => {
            Some("a text with `: ` in it needs quotes; is the indentation right?")
        }
        ErrorKind::UnclosedQuotedScalar => Some("add the quote that closes it"),
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofFlowSequence => Some("add the bracket that closes it"),
        ErrorKind::SimpleKeyExpected | ErrorKind::ExpectedBlockMappingKey => {
            Some("a line here is `key: value`; is the indentation right?")
        }
        ErrorKind::UnexpectedCharacter {
            character: '@' | '`' | '%',
        } => Some("a text that begins with this character needs quotes"),
        _ if before.ends_with(['@', '`', '%']) => {
            Some("a text that begins with this character needs quotes")
        }
        _ => None,
    }
}

fn in_brackets(line: &str) -> bool {
    line.contains(['{', '['])
}

/// The character at `at`, or nothing at the end of a line or of the text.
fn character(text: &str, at: usize) -> Range<usize> {
    let at = (0..=at)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or_default();
    let len = text[at..]
        .chars()
        .next()
        .filter(|character| !matches!(character, '\n' | '\r'))
        .map_or(0, char::len_utf8);
    at..at + len
}

fn line_around(text: &str, at: usize) -> Range<usize> {
    let at = character(text, at).start;
    let start = text[..at]
        .rfind('\n')
        .map_or(0, |line_break| line_break + 1);
    let end = text[at..]
        .find('\n')
        .map_or(text.len(), |length| at + length);
    start..end
}
