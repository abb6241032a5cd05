//! Looking for canaries in the dataset: the proof that a flow reads.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use aep_client::Client;
use jiff::Timestamp;
use records::{Template, first_canary};

use super::id_of::Whose;
use super::refusal::Refusal;
use super::rows::{self, Cell};
use super::span::{Place, Span};
use crate::{Applied, Error, Spec};

/// Canaries that were sent in one attempt, and may have landed.
pub struct Canaries<'a> {
    client: &'a Client,
    dataset: &'a str,
    template: &'a Template,
    /// Where the dataset has the record's id.
    id: String,
    /// The number of the first: canaries of earlier attempts, which prove nothing, have lower ones.
    first: u64,
    span: Span,
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
        let id = template.id_field();
        let Some(target) = id.and_then(|id| spec.target_of(id)) else {
            return Err(Error::Missing {
                what: "way to tell a canary from other records".to_owned(),
                help: "canaries need a field of the kind `record_id` that is mapped unchanged, \
                       e.g. `id: _id`"
                    .to_owned(),
            });
        };
        Ok(Canaries {
            client,
            dataset: &applied.dataset,
            template,
            id: target.target_for(applied.tenant.as_deref()),
            first: first_canary(since.as_millisecond()),
            span: Span::since(since),
            seen: BTreeSet::new(),
            refused: None,
        })
    }

    /// The number to give the first of them; the others follow it.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// Whether one has landed by now. Fails if the platform refuses them.
    pub async fn have_landed(&mut self) -> Result<bool, Error> {
        let what = format!("list the batches of the dataset {}", self.dataset);
        let begun = Some(self.span.begun());
        let batches = self.client.catalog().batches(self.dataset, begun).await;
        let batches = batches.map_err(Error::platform(what))?;
        let was_refused = self.refused.is_some();
        for batch in &batches {
            if self.span.place(batch) != Place::Within || self.seen.contains(&batch.id) {
                continue;
            }
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
            let mut read = rows::rows(self.client, &file, vec![self.id.clone()]);
            while let Some(rows) = read.next(batch).await? {
                let ids = rows.columns.iter().flatten().flatten();
                let number = |id: &Cell| self.template.canary_of(&id.text()?);
                let is_one = |id| number(id).is_some_and(|number| number >= self.first);
                if ids.clone().any(is_one) {
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
            let mut found = None;
            let look = |line: &[u8]| {
                let refusal = Refusal::read(self.template, line);
                let is_one = |whose| matches!(whose, Whose::Canary(number) if number >= self.first);
                match refusal.filter(|it| is_one(it.whose)) {
                    Some(refusal) => {
                        found = refusal.reason.or(Some("it gives no reason".to_owned()));
                        ControlFlow::Break(())
                    }
                    None => ControlFlow::Continue(()),
                }
            };
            rows::lines(self.client, &file, look)
                .await
                .map_err(what())?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}
