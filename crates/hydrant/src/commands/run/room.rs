//! How much memory this process may have, against what a run may keep in flight: told before it matters.

use options::ByteSize;
use rustix::process::{Resource, getrlimit};

/// What the process may have, and who says so.
type Limit = (u64, &'static str);

/// The lower of the limits that are set. `cgroup`: the control group's `memory.max`.
pub(super) fn limit(cgroup: Option<&str>) -> Option<Limit> {
    let group = cgroup.and_then(|max| max.parse().ok());
    let group = group.map(|bytes| (bytes, "`memory.max` of its control group"));
    let own = getrlimit(Resource::As).current;
    let own = own.map(|bytes| (bytes, "`ulimit -v`"));
    group.into_iter().chain(own).min_by_key(|limit| limit.0)
}

/// What there is to say if so many streams may each have so many bytes in flight: a message and a help.
pub(super) fn warning(
    limit: Option<Limit>,
    in_flight: ByteSize,
    streams: usize,
) -> Option<(String, String)> {
    let (bytes, who) = limit?;
    let all = in_flight.0.saturating_mul(streams as u64);
    let message = format!(
        "`run.in_flight_bytes` lets {} of records be in flight, and this process may have {} of memory ({who})",
        ByteSize(all),
        ByteSize(bytes)
    );
    let help =
        "whoever takes more than that is ended by the system: lower it, or allow more memory";
    (all > bytes).then(|| (message, help.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_told_and_what_fits_is_not() {
        let limit = Some((300 << 20, "`ulimit -v`"));
        let size = ByteSize(200 << 20);
        assert_eq!(warning(None, size, 9), None);
        assert_eq!(warning(limit, size, 1), None);
        let (message, _) = warning(limit, size, 2).unwrap();
        assert!(
            message.contains("400 MiB") && message.contains("300 MiB"),
            "{message}"
        );
    }

    #[test]
    fn a_control_group_without_a_limit_has_none() {
        assert_eq!(limit(Some("max")), limit(None));
        assert_eq!(
            limit(Some("4096")),
            Some((4096, "`memory.max` of its control group"))
        );
    }
}
