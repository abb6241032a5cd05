//! How late this machine's timers are.

use std::thread;
use std::time::{Duration, Instant};

/// Waits of a millisecond, as a lane waits, and how much longer they took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timers {
    /// How late the kernel may wake a thread that asked for nothing (`PR_GET_TIMERSLACK`), in nanoseconds.
    pub(super) slack: Option<u64>,
    /// The median.
    pub(super) usually: Duration,
    /// The 99th percentile.
    pub(super) rarely: Duration,
}

const WAITS: usize = 300;
const WAIT: Duration = Duration::from_millis(1);

impl Timers {
    /// Measures, on a thread of its own; `None` if there is none.
    pub(super) fn measure() -> Option<Timers> {
        let measuring = || {
            let slack = slack();
            sharpen();
            let mut late: Vec<_> = (0..WAITS).map(|_| lateness()).collect();
            late.sort_unstable();
            Some(Timers {
                slack,
                usually: *late.get(WAITS / 2)?,
                rarely: *late.get(WAITS * 99 / 100)?,
            })
        };
        let thread = thread::Builder::new().spawn(measuring).ok()?;
        thread.join().ok()?
    }
}

/// How much longer one wait took.
fn lateness() -> Duration {
    let due = Instant::now() + WAIT;
    loop {
        let left = due.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return due.elapsed();
        }
        thread::park_timeout(left);
    }
}

fn slack() -> Option<u64> {
    #[cfg(target_os = "linux")]
    return rustix::thread::current_timer_slack().ok();
    #[cfg(not(target_os = "linux"))]
    None
}

/// As lanes do.
fn sharpen() {
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_are_late_and_never_early() {
        let timers = Timers::measure().unwrap();
        assert!(timers.rarely >= timers.usually, "{timers:?}");
        assert_eq!(timers.slack.is_some(), cfg!(target_os = "linux"));
    }
}
