//! Time as the run sees it: nanoseconds since the run's start, from one clock per run.

use std::fmt;
use std::ops::Add;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// A moment of a run: nanoseconds since its start. 584 years fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nanos(pub u64);

impl Nanos {
    /// The start of the run.
    pub const ZERO: Nanos = Nanos(0);
    /// Later than every moment a run can reach.
    pub const MAX: Nanos = Nanos(u64::MAX);

    /// The moment `secs` seconds into the run.
    pub const fn from_secs(secs: u64) -> Nanos {
        Nanos(secs * 1_000_000_000)
    }

    /// The moment `millis` milliseconds into the run.
    pub const fn from_millis(millis: u64) -> Nanos {
        Nanos(millis * 1_000_000)
    }

    /// The moment `micros` microseconds into the run.
    pub const fn from_micros(micros: u64) -> Nanos {
        Nanos(micros * 1_000)
    }

    /// Nanoseconds from `earlier` to here; zero if `earlier` is in fact later.
    pub const fn since(self, earlier: Nanos) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The time from `earlier` to here; zero if `earlier` is in fact later.
    pub const fn duration_since(self, earlier: Nanos) -> Duration {
        Duration::from_nanos(self.since(earlier))
    }

    /// Seconds since the start, for people.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Add<Duration> for Nanos {
    type Output = Nanos;

    /// Saturates at [`Nanos::MAX`].
    fn add(self, later: Duration) -> Nanos {
        let nanos = u64::try_from(later.as_nanos()).unwrap_or(u64::MAX);
        Nanos(self.0.saturating_add(nanos))
    }
}

impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6}s", self.as_secs_f64())
    }
}

/// The run's clock. All lanes of a run hold clones of one clock, so their moments compare.
///
/// Real clocks are monotonic; a [virtual](Clock::virtual_at_zero) one moves only when a test says
/// so, which is why no test has to sleep to be right.
#[derive(Clone, Debug)]
pub struct Clock {
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Monotonic(Instant),
    Startable(Arc<OnceLock<Instant>>),
    Virtual(Arc<AtomicU64>),
}

impl Clock {
    /// A real clock whose zero is `start`. Before `start` it reads zero.
    pub fn starting_at(start: Instant) -> Clock {
        Clock {
            source: Source::Monotonic(start),
        }
    }

    /// A real clock that reads zero until it is started, so that it can be given to those who have
    /// to get ready first.
    pub fn not_started() -> (Clock, ClockStart) {
        let zero = Arc::new(OnceLock::new());
        (
            Clock {
                source: Source::Startable(Arc::clone(&zero)),
            },
            ClockStart { zero },
        )
    }

    /// A clock that stands still, and the handle that moves it.
    pub fn virtual_at_zero() -> (Clock, VirtualTime) {
        let now = Arc::new(AtomicU64::new(0));
        (
            Clock {
                source: Source::Virtual(Arc::clone(&now)),
            },
            VirtualTime { now },
        )
    }

    /// The moment it is now. A real clock costs about 23 ns: read it per batch, never per record.
    pub fn now(&self) -> Nanos {
        match &self.source {
            Source::Monotonic(start) => since(*start, Instant::now()),
            Source::Startable(zero) => zero
                .get()
                .map_or(Nanos::ZERO, |start| since(*start, Instant::now())),
            Source::Virtual(now) => Nanos(now.load(Ordering::Acquire)),
        }
    }

    /// The moment of the run that `instant` was. Zero if it was before the start, and for a
    /// virtual clock.
    pub fn moment(&self, instant: Instant) -> Nanos {
        match &self.source {
            Source::Monotonic(start) => since(*start, instant),
            Source::Startable(zero) => zero
                .get()
                .map_or(Nanos::ZERO, |start| since(*start, instant)),
            Source::Virtual(_) => Nanos::ZERO,
        }
    }

    /// Whether time passes only when a test moves it: such a clock must not be waited on.
    pub fn is_virtual(&self) -> bool {
        matches!(self.source, Source::Virtual(_))
    }
}

fn since(start: Instant, instant: Instant) -> Nanos {
    Nanos(instant.saturating_duration_since(start).as_nanos() as u64)
}

/// Starts a [`Clock`] that was [not started](Clock::not_started).
#[derive(Debug)]
pub struct ClockStart {
    zero: Arc<OnceLock<Instant>>,
}

impl ClockStart {
    /// The clock's zero is `zero`, which may lie ahead.
    pub fn start(self, zero: Instant) {
        let _ = self.zero.set(zero);
    }
}

/// Moves a virtual [`Clock`].
#[derive(Clone, Debug)]
pub struct VirtualTime {
    now: Arc<AtomicU64>,
}

impl VirtualTime {
    /// Moves the clock to `moment`, never backwards.
    pub fn advance_to(&self, moment: Nanos) {
        self.now.fetch_max(moment.0, Ordering::AcqRel);
    }

    /// Moves the clock on by `step`.
    pub fn advance(&self, step: Duration) {
        self.now.fetch_add(step.as_nanos() as u64, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_clock_moves_only_when_told_and_never_back() {
        let (clock, time) = Clock::virtual_at_zero();
        assert_eq!(clock.now(), Nanos::ZERO);
        time.advance_to(Nanos::from_millis(5));
        time.advance_to(Nanos::from_millis(3));
        assert_eq!(clock.clone().now(), Nanos::from_millis(5));
        time.advance(Duration::from_millis(1));
        assert_eq!(clock.now(), Nanos::from_millis(6));
    }

    #[test]
    fn before_its_start_a_real_clock_reads_zero() {
        let clock = Clock::starting_at(Instant::now() + Duration::from_hours(1));
        assert_eq!(clock.now(), Nanos::ZERO);
    }

    #[test]
    fn a_clock_that_is_not_started_reads_zero_until_it_is() {
        let (clock, start) = Clock::not_started();
        assert_eq!(clock.now(), Nanos::ZERO);
        let zero = Instant::now();
        start.start(zero);
        assert_eq!(
            clock.moment(zero + Duration::from_secs(3)),
            Nanos::from_secs(3)
        );
        assert!(!clock.is_virtual());
    }

    #[test]
    fn differences_do_not_go_below_zero() {
        assert_eq!(Nanos(3).since(Nanos(5)), 0);
        assert_eq!(Nanos(5).since(Nanos(3)), 2);
        assert_eq!(Nanos::MAX + Duration::from_secs(1), Nanos::MAX);
    }
}
