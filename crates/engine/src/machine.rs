//! What the run cost: CPU time and memory of this process.

use std::fs;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// CPU time of this process so far, user and system.
pub(crate) fn cpu_time() -> Duration {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(used.tv_sec).unwrap_or(0),
        u32::try_from(used.tv_nsec).unwrap_or(0),
    )
}

/// Peak resident memory of this process in bytes, as Linux tells (`VmHWM` in `proc(5)`); 0 where it
/// does not.
pub(crate) fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = peak.and_then(|value| value.trim().strip_suffix("kB")?.trim().parse().ok());
    kibibytes.unwrap_or(0_u64) * 1024
}

/// Lets the kernel wake this thread when it asked for it, and not up to 50 µs later (`PR_SET_TIMERSLACK`
/// in `prctl(2)`).
pub(crate) fn sharpen_timers() {
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_uses_cpu_and_memory() {
        let before = cpu_time();
        let mut bytes = vec![0_u8; 32 << 20];
        bytes
            .iter_mut()
            .enumerate()
            .for_each(|(at, byte)| *byte = at as u8);
        assert!(bytes.contains(&3));
        assert!(cpu_time() > before);
        assert!(!cfg!(target_os = "linux") || peak_memory() >= 32 << 20);
    }
}
