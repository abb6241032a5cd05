//! What each object is asked for with. Pure: from the specification and the ids of what it builds on.

use std::collections::BTreeMap;

use aep_client::{
    MappingLine, NewBaseConnection, NewDataSet, NewDescriptor, NewFieldGroup, NewFlow,
    NewMappingSet, NewSchema, NewSourceConnection, NewTargetConnection, Request, SchemaRef, spec,
};
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value, json};

use crate::field;
use crate::mapping::Mapping;
use crate::options::Reset;
use crate::source::{EventHubsAuth, Source};
use crate::spec::{DatasetSpec, SchemaSpec, Spec};
use crate::{Kind, Origin};

/// The tag that datasets of ours have.
pub(crate) const TAG: &str = "hydrant";

const PROJECT_BASED: &str = "Project Based Authentication";

/// Ids of what is there already.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    pub(crate) ids: BTreeMap<Kind, (String, Option<Origin>)>,
    /// The organisation's namespace.
    pub(crate) tenant: Option<String>,
    /// The flow specification.
    pub(crate) flow_spec: Option<String>,
    /// The way to authenticate, where the platform has another name for it.
    pub(crate) auth: Option<String>,
    /// The version of the mapping set that the flow has or is to have: a new set begins with 0.
    pub(crate) mapping_version: u32,
}

/// Lines of a mapping: source and target.
#[derive(Clone, Debug)]
pub(crate) struct Lines(Vec<(String, String)>);

impl Lines {
    pub(crate) fn pairs(&self) -> Vec<(&str, &str)> {
        self.0
            .iter()
            .map(|line| (line.0.as_str(), line.1.as_str()))
            .collect()
    }
}

impl Ids {
    pub(crate) fn id(&self, kind: Kind) -> String {
        // In a plan, what is not there yet is shown by what it will be.
        self.ids
            .get(&kind)
            .map_or_else(|| format!("<{}>", kind.words()), |(id, _)| id.clone())
    }

    pub(crate) fn set(&mut self, kind: Kind, id: impl Into<String>) {
        self.ids.insert(kind, (id.into(), None));
    }

    fn tenant(&self) -> &str {
        self.tenant.as_deref().unwrap_or("<tenant>")
    }
}

impl Spec {
    /// What has to be there, in order. What the scenario names by an id is not among it.
    pub(crate) fn kinds(&self) -> Vec<Kind> {
        let composed = match &self.schema {
            SchemaSpec::Composed(composed) => Some(composed),
            _ => None,
        };
        let wanted = |kind: &Kind| match kind {
            Kind::FieldGroup => composed.is_some_and(|schema| !schema.fields.is_empty()),
            Kind::Schema => composed.is_some(),
            Kind::Identity => composed.is_some_and(|schema| schema.identity.is_some()),
            Kind::Dataset => matches!(self.dataset, DatasetSpec::New { .. }),
            Kind::MappingSet => self.mapping_set.is_none(),
            _ => true,
        };
        Kind::ALL.into_iter().filter(wanted).collect()
    }

    /// The object's name on the platform.
    pub(crate) fn name_of(&self, kind: Kind) -> String {
        match (kind, &self.dataset) {
            (Kind::Dataset, DatasetSpec::New { name, .. }) => name.clone(),
            (Kind::FieldGroup, _) => format!("{} fields", self.name),
            (Kind::Flow | Kind::Schema, _) => self.name.clone(),
            (kind, _) => format!("{} {}", self.name, kind.words()),
        }
    }

    /// The description that says whose it is.
    pub(crate) fn description(&self) -> String {
        format!("Made by Hydrant for {}", self.name)
    }

    /// The connection specification of the source.
    pub(crate) fn source_spec(&self) -> &'static str {
        match self.source {
            Source::EventHubs { .. } => spec::EVENT_HUBS,
            Source::Kinesis { .. } => spec::KINESIS,
            Source::PubSub { .. } => spec::PUBSUB,
            Source::HttpApi { .. } => spec::HTTP_API,
        }
    }

    /// The request that creates an object.
    pub(crate) fn request(&self, kind: Kind, ids: &Ids) -> Request {
        let (name, description) = (self.name_of(kind), self.description());
        match kind {
            Kind::BaseConnection => self.base_connection(ids).request(),
            Kind::SourceConnection => NewSourceConnection {
                name,
                description,
                base: ids.id(Kind::BaseConnection),
                spec: self.source_spec().to_owned(),
                params: self.source_params(),
            }
            .request(),
            Kind::FieldGroup => self.field_group(ids).request(),
            Kind::Schema => self.new_schema(ids).request(),
            Kind::Identity => self.identity(ids).request(),
            Kind::Dataset => self.new_dataset(ids).request(),
            Kind::TargetConnection => NewTargetConnection {
                name,
                description,
                schema: ids.id(Kind::Schema),
                dataset: ids.id(Kind::Dataset),
            }
            .request(),
            Kind::MappingSet => self.new_mapping_set(ids).request(),
            Kind::Flow => NewFlow {
                name,
                description,
                spec: ids
                    .flow_spec
                    .clone()
                    .unwrap_or_else(|| "<flow specification>".to_owned()),
                source: ids.id(Kind::SourceConnection),
                target: ids.id(Kind::TargetConnection),
                mapping: (ids.id(Kind::MappingSet), ids.mapping_version),
            }
            .request(),
        }
    }

    /// What goes where, in an organisation with this tenant id.
    pub(crate) fn lines(&self, tenant: Option<&str>) -> Lines {
        let line = |line: &Mapping| (line.written(), line.target_for(tenant));
        Lines(self.mapping.iter().map(line).collect())
    }

    pub(crate) fn new_mapping_set(&self, ids: &Ids) -> NewMappingSet {
        let line = |line: &Mapping| {
            let target = line.target_for(ids.tenant.as_deref());
            if line.is_field() {
                MappingLine::new(line.written(), target)
            } else {
                MappingLine::expression(line.written(), target)
            }
        };
        NewMappingSet::new(
            ids.id(Kind::Schema),
            self.mapping.iter().map(line).collect(),
        )
    }

    fn new_schema(&self, ids: &Ids) -> NewSchema {
        let SchemaSpec::Composed(composed) = &self.schema else {
            return NewSchema::composed("", "", "", [""; 0]);
        };
        let mut groups = composed.field_groups.clone();
        if !composed.fields.is_empty() {
            groups.push(ids.id(Kind::FieldGroup));
        }
        NewSchema::composed(
            &composed.title,
            self.description(),
            composed.class.id(),
            groups,
        )
    }

    fn field_group(&self, ids: &Ids) -> NewFieldGroup {
        let mut class = String::new();
        if let SchemaSpec::Composed(composed) = &self.schema {
            composed.class.id().clone_into(&mut class);
        }
        NewFieldGroup {
            title: self.name_of(Kind::FieldGroup),
            description: self.description(),
            class,
            tenant: ids.tenant().to_owned(),
            fields: self.own_fields(),
        }
    }

    /// The custom fields as the schema has them.
    pub(crate) fn own_fields(&self) -> Map<String, Value> {
        let SchemaSpec::Composed(composed) = &self.schema else {
            return Map::new();
        };
        field::properties(&composed.fields)
    }

    fn identity(&self, ids: &Ids) -> NewDescriptor {
        let (mut path, mut namespace, mut is_primary) = (String::new(), "Email".to_owned(), true);
        if let SchemaSpec::Composed(composed) = &self.schema
            && let Some(identity) = &composed.identity
        {
            let target = self
                .identity_path()
                .map(|it| it.target_for(ids.tenant.as_deref()));
            path = target.unwrap_or_default();
            namespace = identity.namespace.clone().unwrap_or(namespace);
            is_primary = identity.primary.unwrap_or(true);
        }
        NewDescriptor::identity(&ids.id(Kind::Schema), &path, &namespace, is_primary)
    }

    fn new_dataset(&self, ids: &Ids) -> NewDataSet {
        let schema = SchemaRef::latest(ids.id(Kind::Schema));
        let mut new = NewDataSet::new(self.name_of(Kind::Dataset), schema).tag(TAG, &self.name);
        if let DatasetSpec::New { tags, .. } = &self.dataset {
            for (name, values) in tags {
                new.tags.insert(name.clone(), values.clone());
            }
        }
        if self.wants_profile() {
            new = new
                .tag("unifiedProfile", "enabled:true")
                .tag("unifiedIdentity", "enabled:true");
        }
        new
    }

    /// The name of the way to authenticate, as it is documented.
    pub(crate) fn authentication(&self) -> &'static str {
        self.credentials().0
    }

    /// How the platform called a way to authenticate before.
    pub(crate) fn former_name(authentication: &str) -> Option<&'static str> {
        (authentication == PROJECT_BASED).then_some("Google PubSub authentication credentials")
    }

    /// The way to authenticate, and what it needs.
    fn credentials(&self) -> (&'static str, Value) {
        match &self.source {
            Source::EventHubs {
                namespace,
                hub,
                auth,
                one_hub,
                ..
            } => {
                let (name, mut params) = match auth {
                    EventHubsAuth::SharedAccessKey { name, key } => (
                        "Azure EventHub authentication credentials",
                        json!({"sasKeyName": name, "sasKey": key.expose_secret()}),
                    ),
                    EventHubsAuth::Entra(entra) => (
                        if *one_hub {
                            "Event Hub Scoped Azure Active Directory Auth"
                        } else {
                            "Event Hub Azure Active Directory Auth"
                        },
                        json!({
                            "tenantId": entra.tenant_id,
                            "clientId": entra.client_id,
                            "clientSecretValue": entra.client_secret.expose_secret(),
                        }),
                    ),
                };
                params["namespace"] = json!(namespace);
                if *one_hub {
                    params["eventHubName"] = json!(hub);
                }
                (name, params)
            }
            Source::Kinesis {
                region,
                access_key_id,
                secret_access_key,
                ..
            } => (
                "Aws Kinesis authentication credentials",
                json!({
                    "accessKeyId": access_key_id,
                    "secretKey": secret_access_key.expose_secret(),
                    "region": region,
                }),
            ),
            Source::PubSub {
                project,
                topic,
                subscription,
                credentials,
                one_topic,
            } => {
                let credentials = credentials.expose_secret();
                if *one_topic {
                    let params = json!({
                        "credentials": credentials,
                        "topicName": format!("projects/{project}/topics/{topic}"),
                        "subscriptionName": format!("projects/{project}/subscriptions/{subscription}"),
                    });
                    ("Topic & Subscription Based Authentication", params)
                } else {
                    let params = json!({"projectId": project, "credentials": credentials});
                    (PROJECT_BASED, params)
                }
            }
            Source::HttpApi { authenticated } => (
                "Streaming Connection",
                json!({"dataType": "raw", "authenticationRequired": authenticated}),
            ),
        }
    }

    /// The change that gives a base connection the scenario's credentials; `None` if the source has none.
    pub(crate) fn new_credentials(&self) -> Option<Value> {
        if matches!(self.source, Source::HttpApi { .. }) {
            return None;
        }
        let (_, params) = self.credentials();
        Some(json!([{"op": "replace", "path": "/auth/params", "value": params}]))
    }

    fn base_connection(&self, ids: &Ids) -> NewBaseConnection {
        let (auth, params) = self.credentials();
        NewBaseConnection {
            name: self.name_of(Kind::BaseConnection),
            description: self.description(),
            spec: self.source_spec().to_owned(),
            auth: ids.auth.clone().unwrap_or_else(|| auth.to_owned()),
            params: object(params),
        }
    }

    fn source_params(&self) -> Map<String, Value> {
        object(match &self.source {
            Source::EventHubs {
                hub,
                consumer_group,
                reset,
                ..
            } => {
                let mut params =
                    json!({"eventHubName": hub, "dataType": "raw", "reset": word(*reset)});
                if let Some(group) = consumer_group {
                    params["consumerGroup"] = json!(group);
                }
                params
            }
            Source::Kinesis { stream, reset, .. } => {
                json!({"stream": stream, "dataType": "raw", "reset": word(*reset)})
            }
            Source::PubSub {
                project,
                topic,
                subscription,
                ..
            } => json!({
                "topicName": format!("projects/{project}/topics/{topic}"),
                "subscriptionName": format!("projects/{project}/subscriptions/{subscription}"),
                "dataType": "raw",
            }),
            Source::HttpApi { .. } => json!({}),
        })
    }
}

fn word(reset: Reset) -> &'static str {
    match reset {
        Reset::Latest => "latest",
        Reset::Earliest => "earliest",
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests;
