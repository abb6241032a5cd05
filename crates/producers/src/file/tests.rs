//! What is in a file, whatever happened while it was written.

use std::io::{self, Read};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use batch::{BatchPool, Clock, Outcome, PoolSize};

use super::lane::FileLane;
use super::target::Target;
use super::writer::Writer;
use super::*;
use crate::conformance::{Arrived, Harness, run};

/// A destination in a folder of its own.
struct InFolder {
    folder: tempfile::TempDir,
    more: &'static str,
    name: &'static str,
}

impl InFolder {
    fn new(name: &'static str, more: &'static str) -> InFolder {
        InFolder {
            folder: tempfile::tempdir().unwrap(),
            more,
            name,
        }
    }

    fn options(&self) -> Options {
        let path = serde_json::to_string(&self.folder.path().join(self.name)).unwrap();
        serde_json::from_str(&format!(r#"{{"path": {path}{}}}"#, self.more)).unwrap()
    }

    /// The file without its compression.
    fn content(&self) -> Vec<u8> {
        let bytes = std::fs::read(self.options().path).unwrap_or_default();
        unpacked(&bytes, self.options().compression())
    }
}

fn unpacked(bytes: &[u8], compression: Compression) -> Vec<u8> {
    let mut content = Vec::new();
    match compression {
        Compression::None => content.extend_from_slice(bytes),
        Compression::Gzip => {
            let mut reader = flate2::read::MultiGzDecoder::new(bytes);
            reader.read_to_end(&mut content).unwrap();
        }
        Compression::Zstd => zstd::stream::copy_decode(bytes, &mut content).unwrap(),
    }
    content
}

fn lines(content: &[u8]) -> Vec<String> {
    let text = String::from_utf8(content.to_vec()).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "{text:?}");
    text.lines().map(str::to_owned).collect()
}

impl Harness for InFolder {
    fn destination(&self) -> Box<dyn Destination> {
        Box::new(self.options())
    }

    fn arrived(&mut self) -> Option<Vec<Arrived>> {
        let values = lines(&self.content()).into_iter();
        let arrived = values.map(|line| Arrived {
            key: None,
            value: line.into_bytes(),
        });
        Some(arrived.collect())
    }
}

#[test]
fn a_file_conforms_however_it_is_compressed() {
    for (name, more) in [
        ("plain.ndjson", r#", "if_exists": "append""#),
        ("gzip.ndjson.gz", r#", "if_exists": "append""#),
        (
            "zstd",
            r#", "if_exists": "append", "compression": "zstd", "sync": true"#,
        ),
    ] {
        assert_eq!(run(&mut InFolder::new(name, more)), Ok(()), "{name}");
    }
}

/// A batch of records that is handed over to a lane.
struct Sending {
    pool: BatchPool,
    clock: Clock,
}

impl Sending {
    fn new() -> Sending {
        let size = PoolSize {
            batches: 4,
            records: 10,
            bytes: 1_000,
        };
        Sending {
            pool: BatchPool::new(size),
            clock: Clock::starting_at(Instant::now()),
        }
    }

    fn lane(&self, options: &Options) -> Result<Box<dyn Producer>, Error> {
        options.open(Lane {
            index: 0,
            count: 1,
            clock: self.clock.clone(),
            batches: 4,
            records_per_batch: 10,
            bytes_in_flight: 10_000,
            client_id: "test".to_owned(),
        })
    }

    /// Sends the records and says what became of them.
    fn send(
        &mut self,
        lane: &mut dyn Producer,
        records: &[&[u8]],
    ) -> (Outcome, Result<(), String>) {
        let id = self.pool.take().unwrap();
        let batch = self.pool.get_mut(id).unwrap();
        batch.begin(0, 1);
        for record in records {
            batch.push_due(self.clock.now());
            batch.bytes_mut().extend_from_slice(record);
            batch.end_record();
        }
        lane.submit(self.pool.lend(id)).unwrap();
        let mut receipts = Vec::new();
        let until = self.clock.now() + Duration::from_mins(1);
        let answer = lane.poll(until, &mut receipts);
        let [receipt] = &receipts[..] else {
            panic!("{receipts:?}");
        };
        self.pool.settle(receipt).unwrap();
        (
            receipt.outcome.clone(),
            answer.map_err(|fatal| fatal.message),
        )
    }

    fn close(&self, lane: Box<dyn Producer>) {
        lane.close(self.clock.now() + Duration::from_mins(1), &mut Vec::new());
    }
}

#[test]
fn what_is_acknowledged_can_be_read_before_the_file_is_finished() {
    for name in ["people.ndjson", "people.ndjson.gz", "people.ndjson.zst"] {
        let place = InFolder::new(name, "");
        let mut sending = Sending::new();
        let mut lane = sending.lane(&place.options()).unwrap();
        let sent = sending.send(&mut *lane, &[b"one", b"two"]);
        assert_eq!(sent, (Outcome::Acknowledged, Ok(())));
        let bytes = std::fs::read(place.options().path).unwrap();
        let mut content = vec![0; 8];
        match place.options().compression() {
            Compression::None => content.copy_from_slice(&bytes),
            Compression::Gzip => flate2::read::GzDecoder::new(&bytes[..])
                .read_exact(&mut content)
                .unwrap(),
            Compression::Zstd => zstd::Decoder::new(&bytes[..])
                .unwrap()
                .read_exact(&mut content)
                .unwrap(),
        }
        assert_eq!(content, b"one\ntwo\n", "{name}");
        sending.close(lane);
        assert_eq!(place.content(), b"one\ntwo\n", "{name}");
    }
}

#[test]
fn records_with_any_byte_in_them_stand_behind_their_length() {
    let place = InFolder::new("records.bin", r#", "framing": "length""#);
    let mut sending = Sending::new();
    let mut lane = sending.lane(&place.options()).unwrap();
    let _ = sending.send(&mut *lane, &[b"a\nb", b"", b"c"]);
    sending.close(lane);
    assert_eq!(place.content(), b"\0\0\0\x03a\nb\0\0\0\0\0\0\0\x01c");
}

#[test]
fn a_file_that_is_there_is_left_alone_unless_somebody_says_so() {
    let mut place = InFolder::new("people.ndjson", "");
    std::fs::write(place.options().path, "old\n").unwrap();
    let mut sending = Sending::new();
    let refused = sending.lane(&place.options()).err().unwrap();
    assert!(refused.message.ends_with("is there already"), "{refused}");
    assert!(refused.help.unwrap().contains("if_exists: replace"));
    assert_eq!(place.options().look().unwrap_err().message, refused.message);
    for (more, content) in [
        (r#", "if_exists": "append""#, "old\nnew\n"),
        (r#", "if_exists": "replace""#, "new\n"),
    ] {
        place.more = more;
        let mut lane = sending.lane(&place.options()).unwrap();
        let _ = sending.send(&mut *lane, &[b"new"]);
        sending.close(lane);
        assert_eq!(place.content(), content.as_bytes(), "{more}");
    }
}

#[test]
fn lanes_share_a_file() {
    let place = InFolder::new("shared.ndjson.gz", "");
    let (mut one, mut two) = (Sending::new(), Sending::new());
    let mut first = one.lane(&place.options()).unwrap();
    let mut second = two.lane(&place.options()).unwrap();
    let _ = one.send(&mut *first, &[b"1"]);
    let _ = two.send(&mut *second, &[b"2"]);
    one.close(first);
    let _ = two.send(&mut *second, &[b"3"]);
    two.close(second);
    assert_eq!(place.content(), b"1\n2\n3\n");
}

/// A disk that has room for so many bytes.
#[derive(Clone)]
struct Small {
    room: usize,
    content: Arc<Mutex<Vec<u8>>>,
}

impl Target for Small {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut content = self.content.lock().unwrap();
        let fits = bytes.len().min(self.room.saturating_sub(content.len()));
        content.extend_from_slice(&bytes[..fits]);
        if fits == bytes.len() {
            return Ok(());
        }
        Err(rustix::io::Errno::NOSPC.into())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn cut(&mut self, length: u64) -> bool {
        self.content.lock().unwrap().truncate(length as usize);
        true
    }
}

#[test]
fn a_full_disk_refuses_records_and_leaves_no_half_of_one() {
    for (name, room) in [("plain", 12), ("packed.gz", 45), ("packed.zst", 30)] {
        let options = InFolder::new(name, "").options();
        let disk = Small {
            room,
            content: Arc::default(),
        };
        let mut sending = Sending::new();
        let writer = Writer::start(&options, disk.clone(), 0, &sending.clock).unwrap();
        let mut lane: Box<dyn Producer> =
            Box::new(FileLane::new(Arc::new(writer), sending.clock.clone()).unwrap());
        let small = sending.send(&mut *lane, &[b"one", b"two"]);
        assert_eq!(small, (Outcome::Acknowledged, Ok(())), "{name}");
        let large: Vec<_> = (0..90_u8).map(|n| n.wrapping_mul(167)).collect();
        let (outcome, answer) = sending.send(&mut *lane, &[&large]);
        let Outcome::Rejected(why) = outcome else {
            panic!("{name}: {outcome:?}");
        };
        assert_eq!(
            (&*why.code, why.may_have_arrived, answer),
            ("ENOSPC", false, Ok(()))
        );
        let held = disk.content.lock().unwrap().clone();
        // What is there can be read to the end of what was acknowledged.
        let mut reader: Box<dyn Read> = match options.compression() {
            Compression::None => Box::new(&held[..]),
            Compression::Gzip => Box::new(flate2::read::GzDecoder::new(&held[..])),
            Compression::Zstd => Box::new(zstd::Decoder::new(&held[..]).unwrap()),
        };
        let mut content = [0; 8];
        reader.read_exact(&mut content).unwrap();
        assert_eq!(&content, b"one\ntwo\n", "{name}");
        assert!(matches!(reader.read(&mut [0; 1]), Ok(0) | Err(_)), "{name}");
    }
}

#[test]
fn a_pipe_needs_a_reader_and_its_end_ends_the_run() {
    let place = InFolder::new("pipe", "");
    let path = place.options().path;
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &path,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    let mut sending = Sending::new();
    let refused = sending.lane(&place.options()).err().unwrap();
    assert!(
        refused.message.starts_with("nobody reads the pipe"),
        "{refused}"
    );

    let reader = std::thread::spawn({
        let path = path.clone();
        move || {
            let mut bytes = [0; 4];
            std::fs::File::open(path)
                .unwrap()
                .read_exact(&mut bytes)
                .unwrap();
            bytes
        }
    });
    // Until the reader has opened it, nobody reads.
    let mut lane = loop {
        match sending.lane(&place.options()) {
            Ok(lane) => break lane,
            Err(error) => assert!(error.message.starts_with("nobody reads"), "{error}"),
        }
        std::thread::yield_now();
    };
    let (outcome, _) = sending.send(&mut *lane, &[b"one"]);
    assert_eq!(outcome, Outcome::Acknowledged);
    assert_eq!(&reader.join().unwrap(), b"one\n");
    let (outcome, answer) = sending.send(&mut *lane, &[b"two"]);
    assert!(matches!(outcome, Outcome::Rejected(why) if why.code == "EPIPE"));
    assert!(answer.unwrap_err().starts_with("nobody reads the pipe"));
}
