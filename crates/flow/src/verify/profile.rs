//! Looking a sample of the records up in the Real-Time Customer Profile, while they are sent and after.
//!
//! The profile shows people and not records, merged from all that was ever sent about them. So a record
//! is seen in it when the person it is about has changed since the record was due, and the profile does
//! not show another record of this run in its place.

mod check;
mod identity;
mod looks;
mod sample;
mod values;
mod watch;
mod who;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aep_client::Client;
use options::Share;
use records::Template;
use tokio::runtime::Handle;

use self::identity::Identity;
use self::looks::Looks;
use self::sample::Sample;
use self::who::Who;
use super::landed::fields;
use super::read_back::Due;
use crate::{Applied, Error, Spec};

pub use check::profile_problems;
pub use watch::ProfileWatch;

/// So many records a second can be looked up, each of them once.
pub const LOOK_UPS_PER_SECOND: f64 = looks::AT_ONCE as f64 * watch::REQUESTS_PER_SECOND;

/// So many records can be open at once: due, and not seen yet.
pub const OPEN_MAX: usize = looks::OPEN_MAX;

/// What to look up.
#[derive(Clone)]
pub struct ProfileQuestion<'a> {
    /// The flow that lands the records.
    pub spec: &'a Spec,
    /// What it consists of.
    pub applied: &'a Applied,
    /// What the records are.
    pub template: Arc<Template>,
    /// When each is due; `None`: at no time of its own, and they are looked up at the end.
    pub due: Option<Due>,
    /// What is due before this, from the run's start, has no latency.
    pub measured_from: Duration,
    /// The ordinal behind the load's last, if it has an end.
    pub total: Option<u64>,
    /// What all records come from.
    pub seed: u64,
    /// Which share of them.
    pub sample: Share,
}

impl fmt::Debug for ProfileQuestion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfileQuestion")
            .field("sample", &self.sample)
            .finish_non_exhaustive()
    }
}

/// Looks for people that the platform is known to answer about.
pub struct ProfileLookup {
    client: Client,
    looks: Looks,
}

impl fmt::Debug for ProfileLookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfileLookup").finish_non_exhaustive()
    }
}

impl ProfileLookup {
    /// Finds out by which identity records are known in the profile, and whether it can be asked. Fails
    /// where the records can't come to the profile, or where nobody may look.
    pub async fn open(
        client: &Client,
        question: &ProfileQuestion<'_>,
    ) -> Result<ProfileLookup, Error> {
        let ProfileQuestion { spec, applied, .. } = question;
        let identity = Identity::of(client, spec, applied).await?;
        let tenant = applied.tenant.as_deref();
        let template = Arc::clone(&question.template);
        let who = Who::new(template, identity, fields(spec, tenant));
        if let Some(first) = (0..100).find_map(|n| who.identity_of(n)) {
            let asked = who.look_up(client, &[first]).await;
            asked.map_err(Error::platform("look people up in the profile"))?;
        }
        let sample = Sample::new(question.seed, question.sample);
        Ok(ProfileLookup {
            client: client.clone(),
            looks: Looks::new(who, sample, question.due.clone(), question.total)
                .measuring_from(question.measured_from),
        })
    }

    /// Begins to look.
    pub fn start(self, runtime: &Handle) -> ProfileWatch {
        ProfileWatch::start(runtime, self.client, self.looks)
    }
}
