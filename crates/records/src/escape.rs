//! What JSON's escapes stand for, without a copy of the text.

use std::ops::Range;

/// An escape is up to six bytes long, and what it stands for up to three.
type Utf8 = [u8; 4];

/// Hands over, piece by piece, what the text between the quotes of a JSON string stands for.
pub(crate) fn unescaped(mut text: &[u8], mut push: impl FnMut(&[u8])) {
    while let Some(at) = backslash(text) {
        push(&text[..at]);
        let mut utf8 = Utf8::default();
        let (character, len) = escape(&text[at..], &mut utf8);
        push(character);
        text = &text[at + len..];
    }
    push(text);
}

/// Writes what the text between the quotes of a JSON string stands for to the front of the buffer that it is in;
/// returns its length. It is never longer than the text.
pub(crate) fn unescape_to_front(buffer: &mut [u8], text: Range<usize>) -> usize {
    let (mut from, mut to) = (text.start, 0);
    while let Some(at) = backslash(&buffer[from..text.end]) {
        buffer.copy_within(from..from + at, to);
        (from, to) = (from + at, to + at);
        let mut utf8 = Utf8::default();
        let (character, len) = escape(&buffer[from..text.end], &mut utf8);
        buffer[to..to + character.len()].copy_from_slice(character);
        (from, to) = (from + len, to + character.len());
    }
    buffer.copy_within(from..text.end, to);
    to + text.end - from
}

fn backslash(text: &[u8]) -> Option<usize> {
    text.iter().position(|byte| *byte == b'\\')
}

/// The character that the escape at the front of `text` stands for, and the escape's length. Surrogates are not
/// written here: what is beyond the first plane is never escaped.
fn escape<'u>(text: &[u8], utf8: &'u mut Utf8) -> (&'u [u8], usize) {
    let (character, len) = match text {
        [_, b'u', digits @ ..] => (code(digits), 2 + digits.len().min(4)),
        [_, b'b', ..] => ('\u{8}', 2),
        [_, b'f', ..] => ('\u{c}', 2),
        [_, b'n', ..] => ('\n', 2),
        [_, b'r', ..] => ('\r', 2),
        [_, b't', ..] => ('\t', 2),
        [_, other, ..] => (char::from(*other), 2),
        _ => ('\\', 1),
    };
    (character.encode_utf8(utf8).as_bytes(), len)
}

fn code(digits: &[u8]) -> char {
    let digits = std::str::from_utf8(digits.get(..4).unwrap_or_default());
    let code = digits
        .ok()
        .and_then(|digits| u32::from_str_radix(digits, 16).ok());
    code.and_then(char::from_u32)
        .unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str) {
        let mut json = serde_json::to_vec(text).unwrap();
        let mut pieces = Vec::new();
        unescaped(&json[1..json.len() - 1], |piece| {
            pieces.extend_from_slice(piece);
        });
        assert_eq!(pieces, text.as_bytes());
        let inner = 1..json.len() - 1;
        let len = unescape_to_front(&mut json, inner);
        assert_eq!(&json[..len], text.as_bytes());
    }

    proptest! {
        #[test]
        fn it_is_the_text_that_was_escaped(text in ".*", odd in "[\"\\\\\\x00-\\x1f\u{7f}aü€😀]*") {
            check(&text);
            check(&odd);
        }
    }
}
