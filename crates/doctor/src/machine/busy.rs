//! What others use of this machine's CPUs, between two moments.

use std::fs;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// `/proc/stat` at one moment, in ticks of all CPUs together (`proc_stat(5)`), and this process's own CPU time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    cpus: u32,
    idle: u64,
    stolen: u64,
    all: u64,
    own: Duration,
    at: Duration,
}

/// What others did meanwhile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Busy {
    /// CPUs that there are.
    pub(super) cpus: u32,
    /// How many of them others used on average.
    pub(super) others: f64,
    /// How many of them the machine's host gave to other machines.
    pub(super) stolen: f64,
}

impl Usage {
    pub(super) fn now() -> Option<Usage> {
        let text = fs::read_to_string("/proc/stat").ok()?;
        Usage::read(
            &text,
            time_of(ClockId::ProcessCPUTime),
            time_of(ClockId::Monotonic),
        )
    }

    fn read(text: &str, own: Duration, at: Duration) -> Option<Usage> {
        let is_cpu = |line: &&str| line.starts_with("cpu") && !line.starts_with("cpu ");
        let cpus = text.lines().filter(is_cpu).count() as u32;
        let line = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
        // user nice system idle iowait irq softirq steal; what guests used is in `user`, too.
        let ticks = line.split_whitespace().take(8);
        let ticks: Vec<u64> = ticks.map(str::parse).collect::<Result<_, _>>().ok()?;
        let of = |at: usize| ticks.get(at).copied().unwrap_or(0);
        Some(Usage {
            cpus,
            idle: of(3) + of(4),
            stolen: of(7),
            all: ticks.iter().sum(),
            own,
            at,
        })
    }

    /// What was used since `before`.
    pub(super) fn since(self, before: &Usage) -> Option<Busy> {
        let all = self.all.checked_sub(before.all).filter(|all| *all > 0)? as f64;
        let seconds = self.at.checked_sub(before.at)?.as_secs_f64();
        let share = |now: u64, before: u64| now.saturating_sub(before) as f64 / all;
        let cpus = f64::from(self.cpus);
        let stolen = share(self.stolen, before.stolen) * cpus;
        let idle = share(self.idle, before.idle) * cpus;
        let own = self.own.saturating_sub(before.own).as_secs_f64() / seconds;
        Some(Busy {
            cpus: self.cpus,
            others: (cpus - idle - stolen - own).max(0.0),
            stolen,
        })
    }
}

fn time_of(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_all_but_idle_stolen_and_own() {
        let text = |user: u64, idle: u64, steal: u64| {
            format!("cpu  {user} 0 0 {idle} 0 0 0 {steal} 7 0\ncpu0 1 2\ncpu1 1 2\nintr 1\n")
        };
        let seconds = Duration::from_secs_f64;
        let before = Usage::read(&text(1_000, 5_000, 0), seconds(3.0), seconds(100.0)).unwrap();
        // Two CPUs for a second: 200 ticks. Of them 100 idle, 20 stolen, 80 used, a quarter of a second by us.
        let after = Usage::read(&text(1_080, 5_100, 20), seconds(3.25), seconds(101.0)).unwrap();
        let busy = after.since(&before).unwrap();
        assert_eq!(busy.cpus, 2);
        assert!((busy.others - 0.55).abs() < 1e-9, "{busy:?}");
        assert!((busy.stolen - 0.2).abs() < 1e-9, "{busy:?}");
        assert_eq!(before.since(&before), None);
        assert!(Usage::read("intr 1\n", Duration::ZERO, Duration::ZERO).is_none());
    }
}
