//! What the Flow Service is asked to create.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{BASE, Kind};
use crate::ids::{ConnectionSpec, spec};
use crate::request::Request;

fn post(kind: Kind, body: &impl Serialize) -> Request {
    Request::post(format!("{BASE}/{}", kind.path()), body)
}

/// A base connection: the credentials of a source.
#[derive(Clone, Debug)]
pub struct NewBaseConnection {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// The `$id` of the source's connection specification, from [`spec`].
    pub spec: String,
    /// The way to authenticate, by the name that the specification gives it.
    pub auth: String,
    /// What it needs; may hold secrets.
    pub params: Map<String, Value>,
}

impl NewBaseConnection {
    /// The request that creates it.
    pub fn request(&self) -> Request {
        let mut body = json!({
            "name": self.name,
            "description": self.description,
            "connectionSpec": ConnectionSpec::new(&self.spec),
            "auth": {"specName": self.auth, "params": self.params},
        });
        // Adobe's Kinesis pages send the provider along.
        if self.spec == spec::KINESIS {
            body["providerId"] = Value::from(spec::PROVIDER);
        }
        post(Kind::BaseConnection, &body)
    }
}

/// A source connection: one stream of a source.
#[derive(Clone, Debug)]
pub struct NewSourceConnection {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// The base connection's id.
    pub base: String,
    /// The id of the connection specification, the same as the base connection's.
    pub spec: String,
    /// Which stream; empty for the HTTP API.
    pub params: Map<String, Value>,
}

impl NewSourceConnection {
    /// The request that creates it.
    pub fn request(&self) -> Request {
        let mut body = json!({
            "name": self.name,
            "description": self.description,
            "baseConnectionId": self.base,
            "connectionSpec": ConnectionSpec::new(&self.spec),
        });
        if self.spec != spec::HTTP_API {
            body["data"] = json!({"format": "json"});
            body["params"] = Value::Object(self.params.clone());
        }
        post(Kind::SourceConnection, &body)
    }
}

/// A target connection: a dataset that a flow writes to.
#[derive(Clone, Debug)]
pub struct NewTargetConnection {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// The schema's `$id`.
    pub schema: String,
    /// The dataset's id.
    pub dataset: String,
}

impl NewTargetConnection {
    /// The request that creates it.
    pub fn request(&self) -> Request {
        let body = json!({
            "name": self.name,
            "description": self.description,
            "connectionSpec": ConnectionSpec::new(spec::DATA_LAKE),
            "data": {
                "format": "parquet_xdm",
                "schema": {
                    "id": self.schema,
                    "version": "application/vnd.adobe.xed-full+json;version=1",
                },
            },
            "params": {"dataSetId": self.dataset},
        });
        post(Kind::TargetConnection, &body)
    }
}

/// A flow.
#[derive(Clone, Debug)]
pub struct NewFlow {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// The id of the flow specification.
    pub spec: String,
    /// The source connection's id.
    pub source: String,
    /// The target connection's id.
    pub target: String,
    /// The mapping set's id and version.
    pub mapping: (String, u32),
}

impl NewFlow {
    /// The request that creates it.
    pub fn request(&self) -> Request {
        let (mapping, version) = &self.mapping;
        let body = json!({
            "name": self.name,
            "description": self.description,
            "flowSpec": ConnectionSpec::new(&self.spec),
            "sourceConnectionIds": [self.source],
            "targetConnectionIds": [self.target],
            "transformations": [{
                "name": "Mapping",
                "params": {"mappingId": mapping, "mappingVersion": version},
            }],
        });
        post(Kind::Flow, &body)
    }
}
