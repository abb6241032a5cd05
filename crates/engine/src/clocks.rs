//! Notices a machine that slept, a process that was stopped and a wall clock that was set.
//!
//! | clock | stands still while the machine sleeps | is set |
//! | --- | --- | --- |
//! | monotonic, which the run is timed by | yes | no |
//! | boot time | no | no |
//! | wall clock | no | yes |

use std::time::Duration;

use batch::Nanos;
use measure::ClockTrouble;
use rustix::time::{ClockId, Timespec, clock_gettime};

/// Less than this apart, clocks agree: reading them one after the other is not exact.
const APART: Duration = Duration::from_millis(10);
/// Who looks this much later than it meant to was not running.
const OVERSLEPT: Duration = Duration::from_secs(1);
/// Reading all of them takes less than this, or it was interrupted.
const READ_IN: Duration = Duration::from_micros(100);

/// All three clocks at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    monotonic: Duration,
    boot: Duration,
    wall: Duration,
}

impl Reading {
    pub(crate) fn now() -> Reading {
        let mut reading = Reading::once();
        for _ in 0..10 {
            if reading.0 <= READ_IN {
                break;
            }
            reading = Reading::once();
        }
        reading.1
    }

    /// The clock that the run is timed by.
    pub(crate) fn monotonic(&self) -> Duration {
        self.monotonic
    }

    /// A reading, and how long it took.
    fn once() -> (Duration, Reading) {
        let monotonic = read(ClockId::Monotonic);
        let reading = Reading {
            monotonic,
            boot: boot_time(),
            wall: read(ClockId::Realtime),
        };
        let took = read(ClockId::Monotonic).saturating_sub(monotonic);
        (took, reading)
    }
}

fn read(clock: ClockId) -> Duration {
    let Timespec { tv_sec, tv_nsec } = clock_gettime(clock);
    Duration::new(
        u64::try_from(tv_sec).unwrap_or(0),
        u32::try_from(tv_nsec).unwrap_or(0),
    )
}

#[cfg(target_os = "linux")]
fn boot_time() -> Duration {
    read(ClockId::Boottime)
}

#[cfg(not(target_os = "linux"))]
fn boot_time() -> Duration {
    read(ClockId::Monotonic)
}

/// Compares the clocks, as often as it is asked to.
#[derive(Debug)]
pub(crate) struct Watch {
    first: Reading,
    last: Reading,
    found: ClockTrouble,
}

impl Watch {
    /// From this reading on.
    pub(crate) fn new(first: Reading) -> Watch {
        Watch {
            first,
            last: first,
            found: ClockTrouble::default(),
        }
    }

    /// Looks at the clocks at the run's moment `at`. It was meant to be at most `pause` after the last
    /// time.
    pub(crate) fn look(&mut self, now: Reading, at: Nanos, pause: Duration) {
        let passed = |from: Duration, to: Duration| to.saturating_sub(from);
        let before = self.found;
        let late = passed(self.last.monotonic, now.monotonic).saturating_sub(pause);
        if late > OVERSLEPT {
            self.found.stopped += late;
        }
        let (first, found) = (self.first, &mut self.found);
        let ran = passed(first.monotonic, now.monotonic);
        let was_up = passed(first.boot, now.boot);
        let slept = passed(ran, was_up);
        if slept > found.slept.max(APART) {
            found.slept = slept;
        }
        // Where the wall clock would be if nobody had touched it.
        let off = (first.wall + was_up).abs_diff(now.wall);
        if off > found.wall_off.max(APART) {
            found.wall_off = off;
        }
        if found.since.is_none() && *found != before {
            found.since = Some(at);
        }
        self.last = now;
    }

    pub(crate) fn found(self) -> ClockTrouble {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Duration = Duration::from_millis(100);

    /// Seconds of a run at which the three clocks show these.
    fn seen(readings: &[(f64, f64, f64)]) -> ClockTrouble {
        let reading = |&(monotonic, boot, wall): &(f64, f64, f64)| Reading {
            monotonic: Duration::from_secs_f64(1_000.0 + monotonic),
            boot: Duration::from_secs_f64(5_000.0 + boot),
            wall: Duration::from_secs_f64(1.7e9 + wall),
        };
        let mut watch = Watch::new(reading(&readings[0]));
        for seen in &readings[1..] {
            let at = Nanos((seen.0 * 1e9) as u64);
            watch.look(reading(seen), at, TICK);
        }
        watch.found()
    }

    fn millis(time: Duration) -> u64 {
        (time.as_secs_f64() * 1e3).round() as u64
    }

    #[test]
    fn clocks_that_agree_are_no_trouble() {
        let found = seen(&[(0.0, 0.0, 0.0), (0.1, 0.1, 0.101), (0.9, 0.9, 0.895)]);
        assert_eq!(found, ClockTrouble::default());
    }

    #[test]
    fn a_machine_that_slept_is_noticed_and_its_wall_clock_is_fine() {
        let found = seen(&[(0.0, 0.0, 0.0), (0.1, 0.1, 0.1), (0.3, 600.3, 600.3)]);
        assert_eq!((millis(found.slept), millis(found.wall_off)), (600_000, 0));
        assert_eq!(found.stopped, Duration::ZERO);
        assert_eq!(found.since.map(|at| at.0 / 1_000_000), Some(300));
    }

    #[test]
    fn a_process_that_was_stopped_is_noticed() {
        let found = seen(&[
            (0.0, 0.0, 0.0),
            (0.1, 0.1, 0.1),
            (60.2, 60.2, 60.2),
            (60.3, 60.3, 60.3),
            (62.4, 62.4, 62.4),
        ]);
        assert_eq!(millis(found.stopped), 60_000 + 2_000);
        assert_eq!(
            (found.slept, found.wall_off),
            (Duration::ZERO, Duration::ZERO)
        );
    }

    /// Forth and back again: at the end nothing would be seen of it.
    #[test]
    fn a_wall_clock_that_was_set_is_noticed_also_if_it_was_set_back() {
        for set in [3.5, -3.5] {
            let found = seen(&[(0.0, 0.0, 0.0), (0.1, 0.1, 0.1 + set), (0.2, 0.2, 0.2)]);
            assert_eq!(millis(found.wall_off), 3_500);
            assert_eq!(
                (found.slept, found.stopped),
                (Duration::ZERO, Duration::ZERO)
            );
        }
    }

    #[test]
    fn the_clocks_of_this_machine_can_be_read() {
        let mut watch = Watch::new(Reading::now());
        watch.look(Reading::now(), Nanos::ZERO, TICK);
        let found = watch.found();
        assert!(found.slept.is_zero(), "{found:?}");
    }
}
