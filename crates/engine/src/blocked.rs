//! Who made a record late: the destination, which left no room for it, or the lane itself.
//!
//! While a lane is blocked, time passes that is not its own. That time is an excuse for the records that
//! wait, and for them only: a record that leaves later than the excuse explains is late by the lane's
//! own fault, and one that leaves in time uses the excuse up. So a stall of the destination explains the
//! backlog that it left, whatever the lane needs to work it off, and nothing that comes after.

use std::time::Duration;

use batch::Nanos;

/// A lane that slept longer than it asked for by this much was not running: its process was stopped, or
/// the machine had no time for it. What happened to the destination meanwhile is not known.
const OVERSLEPT: Duration = Duration::from_secs(1);

/// Why a lane can't send what is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// As much is on its way as may be, or as the client takes.
    Full,
    /// Batches are scarce because answers are slow, so the record waits for company. The limit is
    /// not reached.
    Company,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Blocked {
    current: Option<Current>,
    /// Nanoseconds for which records may be late without it being the lane's fault. Whoever records
    /// that records left lowers it to what they had need of.
    pub(crate) excuse: u64,
    /// Nanoseconds at the limit.
    at_limit: u64,
}

/// Since when nothing can leave, and from when on something could.
#[derive(Clone, Copy, Debug)]
struct Current {
    why: Why,
    since: Nanos,
    until: Nanos,
}

impl Blocked {
    /// Records that are due can't leave `now`. The lane looks again at `again`, or when it hears of
    /// an answer.
    pub(crate) fn refuse(&mut self, why: Why, now: Nanos, again: Nanos) {
        if self.current.is_some_and(|current| current.why != why) {
            self.end(now);
        }
        // Refused once more: nothing could have left since the last time.
        let since = self.current.map_or(now, |current| current.since);
        self.current = Some(Current {
            why,
            since,
            until: again,
        });
    }

    /// An answer that arrived `at` this moment has left room, or may have.
    pub(crate) fn make_room(&mut self, at: Nanos) {
        if let Some(current) = &mut self.current {
            current.until = current.until.min(at);
        }
    }

    /// A batch leaves `now`, or nothing leaves any more: what has passed between the first moment at
    /// which it could have left and now is the lane's own.
    pub(crate) fn end(&mut self, now: Nanos) {
        if let Some(current) = self.current.take() {
            self.count(current, current.until.min(now));
        }
    }

    /// The lane, which wanted to wake up at `asked`, wakes `now`. If that is much later, it can't know
    /// for how long it was blocked.
    pub(crate) fn wake(&mut self, asked: Nanos, now: Nanos) {
        if now <= asked + OVERSLEPT {
            return;
        }
        if let Some(current) = &mut self.current {
            let before = *current;
            current.since = now;
            self.count(before, before.until.min(asked));
        }
    }

    pub(crate) fn is_blocked(&self) -> bool {
        self.current.is_some()
    }

    /// How long the lane was at the limit with records due.
    pub(crate) fn at_limit(&self) -> Duration {
        Duration::from_nanos(self.at_limit)
    }

    fn count(&mut self, current: Current, until: Nanos) {
        let nanos = until.since(current.since);
        self.excuse += nanos;
        if current.why == Why::Full {
            self.at_limit += nanos;
        }
    }
}

#[cfg(test)]
mod tests {
    use measure::Recorder;

    use super::*;

    fn ms(millis: u64) -> Nanos {
        Nanos::from_millis(millis)
    }

    /// Own lateness, in milliseconds, of records that were due at these and leave together.
    fn own(blocked: &mut Blocked, due: &[u64], at: u64) -> Vec<u64> {
        let mut recorder = Recorder::new();
        due.iter()
            .map(|due| {
                recorder.submitted(&[ms(*due)], ms(at), &mut blocked.excuse);
                // What the histogram has, to three digits only.
                at - due - blocked.excuse / 1_000_000
            })
            .collect()
    }

    #[test]
    fn what_was_never_blocked_is_late_by_itself() {
        let mut blocked = Blocked::default();
        assert_eq!(own(&mut blocked, &[0, 5, 9], 10), [10, 5, 1]);
        assert_eq!(blocked.at_limit(), Duration::ZERO);
    }

    #[test]
    fn freed_counts_from_when_the_answer_arrived() {
        let mut blocked = Blocked::default();
        blocked.refuse(Why::Full, ms(100), Nanos::MAX);
        blocked.make_room(ms(500));
        blocked.make_room(ms(505));
        // The lane takes 7 ms to notice.
        blocked.end(ms(507));
        assert_eq!(own(&mut blocked, &[100, 200, 506], 507), [7, 0, 0]);
        assert_eq!(blocked.at_limit(), Duration::from_millis(400));
    }

    #[test]
    fn room_that_is_taken_again_was_none() {
        let mut blocked = Blocked::default();
        blocked.refuse(Why::Full, ms(0), Nanos::MAX);
        blocked.make_room(ms(10));
        blocked.refuse(Why::Full, ms(20), Nanos::MAX);
        blocked.make_room(ms(40));
        blocked.end(ms(40));
        assert_eq!(own(&mut blocked, &[0], 40), [0]);
        assert_eq!(blocked.at_limit(), Duration::from_millis(40));
    }

    #[test]
    fn held_is_excused_until_it_would_have_been_offered_again() {
        let mut blocked = Blocked::default();
        blocked.refuse(Why::Full, ms(0), ms(1));
        blocked.refuse(Why::Full, ms(1), ms(2));
        // The lane was away, and the client takes it at once now.
        blocked.end(ms(800));
        assert_eq!(own(&mut blocked, &[0, 300], 800), [798, 498]);
        assert_eq!(blocked.at_limit(), Duration::from_millis(2));
    }

    #[test]
    fn caught_up_needs_no_excuse_any_more() {
        let mut blocked = Blocked::default();
        blocked.refuse(Why::Full, ms(1_000), Nanos::MAX);
        blocked.make_room(ms(3_000));
        blocked.end(ms(3_000));
        // Working the backlog off takes half a second, in which the next records wait, too.
        assert_eq!(own(&mut blocked, &[1_000, 1_500], 3_000), [0, 0]);
        assert_eq!(own(&mut blocked, &[2_000, 3_000, 3_400], 3_500), [0, 0, 0]);
        // A lane that gets slow then is slow by itself.
        assert_eq!(own(&mut blocked, &[3_700], 3_700), [0]);
        assert_eq!(own(&mut blocked, &[3_710], 3_730), [20]);
    }

    #[test]
    fn a_slow_lane_is_not_excused_by_the_limit_it_runs_into() {
        let mut blocked = Blocked::default();
        // Away for five seconds, and then at the limit for ten milliseconds, with its backlog.
        assert_eq!(own(&mut blocked, &[100], 5_000), [4_900]);
        blocked.refuse(Why::Full, ms(5_000), Nanos::MAX);
        blocked.make_room(ms(5_010));
        blocked.end(ms(5_010));
        assert_eq!(own(&mut blocked, &[3_000], 5_010), [2_000]);
    }

    #[test]
    fn a_process_that_was_stopped_does_not_know_what_kept_it() {
        let mut blocked = Blocked::default();
        blocked.refuse(Why::Full, ms(0), Nanos::MAX);
        blocked.wake(ms(100), ms(150));
        blocked.wake(ms(200), ms(60_200));
        // Only now can the answers be read, that arrived long ago.
        blocked.make_room(ms(60_201));
        blocked.end(ms(60_201));
        assert_eq!(blocked.at_limit(), Duration::from_millis(201));
        assert_eq!(own(&mut blocked, &[0, 50_000], 60_201), [60_000, 10_000]);
    }

    #[test]
    fn company_is_an_excuse_but_no_limit() {
        let mut blocked = Blocked::default();
        blocked.refuse(Why::Company, ms(0), ms(20));
        blocked.refuse(Why::Full, ms(20), Nanos::MAX);
        blocked.make_room(ms(50));
        blocked.end(ms(52));
        assert_eq!(own(&mut blocked, &[0], 52), [2]);
        assert_eq!(blocked.at_limit(), Duration::from_millis(30));
    }

    #[test]
    fn stopped_counts_to_the_stop_and_not_beyond() {
        let mut blocked = Blocked::default();
        blocked.refuse(Why::Full, ms(100), Nanos::MAX);
        assert!(blocked.is_blocked());
        blocked.end(ms(250));
        blocked.end(ms(900));
        assert!(!blocked.is_blocked());
        assert_eq!(blocked.at_limit(), Duration::from_millis(150));
    }
}
