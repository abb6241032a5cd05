//! Objects that were created a moment ago. The platform is eventually consistent: what refers to one
//! of them may be refused until it can be read.

use std::time::Duration;

use aep_client::Client;

use crate::survey::exists;
use crate::{Error, Kind};

/// How long it may take until something new can be read.
const WITHIN: Duration = Duration::from_secs(30);
/// How often to look.
const LOOK: Duration = Duration::from_millis(100);

/// Whether a refusal may come from an object that can't be read yet.
pub(crate) fn may_be_early(error: &aep_client::Error) -> bool {
    matches!(error.status(), Some(400 | 404 | 409 | 422))
}

/// Waits until all of them can be read, or until that has taken too long: the next refusal says then
/// what is wrong.
pub(crate) async fn readable(client: &Client, objects: &[(Kind, String)]) -> Result<(), Error> {
    let looking = async {
        for (kind, id) in objects {
            while !exists(client, *kind, id).await? {
                tokio::time::sleep(LOOK).await;
            }
        }
        Ok(())
    };
    tokio::time::timeout(WITHIN, looking)
        .await
        .unwrap_or(Ok(()))
}
