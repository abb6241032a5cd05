//! What is to be said about a machine. Pure: facts in, looks out.

use std::time::Duration;

use report::format;

use super::Needs;
use super::facts::{Disk, Facts};
use crate::{Layer, Look};

/// Later than this, a generator's lateness shows in what it measures.
const LATE: Duration = Duration::from_millis(1);
/// A reading of the clock takes 20 to 50 ns where it needs no call of the kernel.
const SLOW_READING: Duration = Duration::from_nanos(200);
/// Files that are open anyway: results, logs, clients of the control planes.
const FILES: u64 = 64;
/// About what a lane's client has open: a connection to each broker or channel, and what wakes it.
const FILES_PER_LANE: u64 = 32;
/// Results of a day's run.
const ROOM: u64 = 100_000_000;
/// What a run keeps free for its results, and can't begin without.
const ROOM_MIN: u64 = 8_000_000;

/// Everything.
pub(super) fn all(facts: &Facts, needs: Needs) -> Vec<Look> {
    let looks = [
        Some(versions(facts)),
        Some(system(facts)),
        cpus(facts, needs),
        busy(facts, needs),
        power(facts),
        timers(facts),
        Some(clock(facts)),
        Some(open_files(facts, needs)),
        memory(facts, needs),
        facts.disk.as_ref().map(|disk| room(disk, needs)),
    ];
    looks.into_iter().flatten().collect()
}

fn look(what: &str, found: impl Into<String>) -> Look {
    Look::new(Layer::Machine, what, found)
}

fn versions(facts: &Facts) -> Look {
    let versions = facts.environment.versions.iter();
    let mut versions: Vec<_> = versions
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    // Our own first.
    versions.sort_by_key(|version| !version.starts_with("hydrant "));
    look("versions", versions.join(", "))
}

fn system(facts: &Facts) -> Look {
    let environment = &facts.environment;
    let os = environment.os.clone();
    let parts = [Some(environment.describe()), os];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    look("system", parts.join(", "))
}

/// CPUs that this process may use, counting a quota.
fn usable(facts: &Facts) -> Option<f64> {
    let cpus = facts.environment.cpus? as f64;
    Some(quota(facts).map_or(cpus, |quota| quota.min(cpus)))
}

/// CPUs that the control group allows, by `cpu.max`: microseconds of CPU in a period, and the period.
fn quota(facts: &Facts) -> Option<f64> {
    let (quota, period) = facts.environment.cgroup_cpu.as_ref()?.split_once(' ')?;
    let (quota, period): (f64, f64) = (quota.parse().ok()?, period.trim().parse().ok()?);
    (period > 0.0).then_some(quota / period)
}

fn cpus(facts: &Facts, needs: Needs) -> Option<Look> {
    let (cpus, usable) = (facts.environment.cpus?, usable(facts)?);
    let found = if usable < cpus as f64 {
        format!("the control group allows {usable:.1} of {cpus} CPUs")
    } else {
        format!("{cpus}, without a quota")
    };
    let found = look("CPUs", found);
    Some(if needs.lanes as f64 > usable {
        found.remark(format!(
            "the scenario has {} lanes, each a thread that wants a CPU: lower `run.lanes`, or use a larger machine",
            needs.lanes
        ))
    } else if usable < cpus as f64 {
        found.remark(
            "a process that has used up its quota stands still until the next period, which shows as lateness: \
             measure without a quota (`cpu.max`)",
        )
    } else {
        found
    })
}

fn busy(facts: &Facts, needs: Needs) -> Option<Look> {
    let busy = facts.busy?;
    let cpus = f64::from(busy.cpus);
    let found = format!("others use {:.1} of {} CPUs", busy.others, busy.cpus);
    if busy.stolen > 0.02 * cpus {
        let found = format!(
            "{found}; the host gives {:.1} to other machines",
            busy.stolen
        );
        return Some(look("load", found).remark(
            "what the host takes away shows as lateness and in every latency: measure on a machine of your own",
        ));
    }
    let found = look("load", found);
    // A lane wants one for itself, and the client's threads another.
    let wanted = (needs.lanes.max(1) + 1) as f64;
    Some(if busy.others > 0.1 * cpus && cpus - busy.others < wanted {
        found.remark(
            "other work makes the generator late, and latencies are not to be trusted then: stop it, or measure \
             elsewhere",
        )
    } else {
        found
    })
}

fn power(facts: &Facts) -> Option<Look> {
    if facts.is_on_battery {
        return Some(
            look("power", "on battery").remark(
                "the CPU is slowed down to save power: plug the machine in before measuring",
            ),
        );
    }
    let governor = facts.governor.as_ref()?;
    let found = look("power", format!("frequency governor {governor}"));
    Some(if governor == "powersave" {
        found.remark(
            "a CPU that clocks down between records adds to latencies; `cpupower frequency-set -g performance`",
        )
    } else {
        found
    })
}

fn timers(facts: &Facts) -> Option<Look> {
    let timers = facts.timers?;
    let millis = |time: Duration| format::millis(time.as_secs_f64() * 1e3);
    let slack = timers.slack.map_or_else(String::new, |nanos| {
        format!(", slack {}", format::millis(nanos as f64 / 1e6))
    });
    let found = format!(
        "waits of 1 ms are {} late, one in a hundred {}{slack}",
        millis(timers.usually),
        millis(timers.rarely)
    );
    let found = look("timers", found);
    Some(if timers.rarely > LATE {
        found.remark(
            "records leave late by as much, and latencies count from when they were due: stop other work, or \
             measure on a machine with idle CPUs",
        )
    } else {
        found
    })
}

fn clock(facts: &Facts) -> Look {
    let source = facts.environment.clock_source.as_deref();
    let source = source.map_or_else(String::new, |source| format!("{source}, "));
    let found = format!("{source}{} ns for a reading", facts.reading.as_nanos());
    let found = look("clock source", found);
    if facts.reading > SLOW_READING {
        found.remark(
            "the clock is read by a call of the kernel, which costs CPU at high rates: see \
             /sys/devices/system/clocksource/clocksource0/available_clocksource for a faster source, such as tsc",
        )
    } else {
        found
    }
}

fn open_files(facts: &Facts, needs: Needs) -> Look {
    let Some(limit) = facts.open_files else {
        return look("open files", "no limit");
    };
    let found = look("open files", format!("at most {}", format::count(limit)));
    let wanted = FILES + FILES_PER_LANE * needs.lanes as u64;
    if limit < wanted {
        found.remark(format!(
            "{} lanes need about {wanted}: raise the limit with `ulimit -n {}`",
            needs.lanes,
            wanted.next_power_of_two().max(1024)
        ))
    } else {
        found
    }
}

fn memory(facts: &Facts, needs: Needs) -> Option<Look> {
    let limit = facts.environment.cgroup_memory.as_ref();
    let limit = limit.and_then(|limit| limit.parse::<u64>().ok());
    let left = limit.map(|limit| limit.saturating_sub(facts.cgroup_memory_used.unwrap_or(0)));
    let available = match (left, facts.memory_available) {
        (Some(left), Some(available)) => left.min(available),
        (left, available) => left.or(available)?,
    };
    let found = format!("{} available", format::bytes(available as f64));
    if needs.memory == 0 {
        return Some(look("memory", found));
    }
    let found = look(
        "memory",
        format!(
            "{found}; with as much in flight as the scenario allows a run takes up to {}",
            format::bytes(needs.memory as f64)
        ),
    );
    Some(if needs.memory > available {
        found.remark(
            "a destination that stalls would end the run for lack of memory: lower `run.in_flight` or \
             `run.in_flight_bytes`",
        )
    } else {
        found
    })
}

fn room(disk: &Disk, needs: Needs) -> Look {
    let path = disk.path.display();
    let free = format::bytes(disk.free as f64);
    let elsewhere = "choose another place for results with `--out DIR`";
    let found = look("disk", format!("{free} free in {path}"));
    if !needs.has_results {
        found
    } else if !disk.is_writable {
        look("disk", format!("nothing can be written in {path}")).wrong(elsewhere)
    } else if disk.free < ROOM_MIN {
        found.wrong(format!("free some space, or {elsewhere}"))
    } else if disk.free < ROOM {
        found.remark(format!(
            "the results of a long run may not fit: free some space, or {elsewhere}"
        ))
    } else {
        found
    }
}

#[cfg(test)]
mod tests;
