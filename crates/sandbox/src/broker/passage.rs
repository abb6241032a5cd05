//! A way in to a cluster that listens where it likes and asks nobody who they are.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;

use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, DefaultProducerContext, Producer as _};
use rdkafka::{ClientConfig, bindings};
use tokio::io::copy_bidirectional;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::login;

/// A cluster of one broker that names another address to its clients than the one it listens at.
pub(super) struct Redirected {
    /// The client that the cluster belongs to. It is a producer that nothing is given to.
    client: BaseProducer,
}

impl Redirected {
    /// The broker's clients are told to come to this listener.
    pub(super) fn new(listener: &TcpListener) -> Result<Redirected, String> {
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let client: BaseProducer = ClientConfig::new()
            .set("test.mock.num.brokers", "1")
            .create()
            .map_err(|error| error.to_string())?;
        name_address(&client, address)?;
        Ok(Redirected { client })
    }

    pub(super) fn cluster(&self) -> Result<MockCluster<'_, DefaultProducerContext>, String> {
        let cluster = self.client.client().mock_cluster();
        cluster.ok_or_else(|| "librdkafka made no cluster".to_owned())
    }
}

/// `rd_kafka_mock_broker_set_host_port`, which the `rdkafka` crate does not have as a method.
#[expect(unsafe_code, reason = "the C interface of librdkafka")]
fn name_address(client: &BaseProducer, address: SocketAddr) -> Result<(), String> {
    let host =
        std::ffi::CString::new(address.ip().to_string()).map_err(|error| error.to_string())?;
    // SAFETY: the client lives, and with it the cluster; the host is copied. Of one broker the id is 1.
    unsafe {
        let cluster = bindings::rd_kafka_handle_mock_cluster(client.client().native_ptr());
        if cluster.is_null() {
            return Err("librdkafka made no cluster".to_owned());
        }
        let port = i32::from(address.port());
        bindings::rd_kafka_mock_broker_set_host_port(cluster, 1, host.as_ptr(), port);
    }
    Ok(())
}

/// Takes connections, lets clients log in and passes on what comes, in both directions. Ends when it is
/// dropped.
#[derive(Debug)]
pub(super) struct Passage {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Passage {
    /// From `listener` to the address `to`.
    pub(super) fn open(listener: TcpListener, to: &str) -> Result<Passage, String> {
        let to: SocketAddr = to
            .parse()
            .map_err(|error| format!("the broker is at `{to}`: {error}"))?;
        Passage::start(listener, to).map_err(|error| error.to_string())
    }

    fn start(listener: TcpListener, to: SocketAddr) -> io::Result<Passage> {
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let work = async move {
            tokio::select! {
                taken = take(listener, to) => if let Err(error) = taken {
                    tracing::error!(%error, "the sandbox's Kafka can't be reached any more");
                },
                _ = stopped => {}
            }
        };
        let thread = std::thread::Builder::new()
            .name("sandbox-passage".to_owned())
            .spawn(move || runtime.block_on(work))?;
        Ok(Passage {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// `host:port`.
    pub(super) fn address(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

async fn take(listener: TcpListener, to: SocketAddr) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let (mut client, _) = listener.accept().await?;
        tokio::spawn(async move {
            let passed = async {
                let mut broker = TcpStream::connect(to).await?;
                client.set_nodelay(true)?;
                broker.set_nodelay(true)?;
                login::before(&mut client, &mut broker).await?;
                copy_bidirectional(&mut client, &mut broker).await
            };
            // A side that goes away in the middle is its own business.
            if let Err(error) = passed.await {
                tracing::debug!(%error, "a connection to Kafka broke");
            }
        });
    }
}
