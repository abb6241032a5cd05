//! Several records in one record of Kinesis, as the Kinesis Producer Library packs them and the
//! Kinesis Client Library unpacks them.
//! <https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md>
//!
//! ```text
//! F3 89 9A C2 | protobuf message AggregatedRecord | MD5 of the message
//!
//! message AggregatedRecord { repeated string partition_key_table = 1;
//!                            repeated string explicit_hash_key_table = 2;
//!                            repeated Record records = 3; }
//! message Record { required uint64 partition_key_index = 1;
//!                  optional uint64 explicit_hash_key_index = 2;
//!                  required bytes  data = 3; }
//! ```

use md5::{Digest as _, Md5};

const MAGIC: [u8; 4] = [0xF3, 0x89, 0x9A, 0xC2];
/// Magic and MD5, and a table with one hash key of 39 digits.
pub(super) const ENVELOPE_BYTES: usize = 4 + 16 + 41;

/// What a record takes at most in an aggregate besides its key and its data: tags, lengths, its
/// index twice.
const RECORD_BYTES: usize = (1 + 5) + (1 + 5) + (1 + 5) + (1 + 5) + 2;

/// The size of a record in an aggregate, at most.
pub(super) fn cost(key: usize, data: usize) -> usize {
    key + data + RECORD_BYTES
}

/// Writes an aggregate of records (key and data). `hash_key` is the one all of them are sent with,
/// if they are sent with one.
pub(super) fn write<'a>(
    out: &mut Vec<u8>,
    records: impl Iterator<Item = (&'a [u8], &'a [u8])> + Clone,
    hash_key: Option<&str>,
) {
    out.clear();
    out.extend_from_slice(&MAGIC);
    for (key, _) in records.clone() {
        bytes(out, 1, key);
    }
    if let Some(hash_key) = hash_key {
        bytes(out, 2, hash_key.as_bytes());
    }
    for (index, (_, data)) in records.enumerate() {
        let index = index as u64;
        let hash_index = if hash_key.is_some() { 2 } else { 0 };
        let length =
            1 + varint_len(index) + hash_index + 1 + varint_len(data.len() as u64) + data.len();
        tag(out, 3, 2);
        varint(out, length as u64);
        tag(out, 1, 0);
        varint(out, index);
        if hash_key.is_some() {
            tag(out, 2, 0);
            varint(out, 0);
        }
        bytes(out, 3, data);
    }
    let digest = Md5::digest(&out[MAGIC.len()..]);
    out.extend_from_slice(&digest);
}

fn bytes(out: &mut Vec<u8>, field: u8, value: &[u8]) {
    tag(out, field, 2);
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

fn tag(out: &mut Vec<u8>, field: u8, kind: u8) {
    out.push(field << 3 | kind);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn varint_len(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Unpacked = Vec<(Vec<u8>, Option<Vec<u8>>, Vec<u8>)>;

    /// Reads protobuf as its encoding is described, without sharing a line with the writer.
    fn unpack(message: &[u8]) -> Unpacked {
        fn number(rest: &mut &[u8]) -> u64 {
            let (mut value, mut shift) = (0, 0);
            loop {
                let (first, tail) = rest.split_first().expect("a varint goes on");
                *rest = tail;
                value |= u64::from(first & 127) << shift;
                shift += 7;
                if first & 128 == 0 {
                    return value;
                }
            }
        }
        fn fields(mut rest: &[u8]) -> Vec<(u64, u64, Vec<u8>)> {
            let mut fields = Vec::new();
            while !rest.is_empty() {
                let key = number(&mut rest);
                let value = number(&mut rest);
                let content = if key & 7 == 2 {
                    let (content, tail) = rest.split_at(value as usize);
                    rest = tail;
                    content.to_vec()
                } else {
                    Vec::new()
                };
                fields.push((key >> 3, value, content));
            }
            fields
        }
        let (message, digest) = message[4..].split_at(message.len() - 20);
        assert_eq!(Md5::digest(message)[..], *digest);
        let all = fields(message);
        let table = |wanted| -> Vec<Vec<u8>> {
            all.iter()
                .filter(|(field, ..)| *field == wanted)
                .map(|(.., content)| content.clone())
                .collect()
        };
        let (keys, hash_keys) = (table(1), table(2));
        table(3)
            .iter()
            .map(|record| {
                let record = fields(record);
                let value = |wanted| record.iter().find(|(field, ..)| *field == wanted);
                let hash_key = value(2).map(|(_, index, _)| hash_keys[*index as usize].clone());
                (
                    keys[value(1).unwrap().1 as usize].clone(),
                    hash_key,
                    value(3).unwrap().2.clone(),
                )
            })
            .collect()
    }

    proptest! {
        /// What is packed unpacks to the same records in the same order, and is no larger than was
        /// reckoned.
        #[test]
        fn packed_records_unpack(
            records in prop::collection::vec(("\\PC{1,20}", prop::collection::vec(any::<u8>(), 0..300)), 1..200),
            hash_key in any::<Option<u128>>(),
        ) {
            let hash_key = hash_key.map(|hash| hash.to_string());
            let mut packed = vec![1, 2, 3];
            let pairs = records.iter().map(|(key, data)| (key.as_bytes(), &data[..]));
            write(&mut packed, pairs.clone(), hash_key.as_deref());
            prop_assert_eq!(&packed[..4], &MAGIC);
            let reckoned: usize = pairs.map(|(key, data)| cost(key.len(), data.len())).sum();
            prop_assert!(packed.len() <= reckoned + ENVELOPE_BYTES);
            let expected: Unpacked = records.into_iter()
                .map(|(key, data)| (key.into_bytes(), hash_key.clone().map(String::into_bytes), data))
                .collect();
            prop_assert_eq!(unpack(&packed), expected);
        }
    }
}
