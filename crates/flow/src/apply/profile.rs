//! Letting the schema into the profile.

use super::{Job, Step, create};
use crate::look::{Sighting, by_id};
use crate::survey::profile::{difference, takes_part};
use crate::{Error, Kind, Origin};

impl Job<'_> {
    /// Lets the schema in, if it is Hydrant's: it can't be undone.
    pub(super) async fn enable_profile(&self) -> Result<(), Error> {
        let known = self.state.flow(&self.spec.name);
        let Some(schema) = known.get(Kind::Schema) else {
            return Ok(());
        };
        if schema.origin == Origin::Adopted {
            // Somebody was faster than this apply, and has made it since the first look.
            let facts = by_id(self.client, Kind::Schema, &schema.id).await?;
            let facts = facts.unwrap_or_default();
            if takes_part(&facts) {
                return Ok(());
            }
            // One with this flow's mark is of another apply of the same flow, which has lost against
            // this one and stopped.
            let is_of_this_flow = facts["description"] == *self.spec.description();
            let object = schema.clone();
            let differs = difference(self.spec, &Sighting { object, facts });
            if let Some(differs) = differs.filter(|_| !is_of_this_flow) {
                return Err(Error::Differs {
                    flow: self.spec.name.clone(),
                    differences: format!("the schema {}: {differs}", schema.id),
                });
            }
        }
        let registry = self.client.schema_registry();
        let mut enabled = registry.enable_profile(&schema.id).await;
        let is_early = enabled.as_ref().is_err_and(create::may_be_early);
        if is_early && self.wait_for(&[Kind::Schema, Kind::Identity]).await? {
            enabled = registry.enable_profile(&schema.id).await;
        }
        enabled.map_err(Error::platform("let the schema take part in the profile"))?;
        self.tell(Step::Profile(schema.clone()));
        Ok(())
    }
}
