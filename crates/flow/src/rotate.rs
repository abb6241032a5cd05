//! New credentials for a source that is there.

use aep_client::{Client, Entity};

use crate::compare::differences;
use crate::look::{Sighting, find};
use crate::request::Ids;
use crate::spec::Spec;
use crate::state::{Object, Origin, State};
use crate::{Error, Kind};

/// A change that somebody else got in front of is tried again so many times.
const TRIES: usize = 3;

/// Puts the scenario's credentials into the base connection that is there, whoever made it: its name and
/// its mark say that it is this flow's. `None`: there is none yet, or the source needs no credentials.
///
/// # Errors
/// The connection leads elsewhere than the scenario's source, or the platform refuses.
pub async fn rotate(client: &Client, spec: &Spec, state: &State) -> Result<Option<Object>, Error> {
    let Some(request) = spec.new_credentials() else {
        return Ok(None);
    };
    let (service, kind) = (client.flow_service(), Kind::BaseConnection);
    let object = match state.flow(&spec.name).get(kind) {
        Some(known) => known.clone(),
        None => match find(client, spec, kind, &Ids::default(), Origin::Adopted).await? {
            Some(Sighting { object, .. }) => object,
            None => return Ok(None),
        },
    };
    let what = || {
        let (words, id) = (kind.words(), &object.id);
        Error::platform(format!("put new credentials into the {words} {id}"))
    };
    let mut tries = 1;
    loop {
        let there = service.get(aep_client::Kind::BaseConnection, &object.id);
        let Some(there) = there.await.map_err(what())? else {
            // `apply` makes another one.
            return Ok(None);
        };
        leads_there(spec, &object, &there)?;
        let patch = service.patch(
            aep_client::Kind::BaseConnection,
            &object.id,
            &there.etag,
            &request,
        );
        match patch.await {
            Ok(_) => return Ok(Some(object)),
            // Another change was faster, or this one was made and its answer got lost. To make it once
            // more does no harm.
            Err(error) if error.status() == Some(412) && tries < TRIES => tries += 1,
            Err(error) => return Err(what()(error)),
        }
    }
}

/// New credentials must not lead a flow to another source.
fn leads_there(spec: &Spec, object: &Object, there: &Entity) -> Result<(), Error> {
    let facts = serde_json::to_value(there).unwrap_or_default();
    let different = differences(spec, Kind::BaseConnection, &Ids::default(), &facts);
    let blocking = different.iter().filter(|it| it.is_blocking);
    let blocking: Vec<_> = blocking
        .map(|it| format!("the {} {}: {it}", object.kind.words(), object.id))
        .collect();
    if blocking.is_empty() {
        return Ok(());
    }
    Err(Error::Differs {
        flow: spec.name.clone(),
        differences: blocking.join("; "),
    })
}
