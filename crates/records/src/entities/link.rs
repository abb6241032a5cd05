//! From the name of an entity's field to the field.

use std::sync::Arc;

use options::{listed, suggest};

use super::{Entities, EntityOptions, OfOptions};
use crate::FieldOptions;
use crate::beside::find;
use crate::kinds::ObjectFields;
use crate::options::RecordsOptions;

/// What `of` leads to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Link {
    /// Nobody has looked yet.
    #[default]
    None,
    /// This.
    To(Arc<Target>),
    /// The entity that it is in.
    Circle,
    /// Nothing: what is wrong, and what to do.
    Nowhere { message: String, help: String },
}

/// A field of an entity, or all of them as an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Target {
    pub(crate) entity: Arc<Entity>,
    pub(crate) field: FieldOptions,
}

/// Whose fields they are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entity {
    /// An entity, whose own links are made.
    Kind {
        name: String,
        options: Box<EntityOptions>,
    },
    /// The record's journey.
    Session(ObjectFields),
}

/// The name that a journey's own fields go by.
pub(crate) const SESSION: &str = "session";

impl Entity {
    pub(crate) fn fields(&self) -> &ObjectFields {
        match self {
            Entity::Kind { options, .. } => &options.fields,
            Entity::Session(fields) => fields,
        }
    }
}

/// Links what records name of entities, and what entities name of one another.
pub(crate) fn link_records(records: &mut RecordsOptions, entities: &Entities) {
    let mut linker = Linker {
        entities,
        session: None,
        above: Vec::new(),
    };
    if let Some(journeys) = &mut records.journeys {
        linker.fields(&mut journeys.session);
        linker.session = Some(Arc::new(Entity::Session(journeys.session.clone())));
        for state in journeys.states.values_mut() {
            linker.fields(&mut state.fields);
        }
    }
    linker.fields(&mut records.fields);
    for version in &mut records.versions {
        linker.fields(&mut version.fields);
    }
    for header in records
        .headers
        .values_mut()
        .chain(records.attributes.values_mut())
    {
        if let crate::field::HeaderOptions::Made(field) = header {
            linker.field(field);
        }
    }
    records.entities = entities
        .iter()
        .map(|(name, options)| (name.clone(), linker.entity(name, options)))
        .collect();
}

/// Links what entities name of one another.
pub(crate) fn linked(entities: &Entities) -> Entities {
    let mut linker = Linker {
        entities,
        session: None,
        above: Vec::new(),
    };
    let linked = entities.iter().map(|(name, options)| {
        let entity = linker.entity(name, options);
        match &*entity {
            Entity::Kind { options, .. } => (name.clone(), EntityOptions::clone(options)),
            Entity::Session(_) => (name.clone(), options.clone()),
        }
    });
    linked.collect()
}

struct Linker<'e> {
    entities: &'e Entities,
    session: Option<Arc<Entity>>,
    /// The entities whose fields are being linked, the outermost first.
    above: Vec<String>,
}

impl Linker<'_> {
    fn entity(&mut self, name: &str, options: &EntityOptions) -> Arc<Entity> {
        let mut options = options.clone();
        self.above.push(name.to_owned());
        let session = self.session.take();
        self.fields(&mut options.fields);
        self.session = session;
        self.above.pop();
        Arc::new(Entity::Kind {
            name: name.to_owned(),
            options: Box::new(options),
        })
    }

    fn fields(&mut self, fields: &mut ObjectFields) {
        for field in fields.values_mut() {
            self.field(field);
        }
    }

    fn field(&mut self, field: &mut FieldOptions) {
        field.each_below(&mut |below| self.field(below));
        if let FieldOptions::Of(of) = field {
            of.link = self.link(of);
        }
    }

    fn link(&mut self, of: &OfOptions) -> Link {
        let name = of.entity();
        let entity = if let Some(options) = self.entities.get(&name) {
            if self.above.contains(&name) {
                return Link::Circle;
            }
            self.entity(&name, options)
        } else if let Some(session) = self.session.clone().filter(|_| name == SESSION) {
            session
        } else {
            return self.unknown(&name);
        };
        let fields = entity.fields();
        let below = of.below();
        let field = if below.is_empty() {
            Some(FieldOptions::Object(fields.clone()))
        } else {
            find(fields, below)
        };
        match field {
            Some(field) => Link::To(Arc::new(Target { entity, field })),
            None => Link::Nowhere {
                message: format!("`{name}` has no field `{below}`"),
                help: near(below, fields.keys().map(String::as_str), "its fields are"),
            },
        }
    }

    fn unknown(&self, name: &str) -> Link {
        let known = self.entities.keys().map(String::as_str);
        Link::Nowhere {
            message: format!("there is no entity `{name}`"),
            help: if self.entities.is_empty() {
                format!(
                    "describe it at the top of the scenario, e.g. \
                     `entities: {{{name}: {{count: 1M, fields: {{id: uuid}}}}}}`"
                )
            } else {
                near(name, known, "the entities are")
            },
        }
    }
}

/// The word that was probably meant, or all there are.
pub(crate) fn near<'a>(
    written: &str,
    known: impl Iterator<Item = &'a str> + Clone,
    all: &str,
) -> String {
    match suggest(written, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("{all} {}", listed(known)),
    }
}
