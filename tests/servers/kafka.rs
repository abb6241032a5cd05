//! Apache Kafka: one node, KRaft, from Maven Central.
//!
//! Two ways in: `PLAIN`, in the clear, and `EH`, which is what Event Hubs has (SASL_SSL; PLAIN with the user
//! `$ConnectionString`, or OAUTHBEARER with a token, here an unsigned one, that has to be renewed).

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};

use super::watched::signal;

const VERSION: &str = "4.3.1";
/// Any 16 bytes in base64.
const CLUSTER_ID: &str = "4L6g3nShT-eMCtK--X86sw";
/// The password of the user `$ConnectionString`.
pub(crate) const CONNECTION_STRING: &str =
    "Endpoint=sb://localhost/;SharedAccessKeyName=k;SharedAccessKey=c2VjcmV0";
const START_PATIENCE: Duration = Duration::from_mins(2);
/// Java's options for a broker that starts quickly and leaves room for what is tested.
const QUICK: &[&str] = &["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

/// A broker.
pub(crate) struct Kafka {
    folder: PathBuf,
    /// Java's options.
    options: &'static [&'static str],
    plain: u16,
    secure: u16,
    running: Option<Running>,
}

/// The broker's process, and the shell that waits for this process's end to kill it.
struct Running {
    watchdog: Child,
    pid: u32,
}

/// The broker that all tests of a process share, one at a time: they stop it, freeze it and give it
/// quotas. `None` if it can't be had here (see [`have`](super::have)).
pub(crate) fn shared() -> Option<MutexGuard<'static, Kafka>> {
    shared_with(QUICK)
}

/// The same, with these options of Java's if it is not there yet.
pub(crate) fn shared_with(options: &'static [&'static str]) -> Option<MutexGuard<'static, Kafka>> {
    static BROKER: OnceLock<Mutex<Kafka>> = OnceLock::new();
    if !super::have(&["java", "mvn"]) {
        return None;
    }
    let broker = BROKER.get_or_init(|| Mutex::new(Kafka::new(&fetch(), options)));
    let mut broker = broker.lock().unwrap_or_else(PoisonError::into_inner);
    // Whatever a test that failed has left behind.
    broker.thaw();
    if broker.running.is_none() {
        broker.start();
    }
    Some(broker)
}

/// The folder with the jars; fetched if it is not there. Processes that do so at the same time do
/// not disturb each other: each fetches into a folder of its own and renames it.
pub(crate) fn fetch() -> PathBuf {
    let jars = super::cache().join(format!("kafka-{VERSION}")).join("lib");
    if !jars.exists() {
        fs::create_dir_all(super::cache()).unwrap();
        let fresh = tempfile::tempdir_in(super::cache()).unwrap().keep();
        // Maven writes beside the pom, so it gets a copy.
        fs::write(fresh.join("pom.xml"), include_str!("kafka/pom.xml")).unwrap();
        run(Command::new("mvn")
            .args([
                "-q",
                "-B",
                "dependency:copy-dependencies",
                "-DoutputDirectory=lib",
                "-f",
            ])
            .arg(fresh.join("pom.xml")));
        if fs::rename(&fresh, jars.parent().unwrap()).is_err() {
            fs::remove_dir_all(&fresh).unwrap();
        }
    }
    assert!(jars.exists(), "{} was not fetched", jars.display());
    jars
}

fn block_on<T>(what: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(what)
}

/// Runs a command to its end and returns what it printed.
fn run(command: &mut Command) -> String {
    let output = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {talk}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Kafka {
    /// Writes configuration and certificates, formats the data folder and starts the broker.
    fn new(jars: &Path, options: &'static [&'static str]) -> Kafka {
        let folder = tempfile::tempdir().unwrap().keep();
        fs::write(folder.join("jars"), jars.display().to_string()).unwrap();
        let [plain, secure, controller] = free_ports();
        write_certificates(&folder);
        fs::write(
            folder.join("server.properties"),
            properties(&folder, plain, secure, controller),
        )
        .unwrap();
        let mut kafka = Kafka {
            folder,
            options,
            plain,
            secure,
            running: None,
        };
        run(kafka
            .tool("kafka.tools.StorageTool")
            .args(["format", "--standalone", "-t", CLUSTER_ID, "-c"])
            .arg(kafka.folder.join("server.properties")));
        kafka.start();
        kafka
    }

    /// Starts the broker and waits until it answers.
    pub(crate) fn start(&mut self) {
        let log = fs::File::create(self.folder.join("log")).unwrap();
        // The shell's input closes when this process ends, even if it is killed: the tests' broker
        // goes with them.
        let watch = r#""$@" >&2 & echo $!; cat >/dev/null; kill -9 $!; wait; rm -rf "$FOLDER""#;
        let mut watchdog = Command::new("sh")
            .args(["-c", watch, "sh"])
            .arg("java")
            .args(self.options)
            .arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
            .arg("-cp")
            .arg(self.class_path())
            .arg("kafka.Kafka")
            .arg(self.folder.join("server.properties"))
            .env("FOLDER", &self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut pid = String::new();
        BufReader::new(watchdog.stdout.take().unwrap())
            .read_line(&mut pid)
            .unwrap();
        self.running = Some(Running {
            watchdog,
            pid: pid.trim().parse().unwrap(),
        });
        let deadline = Instant::now() + START_PATIENCE;
        let consumer: BaseConsumer = self.client().create().unwrap();
        while consumer
            .fetch_metadata(None, Duration::from_secs(1))
            .is_err()
        {
            let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "Kafka did not start: {log}");
        }
    }

    /// Kills the broker, without a goodbye to its clients. Its data stays.
    pub(crate) fn crash(&mut self) {
        if let Some(Running { mut watchdog, pid }) = self.running.take() {
            signal(pid, "KILL");
            // Without its folder's name the watchdog leaves the data alone.
            let _ = watchdog.kill();
            let _ = watchdog.wait();
        }
    }

    /// Stops the broker's clock: connections stay, nothing is answered.
    pub(crate) fn freeze(&self) {
        self.running
            .as_ref()
            .inspect(|running| signal(running.pid, "STOP"));
    }

    /// Lets the frozen broker go on.
    pub(crate) fn thaw(&self) {
        self.running
            .as_ref()
            .inspect(|running| signal(running.pid, "CONT"));
    }

    /// The way in that is in the clear.
    pub(crate) fn bootstrap(&self) -> String {
        format!("127.0.0.1:{}", self.plain)
    }

    /// The way in that is like Event Hubs'.
    pub(crate) fn secure_bootstrap(&self) -> String {
        format!("localhost:{}", self.secure)
    }

    /// The authority that signed the certificate of the secure way in, a PEM file.
    pub(crate) fn ca_certificate(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// A file with a connection string that the secure way in takes.
    pub(crate) fn connection_string(&self) -> PathBuf {
        self.folder.join("connection-string")
    }

    /// Makes a topic that was not there before.
    pub(crate) fn create_topic(&self, name: &str, partitions: i32) {
        let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
        let admin = self.admin();
        let made = block_on(admin.create_topics([&topic], &AdminOptions::new())).unwrap();
        assert_eq!(made, [Ok(name.to_owned())]);
    }

    /// Gives a topic more partitions: so many in all.
    pub(crate) fn add_partitions(&self, name: &str, partitions: usize) {
        let admin = self.admin();
        let more = NewPartitions::new(name, partitions);
        let grown = block_on(admin.create_partitions([&more], &AdminOptions::new())).unwrap();
        assert_eq!(grown, [Ok(name.to_owned())]);
    }

    /// Deletes a topic. Its files are gone a second later.
    pub(crate) fn delete_topic(&self, name: &str) {
        let admin = self.admin();
        let gone = block_on(admin.delete_topics(&[name], &AdminOptions::new())).unwrap();
        assert_eq!(gone, [Ok(name.to_owned())]);
    }

    /// How many records each partition of a topic has, by Kafka's own tool.
    pub(crate) fn counts(&self, topic: &str) -> BTreeMap<i32, u64> {
        let bootstrap = self.bootstrap();
        let arguments = ["--bootstrap-server", &bootstrap, "--topic", topic];
        let printed = run(self
            .tool("org.apache.kafka.tools.GetOffsetShell")
            .args(arguments));
        let line = |line: &str| {
            let (partition, end) = line
                .strip_prefix(topic)?
                .strip_prefix(':')?
                .split_once(':')?;
            Some((partition.parse().ok()?, end.parse().ok()?))
        };
        printed
            .lines()
            .map(|text| line(text).unwrap_or_else(|| panic!("{text}")))
            .collect()
    }

    /// All records of a topic as lines of key (`null` if there is none), tab and value, by Kafka's own
    /// consumer; records of one partition in their order.
    pub(crate) fn lines(&self, topic: &str) -> Vec<String> {
        self.lines_with(topic, &["print.key"])
    }

    /// All records of a topic as lines, with what these properties of Kafka's own consumer ask for before the
    /// value.
    pub(crate) fn lines_with(&self, topic: &str, properties: &[&str]) -> Vec<String> {
        let count: u64 = self.counts(topic).values().sum();
        if count == 0 {
            return Vec::new();
        }
        let (bootstrap, count) = (self.bootstrap(), count.to_string());
        let printed = run(self
            .tool("org.apache.kafka.tools.consumer.ConsoleConsumer")
            .args([
                "--bootstrap-server",
                &bootstrap,
                "--topic",
                topic,
                "--from-beginning",
                "--max-messages",
                &count,
                "--timeout-ms",
                "60000",
            ])
            .args(properties.iter().flat_map(|property| {
                [
                    "--formatter-property".to_owned(),
                    format!("{property}=true"),
                ]
            })));
        printed.lines().map(str::to_owned).collect()
    }

    /// Limits what all clients together may write, in bytes a second; `None` lifts the limit.
    pub(crate) fn limit_writing(&self, bytes_per_second: Option<u64>) {
        let bootstrap = self.bootstrap();
        let change = bytes_per_second.map_or_else(
            || {
                [
                    "--delete-config".to_owned(),
                    "producer_byte_rate".to_owned(),
                ]
            },
            |rate| {
                [
                    "--add-config".to_owned(),
                    format!("producer_byte_rate={rate}"),
                ]
            },
        );
        run(self
            .tool("kafka.admin.ConfigCommand")
            .args(["--bootstrap-server", &bootstrap, "--alter"])
            .args(["--entity-type", "clients", "--entity-default"])
            .args(change));
    }

    /// Lets who comes with the connection string do only this with a topic, e.g. `Describe`.
    pub(crate) fn allow_only(&self, topic: &str, operation: &str) {
        let bootstrap = self.bootstrap();
        run(self
            .tool("org.apache.kafka.tools.AclCommand")
            .args(["--bootstrap-server", &bootstrap, "--add", "--topic", topic])
            .args(["--allow-principal", "User:$ConnectionString"])
            .args(["--operation", operation]));
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.client().create().unwrap()
    }

    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.bootstrap());
        config
    }

    fn class_path(&self) -> String {
        format!(
            "{}/*",
            fs::read_to_string(self.folder.join("jars")).unwrap()
        )
    }

    /// One of Kafka's own programs.
    fn tool(&self, class: &str) -> Command {
        let mut java = Command::new("java");
        java.args(["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"])
            .arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=error")
            .arg("-cp")
            .arg(self.class_path())
            .arg(class);
        java
    }
}

fn free_ports<const N: usize>() -> [u16; N] {
    let held = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    held.map(|listener| listener.local_addr().unwrap().port())
}

/// `server.pem` (key, certificate, authority), `ca.pem` and `connection-string`.
fn write_certificates(folder: &Path) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    // Another name than the server's, or the server's certificate would look signed by itself.
    authority
        .distinguished_name
        .push(DnType::CommonName, "authority of Hydrant's tests");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let server = CertificateParams::new(names)
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap()
        .pem();
    fs::write(
        folder.join("server.pem"),
        key.serialize_pem() + &server + &ca,
    )
    .unwrap();
    fs::write(folder.join("ca.pem"), ca).unwrap();
    fs::write(folder.join("connection-string"), CONNECTION_STRING).unwrap();
}

fn properties(folder: &Path, plain: u16, secure: u16, controller: u16) -> String {
    let folder = folder.display();
    format!(
        r#"process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAIN://127.0.0.1:{plain},CONTROLLER://127.0.0.1:{controller},EH://127.0.0.1:{secure}
advertised.listeners=PLAIN://127.0.0.1:{plain},EH://localhost:{secure},CONTROLLER://127.0.0.1:{controller}
listener.security.protocol.map=PLAIN:PLAINTEXT,CONTROLLER:PLAINTEXT,EH:SASL_SSL
inter.broker.listener.name=PLAIN
controller.listener.names=CONTROLLER
log.dirs={folder}/data
auto.create.topics.enable=false
log.segment.delete.delay.ms=1000
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
sasl.enabled.mechanisms=PLAIN
listener.name.eh.sasl.enabled.mechanisms=PLAIN,OAUTHBEARER
listener.name.eh.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_$ConnectionString="{CONNECTION_STRING}";
listener.name.eh.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";
listener.name.eh.oauthbearer.connections.max.reauth.ms=3600000
# Whoever comes in the clear may do everything; others, too, unless a topic says who may what.
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
allow.everyone.if.no.acl.found=true
listener.name.eh.ssl.keystore.type=PEM
listener.name.eh.ssl.keystore.location={folder}/server.pem
"#
    )
}
