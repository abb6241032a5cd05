//! What is left over: objects that others have replaced, and those that are there twice.

use super::{Job, Step};
use crate::look::doubles;
use crate::{Error, Object};

impl Job<'_> {
    /// Looks for what was created twice since nobody had heard the first answer.
    pub(super) async fn find_doubles(&self) -> Result<(), Error> {
        let known = self.state.flow(&self.spec.name);
        for kind in &known.repeated {
            let found = doubles(self.client, self.spec, *kind, &self.ids()).await?;
            // It may still turn up.
            if !found.is_empty() || !known.is_fresh() {
                self.state.retire(&self.spec.name, *kind, found)?;
            }
        }
        Ok(())
    }

    /// Removes what another object has taken the place of. What can't be removed is left to
    /// `destroy`.
    pub(super) async fn clear_out(&self) -> Result<(), Error> {
        for object in self.state.flow(&self.spec.name).retired {
            let Object { kind, id, .. } = &object;
            match crate::destroy::remove(self.client, &object).await {
                Ok(_) => {
                    self.state.bury(&self.spec.name, id)?;
                    self.tell(Step::Replaced(object));
                }
                Err(error) => self.tell(Step::Remark(format!(
                    "the {} {id}, which another one has replaced, could not be removed: {error}",
                    kind.words()
                ))),
            }
        }
        Ok(())
    }
}
