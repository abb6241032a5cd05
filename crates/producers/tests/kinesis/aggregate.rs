//! Aggregates as a consumer sees them.

use super::lane::{Lane, options};
use super::server::Server;
use super::stream::{Stored, Stream, md5};

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

/// What a consumer keeps that uses AWS's library: all of an aggregate, or nothing of it.
fn rightly(stream: &Stream) -> Vec<Vec<u8>> {
    let mut rightly: Vec<_> = Vec::new();
    for stored in &stream.stored {
        let unpacked = unpack(stored);
        let is_rightful =
            |(key, _): &(String, Vec<u8>)| stream.owns(stored.shard, md5(key.as_bytes()));
        if unpacked.iter().all(is_rightful) {
            rightly.extend(unpacked.into_iter().map(|(_, data)| data));
        }
    }
    rightly.sort();
    rightly.dedup();
    rightly
}

#[test]
fn after_a_split_every_record_is_in_the_shard_of_its_key() {
    // Also where the list of shards can't be had at once.
    for unlisted in [0, 1] {
        let server = Server::start(1);
        let more = r#""aggregate": {"size": "10 KiB"}, "linger": "1ms""#;
        let mut lane = Lane::open(&options(&server, more));
        lane.send_small(1_000);
        assert_eq!(lane.finish(), "OK 1000");
        server.stream().split(0);
        server.stream().faults.unlisted = unlisted;
        lane.send_small(1_000);
        assert_eq!(lane.finish(), "OK 2000");
        let kept = rightly(&server.stream());
        assert_eq!(kept.len(), 2_000, "what a consumer keeps is all there");
        assert!(lane.counter("WrongShard.shardId-000000000001") > 0);
        assert_eq!(lane.counter("errors.ListShardsFailed"), unlisted);
    }
}

#[test]
fn an_aggregate_whose_shard_nobody_can_check_is_not_said_to_have_arrived() {
    let server = Server::start(1);
    let more = r#""aggregate": {}, "record_deadline": "700ms", "request_timeout": "700ms""#;
    let mut lane = Lane::open(&options(&server, more));
    server.stream().split(0);
    server.stream().faults.unlisted = u64::MAX;
    lane.send_small(1_000);
    assert_eq!(lane.finish(), "WrongShard 1000");
    assert_eq!(lane.in_doubt, 1_000, "not every consumer looks at shards");
    // And when the list can be had again, all is well.
    server.stream().faults.unlisted = 0;
    lane.until_counted("records.shardId-000000000002", 1);
    lane.send_small(500);
    assert_eq!(lane.finish(), "OK 500, WrongShard 1000");
}

#[test]
fn the_bytes_of_a_shard_are_those_that_it_has_stored() {
    for more in [
        "",
        r#""aggregate": {"size": "2 KiB"}"#,
        r#""aggregate": {}, "spread": "even""#,
    ] {
        let server = Server::start(3);
        let mut lane = Lane::open(&options(&server, more));
        for count in [1, 500, 2, 1_000] {
            lane.send_small(count);
        }
        lane.finish();
        let mut stored = [0; 3];
        for record in &server.stream().stored {
            stored[record.shard as usize] += (record.key.len() + record.data.len()) as u64;
        }
        let told = [0, 1, 2].map(|n| lane.counter(&format!("bytes.shardId-{n:012}")));
        assert_eq!(told, stored, "{more}");
    }
}
