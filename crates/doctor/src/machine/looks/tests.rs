use std::collections::BTreeMap;

use report::Environment;

use super::super::busy::Busy;
use super::super::timers::Timers;
use super::*;
use crate::Verdict;

fn micros(number: u64) -> Duration {
    Duration::from_micros(number)
}

/// An idle machine with four CPUs.
fn good() -> Facts {
    Facts {
        environment: Environment {
            versions: BTreeMap::from([
                ("aws-sdk-kinesis".to_owned(), "1.130.0".to_owned()),
                ("hydrant".to_owned(), "0.1.0".to_owned()),
            ]),
            os: Some("Debian GNU/Linux 13".to_owned()),
            kernel: Some("6.12.0".to_owned()),
            architecture: "x86_64".to_owned(),
            cpu_model: Some("Some CPU".to_owned()),
            cpus: Some(4),
            memory_bytes: Some(8_000_000_000),
            cgroup_cpu: Some("max 100000".to_owned()),
            cgroup_memory: Some("max".to_owned()),
            clock_source: Some("tsc".to_owned()),
            ..Environment::default()
        },
        busy: Some(Busy {
            cpus: 4,
            others: 0.1,
            stolen: 0.0,
        }),
        timers: Some(Timers {
            slack: Some(50_000),
            usually: micros(8),
            rarely: micros(60),
        }),
        reading: Duration::from_nanos(24),
        open_files: Some(1024),
        memory_available: Some(6_000_000_000),
        cgroup_memory_used: Some(500_000_000),
        disk: Some(Disk {
            path: "/home/me".into(),
            free: 50_000_000_000,
            is_writable: true,
        }),
        is_on_battery: false,
        governor: None,
    }
}

const NEEDS: Needs = Needs {
    lanes: 2,
    memory: 300_000_000,
    has_results: true,
};

fn told(facts: &Facts, needs: Needs) -> String {
    let looks = all(facts, needs).into_iter();
    let lines = looks.map(|look| {
        let help = look
            .help
            .map_or_else(String::new, |help| format!(" ({help})"));
        format!(
            "{}: {}: {}{help}",
            look.verdict.words(),
            look.what,
            look.found
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn of_a_good_machine_there_is_nothing_to_remark() {
    insta::assert_snapshot!(told(&good(), NEEDS), @r"
    ok: versions: hydrant 0.1.0, aws-sdk-kinesis 1.130.0
    ok: system: 4 × Some CPU, 8.00 GB, Linux 6.12.0, Debian GNU/Linux 13
    ok: CPUs: 4, without a quota
    ok: load: others use 0.1 of 4 CPUs
    ok: timers: waits of 1 ms are 8.00 µs late, one in a hundred 60.0 µs, slack 50.0 µs
    ok: clock source: tsc, 24 ns for a reading
    ok: open files: at most 1,024
    ok: memory: 6.00 GB available; with as much in flight as the scenario allows a run takes up to 300 MB
    ok: disk: 50.0 GB free in /home/me
    ");
}

#[test]
fn everything_that_is_not_good_is_told_with_what_to_do() {
    let mut bad = good();
    bad.environment.cgroup_cpu = Some("150000 100000".to_owned());
    bad.environment.cgroup_memory = Some("600000000".to_owned());
    bad.environment.clock_source = Some("hpet".to_owned());
    bad.reading = Duration::from_nanos(1_400);
    bad.busy = Some(Busy {
        cpus: 4,
        others: 3.2,
        stolen: 0.0,
    });
    bad.timers = Some(Timers {
        slack: None,
        usually: micros(300),
        rarely: micros(9_000),
    });
    bad.open_files = Some(100);
    bad.governor = Some("powersave".to_owned());
    bad.disk = Some(Disk {
        path: "/".into(),
        free: 1_000_000,
        is_writable: true,
    });
    insta::assert_snapshot!(told(&bad, NEEDS), @r"
    ok: versions: hydrant 0.1.0, aws-sdk-kinesis 1.130.0
    ok: system: 4 × Some CPU, 8.00 GB, Linux 6.12.0, Debian GNU/Linux 13
    remark: CPUs: the control group allows 1.5 of 4 CPUs (the scenario has 2 lanes, each a thread that wants a CPU: lower `run.lanes`, or use a larger machine)
    remark: load: others use 3.2 of 4 CPUs (other work makes the generator late, and latencies are not to be trusted then: stop it, or measure elsewhere)
    remark: power: frequency governor powersave (a CPU that clocks down between records adds to latencies; `cpupower frequency-set -g performance`)
    remark: timers: waits of 1 ms are 300 µs late, one in a hundred 9.00 ms (records leave late by as much, and latencies count from when they were due: stop other work, or measure on a machine with idle CPUs)
    remark: clock source: hpet, 1400 ns for a reading (the clock is read by a call of the kernel, which costs CPU at high rates: see /sys/devices/system/clocksource/clocksource0/available_clocksource for a faster source, such as tsc)
    remark: open files: at most 100 (2 lanes need about 128: raise the limit with `ulimit -n 1024`)
    remark: memory: 100 MB available; with as much in flight as the scenario allows a run takes up to 300 MB (a destination that stalls would end the run for lack of memory: lower `run.in_flight` or `run.in_flight_bytes`)
    wrong: disk: 1.00 MB free in / (free some space, or choose another place for results with `--out DIR`)
    ");
}

fn verdict(facts: &Facts, needs: Needs, what: &str) -> Verdict {
    let looks = all(facts, needs);
    let look = looks.iter().find(|look| look.what == what);
    look.unwrap_or_else(|| panic!("no {what} in {looks:?}"))
        .verdict
}

#[test]
fn what_keeps_a_run_from_beginning_is_wrong_and_the_rest_a_remark() {
    let disk = |free, is_writable| Facts {
        disk: Some(Disk {
            path: "/".into(),
            free,
            is_writable,
        }),
        ..good()
    };
    for (facts, expected) in [
        (disk(u64::MAX, false), Verdict::Wrong),
        (disk(1_000_000, true), Verdict::Wrong),
        (disk(50_000_000, true), Verdict::Remark),
        (disk(u64::MAX, true), Verdict::Ok),
    ] {
        assert_eq!(verdict(&facts, NEEDS, "disk"), expected, "{facts:?}");
        // Without a scenario nothing is written.
        assert_eq!(verdict(&facts, Needs::default(), "disk"), Verdict::Ok);
    }
    let stolen = Facts {
        busy: Some(Busy {
            cpus: 4,
            others: 0.0,
            stolen: 0.5,
        }),
        ..good()
    };
    assert_eq!(verdict(&stolen, NEEDS, "load"), Verdict::Remark);
    let on_battery = Facts {
        is_on_battery: true,
        ..good()
    };
    assert_eq!(verdict(&on_battery, NEEDS, "power"), Verdict::Remark);
    let many = Needs { lanes: 5, ..NEEDS };
    assert_eq!(verdict(&good(), many, "CPUs"), Verdict::Remark);
}

#[test]
fn what_can_not_be_read_is_left_out() {
    let looks = all(&Facts::default(), Needs::default());
    let named: Vec<_> = looks.iter().map(|look| look.what.as_str()).collect();
    assert_eq!(named, ["versions", "system", "clock source", "open files"]);
}
