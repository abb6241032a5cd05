//! The Real-Time Customer Profile: what it knows about people
//! (<https://experienceleague.adobe.com/docs/experience-platform/profile/api/entities.html>).

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::lenient;
use crate::request::Request;
use crate::{Client, Error};

const PATH: &str = "/data/core/ups/access/entities";
/// The schema that all profiles follow.
const SCHEMA: &str = "_xdm.context.profile";

/// Real-Time Customer Profile.
#[derive(Clone, Copy, Debug)]
pub struct Profile<'a>(pub(crate) &'a Client);

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Entities {
    /// The platform's own time of the answer, to the second.
    pub at: Option<Timestamp>,
    /// In no particular order. People whom the profile does not know may have an empty one, or none.
    pub entities: Vec<Entity>,
}

/// What the profile knows about one person.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Entity {
    /// The profile's own id of the person.
    #[serde(deserialize_with = "lenient::text")]
    pub entity_id: String,
    /// The attributes, merged from all datasets; empty if the person is unknown.
    #[serde(deserialize_with = "lenient::or_default")]
    pub entity: Map<String, Value>,
    /// Where they come from.
    #[serde(deserialize_with = "lenient::list")]
    pub sources: Vec<String>,
    /// The identity that was asked for, where the platform says so.
    pub requested_identity: Value,
    /// When they changed last, to the second; 1970 if the person is unknown.
    #[serde(rename = "lastModifiedAt", deserialize_with = "lenient::if_readable")]
    pub modified: Option<Timestamp>,
}

impl Entity {
    /// Whether the profile knows nothing about the person.
    pub fn is_empty(&self) -> bool {
        let is_known = |(name, _): (&String, &Value)| name != "identities" && name != "identityMap";
        !self.entity.iter().any(is_known)
    }

    /// Whom it is about: namespace and id, all that the answer names. The platform writes namespaces in
    /// small letters, whatever they were asked for as.
    pub fn identities(&self) -> Vec<(String, String)> {
        let text = |value: &Value, at: &str| Some(value.pointer(at)?.as_str()?.to_owned());
        let mut found = Vec::new();
        let asked = &self.requested_identity;
        found.extend(text(asked, "/entityIdNS/code").zip(text(asked, "/entityId")));
        let listed = self.entity.get("identities").and_then(Value::as_array);
        let listed = listed.into_iter().flatten();
        found.extend(listed.filter_map(|it| text(it, "/namespace/code").zip(text(it, "/id"))));
        let map = self.entity.get("identityMap").and_then(Value::as_object);
        for (namespace, items) in map.into_iter().flatten() {
            let items = items.as_array().into_iter().flatten();
            let ids = items.filter_map(|it| text(it, "/id"));
            found.extend(ids.map(|id| (namespace.clone(), id)));
        }
        found
    }
}

impl Profile<'_> {
    /// Looks people up by their ids in one namespace, e.g. `Email`: their identities and these
    /// `fields`, paths of the schema with dots.
    pub async fn entities(
        &self,
        namespace: &str,
        ids: &[String],
        fields: &[String],
    ) -> Result<Entities, Error> {
        let identity = |id: &String| json!({"entityId": id, "entityIdNS": {"code": namespace}});
        let names = std::iter::once("identities").chain(fields.iter().map(String::as_str));
        let body = json!({
            "schema": {"name": SCHEMA},
            "fields": names.collect::<Vec<_>>(),
            "identities": ids.iter().map(identity).collect::<Vec<_>>(),
        });
        let request = Request::post(PATH, &body).repeatable();
        let answer = match self.0.send(&request).await {
            Ok(answer) => answer,
            // One with a code of its own is about the address and not about people: the gateway's.
            Err(error) if error.is_not_found() && error.code().is_none() => {
                return Ok(Entities::default());
            }
            Err(error) if error.status() == Some(403) => return Err(error.with_help(NEEDED)),
            Err(error) => return Err(error),
        };
        let entities = match answer.json::<Value>()? {
            Value::Object(keyed) => {
                lenient::readable(keyed.into_iter().map(|(_, it)| it)).collect()
            }
            // A list tells of those that could not be looked up now, and nothing of the others.
            Value::Array(_) => return Err(answer.unavailable()),
            _ => return Err(answer.unreadable("it is no object")),
        };
        Ok(Entities {
            at: answer.date,
            entities,
        })
    }
}

/// What it takes to be let in.
const NEEDED: &str = "to look profiles up takes Real-Time CDP Ultimate, and a role with the permission View \
     Profiles in this sandbox that has the API credential";
