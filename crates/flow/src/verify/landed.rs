//! Looking for every record in the dataset: Catalog's batches, Data Access's files.

mod metrics;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::time::Duration;

use aep_client::{Batch, Client};
use batch::Nanos;
use jiff::{SignedDuration, Timestamp};
use measure::{Landing, LaneLedger};
use records::Template;

use super::defects::Expectations;
use super::matching::{Field, Matching};
use super::ordinals::Sent;
use super::pace::Pace;
use super::replaced::{self, Content};
use super::span::{Place, Span, visible_at};
use super::{By, LandedOptions, rows};
use crate::{Applied, Error, Mapping, Spec};

/// What to look for, and where.
pub struct Lookout<'a> {
    /// The flow that landed it.
    pub spec: &'a Spec,
    /// Where.
    pub applied: &'a Applied,
    /// What the records were.
    pub template: &'a Template,
    /// What the records of other streams were that land in the same dataset.
    pub others: &'a [&'a Template],
    /// When each was due; `None`: it had no due time of its own, and no landing latency.
    pub due: &'a (dyn Fn(u64) -> Option<Nanos> + Send + Sync),
    /// What was sent.
    pub sent: &'a [LaneLedger],
    /// The run's zero.
    pub started_at: Timestamp,
    /// When the last answer had come.
    pub ended_at: Timestamp,
    /// Whether others may have used the dataset since: then only what can be of this run is looked at.
    pub is_later: bool,
    /// How, and how long.
    pub options: &'a LandedOptions,
    /// Hears why a look came to nothing, while it is tried again.
    pub troubled: &'a (dyn Fn(&str) + Send + Sync),
    /// Asked at every look: whether to stop with what is known.
    pub stopped: &'a (dyn Fn() -> bool + Send + Sync),
}

impl std::fmt::Debug for Lookout<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lookout")
            .field("applied", self.applied)
            .finish_non_exhaustive()
    }
}

/// Why nothing more is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Everything is there.
    Complete,
    /// What is not there by now is lost, unless it is known why it could not be seen.
    TimedOut,
    /// The user had seen enough: of what is not there nothing is known.
    CutShort,
}

const INTERRUPTED: &str = "interrupted before they had been looked for to the end";

/// How it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looking {
    /// Records that are looked for: acknowledged ones.
    pub expected: u64,
    /// How many of them have landed.
    pub landed: u64,
    /// How many of them the platform refused.
    pub refused: u64,
    /// How long those that are missing are still looked for.
    pub left: Duration,
}

/// Hears how it goes.
pub type Told<'a> = &'a mut (dyn FnMut(Looking) + Send);

/// How soon it is noticed that the user has seen enough.
const NOTICE: Duration = Duration::from_millis(50);

/// Looks until every record that was acknowledged has landed or was refused, until the time is up, or
/// until it is to stop: then with what is known by then, even while a call hangs.
pub async fn landed(
    client: &Client,
    lookout: &Lookout<'_>,
    told: Told<'_>,
) -> Result<Landing, Error> {
    let id = lookout.template.id_field();
    let Some(target) = id.and_then(|id| lookout.spec.target_of(id)) else {
        return Err(Error::Missing {
            what: "mapping of the record's id".to_owned(),
            help: "verification needs a field of the kind `record_id` that is mapped unchanged, \
                   e.g. `id: _id`"
                .to_owned(),
        });
    };
    let tenant = lookout.applied.tenant.as_deref();
    let matching = Matching::new(
        lookout.template,
        target.target_for(tenant),
        fields(lookout.spec, tenant),
        lookout.started_at,
        lookout.due,
        Sent::of(lookout.sent),
    )
    .apart(
        lookout.sent,
        Expectations::new(lookout.template, lookout.spec),
    )
    .beside(lookout.others);
    let mut span = Span::of(lookout.applied, lookout.started_at);
    if lookout.is_later {
        let within = SignedDuration::try_from(lookout.options.within().0);
        let last = lookout.ended_at.saturating_add(within.unwrap_or_default());
        span = span.until(last.unwrap_or(Timestamp::MAX));
    }
    let look = Look {
        client,
        lookout,
        span,
        pace: Pace::new(lookout.options, lookout.ended_at),
        matching,
        seen: BTreeSet::new(),
        begun: BTreeMap::new(),
        trouble: None,
        before: Passed::default(),
        after: Passed::default(),
        remarks: Vec::new(),
    };
    match lookout.options.by.unwrap_or_default() {
        By::Files => look.files(told).await,
        By::Metrics => look.metrics(told).await,
    }
}

/// What is mapped unchanged, and where to.
pub(super) fn fields(spec: &Spec, tenant: Option<&str>) -> Vec<Field> {
    let targets: Vec<String> = spec
        .mapping
        .iter()
        .map(|it| it.target_for(tenant))
        .collect();
    let lines = spec.mapping.iter().zip(&targets);
    let field = |(line, path): (&Mapping, &String)| {
        let is_inside = |other: &String| other.strip_prefix(path)?.strip_prefix('.').map(drop);
        Field {
            source: line.source.clone(),
            steps: records::path::steps(&line.source),
            path: path.clone(),
            is_overwritten: targets.iter().any(|other| is_inside(other).is_some()),
        }
    };
    lines
        .filter(|(line, _)| line.is_field())
        .map(field)
        .collect()
}

/// Whether the dataset is still there: the records of a flow that was removed are gone, not lost.
pub async fn is_there(client: &Client, applied: &Applied) -> Result<(), Error> {
    let id = &applied.dataset;
    let found = client.catalog().dataset(id).await;
    match found.map_err(Error::platform(format!("look for the dataset {id}")))? {
        Some(_) => Ok(()),
        None => Err(Error::Missing {
            what: format!("dataset {id} any more"),
            help: "a run removes what it made when it ends, with all records; `--keep-flow` leaves it, \
                   and so does a dataset that was there before (`flow.dataset.id`)"
                .to_owned(),
        }),
    }
}

struct Look<'a> {
    client: &'a Client,
    lookout: &'a Lookout<'a>,
    span: Span,
    pace: Pace,
    matching: Matching<'a>,
    /// Batches that were read, or passed over.
    seen: BTreeSet<String>,
    /// Of batches that could not be read to their end: how much of each file was taken, in pieces.
    begun: BTreeMap<(String, String), usize>,
    /// Why the last look came to nothing, and since when they do.
    trouble: Option<(Timestamp, Error)>,
    before: Passed,
    after: Passed,
    remarks: Vec<String>,
}

/// Batches that hold nothing of the run.
#[derive(Clone, Copy, Debug, Default)]
struct Passed {
    batches: u64,
    records: u64,
}

impl Passed {
    fn add(&mut self, batch: &Batch) {
        self.batches += 1;
        self.records += batch.metrics.records_written.unwrap_or(0);
    }

    fn remark(self, which: &str) -> Option<String> {
        let Passed { batches, records } = self;
        let noun = if batches == 1 { "batch" } else { "batches" };
        (batches > 0).then(|| format!("passed over: {batches} {noun} ({records} records) {which}"))
    }
}

impl Look<'_> {
    async fn files(mut self, told: Told<'_>) -> Result<Landing, Error> {
        let end = loop {
            self.pace.look();
            let Some(looked) = unless_stopped(self.lookout, self.look()).await else {
                break End::CutShort;
            };
            let (expected, landed, refused) = self.matching.progress();
            told(Looking {
                expected,
                landed,
                refused,
                left: self.pace.left(),
            });
            match looked {
                Ok(()) => self.trouble = None,
                // Another look may do better, or there is something to say all the same.
                Err(error) if error.may_pass() || landed + refused > 0 => {
                    let is_over = !error.may_pass();
                    self.stumble(error);
                    if is_over {
                        break End::TimedOut;
                    }
                }
                Err(error) => return Err(error),
            }
            // Copies may come later than what they are copies of.
            let is_complete = self.matching.is_complete(self.trouble.is_none());
            if is_complete && self.pace.is_settled(self.matching.slowest()) {
                break End::Complete;
            }
            match unless_stopped(self.lookout, self.pace.wait()).await {
                Some(true) => {}
                Some(false) => break End::TimedOut,
                None => break End::CutShort,
            }
        };
        self.remark();
        let why = self.unknown(end == End::CutShort);
        let timed_out = end == End::TimedOut;
        let mut landing = self.matching.finish(timed_out, why, self.remarks);
        if landing.duplicated > 0
            && let Some(before) = self.lookout.applied.landed_before
        {
            landing.remarks.push(format!(
                "the dataset had batches before the run, the last of {before}: what landed later of \
                 an earlier run with the same seed counts as duplicated"
            ));
        }
        Ok(landing)
    }

    /// A look came to nothing.
    fn stumble(&mut self, error: Error) {
        let since = self
            .trouble
            .take()
            .map_or_else(Timestamp::now, |(since, _)| since);
        let again = if error.may_pass() {
            "; it is tried again"
        } else {
            ""
        };
        (self.lookout.troubled)(&format!("{error}{again}"));
        self.trouble = Some((since, error));
    }

    /// Why nobody can say what became of records that were not found.
    fn unknown(&self, is_interrupted: bool) -> Option<(String, bool)> {
        if let Some((since, error)) = &self.trouble {
            let since = since.strftime("%H:%M:%S UTC");
            return Some((format!("since {since}: {error}"), false));
        }
        let why = "interrupted before all records had been looked for";
        is_interrupted.then(|| (why.to_owned(), true))
    }

    /// Says what was not looked at, and how long was looked for what.
    fn remark(&mut self) {
        if self.lookout.is_later {
            let (within, ended_at) = (self.lookout.options.within(), self.lookout.ended_at);
            let which = "that were done before the run began";
            self.remarks.extend(self.before.remark(which));
            let which = format!("that were begun more than {within} after its end, {ended_at}");
            self.remarks.extend(self.after.remark(&which));
        }
        self.remarks.extend(self.pace.remark());
    }

    /// Reads every batch that is done and was not read.
    async fn look(&mut self) -> Result<(), Error> {
        let dataset = &self.lookout.applied.dataset;
        let begun = Some(self.span.begun());
        let batches = self.client.catalog().batches(dataset, begun).await;
        let batches = batches.map_err(Error::platform(format!(
            "list the batches of the dataset {dataset}"
        )))?;
        for batch in replaced::in_order(batches) {
            if self.seen.contains(&batch.id) {
                continue;
            }
            match self.span.place(&batch) {
                Place::Open => continue,
                Place::Before => self.before.add(&batch),
                Place::After => self.after.add(&batch),
                Place::Within => match Content::of(&batch, &self.seen) {
                    Content::Known => {}
                    content => self.take(&batch, content).await?,
                },
            }
            self.begun.retain(|(id, _), _| *id != batch.id);
            self.seen.insert(batch.id);
        }
        Ok(())
    }

    /// Reads a batch that is done.
    async fn take(&mut self, batch: &Batch, content: Content) -> Result<(), Error> {
        if batch.is_success() {
            self.read(batch, content).await?;
        }
        if batch.metrics.records_failed != Some(0) {
            match self.read_refused(&batch.id).await {
                // Records were refused, and the next look may say which.
                Err(error) if error.may_pass() && batch.metrics.records_failed > Some(0) => {
                    return Err(error);
                }
                // What landed is known without it.
                Err(error) if batch.is_success() => self.remarks.push(format!(
                    "what the batch {} refused, if anything, is not known: {error}",
                    batch.id
                )),
                done => done?,
            }
        }
        for error in &batch.errors {
            self.remarks.push(format!(
                "batch {}: {} ({})",
                batch.id, error.description, error.code
            ));
        }
        Ok(())
    }

    async fn read(&mut self, batch: &Batch, content: Content) -> Result<(), Error> {
        let Batch { id, .. } = batch;
        let what = || Error::platform(format!("read the batch {id}"));
        let files = self.client.data_access().batch_files(id).await;
        for file in files.map_err(what())? {
            if !file.name.ends_with(".parquet") {
                continue;
            }
            let place = (id.clone(), file.path().to_owned());
            let taken = self.begun.entry(place).or_default();
            let mut read = rows::rows(self.client, &file, self.matching.paths());
            let mut number = 0;
            while let Some(rows) = read.next(id).await? {
                number += 1;
                if number > *taken {
                    *taken = number;
                    self.matching
                        .take(&rows, visible_at(batch), content == Content::New);
                }
            }
        }
        if content == Content::Again {
            let remark = format!(
                "the batch {id} replaces others that had gone before they were read: copies and records \
                 of others in it are not counted"
            );
            // A batch of which only the refused records could not be read is read again.
            if !self.remarks.contains(&remark) {
                self.remarks.push(remark);
            }
        }
        Ok(())
    }

    async fn read_refused(&mut self, batch: &str) -> Result<(), Error> {
        let what = || Error::platform(format!("read what the batch {batch} refused"));
        let access = self.client.data_access();
        for file in access.failed_files(batch).await.map_err(what())? {
            let place = (batch.to_owned(), file.path().to_owned());
            let taken = self.begun.entry(place).or_default();
            let (matching, mut number) = (&mut self.matching, 0);
            let take = |line: &[u8]| {
                number += 1;
                if number > *taken {
                    *taken = number;
                    matching.refused(line);
                }
                ControlFlow::Continue(())
            };
            rows::lines(self.client, &file, take)
                .await
                .map_err(what())?;
        }
        Ok(())
    }
}

/// Does it, unless it is to stop before that.
async fn unless_stopped<T>(lookout: &Lookout<'_>, job: impl Future<Output = T>) -> Option<T> {
    let stopped = async {
        while !(lookout.stopped)() {
            tokio::time::sleep(NOTICE).await;
        }
    };
    tokio::select! {
        biased;
        done = job => Some(done),
        () = stopped => None,
    }
}
