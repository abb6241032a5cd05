//! The `records:` section.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;
use options::{Location, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::FieldOptions;
use crate::compile::{compile, compile_layout};
use crate::defects::{DefectsOptions, SpoiltWriter};
use crate::entities::{
    Entities, Entity, EntityOptions, OfOptions, PickOptions, Picking, SESSION, Sent, each_at,
    link_records, one_at,
};
use crate::field::{HeaderOptions, Plain};
use crate::format::{FormatOptions, Registration};
use crate::journeys::JourneysOptions;
use crate::locale::Locales;
use crate::lookup::enough_rows;
use crate::operations::{Operations, OperationsOptions};
use crate::path;
use crate::program::Program;
use crate::random::{hash, stream_key};
use crate::replay::ReplayOptions;
use crate::versions::VersionOptions;

/// What the records are.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordsOptions {
    /// The field whose text is the record's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Where the people of the records live: the language of their names, streets and towns, and their country.
    /// Several by weight: `{de: 3, fr: 1}`. Default: `en`.
    #[serde(default, skip_serializing_if = "Locales::is_default")]
    pub locale: Locales,
    /// Headers of the record, by name (Kafka and Event Hubs): a kind as of a field, or `{field: country}` for the
    /// text of a field.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub headers: IndexMap<String, HeaderOptions>,
    /// The same for Pub/Sub, which calls them attributes.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub attributes: IndexMap<String, HeaderOptions>,
    /// The field that has the number of the partition (Kafka and Event Hubs). Default: the key decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
    /// The field that has the explicit hash key (Kinesis), a number below 2^128. Default: the key decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash_key: Option<String>,
    /// How many of the records are tombstones: a key with the value `null`, upon which a compacted topic forgets
    /// the key (Kafka and Event Hubs). From 0 to 1. Default: 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tombstones: Option<f64>,
    /// Records that are not as they should be, on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defects: Option<DefectsOptions>,
    /// Which entity a record has, by the entity's name or the one given with `as`, where that is other than the
    /// entity itself says.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub pick: IndexMap<String, PickOptions>,
    /// Records from a file instead, with `fields` in front of theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<ReplayOptions>,
    /// Journeys of entities through states: every record is a step of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journeys: Option<JourneysOptions>,
    /// Changes of entities: every record inserts one, updates it or deletes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operations: Option<OperationsOptions>,
    /// How records are written: `json` (the default), `avro`, `csv`, `template` or `xdm`.
    #[serde(default, skip_serializing_if = "is_plain_json")]
    pub format: FormatOptions,
    /// How records are from an ordinal on: other fields, and with a registry another schema.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<VersionOptions>,
    /// The fields, in the order in which they are written.
    pub fields: IndexMap<String, FieldOptions>,
    /// The scenario's entities, once they are [linked](RecordsOptions::link).
    #[serde(skip)]
    pub(crate) entities: IndexMap<String, Arc<Entity>>,
    /// What other streams send of the entities that are picked by it, by their name in the record.
    #[serde(skip)]
    pub(crate) others: BTreeMap<String, Picking>,
    /// The fields of the versions before, if these are the records of a later [version](RecordsOptions::version).
    #[serde(skip)]
    pub(crate) earlier: Vec<IndexMap<String, FieldOptions>>,
}

fn is_plain_json(format: &FormatOptions) -> bool {
    *format == FormatOptions::default()
}

/// What records are compiled to.
pub(crate) struct Compiled {
    /// What writes their JSON.
    pub(crate) json: Program,
    /// What writes them as they are sent, if that is something else.
    pub(crate) wire: Option<Written>,
    /// The length of the longest, as it is sent.
    pub(crate) max_len: usize,
    /// The length of the longest in JSON.
    pub(crate) max_json_len: usize,
}

/// What writes records that are sent as something else than their JSON.
pub(crate) struct Written {
    pub(crate) program: Program,
    /// The schema that they have.
    pub(crate) schema: Option<Registration>,
    /// How many bytes stand behind the JSON that is in it, if any.
    pub(crate) tail: usize,
    /// What writes those with a defect, if they are no JSON.
    pub(crate) spoilt: Option<SpoiltWriter>,
}

impl RecordsOptions {
    /// What these records are compiled to.
    pub(crate) fn compile(&self, at: &Location) -> Result<Compiled, Problems> {
        let mut problems = Vec::new();
        self.problems(at, &mut problems);
        problems.retain(|problem| !problem.is_warning);
        if !problems.is_empty() {
            return Err(problems);
        }
        let json = compile(self);
        let layout = self.format.layout(self, at, &mut problems);
        let wire = layout.map(|layout| Written {
            program: compile_layout(&layout, layout.part.as_ref(), self),
            tail: layout.tail.len(),
            spoilt: (layout.spoilt.as_ref()).map(|spoilt| {
                let program = compile_layout(&layout, Some(&spoilt.part), self);
                SpoiltWriter {
                    max_len: longest(&program),
                    program,
                    head: layout.head.len(),
                    edits: spoilt.edits.clone(),
                    malforming: spoilt.malforming.clone(),
                }
            }),
            schema: layout.schema,
        });
        let max_json_len = longest(&json);
        Ok(Compiled {
            max_len: wire
                .as_ref()
                .map_or(max_json_len, |written| longest(&written.program)),
            max_json_len,
            json,
            wire,
        })
    }

    /// Tells the records which entities there are: before that, none is known.
    pub fn link(&mut self, entities: &Entities) {
        link_records(self, entities);
    }

    /// The entities that are picked by what another stream has sent: by their name in the record, with the
    /// entity and how it is picked.
    pub fn sent_by(&self) -> impl Iterator<Item = (&str, String, &PickOptions)> {
        let picks = self
            .pick
            .iter()
            .filter(|(_, pick)| pick.sent_by().is_some());
        picks.map(|(name, pick)| (name.as_str(), self.entity_of(name), pick))
    }

    /// How the records pick this entity, and what they know of other streams for that; `None` if their records
    /// have none, or have it for several records.
    pub fn picking(&self, entity: &str, sent: Option<Sent>) -> Option<Picking> {
        let is_of_another = self.journeys.is_some() || self.operations.is_some();
        if is_of_another || !self.roles().contains(entity) {
            return None;
        }
        let own = self.pick.get(entity);
        Some(Picking {
            pick: own
                .or(self.entity(entity).map(|options| &options.pick))?
                .clone(),
            next: self.others.get(entity).cloned().map(Box::new),
            sent,
        })
    }

    /// Tells the records what another stream sends of the entity that has this name in them.
    pub fn set_other(&mut self, name: &str, other: Picking) {
        self.others.insert(name.to_owned(), other);
    }

    /// Entities and rows of files that come once each have to be enough for so many records, whose section is below
    /// `at`.
    pub fn enough_for(&self, records: Option<u64>, at: &Location, problems: &mut Problems) {
        let fields_at = at.join("records").join("fields");
        enough_rows(&self.fields, records, "all records", &fields_at, problems);
        for name in self.roles() {
            let entity = self.entity_of(&name);
            let Some(options) = self.entity(&entity) else {
                continue;
            };
            let own = self.pick.get(&name);
            let count = options.count;
            let is_changed = self.operations.as_ref().is_some_and(|it| it.of == name);
            if is_changed
                || !own.unwrap_or(&options.pick).is_each_once()
                || records.is_some_and(|records| records <= count.0)
            {
                continue;
            }
            let at = match own {
                Some(_) => at.join("records").join("pick").join(&name).join("each"),
                None => Location::root()
                    .join("entities")
                    .join(&entity)
                    .join("pick")
                    .join("each"),
            };
            let records = records.map_or("records without an end".to_owned(), |records| {
                format!("{records} records")
            });
            problems.push(
                Problem::new(
                    at,
                    format!("{count} `{entity}`, once each, are not enough for {records}"),
                )
                .help("raise their `count`, or write `each: cycle` to begin again"),
            );
        }
    }

    /// Whether the load's records insert more entities than there are; the scenario's seed and the stream's name say
    /// how many these are.
    pub fn enough_to_insert(
        &self,
        records: Option<u64>,
        (seed, stream): (u64, &str),
        at: &Location,
        problems: &mut Problems,
    ) {
        let Some(options) = self.operations.as_ref().filter(|it| !it.reinsert) else {
            return;
        };
        let Some(count) = self.entity(&options.of).map(|entity| entity.count) else {
            return;
        };
        let operations = Operations::new(options, self);
        let key = stream_key(seed, hash(stream));
        let needed = records.map(|records| operations.entities_for(records, key));
        if needed.is_some_and(|needed| needed <= count.0) {
            return;
        }
        let (what, raise) = match needed {
            Some(needed) => (
                format!("{needed} are inserted"),
                format!("write `count: {needed}`"),
            ),
            None => (
                "a load without an end inserts more and more".to_owned(),
                "give the load an end".to_owned(),
            ),
        };
        problems.push(
            Problem::new(
                at.join("records").join("operations").join("insert"),
                format!("there are {count} `{}`, and {what}", options.of),
            )
            .help(format!(
                "{raise}, or let those that were deleted come again: `reinsert: true`"
            )),
        );
    }

    /// Warns where journeys that nobody has counted (`at_once`) are very many in a load whose records are `step_nanos`
    /// apart on average; `at` is the place of these options. They have no mistakes.
    pub fn under_way(&self, step_nanos: u64, at: &Location, problems: &mut Problems) {
        if let Some(journeys) = &self.journeys {
            crate::journeys::under_way(journeys, step_nanos, &at.join("journeys"), problems);
        }
    }

    /// The entity with this name.
    pub(crate) fn entity(&self, name: &str) -> Option<&EntityOptions> {
        match &**self.entities.get(name)? {
            Entity::Kind { options, .. } => Some(options),
            Entity::Session(_) => None,
        }
    }

    /// The entity that has this name in the record.
    fn entity_of(&self, role: &str) -> String {
        let mut entity = role.to_owned();
        self.each_of(&mut |of| {
            if of.as_.as_deref() == Some(role) {
                entity = of.entity();
            }
        });
        entity
    }

    /// The names of the entities that a record has.
    pub(crate) fn roles(&self) -> BTreeSet<String> {
        let mut roles = BTreeSet::new();
        self.each_of(&mut |of| {
            roles.insert(of.role().into_owned());
        });
        roles.remove(SESSION);
        roles.extend(
            self.journeys
                .iter()
                .filter_map(|journeys| journeys.of.clone()),
        );
        roles
    }

    /// Hands over every field that names an entity.
    fn each_of(&self, take: &mut dyn FnMut(&OfOptions)) {
        let at = Location::root();
        let states = self
            .journeys
            .iter()
            .flat_map(|journeys| journeys.states.values());
        let states = states.map(|state| &state.fields);
        let session = self.journeys.iter().map(|journeys| &journeys.session);
        let mut take = |field: &FieldOptions, _: &Location| {
            if let FieldOptions::Of(of) = field {
                take(of);
            }
        };
        for fields in std::iter::once(&self.fields).chain(states).chain(session) {
            each_at(fields, &at, &mut take);
        }
        for header in self.headers.values().chain(self.attributes.values()) {
            if let HeaderOptions::Made(field) = header {
                one_at(field, &at, &mut take);
            }
        }
    }

    /// The words for what not every destination takes of a record, of those that are given.
    pub fn beside(&self) -> Vec<&'static str> {
        let given = [
            ("headers", !self.headers.is_empty()),
            ("attributes", !self.attributes.is_empty()),
            ("partition", self.partition.is_some()),
            ("hash_key", self.hash_key.is_some()),
            ("tombstones", self.tombstones.is_some()),
            (
                "operations",
                (self.operations.as_ref()).is_some_and(OperationsOptions::has_tombstones),
            ),
        ];
        let given = given.into_iter().filter(|(_, is_given)| *is_given);
        given.map(|(word, _)| word).collect()
    }

    /// The path of the first field that is a record id.
    pub(crate) fn id_field(&self) -> Option<String> {
        let is_id = |field: &FieldOptions| matches!(field, FieldOptions::Plain(Plain::RecordId));
        self.fields
            .iter()
            .find(|(_, field)| is_id(field))
            .map(|(name, _)| path::escaped(name).into_owned())
    }

    /// The moment that event times count from, if the fields say so, in nanoseconds since 1970.
    pub(crate) fn fixed_start(&self) -> Option<i64> {
        let starts = crate::problems::starts::fixed_starts(&self.fields);
        let (_, start) = starts.first()?;
        i64::try_from(start.as_nanosecond()).ok()
    }

    /// How long a record can be in JSON, in bytes. The fields have to be sound.
    pub(crate) fn longest(&self) -> u64 {
        let program = compile(self);
        program.max_len(0..program.steps.len())
    }

    /// The paths of all fields: those of an object stand before the object itself.
    pub fn paths(&self) -> Vec<String> {
        crate::problems::paths(self)
    }

    /// Every mistake in this section, which stands at `at`.
    pub fn problems(&self, at: &Location, problems: &mut Problems) {
        crate::problems::of_section(self, at, problems);
    }
}

fn longest(program: &Program) -> usize {
    usize::try_from(program.max_len(0..program.steps.len())).unwrap_or(usize::MAX)
}
