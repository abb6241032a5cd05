//! Which mapping set the flow has.

use super::{Job, Step};
use crate::state::Pointer;
use crate::survey::Survey;
use crate::survey::set::pointer_of;
use crate::{Error, Kind};

impl Job<'_> {
    /// Makes the flow, if it is not there.
    pub(super) async fn flow(&self) -> Result<(), Error> {
        let ids = self.ids();
        if ids.ids.contains_key(&Kind::Flow) {
            return Ok(());
        }
        let (name, pointer) = (&self.spec.name, self.pointer());
        self.state.pointing(name, &pointer)?;
        self.chain(&[Kind::Flow]).await?;
        self.state.pointed(name, &pointer)
    }

    /// Points a flow of ours to the mapping set that the scenario asks for.
    pub(super) async fn repoint(&self, survey: &Survey) -> Result<(), Error> {
        let Some(etag) = &survey.repoint else {
            return Ok(());
        };
        let (name, flow, pointer) = (&self.spec.name, self.ids().id(Kind::Flow), self.pointer());
        let Pointer { id: set, version } = &pointer;
        let what = || Error::platform(format!("point the flow {flow} to the mapping set {set}"));
        let service = self.client.flow_service();
        self.state.pointing(name, &pointer)?;
        let changed = service.point_at_mapping(&flow, etag, (set, *version)).await;
        if let Err(error) = changed {
            // The answer to a change that was made may have been lost; then its etag is stale.
            let there = service.get(aep_client::Kind::Flow, &flow).await;
            let there = there.map_err(what())?.map(|flow| flow.rest);
            let there = there.map(serde_json::Value::Object).unwrap_or_default();
            if pointer_of(&there).as_ref() != Some(&pointer) {
                return Err(what()(error));
            }
        }
        self.state.pointed(name, &pointer)?;
        self.state.changed(name)?;
        if let Some(flow) = self.state.flow(name).get(Kind::Flow) {
            self.tell(Step::Changed(flow.clone()));
        }
        Ok(())
    }

    fn pointer(&self) -> Pointer {
        let ids = self.ids();
        Pointer {
            id: ids.id(Kind::MappingSet),
            version: ids.mapping_version,
        }
    }
}
