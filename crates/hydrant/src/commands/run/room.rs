//! How much memory this process may have, against what a run may keep in flight: told before it matters.

use report::format;
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

/// What there is to say if a run may need so many bytes of memory: a message and a help.
pub(super) fn warning(limit: Option<Limit>, needed: u64) -> Option<(String, String)> {
    let (bytes, who) = limit?;
    let message = format!(
        "records in flight may need {} of memory, and this process may have {} ({who})",
        format::bytes(needed as f64),
        format::bytes(bytes as f64)
    );
    let help = "the system kills a process that uses more: lower `run.in_flight_bytes`, or allow more memory";
    (needed > bytes).then(|| (message, help.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_told_and_what_fits_is_not() {
        let limit = Some((300_000_000, "`ulimit -v`"));
        assert_eq!(warning(None, 900_000_000), None);
        assert_eq!(warning(limit, 300_000_000), None);
        let (message, _) = warning(limit, 400_000_000).unwrap();
        assert!(
            message.contains("400 MB") && message.contains("300 MB"),
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
