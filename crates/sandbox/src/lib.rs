//! A local AEP, a local Kafka-protocol broker, a local Kinesis and a local Pub/Sub in this process, for
//! the quickstart and for tests.
//!
//! [`Sandbox::start`] opens everything on this machine's loopback and [`Sandbox::env`] says how to
//! point a client at it. Its flows really flow: an enabled flow consumes its source from the moment
//! on at which the platform would, maps, validates, and lands Parquet files in its dataset. Wrong
//! calls are refused as the platform refuses them, in its words, and [`Faults`] make it misbehave on
//! purpose.
//!
//! It knows the platform's contract from Adobe's documentation only, and shares no code with
//! Hydrant's own client.

mod broker;
mod faults;
mod kinesis;
mod landing;
mod platform;
mod ports;
mod pubsub;
mod store;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

pub use faults::{Fault, FaultError, Faults, Misbehaviour, Times};
pub use landing::{LandingFaults, LandingOptions};
pub use pubsub::Code;

use crate::broker::Broker;
use crate::kinesis::Kinesis;
use crate::landing::{Brokers, Runner};
use crate::platform::App;
use crate::ports::Listeners;
use crate::pubsub::Pubsub;
use crate::store::Store;

pub(crate) const ORGANIZATION: &str = "5AD9F0C3D15B2E4A0A495C1E@AdobeOrg";
pub(crate) const CLIENT_ID: &str = "sandbox-client";
pub(crate) const CLIENT_SECRET: &str = "sandbox-client-secret";
/// The shared access policy that Kafka's clients log in with.
pub(crate) const HUBS_KEY_NAME: &str = "RootManageSharedAccessKey";
pub(crate) const HUBS_KEY: &str = "sandbox-hubs-key";
pub(crate) const TENANT: &str = "sandboxtenant";
/// The one platform sandbox.
pub(crate) const SANDBOX: &str = "prod";
/// What the credential may ask for, as Adobe lists it for the platform's APIs
/// (<https://developer.adobe.com/developer-console/docs/guides/authentication/ServerToServerAuthentication/>).
pub(crate) const SCOPES: [&str; 5] = [
    "openid",
    "AdobeID",
    "read_organizations",
    "additional_info.projectedProductContext",
    "session",
];

/// How the sandbox behaves.
#[derive(Clone, Debug)]
pub struct SandboxOptions {
    /// The platform's port, which the identity service and the inlets share; Kinesis is at the next one,
    /// then Pub/Sub, then Kafka. `None`: any free ones.
    pub port: Option<u16>,
    /// How long a flow that was enabled takes to start reading.
    pub flow_start: Duration,
    /// How long a token is good for.
    pub token_lifetime: Duration,
    /// How long every call takes, on top.
    pub latency: Duration,
    /// How many calls a second the platform answers; beyond that it says 429. `None`: any number.
    pub rate_limit: Option<f64>,
    /// How long an object stays unreadable after its creation. Until then it is in no list, and what
    /// refers to it is refused.
    pub settle: Duration,
    /// What becomes of records on their way into a dataset.
    pub landing: LandingOptions,
    /// Whether a shard of Kinesis takes and gives no more than one of AWS's: 1000 records and 1 MiB a
    /// second in, five calls a second out.
    pub kinesis_quotas: bool,
    /// Whether clients of Kafka may log in, as those of Event Hubs do. What they send is passed on then,
    /// which costs some throughput; always so where the port is given.
    pub kafka_login: bool,
    /// How many bytes a stream of Kinesis keeps, as text in base64; the oldest go first.
    pub kinesis_memory: usize,
    /// What goes wrong from the start.
    pub faults: Vec<Fault>,
}

impl Default for SandboxOptions {
    fn default() -> SandboxOptions {
        SandboxOptions {
            port: None,
            flow_start: Duration::ZERO,
            token_lifetime: Duration::from_hours(24),
            latency: Duration::ZERO,
            rate_limit: None,
            settle: Duration::ZERO,
            landing: LandingOptions::default(),
            kinesis_quotas: false,
            kafka_login: true,
            kinesis_memory: 256 << 20,
            faults: Vec::new(),
        }
    }
}

/// Why the sandbox could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A port can't be had.
    #[error("cannot start the sandbox: port {port} cannot be had for {endpoint}: {error}")]
    Port {
        /// What was to listen there, in words.
        endpoint: &'static str,
        /// The port; there is none beyond 65535.
        port: u32,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// Something else, e.g. a thread, can't be had.
    #[error("cannot start the sandbox: {0}")]
    Start(#[from] std::io::Error),
    /// The embedded broker does not start.
    #[error("cannot start the sandbox's broker: {0}")]
    Broker(String),
}

impl Error {
    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Error::Port { .. } => Some(
                "four ports in a row have to be free: the platform's, and for Kinesis, Pub/Sub and Kafka \
                 the three behind it; choose others, or none for any free ones",
            ),
            Error::Start(_) | Error::Broker(_) => None,
        }
    }
}

/// A running sandbox. Stops when it is dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    bootstrap: String,
    flow_start: Duration,
    app: Arc<App>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    broker: Broker,
    pubsub: Pubsub,
    kinesis: Kinesis,
}

impl Sandbox {
    /// Starts everything; it answers when this returns.
    pub fn start(options: SandboxOptions) -> Result<Sandbox, Error> {
        let listeners = Listeners::bind(options.port, options.kafka_login)?;
        let listener = listeners.platform;
        let address = listener.local_addr()?;

        let store = Store::new(&options);
        let faults = Arc::new(Faults::new(options.faults));
        let broker = Broker::start(listeners.kafka).map_err(Error::Broker)?;
        let bootstrap = broker.bootstrap().to_owned();
        let pubsub = Pubsub::start(listeners.pubsub, Arc::clone(&faults))?;
        let settings = kinesis::Settings {
            latency: options.latency,
            has_quotas: options.kinesis_quotas,
            memory: options.kinesis_memory,
        };
        let kinesis = Kinesis::start(listeners.kinesis, &settings, Arc::clone(&faults))?;
        let brokers = Brokers {
            kafka: broker.handle(),
            pubsub: pubsub.handle().clone(),
            kinesis: kinesis.handle(),
        };
        let runner = Runner::new(store.clone(), brokers, options.flow_start, &options.landing);
        let app = Arc::new(App::new(
            (options.latency, options.token_lifetime),
            options.rate_limit,
            store,
            runner,
            faults,
            format!("http://{address}"),
        ));

        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let router = platform::router(Arc::clone(&app));
        let thread = std::thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || {
                runtime.block_on(async move {
                    let listener = match tokio::net::TcpListener::from_std(listener) {
                        Ok(listener) => listener,
                        Err(error) => return tracing::error!(%error, "cannot listen"),
                    };
                    tokio::select! {
                        served = axum::serve(listener, router) => {
                            if let Err(error) = served {
                                tracing::error!(%error, "the sandbox stopped serving");
                            }
                        }
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Sandbox {
            address,
            bootstrap,
            flow_start: options.flow_start,
            app,
            stop: Some(stop),
            thread: Some(thread),
            broker,
            pubsub,
            kinesis,
        })
    }

    /// Base address of the platform's APIs.
    pub fn platform_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Base address of the identity service.
    pub fn ims_url(&self) -> String {
        self.platform_url()
    }

    /// Base address of the HTTP inlets.
    pub fn collection_url(&self) -> String {
        self.platform_url()
    }

    /// Base address of a schema registry with the API of Confluent's.
    pub fn registry_url(&self) -> String {
        format!("{}/schema-registry", self.platform_url())
    }

    /// `host:port` of a Kafka broker in the clear.
    pub fn kafka_bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// The address of a Kinesis, in the clear.
    pub fn kinesis_url(&self) -> String {
        self.kinesis.url()
    }

    /// `host:port` of a Pub/Sub that asks for no credentials.
    pub fn pubsub_host(&self) -> String {
        self.pubsub.handle().host()
    }

    /// The one organisation that there is.
    pub fn organization(&self) -> &'static str {
        ORGANIZATION
    }

    /// Its credential.
    pub fn client_id(&self) -> &'static str {
        CLIENT_ID
    }

    /// The credential's secret.
    pub fn client_secret(&self) -> &'static str {
        CLIENT_SECRET
    }

    /// The environment variables that point a client here.
    pub fn env(&self) -> Vec<(String, String)> {
        // As that of Microsoft's emulator, which clients of Event Hubs know to be in the clear.
        let hubs = format!(
            "Endpoint=sb://{};SharedAccessKeyName={HUBS_KEY_NAME};SharedAccessKey={HUBS_KEY};\
             UseDevelopmentEmulator=true;",
            self.bootstrap
        );
        let variables = [
            ("AEP_ORG_ID", ORGANIZATION.to_owned()),
            ("AEP_CLIENT_ID", CLIENT_ID.to_owned()),
            ("AEP_CLIENT_SECRET", CLIENT_SECRET.to_owned()),
            ("AEP_SCOPES", SCOPES.join(",")),
            ("AEP_SANDBOX", SANDBOX.to_owned()),
            ("AEP_PLATFORM_URL", self.platform_url()),
            ("AEP_IMS_URL", self.ims_url()),
            ("AEP_COLLECTION_URL", self.collection_url()),
            (
                "AEP_FLOW_START_UP",
                format!("{}ms", self.flow_start.as_millis()),
            ),
            ("EVENT_HUBS_CONNECTION_STRING", hubs),
            ("KAFKA_BOOTSTRAP_SERVERS", self.bootstrap.clone()),
            ("SCHEMA_REGISTRY_URL", self.registry_url()),
            ("AWS_ENDPOINT_URL_KINESIS", self.kinesis_url()),
            ("AWS_REGION", kinesis::REGION.to_owned()),
            // Calls have to be signed; with what is not asked.
            ("AWS_ACCESS_KEY_ID", "sandbox".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "sandbox-secret".to_owned()),
            ("PUBSUB_EMULATOR_HOST", self.pubsub_host()),
            // Clients want a project; any will do.
            ("PUBSUB_PROJECT_ID", pubsub::PROJECT.to_owned()),
            ("GOOGLE_CLOUD_PROJECT", pubsub::PROJECT.to_owned()),
        ];
        variables
            .map(|(name, value)| (name.to_owned(), value))
            .into()
    }

    /// What goes wrong with calls; changes take effect at once.
    pub fn faults(&self) -> &Faults {
        &self.app.faults
    }

    /// What goes wrong with records on their way into a dataset; likewise.
    pub fn landing_faults(&self) -> &LandingFaults {
        self.app.runner.faults()
    }

    /// Records that a broker dropped before a reader came for them. Anything but 0 means that a loss is
    /// the sandbox's own.
    pub fn dropped_by_broker(&self) -> u64 {
        self.app.runner.dropped_by_broker()
            + self.pubsub.handle().dropped()
            + self.kinesis.service().dropped()
    }

    /// How many objects of each kind there are on the platform, for looking whether everything was
    /// removed: schemas, field groups, datasets, mapping sets, connections of all kinds, flows.
    pub fn objects(&self) -> Vec<(&'static str, usize)> {
        self.app.store.lock().objects()
    }

    /// Empties the platform, as a platform sandbox that is reset. Streams and their records stay.
    pub fn reset(&self) {
        self.app.runner.stop();
        self.app.store.lock().reset();
    }

    /// From now on the service behind a source does not take this secret: base connections that have it
    /// fail their test, and their flows read nothing.
    pub fn revoke(&self, secret: &str) {
        let flows = {
            let mut store = self.app.store.lock();
            store.revoke(secret);
            let broken = store
                .connections
                .all()
                .filter(|(_, it)| store.is_revoked(it));
            broken
                .flat_map(|(id, _)| store.flows_of(id))
                .collect::<Vec<_>>()
        };
        for flow in &flows {
            self.app.runner.enable(flow);
        }
    }

    /// Creates a topic with this many partitions; one that is there already stays as it is.
    pub fn create_topic(&self, name: &str, partitions: u32) {
        self.broker.handle().create_topic(name, partitions);
    }

    /// Creates a stream of Kinesis with this many shards; one that is there already stays as it is.
    pub fn create_stream(&self, name: &str, shards: u32) {
        self.kinesis.service().create(name, shards);
    }

    /// The same of an on-demand stream that distributes records over its shards itself, whatever their
    /// keys are.
    pub fn create_distributing_stream(&self, name: &str, shards: u32) {
        self.kinesis.service().create_distributing(name, shards);
    }

    /// Creates a topic of Pub/Sub by its full name; one that is there already stays as it is. What is
    /// wrong with the name is said in the service's words.
    pub fn create_pubsub_topic(&self, name: &str) -> Result<(), String> {
        self.pubsub.handle().create_topic(name)
    }

    /// Creates a subscription by its full name on a topic that is there; likewise. `ordered`: messages
    /// of one ordering key are delivered in their order.
    pub fn create_subscription(
        &self,
        name: &str,
        topic: &str,
        ordered: bool,
    ) -> Result<(), String> {
        self.pubsub
            .handle()
            .create_subscription(name, topic, ordered)
    }

    /// How many messages of a subscription nobody has acknowledged; `None` if it is not there.
    pub fn unacknowledged(&self, subscription: &str) -> Option<u64> {
        self.pubsub.handle().unacknowledged(subscription)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.app.runner.stop();
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
