//! Everything that a courier needs, tried out before the clock starts.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use http::header::AUTHORIZATION;

use super::Options;
use super::backoff::Backoff;
use super::call::Call;
use super::courier::{Connection, Courier, Keyring};
use super::desk::{Desk, Settings};
use super::http1;
use super::inlet::Inlet;
use super::token::{header, no_token};
use crate::mailbox::Mailbox;
use crate::{Error, Lane};

/// Gets a token where one is asked for and connects: when this returns, the first record can go.
pub(super) async fn equip(
    options: &Options,
    lane: &Lane,
    mailbox: Arc<Mailbox>,
) -> Result<Courier, Error> {
    let Inlet {
        target,
        uri,
        mut headers,
    } = Inlet::new(options)?;
    let seed = u64::from(std::process::id().wrapping_mul(2_654_435_761)) + lane.index as u64;
    let keyring = match &options.authenticated {
        None => None,
        Some(authenticated) => {
            let tokens = options.tokens.tokens(authenticated)?;
            let token = tokens.get().await.map_err(|error| no_token(&error))?;
            headers.insert(AUTHORIZATION, header(&token)?);
            Some(Keyring {
                tokens,
                token,
                pause: Backoff::new(Duration::from_millis(100), Duration::from_secs(30), seed),
            })
        }
    };
    let retry = options.retry.clone().unwrap_or_default();
    let settings = Settings {
        messages: options.batch() as usize,
        bytes: options.body_bytes() as usize,
        record_bytes: options.record_bytes() as usize,
        linger: options.linger(),
        deadline: options.record_deadline(),
        is_authenticated: keyring.is_some(),
    };
    let mut idle: Vec<_> = (0..options.connections())
        .map(|_| Connection {
            http: http1::Connection::new(Arc::clone(&target), options.request_timeout()),
            call: Call::default(),
        })
        .collect();
    for connected in join_all(idle.iter_mut().map(|one| one.http.connect())).await {
        connected
            .map_err(|error| Error::new(error).help("check `inlet_url`, and the way there"))?;
    }
    Ok(Courier {
        desk: Desk::new(settings, Backoff::new(retry.first.0, retry.longest.0, seed)),
        idle,
        uri,
        headers,
        keyring,
        mailbox,
        clock: lane.clock.clone(),
        outgoing: Vec::new(),
        reported: None,
    })
}
