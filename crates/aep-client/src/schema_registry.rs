//! Schemas, field groups, identity descriptors
//! (<https://experienceleague.adobe.com/docs/experience-platform/xdm/api/overview.html>).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::lenient;
use crate::page::Results;
use crate::request::{Request, encoded};
use crate::{Client, Error};

const BASE: &str = "/data/foundation/schemaregistry";
/// Title, ids and version only.
const IDS: &str = "application/vnd.adobe.xed-id+json";
/// With references resolved; a look-up has to carry the major version, of which there is one.
const FULL: &str = "application/vnd.adobe.xed-full+json; version=1";
/// What the `$id`s of Adobe's own classes and field groups begin with.
const ADOBES: &str = "https://ns.adobe.com/xdm/";
const DESCRIPTORS: &str = "application/vnd.adobe.xdm+json";

/// The Schema Registry.
#[derive(Clone, Copy, Debug)]
pub struct SchemaRegistry<'a>(pub(crate) &'a Client);

/// What the organisation has.
#[derive(Clone, Debug, Deserialize)]
pub struct Stats {
    /// The organisation's namespace, without the underscore that stands before it in paths.
    #[serde(rename = "tenantId")]
    pub tenant_id: String,
}

/// A schema, a class or a field group.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Schema {
    /// Its `$id`, an address.
    #[serde(rename = "$id", deserialize_with = "lenient::id")]
    pub id: String,
    /// The same in a form without slashes: `_tenant.schemas.<hash>`.
    #[serde(rename = "meta:altId", default, deserialize_with = "lenient::text")]
    pub alt_id: String,
    /// Its title.
    #[serde(default, deserialize_with = "lenient::text")]
    pub title: String,
    /// Its version, e.g. `1.0`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub version: String,
    /// Everything else.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A schema to create.
#[derive(Clone, Debug, Serialize)]
pub struct NewSchema {
    /// Always `object`.
    #[serde(rename = "type")]
    pub type_: &'static str,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// The class and the field groups.
    #[serde(rename = "allOf")]
    pub all_of: Vec<Value>,
    /// Always `tenant`.
    #[serde(rename = "meta:containerId")]
    pub container: &'static str,
    /// Always `schemas`.
    #[serde(rename = "meta:resourceType")]
    pub resource_type: &'static str,
    /// Always `object`.
    #[serde(rename = "meta:xdmType")]
    pub xdm_type: &'static str,
    /// The class.
    #[serde(rename = "meta:class")]
    pub class: String,
}

impl NewSchema {
    /// A schema of a class and field groups, all by their `$id`s.
    pub fn composed<S: Into<String>>(
        title: impl Into<String>,
        description: impl Into<String>,
        class: impl Into<String>,
        field_groups: impl IntoIterator<Item = S>,
    ) -> NewSchema {
        let class = class.into();
        let groups = field_groups.into_iter().map(Into::into);
        let all_of = std::iter::once(class.clone()).chain(groups);
        NewSchema {
            type_: "object",
            title: title.into(),
            description: description.into(),
            all_of: all_of.map(|id| json!({ "$ref": id })).collect(),
            container: "tenant",
            resource_type: "schemas",
            xdm_type: "object",
            class,
        }
    }

    /// The request that creates it.
    pub fn request(&self) -> Request {
        Request::post(format!("{BASE}/tenant/schemas"), self).accept(FULL)
    }
}

/// A field group with an organisation's own fields, which have to stand below its namespace.
#[derive(Clone, Debug)]
pub struct NewFieldGroup {
    /// Its title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// The class it extends.
    pub class: String,
    /// The organisation's namespace, without underscore.
    pub tenant: String,
    /// The fields as JSON Schema, by name.
    pub fields: Map<String, Value>,
}

impl NewFieldGroup {
    /// The request that creates it.
    pub fn request(&self) -> Request {
        let body = json!({
            "type": "object",
            "title": self.title,
            "description": self.description,
            "meta:intendedToExtend": [self.class],
            "definitions": {"fields": {"properties": {
                (format!("_{}", self.tenant)): {"type": "object", "properties": self.fields}
            }}},
            "allOf": [{"$ref": "#/definitions/fields"}],
        });
        Request::post(format!("{BASE}/tenant/fieldgroups"), &body).accept(FULL)
    }
}

/// Says which field of a schema identifies a person.
#[derive(Clone, Debug, Serialize)]
pub struct NewDescriptor {
    #[serde(rename = "@type")]
    type_: &'static str,
    #[serde(rename = "xdm:sourceSchema")]
    schema: String,
    #[serde(rename = "xdm:sourceVersion")]
    version: u32,
    #[serde(rename = "xdm:sourceProperty")]
    property: String,
    #[serde(rename = "xdm:namespace")]
    namespace: String,
    #[serde(rename = "xdm:property")]
    kind: &'static str,
    #[serde(rename = "xdm:isPrimary")]
    is_primary: bool,
}

/// What the `@type` of a descriptor says that is an identity.
const IDENTITY: &str = "xdm:descriptorIdentity";

impl NewDescriptor {
    /// `path` is a path of the schema with dots, `namespace` an identity namespace such as `Email`.
    pub fn identity(schema: &str, path: &str, namespace: &str, is_primary: bool) -> NewDescriptor {
        NewDescriptor {
            type_: IDENTITY,
            schema: schema.to_owned(),
            version: 1,
            property: format!("/{}", path.replace('.', "/")),
            namespace: namespace.to_owned(),
            kind: "xdm:code",
            is_primary,
        }
    }

    /// The request that creates it.
    pub fn request(&self) -> Request {
        Request::post(format!("{BASE}/tenant/descriptors"), self)
    }
}

/// A descriptor.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Descriptor {
    /// Its id.
    #[serde(rename = "@id", deserialize_with = "lenient::id")]
    pub id: String,
    /// What it says of the field, e.g. `xdm:descriptorIdentity`.
    #[serde(rename = "@type", default, deserialize_with = "lenient::text")]
    pub type_: String,
    /// The schema that it describes.
    #[serde(
        rename = "xdm:sourceSchema",
        default,
        deserialize_with = "lenient::text"
    )]
    pub schema: String,
    /// The field, with slashes.
    #[serde(
        rename = "xdm:sourceProperty",
        default,
        deserialize_with = "lenient::text"
    )]
    pub property: String,
    /// Everything else.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Descriptor {
    /// Whether it says which person a record is about. A friendly name on the same field does not.
    pub fn is_identity(&self) -> bool {
        self.type_ == IDENTITY
    }

    /// Whether it is the identity that people are known by first of all.
    pub fn is_primary(&self) -> bool {
        self.rest.get("xdm:isPrimary") == Some(&Value::Bool(true))
    }

    /// The identity's namespace, e.g. `Email`.
    pub fn namespace(&self) -> &str {
        let namespace = self.rest.get("xdm:namespace").and_then(Value::as_str);
        namespace.unwrap_or_default()
    }

    /// The field, as a path with dots.
    pub fn path(&self) -> String {
        self.property.trim_start_matches('/').replace('/', ".")
    }
}

/// What stands in one container of the registry, as its path says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Schemas.
    Schemas,
    /// Field groups.
    FieldGroups,
}

impl Resource {
    fn path(self) -> &'static str {
        match self {
            Resource::Schemas => "schemas",
            Resource::FieldGroups => "fieldgroups",
        }
    }
}

impl SchemaRegistry<'_> {
    /// The organisation's namespace and numbers.
    pub async fn stats(&self) -> Result<Stats, Error> {
        let request = Request::get(format!("{BASE}/stats")).accept(IDS);
        self.0.json(&request).await
    }

    /// The organisation's own schemas or field groups with this title.
    pub async fn find(&self, resource: Resource, title: &str) -> Result<Vec<Schema>, Error> {
        let filter = encoded(&format!("title=={title}"));
        let base = format!(
            "{BASE}/tenant/{}?property={filter}&orderby=title&limit=100",
            resource.path()
        );
        let mut found: Vec<Schema> = Vec::new();
        let mut start = None;
        loop {
            let path = match &start {
                Some(start) => format!("{base}&start={start}"),
                None => base.clone(),
            };
            let page: Results<Schema> = self.0.json(&Request::get(path).accept(IDS)).await?;
            let next = page.next().filter(|next| start.as_ref() != Some(next));
            let has_more = !page.results.is_empty();
            // `property` is a filter, and filters of this service have been seen to be loose.
            found.extend(
                page.results
                    .into_iter()
                    .filter(|schema| schema.title == title),
            );
            match next {
                Some(next) if has_more => start = Some(next),
                _ => return Ok(found),
            }
        }
    }

    /// A schema by `$id` or `meta:altId`, with all references resolved.
    pub async fn schema(&self, id: &str) -> Result<Option<Schema>, Error> {
        self.get("tenant/schemas", id).await
    }

    /// A field group, of the organisation or Adobe's own, with all references resolved.
    pub async fn field_group(&self, id: &str) -> Result<Option<Schema>, Error> {
        // Adobe's own have addresses of their own.
        let (first, then) = if id.starts_with(ADOBES) {
            ("global/fieldgroups", "tenant/fieldgroups")
        } else {
            ("tenant/fieldgroups", "global/fieldgroups")
        };
        match self.get(first, id).await? {
            Some(group) => Ok(Some(group)),
            None => self.get(then, id).await,
        }
    }

    /// A class, of Adobe's or the organisation's own, with all references resolved.
    pub async fn class(&self, id: &str) -> Result<Option<Schema>, Error> {
        let global = self.get("global/classes", id).await?;
        match global {
            Some(class) => Ok(Some(class)),
            None => self.get("tenant/classes", id).await,
        }
    }

    async fn get(&self, place: &str, id: &str) -> Result<Option<Schema>, Error> {
        let request = Request::get(format!("{BASE}/{place}/{}", encoded(id))).accept(FULL);
        self.0.found(&request).await
    }

    /// Creates the schema or the field group that `request` asks for.
    pub async fn create(&self, request: &Request) -> Result<Schema, Error> {
        self.0.json(request).await
    }

    /// Creates the descriptor that `request` asks for.
    pub async fn describe(&self, request: &Request) -> Result<Descriptor, Error> {
        self.0.json(request).await
    }

    /// Creates a schema.
    pub async fn create_schema(&self, new: &NewSchema) -> Result<Schema, Error> {
        self.0.json(&new.request()).await
    }

    /// Creates a field group.
    pub async fn create_field_group(&self, new: &NewFieldGroup) -> Result<Schema, Error> {
        self.0.json(&new.request()).await
    }

    /// Creates a descriptor.
    pub async fn create_descriptor(&self, new: &NewDescriptor) -> Result<Descriptor, Error> {
        self.0.json(&new.request()).await
    }

    /// The descriptors of a schema, of every type.
    pub async fn descriptors(&self, schema: &str) -> Result<Vec<Descriptor>, Error> {
        let request = Request::get(format!("{BASE}/tenant/descriptors")).accept(DESCRIPTORS);
        let answer: Value = self.0.json(&request).await?;
        // Lists by type, or a page of results: both have been documented.
        let lists = match answer {
            Value::Object(map) => map.into_iter().collect(),
            other => vec![(String::new(), other)],
        };
        let items = lists.into_iter().flat_map(|(type_, list)| {
            let items = match list {
                Value::Array(items) => items,
                _ => Vec::new(),
            };
            items.into_iter().map(move |item| typed(&type_, item))
        });
        let descriptors = lenient::readable::<Descriptor>(items);
        Ok(descriptors.filter(|it| it.schema == schema).collect())
    }

    /// The request that lets a schema take part in the profile, which can't be undone.
    pub fn enable_profile_request(schema: &str) -> Request {
        let patch = json!([{"op": "add", "path": "/meta:immutableTags", "value": ["union"]}]);
        Request::patch(format!("{BASE}/tenant/schemas/{}", encoded(schema)), &patch).accept(FULL)
    }

    /// Lets a schema take part in the profile. Can't be undone; needs a primary identity.
    pub async fn enable_profile(&self, schema: &str) -> Result<(), Error> {
        self.0
            .send(&Self::enable_profile_request(schema))
            .await
            .map(drop)
    }

    /// Removes a schema or a field group; `false` if there was none.
    pub async fn delete(&self, resource: Resource, id: &str) -> Result<bool, Error> {
        self.0
            .remove(format!("{BASE}/tenant/{}/{}", resource.path(), encoded(id)))
            .await
    }

    /// Removes a descriptor; `false` if there was none.
    pub async fn delete_descriptor(&self, id: &str) -> Result<bool, Error> {
        self.0
            .remove(format!("{BASE}/tenant/descriptors/{}", encoded(id)))
            .await
    }
}

/// A descriptor of a list by type, which need not say its type once more.
fn typed(type_: &str, mut item: Value) -> Value {
    if type_.starts_with("xdm:")
        && let Value::Object(map) = &mut item
    {
        map.entry("@type").or_insert_with(|| type_.into());
    }
    item
}
