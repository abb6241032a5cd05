//! Reading the streams back while they are sent.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use engine::{Observer, Progress};
use flow::verify::{Due, Follower, Patience, ReadBackOptions, Wanted};
use jiff::Timestamp;
use measure::{Landing, LaneLedger, Measured, ReadBack};
use pacing::Schedule as _;
use readers::{From, Positions};
use records::Template;
use scenario::ResolvedStream;

use super::in_profile::{self, Watches};
use super::job::{Job, Stream};
use super::progress::Noter;
use crate::failure::Failure;
use crate::live::Live;
use crate::printer::Printer;
use crate::reader;
use crate::signals::{Phase, Signals, Since};
use crate::teller::{self, LOOKED_UP, READ_BACK, Standstill, Teller, Waited};
use crate::timing;

/// The streams that are being read, by name.
#[derive(Debug, Default)]
pub(super) struct Readings {
    followers: BTreeMap<String, Follower>,
    /// Where reading began.
    pub(super) positions: BTreeMap<String, Positions>,
    /// Those of which a sample is looked up in the profile.
    pub(super) watches: Watches,
    /// The run's zero.
    pub(super) started_at: OnceLock<Timestamp>,
    /// What has landed of the streams that others waited for.
    pub(super) landings: BTreeMap<String, Landing>,
    /// The streams of which has been said what was sent.
    told: Mutex<BTreeSet<String>>,
}

impl Job<'_> {
    /// Begins to read every stream that is to be read back, before anything is sent.
    pub(super) fn read(&self, sending: &[ResolvedStream]) -> Result<Readings, Failure> {
        let mut readings = Readings::default();
        for (stream, sending) in self.streams.iter().zip(sending) {
            if !stream.is_read_back() {
                continue;
            }
            let keep = stream.read_back_options().keep();
            let opened = reader::open(&sending.options, From::Latest, keep)?;
            let positions = opened.positions();
            let mut wanted = stream.wanted(reader::has_keys(&sending.options), self.warm_up);
            wanted.others = self.beside(&stream.name);
            let follower = teller::follow(opened, wanted)?;
            readings.positions.insert(stream.name.clone(), positions);
            readings.followers.insert(stream.name.clone(), follower);
        }
        Ok(readings)
    }

    /// What the records of other streams are that go to the same place.
    fn beside(&self, stream: &str) -> Vec<Arc<Template>> {
        let place = self.destinations.get(stream);
        let others = self
            .streams
            .iter()
            .filter(|other| other.name != stream && self.destinations.get(&other.name) == place);
        others.map(|other| Arc::clone(&other.template)).collect()
    }

    /// Waits until all that was sent has been read, or until the time is up.
    pub(super) fn read_back(
        &self,
        stream: &Stream,
        readings: &mut Readings,
        stop: &Since,
    ) -> Option<Result<ReadBack, Failure>> {
        let follower = readings.followers.remove(&stream.name)?;
        let mut teller = teller_of(self.printer, &stream.name);
        let stopped = || stop.has_come();
        self.runtime.block_on(teller.wait_for(&follower, &stopped));
        Some(follower.join().map_err(Failure::from))
    }
}

fn teller_of(printer: Printer, stream: &str) -> Teller<'_> {
    Teller::new(printer, stream, "have been read back")
}

impl Readings {
    /// Says what was sent of all streams.
    pub(super) fn expect(&self, streams: &[Stream], measured: &Measured) {
        for (stream, sent) in streams.iter().zip(&measured.streams) {
            self.expect_of(stream, &sent.ledger, measured.elapsed);
        }
    }

    /// Says what was sent of one stream, which ended so long after the run's zero. Once said it stays.
    pub(super) fn expect_of(&self, stream: &Stream, sent: &[LaneLedger], ended: Duration) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if !told.insert(stream.name.clone()) {
            return;
        }
        if let Some(follower) = self.followers.get(&stream.name) {
            follower.expect(sent.to_vec(), Patience::ForAll(stream.patience()));
        }
        if let Some(watch) = self.watches.get(&stream.name) {
            watch.expect(sent.to_vec(), ended + in_profile::within(stream));
        }
    }

    /// Who looks for the records of a stream while it is sent, with what is said of those that were found.
    pub(super) fn looking<'s>(
        &'s self,
        stream: &'s str,
        printer: Printer,
    ) -> impl Iterator<Item = (&'s dyn Waited, Teller<'s>, &'static str)> {
        let follower = self.followers.get(stream).map(|it| {
            let waited: &dyn Waited = it;
            (waited, teller_of(printer, stream), READ_BACK)
        });
        let watch = self.watches.get(stream).map(|it| {
            let waited: &dyn Waited = it;
            (waited, Teller::in_profile(printer, stream), LOOKED_UP)
        });
        follower.into_iter().chain(watch)
    }
}

impl Stream {
    fn is_read_back(&self) -> bool {
        let verify = self.verify.as_ref();
        verify.is_some_and(|verify| verify.read_back.is_some())
    }

    fn read_back_options(&self) -> ReadBackOptions {
        let verify = self.verify.as_ref();
        let read_back = verify.and_then(|verify| verify.read_back.clone());
        read_back.unwrap_or_default()
    }

    fn patience(&self) -> Duration {
        self.read_back_options().within().0
    }

    /// What is due in the past or in the warm-up has no latency.
    fn wanted(&self, has_keys: bool, warm_up: Duration) -> Wanted {
        let (load, zero) = (Arc::clone(&self.load), self.zero.clone());
        let due: Due = Arc::new(move |n| timing::measured_due(&load, warm_up, n, zero.get()));
        Wanted {
            template: Arc::clone(&self.template),
            others: Vec::new(),
            due: self.load.is_paced().then_some(due),
            total: self.load.total(),
            has_keys,
            until: None,
        }
    }
}

/// Tells the readers when the clock has started, and the user how it goes.
pub(super) struct Watcher<'r> {
    live: Live,
    noter: Noter,
    readings: &'r Readings,
    standstills: Vec<(Standstill, &'r dyn Waited)>,
    signals: &'r Signals,
}

impl<'r> Watcher<'r> {
    pub(super) fn new(
        (live, noter): (Live, Noter),
        readings: &'r Readings,
        signals: &'r Signals,
    ) -> Watcher<'r> {
        let followers = readings.followers.iter().map(|(name, it)| {
            let waited: &dyn Waited = it;
            (Standstill::new(name, READ_BACK), waited)
        });
        let watches = readings.watches.iter().map(|(name, it)| {
            let waited: &dyn Waited = it;
            (Standstill::new(name, LOOKED_UP), waited)
        });
        let standstills = followers.chain(watches);
        Watcher {
            standstills: standstills.collect(),
            live,
            noter,
            readings,
            signals,
        }
    }

    /// Takes the moving lines away.
    pub(super) fn finish(&self) {
        self.live.finish();
    }
}

impl Observer for Watcher<'_> {
    fn started(&mut self, at: Timestamp) {
        let (now, wall) = (Instant::now(), Timestamp::now());
        let since = Duration::try_from(wall.duration_since(at)).unwrap_or_default();
        let zero = now.checked_sub(since).unwrap_or(now);
        for follower in self.readings.followers.values() {
            follower.started(zero);
        }
        for watch in self.readings.watches.values() {
            watch.started(since);
        }
        // It starts once.
        let _ = self.readings.started_at.set(at);
        self.noter.started(at);
        self.live.started(at);
    }

    fn interval(&mut self, progress: &Progress) {
        if progress.left == Some(Duration::ZERO) {
            self.signals.during(Phase::Draining);
        }
        self.noter.note(progress);
        self.live.interval(progress);
        for (standstill, waited) in &mut self.standstills {
            standstill.look(waited.trouble(), |text| self.live.note(text));
        }
    }
}
