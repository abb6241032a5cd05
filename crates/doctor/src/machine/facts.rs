//! What this machine says of itself. What can't be read is absent.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use report::Environment;
use rustix::fs::{Access, access, statvfs};
use rustix::process::{Resource, getrlimit};

use super::busy::{Busy, Usage};
use super::timers::Timers;

/// Everything that is looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    pub(super) environment: Environment,
    /// What others do on it.
    pub(super) busy: Option<Busy>,
    pub(super) timers: Option<Timers>,
    /// What a reading of the clock costs.
    pub(super) reading: Duration,
    /// How many files this process may have open; `None`: no limit.
    pub(super) open_files: Option<u64>,
    /// Bytes that are free, or could be made so.
    pub(super) memory_available: Option<u64>,
    /// Bytes that the control group has used of its limit.
    pub(super) cgroup_memory_used: Option<u64>,
    pub(super) disk: Option<Disk>,
    /// Whether it runs on a battery.
    pub(super) is_on_battery: bool,
    /// How the first CPU's frequency is chosen, e.g. `powersave`.
    pub(super) governor: Option<String>,
}

/// Where results go.
#[derive(Clone, Debug)]
pub(super) struct Disk {
    pub(super) path: PathBuf,
    /// Bytes that are free for this user.
    pub(super) free: u64,
    pub(super) is_writable: bool,
}

impl Facts {
    /// Looks, for about a third of a second.
    pub(super) fn read(results: &Path, versions: BTreeMap<String, String>) -> Facts {
        let before = Usage::now();
        let timers = Timers::measure();
        let busy = before.and_then(|before| Usage::now()?.since(&before));
        Facts {
            environment: Environment::read([], versions),
            busy,
            timers,
            reading: reading(),
            open_files: getrlimit(Resource::Nofile).current,
            memory_available: available(&read("/proc/meminfo").unwrap_or_default()),
            cgroup_memory_used: report::cgroup("memory.current").and_then(|text| text.parse().ok()),
            disk: disk(results),
            is_on_battery: is_on_battery(Path::new("/sys/class/power_supply")),
            governor: read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        }
    }
}

fn read(path: impl AsRef<Path>) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned())
}

/// What a reading of the clock takes, on average.
fn reading() -> Duration {
    const TIMES: u32 = 2_000;
    let began = Instant::now();
    for _ in 0..TIMES {
        std::hint::black_box(Instant::now());
    }
    began.elapsed() / TIMES
}

/// `MemAvailable` of `/proc/meminfo`, in bytes.
fn available(text: &str) -> Option<u64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// The directory, or the nearest one above it that is there.
fn disk(results: &Path) -> Option<Disk> {
    let whole = std::path::absolute(results).ok()?;
    let path = whole.ancestors().find(|path| path.exists())?.to_owned();
    let system = statvfs(&path).ok()?;
    Some(Disk {
        free: system.f_bavail.saturating_mul(system.f_frsize),
        is_writable: access(&path, Access::WRITE_OK | Access::EXEC_OK).is_ok(),
        path,
    })
}

/// Whether there is a battery that is being used up.
fn is_on_battery(supplies: &Path) -> bool {
    let supplies = fs::read_dir(supplies).into_iter().flatten().flatten();
    supplies.map(|supply| supply.path()).any(|supply| {
        read(supply.join("type")).as_deref() == Some("Battery")
            // One of a mouse powers no machine.
            && read(supply.join("scope")).as_deref() != Some("Device")
            && read(supply.join("status")).as_deref() == Some("Discharging")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_and_batteries_are_read_as_the_kernel_writes_them() {
        let text = "MemTotal:       24689428 kB\nMemAvailable:   20480000 kB\n";
        assert_eq!(available(text), Some(20_480_000 * 1024));
        assert_eq!(available("MemTotal: 1 kB\n"), None);
        let place = tempfile::tempdir().unwrap();
        let supply = |name: &str, files: &[(&str, &str)]| {
            fs::create_dir(place.path().join(name)).unwrap();
            for (file, text) in files {
                fs::write(place.path().join(name).join(file), text).unwrap();
            }
        };
        supply("AC", &[("type", "Mains\n"), ("online", "0\n")]);
        supply(
            "mouse",
            &[
                ("type", "Battery\n"),
                ("scope", "Device\n"),
                ("status", "Discharging\n"),
            ],
        );
        assert!(!is_on_battery(place.path()));
        supply(
            "BAT0",
            &[("type", "Battery\n"), ("status", "Discharging\n")],
        );
        assert!(is_on_battery(place.path()));
        assert!(!is_on_battery(&place.path().join("nothing")));
    }

    #[test]
    fn the_disk_is_that_of_the_nearest_directory_that_is_there() {
        let place = tempfile::tempdir().unwrap();
        let disk = disk(&place.path().join("runs/today")).unwrap();
        assert_eq!(disk.path, place.path());
        assert!(disk.is_writable && disk.free > 0, "{disk:?}");
    }
}
