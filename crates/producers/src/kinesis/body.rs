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
    // Without a way out in the middle, so that many bytes are looked at at once.
    let specials = text
        .iter()
        .map(|byte| u8::from(matches!(byte, 0..b' ' | b'"' | b'\\')));
    if specials.fold(0, |any, is| any | is) == 0 {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    proptest! {
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
