//! For how long a subscription keeps messages, and whether it may have forgotten some that were not handed
//! over: the service does so without a word.
//! <https://cloud.google.com/pubsub/docs/subscription-properties#message_retention>

use std::time::Duration;

use google_cloud_pubsub::model::Subscription as Model;

use crate::horizon::{Horizon, SKEW};

/// The label of a subscription that was made here: when that was, in seconds since 1970.
pub(super) const MADE_AT: &str = "made-at";

/// What is known of one subscription.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// For how long it keeps messages; `None` if that may not be seen.
    keeps: Option<Duration>,
    horizon: Horizon,
    /// Whether something may be gone, until it is told.
    is_gone: bool,
    /// Whether messages have come since the last look.
    has_come: bool,
}

impl Kept {
    /// Of a subscription that was made at `now`, in milliseconds since 1970.
    pub(super) fn new(model: &Model, now: i64) -> Kept {
        let mut kept = Kept::of(model);
        kept.horizon.take(now, None, true);
        kept
    }

    /// Of one that was there: what was promised of it nobody knows.
    pub(super) fn of(model: &Model) -> Kept {
        let keeps = [
            &model.message_retention_duration,
            // The topic may keep what its subscriptions have forgotten.
            &model.topic_message_retention_duration,
        ];
        let keeps = keeps.into_iter().flatten();
        let keeps = keeps
            .filter_map(|it| u64::try_from(it.seconds()).ok())
            .max();
        Kept {
            keeps: keeps.map(Duration::from_secs),
            ..Kept::default()
        }
    }

    /// Of one that is read from its first message on.
    pub(super) fn again(model: &Model, now: i64) -> Kept {
        let mut kept = Kept::of(model);
        let made_at = model.labels.get(MADE_AT).and_then(|it| it.parse().ok());
        if let Some(made_at) = made_at.map(|seconds: i64| seconds.saturating_mul(1_000)) {
            let mut horizon = Horizon::default();
            horizon.take(made_at, None, true);
            kept.is_gone = kept.is_passed(&horizon, now);
        }
        kept
    }

    fn is_passed(&self, horizon: &Horizon, now: i64) -> bool {
        // What is gone does not show by its age: at its end, it is not delivered any more.
        self.keeps
            .is_some_and(|keeps| horizon.is_passed(now, keeps.saturating_sub(SKEW * 2)))
    }

    fn look(&mut self, now: i64) {
        if self.is_passed(&self.horizon, now) {
            self.horizon.told();
            self.is_gone = true;
        }
    }

    /// Messages have come, the first of them published at this time.
    pub(super) fn come(&mut self, now: i64, published: Option<i64>) {
        self.look(now);
        self.horizon.take(now, published, false);
        self.has_come = true;
    }

    /// A look now and then. `is_idle`: nothing waits here, and nothing stands in the way.
    pub(super) fn beat(&mut self, now: i64, is_idle: bool) {
        self.look(now);
        let has_come = std::mem::take(&mut self.has_come);
        if is_idle && !has_come {
            self.horizon.take(now, None, true);
        }
    }

    /// Whether something may be gone. It is told once.
    pub(super) fn take_gone(&mut self) -> bool {
        std::mem::take(&mut self.is_gone)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const MINUTE: i64 = 60_000;

    /// One that keeps messages for so many minutes, and the topic for so many.
    fn model(minutes: i64, topic: Option<i64>, made_at: Option<&str>) -> Model {
        let seconds = |minutes: i64| format!("{}s", minutes * 60);
        let mut model = json!({
            "messageRetentionDuration": seconds(minutes),
            "labels": made_at.map(|at| (MADE_AT, at)).into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        });
        if let Some(topic) = topic {
            model["topicMessageRetentionDuration"] = seconds(topic).into();
        }
        serde_json::from_value(model).unwrap()
    }

    #[test]
    fn who_comes_again_when_the_first_messages_are_gone_is_told() {
        for (topic, made_at, minutes, is_gone) in [
            (None, Some("0"), 9, false),
            (None, Some("0"), 10, true),
            (None, Some("600"), 15, false),
            (Some(30), Some("0"), 20, false),
            (Some(30), Some("0"), 40, true),
            (None, None, 100, false),
            (None, Some("soon"), 100, false),
        ] {
            let mut kept = Kept::again(&model(10, topic, made_at), minutes * MINUTE);
            assert_eq!(kept.take_gone(), is_gone, "{topic:?} {made_at:?} {minutes}");
            assert!(!kept.take_gone());
        }
    }

    #[test]
    fn idle_time_is_no_gap_and_a_standstill_is_one() {
        let mut kept = Kept::new(&model(10, None, None), 0);
        for minute in 0..100 {
            kept.beat(minute * MINUTE, true);
        }
        kept.come(100 * MINUTE, Some(100 * MINUTE - 50));
        assert!(!kept.take_gone());
        // Nobody could read, and everything is gone: no message follows.
        for minute in 101..109 {
            kept.beat(minute * MINUTE, false);
        }
        assert!(!kept.take_gone());
        kept.beat(110 * MINUTE, false);
        kept.beat(111 * MINUTE, true);
        assert!(kept.take_gone());
        kept.beat(112 * MINUTE, true);
        assert!(!kept.take_gone());
    }

    #[test]
    fn messages_at_the_end_of_their_time_are_not_the_only_ones() {
        let mut kept = Kept::of(&model(10, None, None));
        kept.come(20 * MINUTE, Some(11 * MINUTE));
        kept.come(20 * MINUTE + 1, Some(11 * MINUTE));
        assert!(!kept.take_gone());
        kept.come(21 * MINUTE, Some(11 * MINUTE + 100));
        assert!(kept.take_gone());
    }
}
