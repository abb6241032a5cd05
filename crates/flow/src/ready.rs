//! When a flow that was just made can be sent to.

use std::time::Duration;

use aep_client::Client;
use jiff::Timestamp;
use options::Period;

use crate::verify::Canaries;
use crate::{Applied, Error, ReadyOptions};

/// Adobe's documentation asks for about five minutes
/// (<https://experienceleague.adobe.com/docs/experience-platform/sources/api-tutorials/collect/streaming.html>).
const START_UP: Period = Period::from_secs(5 * 60);
/// How often to ask whether the flow is enabled.
const ASK: Duration = Duration::from_millis(500);
/// How long it may take to be enabled.
const ENABLED_WITHIN: Duration = Duration::from_mins(5);

/// How long to wait before sending to this flow: nothing, if it has been there for long enough.
pub fn start_up(applied: &Applied, options: &ReadyOptions) -> Duration {
    let Some(since) = applied.starting_since else {
        return Duration::ZERO;
    };
    let default = if options.canary.is_some() {
        Period::from_secs(0)
    } else {
        START_UP
    };
    let wait = options.start_up.unwrap_or(default).0;
    // An earlier apply may have been interrupted while it waited.
    let waited = Timestamp::now().duration_since(since);
    wait.saturating_sub(Duration::try_from(waited).unwrap_or_default())
}

/// How soon to look for a canary at first …
const FIRST_LOOK: Duration = Duration::from_millis(200);
/// … and how seldom at last.
const LAST_LOOK: Duration = Duration::from_secs(10);

/// Looks at the dataset until a canary has landed, until the time is up, or until `go_on`, asked
/// before every look, says no.
pub async fn canary(
    canaries: &mut Canaries<'_>,
    within: Period,
    go_on: &mut (dyn FnMut() -> bool + Send),
) -> Result<(), Error> {
    let looking = async {
        let mut pause = FIRST_LOOK;
        while go_on() && !canaries.have_landed().await? {
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(LAST_LOOK);
        }
        Ok(())
    };
    let deadline = within.0;
    let looked = tokio::time::timeout(deadline, looking).await;
    looked.unwrap_or(Err(Error::NoCanary { within }))
}

/// Waits until the platform says that the flow is enabled.
pub async fn enabled(client: &Client, applied: &Applied) -> Result<(), Error> {
    let what = || Error::platform(format!("ask for the flow {}", applied.flow));
    let asking = async {
        loop {
            let found = client
                .flow_service()
                .get(aep_client::Kind::Flow, &applied.flow)
                .await
                .map_err(what())?;
            // Not readable yet is not there yet: the platform is eventually consistent.
            if found.is_some_and(|flow| flow.state.is_empty() || flow.state == "enabled") {
                return Ok(());
            }
            tokio::time::sleep(ASK).await;
        }
    };
    tokio::time::timeout(ENABLED_WITHIN, asking).await.unwrap_or_else(|_| {
        Err(Error::Missing {
            what: format!("enabled flow {}", applied.flow),
            help: "look at the flow's errors on the platform; `hydrant flow status` shows its state".to_owned(),
        })
    })
}
