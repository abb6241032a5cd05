//! Everything that a courier needs, tried out before the clock starts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;

use super::backoff::Backoff;
use super::connection::Connection;
use super::control::Stream;
use super::courier::Courier;
use super::desk::{Desk, Settings};
use super::key::Keyless;
use super::limiter::Portion;
use super::session::Session;
use super::sign::Signer;
use super::target::Target;
use super::{Options, RECORD_BYTES, Spread};
use crate::creation::unheard;
use crate::mailbox::Mailbox;
use crate::{Error, Lane};

/// Finds credentials and shards and connects: when this returns, the first record can go.
pub(super) async fn equip(
    options: &Options,
    lane: &Lane,
    mailbox: Arc<Mailbox>,
) -> Result<Courier, Error> {
    let session = Session::new(options).await?;
    let credentials = session.credentials().await?;
    let stream = Stream::new(options, &session);
    let stream_takes = stream.ready(options, &session.region, &mut unheard).await?;
    let target = Target::new(&session.endpoint, options.ca_certificate.as_deref())?;
    let signer = Signer::new(session.region.clone(), target.scheme, &target.authority)
        .map_err(Error::new)?;
    let settings = settings(options, lane, stream_takes);
    let retry = options.retry.clone().unwrap_or_default();
    let seed = std::process::id()
        .wrapping_mul(2_654_435_761)
        .wrapping_add(lane.index as u32);
    let backoff = Backoff::new(retry.first.0, retry.longest.0, u64::from(seed));
    let mut desk = Desk::new(settings, backoff.clone());
    match stream.list().await? {
        Some(listed) => drop(desk.shards.refresh(&listed, Instant::now())),
        None if options.needs_shards() => {
            return Err(Error::new("the credentials do not allow to list the stream's shards").help(
                "`spread: even`, `aggregate` and `limit_per_shard` need the right kinesis:ListShards",
            ));
        }
        None => {}
    }
    let target = Arc::new(target);
    let mut idle: Vec<_> = (0..options.connections())
        .map(|_| Connection::new(Arc::clone(&target), options.request_timeout()))
        .collect();
    let connected = join_all(idle.iter_mut().map(Connection::connect)).await;
    for result in connected {
        result.map_err(|error| {
            Error::new(error).help("check `region` and `endpoint`, and the way there")
        })?;
    }
    let renewals = Backoff::new(
        Duration::from_secs(1),
        Duration::from_secs(30),
        u64::from(seed),
    );
    Ok(Courier {
        desk,
        idle,
        signer,
        stream,
        credentials,
        provider: session.provider(),
        mailbox,
        clock: lane.clock.clone(),
        outgoing: Vec::new(),
        renewals,
    })
}

fn settings(options: &Options, lane: &Lane, stream_takes: Option<u64>) -> Settings {
    let (stream, is_arn) = match (&options.arn, &options.stream) {
        (Some(arn), _) => (arn.as_str(), true),
        (None, Some(name)) => (name.as_str(), false),
        (None, None) => ("", false),
    };
    let wanted = options.record_size.map(|size| size.0);
    let record_bytes = match (wanted, stream_takes) {
        (Some(wanted), Some(takes)) => wanted.min(takes),
        (wanted, takes) => wanted.or(takes).unwrap_or(RECORD_BYTES),
    };
    Settings {
        spread: options.spread(),
        keyless: match options.spread() {
            Spread::Even => Keyless::Shortest,
            Spread::Auto if stream_takes.is_some() => Keyless::Nothing,
            // With `auto` nobody could look whether the stream does without: a key never does harm.
            Spread::Keys | Spread::Auto => Keyless::Ordinal,
        },
        order_per_key: options.order_per_key == Some(true) && options.spread() == Spread::Keys,
        records: options.batch_records() as usize,
        bytes: options.batch_bytes() as usize,
        linger: options.linger(),
        record_bytes: record_bytes as usize,
        deadline: options.record_deadline(),
        aggregate: options
            .aggregate
            .as_ref()
            .map(|aggregate| aggregate.bytes() as usize),
        portion: options
            .limit_per_shard
            .map(|percent| Portion::of(percent, lane.count)),
        prefix: super::body::prefix(stream, is_arn),
    }
}
