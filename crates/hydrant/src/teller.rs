//! How a verification is going, now and then.

use std::time::{Duration, Instant};

use flow::verify::{Counting, Follower, Looking, ProfileWatch, Reading, Wanted};
use readers::{Reader, Trouble};
use report::format;

use crate::failure::Failure;
use crate::platform::TELL_EVERY;
use crate::printer::Printer;

/// What has passed by then was not worth a word.
const NOTABLE: Duration = Duration::from_secs(2);
/// How soon it is noticed that there is nothing more to wait for.
const NOTICE: Duration = Duration::from_millis(20);

/// How far a look for records has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// How many are looked for; `None` as long as it is not known what was sent.
    expected: Option<u64>,
    /// How many of them were found.
    found: u64,
    /// How many of them the platform refused.
    refused: u64,
    /// How long those that are missing are still looked for.
    left: Duration,
    /// What is still done when that time is over.
    last: Option<&'static str>,
}

/// The stream may go on where nobody reads any more, and what is missing be there.
const FINDING_OUT: &str = "finding out whether the stream was read to its end";

impl From<Looking> for Seen {
    fn from(looking: Looking) -> Seen {
        Seen {
            expected: Some(looking.expected),
            found: looking.landed,
            refused: looking.refused,
            left: looking.left,
            last: None,
        }
    }
}

impl From<Reading> for Seen {
    fn from(reading: Reading) -> Seen {
        Seen {
            expected: reading.expected,
            found: reading.found,
            refused: 0,
            left: reading.left,
            last: None,
        }
    }
}

impl Seen {
    /// How many are missing; `None` as long as it is not known what was sent.
    fn missing(&self) -> Option<u64> {
        Some(self.expected?.saturating_sub(self.found + self.refused))
    }

    /// `990 of 1,000 records have landed, 4 were refused; 6 are missing and looked for 29m 40s more`.
    fn words(&self, what: &str) -> String {
        let Some(expected) = self.expected else {
            return format!("{} {what}", format::records(self.found));
        };
        if expected == 0 {
            return "none of the records to look for was acknowledged".to_owned();
        }
        let (found, expected) = (format::count(self.found), format::records(expected));
        let refused = match self.refused {
            0 => String::new(),
            refused => format!(", {} refused", format::count(refused)),
        };
        let missing = match self.missing().unwrap_or_default() {
            0 => String::new(),
            missing if self.left.is_zero() => {
                let last = self
                    .last
                    .map_or_else(String::new, |last| format!(", {last}"));
                format!("; {} missing{last}", format::count(missing))
            }
            missing => format!(
                "; {} missing, looking for {} more (Ctrl-C stops looking and reports what was found)",
                format::count(missing),
                format::duration(self.left)
            ),
        };
        format!("{found} of {expected} {what}{refused}{missing}")
    }
}

/// Says now and then how many records have been found.
pub(crate) struct Teller<'n> {
    printer: Printer,
    stream: &'n str,
    /// `have landed`
    what: &'static str,
    last: Option<Instant>,
    /// What was told last.
    told: Option<Seen>,
    standstill: Standstill,
}

/// What a stream is, or is not.
pub(crate) const READ_BACK: &str = "read back";
/// Likewise.
pub(crate) const LOOKED_UP: &str = "looked up in the profile";

/// Somebody else who looks for records.
pub(crate) trait Waited: Sync {
    fn progress(&self) -> Reading;
    /// What stands in the way, now.
    fn trouble(&self) -> Option<Trouble>;
    fn is_over(&self) -> bool;
    fn give_up(&self);
    /// What is still done when the time for what is missing is over.
    fn last(&self) -> Option<&'static str> {
        None
    }
}

impl Waited for Follower {
    fn progress(&self) -> Reading {
        Follower::progress(self)
    }

    fn trouble(&self) -> Option<Trouble> {
        Follower::trouble(self)
    }

    fn is_over(&self) -> bool {
        Follower::is_over(self)
    }

    fn give_up(&self) {
        Follower::give_up(self);
    }

    fn last(&self) -> Option<&'static str> {
        Some(FINDING_OUT)
    }
}

impl Waited for ProfileWatch {
    fn progress(&self) -> Reading {
        ProfileWatch::progress(self)
    }

    fn trouble(&self) -> Option<Trouble> {
        ProfileWatch::trouble(self)
    }

    fn is_over(&self) -> bool {
        ProfileWatch::is_over(self)
    }

    fn give_up(&self) {
        ProfileWatch::give_up(self);
    }
}

/// Says that a stream can't be read or looked up, when that begins and when it is over.
#[derive(Debug)]
pub(crate) struct Standstill {
    stream: String,
    /// `read back`
    what: &'static str,
    /// Since when, as it was told.
    told: Option<Instant>,
}

impl Standstill {
    pub(crate) fn new(stream: &str, what: &'static str) -> Standstill {
        Standstill {
            stream: stream.to_owned(),
            what,
            told: None,
        }
    }

    pub(crate) fn look(&mut self, trouble: Option<Trouble>, say: impl FnOnce(&str)) {
        let (stream, what) = (&self.stream, self.what);
        match (trouble, self.told) {
            (Some(trouble), told) if told != Some(trouble.since) => {
                let lasts = trouble.since.elapsed();
                if lasts >= NOTABLE {
                    self.told = Some(trouble.since);
                    let (lasts, why) = (format::seconds(lasts.as_secs_f64()), trouble.message);
                    say(&format!("{stream}: can't be {what} for {lasts}: {why}"));
                }
            }
            (None, Some(_)) => {
                say(&format!("{stream}: can be {what} again"));
                self.told = None;
            }
            _ => {}
        }
    }
}

impl Teller<'_> {
    pub(crate) fn new<'n>(printer: Printer, stream: &'n str, what: &'static str) -> Teller<'n> {
        Teller {
            printer,
            stream,
            what,
            last: None,
            told: None,
            standstill: Standstill::new(stream, READ_BACK),
        }
    }

    /// Of people who are looked up in the profile.
    pub(crate) fn in_profile(printer: Printer, stream: &str) -> Teller<'_> {
        Teller {
            standstill: Standstill::new(stream, LOOKED_UP),
            ..Teller::new(printer, stream, "are in the profile")
        }
    }

    pub(crate) fn tell(&mut self, seen: Seen) {
        let is_due = self.last.is_none_or(|last| last.elapsed() >= TELL_EVERY);
        let is_new = |told: Seen| (told.found, told.refused) != (seen.found, seen.refused);
        let is_news = self.told.is_none_or(is_new);
        let is_complete = seen.missing() == Some(0);
        // When all are there it is said once.
        if (is_due && !is_complete) || (is_news && is_complete) {
            self.say(seen);
        }
    }

    fn say(&mut self, seen: Seen) {
        (self.last, self.told) = (Some(Instant::now()), Some(seen));
        let words = seen.words(self.what);
        self.printer.note(&format!("{}: {words}", self.stream));
    }

    /// Leaving takes longer than it should: whom it waits for is not there.
    fn close(&mut self, since: &mut Instant) {
        if since.elapsed() >= NOTABLE {
            let stream = self.stream;
            self.printer.note(&format!(
                "{stream}: does not answer, closing without its answer"
            ));
            *since = Instant::now() + TELL_EVERY;
        }
    }

    /// Waits until there is nothing more to read, or until the user has had enough.
    pub(crate) async fn wait_for(
        &mut self,
        waited: &dyn Waited,
        stopped: &(dyn Fn() -> bool + Sync),
    ) {
        if !self.wait_unless(waited, stopped).await {
            waited.give_up();
            self.wait_unless(waited, &|| false).await;
        }
    }

    /// Waits until there is nothing more to read; false if it was `stopped` before, and reading goes on.
    pub(crate) async fn wait_unless(
        &mut self,
        waited: &dyn Waited,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> bool {
        let mut closing = None;
        while !waited.is_over() {
            if stopped() {
                return false;
            }
            let progress = waited.progress();
            let seen = Seen {
                last: waited.last(),
                ..Seen::from(progress)
            };
            if progress.is_closing {
                self.close(closing.get_or_insert_with(Instant::now));
            } else if seen.missing().is_some_and(|missing| missing > 0) {
                self.tell(seen);
                self.standstill
                    .look(waited.trouble(), |text| self.printer.note(text));
            }
            tokio::time::sleep(NOTICE).await;
        }
        let seen = Seen {
            left: Duration::ZERO,
            ..Seen::from(waited.progress())
        };
        // A reading that failed before it was known what was sent has nothing to tell.
        if seen.expected.is_some() {
            self.say(seen);
        }
        true
    }
}

/// Begins to read on a thread of its own.
pub(crate) fn follow(reader: Box<dyn Reader>, wanted: Wanted) -> Result<Follower, Failure> {
    let counting = Counting::new(wanted).ok_or_else(|| {
        Failure::new("records without an id cannot be told apart")
            .help("add a field of the kind `record_id`, e.g. `id: record_id`")
    })?;
    Follower::start(reader, counting)
        .map_err(|error| Failure::new(format!("cannot start a thread: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_true() {
        let seen = |expected, found, refused, seconds| {
            let seen = Seen {
                expected,
                found,
                refused,
                left: Duration::from_secs(seconds),
                last: None,
            };
            seen.words("have landed")
        };
        assert_eq!(
            seen(Some(1_000), 990, 0, 1_780),
            "990 of 1,000 records have landed; 10 missing, looking for 29m 40s more (Ctrl-C stops looking \
             and reports what was found)"
        );
        assert_eq!(
            seen(Some(1_000), 990, 10, 60),
            "990 of 1,000 records have landed, 10 refused"
        );
        assert_eq!(
            seen(Some(1_000), 990, 4, 0),
            "990 of 1,000 records have landed, 4 refused; 6 missing"
        );
        let asking = Seen {
            expected: Some(2),
            found: 1,
            last: Some(FINDING_OUT),
            ..Seen::default()
        };
        assert_eq!(
            asking.words("have been read back"),
            "1 of 2 records have been read back; 1 missing, finding out whether the stream was read to its end"
        );
        assert_eq!(
            seen(Some(0), 0, 0, 60),
            "none of the records to look for was acknowledged"
        );
        assert_eq!(seen(None, 1_437, 0, 0), "1,437 records have landed");
    }
}
