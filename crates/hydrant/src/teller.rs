//! How a verification is going, now and then.

use std::time::{Duration, Instant};

use flow::verify::{Counting, Follower, Wanted};
use readers::Reader;
use report::{ExitCode, format};

use crate::failure::Failure;
use crate::platform::TELL_EVERY;
use crate::printer::Printer;

/// How soon it is noticed that there is nothing more to wait for.
const NOTICE: Duration = Duration::from_millis(20);

/// Says now and then how many records have been found.
pub(crate) struct Teller<'n> {
    printer: Printer,
    stream: &'n str,
    /// `have landed`
    what: &'static str,
    last: Option<Instant>,
    /// How many were told last.
    told: Option<u64>,
    /// How many are looked for, and how many of them were found.
    progress: (u64, u64),
    standstill: Standstill,
}

/// Says that a stream can't be read, when that begins and when it is over.
#[derive(Debug)]
pub(crate) struct Standstill {
    stream: String,
    /// Since when, as it was told.
    told: Option<Instant>,
}

impl Standstill {
    pub(crate) fn new(stream: &str) -> Standstill {
        Standstill {
            stream: stream.to_owned(),
            told: None,
        }
    }

    pub(crate) fn look(&mut self, follower: &Follower, say: impl FnOnce(&str)) {
        // What has passed by then was not worth a word.
        const NOTABLE: Duration = Duration::from_secs(2);
        let (stream, trouble) = (&self.stream, follower.trouble());
        match (trouble, self.told) {
            (Some(trouble), told) if told != Some(trouble.since) => {
                let lasts = trouble.since.elapsed();
                if lasts >= NOTABLE {
                    self.told = Some(trouble.since);
                    let (lasts, why) = (format::seconds(lasts.as_secs_f64()), trouble.message);
                    say(&format!("{stream}: can't be read back for {lasts}: {why}"));
                }
            }
            (None, Some(_)) => {
                self.told = None;
                say(&format!("{stream}: can be read back again"));
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
            progress: (0, 0),
            standstill: Standstill::new(stream),
        }
    }

    pub(crate) fn tell(&mut self, expected: u64, found: u64) {
        self.progress = (expected, found);
        let is_due = self.last.is_none_or(|last| last.elapsed() >= TELL_EVERY);
        let is_news = self.told != Some(found);
        if is_due || (is_news && found >= expected) {
            (self.last, self.told) = (Some(Instant::now()), Some(found));
            self.say(expected, found);
        }
    }

    /// The user has had enough. What was not seen yet is not lost.
    pub(crate) fn interrupted(&self) -> Failure {
        let (expected, found) = self.progress;
        Failure::new(format!(
            "{}: interrupted while looking for records that {}: {} of {} were seen",
            self.stream,
            self.what,
            format::count(found),
            format::count(expected)
        ))
        .help("what became of the others is not known")
        .exit(ExitCode::Interrupted)
    }

    fn say(&self, expected: u64, found: u64) {
        let (found, expected) = (format::count(found), format::count(expected));
        self.printer.note(&format!(
            "{}: {found} of {expected} records {}",
            self.stream, self.what
        ));
    }

    /// Waits until there is nothing more to read, or until the user has had enough.
    pub(crate) async fn wait_for(
        &mut self,
        follower: &Follower,
        stopped: &(dyn Fn() -> bool + Sync),
    ) {
        while !follower.is_over() {
            if stopped() {
                follower.give_up();
            }
            let (expected, found) = follower.progress();
            if expected > found {
                self.tell(expected, found);
                self.standstill
                    .look(follower, |text| self.printer.note(text));
            }
            tokio::time::sleep(NOTICE).await;
        }
        let (expected, found) = follower.progress();
        self.say(expected, found);
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
