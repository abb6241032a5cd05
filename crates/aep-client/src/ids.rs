//! Ids that never change, from Adobe's tutorials.

use serde::{Deserialize, Serialize};

/// A connection specification or flow specification as requests name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionSpec {
    /// Its id.
    pub id: String,
    /// Its version.
    #[serde(default = "version_one")]
    pub version: String,
}

fn version_one() -> String {
    "1.0".to_owned()
}

impl ConnectionSpec {
    /// Version 1.0 of the specification with this id.
    pub fn new(id: &str) -> ConnectionSpec {
        ConnectionSpec {
            id: id.to_owned(),
            version: version_one(),
        }
    }
}

/// The ids of specifications.
pub mod spec {
    /// Connection specification of Amazon Kinesis.
    pub const KINESIS: &str = "86043421-563b-46ec-8e6c-e23184711bf6";
    /// Connection specification of Azure Event Hubs.
    pub const EVENT_HUBS: &str = "bf9f5905-92b7-48bf-bf20-455bc6b60a4e";
    /// Connection specification of Google Pub/Sub.
    pub const PUBSUB: &str = "70116022-a743-464a-bbfe-e226a7f8210c";
    /// Connection specification of the HTTP API.
    pub const HTTP_API: &str = "bc7b00d6-623a-4dfc-9fdb-f1240aeadaeb";
    /// Connection specification of the data lake, the target.
    pub const DATA_LAKE: &str = "c604ff05-7f1a-43c0-8e18-33bf874cb11c";
    /// Flow specification "Stream data with optional transformation": Kinesis, Event Hubs, Pub/Sub.
    pub const STREAM_FLOW: &str = "d69717ba-71b4-4313-b654-49f9cf126d7a";
    /// Flow specification "Steam data with transformation" (as Adobe spells it): HTTP API, mapped.
    pub const HTTP_FLOW: &str = "c1a19761-d2c7-4702-b9fa-fe91f0613e81";
    /// The provider that Adobe's Kinesis pages send along.
    pub const PROVIDER: &str = "521eee4d-8cbe-4906-bb48-fb6bd4450033";
}
