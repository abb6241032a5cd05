//! One creation, whatever becomes of its answer.

use std::time::Duration;

use aep_client::{ErrorKind, Request};

use super::{Job, lock};
use crate::look::{Sighting, by_id, find, patiently};
use crate::request::Ids;
use crate::source::Source;
use crate::state::{Object, Origin};
use crate::survey::set;
use crate::{Error, Kind};

/// Creations whose outcome nobody knows are looked for, and tried at least so many times.
const TRIES: usize = 3;
/// What refers to something new may be refused until that can be read; so often.
const WAITS: usize = 2;
/// How long it may take until something new can be read …
const READABLE_WITHIN: Duration = Duration::from_secs(30);
/// … and how often to look.
const LOOK: Duration = Duration::from_millis(100);

impl Job<'_> {
    pub(super) async fn create(&self, kind: Kind, ids: &Ids) -> Result<Object, Error> {
        let was_asked = self.state.flow(&self.spec.name).pending.contains(&kind);
        self.state.intend(&self.spec.name, kind)?;
        let request = self.spec.request(kind, ids);
        let retries = self.client.retries();
        let (mut tries, mut waits, mut pause) = (1, 0, retries.first);
        loop {
            let error = match self.send(kind, ids, &request).await {
                Ok(id) => {
                    return Ok(Object {
                        kind,
                        name: self.spec.name_of(kind),
                        id,
                        origin: Origin::Created,
                    });
                }
                Err(error) => error,
            };
            if error.is_unknown() {
                // As patient as with whatever may be repeated.
                let asked = error.retry_after().unwrap_or(pause);
                tokio::time::sleep(asked.min(retries.retry_after_at_most)).await;
                pause = (pause * 2).min(retries.longest);
                let found = patiently(self.client, async || {
                    find(self.client, self.spec, kind, ids, Origin::Created).await
                });
                match found.await? {
                    Some(Sighting { object, facts }) => {
                        self.note_version(kind, set::version(&facts));
                        return Ok(object);
                    }
                    None if tries < TRIES.max(retries.times + 1) => tries += 1,
                    None => return Err(self.refused(kind, error)),
                }
                self.state.repeat(&self.spec.name, kind)?;
                continue;
            }
            let is_refusal = error.kind() == ErrorKind::Refused;
            let is_ours = was_asked || tries > 1;
            // Titles are unique.
            if is_refusal
                && matches!(kind, Kind::Schema | Kind::FieldGroup)
                && let Some(taken) = self.taken(kind, ids, is_ours, &error).await?
            {
                return Ok(taken);
            }
            if waits < WAITS && may_be_early(&error) && self.wait_for(parts(kind)).await? {
                waits += 1;
                continue;
            }
            // A schema has one primary identity.
            if is_refusal
                && kind == Kind::Identity
                && is_ours
                && let Some(taken) = self.taken(kind, ids, is_ours, &error).await?
            {
                return Ok(taken);
            }
            self.state.give_up(&self.spec.name, kind)?;
            return Err(self.refused(kind, error));
        }
    }

    /// What a creation may have been refused for: somebody else has made the same in the meantime, or
    /// an earlier try of ours has come through.
    async fn taken(
        &self,
        kind: Kind,
        ids: &Ids,
        is_ours: bool,
        error: &aep_client::Error,
    ) -> Result<Option<Object>, Error> {
        let origin = if is_ours {
            Origin::Created
        } else {
            Origin::Adopted
        };
        let look = async || find(self.client, self.spec, kind, ids, origin).await;
        let found = if is_ours && may_be_early(error) {
            // It is there, and will be seen.
            until_readable(look).await?
        } else {
            patiently(self.client, look).await?
        };
        let Some(Sighting { object, .. }) = found else {
            return Ok(None);
        };
        self.state.give_up(&self.spec.name, kind)?;
        // There can't be two of it.
        self.state.retire(&self.spec.name, kind, Vec::new())?;
        Ok(Some(object))
    }

    /// What was created a moment ago may not be known everywhere yet. Whether there was something to
    /// wait for.
    pub(super) async fn wait_for(&self, parts: &[Kind]) -> Result<bool, Error> {
        let (made, ids) = (lock(&self.made).clone(), self.ids());
        let mut waited = false;
        for part in parts.iter().filter(|part| made.contains(part)) {
            let id = ids.id(*part);
            let is_there = async || match part {
                Kind::Identity => {
                    let found = find(self.client, self.spec, *part, &ids, Origin::Created);
                    Ok(found.await?.map(|_| ()))
                }
                _ => Ok(by_id(self.client, *part, &id).await?.map(|_| ())),
            };
            // If that takes too long, the next refusal says what is wrong.
            until_readable(is_there).await?;
            waited = true;
        }
        Ok(waited)
    }

    /// Sends the creation and says the new id.
    async fn send(
        &self,
        kind: Kind,
        ids: &Ids,
        request: &Request,
    ) -> Result<String, aep_client::Error> {
        match kind {
            Kind::FieldGroup | Kind::Schema => self
                .client
                .schema_registry()
                .create(request)
                .await
                .map(|schema| schema.id),
            Kind::Identity => self
                .client
                .schema_registry()
                .describe(request)
                .await
                .map(|it| it.id),
            Kind::Dataset => self.client.catalog().create(request).await,
            Kind::MappingSet => {
                let set = self.spec.new_mapping_set(ids);
                let set = self.client.data_prep().create(&set).await?;
                self.note_version(kind, set.version);
                Ok(set.id)
            }
            _ => self
                .client
                .flow_service()
                .create(request)
                .await
                .map(|created| created.id),
        }
    }

    /// A flow names its mapping set with the set's version.
    fn note_version(&self, kind: Kind, version: u32) {
        if kind == Kind::MappingSet {
            lock(&self.ids).mapping_version = version;
        }
    }

    fn refused(&self, kind: Kind, error: aep_client::Error) -> Error {
        let what = format!("create the {} `{}`", kind.words(), self.spec.name_of(kind));
        let is_licensed = matches!(
            self.spec.source,
            Source::EventHubs { .. } | Source::Kinesis { .. }
        );
        let is_source = matches!(kind, Kind::BaseConnection | Kind::SourceConnection);
        let help = (error.status() == Some(403) && is_source && is_licensed).then(|| {
            "Kinesis and Event Hubs sources need the Real-Time CDP Ultimate licence, and the \
             credential a role with the permission Manage Sources in this sandbox: ask an \
             administrator which of the two is missing"
                .to_owned()
        });
        Error::Platform { what, error, help }
    }
}

/// Looks until something is there, or nothing is to be expected any more.
async fn until_readable<T>(
    mut look: impl AsyncFnMut() -> Result<Option<T>, Error>,
) -> Result<Option<T>, Error> {
    let looking = async {
        loop {
            if let Some(found) = look().await? {
                return Ok(Some(found));
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    let looked = tokio::time::timeout(READABLE_WITHIN, looking).await;
    looked.unwrap_or(Ok(None))
}

/// Whether a refusal may come from an object that can't be read yet.
pub(super) fn may_be_early(error: &aep_client::Error) -> bool {
    matches!(error.status(), Some(400 | 404 | 409 | 422))
}

/// What a creation names by its id.
const fn parts(kind: Kind) -> &'static [Kind] {
    match kind {
        Kind::SourceConnection => &[Kind::BaseConnection],
        Kind::Schema => &[Kind::FieldGroup],
        Kind::Identity | Kind::Dataset | Kind::MappingSet => &[Kind::Schema],
        Kind::TargetConnection => &[Kind::Schema, Kind::Dataset],
        Kind::Flow => &[
            Kind::SourceConnection,
            Kind::TargetConnection,
            Kind::MappingSet,
        ],
        Kind::BaseConnection | Kind::FieldGroup => &[],
    }
}
