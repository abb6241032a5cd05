//! The body of PutRecords, written straight into a buffer that is used again.
//!
//! JSON 1.1 and not CBOR: every server of the protocol takes it. What CBOR would save is the base64,
//! a tenth of the work of a call, and a quarter of the bytes.

use base64_simd::STANDARD;

/// What comes before the records.
pub(super) fn prefix(stream: &str, is_arn: bool) -> Vec<u8> {
    let name = if is_arn { "StreamARN" } else { "StreamName" };
    let mut bytes = format!(r#"{{"{name}":"#).into_bytes();
    string(&mut bytes, stream.as_bytes());
    bytes.extend_from_slice(br#","Records":["#);
    bytes
}

/// Starts a body.
pub(super) fn begin(body: &mut Vec<u8>, prefix: &[u8]) {
    body.clear();
    body.extend_from_slice(prefix);
}

/// Adds one record. The key is valid UTF-8, the hash key a decimal number.
pub(super) fn record(body: &mut Vec<u8>, data: &[u8], key: Option<&[u8]>, hash_key: Option<&str>) {
    body.extend_from_slice(br#"{"Data":""#);
    STANDARD.encode_append(data, body);
    body.push(b'"');
    if let Some(key) = key {
        body.extend_from_slice(br#","PartitionKey":"#);
        string(body, key);
    }
    if let Some(hash_key) = hash_key {
        body.extend_from_slice(br#","ExplicitHashKey":""#);
        body.extend_from_slice(hash_key.as_bytes());
        body.push(b'"');
    }
    body.extend_from_slice(b"},");
}

/// Closes the body. There has to be a record.
pub(super) fn end(body: &mut Vec<u8>) {
    body.pop();
    body.extend_from_slice(b"]}");
}

/// Writes a JSON string: what has to be escaped is, the rest is copied.
fn string(body: &mut Vec<u8>, text: &[u8]) {
    body.push(b'"');
    if is_plain(text) {
        body.extend_from_slice(text);
    } else {
        for byte in text {
            match byte {
                b'"' | b'\\' => body.extend_from_slice(&[b'\\', *byte]),
                0..b' ' => body.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
                _ => body.push(*byte),
            }
        }
    }
    body.push(b'"');
}

/// Whether nothing has to be escaped. Keys are short: a word at a time, and the last one may overlap
/// the one before.
fn is_plain(text: &[u8]) -> bool {
    let Some(last) = text.last_chunk::<8>() else {
        return !text
            .iter()
            .any(|byte| matches!(byte, 0..b' ' | b'"' | b'\\'));
    };
    let (words, _) = text.as_chunks::<8>();
    let specials = words
        .iter()
        .chain([last])
        .map(|word| special(u64::from_ne_bytes(*word)));
    specials.fold(0, |any, found| any | found) == 0
}

/// Not zero if a byte of the word has to be escaped: borrows from the topmost bit tell that a byte is
/// smaller than another, and equal bytes differ by less than one.
/// <https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord>
fn special(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const TOPS: u64 = ONES * 0x80;
    let below = |word: u64, byte: u8| word.wrapping_sub(ONES * u64::from(byte)) & !word & TOPS;
    let equal = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    below(word, b' ') | equal(b'"') | equal(b'\\')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    proptest! {
        /// Words are looked at as bytes are, also at the edges of what has to be escaped.
        #[test]
        fn a_word_is_as_plain_as_its_bytes(
            text in prop::collection::vec(
                prop::sample::select(b"\0\x1f !\"#[\\]\x7f\x80\xa0\xa2\xdc\xffaaaaaaaa".to_vec()),
                0..30,
            ),
        ) {
            let expected = !text.iter().any(|byte| matches!(byte, 0..b' ' | b'"' | b'\\'));
            prop_assert_eq!(is_plain(&text), expected);
        }

        /// Whatever the bytes and the keys, a JSON parser finds them again.
        #[test]
        fn what_is_written_reads_back(
            stream in "[a-z:/.-]{1,40}",
            records in prop::collection::vec(
                (prop::collection::vec(any::<u8>(), 0..200), any::<Option<String>>(), any::<Option<u128>>()),
                1..20,
            ),
        ) {
            let mut body = b"left over".to_vec();
            begin(&mut body, &prefix(&stream, stream.contains(':')));
            for (data, key, hash) in &records {
                let hash = hash.map(|hash| hash.to_string());
                record(&mut body, data, key.as_ref().map(String::as_bytes), hash.as_deref());
            }
            end(&mut body);
            let read: Value = serde_json::from_slice(&body).unwrap();
            let name = if stream.contains(':') { "StreamARN" } else { "StreamName" };
            prop_assert_eq!(&read[name], &Value::from(stream));
            let found = read["Records"].as_array().unwrap();
            prop_assert_eq!(found.len(), records.len());
            for (found, (data, key, hash)) in found.iter().zip(&records) {
                let encoded = found["Data"].as_str().unwrap();
                prop_assert_eq!(&STANDARD.decode_to_vec(encoded).unwrap(), data);
                prop_assert_eq!(found.get("PartitionKey").and_then(Value::as_str), key.as_deref());
                let hash = hash.map(|hash| hash.to_string());
                prop_assert_eq!(found.get("ExplicitHashKey").and_then(Value::as_str), hash.as_deref());
            }
        }
    }
}
