//! What a stream is sent to: who we are there, whether it is there, whether it will hold.

use std::time::Duration;

use futures::future::join_all;
use producers::{Error, Findings, Server};
use scenario::ResolvedStream;

use crate::network::Network;
use crate::patience::{Tell, within};
use crate::{Layer, Look};

/// How long it may take to read what stands where: profiles, files, the metadata of a cloud's machine.
const SETTINGS: Duration = Duration::from_secs(15);
/// How long it may take to say who we are.
const IDENTITY: Duration = Duration::from_secs(20);
/// How long a service may take for all questions about a topic or stream.
const SERVICE: Duration = Duration::from_secs(45);

/// Asks every destination whether it is there, whether we may, and whether it will hold.
pub async fn destinations(streams: &[ResolvedStream], tell: Tell<'_>) -> Vec<Look> {
    let looks = streams.iter().map(|stream| service(stream, tell));
    join_all(looks).await.into_iter().flatten().collect()
}

/// The servers of a stream; the error is a look of its own.
pub(crate) async fn servers(stream: &ResolvedStream, tell: Tell<'_>) -> Result<Vec<Server>, Look> {
    if comes_with_its_flow(stream) {
        return Ok(Vec::new());
    }
    let what = format!("the settings of {}", stream.destination.describe());
    let servers = within(SETTINGS, &what, tell, stream.destination.servers()).await;
    flat(servers).map_err(|error| Look::refused(Layer::Credentials, &stream.name, "way in", error))
}

/// An inlet that is made with its flow can't be asked before the flow is there.
fn comes_with_its_flow(stream: &ResolvedStream) -> bool {
    let inlet = stream.options.http_api.as_ref();
    inlet.is_some_and(|inlet| inlet.inlet_url.is_none() && stream.flow.is_some())
}

/// One layer after the other, up to the first that fails.
pub(crate) async fn look(
    stream: &ResolvedStream,
    servers: Result<Vec<Server>, Look>,
    network: &Network,
    tell: Tell<'_>,
) -> Vec<Look> {
    let unseen = |layer: Layer, why: String| {
        let what = stream.destination.describe();
        Look::new(layer, what, why).of(&stream.name).not_looked_at()
    };
    if comes_with_its_flow(stream) {
        return vec![unseen(
            Layer::Destination,
            "it is made with its flow".to_owned(),
        )];
    }
    let servers = match servers {
        Ok(servers) => servers,
        Err(look) => {
            let why = "the way in is not known".to_owned();
            return vec![look, unseen(Layer::Destination, why)];
        }
    };
    if let Some(closed) = network.closed(&servers) {
        let why = format!("there is no way to {}", closed.authority());
        return vec![unseen(Layer::Destination, why)];
    }
    let what = format!("the credentials for {}", stream.destination.describe());
    let identity = within(IDENTITY, &what, tell, stream.destination.identity()).await;
    let mut looks = match flat(identity) {
        Ok(findings) => found(Layer::Credentials, stream, findings),
        Err(error) => {
            let refused = Look::refused(Layer::Credentials, &stream.name, "who we are", error);
            let why = "the credentials do not work".to_owned();
            return vec![refused, unseen(Layer::Destination, why)];
        }
    };
    looks.extend(service(stream, tell).await);
    looks
}

async fn service(stream: &ResolvedStream, tell: Tell<'_>) -> Vec<Look> {
    if comes_with_its_flow(stream) {
        return Vec::new();
    }
    let place = stream.destination.describe();
    let check = match stream.demand {
        Some(demand) => stream.destination.check_for(demand),
        None => stream.destination.check(),
    };
    match flat(within(SERVICE, &place, tell, check).await) {
        Ok(findings) => found(Layer::Destination, stream, findings),
        Err(error) => vec![Look::refused(
            Layer::Destination,
            &stream.name,
            &place,
            error,
        )],
    }
}

fn found(layer: Layer, stream: &ResolvedStream, findings: Findings) -> Vec<Look> {
    let findings = findings.into_iter();
    let looks = findings.map(|finding| Look::found(layer, &stream.name, finding));
    looks.collect()
}

/// Out of time is an error like any other.
fn flat<T>(done: Result<Result<T, Error>, String>) -> Result<T, Error> {
    done.unwrap_or_else(|why| Err(Error::new(why)))
}
