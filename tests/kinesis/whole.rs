//! What only a whole server can show: sizes, resharding, deletion, and aggregates.

use std::collections::BTreeSet;

use producers::{Creation, Demand, Destination as _};

use super::lane::Lane;
use super::stream::{Read, SERVERS, Stream};

/// The values, each once.
fn distinct(records: &[Read]) -> BTreeSet<Vec<u8>> {
    records.iter().map(Read::data).collect()
}

fn expected(count: u64) -> BTreeSet<Vec<u8>> {
    (0..count)
        .map(|n| format!("record {n}").into_bytes())
        .collect()
}

#[test]
fn the_largest_record_passes_and_one_byte_more_never_leaves() {
    for server in SERVERS {
        let Some(stream) = Stream::with_shards(server, "sizes", 2) else {
            continue;
        };
        // On a busy machine kinesis-mock takes long for so much.
        let patience = r#""record_deadline": "100s", "request_timeout": "30s""#;
        let mut lane = Lane::open(&stream.options(patience));
        // With the key `key-0`.
        lane.send([vec![b'x'; 1_048_576 - 5]]);
        lane.send([vec![b'y'; 1_048_576 - 4]]);
        // A call of 5 MiB, down to the byte: five keys.
        lane.send((b'1'..=b'5').map(|byte| vec![byte; 1_048_576 - 5]));
        assert_eq!(lane.finish(), "OK 6, RecordTooLarge 1", "{server}");
        // A call that was answered too late is sent again: each at least once.
        assert_eq!(distinct(&stream.read("read")).len(), 6, "{server}");
    }
}

/// Not on moto, which goes on to write to shards that were split.
#[test]
fn a_stream_that_is_resharded_in_mid_run_loses_nothing() {
    for server in ["kinesis-mock", "sandbox"] {
        for (name, more) in [
            ("split-keys", r#""spread": "keys""#),
            ("split-even", r#""spread": "even""#),
        ] {
            let Some(stream) = Stream::with_shards(server, name, 2) else {
                continue;
            };
            let mut lane = Lane::open(&stream.options(more));
            lane.send_small(300);
            lane.finish();
            lane.send_small(300);
            stream.ask(&["split", "shardId-000000000000"]);
            lane.send_small(600);
            assert_eq!(lane.finish(), "OK 1200", "{server}");
            let read = stream.read("read");
            assert_eq!(distinct(&read), expected(1_200), "{server}");
            let shards: BTreeSet<_> = read.iter().map(|read| read.shard.as_str()).collect();
            assert!(
                shards.len() > 2,
                "{server}: the children got none: {shards:?}"
            );
        }
    }
}

#[test]
fn a_stream_that_is_deleted_in_mid_run_ends_the_run() {
    for server in SERVERS {
        let Some(stream) = Stream::with_shards(server, "deleted", 1) else {
            continue;
        };
        let mut lane = Lane::open(&stream.options(r#""record_deadline": "10s""#));
        lane.send_small(100);
        assert_eq!(lane.finish(), "OK 100", "{server}");
        stream.ask(&["delete"]);
        lane.send_small(100);
        assert_eq!(
            lane.finish(),
            "OK 100, ResourceNotFoundException 100",
            "{server}"
        );
        let fatal = lane.fatal.unwrap();
        assert!(
            fatal.message.contains("ResourceNotFoundException"),
            "{server}"
        );
    }
}

#[test]
fn aggregates_are_unpacked_by_the_library_that_consumers_use() {
    for server in SERVERS {
        for (name, more) in [
            ("packed-keys", r#""aggregate": {}, "linger": "20ms""#),
            (
                "packed-even",
                r#""aggregate": {}, "linger": "20ms", "spread": "even""#,
            ),
        ] {
            let Some(stream) = Stream::with_shards(server, name, 3) else {
                continue;
            };
            let mut lane = Lane::open(&stream.options(more));
            for _ in 0..3 {
                lane.send_small(2_000);
            }
            assert_eq!(lane.finish(), "OK 6000", "{server}");
            assert!(stream.read("read").len() < 100, "{server}: they are packed");
            let unpacked = stream.read("unpack");
            assert_eq!(unpacked.len(), 6_000, "{server}");
            assert_eq!(distinct(&unpacked), expected(6_000), "{server}");
            for read in unpacked {
                let number = read.key.strip_prefix("key-").unwrap();
                assert_eq!(read.data(), format!("record {number}").into_bytes());
            }
        }
    }
}

#[test]
fn a_stream_that_is_missing_is_made_looked_at_and_removed() {
    for server in SERVERS {
        let Some(stream) = Stream::named(server, "made") else {
            continue;
        };
        let options = stream.options(r#""create": {"shards": 4}"#);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let demand = Demand {
            records_per_second: 8_500.0,
            bytes_per_second: 850_000.0,
            largest_record: 100,
        };
        let look = || runtime.block_on(options.check_for(demand)).unwrap();
        assert!(look()[0].found.contains("will be made"), "{server}");
        let mut lane = Lane::open(&options);
        lane.send_small(10);
        assert_eq!(lane.finish(), "OK 10", "{server}");
        let found = look();
        assert!(found[0].found.ends_with("is ACTIVE"), "{server}: {found:?}");
        let warning = found[1].warning.as_deref().unwrap();
        assert!(
            warning.starts_with("this load needs 9 shards, the stream has 4"),
            "{warning}"
        );
        // The account is not known, and one of another region is not this one.
        let remove = |noted: &str| runtime.block_on(options.remove(noted)).unwrap();
        assert!(!remove("eu-north-1/made"), "{server}");
        assert!(remove("us-east-1/made"), "{server}");
        // Noted from the intent on, and in the end by what it is called everywhere.
        let mut notes = Vec::new();
        let mut told = |creation: Creation<'_>| {
            match creation {
                Creation::Intended(name) => assert_eq!(name, "us-east-1/made"),
                Creation::Made { name, .. } => notes.push(name.to_owned()),
                Creation::NotMade(name) => panic!("{name} was not made"),
            }
            Ok(())
        };
        runtime.block_on(options.create(&mut told)).unwrap();
        runtime.block_on(options.create(&mut told)).unwrap();
        let [arn] = notes.try_into().unwrap();
        assert!(arn.ends_with(":stream/made"), "{server}: {arn}");
        assert!(!remove(&arn.replace("/made", "/other")), "{server}");
        assert!(remove(&arn), "{server}");
        assert!(remove(&arn), "{server}: gone already");
        assert!(
            runtime.block_on(stream.options("").check()).is_err(),
            "{server}"
        );
    }
}
