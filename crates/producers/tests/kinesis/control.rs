//! The control plane: a stream that is missing, private, too small; credentials that expire.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use producers::{Demand, Destination as _, Error, Finding, Lane as Asked, kinesis};

use super::lane::{Lane, options};
use super::server::Server;

pub(super) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

pub(super) fn refusal(options: &kinesis::Options) -> Error {
    let asked = Asked {
        index: 0,
        count: 1,
        clock: batch::Clock::starting_at(std::time::Instant::now()),
        batches: 1,
        records_per_batch: 1,
        bytes_in_flight: 1,
        client_id: String::new(),
    };
    options.open(asked).err().unwrap()
}

#[test]
fn a_missing_stream_is_an_error_unless_it_is_to_be_made() {
    let server = Server::start(1);
    server.stream().exists = false;
    let error = refusal(&options(&server, ""));
    assert!(
        error.message.contains("there is no stream profiles"),
        "{error}"
    );
    assert!(error.help.unwrap().contains("create: true"));
    let made = options(&server, r#""create": {"shards": 3}"#);
    let mut lane = Lane::open(&made);
    lane.send_small(100);
    assert_eq!(lane.finish(), "OK 100");
    assert_eq!(server.stream().calls_of("CreateStream"), 1);
    let remove = || runtime().block_on(made.remove("us-east-1/profiles"));
    assert_eq!(remove(), Ok(true));
    assert!(!server.stream().exists);
    assert_eq!(remove(), Ok(true), "it is gone already");
}

#[test]
fn a_private_stream_can_be_written_to_but_not_spread_over() {
    let server = Server::start(2);
    server.stream().faults.is_private = true;
    let mut lane = Lane::open(&options(&server, ""));
    lane.send_small(100);
    assert_eq!(lane.finish(), "OK 100");
    let error = refusal(&options(&server, r#""spread": "even""#));
    assert!(error.help.unwrap().contains("kinesis:ListShards"));
}

#[test]
fn nobody_there_is_said_at_once() {
    let gone = Server::start(1);
    let mut options = options(&gone, "");
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    options.redirect(&format!("http://{free}"));
    let error = refusal(&options);
    assert!(
        error.help.unwrap().contains("endpoint"),
        "{}",
        error.message
    );
}

fn findings(server: &Server, more: &str, records: f64, largest: u64) -> Vec<Finding> {
    let demand = Demand {
        records_per_second: records,
        bytes_per_second: records * 100.0,
        largest_record: largest,
    };
    runtime()
        .block_on(options(server, more).check_for(demand))
        .unwrap()
}

#[test]
fn a_look_tells_whether_the_stream_will_hold() {
    let server = Server::start(4);
    let found = findings(&server, "", 1_000.0, 100);
    assert_eq!(found[0].found, "profiles in us-east-1 is ACTIVE");
    assert_eq!(found[1].found, "4 shards take 4000 records/s and 4 MiB/s");
    assert!(
        found.iter().all(|finding| finding.warning.is_none()),
        "{found:?}"
    );
    let found = findings(&server, "", 8_500.0, 2_000_000);
    let warnings: Vec<_> = found
        .iter()
        .filter_map(|finding| finding.warning.as_deref())
        .collect();
    assert!(
        warnings[0].starts_with("this load needs 9 shards, the stream has 4"),
        "{warnings:?}"
    );
    assert!(
        warnings[1].starts_with("the largest record has 2000000 bytes"),
        "{warnings:?}"
    );
    let tight = findings(&server, "", 3_900.0, 100);
    assert!(
        tight.iter().any(|finding| finding.what == "headroom"),
        "{tight:?}"
    );
    server.stream().is_on_demand = true;
    let found = findings(&server, "", 8_500.0, 100);
    assert!(
        found[1].warning.as_deref().unwrap().contains("warm it up"),
        "{found:?}"
    );
    server.stream().exists = false;
    let found = findings(&server, r#""create": {"shards": 2}"#, 8_500.0, 100);
    assert!(found[0].found.contains("will be made with 2 shards") && found[0].warning.is_some());
}

/// Hands out a new access key every time it is asked.
#[derive(Debug)]
struct Rotating(Arc<AtomicU64>);

impl ProvideCredentials for Rotating {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let n = self.0.fetch_add(1, Ordering::AcqRel);
        future::ProvideCredentials::ready(match n {
            9 => Err(CredentialsError::not_loaded("not now")),
            n => Ok(Credentials::new(
                format!("KEY{n}"),
                "secret",
                None,
                None,
                "test",
            )),
        })
    }
}

#[test]
fn credentials_that_expire_in_mid_run_are_renewed() {
    let server = Server::start(2);
    let asked = Arc::new(AtomicU64::new(0));
    let mut options = options(&server, r#""retry": {"first": "1ms", "longest": "20ms"}"#);
    options.provide_credentials(SharedCredentialsProvider::new(Rotating(Arc::clone(&asked))));
    let mut lane = Lane::open(&options);
    lane.send_small(200);
    assert_eq!(lane.finish(), "OK 200");
    // The data plane was the last to ask, or the control plane was: both keys are old now.
    let last = asked.load(Ordering::Acquire) - 1;
    for key in 0..=last {
        server.stream().faults.expired = Some(format!("KEY{key}"));
        lane.send_small(200);
        lane.until(|lane| lane.settled() == 200 * (key + 2));
    }
    assert!(
        asked.load(Ordering::Acquire) > last + 1,
        "new ones were asked for"
    );
    lane.until_counted("errors.ExpiredTokenException", 1);
    assert_eq!(lane.fatal, None);
    assert_eq!(server.stream().stored.len() as u64, 200 * (last + 2));
}
