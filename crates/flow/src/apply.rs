//! Creating what is missing, adopting what is there.

mod clear_out;
mod create;
mod credentials;
mod mapping;
mod profile;

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aep_client::{Client, Operation};
use futures::future::{join, join3};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::look::{by_id, patiently};
use crate::request::Ids;
use crate::spec::Spec;
use crate::state::{Object, Origin, State};
use crate::survey::survey;
use crate::{Difference, Error, Kind};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was there already.
    Found(Object),
    /// It was created.
    Created(Object),
    /// It was pointed to another mapping set, or to a new version of its own.
    Changed(Object),
    /// The schema was let into the profile, which can't be undone.
    Profile(Object),
    /// It was ours, and another one has taken its place.
    Replaced(Object),
    /// It is there and is not as the scenario has it.
    Differs(Kind, Difference),
    /// The state file names it, but it is gone; one will be created.
    Vanished(Object),
    /// Worth saying.
    Remark(String),
}

/// A flow that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The flow's id.
    pub flow: String,
    /// The dataset's id.
    pub dataset: String,
    /// The schema's `$id`.
    pub schema: String,
    /// The organisation's namespace, where the mapping needs it.
    pub tenant: Option<String>,
    /// Where an HTTP API source takes records.
    pub inlet: Option<String>,
    /// When the flow was made or changed, if nobody has yet waited for it to start.
    pub starting_since: Option<Timestamp>,
    /// When the first canary was sent, if no load followed yet: what landed since then may hold some, and
    /// a batch that was begun for one may hold records of the run.
    pub canaries_since: Option<Timestamp>,
    /// When the last batch was done that was there before the load, by the platform's clock, once
    /// somebody has looked: see [`landed_before`](crate::verify::landed_before).
    pub landed_before: Option<Timestamp>,
}

/// Makes everything that the flow needs. What was done is in `state` after every step, so that the
/// next call goes on where this one ended, however it ended.
pub async fn apply(
    client: &Client,
    spec: &Spec,
    state: &State,
    told: &mut (dyn FnMut(Step) + Send),
) -> Result<Applied, Error> {
    state.touch()?;
    let known = state.flow(&spec.name);
    let mut survey = Box::pin(survey(client, spec, &known)).await?;
    for remark in std::mem::take(&mut survey.remarks) {
        told(Step::Remark(remark));
    }
    if let Some(refusal) = survey.refusal(spec) {
        return Err(refusal);
    }
    for object in std::mem::take(&mut survey.vanished) {
        state.remove(&spec.name, object.kind)?;
        told(Step::Vanished(object));
    }
    for object in std::mem::take(&mut survey.found) {
        state.replace(&spec.name, object.clone())?;
        told(Step::Found(object));
    }
    for (kind, differences) in std::mem::take(&mut survey.differences) {
        for difference in differences {
            told(Step::Differs(kind, difference));
        }
    }
    let job = Job {
        client,
        spec,
        state,
        ids: Mutex::new(survey.ids.clone()),
        made: Mutex::default(),
        told: Mutex::new(told),
        has_claim: watch::Sender::new(None),
    };

    // Independent chains at the same time. All of them are waited for, even if one fails: what they
    // create is then known.
    let source = async {
        let claimed = async {
            job.chain(&[Kind::BaseConnection]).await?;
            job.claim().await
        }
        .await;
        job.has_claim.send_replace(Some(claimed.is_ok()));
        claimed?;
        let connection = Box::pin(job.chain(&[Kind::SourceConnection]));
        let (tried, connection) = join(job.try_connection(), connection).await;
        tried.and(connection)
    };
    let target = async {
        job.chain(&[Kind::FieldGroup, Kind::Schema]).await?;
        if !job.is_claimed().await {
            // The source says why.
            return Ok(());
        }
        let dataset = async { job.chain(&[Kind::Dataset, Kind::TargetConnection]).await };
        let mapping = job.chain(&[Kind::MappingSet]);
        let identity = job.chain(&[Kind::Identity]);
        if survey.has_profile || !spec.wants_profile() {
            let all = join3(Box::pin(identity), Box::pin(dataset), Box::pin(mapping));
            let (identity, dataset, mapping) = all.await;
            return identity.and(dataset).and(mapping);
        }
        // A dataset of the profile needs a schema that takes part in it, which needs the identity.
        let dataset = Box::pin(async {
            identity.await?;
            job.enable_profile().await?;
            dataset.await
        });
        let (dataset, mapping) = join(dataset, Box::pin(mapping)).await;
        dataset.and(mapping)
    };
    let (source, target) = join(Box::pin(source), Box::pin(target)).await;
    source.and(target)?;
    job.repoint(&survey).await?;
    job.flow().await?;
    if survey.is_disabled {
        job.enable().await?;
    }
    job.find_doubles().await?;
    job.clear_out().await?;
    job.applied().await
}

struct Job<'a> {
    client: &'a Client,
    spec: &'a Spec,
    state: &'a State,
    ids: Mutex<Ids>,
    /// What this apply created.
    made: Mutex<BTreeSet<Kind>>,
    told: Mutex<&'a mut (dyn FnMut(Step) + Send)>,
    /// Whether the flow is ours to make; `None`: not known yet.
    has_claim: watch::Sender<Option<bool>>,
}

impl Job<'_> {
    /// One after the other, as far as they are wanted and not there.
    async fn chain(&self, kinds: &[Kind]) -> Result<(), Error> {
        let wanted = self.spec.kinds();
        for kind in kinds.iter().filter(|kind| wanted.contains(kind)) {
            let ids = self.ids();
            if !ids.ids.contains_key(kind) {
                let object = self.create(*kind, &ids).await?;
                lock(&self.ids).set(*kind, &object.id);
                if object.origin == Origin::Created {
                    lock(&self.made).insert(*kind);
                }
                // Only a mapping set is ever made anew while the old one is there.
                self.state.replace(&self.spec.name, object.clone())?;
                self.tell(match object.origin {
                    Origin::Created => Step::Created(object),
                    Origin::Adopted => Step::Found(object),
                });
            }
        }
        Ok(())
    }

    /// Names of connections need not be unique: of two that make the same flow at the same time, the
    /// one whose base connection was first goes on, and the other one takes its own back.
    async fn claim(&self) -> Result<(), Error> {
        let kind = Kind::BaseConnection;
        if !lock(&self.made).contains(&kind) {
            return Ok(());
        }
        let (id, name) = (self.ids().id(kind), self.spec.name_of(kind));
        let what = || Error::platform(format!("see whether there is another {}", kind.words()));
        let service = self.client.flow_service();
        let found = service.find(aep_client::Kind::BaseConnection, &name).await;
        let description = self.spec.description();
        let rank = |it: &aep_client::Entity| {
            let at = it.rest.get("createdAt").and_then(serde_json::Value::as_i64);
            (at.unwrap_or(i64::MAX), it.id.clone())
        };
        let marked: Vec<_> = found
            .map_err(what())?
            .into_iter()
            .filter(|it| it.description == description)
            .collect();
        let ours = marked.iter().find(|it| it.id == id).map(rank);
        // One that can't be read yet is the latest.
        let ours = ours.unwrap_or((i64::MAX, id.clone()));
        let first = marked.iter().filter(|it| it.id != id).map(rank).min();
        let is_ours_too = self.state.flow(&self.spec.name).repeated.contains(&kind);
        let Some((_, theirs)) = first.filter(|first| *first < ours && !is_ours_too) else {
            return Ok(());
        };
        let gone = service.delete(aep_client::Kind::BaseConnection, &id).await;
        let what = Error::platform(format!("take back the {} {id}", kind.words()));
        // One that can't be found yet stays noted, for `destroy`.
        if gone.map_err(what)? {
            self.state.remove(&self.spec.name, kind)?;
        }
        Err(Error::AtOnce {
            flow: self.spec.name.clone(),
            theirs: format!("their {} {theirs}", kind.words()),
        })
    }

    async fn is_claimed(&self) -> bool {
        let mut claim = self.has_claim.subscribe();
        let claimed = claim.wait_for(Option::is_some).await;
        claimed.is_ok_and(|claimed| *claimed == Some(true))
    }

    async fn enable(&self) -> Result<(), Error> {
        let flow = self.ids().id(Kind::Flow);
        let enabled = self.client.flow_service();
        let enabled = enabled.act(&flow, Operation::Enable).await;
        enabled.map_err(Error::platform(format!("enable the flow {flow}")))?;
        self.state.changed(&self.spec.name)?;
        self.tell(Step::Remark(format!(
            "the flow {flow} was disabled, and is enabled again"
        )));
        Ok(())
    }

    async fn applied(&self) -> Result<Applied, Error> {
        let ids = self.ids();
        let mut inlet = None;
        if self.spec.source_spec() == aep_client::spec::HTTP_API {
            let base = ids.id(Kind::BaseConnection);
            inlet = patiently(self.client, async || {
                let found = by_id(self.client, Kind::BaseConnection, &base).await?;
                let url = found
                    .as_ref()
                    .and_then(|it| it.pointer("/auth/params/inletUrl"));
                Ok(url.and_then(serde_json::Value::as_str).map(str::to_owned))
            })
            .await?;
        }
        Ok(Applied {
            flow: ids.id(Kind::Flow),
            dataset: ids.id(Kind::Dataset),
            schema: ids.id(Kind::Schema),
            tenant: ids.tenant,
            inlet,
            starting_since: self.state.flow(&self.spec.name).starting_since,
            canaries_since: self.state.flow(&self.spec.name).canaries_since,
            landed_before: None,
        })
    }

    fn ids(&self) -> Ids {
        lock(&self.ids).clone()
    }

    fn tell(&self, step: Step) {
        let mut told = lock(&self.told);
        told(step);
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
