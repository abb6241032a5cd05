//! Aggregates as a consumer sees them.

use super::lane::{Lane, options};
use super::server::Server;
use super::stream::{Stored, md5};

/// Reads a length-delimited or varint field: its number, its value or its content.
fn field<'a>(rest: &mut &'a [u8]) -> (u64, u64, &'a [u8]) {
    let mut varint = || {
        let (mut value, mut shift) = (0, 0);
        loop {
            let (first, tail) = rest.split_first().unwrap();
            *rest = tail;
            value |= u64::from(first & 127) << shift;
            shift += 7;
            if first & 128 == 0 {
                return value;
            }
        }
    };
    let (key, value) = (varint(), varint());
    let length = if key & 7 == 2 { value as usize } else { 0 };
    let (content, tail) = rest.split_at(length);
    *rest = tail;
    (key >> 3, value, content)
}

/// The records in a record: key and data. A plain record is itself.
fn unpack(stored: &Stored) -> Vec<(String, Vec<u8>)> {
    let Some(rest) = stored.data.strip_prefix(&[0xF3, 0x89, 0x9A, 0xC2]) else {
        return vec![(stored.key.clone(), stored.data.clone())];
    };
    let (mut message, digest) = rest.split_at(rest.len() - 16);
    assert_eq!(md5(message).to_be_bytes(), digest);
    let (mut keys, mut records) = (Vec::new(), Vec::new());
    while !message.is_empty() {
        match field(&mut message) {
            (1, _, key) => keys.push(String::from_utf8(key.to_vec()).unwrap()),
            (2, ..) => {}
            (3, _, mut record) => {
                let (_, index, _) = field(&mut record);
                let mut last = field(&mut record);
                while !record.is_empty() {
                    last = field(&mut record);
                }
                records.push((keys[index as usize].clone(), last.2.to_vec()));
            }
            other => panic!("{other:?}"),
        }
    }
    records
}

#[test]
fn small_records_share_few_large_ones_and_all_come_out() {
    let server = Server::start(3);
    let more = r#""aggregate": {"size": "10 KiB"}, "linger": "20ms""#;
    let mut lane = Lane::open(&options(&server, more));
    lane.send_small(5_000);
    assert_eq!(lane.finish(), "OK 5000");
    let stream = server.stream();
    assert!(stream.stored.len() < 100, "{} records", stream.stored.len());
    assert!(
        stream
            .stored
            .iter()
            .all(|stored| stored.data.len() <= 10 << 10)
    );
    let mut unpacked: Vec<_> = stream.stored.iter().flat_map(unpack).collect();
    for stored in &stream.stored {
        for (key, _) in unpack(stored) {
            assert!(
                stream.owns(stored.shard, md5(key.as_bytes())),
                "{key} is not of its shard"
            );
        }
    }
    let mut expected: Vec<_> = (0..5_000)
        .map(|n| (format!("key-{n}"), format!("record {n}").into_bytes()))
        .collect();
    unpacked.sort();
    expected.sort();
    assert_eq!(unpacked, expected);
    drop(stream);
    lane.until_counted("kinesis_records", 1);
    let counted: u64 = (0..3)
        .map(|n| lane.counter(&format!("records.shardId-{n:012}")))
        .sum();
    assert_eq!(
        counted, 5_000,
        "records are counted as their user knows them"
    );
}

#[test]
fn a_record_that_is_alone_stays_as_it_is_and_one_that_fails_comes_again() {
    let server = Server::start(2);
    server.stream().faults.fail_every = Some(2);
    let more = r#""aggregate": {}, "linger": "0ms", "retry": {"first": "1ms", "longest": "5ms"}"#;
    let mut lane = Lane::open(&options(&server, more));
    for n in 0..50 {
        lane.send_small(n % 4 + 1);
    }
    let sent: u64 = (0..50).map(|n| n % 4 + 1).sum();
    assert_eq!(lane.finish(), format!("OK {sent}"));
    let stream = server.stream();
    assert_eq!(stream.stored.iter().flat_map(unpack).count() as u64, sent);
}

#[test]
fn after_a_split_every_record_is_in_the_shard_of_its_key() {
    let server = Server::start(1);
    let more = r#""aggregate": {"size": "10 KiB"}, "linger": "1ms""#;
    let mut lane = Lane::open(&options(&server, more));
    lane.send_small(1_000);
    assert_eq!(lane.finish(), "OK 1000");
    server.stream().split(0);
    lane.send_small(1_000);
    assert_eq!(lane.finish(), "OK 2000");
    let stream = server.stream();
    let mut rightly: Vec<_> = Vec::new();
    for stored in &stream.stored {
        // As AWS's library for consumers does it: all of an aggregate, or nothing of it.
        let unpacked = unpack(stored);
        let is_rightful =
            |(key, _): &(String, Vec<u8>)| stream.owns(stored.shard, md5(key.as_bytes()));
        if unpacked.iter().all(is_rightful) {
            rightly.extend(unpacked.into_iter().map(|(_, data)| data));
        }
    }
    rightly.sort();
    assert_eq!(rightly.len(), 2_000, "what a consumer keeps is all there");
    drop(stream);
    lane.until_counted("WrongShard.shardId-000000000001", 1);
}
