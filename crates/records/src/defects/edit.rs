//! Changes to a record that is written, in place.

use std::ops::Range;

/// Puts `value` in the place of what is in `at`. `bytes` has `len` bytes and room for more; returns the new
/// length.
pub(super) fn replace(bytes: &mut [u8], len: usize, at: Range<usize>, value: &[u8]) -> usize {
    let behind = at.start + value.len();
    bytes.copy_within(at.end..len, behind);
    bytes[at.start..behind].copy_from_slice(value);
    len - at.len() + value.len()
}

/// Takes a field away, whose value is in `value` and whose name, with quotes and colon, takes `name` bytes in
/// front of it; and a comma beside it.
pub(super) fn remove(bytes: &mut [u8], len: usize, value: Range<usize>, name: usize) -> usize {
    let (mut start, mut end) = (value.start - name, value.end);
    if bytes[end] == b',' {
        end += 1;
    } else if bytes[start - 1] == b',' {
        start -= 1;
    }
    replace(bytes, len, start..end, b"")
}

/// Adds a field behind the last, or fills one up to the length `to`: what stands in `start` and `end`, and the
/// letter x between them.
pub(super) fn append(bytes: &mut [u8], len: usize, start: &[u8], to: usize, end: &[u8]) -> usize {
    let mut at = len - 1;
    if bytes[at - 1] != b'{' {
        bytes[at] = b',';
        at += 1;
    }
    let mut put = |piece: &[u8]| {
        bytes[at..at + piece.len()].copy_from_slice(piece);
        at += piece.len();
    };
    put(start);
    let filled = to.saturating_sub(at + end.len() + 1);
    bytes[at..at + filled].fill(b'x');
    at += filled;
    bytes[at..at + end.len()].copy_from_slice(end);
    at += end.len();
    bytes[at] = b'}';
    at + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(record: &str, edit: impl FnOnce(&mut [u8], usize) -> usize) -> String {
        let mut bytes = record.as_bytes().to_vec();
        let len = bytes.len();
        bytes.resize(len + 100, b'~');
        let len = edit(&mut bytes, len);
        String::from_utf8(bytes[..len].to_vec()).unwrap()
    }

    #[test]
    fn fields_are_replaced_removed_and_added() {
        let record = r#"{"a":1,"bc":"x","d":[]}"#;
        assert_eq!(
            edited(record, |bytes, len| replace(bytes, len, 5..6, b"null")),
            r#"{"a":null,"bc":"x","d":[]}"#
        );
        assert_eq!(
            edited(record, |bytes, len| replace(bytes, len, 12..15, b"1")),
            r#"{"a":1,"bc":1,"d":[]}"#
        );
        assert_eq!(
            edited(record, |bytes, len| remove(bytes, len, 5..6, 4)),
            r#"{"bc":"x","d":[]}"#
        );
        assert_eq!(
            edited(record, |bytes, len| remove(bytes, len, 12..15, 5)),
            r#"{"a":1,"d":[]}"#
        );
        assert_eq!(
            edited(record, |bytes, len| remove(bytes, len, 20..22, 4)),
            r#"{"a":1,"bc":"x"}"#
        );
        assert_eq!(
            edited(r#"{"a":1}"#, |bytes, len| remove(bytes, len, 5..6, 4)),
            "{}"
        );
        assert_eq!(
            edited(r#"{"a":1}"#, |bytes, len| append(
                bytes,
                len,
                br#""e":2"#,
                0,
                b""
            )),
            r#"{"a":1,"e":2}"#
        );
        assert_eq!(
            edited("{}", |bytes, len| append(
                bytes,
                len,
                br#""e":""#,
                16,
                b"\""
            )),
            r#"{"e":"xxxxxxxx"}"#
        );
    }
}
