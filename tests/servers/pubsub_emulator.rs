//! Google's own Pub/Sub emulator, which comes with the Google Cloud CLI, and a reader that knows
//! nothing of Hydrant: the emulator's REST.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::watched::{Watched, free_ports};

const PROJECT: &str = "projects/hydrant-tests";
/// Where packages put the Google Cloud CLI; `gcloud` itself knows of others.
const ROOTS: &[&str] = &[
    "/usr/lib/google-cloud-sdk",
    "/usr/lib64/google-cloud-sdk",
    "/usr/share/google-cloud-sdk",
    "/opt/google-cloud-sdk",
    "/snap/google-cloud-cli/current",
];

/// An emulator.
pub(crate) struct Emulator {
    process: Watched,
    port: u16,
    runtime: Runtime,
    client: reqwest::Client,
    _folder: tempfile::TempDir,
}

/// A message as the emulator hands it over.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) data: Vec<u8>,
    pub(crate) key: Option<String>,
    pub(crate) attributes: BTreeMap<String, String>,
}

/// The emulator that all tests of a process share, one at a time. `None` if it can't be had here
/// (see [`have`](super::have)).
pub(crate) fn shared() -> Option<MutexGuard<'static, Emulator>> {
    static EMULATOR: OnceLock<Mutex<Emulator>> = OnceLock::new();
    if !super::have(&["java"]) {
        return None;
    }
    let Some(jar) = jar() else {
        super::missing("Google's Pub/Sub emulator (package `google-cloud-cli-pubsub-emulator`)");
        return None;
    };
    let emulator = EMULATOR.get_or_init(|| Mutex::new(Emulator::start(&jar)));
    let emulator = emulator.lock().unwrap_or_else(PoisonError::into_inner);
    // Whatever a test that failed has left behind.
    emulator.thaw();
    Some(emulator)
}

/// The emulator's program, of whichever version is there.
fn jar() -> Option<PathBuf> {
    let asked = Command::new("gcloud")
        .args(["info", "--format=value(installation.sdk_root)"])
        .output();
    let asked = asked.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let jar_below = |root: &Path| {
        let files = root.join("platform/pubsub-emulator/lib").read_dir().ok()?;
        let mut files = files.filter_map(|file| Some(file.ok()?.path()));
        files.find(|path| path.extension().is_some_and(|extension| extension == "jar"))
    };
    let known = ROOTS.iter().find_map(|root| jar_below(Path::new(root)));
    known.or_else(|| jar_below(Path::new(&asked.ok()?)))
}

impl Emulator {
    fn start(jar: &Path) -> Emulator {
        let folder = tempfile::tempdir().unwrap();
        let [port] = free_ports();
        let log = folder.path().join("log");
        let mut process = Watched::start(Path::new("java"), &log, |java| {
            java.args([
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-jar",
            ])
            .arg(jar)
            .arg("--host=127.0.0.1")
            .arg(format!("--port={port}"));
        });
        process.wait_for(port, &log);
        Emulator {
            process,
            port,
            runtime: Runtime::new().unwrap(),
            client: reqwest::Client::new(),
            _folder: folder,
        }
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(crate) fn freeze(&self) {
        self.process.freeze();
    }

    pub(crate) fn thaw(&self) {
        self.process.thaw();
    }

    /// Makes a topic with a subscription of the same name, which keeps order where there is one.
    pub(crate) fn create(&self, name: &str) {
        self.put(&topic(name), &json!({}));
        let body = json!({"topic": topic(name), "enableMessageOrdering": true});
        self.put(&subscription(name), &body);
    }

    /// Makes a subscription that is described like this.
    pub(crate) fn subscribe(&self, name: &str, described: &Value) {
        self.put(&subscription(name), described);
    }

    /// Publishes values of one ordering key.
    pub(crate) fn publish(&self, name: &str, key: &str, values: &[&str]) {
        for values in values.chunks(1_000) {
            let message =
                |value: &&str| json!({"data": STANDARD.encode(value), "orderingKey": key});
            let messages: Vec<_> = values.iter().map(message).collect();
            let path = format!("{}:publish", topic(name));
            self.post(&path, &json!({"messages": messages}));
        }
    }

    /// Deletes a topic.
    pub(crate) fn delete_topic(&self, name: &str) {
        self.delete(&topic(name));
    }

    /// Deletes something by its full name.
    pub(crate) fn delete(&self, name: &str) {
        let request = self.client.delete(self.url(name));
        let response = self.runtime.block_on(request.send()).unwrap();
        assert!(response.status().is_success(), "{response:?}");
    }

    /// Whether something of this full name is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        let response = self
            .runtime
            .block_on(self.client.get(self.url(name)).send());
        response.unwrap().status().is_success()
    }

    /// Has a subscription, by its full name, deliver once more whatever it keeps.
    pub(crate) fn rewind(&self, name: &str) {
        let wanted = json!({"time": "2020-01-01T00:00:00Z"});
        self.post(&format!("{name}:seek"), &wanted);
    }

    /// Everything that has arrived at a subscription since the last call, in its order. Every message
    /// is handed over once.
    pub(crate) fn pull(&self, name: &str) -> Vec<Message> {
        let mut messages = Vec::new();
        let mut empty = 0;
        // One empty answer is no proof that nothing is left.
        while empty < 3 {
            let pulled = self.pull_some(name);
            empty = if pulled.is_empty() { empty + 1 } else { 0 };
            messages.extend(pulled);
        }
        messages
    }

    fn pull_some(&self, name: &str) -> Vec<Message> {
        let subscription = subscription(name);
        let answer = self.post(
            &format!("{subscription}:pull"),
            &json!({"maxMessages": 1000, "returnImmediately": true}),
        );
        let received = answer["receivedMessages"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        if !received.is_empty() {
            let ids: Vec<&Value> = received.iter().map(|message| &message["ackId"]).collect();
            self.post(
                &format!("{subscription}:acknowledge"),
                &json!({"ackIds": ids}),
            );
        }
        received
            .iter()
            .map(|received| message(&received["message"]))
            .collect()
    }

    fn put(&self, name: &str, body: &Value) {
        let request = self.client.put(self.url(name)).json(body);
        let response = self.runtime.block_on(request.send()).unwrap();
        assert!(response.status().is_success(), "{response:?}");
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.client.post(self.url(path)).json(body);
        self.runtime.block_on(async {
            let response = request.send().await.unwrap();
            assert!(response.status().is_success(), "{response:?}");
            response.json().await.unwrap()
        })
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/v1/{path}", self.address())
    }
}

fn message(json: &Value) -> Message {
    let attributes = json["attributes"].as_object().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Message {
        data: STANDARD
            .decode(json["data"].as_str().unwrap_or_default())
            .unwrap(),
        key: text(&json["orderingKey"]),
        attributes: attributes
            .iter()
            .map(|(name, value)| (name.clone(), text(value).unwrap()))
            .collect(),
    }
}

/// A topic's full name.
pub(crate) fn topic(name: &str) -> String {
    format!("{PROJECT}/topics/{name}")
}

/// A subscription's full name.
pub(crate) fn subscription(name: &str) -> String {
    format!("{PROJECT}/subscriptions/{name}")
}
