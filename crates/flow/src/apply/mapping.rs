//! A flow that is there, and a mapping that has changed.

use super::{Job, Step};
use crate::survey::{Survey, mapping_of};
use crate::{Error, Kind};

impl Job<'_> {
    /// Points a flow of ours to the mapping set that the scenario asks for.
    pub(super) async fn repoint(&self, survey: &Survey) -> Result<(), Error> {
        let Some(etag) = &survey.repoint else {
            return Ok(());
        };
        let ids = self.ids();
        let (flow, set) = (ids.id(Kind::Flow), ids.id(Kind::MappingSet));
        let what = || Error::platform(format!("point the flow {flow} to the mapping set {set}"));
        let service = self.client.flow_service();
        let changed = service.point_at_mapping(&flow, etag, (&set, 0)).await;
        if let Err(error) = changed {
            // The answer to a change that was made may have been lost; then its etag is stale.
            let there = service.get(aep_client::Kind::Flow, &flow).await;
            let there = there.map_err(what())?.map(|flow| flow.rest);
            let there = there.map(serde_json::Value::Object);
            if there.as_ref().and_then(mapping_of) != Some(set.as_str()) {
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
