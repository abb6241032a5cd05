//! Whether every shard was read to where it ended when that was asked for. The service does not say where a
//! shard ends, but of each answer whether there was more at that moment.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::End;

/// What was acknowledged can be read so much later, and mostly much sooner.
/// <https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html>
const VISIBLE: Duration = Duration::from_secs(2);

/// The shards that are read.
#[derive(Debug)]
pub(super) struct Ends(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    asked: Option<Instant>,
    shards: BTreeMap<String, Shard>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Shard {
    /// Whether it has more than was fetched, or may have.
    is_behind: bool,
    /// Whether it was read to where it ended when that was asked for.
    is_read: bool,
}

/// In the place of those that nobody has begun to read.
pub(super) const OPENING: &str = "";

impl Default for Ends {
    fn default() -> Ends {
        let ends = Ends(Mutex::default());
        ends.begin(OPENING);
        ends
    }
}

impl Ends {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All that is to be read was sent.
    pub(super) fn ask(&self) {
        self.lock().asked.get_or_insert_with(Instant::now);
    }

    /// A shard is read from now on.
    pub(super) fn begin(&self, shard: &str) {
        self.behind(shard);
    }

    /// A shard has more than was fetched, or may have.
    pub(super) fn behind(&self, shard: &str) {
        let mut state = self.lock();
        if let Some(known) = state.shards.get_mut(shard) {
            known.is_behind = true;
        } else {
            let (is_behind, is_read) = (true, false);
            let shard = shard.to_owned();
            state.shards.insert(shard, Shard { is_behind, is_read });
        }
    }

    /// A shard had no more than was fetched and told, as it was answered to a call at `called`.
    pub(super) fn caught_up(&self, shard: &str, called: Instant) {
        let mut state = self.lock();
        let is_late = state.asked.is_some_and(|asked| called >= asked + VISIBLE);
        if let Some(shard) = state.shards.get_mut(shard) {
            shard.is_behind = false;
            shard.is_read |= is_late;
        }
    }

    /// A shard is closed and read, and those that come after it have begun.
    pub(super) fn over(&self, shard: &str) {
        self.lock().shards.remove(shard);
    }

    /// How all of them stand.
    pub(super) fn standing(&self) -> End {
        let state = self.lock();
        let mut shards = state.shards.values();
        match state.asked {
            Some(_) if shards.all(|shard| shard.is_read) => End::Reached,
            None if state.shards.values().all(|shard| !shard.is_behind) => End::Unknown,
            _ => End::Ahead,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_reached_when_every_shard_was_found_read_after_it_was_asked_for() {
        let ends = Ends::default();
        assert_eq!(ends.standing(), End::Ahead);
        ends.begin("a");
        ends.over(OPENING);
        let early = Instant::now();
        ends.caught_up("a", early);
        assert_eq!(ends.standing(), End::Unknown);
        ends.ask();
        // What had just been acknowledged may not have shown yet.
        ends.caught_up("a", early + VISIBLE / 2);
        assert_eq!(ends.standing(), End::Ahead);
        let late = Instant::now() + VISIBLE;
        ends.caught_up("a", late);
        assert_eq!(ends.standing(), End::Reached);
        // What others write later is none of it.
        ends.behind("a");
        assert_eq!(ends.standing(), End::Reached);
    }

    #[test]
    fn a_shard_that_ends_is_followed_by_its_children() {
        let ends = Ends::default();
        ends.begin("parent");
        ends.over(OPENING);
        ends.ask();
        let late = Instant::now() + VISIBLE;
        ends.behind("parent");
        assert_eq!(ends.standing(), End::Ahead);
        ends.begin("child");
        ends.over("parent");
        assert_eq!(ends.standing(), End::Ahead);
        ends.caught_up("child", late);
        assert_eq!(ends.standing(), End::Reached);
    }
}
