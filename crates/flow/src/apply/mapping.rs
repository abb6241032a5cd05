//! A flow that is there, and a mapping that has changed.

use super::{Job, Step};
use crate::survey::Survey;
use crate::survey::set::{mapping_of, version_in};
use crate::{Error, Kind};

impl Job<'_> {
    /// Points a flow of ours to the mapping set that the scenario asks for, in its latest version.
    pub(super) async fn repoint(&self, survey: &Survey) -> Result<(), Error> {
        let Some(etag) = &survey.repoint else {
            return Ok(());
        };
        let ids = self.ids();
        let (flow, set) = (ids.id(Kind::Flow), ids.id(Kind::MappingSet));
        let what = || Error::platform(format!("point the flow {flow} to the mapping set {set}"));
        let service = self.client.flow_service();
        let version = ids.mapping_version;
        let changed = service.point_at_mapping(&flow, etag, (&set, version)).await;
        if let Err(error) = changed {
            // The answer to a change that was made may have been lost; then its etag is stale.
            let there = service.get(aep_client::Kind::Flow, &flow).await;
            let there = there.map_err(what())?.map(|flow| flow.rest);
            let there = there.map(serde_json::Value::Object).unwrap_or_default();
            let is_other_version = version_in(&there).is_some_and(|it| it != u64::from(version));
            if mapping_of(&there) != Some(set.as_str()) || is_other_version {
                return Err(what()(error));
            }
        }
        self.state.changed(&self.spec.name)?;
        if let Some(flow) = self.state.flow(&self.spec.name).get(Kind::Flow) {
            self.tell(Step::Changed(flow.clone()));
        }
        Ok(())
    }
}
