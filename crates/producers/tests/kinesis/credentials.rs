//! Credentials that say when they expire.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use producers::kinesis;

use super::lane::{Lane, options};
use super::server::Server;

/// They are renewed so long before they expire.
const RENEW_BEFORE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// Hands out a new access key every time it is asked, which lives so long; `None`: it has none.
#[derive(Debug)]
struct Mint {
    asked: AtomicU64,
    life: Mutex<Option<Duration>>,
}

#[derive(Debug)]
struct Provider(Arc<Mint>);

impl ProvideCredentials for Provider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let n = self.0.asked.fetch_add(1, Ordering::AcqRel) + 1;
        let life = *self.0.life.lock().unwrap();
        future::ProvideCredentials::ready(match life {
            None => Err(CredentialsError::not_loaded("not now")),
            Some(life) => {
                let expiry = Some(SystemTime::now() + life);
                Ok(Credentials::new(
                    format!("KEY{n}"),
                    "secret",
                    None,
                    expiry,
                    "test",
                ))
            }
        })
    }
}

impl Mint {
    fn of(life: Duration) -> Arc<Mint> {
        Arc::new(Mint {
            asked: AtomicU64::new(0),
            life: Mutex::new(Some(life)),
        })
    }

    fn asked(&self) -> u64 {
        self.asked.load(Ordering::Acquire)
    }

    fn will_give(&self, life: Option<Duration>) {
        *self.life.lock().unwrap() = life;
    }

    fn options(self: &Arc<Mint>, server: &Server) -> kinesis::Options {
        let mut options = options(server, "");
        options.provide_credentials(SharedCredentialsProvider::new(Provider(Arc::clone(self))));
        options
    }
}

/// The number of the key that the last call of all was signed with.
fn last_key(server: &Server) -> u64 {
    let authorization = server.stream().authorization.clone();
    let (_, key) = authorization.split_once("Credential=KEY").unwrap();
    key.split_once('/').unwrap().0.parse().unwrap()
}

#[test]
fn they_are_renewed_before_they_expire_though_nothing_is_sent() {
    let server = Server::start(1);
    let mint = Mint::of(RENEW_BEFORE + Duration::from_millis(1_500));
    let mut lane = Lane::open(&mint.options(&server));
    mint.will_give(Some(HOUR));
    let before = mint.asked();
    // The lane is idle: the courier has to wake up by itself.
    lane.until(|_| mint.asked() > before);
    // What is new is used, and lasts.
    lane.until(|lane| {
        lane.send_small(10);
        lane.finish();
        last_key(&server) == before + 1
    });
    assert_eq!(mint.asked(), before + 1);
    assert_eq!(lane.counter("errors.ExpiredTokenException"), 0);
}

#[test]
fn a_chain_without_new_ones_is_asked_again_and_not_all_the_time() {
    let server = Server::start(1);
    let mint = Mint::of(RENEW_BEFORE / 2);
    let mut lane = Lane::open(&mint.options(&server));
    let before = mint.asked();
    // They expire soon: those of before are good until they do, and new ones can't be had.
    mint.will_give(None);
    lane.until_counted("errors.CredentialsNotRenewed", 2);
    let (calls, asked) = (server.stream().calls_of("PutRecords"), mint.asked());
    for _ in 0..200 {
        lane.send_small(10);
        lane.finish();
    }
    assert_eq!(server.stream().calls_of("PutRecords"), calls + 200);
    assert!(mint.asked() - asked < 100, "it is left alone for a while");
    mint.will_give(Some(HOUR));
    let failed = mint.asked();
    lane.until(|lane| {
        lane.send_small(10);
        lane.finish();
        last_key(&server) > failed.max(before)
    });
    assert_eq!(lane.fatal, None);
}
