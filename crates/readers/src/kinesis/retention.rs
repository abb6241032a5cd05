//! For how long a stream keeps its records.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

/// No stream keeps records for less.
/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DecreaseStreamRetentionPeriod.html>
pub(super) const KEPT_ANYWAY: Duration = Duration::from_hours(24);

/// For how long the stream keeps records, and when that was asked. Held while it is asked, so that all shards
/// share the answer.
#[derive(Debug, Default)]
pub(super) struct Retention(Mutex<Option<(Duration, Instant)>>);

impl Retention {
    /// As of a minute before `now`. If it can't be asked it is what it was; for how long every stream does, if
    /// that is not known either.
    pub(super) async fn get(
        &self,
        now: Instant,
        ask: impl Future<Output = Option<Duration>>,
    ) -> Duration {
        const GOOD_FOR: Duration = Duration::from_mins(1);
        let mut known = self.0.lock().await;
        if let Some((kept, asked)) = *known
            && now.saturating_duration_since(asked) < GOOD_FOR
        {
            return kept;
        }
        let before = known.map(|(kept, _)| kept);
        let kept = ask.await.or(before).unwrap_or(KEPT_ANYWAY);
        *known = Some((kept, now));
        kept
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn how_long_records_are_kept_is_still_known_when_it_can_not_be_asked() {
        let week = Duration::from_hours(24 * 7);
        let start = Instant::now();
        let later = |minutes| start + Duration::from_mins(minutes);
        let unasked = || async { unreachable!("it was asked a moment ago") };
        let kept = Retention::default();
        assert_eq!(kept.get(start, async { None }).await, KEPT_ANYWAY);
        assert_eq!(kept.get(later(1), async { Some(week) }).await, week);
        assert_eq!(kept.get(later(1), unasked()).await, week);
        assert_eq!(kept.get(later(2), async { None }).await, week);
        assert_eq!(kept.get(later(2), unasked()).await, week);
    }

    /// All shards of a stream come to this at the same time.
    #[tokio::test]
    async fn one_shard_asks_for_all() {
        let (kept, now) = (Retention::default(), Instant::now());
        let asked = AtomicUsize::new(0);
        let ask = || async {
            tokio::task::yield_now().await;
            asked.fetch_add(1, Ordering::Relaxed);
            Some(2 * KEPT_ANYWAY)
        };
        let found = tokio::join!(kept.get(now, ask()), kept.get(now, ask()));
        assert_eq!(found, (2 * KEPT_ANYWAY, 2 * KEPT_ANYWAY));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }
}
