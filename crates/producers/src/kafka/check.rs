//! What a look at a cluster finds: its brokers, the topic, and whether it takes what is going to be sent.

use std::time::{Duration, Instant};

use options::{ByteSize, about};

use super::admin::{Admin, Retention, Settings};
use super::create::Create;
use super::diagnosis;
use super::endpoint::Endpoint;
use super::making::apart;
use crate::librdkafka::{Client, Rights};
use crate::{Demand, Error, Finding, Findings};

/// How long a cluster may take to say what we may. It is a part of what it says about a topic anyway.
const RIGHTS: Duration = Duration::from_secs(3);

/// Looks at everything that a run needs.
pub(crate) async fn look(
    endpoint: impl FnOnce() -> Result<Endpoint, Error> + Send + 'static,
    create: Create,
    demand: Option<Demand>,
) -> Result<Findings, Error> {
    let (mut findings, asked) = apart(move || look_around(&endpoint()?, &create)).await?;
    if let Some((admin, batch)) = asked {
        // Who may write need not be allowed to ask for this.
        let Settings {
            largest_batch,
            retention,
        } = admin.settings().await;
        findings.extend(largest_batch.map(|limit| fits(batch, limit, demand)));
        findings.extend(retention.map(kept));
    }
    Ok(findings)
}

/// What can be seen without asking for more: and whom to ask for the topic's limit, and how large batches
/// are here. Blocks.
fn look_around(
    endpoint: &Endpoint,
    create: &Create,
) -> Result<(Findings, Option<(Admin, ByteSize)>), Error> {
    let (client, cluster) = endpoint.look("hydrant-check")?;
    let found = endpoint.find(&client, &cluster);
    let found = found.map_err(|code| diagnosis::topic(endpoint, &cluster, Some(code)))?;
    let mut findings = vec![Finding::good("brokers", cluster.brokers.join(", "))];
    let (what, topic) = (endpoint.words.topic, &endpoint.topic);
    let Some(partitions) = found else {
        if !create.wanted {
            return Err(diagnosis::topic(endpoint, &cluster, None));
        }
        let with = match create.topic.partitions {
            Some(count) => counted(count),
            None => "as many partitions as the cluster gives".to_owned(),
        };
        let found = format!("`{topic}` is not there; it will be made with {with}");
        findings.push(Finding::good(what, found));
        return Ok((findings, None));
    };
    let other = create
        .topic
        .partitions
        .filter(|wanted| *wanted != partitions);
    let warning = other.map(|wanted| {
        format!(
            "it was there before; `create` would make it with {}",
            counted(wanted)
        )
    });
    let found = format!("`{topic}` has {}", counted(partitions));
    findings.push(Finding {
        warning,
        ..Finding::good(what, found)
    });
    if endpoint.tuning.idempotence {
        let linger = endpoint.tuning.linger.0;
        findings.extend(round_trip(&client, topic).map(|took| idempotent(took, linger)));
    }
    if endpoint.has_limits
        && let Some(rights) = client.rights(topic, RIGHTS)
    {
        findings.push(allowed(endpoint, &rights)?);
    }
    let admin = endpoint.has_limits.then(|| Admin::new(endpoint));
    let batch = endpoint.tuning.batch_size;
    Ok((findings, admin.transpose()?.map(|admin| (admin, batch))))
}

/// The shortest of a few, since the first may have had to wait for a connection.
fn round_trip(client: &Client, topic: &str) -> Option<Duration> {
    const ANSWER: Duration = Duration::from_secs(2);
    let trips = (0..3).map(|_| {
        let asked = Instant::now();
        client.cluster(Some(topic), ANSWER).map(|_| asked.elapsed())
    });
    trips.filter_map(Result::ok).min()
}

/// librdkafka sends no more to a partition that has five records under way. If others have waited for
/// `linger` by then, it asks again and again whether it may (2.12.1: `rd_kafka_toppar_producer_serve` sets its
/// next look to a time that has passed).
fn idempotent(round_trip: Duration, linger: Duration) -> Finding {
    let millis = round_trip.as_millis() + 1;
    let warning = (round_trip > linger).then(|| {
        format!(
            "with `idempotence` and a shorter `linger` the client spins on up to a core while it waits for \
             answers: with `linger: {millis}ms` it does not, and records are answered as soon"
        )
    });
    Finding {
        warning,
        ..Finding::good("round trip", format!("less than {millis} ms"))
    }
}

/// Whether records may be sent.
fn allowed(endpoint: &Endpoint, rights: &Rights) -> Result<Finding, Error> {
    let (what, topic, words) = (endpoint.words.topic, &endpoint.topic, rights.words());
    if rights.may_write() {
        return Ok(Finding::good("rights", words));
    }
    Err(Error::new(format!(
        "no right to send to the {what} `{topic}`: WRITE is missing, there is {words}"
    ))
    .help(endpoint.words.right_help.clone()))
}

/// A batch is refused as a whole, and what is in it with it.
fn fits(batch: ByteSize, limit: u64, demand: Option<Demand>) -> Finding {
    let most = ByteSize(limit);
    let record = demand.map_or(0, |demand| demand.largest_record);
    let warning = if record > limit {
        Some(format!(
            "records may have up to {record} bytes, and larger ones than that will be rejected: make \
             them smaller, or raise the topic's `max.message.bytes`"
        ))
    } else if batch.0 > limit {
        Some(format!(
            "`batch_size` is {batch}, and a larger batch than the topic takes is rejected with all that \
             is in it: lower `batch_size`, or raise the topic's `max.message.bytes`"
        ))
    } else {
        None
    };
    Finding {
        warning,
        ..Finding::good("limits", format!("a batch may have {most}"))
    }
}

/// For how long the topic keeps records.
fn kept(retention: Retention) -> Finding {
    let found = match retention {
        Retention::For(time) => format!("records are kept for {}", about(time)),
        Retention::ForEver => "records are kept for good".to_owned(),
    };
    Finding::good("retention", found)
}

fn counted(partitions: u32) -> String {
    let s = if partitions == 1 { "" } else { "s" };
    format!("{partitions} partition{s}")
}
