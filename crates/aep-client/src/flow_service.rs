//! Connections and flows
//! (<https://developer.adobe.com/experience-platform-apis/references/flow-service/>).

mod new;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use new::{NewBaseConnection, NewFlow, NewSourceConnection, NewTargetConnection};

use crate::lenient::{self, as_count};
use crate::page::{Items, One};
use crate::request::{Request, encoded};
use crate::{Client, Error, ErrorKind};

pub(crate) const BASE: &str = "/data/foundation/flowservice";

/// The Flow Service.
#[derive(Clone, Copy, Debug)]
pub struct FlowService<'a>(pub(crate) &'a Client);

/// The kinds of things that the Flow Service keeps, all handled alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Credentials of a source.
    BaseConnection,
    /// A stream of a source.
    SourceConnection,
    /// A dataset as a target.
    TargetConnection,
    /// What joins them.
    Flow,
}

impl Kind {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Kind::BaseConnection => "connections",
            Kind::SourceConnection => "sourceConnections",
            Kind::TargetConnection => "targetConnections",
            Kind::Flow => "flows",
        }
    }
}

/// The answer to a creation or a change.
#[derive(Clone, Debug, Deserialize)]
pub struct Created {
    /// Its id.
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    /// Its version, in double quotes that belong to it; empty if it is not shown.
    #[serde(default, deserialize_with = "lenient::text")]
    pub etag: String,
}

/// A connection or a flow.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Entity {
    /// Its id.
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: String,
    /// Its description.
    #[serde(default, deserialize_with = "lenient::text")]
    pub description: String,
    /// `enabled`, `disabled`, ….
    #[serde(default, deserialize_with = "lenient::text")]
    pub state: String,
    /// Its version, in double quotes that belong to it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub etag: String,
    /// Everything else.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A flow specification, as far as choosing one needs it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FlowSpec {
    /// Its id.
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: String,
    /// Its version.
    #[serde(default, deserialize_with = "lenient::text")]
    pub version: String,
    /// The connection specifications it reads from.
    #[serde(default, deserialize_with = "lenient::list")]
    pub source_connection_spec_ids: Vec<String>,
    /// The connection specifications it writes to.
    #[serde(default, deserialize_with = "lenient::list")]
    pub target_connection_spec_ids: Vec<String>,
    /// What it can do on the way.
    #[serde(default, deserialize_with = "lenient::list")]
    pub transformation_specs: Vec<TransformationSpec>,
}

/// A step that a flow specification allows.
#[derive(Clone, Debug, Deserialize)]
pub struct TransformationSpec {
    /// Its name, e.g. `Mapping`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: String,
}

impl FlowSpec {
    /// Whether flows of this kind read from `source`, write to `target` and map in between.
    pub fn maps(&self, source: &str, target: &str) -> bool {
        let has = |ids: &[String], wanted: &str| ids.iter().any(|id| id == wanted);
        has(&self.source_connection_spec_ids, source)
            && has(&self.target_connection_spec_ids, target)
            && self
                .transformation_specs
                .iter()
                .any(|spec| spec.name == "Mapping")
    }
}

/// A connection specification, as far as using one needs it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceSpec {
    /// Its id.
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: String,
    /// The ways to authenticate, where the platform shows them.
    #[serde(default)]
    pub auth_spec: Value,
}

impl SourceSpec {
    /// The names of the ways to authenticate; empty if they are not shown.
    pub fn authentications(&self) -> Vec<&str> {
        let all = self.auth_spec.as_array();
        all.into_iter()
            .flatten()
            .filter_map(|it| it.get("name")?.as_str())
            .collect()
    }
}

/// A run of a flow, as the platform tells it. For streaming flows there may be none.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Run {
    /// Its id.
    #[serde(default, deserialize_with = "lenient::text")]
    pub id: String,
    /// Numbers and status, as they come.
    #[serde(default)]
    pub metrics: Value,
}

impl Run {
    /// Its status, e.g. `success`.
    pub fn status(&self) -> Option<&str> {
        self.metrics.pointer("/statusSummary/status")?.as_str()
    }

    /// Records that came in, landed, and were refused.
    pub fn records(&self) -> (Option<u64>, Option<u64>, Option<u64>) {
        let number = |name: &str| {
            let at = format!("/recordSummary/{name}");
            as_count(self.metrics.pointer(&at)?)
        };
        (
            number("inputRecordCount"),
            number("outputRecordCount"),
            number("failedRecordCount"),
        )
    }
}

/// What can be done to a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Let it run.
    Enable,
    /// Stop it.
    Disable,
}

impl FlowService<'_> {
    /// All flow specifications.
    pub async fn flow_specs(&self) -> Result<Vec<FlowSpec>, Error> {
        self.pages("flowSpecs", "").await
    }

    /// A connection specification by its id; `None` if the organisation does not have it.
    pub async fn connection_spec(&self, id: &str) -> Result<Option<SourceSpec>, Error> {
        let filter = format!("property={}&", encoded(&format!("id=={id}")));
        let found: Vec<SourceSpec> = self.pages("connectionSpecs", &filter).await?;
        Ok(found.into_iter().find(|spec| spec.id == id))
    }

    /// The request that points a flow to another mapping set, if the flow still has the version
    /// `etag`.
    pub fn point_at_mapping_request(flow: &str, etag: &str, mapping: (&str, u32)) -> Request {
        let (id, version) = mapping;
        let params = serde_json::json!({"mappingId": id, "mappingVersion": version});
        let step = serde_json::json!({"name": "Mapping", "params": params});
        let patch = serde_json::json!([
            {"op": "replace", "path": "/transformations/0", "value": step}
        ]);
        patch_request(Kind::Flow, flow, etag, &patch)
    }

    /// Points a flow to a mapping set in one of its versions.
    pub async fn point_at_mapping(
        &self,
        flow: &str,
        etag: &str,
        mapping: (&str, u32),
    ) -> Result<Created, Error> {
        let request = FlowService::point_at_mapping_request(flow, etag, mapping);
        self.0.json(&request).await
    }

    /// Creates what `request` says.
    pub async fn create(&self, request: &Request) -> Result<Created, Error> {
        self.0.json(request).await
    }

    /// One by its id.
    pub async fn get(&self, kind: Kind, id: &str) -> Result<Option<Entity>, Error> {
        let request = Request::get(format!("{BASE}/{}/{}", kind.path(), encoded(id)));
        let found: Option<One<Entity>> = self.0.found(&request).await?;
        Ok(found.and_then(|page| page.items.into_iter().next()))
    }

    /// All of a kind, newest first.
    pub async fn list(&self, kind: Kind) -> Result<Vec<Entity>, Error> {
        self.pages(kind.path(), "").await
    }

    /// Those with this name; names need not be unique.
    pub async fn find(&self, kind: Kind, name: &str) -> Result<Vec<Entity>, Error> {
        let filter = format!("property={}&", encoded(&format!("name=={name}")));
        let found: Vec<Entity> = self.pages(kind.path(), &filter).await?;
        Ok(found
            .into_iter()
            .filter(|entity| entity.name == name)
            .collect())
    }

    /// Removes one; `false` if there was none.
    pub async fn delete(&self, kind: Kind, id: &str) -> Result<bool, Error> {
        self.0
            .remove(format!("{BASE}/{}/{}", kind.path(), encoded(id)))
            .await
    }

    /// Changes one by a JSON Patch, if it still has the version `etag`.
    pub async fn patch(
        &self,
        kind: Kind,
        id: &str,
        etag: &str,
        patch: &Value,
    ) -> Result<Created, Error> {
        self.0.json(&patch_request(kind, id, etag, patch)).await
    }

    /// The request that enables or disables a flow.
    pub fn act_request(flow: &str, operation: Operation) -> Request {
        let op = match operation {
            Operation::Enable => "enable",
            Operation::Disable => "disable",
        };
        let path = format!("{BASE}/flows/{}/action?op={op}", encoded(flow));
        let mut request = Request::post(path, &Value::Null).repeatable();
        request.body = None;
        request.content_type = None;
        request
    }

    /// Enables or disables a flow.
    pub async fn act(&self, flow: &str, operation: Operation) -> Result<(), Error> {
        let request = FlowService::act_request(flow, operation);
        self.0.send(&request).await.map(drop)
    }

    /// Whether the credentials of a base connection work.
    pub async fn test_connection(&self, id: &str) -> Result<bool, Error> {
        let request = Request::get(format!("{BASE}/connections/{}/test", encoded(id)));
        let answer: Value = self.0.json(&request).await?;
        // Documented as `{"result": true}`; `{"items": …}` has been seen.
        Ok(answer
            .get("result")
            .and_then(Value::as_bool)
            .unwrap_or(true))
    }

    /// The last runs of a flow, newest first, at most 100.
    pub async fn last_runs(&self, flow: &str, limit: usize) -> Result<Vec<Run>, Error> {
        let filter = encoded(&format!("flowId=={flow}"));
        let path = format!("{BASE}/runs?property={filter}&orderby=-createdAt&limit={limit}");
        let page: Items<Run> = self.0.json(&Request::get(path)).await?;
        Ok(page.items.into_iter().take(limit).collect())
    }

    async fn pages<T: serde::de::DeserializeOwned>(
        &self,
        what: &str,
        filter: &str,
    ) -> Result<Vec<T>, Error> {
        let base = format!("{BASE}/{what}?{filter}limit=100");
        let mut all = Vec::new();
        let mut token: Option<String> = None;
        // A service that answers the same page for ever ends here.
        for _ in 0..1000 {
            let path = match &token {
                Some(token) => format!("{base}&continuationToken={token}"),
                None => base.clone(),
            };
            let page: Items<T> = self.0.json(&Request::get(path)).await?;
            let next = page.continuation();
            all.extend(page.items);
            if next.is_none() || next == token {
                return Ok(all);
            }
            token = next;
        }
        let message = "the list has no end".to_owned();
        Err(Error::new(ErrorKind::Unreadable, "GET", &base, message))
    }
}

fn patch_request(kind: Kind, id: &str, etag: &str, patch: &Value) -> Request {
    let path = format!("{BASE}/{}/{}", kind.path(), encoded(id));
    Request::patch(path, patch).if_match(etag)
}
