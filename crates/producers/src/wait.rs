//! Waiting until a moment of the run or until an answer arrives, whichever is first.
//!
//! Accuracy against CPU: the kernel may delay a thread's timers by the thread's timer slack, 50 µs
//! unless told otherwise. A [`Waiter`] sets it to 1 ns for the lane's thread, which brings the
//! lateness of a wake-up on an idle machine from p99 131 µs down to about 65–90 µs at 10k wake-ups/s,
//! for about 28 % of a core. Spinning would bring it below 1 µs for the whole core, which then
//! lacks to the client; so there is no spinning.

use std::io;
use std::num::NonZeroU64;
use std::os::fd::{AsFd, OwnedFd};

use batch::{Clock, Nanos};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

use crate::Error;

/// Where one lane waits. Belongs to the thread that waits first.
#[derive(Debug)]
pub(crate) struct Waiter {
    clock: Clock,
    signal: OwnedFd,
    is_sharp: bool,
}

impl Waiter {
    /// A waiter with its own signal.
    pub(crate) fn new(clock: Clock) -> Result<Waiter, Error> {
        let flags = EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC;
        let signal = eventfd(0, flags).map_err(|error| {
            Error::new(format!(
                "cannot open a file descriptor to wait on: {}",
                io::Error::from(error)
            ))
            .help("raise the limit of open files (`ulimit -n`)")
        })?;
        Ok(Waiter {
            clock,
            signal,
            is_sharp: false,
        })
    }

    /// What a client has to write 8 bytes to (a non-zero `u64` in native byte order) when it has an
    /// answer.
    pub(crate) fn signal(&self) -> Result<OwnedFd, Error> {
        self.signal
            .try_clone()
            .map_err(|error| no_descriptor(&error))
    }

    /// Waits for the signal, at most until `until`. A virtual clock is never waited on. May return
    /// early.
    pub(crate) fn wait(&mut self, until: Nanos) {
        if self.clock.is_virtual() {
            return;
        }
        self.sharpen();
        let left = until.since(self.clock.now());
        let timeout = Timespec {
            tv_sec: (left / 1_000_000_000).min(3600) as i64,
            tv_nsec: (left % 1_000_000_000) as i64,
        };
        let mut fds = [PollFd::from_borrowed_fd(self.signal.as_fd(), PollFlags::IN)];
        if matches!(poll(&mut fds, Some(&timeout)), Ok(ready) if ready > 0) {
            let _ = rustix::io::read(&self.signal, &mut [0_u8; 8]);
        }
    }

    /// Waits until `until`, for clients that never signal.
    pub(crate) fn sleep(&mut self, until: Nanos) {
        while self.clock.now() < until && !self.clock.is_virtual() {
            self.wait(until);
        }
    }

    /// On the first wait, since it is the waiting thread's own setting.
    fn sharpen(&mut self) {
        if !self.is_sharp {
            self.is_sharp = true;
            #[cfg(target_os = "linux")]
            let _ = rustix::thread::set_current_timer_slack(NonZeroU64::new(1));
        }
    }
}

fn no_descriptor(error: &io::Error) -> Error {
    Error::new(format!("cannot open a file descriptor to wait on: {error}"))
        .help("raise the limit of open files (`ulimit -n`)")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_signal_ends_the_wait_and_time_does_too() {
        let clock = Clock::starting_at(Instant::now());
        let mut waiter = Waiter::new(clock.clone()).unwrap();
        let soon = clock.now() + Duration::from_millis(2);
        waiter.sleep(soon);
        assert!(clock.now() >= soon);
        rustix::io::write(&waiter.signal, &1_u64.to_ne_bytes()).unwrap();
        waiter.wait(clock.now() + Duration::from_hours(1));
        assert!(clock.now() < soon + Duration::from_mins(10));
    }

    #[test]
    fn a_virtual_clock_is_not_waited_on() {
        let (clock, _) = Clock::virtual_at_zero();
        Waiter::new(clock).unwrap().sleep(Nanos::MAX);
    }
}
