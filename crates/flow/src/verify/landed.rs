//! Looking for every record in the dataset: Catalog's batches, Data Access's files.

use std::collections::BTreeSet;
use std::time::Duration;

use aep_client::{Batch, Client};
use batch::Nanos;
use jiff::{SignedDuration, Timestamp};
use measure::{Landing, LaneLedger};
use records::Template;

use super::matching::{Field, Matching};
use super::ordinals::Sent;
use super::pace::Pace;
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

/// Looks until every record that was acknowledged has landed or was refused, or until the time is up.
/// `told` hears how many were looked for and how many were found.
pub async fn landed(
    client: &Client,
    lookout: &Lookout<'_>,
    told: &mut (dyn FnMut(u64, u64) + Send),
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
    let sent = Sent::of(lookout.sent);
    let matching = Matching::new(
        lookout.template,
        target.target_for(tenant),
        fields(lookout.spec, tenant),
        lookout.started_at,
        lookout.due,
        sent,
    );
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
fn fields(spec: &Spec, tenant: Option<&str>) -> Vec<Field> {
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
    async fn files(mut self, told: &mut (dyn FnMut(u64, u64) + Send)) -> Result<Landing, Error> {
        let timed_out = loop {
            self.pace.look();
            self.look().await?;
            let (expected, found) = self.matching.progress();
            told(expected, found);
            // Copies may come later than what they are copies of.
            let is_complete = self.matching.is_complete();
            if is_complete && self.pace.is_settled(self.matching.slowest()) {
                break false;
            }
            if (self.lookout.stopped)() {
                self.remarks
                    .push("interrupted before all records were looked for".to_owned());
                break true;
            }
            if !self.pace.wait().await {
                break true;
            }
        };
        self.remark();
        let mut landing = self.matching.finish(timed_out, self.remarks);
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
        for batch in batches {
            if self.seen.contains(&batch.id) {
                continue;
            }
            match self.span.place(&batch) {
                Place::Open => continue,
                Place::Before => self.before.add(&batch),
                Place::After => self.after.add(&batch),
                Place::Within => self.take(&batch).await?,
            }
            self.seen.insert(batch.id);
        }
        Ok(())
    }

    /// Reads a batch that is done.
    async fn take(&mut self, batch: &Batch) -> Result<(), Error> {
        if batch.is_success() {
            self.read(&batch.id, visible_at(batch)).await?;
        }
        if batch.metrics.records_failed != Some(0) {
            self.read_refused(&batch.id).await?;
        }
        for error in &batch.errors {
            self.remarks.push(format!(
                "batch {}: {} ({})",
                batch.id, error.description, error.code
            ));
        }
        Ok(())
    }

    async fn read(&mut self, batch: &str, visible: i64) -> Result<(), Error> {
        let what = || Error::platform(format!("read the batch {batch}"));
        let access = self.client.data_access();
        for file in access.batch_files(batch).await.map_err(what())? {
            if !file.name.ends_with(".parquet") {
                continue;
            }
            let bytes = access.read(&file).await.map_err(what())?;
            for rows in rows::batches(bytes)? {
                self.matching.take(&rows?, visible);
            }
        }
        Ok(())
    }

    async fn read_refused(&mut self, batch: &str) -> Result<(), Error> {
        let what = || Error::platform(format!("read what the batch {batch} refused"));
        let access = self.client.data_access();
        for file in access.failed_files(batch).await.map_err(what())? {
            let bytes = access.read(&file).await.map_err(what())?;
            for line in bytes
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty())
            {
                self.matching.refused(line);
            }
        }
        Ok(())
    }

    /// Counts only: the platform's own number of records that became visible in the span.
    async fn metrics(mut self, told: &mut (dyn FnMut(u64, u64) + Send)) -> Result<Landing, Error> {
        let dataset = &self.lookout.applied.dataset;
        let (expected, _) = self.matching.progress();
        let (landed, timed_out) = loop {
            self.pace.look();
            let (from, until) = self.span.visible(Timestamp::now());
            let numbers = self.client.observability();
            let landed = numbers.landed(dataset, from, until).await;
            let landed = landed.map_err(Error::platform("ask how many records landed"))?;
            told(expected, landed.min(expected));
            if landed >= expected && self.pace.is_settled(Duration::ZERO) {
                break (landed, false);
            }
            if (self.lookout.stopped)() || !self.pace.wait().await {
                break (landed, landed < expected);
            }
        };
        self.remark();
        self.remarks.push(
            "counted by the platform's metrics: which records are missing, and whether one is there \
             twice, is not known"
                .to_owned(),
        );
        let surplus = landed.saturating_sub(expected);
        if surplus > 0 {
            self.remarks.push(format!(
                "{surplus} records more than expected are visible: copies, records without an answer that \
                 arrived all the same, or somebody else's"
            ));
        }
        let mut landing = self.matching.finish(timed_out, self.remarks);
        landing.landed = landed.min(expected);
        landing.lost = expected - landing.landed;
        // A number does not tell what they are.
        (landing.unexpected, landing.duplicated) = (surplus, 0);
        landing.lost_examples.clear();
        landing.timed_out = timed_out;
        Ok(landing)
    }
}
