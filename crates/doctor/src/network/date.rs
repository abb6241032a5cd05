//! This machine's clock against that of a server, which tells its own to the second.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use options::about;

use crate::{Layer, Look};

/// How much of a difference is a matter of rounding and of the way there.
const ROUNDING: Duration = Duration::from_secs(2);

/// What to do about a clock that is wrong.
const HELP: &str = "set it right, and keep it so with NTP (`timedatectl set-ntp true`)";

/// A server's `Date`, and when it was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Date {
    /// How far this machine's clock is ahead of it.
    ahead: SignedDuration,
    /// How much of that may be the way there and the way back.
    way: Duration,
}

impl Date {
    /// From the head of an answer to what was asked between these two moments.
    pub(super) fn read(head: &str, asked: Timestamp, answered: Timestamp) -> Option<Date> {
        let (first, rest) = head.split_once("\r\n")?;
        if !first.starts_with("HTTP/1") {
            return None;
        }
        let field = rest.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("date").then(|| value.trim())
        })?;
        let there = jiff::fmt::rfc2822::DateTimeParser::new()
            .parse_timestamp(field)
            .ok()?;
        let way = answered.duration_since(asked);
        // On average half a second has passed since the second began.
        let there = there + SignedDuration::from_millis(500);
        Some(Date {
            ahead: (asked + way / 2).duration_since(there),
            way: Duration::try_from(way).unwrap_or_default(),
        })
    }

    /// `most`: how far off is refused.
    pub(super) fn look(&self, what: &str, most: Option<Duration>) -> Look {
        let off = self.ahead.unsigned_abs();
        let look = |found: String| Look::new(Layer::Network, what, found);
        if off <= ROUNDING + self.way / 2 {
            return look("this machine's clock agrees within 2 s".to_owned());
        }
        let direction = if self.ahead.is_positive() {
            "ahead"
        } else {
            "behind"
        };
        let found = look(format!(
            "this machine's clock is {} {direction}",
            about(off)
        ));
        match most {
            Some(most) if off > most => found.wrong(format!(
                "requests that are signed more than {} off are refused: {HELP}",
                about(most)
            )),
            _ => found.remark(format!(
                "the times at which records landed are compared with this clock: {HELP}"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    const HEAD: &str =
        "HTTP/1.1 404 Not Found\r\nserver: x\r\nDATE: Mon, 30 Nov 2026 12:00:00 GMT\r\n\r\n";

    fn look(asked: &str, millis: i64, most: Option<u64>) -> Look {
        let asked: Timestamp = asked.parse().unwrap();
        let answered = asked + SignedDuration::from_millis(millis);
        let date = Date::read(HEAD, asked, answered).unwrap();
        date.look("clock", most.map(Duration::from_secs))
    }

    #[test]
    fn a_clock_is_judged_by_what_rounding_and_the_way_leave() {
        for (asked, millis) in [
            ("2026-11-30T12:00:00Z", 10),
            ("2026-11-30T12:00:00.999Z", 10),
            ("2026-11-30T11:59:58.6Z", 10),
            // A way of eight seconds tells little.
            ("2026-11-30T11:59:52Z", 8_000),
        ] {
            assert_eq!(look(asked, millis, Some(1)).verdict, Verdict::Ok, "{asked}");
        }
        let behind = look("2026-11-30T11:50:00.500Z", 0, Some(300));
        assert_eq!(behind.found, "this machine's clock is 10m behind");
        assert_eq!(behind.verdict, Verdict::Wrong);
        let ahead = look("2026-11-30T12:01:00.500Z", 0, Some(300));
        assert_eq!(ahead.found, "this machine's clock is 1m ahead");
        assert_eq!(ahead.verdict, Verdict::Remark);
        assert_eq!(
            look("2026-11-30T13:00:00Z", 0, None).verdict,
            Verdict::Remark
        );
    }

    #[test]
    fn who_says_no_time_is_not_asked_again() {
        let now = Timestamp::now();
        for head in [
            "",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\ndate: soon\r\n\r\n",
            "\0\0\x12",
        ] {
            assert!(Date::read(head, now, now).is_none(), "{head}");
        }
    }
}
