//! The reader, on the servers.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use readers::{End, From, Kinesis, KinesisOptions, Reader as _, Received};
use sandbox::SandboxOptions;

use super::lane::Lane;
use super::stream::{SERVERS, Stream};

fn open(stream: &Stream, from: From) -> Kinesis {
    let mut options = KinesisOptions {
        stream: stream.name().to_owned(),
        from,
        pause: Some(Duration::from_millis(50)),
        ..KinesisOptions::default()
    };
    options.redirect(&stream.server.url());
    Kinesis::open(&options).unwrap()
}

/// Reads until so many records are there, and then once more: there are no others.
fn read(reader: &mut Kinesis, wanted: usize) -> Vec<String> {
    let mut values = Vec::new();
    let deadline = Instant::now() + Duration::from_mins(1);
    while values.len() < wanted && Instant::now() < deadline {
        read_some(reader, Duration::from_millis(100), 10_000, &mut values);
    }
    read_some(reader, Duration::from_millis(300), 10_000, &mut values);
    values.sort();
    values
}

fn read_some(reader: &mut Kinesis, wait: Duration, limit: usize, values: &mut Vec<String>) {
    let read = reader
        .read(wait, limit, &mut |it| {
            let value = String::from_utf8(it.value.to_vec()).unwrap();
            // Both are made from the record's number.
            assert_eq!(
                std::str::from_utf8(it.key.unwrap()).unwrap(),
                value.replace("record ", "key-")
            );
            assert!(it.timestamp_millis > Some(1_600_000_000_000), "{it:?}");
            values.push(value);
        })
        .unwrap();
    assert!(read.gaps.is_empty());
}

fn expected(range: std::ops::Range<u32>) -> Vec<String> {
    let mut values: Vec<_> = range.map(|n| format!("record {n}")).collect();
    values.sort();
    values
}

#[test]
fn a_stream_is_read_from_its_beginning_from_its_end_and_from_kept_positions() {
    for server in SERVERS {
        let Some(stream) = Stream::with_shards(server, "read", 3) else {
            continue;
        };
        let mut lane = Lane::open(&stream.options(""));
        let mut empty = open(&stream, From::Latest);
        let before_all = empty.positions();
        lane.send_small(300);
        lane.finish();
        let mut latest = open(&stream, From::Latest);
        let at_opening = latest.positions();
        lane.send_small(300);
        lane.finish();
        assert_eq!(read(&mut latest, 300), expected(300..600), "{server}");
        assert_eq!(read(&mut empty, 600), expected(0..600), "{server}");
        assert_eq!(
            read(&mut open(&stream, From::Earliest), 600),
            expected(0..600),
            "{server}"
        );
        // Another process, before anything was read.
        let mut other = open(&stream, From::At(at_opening));
        assert_eq!(read(&mut other, 300), expected(300..600), "{server}");
        // And in the middle.
        let mut first = open(&stream, From::At(before_all));
        let mut values = Vec::new();
        while values.len() < 100 {
            read_some(&mut first, Duration::from_millis(100), 70, &mut values);
        }
        let mut second = open(&stream, From::At(first.positions()));
        values.extend(read(&mut second, 600 - values.len()));
        values.sort();
        assert_eq!(values, expected(0..600), "{server}");
    }
}

#[test]
fn what_was_forgotten_after_a_kept_position_is_a_gap() {
    let options = SandboxOptions {
        kinesis_memory: 2 << 20,
        ..SandboxOptions::default()
    };
    let Some(stream) = Stream::in_sandbox(options, "read-late", 2) else {
        return;
    };
    let mut lane = Lane::open(&stream.options(""));
    let mut reader = open(&stream, From::Latest);
    lane.send_small(2_000);
    lane.finish();
    assert_eq!(read(&mut reader, 2_000).len(), 2_000);
    let kept = reader.positions();
    drop(reader);
    for _ in 0..10 {
        lane.send_small(2_000);
    }
    lane.finish();
    let mut later = open(&stream, From::At(kept));
    let read = later.read(Duration::ZERO, 1, &mut |_| {}).unwrap();
    let mut gaps: Vec<_> = read.gaps.into_iter().map(|it| it.partition).collect();
    gaps.sort();
    assert_eq!(gaps, ["shardId-000000000000", "shardId-000000000001"]);
    // What is gone is not waited for: it is known when the rest was read.
    let left = to_the_end(&mut later);
    assert!(left > 0 && read.count + left < 20_000, "{left}");
}

/// How many records are read up to the end.
fn to_the_end(reader: &mut Kinesis) -> usize {
    reader.seek_end();
    let (mut count, mut end) = (0, End::Unknown);
    let deadline = Instant::now() + Duration::from_mins(1);
    while end != End::Reached {
        assert!(Instant::now() < deadline, "{count} {end:?}");
        let wait = Duration::from_millis(50);
        let read = reader.read(wait, 1_000, &mut |_| {}).unwrap();
        (count, end) = (count + read.count, read.end);
    }
    count
}

#[test]
fn the_end_is_told_when_everything_was_handed_over_and_not_before() {
    for server in SERVERS {
        let Some(stream) = Stream::with_shards(server, "read-end", 2) else {
            continue;
        };
        let mut lane = Lane::open(&stream.options(""));
        let mut reader = open(&stream, From::Latest);
        lane.send_small(3_000);
        lane.finish();
        let read = reader.read(Duration::ZERO, 10, &mut |_| {}).unwrap();
        assert_ne!(read.end, End::Reached, "{server}");
        assert_eq!(read.count + to_the_end(&mut reader), 3_000, "{server}");
        // It stays so, whatever comes later.
        lane.send_small(10);
        lane.finish();
        assert_eq!(
            reader.read(Duration::ZERO, 10, &mut |_| {}).unwrap().end,
            End::Reached
        );
    }
}

/// Not on moto, which goes on to write to shards that were split.
#[test]
fn a_reader_follows_a_reshard() {
    for server in ["kinesis-mock", "sandbox"] {
        let Some(stream) = Stream::with_shards(server, "read-on", 2) else {
            continue;
        };
        let mut lane = Lane::open(&stream.options(""));
        let mut reader = open(&stream, From::Latest);
        lane.send_small(300);
        lane.finish();
        let mut values = Vec::new();
        while values.is_empty() {
            read_some(&mut reader, Duration::from_millis(100), 10, &mut values);
        }
        stream.ask(&["split", "shardId-000000000000"]);
        lane.send_small(300);
        lane.finish();
        stream.ask(&["merge", "shardId-000000000002", "shardId-000000000003"]);
        lane.send_small(300);
        lane.finish();
        let in_the_middle = reader.positions();
        let rest = 900 - values.len();
        let read_on = read(&mut reader, rest);
        let mut other = open(&stream, From::At(in_the_middle));
        assert_eq!(read(&mut other, rest), read_on, "{server}");
        values.extend(read_on);
        values.sort();
        assert_eq!(values, expected(0..900), "{server}");
        let positions = reader.positions();
        let ends = positions.0.values().filter(|it| *it == "SHARD_END");
        assert_eq!(ends.count(), 3, "{server}: {positions:?}");
        // Each shard's records know which were there before them.
        let (mut count, mut after) = (0, BTreeMap::new());
        let mut whole = open(&stream, From::Earliest);
        while count < 900 {
            let mut take = |it: Received<'_>| drop(after.insert(it.partition, it.after.to_vec()));
            let wait = Duration::from_millis(100);
            count += whole.read(wait, 10_000, &mut take).unwrap().count;
        }
        let expected: [&[u32]; 5] = [&[], &[], &[0], &[0], &[0, 2, 3]];
        let expected = (0..).zip(expected.map(<[u32]>::to_vec));
        assert_eq!(after, expected.collect(), "{server}");
    }
}

#[test]
fn aggregates_are_taken_apart() {
    for server in SERVERS {
        let Some(stream) = Stream::with_shards(server, "read-packed", 2) else {
            continue;
        };
        let mut lane = Lane::open(&stream.options(r#""aggregate": {}, "linger": "20ms""#));
        lane.send_small(2_000);
        assert_eq!(lane.finish(), "OK 2000", "{server}");
        let mut reader = open(&stream, From::Earliest);
        assert_eq!(read(&mut reader, 2_000), expected(0..2_000), "{server}");
    }
}

#[test]
fn a_stream_that_is_deleted_is_an_error() {
    for server in SERVERS {
        let Some(stream) = Stream::with_shards(server, "read-deleted", 1) else {
            continue;
        };
        let mut reader = open(&stream, From::Latest);
        stream.ask(&["delete"]);
        let deadline = Instant::now() + Duration::from_mins(1);
        let error = loop {
            match reader.read(Duration::from_millis(100), 10, &mut |_| {}) {
                Ok(_) => assert!(Instant::now() < deadline, "{server}"),
                Err(error) => break error,
            }
        };
        assert!(
            error.to_string().contains("stream read-deleted") && error.message.contains("NotFound"),
            "{server}: {error}"
        );
    }
}
