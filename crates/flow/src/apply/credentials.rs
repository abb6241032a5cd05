//! Whether the service behind the source takes the credentials.

use aep_client::ErrorKind;

use super::{Job, Step};
use crate::source::Source;
use crate::{Error, Kind};

impl Job<'_> {
    /// Asks the platform to try the base connection, so that a wrong key shows now and not when nothing
    /// lands. Where the platform does not try it, that is a remark.
    pub(super) async fn try_connection(&self) -> Result<(), Error> {
        if matches!(self.spec.source, Source::HttpApi { .. }) {
            return Ok(());
        }
        let id = self.ids().id(Kind::BaseConnection);
        let service = self.client.flow_service();
        let mut tried = service.test_connection(&id).await;
        // It may have been made a moment ago.
        let is_early = tried.as_ref().is_err_and(aep_client::Error::is_not_found);
        if is_early && self.wait_for(&[Kind::BaseConnection]).await? {
            tried = service.test_connection(&id).await;
        }
        match tried {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::Credentials {
                connection: id,
                place: self.spec.source.describe(),
            }),
            Err(error) if error.is_no() || error.kind() == ErrorKind::Unavailable => {
                self.tell(Step::Remark(format!(
                    "the platform did not try the credentials of the source: {error}"
                )));
                Ok(())
            }
            Err(error) => Err(Error::platform(format!(
                "try the credentials of the base connection {id}"
            ))(error)),
        }
    }
}
