//! What is delivered twice lands twice, the second time when everything seems to be over.

use batch::Nanos;
use flow::verify::{Looking, Lookout};
use flow::{LandedOptions, Spec, State, Upstream};
use jiff::{SignedDuration, Timestamp};
use measure::{Landing, LaneLedger};
use options::{Location, Period};
use records::{Context, Template};
use sandbox::{LandingOptions, Sandbox, SandboxOptions};
use serde_json::Value;
use std::time::Duration;
use tokio::sync::Notify;

/// A batch becomes visible so late.
const DELAY: Duration = Duration::from_secs(1);

#[test]
fn a_copy_that_lands_after_everything_else_is_found() {
    let found = landing(SignedDuration::from_mins(5));
    assert_eq!((found.landed, found.lost, found.duplicated), (3, 0, 1));
    let words = "copies were looked for during";
    let remark = found.remarks.iter().find(|it| it.contains(words));
    assert!(remark.is_some(), "{:?}", found.remarks);
}

/// Sends three records to a flow and the second of them once more as soon as all have landed. They
/// count as having been due so long before.
fn landing(due_before: SignedDuration) -> Landing {
    let sandbox = Sandbox::start(SandboxOptions {
        landing: LandingOptions {
            delay: DELAY,
            ..LandingOptions::default()
        },
        ..SandboxOptions::default()
    })
    .unwrap();
    let client = super::client(&sandbox, 3);
    let options = r#"{"mapping": {"id": "_id", "name": "person.name.firstName"}}"#;
    let options = serde_json::from_str(options).unwrap();
    let upstream = Upstream::HttpApi {
        authenticated: false,
    };
    let spec = Spec::resolve(&options, "late", upstream, &|_| None, &Location::root()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.json");
    let state = State::open(&path, client.organization(), client.sandbox()).unwrap();
    let template = template();
    let lane = LaneLedger {
        first: 0,
        stride: 1,
        scheduled: 3,
        ..LaneLedger::default()
    };
    let job = async {
        let mut silent = |_| {};
        let applied = Box::pin(flow::apply(&client, &spec, &state, &mut silent)).await;
        let applied = applied.unwrap();
        flow::ready::enabled(&client, &applied).await.unwrap();
        let http = reqwest::Client::new();
        let send = async |n: u64| {
            let mut record = Vec::new();
            template.record(n, &mut record);
            let record: Value = serde_json::from_slice(&record).unwrap();
            let request = http.post(applied.inlet.as_ref().unwrap()).json(&record);
            let request = request.header("x-adobe-flow-id", &applied.flow);
            let answer = request.send().await.unwrap();
            assert!(answer.status().is_success(), "{answer:?}");
        };
        for n in 0..3 {
            send(n).await;
        }
        let all_there = Notify::new();
        let mut told = |Looking {
                            expected,
                            landed: found,
                            ..
                        }| {
            if found == expected {
                all_there.notify_one();
            }
        };
        let within = Period::from_secs(6);
        let lookout = Lookout {
            spec: &spec,
            applied: &applied,
            template: &template,
            others: &[],
            due: &|_| Some(Nanos(0)),
            sent: &[lane],
            started_at: Timestamp::now() - due_before,
            ended_at: Timestamp::now(),
            is_later: false,
            options: &LandedOptions {
                within: Some(within),
                ..LandedOptions::default()
            },
            troubled: &|_| {},
            stopped: &|| false,
        };
        let copy = async {
            all_there.notified().await;
            send(1).await;
        };
        let looking = flow::verify::landed(&client, &lookout, &mut told);
        let (found, ()) = tokio::join!(looking, copy);
        found.unwrap()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(job)
}

fn template() -> Template {
    let options = r#"{"fields": {"id": "record_id", "name": "first_name"}}"#;
    let context = Context {
        seed: 1,
        stream: "late".to_owned(),
        start_unix_nanos: 0,
        event_times: std::sync::Arc::new(records::Steps(1_000)),
    };
    Template::compile(&serde_json::from_str(options).unwrap(), &context).unwrap()
}
