//! How often to look, for how long, and how long still once everything is there.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use options::Period;

use super::LandedOptions;

/// How soon to look again at first.
const FIRST: Duration = Duration::from_millis(200);
/// And how seldom at last.
const LAST: Duration = Duration::from_secs(30);
/// For how long to look for copies, at least …
const SETTLE_MIN: Duration = Duration::from_millis(300);
/// … and at most.
const SETTLE_MAX: Duration = Duration::from_mins(1);

/// Looks often at first, then seldom, and not for ever.
pub(super) struct Pace {
    next: Duration,
    longest: Duration,
    began: Instant,
    /// How long the run had been over then.
    over_for: Duration,
    deadline: Instant,
    /// When the last look began.
    looked: Instant,
    has_waited: bool,
    settling: Option<Settling>,
}

/// A record that is delivered once more lands once more, a batch later or two: when all have landed,
/// copies are looked for as long again as the slowest record took.
struct Settling {
    since: Instant,
    until: Instant,
}

impl Pace {
    /// For the records of a run that ended at `ended_at`.
    pub(super) fn new(options: &LandedOptions, ended_at: Timestamp) -> Pace {
        let every = options.every.map(|every| every.0);
        let over_for = Timestamp::now().duration_since(ended_at);
        let over_for = Duration::try_from(over_for).unwrap_or(Duration::ZERO);
        let began = Instant::now();
        Pace {
            next: every.unwrap_or(FIRST),
            longest: every.unwrap_or(LAST),
            began,
            over_for,
            deadline: began + options.within().0.saturating_sub(over_for),
            looked: began,
            has_waited: false,
            settling: None,
        }
    }

    /// How long what is missing is still looked for.
    pub(super) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// A look begins.
    pub(super) fn look(&mut self) {
        self.looked = Instant::now();
    }

    /// Everything is there, of which the slowest took so long. Whether there is nothing more to look
    /// for.
    pub(super) fn is_settled(&mut self, slowest: Duration) -> bool {
        let now = Instant::now();
        let settling = self.settling.get_or_insert_with(|| {
            let took = now - self.began;
            let (took, quiet_for) = if self.has_waited {
                (took, Duration::ZERO)
            } else {
                // Seen at the first look, it may have been there since the run's end.
                (Duration::ZERO, self.over_for + took)
            };
            let time = slowest.max(took).clamp(SETTLE_MIN, SETTLE_MAX);
            let until = now + time.saturating_sub(quiet_for);
            Settling {
                since: now,
                until: until.min(self.deadline.max(now)),
            }
        });
        now >= settling.until
    }

    /// Waits for the next look; `false` if the time is up.
    pub(super) async fn wait(&mut self) -> bool {
        let until = self.settling.as_ref().map(|it| it.until);
        let until = until.map_or(self.deadline, |until| until.min(self.deadline));
        let left = until.saturating_duration_since(Instant::now());
        // What a long look found too late to be in its own list was there in time.
        if left.is_zero() && self.looked >= until {
            return false;
        }
        self.has_waited = true;
        tokio::time::sleep(self.next.min(left)).await;
        self.next = (self.next * 3 / 2).min(self.longest);
        true
    }

    /// How long copies were looked for after everything was there.
    pub(super) fn remark(&self) -> Option<String> {
        let looked = self.settling.as_ref()?.since.elapsed();
        // To three digits or so.
        let step = if looked < Duration::from_secs(1) {
            10
        } else {
            100
        };
        let millis = u64::try_from(looked.as_millis()).ok()? / step * step;
        (millis > 0).then(|| {
            let looked = Period::from_millis(millis);
            format!("copies were looked for during {looked} after everything was there")
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    /// How long copies are looked for, if all are there at the first look, so long after the end; with
    /// what passed while this was found out.
    fn settles(over_for: Duration, within: Period, slowest: Duration) -> (Duration, Duration) {
        let before = Instant::now();
        let options = LandedOptions {
            within: Some(within),
            ..LandedOptions::default()
        };
        let ended_at = Timestamp::now() - SignedDuration::try_from(over_for).unwrap();
        let mut pace = Pace::new(&options, ended_at);
        let is_settled = pace.is_settled(slowest);
        let settling = pace.settling.unwrap();
        let time = settling.until - settling.since;
        assert_eq!(is_settled, time.is_zero());
        (time, time + before.elapsed())
    }

    #[test]
    fn copies_are_looked_for_as_long_again_as_the_slowest_took() {
        let (second, minute) = (Duration::from_secs(1), Duration::from_mins(1));
        let within = Period::from_secs(30 * 60);
        let check = |(least, most): (Duration, Duration), wanted: Duration| {
            // Two clocks do not go alike to the microsecond.
            let most = most + Duration::from_millis(5);
            assert!((least..=most).contains(&wanted), "{least:?} to {most:?}");
        };
        let just_now = |slowest| settles(Duration::ZERO, within, slowest);
        check(just_now(Duration::ZERO), SETTLE_MIN);
        check(just_now(second * 7), second * 7);
        check(just_now(minute * 20), SETTLE_MAX);
        // Never past the time there is.
        let short = Period::from_secs(2);
        check(settles(Duration::ZERO, short, minute), second * 2);
        // What has been quiet since the run's end has been quiet for so long.
        check(settles(second * 40, within, minute), second * 20);
        for long in [minute * 2, minute * 60 * 24] {
            assert_eq!(settles(long, within, minute).0, Duration::ZERO);
        }
    }

    #[test]
    fn what_was_waited_for_settles_from_then_on() {
        let options = LandedOptions::default();
        let ended_at = Timestamp::now() - SignedDuration::from_mins(5);
        let mut pace = Pace::new(&options, ended_at);
        pace.has_waited = true;
        assert!(!pace.is_settled(Duration::from_secs(20)));
        assert_eq!(pace.remark(), None);
        let settling = pace.settling.unwrap();
        assert_eq!(settling.until - settling.since, Duration::from_secs(20));
    }
}
