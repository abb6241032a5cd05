//! The `flow:` section: what has to exist on the platform.

use indexmap::IndexMap;
use options::{Location, Period, Problem, Problems, SecretRef};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::field::{self, FieldType};
use crate::{NamedSet, mapping};

/// What has to exist on the platform: a schema, a dataset, and a dataflow from the destination's
/// stream into it.
///
/// Source and connections are named after the flow and take stream, credentials and region from the
/// scenario's destination.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowOptions {
    /// The flow's name; all objects made for it are named after it. Default: `hydrant-` and the
    /// scenario's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The schema that landed records follow. Default: the profile class with the field groups
    /// `person_details` and `personal_details`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<SchemaOptions>,
    /// The dataset that records land in. Default: one that is made for this flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<DatasetOptions>,
    /// From a record's field (or a Data Prep expression over fields) to a path of the schema:
    /// `firstName: person.name.firstName`. A path that begins with `_tenant.` stands for the
    /// organisation's own namespace. Custom fields of `schema.fields` map to themselves if not named.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub mapping: IndexMap<String, String>,
    /// A mapping set that exists already, by its id or as `{id: …, version: 3}`, instead of one made
    /// from `mapping`. With `mapping` written as well, `mapping` only says what to verify.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping_set: Option<NamedSet>,
    /// How the platform reads the stream, where that differs from how the destination writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceOptions>,
    /// When a flow that was just made counts as ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready: Option<ReadyOptions>,
}

/// The schema: composed of a class and field groups, or one that exists.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SchemaOptions {
    /// A schema that exists already: its `$id` or `meta:altId`. Nothing else may be written then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The class. Default: `profile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// Field groups: `person_details`, `personal_details`, or the `$id` of any other one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub field_groups: Vec<String>,
    /// Custom fields; they stand below the organisation's own namespace (`_tenant.`):
    /// `{points: long, tags: {array: string}}`.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub fields: IndexMap<String, FieldType>,
    /// The field that identifies a person. Needed for `profile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<IdentityOptions>,
    /// Whether records become part of the Real-Time Customer Profile. Cannot be undone for a
    /// schema. Default: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<bool>,
}

/// What a record of the schema is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// XDM Individual Profile: a record is what is known about a person.
    #[default]
    Profile,
    /// XDM ExperienceEvent: a record is something that happened. Needs `_id` and `timestamp`.
    ExperienceEvent,
}

/// The field that identifies a person.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityOptions {
    /// Its path in the schema: `personalEmail.address`.
    pub field: String,
    /// The identity namespace's code. Default: `Email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Whether it is the primary identity. Default: true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<bool>,
}

/// The dataset.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DatasetOptions {
    /// A dataset that exists already. Nothing else may be written then; its schema is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name. Default: the flow's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Further tags: `{team: [ingestion]}`. Names must not begin with `adobe`.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub tags: IndexMap<String, Vec<String>>,
}

/// How the platform reads the stream. At most one of the three sources.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SourceOptions {
    /// Azure Event Hubs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_hubs: Option<EventHubsSource>,
    /// Amazon Kinesis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kinesis: Option<KinesisSource>,
    /// Google Pub/Sub.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pubsub: Option<PubSubSource>,
    /// The platform's own HTTP API inlet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_api: Option<HttpApiSource>,
}

/// How the platform reads from Event Hubs.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EventHubsSource {
    /// A connection string whose policy may *manage* (the platform lists hubs with it). Default:
    /// the destination's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_string: Option<SecretRef>,
    /// The namespace, without `.servicebus.windows.net`. Default: the connection string's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The hub. Default: the destination's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hub: Option<String>,
    /// Microsoft Entra instead of a shared access key: the tenant's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// Microsoft Entra: the application's client id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Microsoft Entra: where its secret is found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<SecretRef>,
    /// Whether the credentials are good for this one hub only. Default: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_hub: Option<bool>,
    /// The consumer group; one flow at a time per group. Default: `$Default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumer_group: Option<String>,
    /// Where a new flow begins to read. Default: `latest`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset: Option<Reset>,
}

/// How the platform reads from Kinesis.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KinesisSource {
    /// The access key's id. Default: the destination's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// Where the secret access key is found. Default: the destination's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_access_key: Option<SecretRef>,
    /// The region. Default: the destination's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The stream. Default: the destination's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// Where a new flow begins to read. Default: `latest`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset: Option<Reset>,
}

/// How the platform reads from Pub/Sub.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PubSubSource {
    /// The project. Default: the destination's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Where the service account's JSON is found. Default: the destination's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials: Option<SecretRef>,
    /// The topic. Default: the destination's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// The subscription that the platform reads; one flow per subscription. Required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription: Option<String>,
    /// Whether the credentials are good for this topic and subscription only. Default: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_topic: Option<bool>,
}

/// The platform's own HTTP API inlet.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HttpApiSource {
    /// Whether the inlet asks for a token. Default: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authenticated: Option<bool>,
}

/// Where a new flow begins to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reset {
    /// With what is sent from now on. What was sent before the flow was ready is not read.
    #[default]
    Latest,
    /// With what the stream still holds.
    Earliest,
}

/// When a flow that was just made counts as ready.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReadyOptions {
    /// How long to wait after a flow was made before anything is sent. Adobe's documentation asks
    /// for about five minutes. Default: `AEP_FLOW_START_UP`, else `5m`; with `canary`, `0s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_up: Option<Period>,
    /// Send canary records until one has landed, and only then start the load.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canary: Option<CanaryOptions>,
}

/// Canary records: sent before the load, kept out of all results.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CanaryOptions {
    /// Give up, and do not start the load, if none has landed after this time. Default: `60m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Period>,
    /// Send one this often. Default: `500ms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<Period>,
}

impl IdentityOptions {
    /// [`namespace`](IdentityOptions::namespace), or its default.
    pub(crate) fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or("Email")
    }
}

impl CanaryOptions {
    /// [`within`](CanaryOptions::within), or its default.
    pub fn within(&self) -> Period {
        self.within.unwrap_or(Period::from_secs(60 * 60))
    }

    /// [`every`](CanaryOptions::every), or its default.
    pub fn every(&self) -> Period {
        self.every.unwrap_or(Period::from_millis(500))
    }
}

impl FlowOptions {
    /// Every mistake in this section, which stands at `at`.
    pub fn problems(&self, at: &Location, problems: &mut Problems) {
        if self
            .name
            .as_ref()
            .is_some_and(|name| name.trim().is_empty())
        {
            problems.push(Problem::new(at.join("name"), "the flow's name is empty"));
        }
        if let Some(schema) = &self.schema {
            schema.problems(&at.join("schema"), problems);
        }
        if let Some(dataset) = &self.dataset {
            dataset.problems(&at.join("dataset"), problems);
            if dataset.id.is_some() && self.schema.is_some() {
                problems.push(
                    Problem::new(
                        at.join("schema"),
                        "an existing dataset has its schema already",
                    )
                    .help("remove `schema`, or `dataset.id`"),
                );
            }
        }
        mapping::problems(self, at, problems);
        if let Some(source) = &self.source {
            source.problems(&at.join("source"), problems);
        }
        if let Some(ready) = &self.ready {
            ready.problems(&at.join("ready"), problems);
        }
    }
}

impl ReadyOptions {
    fn problems(&self, at: &Location, problems: &mut Problems) {
        let Some(canary) = &self.canary else { return };
        for (key, period) in [("within", canary.within), ("every", canary.every)] {
            if period == Some(Period::from_secs(0)) {
                problems.push(
                    Problem::new(at.join("canary").join(key), "canaries need some time")
                        .help("write a duration such as `60m`"),
                );
            }
        }
    }
}

impl SchemaOptions {
    fn problems(&self, at: &Location, problems: &mut Problems) {
        let composed = self.class.is_some()
            || !self.field_groups.is_empty()
            || !self.fields.is_empty()
            || self.identity.is_some()
            || self.profile.is_some();
        if self.id.is_some() && composed {
            problems.push(
                Problem::new(at.join("id"), "an existing schema is used as it is")
                    .help("remove `id` to compose one, or everything else to use that one"),
            );
        }
        for (index, group) in self.field_groups.iter().enumerate() {
            if crate::spec::field_group(group).is_none() {
                let known = crate::spec::FIELD_GROUPS.map(|(name, _)| name);
                let help = options::suggest(group, known).map_or_else(
                    || format!("expected {} or an `$id` (`https://…`)", known.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                problems.push(
                    Problem::new(
                        at.join("field_groups").join(index),
                        format!("unknown field group `{group}`"),
                    )
                    .help(help),
                );
            }
        }
        field::check(&self.fields, &at.join("fields"), problems);
        let primary = self
            .identity
            .as_ref()
            .is_some_and(|identity| identity.primary != Some(false));
        if self.profile == Some(true) && !primary {
            problems.push(
                Problem::new(
                    at.join("profile"),
                    "a profile schema needs a primary identity",
                )
                .help("add `identity: {field: personalEmail.address, namespace: Email}`"),
            );
        }
    }
}

impl DatasetOptions {
    fn problems(&self, at: &Location, problems: &mut Problems) {
        if self.id.is_some() && (self.name.is_some() || !self.tags.is_empty()) {
            problems.push(
                Problem::new(at.join("id"), "an existing dataset is used as it is")
                    .help("remove `name` and `tags`, or `id`"),
            );
        }
        for name in self
            .tags
            .keys()
            .filter(|name| name.to_lowercase().starts_with("adobe"))
        {
            problems.push(Problem::new(
                at.join("tags").join(name),
                "tags that begin with `adobe` belong to the platform",
            ));
        }
    }
}

impl SourceOptions {
    fn problems(&self, at: &Location, problems: &mut Problems) {
        let count = usize::from(self.event_hubs.is_some())
            + usize::from(self.kinesis.is_some())
            + usize::from(self.pubsub.is_some())
            + usize::from(self.http_api.is_some());
        if count > 1 {
            problems.push(
                Problem::new(at.clone(), "a flow has one source")
                    .help("keep one of `event_hubs`, `kinesis`, `pubsub`, `http_api`"),
            );
        }
        if let Some(hubs) = &self.event_hubs {
            let entra = [
                ("tenant_id", hubs.tenant_id.is_some()),
                ("client_id", hubs.client_id.is_some()),
                ("client_secret", hubs.client_secret.is_some()),
            ];
            let given = entra.iter().filter(|(_, given)| *given).count();
            if given > 0 && given < entra.len() {
                let missing: Vec<_> = entra
                    .iter()
                    .filter(|(_, given)| !given)
                    .map(|(name, _)| *name)
                    .collect();
                problems.push(
                    Problem::new(at.join("event_hubs"), "Microsoft Entra needs three values")
                        .help(format!("add `{}`", missing.join("`, `"))),
                );
            }
        }
    }
}
