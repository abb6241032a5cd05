//! What has to exist, with nothing left open: names, ids, credentials.

use indexmap::IndexMap;
use options::{Location, Problem, Problems};
use records::RecordsOptions;

use crate::NamedSet;
use crate::field::FieldType;
use crate::mapping::{Mapping, TENANT};
use crate::options::{Class, FlowOptions, IdentityOptions, ReadyOptions};
use crate::platform::Lookup;
use crate::source::{Source, Upstream};

/// The field groups that have a short name.
pub const FIELD_GROUPS: [(&str, &str); 2] = [
    (
        "person_details",
        "https://ns.adobe.com/xdm/context/profile-person-details",
    ),
    (
        "personal_details",
        "https://ns.adobe.com/xdm/context/profile-personal-details",
    ),
];

/// The `$id` of a field group written by its short name or its `$id`.
pub(crate) fn field_group(written: &str) -> Option<&str> {
    FIELD_GROUPS
        .iter()
        .find_map(|(name, id)| (*name == written).then_some(*id))
        .or_else(|| written.starts_with("https://").then_some(written))
}

/// The flow and everything it needs, with nothing left open.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The flow's name.
    pub name: String,
    /// The schema.
    pub schema: SchemaSpec,
    /// The dataset.
    pub dataset: DatasetSpec,
    /// What goes where, in the scenario's order, custom fields included.
    pub mapping: Vec<Mapping>,
    /// A mapping set that exists already.
    pub mapping_set: Option<NamedSet>,
    /// Where the platform reads.
    pub source: Source,
    /// When a new flow counts as ready.
    pub ready: ReadyOptions,
}

/// The schema of the dataset.
#[derive(Clone, Debug, PartialEq)]
pub enum SchemaSpec {
    /// Exists: its `$id` or `meta:altId`.
    Existing(String),
    /// Whatever the existing dataset has.
    OfDataset,
    /// Composed for this flow.
    Composed(Composed),
}

/// A schema composed for a flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Composed {
    /// Its title.
    pub title: String,
    /// Its class.
    pub class: Class,
    /// The `$id`s of its field groups.
    pub field_groups: Vec<String>,
    /// Custom fields, in a field group of their own.
    pub fields: IndexMap<String, FieldType>,
    /// The field that identifies a person.
    pub identity: Option<IdentityOptions>,
    /// Whether records become part of the profile.
    pub profile: bool,
}

/// The dataset.
#[derive(Clone, Debug, PartialEq)]
pub enum DatasetSpec {
    /// Exists: its id.
    Existing(String),
    /// Made for this flow.
    New {
        /// Its name.
        name: String,
        /// Further tags.
        tags: IndexMap<String, Vec<String>>,
    },
}

impl Class {
    /// The class's `$id`.
    pub fn id(self) -> &'static str {
        match self {
            Class::Profile => "https://ns.adobe.com/xdm/context/profile",
            Class::ExperienceEvent => "https://ns.adobe.com/xdm/context/experienceevent",
        }
    }
}

/// How long a new flow takes to start where the platform is another one than Adobe's.
const START_UP: &str = "AEP_FLOW_START_UP";

/// A canary shows by itself when the flow has started.
fn ready(options: &FlowOptions, env: Lookup<'_>) -> Result<ReadyOptions, String> {
    let mut ready = options.ready.clone().unwrap_or_default();
    if ready.start_up.is_none() && ready.canary.is_none() {
        ready.start_up = env(START_UP).map(|text| text.parse()).transpose()?;
    }
    Ok(ready)
}

impl Spec {
    /// Fills in what the section at `at` leaves open: names from the scenario's, the source from
    /// its destination. Reads the secrets it needs.
    pub fn resolve(
        options: &FlowOptions,
        scenario: &str,
        upstream: Upstream,
        env: Lookup<'_>,
        at: &Location,
    ) -> Result<Spec, Problems> {
        let mut problems = Problems::new();
        options.problems(at, &mut problems);
        let name = options
            .name
            .clone()
            .unwrap_or_else(|| format!("hydrant-{scenario}"));
        let written = options.source.clone().unwrap_or_default();
        let source = Source::resolve(&written, upstream, env, &at.join("source"), &mut problems);
        let Some(source) = source.filter(|_| problems.iter().all(|problem| problem.is_warning))
        else {
            if problems.is_empty() {
                problems.push(Problem::new(at.join("source"), "the flow has no source"));
            }
            return Err(problems);
        };

        let ready = ready(options, env).map_err(|why| {
            let message = format!("environment variable `{START_UP}`: {why}");
            vec![Problem::new(at.join("ready").join("start_up"), message)]
        })?;
        Ok(Spec::assemble(options, name, source, ready))
    }

    /// The same without what is looked up elsewhere: as good as any to check the mapping with.
    pub(crate) fn unplaced(options: &FlowOptions) -> Spec {
        let source = Source::HttpApi {
            authenticated: false,
        };
        Spec::assemble(options, String::new(), source, ReadyOptions::default())
    }

    fn assemble(options: &FlowOptions, name: String, source: Source, ready: ReadyOptions) -> Spec {
        let dataset = options.dataset.clone().unwrap_or_default();
        let dataset = match dataset.id {
            Some(id) => DatasetSpec::Existing(id),
            None => DatasetSpec::New {
                name: dataset.name.unwrap_or_else(|| name.clone()),
                tags: dataset.tags,
            },
        };
        let schema = schema(options, &name, &dataset);
        let mut mapping: Vec<Mapping> = options
            .mapping
            .iter()
            .map(|(source, target)| Mapping::new(source, target))
            .collect();
        if let SchemaSpec::Composed(composed) = &schema {
            for (field, type_) in &composed.fields {
                let target = format!("{TENANT}.{field}");
                let below = format!("{target}.");
                let is_mapped =
                    |line: &Mapping| line.target == target || line.target.starts_with(&below);
                if !mapping.iter().any(is_mapped) {
                    let source = own_source(field, type_);
                    mapping.push(Mapping::new(source, target));
                }
            }
        }
        Spec {
            name,
            schema,
            dataset,
            mapping,
            mapping_set: options.mapping_set.clone(),
            source,
            ready,
        }
    }

    /// The same for these records: their fields may be called anything.
    pub fn with_records(mut self, records: &RecordsOptions) -> Spec {
        let lines = std::mem::take(&mut self.mapping);
        self.mapping = lines.into_iter().map(|line| line.of(records)).collect();
        self
    }

    /// A flow of which nothing else is known: as good as any for the names and the marks of what was made
    /// for it.
    pub(crate) fn by_name(name: &str, dataset: Option<&str>) -> Spec {
        Spec {
            name: name.to_owned(),
            schema: SchemaSpec::OfDataset,
            dataset: DatasetSpec::New {
                name: dataset.unwrap_or(name).to_owned(),
                tags: IndexMap::new(),
            },
            mapping: Vec::new(),
            mapping_set: None,
            source: Source::HttpApi {
                authenticated: false,
            },
            ready: ReadyOptions::default(),
        }
    }

    /// The path of the schema that the record's field `source` is mapped to unchanged.
    pub fn target_of(&self, source: &str) -> Option<&Mapping> {
        self.mapping
            .iter()
            .find(|line| line.source == source && line.is_field())
    }

    /// The path of the field that identifies a person, as the target of a line without a source.
    pub(crate) fn identity_path(&self) -> Option<Mapping> {
        let SchemaSpec::Composed(composed) = &self.schema else {
            return None;
        };
        let identity = composed.identity.as_ref()?;
        Some(Mapping::new("", &identity.field))
    }

    /// Path and namespace of the identity that people are known by first of all, where the flow says it.
    pub(crate) fn primary_identity(&self, tenant: Option<&str>) -> Option<(String, String)> {
        let SchemaSpec::Composed(composed) = &self.schema else {
            return None;
        };
        let identity = composed.identity.as_ref()?;
        let is_primary = identity.primary != Some(false);
        let path = Mapping::new("", &identity.field).target_for(tenant);
        is_primary.then(|| (path, identity.namespace().to_owned()))
    }

    /// Whether records become part of the profile.
    pub(crate) fn wants_profile(&self) -> bool {
        matches!(&self.schema, SchemaSpec::Composed(composed) if composed.profile)
    }

    /// Whether the organisation's tenant id has to be known.
    pub fn needs_tenant(&self) -> bool {
        let custom =
            matches!(&self.schema, SchemaSpec::Composed(schema) if !schema.fields.is_empty());
        custom
            || self.identity_path().is_some_and(|line| line.needs_tenant())
            || self.mapping.iter().any(Mapping::needs_tenant)
    }
}

/// What a custom field is mapped from if the scenario does not say: the record's field of the same name.
/// Data Prep makes no map of an object by itself.
fn own_source(field: &str, type_: &FieldType) -> String {
    match type_ {
        FieldType::Map(_) => format!("object_to_map({field})"),
        _ => field.to_owned(),
    }
}

fn schema(options: &FlowOptions, name: &str, dataset: &DatasetSpec) -> SchemaSpec {
    let Some(written) = &options.schema else {
        if matches!(dataset, DatasetSpec::Existing(_)) {
            return SchemaSpec::OfDataset;
        }
        return SchemaSpec::Composed(Composed {
            title: name.to_owned(),
            class: Class::Profile,
            field_groups: FIELD_GROUPS
                .iter()
                .map(|(_, id)| (*id).to_owned())
                .collect(),
            fields: IndexMap::new(),
            identity: None,
            profile: false,
        });
    };
    if let Some(id) = &written.id {
        return SchemaSpec::Existing(id.clone());
    }
    let groups = written
        .field_groups
        .iter()
        .filter_map(|group| field_group(group));
    SchemaSpec::Composed(Composed {
        title: name.to_owned(),
        class: written.class.unwrap_or_default(),
        field_groups: groups.map(str::to_owned).collect(),
        fields: written.fields.clone(),
        identity: written.identity.clone(),
        profile: written.profile.unwrap_or(false),
    })
}
