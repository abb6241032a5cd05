//! How busy the threads of the clients are: those that sign, compress and encrypt behind `submit`. One of
//! them that has no idle time left is the limit, whatever the destination could take.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

/// Seconds are too short to tell a limit from a burst.
const WINDOW: Duration = Duration::from_secs(5);
/// Of a run that is shorter than a window, this much has to be seen.
const LEAST: Duration = Duration::from_secs(1);
/// The unit of CPU time in `/proc`, on every architecture that Rust runs Linux on.
const TICK: Duration = Duration::from_millis(10);

/// A thread of this process: its name, of which the kernel keeps 15 bytes, and its CPU time so far.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Thread {
    name: String,
    cpu: Duration,
}

/// The threads of this process by their ids, as Linux tells; none where it does not.
fn threads() -> BTreeMap<u32, Thread> {
    let entries = fs::read_dir("/proc/self/task").into_iter().flatten();
    let ids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    ids.filter_map(|id: u32| {
        // A thread that has just ended has no file any more.
        let stat = fs::read_to_string(format!("/proc/self/task/{id}/stat")).ok()?;
        Some((id, parsed(&stat)?))
    })
    .collect()
}

/// `12 (rdk:broker1) S …`, with `utime` and `stime` as fields 14 and 15; see `proc_pid_stat(5)`.
fn parsed(stat: &str) -> Option<Thread> {
    let (before, after) = stat.rsplit_once(") ")?;
    let (_, name) = before.split_once(" (")?;
    let mut fields = after.split(' ').skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(Thread {
        name: name.to_owned(),
        cpu: TICK * ticks()?.saturating_add(ticks()?),
    })
}

/// Threads that are there already, and are nobody's client.
pub(crate) fn others() -> BTreeSet<u32> {
    threads().into_keys().collect()
}

/// Looks at the clients' threads now and then.
#[derive(Debug)]
pub(crate) struct Busy {
    others: BTreeSet<u32>,
    /// When the current window began, and what the threads had used by then.
    window: (Duration, BTreeMap<u32, Thread>),
    /// The share of a core that a thread used in its busiest window, by its name.
    shares: BTreeMap<String, f64>,
    /// Whether a window was complete.
    is_known: bool,
}

impl Busy {
    /// Begins `now`, an ever growing time. `others` are threads that do not count.
    pub(crate) fn new(now: Duration, others: BTreeSet<u32>) -> Busy {
        Busy {
            others,
            window: (now, threads()),
            shares: BTreeMap::new(),
            is_known: false,
        }
    }

    /// Looks `now`. What threads do before the run `has_begun`, while its start is waited for, is none of it.
    pub(crate) fn look(&mut self, now: Duration, has_begun: bool) {
        self.see(now, has_begun, threads);
    }

    fn see(&mut self, now: Duration, has_begun: bool, see: impl FnOnce() -> BTreeMap<u32, Thread>) {
        let passed = now.saturating_sub(self.window.0);
        if !has_begun {
            self.window = (now, see());
        } else if passed >= WINDOW || (!self.is_known && passed >= LEAST) {
            // Whole windows; but of a short run, what there is of it.
            self.note(now, see());
        }
    }

    fn note(&mut self, now: Duration, seen: BTreeMap<u32, Thread>) {
        let (since, before) = &self.window;
        let passed = now.saturating_sub(*since);
        if !self.is_known {
            // What there was of a window so far is a part of this.
            self.shares.clear();
        }
        for (id, thread) in &seen {
            if self.others.contains(id) {
                continue;
            }
            let used = before.get(id).map_or(Duration::ZERO, |thread| thread.cpu);
            let share = thread.cpu.saturating_sub(used).as_secs_f64() / passed.as_secs_f64();
            let most = self.shares.entry(thread.name.clone()).or_default();
            *most = most.max(share.min(1.0));
        }
        if passed >= WINDOW {
            self.is_known = true;
            self.window = (now, seen);
        }
    }

    /// The share of a core, from 0 to 1, of the busiest thread whose name begins with one of these;
    /// `None` if there is none, or the run was too short to say.
    pub(crate) fn busiest(&self, prefixes: &[&str]) -> Option<f64> {
        let is_one = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix));
        let shares = self.shares.iter().filter(|(name, _)| is_one(name));
        shares.map(|(_, share)| *share).max_by(f64::total_cmp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(threads: &[(u32, &str, u64)]) -> BTreeMap<u32, Thread> {
        let thread = |&(id, name, millis): &(u32, &str, u64)| {
            let (name, cpu) = (name.to_owned(), Duration::from_millis(millis));
            (id, Thread { name, cpu })
        };
        threads.iter().map(thread).collect()
    }

    fn busy(threads: &[(u32, &str, u64)]) -> Busy {
        Busy {
            others: [1].into(),
            window: (Duration::ZERO, seen(threads)),
            shares: BTreeMap::new(),
            is_known: false,
        }
    }

    #[test]
    fn the_busiest_window_of_the_busiest_thread_counts() {
        let mut busy = busy(&[(1, "rdk:main", 0), (2, "rdk:broker1", 1_000)]);
        // A thread that was there before is somebody else's, however busy; one may come later.
        let second = [
            (1, "rdk:main", 5_000),
            (2, "rdk:broker1", 5_900),
            (3, "rdk:broker2", 500),
        ];
        busy.note(Duration::from_secs(5), seen(&second));
        let third = [(2, "rdk:broker1", 6_000), (4, "kinesis-0", 2_500)];
        busy.note(Duration::from_secs(10), seen(&third));
        let near = |share: Option<f64>, expected: f64| (share.unwrap() - expected).abs() < 1e-9;
        assert!(near(busy.busiest(&["rdk:"]), 0.98));
        assert!(near(busy.busiest(&["kinesis-"]), 0.5));
        assert_eq!(busy.busiest(&["http-api-"]), None);
        assert_eq!(busy.busiest(&[]), None);
    }

    #[test]
    fn a_burst_at_the_start_is_no_limit() {
        let mut busy = busy(&[(2, "rdk:main", 0)]);
        busy.note(Duration::from_secs(1), seen(&[(2, "rdk:main", 950)]));
        assert_eq!(busy.busiest(&["rdk:"]), Some(0.95));
        busy.note(Duration::from_secs(5), seen(&[(2, "rdk:main", 1_000)]));
        assert_eq!(busy.busiest(&["rdk:"]), Some(0.2));
    }

    #[test]
    fn what_is_done_while_a_start_is_waited_for_does_not_count() {
        let mut busy = busy(&[(2, "rdk:main", 0)]);
        let mut at = |millis: u64, has_begun: bool, cpu: u64| {
            let see = || seen(&[(2, "rdk:main", cpu)]);
            busy.see(Duration::from_millis(millis), has_begun, see);
            busy.busiest(&["rdk:"])
        };
        // Connecting, for a minute.
        assert_eq!(at(30_000, false, 25_000), None);
        assert_eq!(at(59_990, false, 50_000), None);
        assert_eq!(at(60_000, true, 50_000), None);
        assert_eq!(at(60_990, true, 50_100), Some(0.1));
    }

    #[test]
    fn a_name_may_hold_anything() {
        let stat = "28 (a) (b c) S 1 28 28 0 -1 4194304 95 0 0 0 123 45 0 0 20 0 2 0 99 1 1";
        let expected = Thread {
            name: "a) (b c".to_owned(),
            cpu: Duration::from_millis(1_680),
        };
        assert_eq!(parsed(stat), Some(expected));
        assert_eq!(parsed("nothing"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_thread_that_works_is_seen_to_work() {
        let body = || {
            // Until the kernel has told of it, however long that takes.
            let own = || {
                threads()
                    .into_values()
                    .find(|thread| thread.name == "worker 7")
            };
            while own().is_none_or(|thread| thread.cpu < TICK) {}
            own()
        };
        let worker = std::thread::Builder::new().name("worker 7".to_owned());
        let told = worker.spawn(body).unwrap().join().unwrap();
        assert!(told.unwrap().cpu >= TICK);
    }
}
