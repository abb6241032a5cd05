//! Makes the topic that is missing, and removes what was made: that one, and no other.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::admin::{Admin, Asked};
use super::create::Create;
use super::endpoint::Endpoint;
use crate::creation::{Creation, Told};
use crate::{BoxFuture, Error};

/// How long a topic may take to show after it was made.
const PATIENCE: Duration = Duration::from_secs(15);
/// Between two looks, and between two tries.
const PAUSE: Duration = Duration::from_millis(100);
/// How often it is asked for.
const TRIES: u32 = 3;
/// What a topic is noted as begins with this; the cluster's id and the topic's name follow.
const NOTED: &str = "kafka:";

/// Does something that blocks on a thread of its own, as librdkafka's calls do.
pub(crate) fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> BoxFuture<'static, Result<T, Error>> {
    let (answer, answered) = oneshot::channel();
    let thread = std::thread::Builder::new()
        .name("kafka-look".to_owned())
        .spawn(move || drop(answer.send(work())));
    Box::pin(async move {
        thread.map_err(|error| Error::new(format!("cannot start a thread: {error}")))?;
        answered
            .await
            .unwrap_or_else(|_| Err(Error::new("the look at the cluster broke off")))
    })
}

/// Makes the topic if it is not there, and waits until it shows.
pub(crate) async fn make(
    endpoint: impl Fn() -> Result<Endpoint, Error> + Clone + Send + 'static,
    create: &Create,
    told: Told<'_>,
) -> Result<(), Error> {
    if !create.wanted {
        return Ok(());
    }
    let look = endpoint.clone();
    let Some((admin, noted)) = apart(move || missing(&look()?)).await? else {
        return Ok(());
    };
    told(Creation::Intended(&noted))?;
    let (mut is_ours, mut tries) = (false, 0);
    loop {
        tries += 1;
        match admin.create(&create.topic).await {
            Asked::Made => is_ours = true,
            // Of whoever asked in vain before.
            Asked::Taken => {}
            Asked::Unheard(error) => {
                is_ours = true;
                if tries == TRIES {
                    // What may have been made after all stays noted.
                    return Err(error);
                }
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            Asked::Elsewhere(_) if tries < TRIES => {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            Asked::Elsewhere(error) | Asked::Refused(error) => {
                if !is_ours {
                    told(Creation::NotMade(&noted))?;
                }
                return Err(error);
            }
            Asked::Unknown => {
                told(Creation::NotMade(&noted))?;
                return apart(move || endpoint()?.ask_for_topic()).await;
            }
        }
        break;
    }
    told(if is_ours {
        Creation::Made {
            intended: &noted,
            name: &noted,
        }
    } else {
        Creation::NotMade(&noted)
    })?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let look = endpoint.clone();
        let error = match apart(move || missing(&look()?)).await {
            Ok(None) => return Ok(()),
            Ok(Some(_)) => Error::new("the topic that was made does not show"),
            Err(error) => error,
        };
        if Instant::now() > deadline {
            return Err(error);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Removes the topic that is noted; that it is gone already is no error. `false`: the endpoint is another
/// topic, or in another cluster, and nothing was removed.
pub(crate) async fn remove(
    endpoint: impl FnOnce() -> Result<Endpoint, Error> + Send + 'static,
    topic: &str,
    noted: &str,
) -> Result<bool, Error> {
    let place = noted.strip_prefix(NOTED).and_then(|it| it.rsplit_once('/'));
    let Some((cluster, _)) = place.filter(|(_, name)| *name == topic) else {
        return Ok(false);
    };
    let admin = apart(move || {
        let admin = Admin::new(&endpoint()?)?;
        let cluster = admin.cluster()?;
        Ok((admin, cluster))
    });
    let (admin, found) = admin.await?;
    if found != cluster {
        return Ok(false);
    }
    admin.delete().await.map(|()| true)
}

/// If the topic is missing: who can make it, and how it is noted then.
fn missing(endpoint: &Endpoint) -> Result<Option<(Admin, String)>, Error> {
    if endpoint.has_topic()? {
        return Ok(None);
    }
    let admin = Admin::new(endpoint)?;
    let noted = format!("{NOTED}{}/{}", admin.cluster()?, endpoint.topic);
    Ok(Some((admin, noted)))
}
