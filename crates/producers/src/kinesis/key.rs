//! The partition key that a record is sent with.

use batch::Batch;

/// Unicode characters in a partition key, at most.
/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecordsRequestEntry.html>
const KEY_CHARS: usize = 256;

/// What a record without a key is sent with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyless {
    /// Its ordinal, with which it goes anywhere.
    Ordinal,
    /// The shortest key there is, where the key does not decide on the shard.
    Shortest,
    /// Nothing, where the stream itself decides on the shard and asks for no key.
    Nothing,
}

/// Room for an ordinal in decimal.
#[derive(Default)]
pub(super) struct Digits([u8; 20]);

impl Digits {
    fn write(&mut self, mut number: u64) -> &[u8] {
        let mut at = self.0.len();
        loop {
            at -= 1;
            self.0[at] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                return &self.0[at..];
            }
        }
    }
}

/// The record's own key, or what stands for it.
pub(super) fn of<'a>(
    batch: &'a Batch,
    index: usize,
    keyless: Keyless,
    digits: &'a mut Digits,
) -> Option<&'a [u8]> {
    match (batch.key(index), keyless) {
        (Some(key), _) => Some(key),
        (None, Keyless::Ordinal) => Some(digits.write(batch.ordinal(index))),
        (None, Keyless::Shortest) => Some(b"a"),
        (None, Keyless::Nothing) => None,
    }
}

/// The explicit hash key that the record names, as a decimal number, where it names one.
pub(super) fn hash_key(batch: &Batch, index: usize) -> Option<&str> {
    std::str::from_utf8(batch.place(index)?).ok()
}

/// The lengths of that key and of the data in bytes.
pub(super) fn sizes(batch: &Batch, index: usize, keyless: Keyless) -> (usize, usize) {
    let key = match (batch.key(index), keyless) {
        (Some(key), _) => key.len(),
        (None, Keyless::Ordinal) => batch.ordinal(index).checked_ilog10().unwrap_or(0) as usize + 1,
        (None, Keyless::Shortest) => 1,
        (None, Keyless::Nothing) => 0,
    };
    (key, batch.span(index).len())
}

/// Why a record of so many bytes, key included, can't be sent at all: code and message.
pub(super) fn fault(
    batch: &Batch,
    index: usize,
    bytes: usize,
    limit: usize,
) -> Option<(&'static str, String)> {
    if bytes > limit {
        return Some((
            "RecordTooLarge",
            format!("a record and its key have {bytes} bytes, and the stream takes {limit}"),
        ));
    }
    let key = batch.key(index)?;
    let bad = |message: &str| Some(("InvalidPartitionKey", message.to_owned()));
    if key.is_empty() {
        return bad("a record's key is empty, and Kinesis takes 1 to 256 characters");
    }
    match std::str::from_utf8(key) {
        Err(_) => bad("a record's key is no UTF-8, and Kinesis takes nothing else"),
        Ok(text) if key.len() > KEY_CHARS && text.chars().count() > KEY_CHARS => {
            bad("a record's key has more than the 256 characters that Kinesis takes")
        }
        Ok(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use batch::{BatchId, Nanos};

    use super::*;

    fn batch(first: u64, key: Option<&[u8]>, data: &[u8]) -> Batch {
        let mut batch = Batch::with_capacity(BatchId(0), 1, 8);
        batch.begin(first, 1);
        batch.push_due(Nanos::ZERO);
        batch.bytes_mut().extend_from_slice(data);
        batch.end_record();
        if let Some(key) = key {
            batch.keys_mut().extend_from_slice(key);
            batch.end_key();
        }
        batch
    }

    #[test]
    fn a_record_without_a_key_is_sent_with_its_ordinal() {
        for ordinal in [0, 9, 10, 12_345, u64::MAX] {
            let batch = batch(ordinal, None, b"");
            let mut digits = Digits::default();
            let key = of(&batch, 0, Keyless::Ordinal, &mut digits).unwrap();
            assert_eq!(key, ordinal.to_string().as_bytes());
            assert_eq!(sizes(&batch, 0, Keyless::Ordinal), (key.len(), 0));
        }
        let batch = batch(7, None, b"");
        let of = |keyless| of(&batch, 0, keyless, &mut Digits::default()).map(<[u8]>::len);
        for keyless in [Keyless::Shortest, Keyless::Nothing] {
            let length = of(keyless).unwrap_or(0);
            assert_eq!(sizes(&batch, 0, keyless).0, length);
        }
        assert_eq!(of(Keyless::Nothing), None);
    }

    #[test]
    fn the_largest_record_passes_and_one_byte_more_does_not() {
        assert_eq!(fault(&batch(0, Some(b"key"), b"1234567"), 0, 10, 10), None);
        let (code, message) = fault(&batch(0, Some(b"key"), b"12345678"), 0, 11, 10).unwrap();
        assert_eq!(code, "RecordTooLarge");
        assert!(
            message.contains("11 bytes") && message.contains("takes 10"),
            "{message}"
        );
    }

    #[test]
    fn keys_are_held_to_what_the_service_takes() {
        let code = |key: &[u8]| {
            fault(&batch(0, Some(key), b""), 0, key.len(), 9_999).map(|(code, _)| code)
        };
        assert_eq!(code("ä".repeat(256).as_bytes()), None);
        for key in ["ä".repeat(257).as_bytes(), b"", b"\xFF"] {
            assert_eq!(code(key), Some("InvalidPartitionKey"));
        }
    }
}
