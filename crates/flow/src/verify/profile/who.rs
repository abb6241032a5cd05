//! From a record to the person that it is about, and back from what the profile shows.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aep_client::{Client, Entities, ProfileEntity};
use jiff::Timestamp;
use records::Template;
use serde_json::Value;

use super::identity::Identity;
use super::values::difference;
use crate::verify::matching::Field;

/// The platform tells times to the second, and the two of them may each be off by one.
const SLACK: Duration = Duration::from_secs(2);

/// What records say about people.
pub(super) struct Who {
    template: Arc<Template>,
    identity: Identity,
    /// What is mapped unchanged.
    fields: Vec<Field>,
    /// Where the profile has the record's id, if it is mapped.
    id: Option<String>,
}

/// What the profile says about the person of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Nothing, or nothing new.
    NotYet,
    /// Another record: of this stream by its ordinal, or anybody else's.
    Another(Option<u64>),
    /// This record, or something that hides which one it is.
    Here {
        /// Whether its values were compared.
        is_compared: bool,
        /// The first that is not as it was sent.
        difference: Option<String>,
    },
}

impl Who {
    /// Whether record `n` has no defect that it was given on purpose.
    pub(super) fn is_sound(&self, n: u64) -> bool {
        self.template.defect_of(n).is_none()
    }

    pub(super) fn new(template: Arc<Template>, identity: Identity, fields: Vec<Field>) -> Who {
        let id = template.id_field();
        let id = fields
            .iter()
            .find(|field| Some(field.source.as_str()) == id);
        let id = id.map(|field| field.path.clone());
        Who {
            id,
            template,
            identity,
            fields: fields.into_iter().filter(|it| !it.is_overwritten).collect(),
        }
    }

    fn record(&self, n: u64) -> Value {
        let mut record = Vec::new();
        self.template.json(n, &mut record);
        serde_json::from_slice(&record).unwrap_or_default()
    }

    /// The person's id; `None` if the record names nobody.
    pub(super) fn identity_of(&self, n: u64) -> Option<String> {
        let record = self.record(n);
        let mut steps = self.identity.steps.iter();
        let value = steps.try_fold(&record, |at, step| at.get(step))?;
        match value {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// Asks for these people.
    pub(super) async fn look_up(
        &self,
        client: &Client,
        ids: &[String],
    ) -> Result<Entities, aep_client::Error> {
        let fields: Vec<_> = self.fields.iter().map(|it| it.path.clone()).collect();
        let namespace = &self.identity.namespace;
        client.profile().entities(namespace, ids, &fields).await
    }

    /// The people of an answer by their ids in the namespace.
    pub(super) fn by_id<'e>(&self, found: &'e Entities) -> HashMap<String, &'e ProfileEntity> {
        let mut people = HashMap::new();
        for entity in found.entities.iter().filter(|it| !it.is_empty()) {
            for (namespace, id) in entity.identities() {
                if namespace.eq_ignore_ascii_case(&self.identity.namespace) {
                    people.insert(self.normal(&id), entity);
                }
            }
        }
        people
    }

    /// Addresses are the same in capital and small letters, and the platform may change them.
    pub(super) fn normal(&self, id: &str) -> String {
        if self.identity.namespace.eq_ignore_ascii_case("email") {
            id.to_lowercase()
        } else {
            id.to_owned()
        }
    }

    /// What the profile shows of record `n`, which was due so long ago, at the time `at` of the
    /// platform's own clock.
    pub(super) fn shown(
        &self,
        n: u64,
        entity: Option<&ProfileEntity>,
        ago: Duration,
        at: Option<Timestamp>,
    ) -> Shown {
        let Some(entity) = entity else {
            return Shown::NotYet;
        };
        // By the platform's clock alone, whatever ours says. A person who has not changed since was there
        // before.
        let at = at.unwrap_or_else(Timestamp::now);
        let age = entity.modified.map(|modified| at.duration_since(modified));
        let age = age.map(|age| Duration::try_from(age).unwrap_or_default());
        if age.is_some_and(|age| age > ago + SLACK) {
            return Shown::NotYet;
        }
        let shown = |path: &str| {
            let mut steps = path.split('.');
            let first = entity.entity.get(steps.next()?)?;
            steps.try_fold(first, |at, step| at.get(step))
        };
        let id = self.id.as_deref().and_then(shown).and_then(Value::as_str);
        let ordinal = id.and_then(|id| self.template.ordinal_of(id));
        // What several datasets say of a person is not what one record said.
        let is_merged = entity.sources.len() > 1;
        match ordinal {
            Some(other) if other != n => Shown::Another(Some(other)),
            None if id.is_some() && !is_merged => Shown::Another(None),
            Some(_) if !is_merged => {
                let sent = self.record(n);
                let first = self.fields.iter().find_map(|field| {
                    let mut steps = field.steps.iter();
                    let sent = steps.try_fold(&sent, |at, step| at.get(step));
                    // What a record leaves out stays as an earlier one said it.
                    let sent = sent.filter(|it| !it.is_null())?;
                    let path = &field.path;
                    let (below, shown, sent) = difference(shown(path), Some(sent))?;
                    let source = &field.source;
                    Some(format!(
                        "record {n}: {path}{below} is {shown} in the profile, sent was {source}{below} {sent}"
                    ))
                });
                Shown::Here {
                    is_compared: true,
                    difference: first,
                }
            }
            _ => Shown::Here {
                is_compared: false,
                difference: None,
            },
        }
    }
}
