//! Which batches can hold records of a run.

use aep_client::{Batch, Client};
use jiff::{SignedDuration, Timestamp};

use crate::Applied;

/// The platform's clock and ours may differ by so much.
pub(super) const SKEW: SignedDuration = SignedDuration::from_mins(10);
/// A batch that was begun so long before may still be open when the first record comes.
const BEGUN_BEFORE: SignedDuration = SignedDuration::from_hours(1);

/// The batches between two moments, in milliseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// Earlier ones are not even asked for.
    begun: i64,
    /// What was done before holds nothing; what was only begun before may.
    done: i64,
    /// What is begun later holds nothing.
    until: Option<i64>,
}

/// Where a batch lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It may still get records.
    Open,
    Before,
    Within,
    After,
}

impl Span {
    /// Of what is sent from `since` on.
    pub(super) fn since(since: Timestamp) -> Span {
        Span {
            begun: millis(since - BEGUN_BEFORE),
            done: millis(since - SKEW),
            until: None,
        }
    }

    /// Of a run through `applied` that began at `started_at`.
    pub(super) fn of(applied: &Applied, started_at: Timestamp) -> Span {
        let mut span = Span::since(started_at);
        if let Some(canaries) = applied.canaries_since {
            // A batch that was begun for a canary may hold the run's first records.
            span.begun = span.begun.min(Span::since(canaries).begun);
        }
        if let Some(before) = applied.landed_before {
            // The platform's own clock, and so exact.
            span.done = millis(before) + 1;
        }
        span
    }

    /// Ends it with what can have been begun by `last`.
    pub(super) fn until(self, last: Timestamp) -> Span {
        Span {
            until: Some(millis(last + SKEW)),
            ..self
        }
    }

    /// What to ask Catalog for.
    pub(super) fn begun(&self) -> i64 {
        self.begun
    }

    pub(super) fn place(&self, batch: &Batch) -> Place {
        if self.until.is_some_and(|until| batch.created > until) {
            Place::After
        } else if !batch.is_over() {
            Place::Open
        } else if visible_at(batch) < self.done {
            Place::Before
        } else {
            Place::Within
        }
    }

    /// When records of it can have become visible by `now`, from and to.
    pub(super) fn visible(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let from = moment(self.done).unwrap_or(now);
        let until = self.until.and_then(moment);
        // The platform's clock may be before ours.
        (from, until.map_or(now, |until| until.min(now)).max(from))
    }
}

/// When the records of a batch that is done could be read, in milliseconds since 1970.
pub(super) fn visible_at(batch: &Batch) -> i64 {
    batch.updated.max(batch.created)
}

/// Before the first record is sent: when the last batch that is there was done, by the platform's
/// clock. It and all before it hold nothing of the run, whatever ids are in them. `None` if there is
/// none, or if the platform does not tell.
pub async fn landed_before(client: &Client, applied: &Applied) -> Option<Timestamp> {
    let span = Span::of(applied, Timestamp::now());
    let catalog = client.catalog();
    let batches = catalog.batches(&applied.dataset, Some(span.begun)).await;
    let over = batches.ok()?.into_iter().filter(Batch::is_over);
    over.map(|batch| visible_at(&batch)).max().and_then(moment)
}

fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

fn moment(millis: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(millis).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + minute * 60).unwrap()
    }

    /// A batch that was begun and done in these minutes.
    fn batch(status: &str, begun: i64, done: i64) -> Batch {
        let (created, updated) = (millis(at(begun)), millis(at(done)));
        let batch = json!({"status": status, "created": created, "updated": updated});
        serde_json::from_value(batch).unwrap()
    }

    fn applied(landed_before: Option<Timestamp>) -> Applied {
        Applied {
            flow: String::new(),
            dataset: String::new(),
            schema: String::new(),
            tenant: None,
            inlet: None,
            starting_since: None,
            canaries_since: None,
            landed_before,
        }
    }

    #[test]
    fn what_was_done_before_or_is_begun_after_is_of_others() {
        // It began at minute 0 and ended at minute 20; its records have 30 minutes to land.
        let span = Span::of(&applied(None), at(0)).until(at(20 + 30));
        for (begun, done, place) in [
            (-20, -11, Place::Before),
            // The platform's clock may be ten minutes behind …
            (-20, -9, Place::Within),
            (-20, 5, Place::Within),
            (10, 12, Place::Within),
            // … or before ours.
            (59, 90, Place::Within),
            (61, 62, Place::After),
            (60 * 24, 60 * 24 + 1, Place::After),
        ] {
            assert_eq!(span.place(&batch("success", begun, done)), place, "{begun}");
        }
        assert_eq!(span.place(&batch("loading", -20, -11)), Place::Open);
        assert_eq!(span.place(&batch("loading", 61, 62)), Place::After);
        let (from, until) = span.visible(at(10_000));
        assert_eq!((from, until), (at(-10), at(60)));
    }

    #[test]
    fn what_is_known_to_have_been_there_needs_no_clock_of_ours() {
        // The platform's clock is three minutes ahead, or nine behind.
        for ahead in [3, -9] {
            let span = Span::of(&applied(Some(at(ahead - 1))), at(0));
            let place = |begun, done| span.place(&batch("success", begun, done));
            assert_eq!(place(ahead - 2, ahead - 1), Place::Before);
            assert_eq!(place(ahead - 2, ahead), Place::Within);
        }
    }

    #[test]
    fn a_canary_may_have_begun_the_first_batch() {
        let mut applied = applied(None);
        applied.canaries_since = Some(at(-90));
        assert_eq!(Span::of(&applied, at(0)).begun(), millis(at(-150)));
        assert_eq!(Span::since(at(0)).begun(), millis(at(-60)));
    }
}
