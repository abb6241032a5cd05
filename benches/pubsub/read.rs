//! The sandbox's Pub/Sub as the server, and two readers.

use std::time::{Duration, Instant};

use google_cloud_auth::credentials::anonymous;
use google_cloud_pubsub::client::Subscriber;
use readers::Reader as _;
use readers::pubsub::{Access, Pubsub, PubsubOptions, Subscription};
use sandbox::{Sandbox, SandboxOptions};

use super::Failed;
use super::rows::{TOPIC, cpu_seconds, print, publish};

const READ_TOPIC: &str = "projects/bench/topics/read";
const SUBSCRIPTION: &str = "projects/bench/subscriptions/read";

/// Says where it is, and answers until it is killed.
#[expect(clippy::print_stdout, reason = "the address has to be told")]
pub(super) fn serve() -> Result<(), Failed> {
    let sandbox = Sandbox::start(SandboxOptions::default())?;
    sandbox.create_pubsub_topic(TOPIC)?;
    sandbox.create_pubsub_topic(READ_TOPIC)?;
    sandbox.create_subscription(SUBSCRIPTION, READ_TOPIC, false)?;
    println!("{}", sandbox.pubsub_host());
    loop {
        std::thread::park();
    }
}

/// Prints the row of the reader that Hydrant's flows use.
pub(super) fn hydrant(address: &str, records: u64) -> Result<(), Failed> {
    let (_, bytes) = publish(READ_TOPIC, 1, address, records)?;
    let (cpu, start) = (cpu_seconds()?, Instant::now());
    let mut reader = Pubsub::open(&PubsubOptions {
        url: format!("http://{address}"),
        access: Access::Anonymous,
        subscription: Subscription::Existing(SUBSCRIPTION.to_owned()),
        streams: None,
    })?;
    let (mut count, mut sum) = (0, 0);
    while count < records {
        let take = &mut |it: readers::Received<'_>| sum += it.value.len() as u64;
        let read = reader.read(Duration::from_secs(10), 10_000, take)?;
        if read.count == 0 {
            return Err(format!("{count} came").into());
        }
        count += read.count as u64;
        reader.settle()?;
    }
    // All acknowledgements are out when it is gone.
    drop(reader);
    let (seconds, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
    print(records, seconds, cpu, bytes)
}

/// Prints the row of the official subscriber.
pub(super) fn official(address: &str, records: u64) -> Result<(), Failed> {
    let (_, bytes) = publish(READ_TOPIC, 1, address, records)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let (cpu, start) = (cpu_seconds()?, Instant::now());
    runtime.block_on(async {
        let subscriber = Subscriber::builder()
            .with_endpoint(format!("http://{address}"))
            .with_credentials(anonymous::Builder::new().build())
            .build()
            .await?;
        let mut stream = subscriber
            .subscribe(SUBSCRIPTION)
            .set_max_outstanding_messages(100_000)
            .build();
        let stop = stream.shutdown_token();
        let (mut count, mut sum) = (0, 0);
        while count < records
            && let Some(next) = stream.next().await
        {
            let (message, handler) = next?;
            sum += message.data.len();
            handler.ack();
            count += 1;
        }
        stop.shutdown().await;
        if count < records || sum == 0 {
            return Err(format!("{count} came").into());
        }
        let (seconds, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
        print(records, seconds, cpu, bytes)
    })
}
