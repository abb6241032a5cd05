//! Looking for canaries in the dataset: the proof that a flow reads.

use std::collections::BTreeSet;

use aep_client::{Batch, Client};
use jiff::{SignedDuration, Timestamp};
use records::Template;
use serde_json::Value;

use super::rows::{batches, column, text};
use crate::{Applied, Error, Spec};

/// The platform's clock may be behind ours by so much.
const SKEW: SignedDuration = SignedDuration::from_mins(10);

/// Canaries that were sent, and may have landed.
pub struct Canaries<'a> {
    client: &'a Client,
    dataset: &'a str,
    template: &'a Template,
    /// The id's field in the record, and its path in the dataset.
    id: (String, String),
    since: Timestamp,
    /// Batches that were read.
    seen: BTreeSet<String>,
    /// Why the platform refused one.
    refused: Option<String>,
}

impl std::fmt::Debug for Canaries<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Canaries")
            .field("dataset", &self.dataset)
            .finish_non_exhaustive()
    }
}

impl<'a> Canaries<'a> {
    /// The canaries of the stream whose records `template` makes, the first of them sent at `since`.
    pub fn new(
        client: &'a Client,
        spec: &Spec,
        applied: &'a Applied,
        template: &'a Template,
        since: Timestamp,
    ) -> Result<Canaries<'a>, Error> {
        let id = template.id_field().map(str::to_owned);
        let target = id.as_deref().and_then(|id| spec.target_of(id));
        let (Some(id), Some(target)) = (id, target) else {
            return Err(Error::Missing {
                what: "way to tell a canary from other records".to_owned(),
                help: "canaries need a field of the kind `record_id` that is mapped unchanged, \
                       e.g. `id: _id`"
                    .to_owned(),
            });
        };
        let target = target.target_for(applied.tenant.as_deref());
        Ok(Canaries {
            client,
            dataset: &applied.dataset,
            template,
            id: (id, target),
            since,
            seen: BTreeSet::new(),
            refused: None,
        })
    }

    /// Whether one has landed by now. Fails if the platform refuses them.
    pub async fn have_landed(&mut self) -> Result<bool, Error> {
        let what = format!("list the batches of the dataset {}", self.dataset);
        let since = (self.since - SKEW).as_millisecond();
        let catalog = self.client.catalog();
        let batches = catalog.batches(self.dataset, Some(since)).await;
        let batches = batches.map_err(Error::platform(what))?;
        let was_refused = self.refused.is_some();
        let is_news = |batch: &&Batch| batch.is_over() && !self.seen.contains(&batch.id);
        let news: Vec<_> = batches.iter().filter(is_news).collect();
        for batch in news {
            if batch.is_success() && self.is_in(&batch.id).await? {
                return Ok(true);
            }
            if batch.metrics.records_failed != Some(0) && self.refused.is_none() {
                self.refused = self.refusal(&batch.id).await?;
            }
            self.seen.insert(batch.id.clone());
        }
        match &self.refused {
            // Once more: another one may land in the next batch.
            Some(reason) if was_refused => Err(Error::Refused(reason.clone())),
            _ => Ok(false),
        }
    }

    async fn is_in(&self, batch: &str) -> Result<bool, Error> {
        let what = || Error::platform(format!("read the batch {batch}"));
        let access = self.client.data_access();
        for file in access.batch_files(batch).await.map_err(what())? {
            if !file.name.ends_with(".parquet") {
                continue;
            }
            for rows in batches(access.read(&file).await.map_err(what())?)? {
                let rows = rows?;
                let Some(ids) = column(&rows, &self.id.1) else {
                    continue;
                };
                let id = |row| text(&ids, row).is_some_and(|id| self.template.is_canary(&id));
                if (0..rows.num_rows()).any(id) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Why a canary of this batch was refused, if one was.
    async fn refusal(&self, batch: &str) -> Result<Option<String>, Error> {
        let what = || Error::platform(format!("read what the batch {batch} refused"));
        let access = self.client.data_access();
        for file in access.failed_files(batch).await.map_err(what())? {
            let bytes = access.read(&file).await.map_err(what())?;
            let lines = bytes.split(|byte| *byte == b'\n');
            for line in lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok()) {
                if self.is_canary(&line) {
                    return Ok(Some(reason(&line)));
                }
            }
        }
        Ok(None)
    }

    /// The record stands there as it came, or as it was mapped.
    fn is_canary(&self, line: &Value) -> bool {
        [&self.id.0, &self.id.1].into_iter().any(|path| {
            let id = path.split('.').try_fold(line, |at, step| at.get(step));
            id.and_then(Value::as_str)
                .is_some_and(|id| self.template.is_canary(id))
        })
    }
}

/// The platform's words, in either of the places where they stand.
fn reason(line: &Value) -> String {
    let places = [
        "/_validationErrors/0/message",
        "/_errors/_streamingValidation/0/message",
    ];
    let found = places.iter().find_map(|at| line.pointer(at)?.as_str());
    found.unwrap_or("it gives no reason").to_owned()
}
