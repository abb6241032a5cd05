//! A flow's life on the sandbox: made, interrupted anywhere, verified, removed.

mod at_once;
mod canary;
mod change;
mod commands;
mod copies;
mod crash;
mod credentials;
mod defects;
mod evidence;
mod gone;
mod import;
pub(crate) mod in_profile;
mod init;
mod later;
mod looking;
mod looks;
mod others;
mod profile;
mod rough;
mod rounds;
mod secrets;
mod settle;
mod shared;
mod smoke;
mod state;
mod verify;
mod versions;

use std::path::PathBuf;
use std::time::Duration;

use aep_client::{Client, Retries};
use flow::{Applied, Error, FlowOptions, Spec, State, Step, Upstream};
use options::Location;
use sandbox::{Sandbox, SandboxOptions};
use tempfile::TempDir;

use crate::cli::{Place, Said};

/// A platform, a client and a place for the state file.
pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    pub(crate) client: Client,
    pub(crate) spec: Spec,
    directory: TempDir,
    runtime: tokio::runtime::Runtime,
}

/// A flow with everything that a flow can consist of. Its schema takes no part in the profile: it could
/// not be removed then.
pub(crate) const WHOLE: &str = r#"{
    "name": "bench",
    "schema": {
        "class": "profile",
        "field_groups": ["person_details", "personal_details"],
        "fields": {"level": "string"},
        "identity": {"field": "personalEmail.address", "namespace": "Email"},
        "profile": false
    },
    "mapping": {"id": "_id", "firstName": "person.name.firstName", "email": "personalEmail.address"}
}"#;

/// The same in the profile.
pub(crate) fn in_profile() -> Spec {
    let text = WHOLE.replace(r#""profile": false"#, r#""profile": true"#);
    assert_ne!(text, WHOLE);
    spec(&text)
}

/// One of each kind.
pub(crate) const COMPLETE: [(&str, usize); 9] = [
    ("schemas", 1),
    ("field groups", 1),
    ("descriptors", 1),
    ("datasets", 1),
    ("mapping sets", 1),
    ("connections", 1),
    ("source connections", 1),
    ("target connections", 1),
    ("flows", 1),
];

impl Bench {
    /// With a client that tries a request `tries` times in all.
    pub(crate) fn new(tries: usize) -> Bench {
        let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
        Bench::on(sandbox, |sandbox| client(sandbox, tries))
    }

    pub(crate) fn on(sandbox: Sandbox, client: impl FnOnce(&Sandbox) -> Client) -> Bench {
        let client = client(&sandbox);
        Bench {
            spec: spec(WHOLE),
            client,
            sandbox,
            directory: tempfile::tempdir().unwrap(),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
        }
    }

    pub(crate) fn state_path(&self) -> PathBuf {
        self.directory.path().join("state.json")
    }

    pub(crate) fn state(&self) -> State {
        State::open(
            &self.state_path(),
            self.client.organization(),
            self.client.sandbox(),
        )
        .unwrap()
    }

    /// As a program that is started anew each time.
    pub(crate) fn apply(&self) -> Result<Applied, Error> {
        let state = self.state();
        self.runtime.block_on(Box::pin(flow::apply(
            &self.client,
            &self.spec,
            &state,
            &mut |_| {},
        )))
    }

    /// The same; what it said.
    pub(crate) fn apply_told(&self) -> Vec<Step> {
        let state = self.state();
        let mut steps = Vec::new();
        let mut note = |step| steps.push(step);
        let applied = flow::apply(&self.client, &self.spec, &state, &mut note);
        self.block_on(Box::pin(applied)).unwrap();
        steps
    }

    pub(crate) fn destroy(&self) -> usize {
        let state = self.state();
        let mut told = |_| {};
        let destroyed = flow::destroy(&self.client, &self.spec, &state, &mut told);
        self.runtime.block_on(destroyed).unwrap()
    }

    pub(crate) fn block_on<T>(&self, job: impl Future<Output = T>) -> T {
        self.runtime.block_on(job)
    }

    pub(crate) fn plan(&self) -> flow::Plan {
        let state = self.state().flow(&self.spec.name);
        self.runtime
            .block_on(flow::plan(&self.client, &self.spec, &state))
            .unwrap()
    }

    pub(crate) fn assert_complete(&self, when: &str) {
        assert_eq!(self.sandbox.objects(), COMPLETE, "{when}");
    }

    pub(crate) fn assert_empty(&self, when: &str) {
        let left: Vec<_> = self
            .sandbox
            .objects()
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .collect();
        assert!(left.is_empty(), "{when}: left are {left:?}");
        assert!(
            !self.state_path().exists(),
            "{when}: the state file is still there"
        );
    }
}

pub(crate) fn client(sandbox: &Sandbox, tries: usize) -> Client {
    client_at(sandbox, &sandbox.platform_url(), tries)
}

/// A client that reaches the sandbox at another address.
pub(crate) fn client_at(sandbox: &Sandbox, url: &str, tries: usize) -> Client {
    builder(sandbox, url, tries).build().unwrap()
}

pub(crate) fn builder(sandbox: &Sandbox, url: &str, tries: usize) -> aep_client::Builder {
    Client::builder()
        .organization(sandbox.organization())
        .client_id(sandbox.client_id())
        .client_secret(sandbox.client_secret())
        .platform_url(url)
        .ims_url(url)
        .retries(Retries {
            times: tries - 1,
            first: Duration::from_millis(1),
            longest: Duration::from_millis(2),
            ..Retries::default()
        })
}

pub(crate) fn spec(options: &str) -> Spec {
    let options: FlowOptions = serde_json::from_str(options).unwrap();
    let connection =
        "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=marked-key";
    let upstream = Upstream::EventHubs {
        connection_string: Some(connection.to_owned().into()),
        namespace: None,
        hub: Some("profiles".to_owned()),
        entra: None,
    };
    Spec::resolve(&options, "bench", upstream, &|_| None, &Location::root()).unwrap()
}

/// A scenario for the program, run against a sandbox of the test's own as if it were the platform.
pub(crate) fn scenario(records: u64, within: &str) -> String {
    format!(
        "\
version: 1
name: whole
seed: 11
flow:
  name: whole
  source:
    event_hubs:
      connection_string: {{env: EVENT_HUBS_CONNECTION_STRING}}
      hub: people
  mapping:
    id: _id
    firstName: person.name.firstName
    lastName: person.name.lastName
    email: personalEmail.address
  ready: {{start_up: 0s}}
destination:
  kafka:
    bootstrap_servers: ${{KAFKA_BOOTSTRAP_SERVERS}}
    topic: people
records:
  key: id
  fields:
    id: record_id
    firstName: first_name
    lastName: last_name
    email: email
load:
  - unpaced: {{count: {records}}}
verify:
  landed: {{within: {within}}}
"
    )
}

/// Makes a dataset that outlives every run, and says its id.
pub(crate) fn made_dataset(place: &Place, sandbox: &Sandbox) -> String {
    let text = scenario(1, "1m").replace("name: whole", "name: base");
    place.write("base.yaml", text.replace("hub: people", "hub: others"));
    let mut command = place.command(&["flow", "apply", "base.yaml"]);
    let said = Said::from(command.envs(variables(sandbox)).output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    let state = std::fs::read(place.path("base.hydrant-state.json")).unwrap();
    let state: serde_json::Value = serde_json::from_slice(&state).unwrap();
    let objects = state["flows"]["base"]["objects"].as_array().unwrap();
    let dataset = objects.iter().find(|it| it["kind"] == "dataset").unwrap();
    dataset["id"].as_str().unwrap().to_owned()
}

/// A scenario whose flow lands in this dataset.
pub(crate) fn in_dataset(scenario: &str, dataset: &str) -> String {
    let before = "  mapping:\n";
    assert!(scenario.contains(before));
    scenario.replace(
        before,
        &format!("  dataset: {{id: \"{dataset}\"}}\n{before}"),
    )
}

/// The program's variables for a sandbox.
pub(crate) fn variables(sandbox: &Sandbox) -> Vec<(String, String)> {
    sandbox.env()
}
