//! A stream: its shards and its settings.

use std::time::{SystemTime, UNIX_EPOCH};

use super::shard::Shard;

/// What a record and its key may have unless the stream says otherwise.
/// <https://docs.aws.amazon.com/streams/latest/dev/large-records.html>
pub(super) const RECORD_KIB: u32 = 1_024;

/// How a stream is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Provisioned,
    OnDemand,
}

impl Mode {
    pub(super) fn word(self) -> &'static str {
        match self {
            Mode::Provisioned => "PROVISIONED",
            Mode::OnDemand => "ON_DEMAND",
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) name: String,
    pub(super) mode: Mode,
    /// The largest record with its key.
    pub(super) record_kib: u32,
    /// The stream decides on the shard of a record, whatever its key is.
    pub(super) is_auto: bool,
    pub(super) created: i64,
    /// By number; those that were closed too.
    pub(super) shards: Vec<Shard>,
    /// Numbers of the open ones, by their ranges.
    open: Vec<u32>,
    /// What all logs hold.
    kept: usize,
    memory: usize,
    /// Whose turn it is, where the stream decides.
    turn: usize,
}

impl Stream {
    /// `memory` is what all logs may hold.
    pub(super) fn new(name: &str, mode: Mode, shards: u32, memory: usize) -> Stream {
        let mut stream = Stream {
            name: name.to_owned(),
            mode,
            record_kib: RECORD_KIB,
            is_auto: false,
            created: now(),
            shards: Vec::new(),
            open: Vec::new(),
            kept: 0,
            memory,
            turn: 0,
        };
        for range in ranges(shards) {
            stream.add(range, Vec::new());
        }
        stream
    }

    /// Adds an open shard. Returns its number.
    pub(super) fn add(&mut self, range: (u128, u128), parents: Vec<u32>) -> u32 {
        let number = self.shards.len() as u32;
        let created = if parents.is_empty() {
            self.created
        } else {
            now()
        };
        self.shards
            .push(Shard::new(number, range, parents, created));
        self.open.push(number);
        self.open
            .sort_unstable_by_key(|open| self.shards[*open as usize].start);
        number
    }

    /// Closes a shard: nothing more goes in.
    pub(super) fn close(&mut self, number: u32) {
        self.open.retain(|open| *open != number);
        self.shards[number as usize].closed = Some(now());
    }

    /// The open shards, by their ranges.
    pub(super) fn open(&self) -> &[u32] {
        &self.open
    }

    /// The shard with this id.
    pub(super) fn find(&self, id: &str) -> Option<u32> {
        let number: u32 = id.strip_prefix("shardId-")?.parse().ok()?;
        let shard = self.shards.get(number as usize)?;
        (shard.id == id).then_some(number)
    }

    /// The open shard of a hash key.
    pub(super) fn shard_of(&self, hash: u128) -> u32 {
        let after = self
            .open
            .partition_point(|open| self.shards[*open as usize].start <= hash);
        self.open[after.saturating_sub(1)]
    }

    /// The shard whose turn it is.
    pub(super) fn next_turn(&mut self) -> u32 {
        self.turn = (self.turn + 1) % self.open.len();
        self.open[self.turn]
    }

    /// So much has been added.
    pub(super) fn grown(&mut self, bytes: usize) {
        self.kept += bytes;
        while self.kept > self.memory {
            let oldest = self
                .shards
                .iter_mut()
                .filter_map(|shard| Some((shard.log.oldest()?, shard)))
                .min_by_key(|(oldest, _)| *oldest);
            let Some((_, shard)) = oldest else { return };
            self.kept -= shard.log.forget();
        }
    }

    pub(super) fn arn(&self) -> String {
        format!(
            "arn:aws:kinesis:{}:{}:stream/{}",
            super::REGION,
            super::ACCOUNT,
            self.name
        )
    }
}

/// All hash keys in so many parts of the same size.
pub(super) fn ranges(count: u32) -> impl Iterator<Item = (u128, u128)> {
    let step = u128::MAX / u128::from(count);
    (0..count).map(move |n| {
        let start = u128::from(n) * step + u128::from(n > 0);
        let is_last = n + 1 == count;
        let end = if is_last {
            u128::MAX
        } else {
            u128::from(n + 1) * step
        };
        (start, end)
    })
}

/// Milliseconds since 1970.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_millis() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hash_key_has_one_shard() {
        for count in [1, 2, 3, 7, 16, 1_000] {
            let stream = Stream::new("s", Mode::Provisioned, count, 0);
            let mut next = 0_u128;
            for number in stream.open() {
                let shard = &stream.shards[*number as usize];
                assert_eq!(shard.start, next);
                assert_eq!(stream.shard_of(shard.start), *number);
                assert_eq!(stream.shard_of(shard.end), *number);
                next = shard.end.wrapping_add(1);
            }
            assert_eq!(next, 0, "up to the last");
        }
    }

    #[test]
    fn what_is_too_much_goes_from_the_oldest_shard() {
        let mut stream = Stream::new("s", Mode::Provisioned, 2, 4 << 20);
        let big = 3 << 19;
        for (shard, millis) in [(0, 1), (1, 2), (0, 3)] {
            let grown = stream.shards[shard]
                .log
                .push(millis, |text| text.resize(big, b'x'));
            stream.grown(grown);
        }
        assert_eq!(stream.shards[0].log.first(), 2);
        assert_eq!(stream.shards[1].log.first(), 1);
        assert!(stream.kept <= 4 << 20);
    }
}
