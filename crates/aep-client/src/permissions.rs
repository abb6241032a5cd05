//! What a credential may use: sandboxes, and permissions in one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::request::Request;
use crate::{Client, Error, lenient};

const SANDBOXES: &str = "/data/foundation/sandbox-management/";
const POLICIES: &str = "/data/foundation/access-control/acl/effective-policies";
/// How many sandboxes are asked for at once. The platform may give fewer.
const PAGE: usize = 100;

/// A sandbox of the organisation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Sandbox {
    /// What requests call it.
    #[serde(deserialize_with = "lenient::id")]
    pub name: String,
    /// `active`, or why not: `creating`, `failed`, `deleted`, ….
    #[serde(default, deserialize_with = "lenient::text")]
    pub state: String,
    /// `production` or `development`.
    #[serde(default, rename = "type", deserialize_with = "lenient::text")]
    pub kind: String,
}

impl Sandbox {
    /// Whether objects can be made in it. One that does not say so is taken for active.
    pub fn is_active(&self) -> bool {
        self.state.is_empty() || self.state.eq_ignore_ascii_case("active")
    }
}

#[derive(Deserialize)]
struct Page {
    #[serde(deserialize_with = "lenient::list")]
    sandboxes: Vec<Sandbox>,
}

#[derive(Deserialize)]
struct Effective {
    policies: BTreeMap<String, Value>,
}

impl Client {
    /// The sandboxes that this credential may use
    /// (<https://experienceleague.adobe.com/docs/experience-platform/sandbox/api/available.html>).
    pub async fn sandboxes(&self) -> Result<Vec<Sandbox>, Error> {
        let mut all: Vec<Sandbox> = Vec::new();
        let mut names = BTreeSet::new();
        loop {
            let path = format!("{SANDBOXES}?limit={PAGE}&offset={}", all.len());
            let Page { mut sandboxes } = self.json(&Request::get(path).of_all_sandboxes()).await?;
            sandboxes.retain(|it| names.insert(it.name.clone()));
            if sandboxes.is_empty() {
                return Ok(all);
            }
            all.append(&mut sandboxes);
        }
    }

    /// Which of these permissions, e.g. `manage-datasets`, this credential has in the sandbox
    /// (<https://experienceleague.adobe.com/docs/experience-platform/access-control/api/effective-policies.html>).
    pub async fn permissions(&self, names: &[&str]) -> Result<BTreeSet<String>, Error> {
        const BEFORE: &str = "/permissions/";
        let asked: Vec<_> = names.iter().map(|name| format!("{BEFORE}{name}")).collect();
        let request = Request::post(POLICIES, &asked).repeatable();
        let Effective { policies } = self.json(&request).await?;
        // What is not given is left out.
        let given = policies.into_iter().filter(|(_, rights)| {
            let rights = rights.as_array();
            rights.is_none_or(|rights| !rights.is_empty())
        });
        let given = given.filter_map(|(name, _)| Some(name.strip_prefix(BEFORE)?.to_owned()));
        Ok(given.collect())
    }
}
