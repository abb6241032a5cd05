//! Everything that is not on this machine: the servers, the destinations, the platform.

use std::path::Path;

use futures::future::{join, join_all};
use producers::Server;
use scenario::Resolved;

use crate::network::Network;
use crate::patience::Tell;
use crate::{Look, destination, platform, schemas};

/// Looks at every server, destination and flow of a scenario, all at the same time. `state` is the flows' state
/// file, which may not be there.
pub async fn services(resolved: &Resolved, state: &Path, tell: Tell<'_>) -> Vec<Look> {
    let streams = &resolved.streams;
    let of_streams = join_all(
        streams
            .iter()
            .map(|stream| destination::servers(stream, tell)),
    )
    .await;
    let of_platform = resolved.platform.as_ref().map(platform::servers);
    let mut servers: Vec<Server> = of_streams.iter().flatten().flatten().cloned().collect();
    servers.extend(of_platform.iter().flatten().cloned());
    let network = Network::look(servers, tell).await;

    let streams = streams.iter().zip(of_streams);
    let streams =
        streams.map(|(stream, servers)| destination::look(stream, servers, &network, tell));
    let platform = async {
        match &resolved.platform {
            Some(platform) => platform::look(platform, resolved, state, &network, tell).await,
            None => Vec::new(),
        }
    };
    let registries = join_all(resolved.streams.iter().map(schemas::look)).await;
    let (streams, platform) = join(join_all(streams), Box::pin(platform)).await;
    let mut looks = network.looks();
    looks.extend(streams.into_iter().flatten());
    looks.extend(registries.into_iter().flatten());
    looks.extend(platform);
    looks
}
