//! Looking for every record in the dataset: Catalog's batches, Data Access's files.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use aep_client::Client;
use batch::Nanos;
use jiff::Timestamp;
use measure::{Landing, LaneLedger};
use records::Template;

use super::matching::Matching;
use super::ordinals::Sent;
use super::{By, LandedOptions, rows};
use crate::{Applied, Error, Spec};

/// How soon to look again at first.
const FIRST: Duration = Duration::from_millis(200);
/// And how seldom at last.
const LAST: Duration = Duration::from_secs(30);
/// A batch that was begun so long before the run may still be open when it begins.
const BEGUN_BEFORE: Duration = Duration::from_hours(1);

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
    let id = lookout.template.id_field().map(str::to_owned);
    let target = id.as_deref().and_then(|id| lookout.spec.target_of(id));
    let (Some(id), Some(target)) = (id, target) else {
        return Err(Error::Missing {
            what: "mapping of the record's id".to_owned(),
            help: "verification needs a field of the kind `record_id` that is mapped unchanged, \
                   e.g. `id: _id`"
                .to_owned(),
        });
    };
    let tenant = lookout.applied.tenant.as_deref();
    let id = (id, target.target_for(tenant));
    let lines = lookout.spec.mapping.iter().filter(|line| line.is_field());
    let fields = lines
        .map(|line| (line.source.clone(), line.target_for(tenant)))
        .collect();
    let sent = Sent::of(lookout.sent);
    let matching = Matching::new(
        lookout.template,
        id,
        fields,
        lookout.started_at,
        lookout.due,
        sent,
    );
    let look = Look {
        client,
        lookout,
        matching,
        seen: BTreeSet::new(),
        remarks: Vec::new(),
    };
    match lookout.options.by.unwrap_or_default() {
        By::Files => look.files(told).await,
        By::Metrics => look.metrics(told).await,
    }
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
    matching: Matching<'a>,
    /// Batches that were read.
    seen: BTreeSet<String>,
    remarks: Vec<String>,
}

impl Look<'_> {
    async fn files(mut self, told: &mut (dyn FnMut(u64, u64) + Send)) -> Result<Landing, Error> {
        let mut pace = Pace::new(self.lookout.options);
        let mut was_complete = false;
        loop {
            self.look().await?;
            let (expected, found) = self.matching.progress();
            told(expected, found);
            // Once more after the last one was found: copies may come later.
            if self.matching.is_complete() {
                if was_complete {
                    return Ok(self.matching.finish(false, self.remarks));
                }
                was_complete = true;
            }
            if (self.lookout.stopped)() {
                self.remarks
                    .push("interrupted before all records were looked for".to_owned());
                return Ok(self.matching.finish(true, self.remarks));
            }
            if !pace.wait().await {
                return Ok(self.matching.finish(true, self.remarks));
            }
        }
    }

    /// Reads every batch that is done and was not read.
    async fn look(&mut self) -> Result<(), Error> {
        let dataset = &self.lookout.applied.dataset;
        // A batch that was begun for a canary may hold the run's first records.
        let canaries = self.lookout.applied.canaries_since;
        let since = canaries.unwrap_or(self.lookout.started_at).as_millisecond();
        let begun = since - BEGUN_BEFORE.as_millis() as i64;
        let batches = self.client.catalog().batches(dataset, Some(begun)).await;
        let batches = batches.map_err(Error::platform(format!(
            "list the batches of the dataset {dataset}"
        )))?;
        for batch in batches {
            // What was done before the run began holds nothing of it; what was only begun may.
            let is_older = batch.updated.max(batch.created) < since;
            if is_older || !batch.is_over() || self.seen.contains(&batch.id) {
                continue;
            }
            if batch.is_success() {
                self.read(&batch.id, batch.updated.max(batch.created))
                    .await?;
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
            self.seen.insert(batch.id);
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

    /// Counts only: the platform's own number of records that landed since the start.
    async fn metrics(mut self, told: &mut (dyn FnMut(u64, u64) + Send)) -> Result<Landing, Error> {
        let dataset = self.lookout.applied.dataset.clone();
        let mut pace = Pace::new(self.lookout.options);
        let (expected, _) = self.matching.progress();
        let (landed, timed_out) = loop {
            let until = Timestamp::now();
            let landed = self
                .client
                .observability()
                .landed(&dataset, self.lookout.started_at, until)
                .await;
            let landed = landed.map_err(Error::platform("ask how many records landed"))?;
            told(expected, landed.min(expected));
            if landed >= expected {
                break (landed, false);
            }
            if (self.lookout.stopped)() || !pace.wait().await {
                break (landed, true);
            }
        };
        self.remarks.push(
            "counted by the platform's metrics: which records are missing, and whether one is there \
             twice, is not known"
                .to_owned(),
        );
        let mut landing = self.matching.finish(timed_out, self.remarks);
        landing.landed = landed.min(expected);
        landing.lost = expected - landing.landed;
        landing.duplicated = landed.saturating_sub(expected);
        landing.lost_examples.clear();
        landing.timed_out = timed_out;
        Ok(landing)
    }
}

/// Looks often at first, then seldom, and not for ever.
struct Pace {
    next: Duration,
    longest: Duration,
    deadline: Instant,
}

impl Pace {
    fn new(options: &LandedOptions) -> Pace {
        let every = options
            .every
            .map(|every| Duration::from_nanos(every.as_nanos()));
        Pace {
            next: every.unwrap_or(FIRST),
            longest: every.unwrap_or(LAST),
            deadline: Instant::now() + Duration::from_nanos(options.within().as_nanos()),
        }
    }

    /// Waits for the next look; `false` if the time is up.
    async fn wait(&mut self) -> bool {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        tokio::time::sleep(self.next.min(left)).await;
        self.next = (self.next * 3 / 2).min(self.longest);
        true
    }
}
