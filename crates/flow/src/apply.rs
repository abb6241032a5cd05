//! Creating what is missing, adopting what is there.

use std::sync::Mutex;

use aep_client::{Client, Request};
use jiff::Timestamp;

use crate::request::Ids;
use crate::settling;
use crate::spec::{SchemaSpec, Spec};
use crate::state::{Object, Origin, State};
use crate::survey::{find, survey};
use crate::{Error, Kind};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was there already.
    Found(Object),
    /// It was created.
    Created(Object),
    /// The state file names it, but it is gone; it will be created again.
    Vanished(Kind),
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
    /// When the first canary was sent, if there were any: what landed since then may hold some, and
    /// a batch that was begun for one may hold records of the run.
    pub canaries_since: Option<Timestamp>,
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
    let survey = survey(client, spec, &state.flow(&spec.name)).await?;
    survey
        .remarks
        .into_iter()
        .for_each(|remark| told(Step::Remark(remark)));
    for kind in survey.vanished {
        state.remove(&spec.name, kind)?;
        told(Step::Vanished(kind));
    }
    let mut found = survey.found;
    let has_schema = survey.ids.ids.contains_key(&Kind::Schema);
    if !has_schema {
        // What hangs on a schema that is gone is of no use to its successor.
        let hangs =
            |kind: Kind| matches!(kind, Kind::Dataset | Kind::TargetConnection | Kind::Flow);
        if let Some(object) = found.iter().find(|object| hangs(object.kind)) {
            return Err(Error::Missing {
                what: format!(
                    "schema `{}` any more, but the {} {} is left of it",
                    spec.name,
                    object.kind.words(),
                    object.id
                ),
                help: "remove what is left with `hydrant flow destroy`, then apply again"
                    .to_owned(),
            });
        }
    }
    for object in found.drain(..) {
        state.put(&spec.name, object.clone())?;
        told(Step::Found(object));
    }
    let job = Job {
        client,
        spec,
        state,
        ids: Mutex::new(survey.ids),
        told: Mutex::new(told),
    };

    // Independent chains at the same time. All of them are waited for, even if one fails: what they
    // create is then known.
    let source = job.chain(&[Kind::BaseConnection, Kind::SourceConnection]);
    let target = async {
        job.chain(&[Kind::FieldGroup, Kind::Schema]).await?;
        let (dataset, mapping) = futures::future::join(
            async {
                job.chain(&[Kind::Identity]).await?;
                job.enable_profile().await?;
                job.chain(&[Kind::Dataset, Kind::TargetConnection]).await
            },
            job.chain(&[Kind::MappingSet]),
        )
        .await;
        dataset.and(mapping)
    };
    let (source, target) = futures::future::join(source, target).await;
    source.and(target)?;
    job.chain(&[Kind::Flow]).await?;
    job.applied().await
}

struct Job<'a> {
    client: &'a Client,
    spec: &'a Spec,
    state: &'a State,
    ids: Mutex<Ids>,
    told: Mutex<&'a mut (dyn FnMut(Step) + Send)>,
}

impl Job<'_> {
    /// One after the other, as far as they are wanted and not there.
    async fn chain(&self, kinds: &[Kind]) -> Result<(), Error> {
        let wanted = self.spec.kinds();
        for kind in kinds.iter().filter(|kind| wanted.contains(kind)) {
            let ids = self.ids();
            if !ids.ids.contains_key(kind) {
                let object = self.create(*kind, &ids).await?;
                self.ids
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .set(*kind, &object.id);
                self.state.put(&self.spec.name, object.clone())?;
                self.tell(match object.origin {
                    Origin::Created => Step::Created(object),
                    Origin::Adopted => Step::Found(object),
                });
            }
        }
        Ok(())
    }

    async fn create(&self, kind: Kind, ids: &Ids) -> Result<Object, Error> {
        /// Creations whose outcome nobody knows are looked for, and tried so many times.
        const TRIES: usize = 3;
        /// What refers to something new may be refused until that can be read; so often.
        const WAITS: usize = 2;
        let name = self.spec.name_of(kind);
        let schema = ids.ids.get(&Kind::Schema).map(|(id, _)| id.as_str());
        // These are found by their schema only, which the survey may not have known.
        let by_schema = matches!(kind, Kind::MappingSet | Kind::Identity);
        let is_old = ids
            .ids
            .get(&Kind::Schema)
            .is_some_and(|(_, origin)| origin.is_some());
        if by_schema && is_old {
            let pending = self.state.flow(&self.spec.name).pending.contains(&kind);
            let origin = if pending {
                Origin::Created
            } else {
                Origin::Adopted
            };
            if let Some(object) = find(self.client, self.spec, kind, schema, origin).await? {
                return Ok(object);
            }
        }
        self.state.intend(&self.spec.name, kind)?;
        let request = self.spec.request(kind, ids);
        let (mut tries, mut waits) = (1, 0);
        loop {
            match self.send(kind, ids, &request).await {
                Ok(id) => {
                    return Ok(Object {
                        kind,
                        name,
                        id,
                        origin: Origin::Created,
                    });
                }
                Err(error) if error.is_unknown() => {
                    let found = find(self.client, self.spec, kind, schema, Origin::Created).await?;
                    match found {
                        Some(object) => return Ok(object),
                        None if tries < TRIES => tries += 1,
                        None => return Err(self.refused(kind, error)),
                    }
                }
                Err(error)
                    if waits < WAITS
                        && settling::may_be_early(&error)
                        && self.settled().await? =>
                {
                    waits += 1;
                }
                Err(error) => {
                    self.state.give_up(&self.spec.name, kind)?;
                    return Err(self.refused(kind, error));
                }
            }
        }
    }

    /// Waits until everything that was created just now can be read; `false`: nothing was.
    async fn settled(&self) -> Result<bool, Error> {
        let new: Vec<_> = self.ids().created().collect();
        settling::readable(self.client, &new).await?;
        Ok(!new.is_empty())
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
                self.client.data_prep().create(&set).await.map(|set| set.id)
            }
            _ => self
                .client
                .flow_service()
                .create(request)
                .await
                .map(|created| created.id),
        }
    }

    fn refused(&self, kind: Kind, error: aep_client::Error) -> Error {
        Error::platform(format!(
            "create the {} `{}`",
            kind.words(),
            self.spec.name_of(kind)
        ))(error)
    }

    async fn enable_profile(&self) -> Result<(), Error> {
        let SchemaSpec::Composed(composed) = &self.spec.schema else {
            return Ok(());
        };
        if !composed.profile {
            return Ok(());
        }
        let schema = self.ids().id(Kind::Schema);
        let enabled = self.client.schema_registry().enable_profile(&schema).await;
        enabled.map_err(Error::platform("let the schema take part in the profile"))
    }

    async fn applied(&self) -> Result<Applied, Error> {
        let ids = self.ids();
        let mut inlet = None;
        if self.spec.source_spec() == aep_client::spec::HTTP_API {
            let base = ids.id(Kind::BaseConnection);
            let found = self
                .client
                .flow_service()
                .get(aep_client::Kind::BaseConnection, &base)
                .await;
            let found = found.map_err(Error::platform("ask where the inlet is"))?;
            let url = found
                .as_ref()
                .and_then(|it| it.rest.get("auth")?.pointer("/params/inletUrl")?.as_str());
            inlet = url.map(str::to_owned);
        }
        Ok(Applied {
            flow: ids.id(Kind::Flow),
            dataset: ids.id(Kind::Dataset),
            schema: ids.id(Kind::Schema),
            tenant: ids.tenant,
            inlet,
            starting_since: self.state.flow(&self.spec.name).starting_since,
            canaries_since: None,
        })
    }

    fn ids(&self) -> Ids {
        self.ids
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }

    fn tell(&self, step: Step) {
        let mut told = self
            .told
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        told(step);
    }
}
