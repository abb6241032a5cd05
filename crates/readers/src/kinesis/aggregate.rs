//! Several records in one, as the Kinesis Producer Library packs them.
//! <https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md>

use std::ops::RangeInclusive;

use md5::{Digest as _, Md5};

const MAGIC: [u8; 4] = [0xF3, 0x89, 0x9A, 0xC2];
const DIGEST: usize = 16;

/// A record's key and data.
pub(super) type Inner<'a> = (&'a [u8], &'a [u8]);

/// The records in an aggregate that is in a shard of this range; `None` if it is a record like others.
///
/// An aggregate with a record that belongs to another shard counts for nothing as a whole, as it does
/// for AWS's library for consumers: its producer has sent the records again.
/// <https://github.com/awslabs/amazon-kinesis-client/blob/master/amazon-kinesis-client/src/main/java/software/amazon/kinesis/retrieval/AggregatorUtil.java>
pub(super) fn unpack<'a>(data: &'a [u8], range: &RangeInclusive<u128>) -> Option<Vec<Inner<'a>>> {
    let rest = data.strip_prefix(&MAGIC)?;
    let (message, digest) = rest.split_at_checked(rest.len().checked_sub(DIGEST)?)?;
    if message.is_empty() || Md5::digest(message)[..] != *digest {
        return None;
    }
    let aggregate = Aggregate::read(message)?;
    let mut inner = Vec::with_capacity(aggregate.records.len());
    for record in &aggregate.records {
        let key = *aggregate.keys.get(record.key)?;
        let hash = match record.hash_key {
            Some(at) => std::str::from_utf8(aggregate.hash_keys.get(at)?)
                .ok()?
                .parse()
                .ok()?,
            None => u128::from_be_bytes(Md5::digest(key).into()),
        };
        if !range.contains(&hash) {
            return Some(Vec::new());
        }
        inner.push((key, record.data));
    }
    Some(inner)
}

#[derive(Default)]
struct Aggregate<'a> {
    keys: Vec<&'a [u8]>,
    hash_keys: Vec<&'a [u8]>,
    records: Vec<Record<'a>>,
}

#[derive(Default)]
struct Record<'a> {
    key: usize,
    hash_key: Option<usize>,
    data: &'a [u8],
}

/// A field of a protobuf message.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Aggregate<'a> {
    fn read(mut message: &'a [u8]) -> Option<Aggregate<'a>> {
        let mut aggregate = Aggregate::default();
        while !message.is_empty() {
            match field(&mut message)? {
                (1, Field::Bytes(key)) => aggregate.keys.push(key),
                (2, Field::Bytes(key)) => aggregate.hash_keys.push(key),
                (3, Field::Bytes(record)) => aggregate.records.push(Record::read(record)?),
                _ => {}
            }
        }
        Some(aggregate)
    }
}

impl<'a> Record<'a> {
    fn read(mut message: &'a [u8]) -> Option<Record<'a>> {
        let mut record = Record::default();
        while !message.is_empty() {
            match field(&mut message)? {
                (1, Field::Number(at)) => record.key = at as usize,
                (2, Field::Number(at)) => record.hash_key = Some(at as usize),
                (3, Field::Bytes(data)) => record.data = data,
                _ => {}
            }
        }
        Some(record)
    }
}

fn field<'a>(message: &mut &'a [u8]) -> Option<(u64, Field<'a>)> {
    let tag = varint(message)?;
    let value = match tag & 7 {
        0 => Field::Number(varint(message)?),
        1 => Field::Bytes(cut(message, 8)?),
        2 => {
            let length = varint(message)?;
            Field::Bytes(cut(message, usize::try_from(length).ok()?)?)
        }
        5 => Field::Bytes(cut(message, 4)?),
        _ => return None,
    };
    Some((tag >> 3, value))
}

fn cut<'a>(message: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, rest) = message.split_at_checked(length)?;
    *message = rest;
    Some(head)
}

fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = cut(message, 1)?[0];
        value |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(into: &mut Vec<u8>, mut value: u64) {
        while value >= 0x80 {
            into.push(value as u8 | 0x80);
            value >>= 7;
        }
        into.push(value as u8);
    }

    fn bytes(into: &mut Vec<u8>, field: u8, value: &[u8]) {
        into.push(field << 3 | 2);
        number(into, value.len() as u64);
        into.extend_from_slice(value);
    }

    /// Keys, hash keys, and for each record the places of both and its data.
    fn pack(keys: &[&str], hash_keys: &[&str], records: &[(u64, Option<u64>, &[u8])]) -> Vec<u8> {
        let mut message = Vec::new();
        for key in keys {
            bytes(&mut message, 1, key.as_bytes());
        }
        for key in hash_keys {
            bytes(&mut message, 2, key.as_bytes());
        }
        for (key, hash_key, data) in records {
            let mut record = vec![1 << 3];
            number(&mut record, *key);
            if let Some(at) = hash_key {
                record.push(2 << 3);
                number(&mut record, *at);
            }
            bytes(&mut record, 3, data);
            bytes(&mut message, 3, &record);
        }
        let digest = Md5::digest(&message);
        [&MAGIC[..], &message, &digest].concat()
    }

    const ALL: RangeInclusive<u128> = 0..=u128::MAX;

    #[test]
    fn records_come_out_as_they_were_put_in() {
        let data = vec![7; 300];
        let packed = pack(
            &["a", "b"],
            &["12"],
            &[(1, None, b"one"), (0, Some(0), &data), (1, None, b"")],
        );
        assert_eq!(
            unpack(&packed, &ALL).unwrap(),
            [(&b"b"[..], &b"one"[..]), (b"a", &data), (b"b", b"")]
        );
    }

    #[test]
    fn one_record_of_another_shard_makes_all_of_them_count_for_nothing() {
        let packed = pack(
            &["a"],
            &["12", "99"],
            &[(0, Some(0), b"in"), (0, Some(1), b"out")],
        );
        assert_eq!(unpack(&packed, &(0..=50)), Some(Vec::new()));
        assert_eq!(unpack(&packed, &(0..=99)).unwrap().len(), 2);
        // Without a hash key the key's MD5 counts.
        let packed = pack(&["a"], &[], &[(0, None, b"x")]);
        let hash = u128::from_be_bytes(Md5::digest("a").into());
        assert_eq!(unpack(&packed, &(hash..=hash)).unwrap().len(), 1);
        assert_eq!(unpack(&packed, &(0..=hash - 1)).unwrap().len(), 0);
    }

    #[test]
    fn what_looks_like_an_aggregate_and_is_none_is_a_record() {
        let mut packed = pack(&["a"], &[], &[(0, None, b"x")]);
        *packed.last_mut().unwrap() ^= 1;
        assert_eq!(unpack(&packed, &ALL), None);
        assert_eq!(unpack(&MAGIC, &ALL), None);
        assert_eq!(unpack(b"{}", &ALL), None);
        // A key that is not in the table.
        assert_eq!(unpack(&pack(&[], &[], &[(3, None, b"x")]), &ALL), None);
    }

    proptest! {
        /// Whatever bytes there are, they are read or they are not; nothing breaks.
        #[test]
        fn no_bytes_break_it(message in prop::collection::vec(any::<u8>(), 0..200)) {
            let digest = Md5::digest(&message);
            let _ = unpack(&[&MAGIC[..], &message, &digest].concat(), &ALL);
        }
    }
}
