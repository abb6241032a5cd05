//! Entities and journeys in a program.

use std::ops::RangeInclusive;
use std::rc::Rc;

use super::Compiler;
use super::people::{FIRST_NAME, LAST_NAME};
use crate::derived::Scope;
use crate::entities::{BY_OPERATION, Entity, EntityOptions, Link, OfOptions, Role};
use crate::field::{FieldOptions, Plain};
use crate::kinds::ObjectFields;
use crate::operations::{Operation, OperationsOptions};
use crate::path;
use crate::program::Op;

/// The entity around what is being compiled.
#[derive(Clone, Debug, Default)]
pub(super) struct Around {
    /// How many entities are around.
    depth: u32,
    /// How long values last in nanoseconds, by the path of the field.
    changes: Vec<(String, u64)>,
    /// How long the names of the person last, where they change.
    first_name: u64,
    last_name: u64,
    /// How long the values last that are being compiled; 0: for ever.
    every: u64,
    /// Whether it is an element of an array: a person of its own.
    pub(super) is_element: bool,
    /// The entity's fields, and the path that they are below.
    inside: Option<(ObjectFields, String)>,
}

impl Around {
    /// The fields of the entity, and the path that they are below, if there is one around.
    pub(super) fn inside(&self) -> Option<(&ObjectFields, &str)> {
        let (fields, root) = self.inside.as_ref()?;
        Some((fields, root))
    }

    /// How many entities are around.
    pub(super) fn depth(&self) -> u32 {
        self.depth
    }

    /// The same for another field of the entity: one of an element, or one that is made of the entity's first draws
    /// again.
    pub(super) fn of_another(&self, is_element: bool, is_anew: bool) -> Around {
        Around {
            is_element,
            every: if is_anew { 0 } else { self.every },
            ..self.clone()
        }
    }
}

impl Compiler {
    /// What only records in these states of a journey, or of these operations, have.
    pub(super) fn when(&mut self, states: RangeInclusive<u16>, body: impl FnOnce(&mut Self)) {
        let (first, last) = states.into_inner();
        let when = self.op(Op::When {
            first,
            last,
            steps: 0,
        });
        body(self);
        self.flush();
        let steps = (self.program.steps.len() - when - 1) as u32;
        self.program.steps[when].op = Op::When { first, last, steps };
    }

    /// The last operation whose records have this field of the record itself; `None`: all have it.
    pub(super) fn last_with(&self, field: &FieldOptions, path: &str) -> Option<Operation> {
        let operations = self.options.operations.as_ref()?;
        if self.in_array || self.within.depth > 0 {
            return None;
        }
        let last = operations.last_with(field, path, &self.options);
        (last != Operation::Delete).then_some(last)
    }

    /// The name of the operation.
    pub(super) fn operation(&mut self) {
        let table = self.add_words(Operation::ALL.map(Operation::word));
        self.op(Op::State { table });
    }

    /// The name of the journey's state.
    pub(super) fn state(&mut self) {
        let options = Rc::clone(&self.options);
        let journeys = options.journeys.iter();
        let table = self.add_words(journeys.flat_map(|journeys| journeys.states.keys()));
        self.op(Op::State { table });
    }

    /// Hands over what an entity's field is and its own path, with the draws of the entity.
    ///
    /// The values come from the path below the entity, not from where they stand in the record: so the
    /// entity is the same everywhere. The places of fields are noted as they stand in the record.
    pub(super) fn within(
        &mut self,
        of: &OfOptions,
        path: &str,
        body: impl FnOnce(&mut Self, &FieldOptions, &str),
    ) {
        let Link::To(target) = &of.link else { return };
        let depth = self.within.depth;
        let mut within = Around {
            depth: depth + 1,
            ..Around::default()
        };
        let mut left = None;
        let root = of.root();
        let locales = match &*target.entity {
            Entity::Kind { name, options } => {
                let role = self.role(of, name);
                if self.rejoined.take() != Some((role, depth)) {
                    self.op(Op::Enter { role, depth });
                }
                left = Some((role, depth));
                let changes = self.changes(of, name, options, depth);
                for (field, every) in &changes {
                    let every = *every;
                    within.changes.push((path::join(&root, field), every));
                    match options.fields.get(field.as_str()) {
                        Some(FieldOptions::Plain(Plain::FirstName)) => within.first_name = every,
                        Some(FieldOptions::Plain(Plain::LastName)) => within.last_name = every,
                        Some(FieldOptions::Plain(Plain::Name)) => {
                            (within.first_name, within.last_name) = (every, every);
                        }
                        _ => {}
                    }
                }
                options.locale.unwrap_or(self.locales)
            }
            Entity::Session(_) => {
                self.op(Op::EnterSession { depth });
                self.locales
            }
        };
        let own = of.own_path();
        within.inside = Some((target.entity.fields().clone(), root.clone()));
        let outer = std::mem::replace(&mut self.within, within);
        let outer_locales = self.set_locales(locales);
        let scope = Scope::of_entity(target.entity.fields(), &root, of.below());
        let outer_scope = std::mem::replace(&mut self.scope, scope);
        let outer_arrays = std::mem::take(&mut self.arrays);
        let noted = self.program.fields.len();
        self.versioned(&own, |compiler| body(compiler, &target.field, &own));
        let leave = self.op(Op::Leave { depth });
        self.left = left.map(|(role, depth)| (leave, role, depth));
        for field in &mut self.program.fields[noted..] {
            if let Some(below) = field.path.strip_prefix(&own) {
                field.path = format!("{path}{below}");
            }
        }
        (self.scope, self.arrays) = (outer_scope, outer_arrays);
        self.within = outer;
        self.set_locales(outer_locales);
    }

    /// How long values of an entity's fields last, where they change.
    fn changes(
        &self,
        of: &OfOptions,
        name: &str,
        entity: &EntityOptions,
        depth: u32,
    ) -> Vec<(String, u64)> {
        if let Some(operations) = self.changed(of, name, depth) {
            let changing = operations.changing(&self.options).into_iter();
            return changing.map(|field| (field, BY_OPERATION)).collect();
        }
        let changes = entity.changes.iter();
        let lasting = changes.map(|(field, change)| (field.clone(), change.every.as_nanos()));
        lasting.collect()
    }

    /// The operations, if this is the entity of the record that they change.
    fn changed(&self, of: &OfOptions, name: &str, depth: u32) -> Option<&OperationsOptions> {
        let operations = self.options.operations.as_ref()?;
        let is_it = depth == 0 && of.as_.is_none() && operations.of == name;
        is_it.then_some(operations)
    }

    /// Takes the end of an entity back, if the next field is of the same one and nothing stands in between.
    pub(super) fn rejoin(&mut self, field: &FieldOptions, path: &str) {
        let (FieldOptions::Of(of), Some((leave, role, depth))) = (field, self.left.take()) else {
            return;
        };
        let Link::To(target) = &of.link else { return };
        let Entity::Kind { name, .. } = &*target.entity else {
            return;
        };
        let is_last = leave + 1 == self.program.steps.len() && depth == self.within.depth;
        let is_versioned = self.lasts(path) != self.within.every;
        if !is_last || is_versioned || self.role(of, name) != role {
            return;
        }
        let Some(step) = self.program.steps.pop() else {
            return;
        };
        // Its literal stands before the next operation now.
        let literal = self.program.literals.split_off(step.literal as usize);
        for field in &mut self.program.fields {
            if field.steps.end > leave {
                field.steps.end = leave;
                field.tail += literal.len() as isize;
            }
        }
        self.pending.splice(..0, literal);
        self.rejoined = Some((role, depth));
    }

    /// The role of the entity in the record, with what picks it.
    fn role(&mut self, of: &OfOptions, entity: &str) -> u32 {
        let options = Rc::clone(&self.options);
        let (name, depth) = (of.role(), self.within.depth);
        let is_of_journey = depth == 0
            && of.as_.is_none()
            && !self.within.is_element
            && options
                .journeys
                .as_ref()
                .is_some_and(|it| it.of.as_deref() == Some(entity));
        // An entity that others name is picked as it says itself.
        let own = options.pick.get(&*name).filter(|_| depth == 0);
        let Some(Entity::Kind { options: kind, .. }) = options.entities.get(entity).map(|it| &**it)
        else {
            return 0;
        };
        let others = options.others.get(&*name).filter(|_| depth == 0);
        let pick = own.unwrap_or(&kind.pick);
        let mut role = Role::new(&name, entity, kind, pick, others);
        role.is_of_journey = is_of_journey;
        role.is_of_operation = self.changed(of, entity, depth).is_some();
        role.is_inner = depth > 0;
        let is_same = |known: &Role| known.is_same(&role);
        let known = self.program.roles.iter().position(is_same);
        known.unwrap_or_else(|| {
            self.program.roles.push(role);
            self.program.roles.len() - 1
        }) as u32
    }

    /// Values of the field at this path, in the version of the time if they change.
    pub(super) fn versioned(&mut self, path: &str, body: impl FnOnce(&mut Self)) {
        self.last_for(self.lasts(path), body);
    }

    /// How long values of the field at this path last.
    fn lasts(&self, path: &str) -> u64 {
        let change = self.within.changes.iter().find(|(changed, _)| {
            let below = path.strip_prefix(changed.as_str());
            below.is_some_and(|below| below.is_empty() || below.starts_with('.'))
        });
        change.map_or(self.within.every, |(_, every)| *every)
    }

    /// What is drawn with this salt: a part of the person changes when the person's name does, and with no other
    /// value.
    pub(super) fn drawn_with(&mut self, salt: u64, body: impl FnOnce(&mut Self)) {
        let every = match salt {
            FIRST_NAME => self.within.first_name,
            LAST_NAME => self.within.last_name,
            _ => self.within.every,
        };
        self.last_for(every, body);
    }

    /// How long values last here.
    pub(super) fn every(&self) -> u64 {
        self.within.every
    }

    /// What never changes; `body` hears how long values last otherwise.
    pub(super) fn lasting(&mut self, body: impl FnOnce(&mut Self, u64)) {
        let every = self.within.every;
        self.last_for(0, |compiler| body(compiler, every));
    }

    /// Values that last so long.
    pub(super) fn last_for(&mut self, every: u64, body: impl FnOnce(&mut Self)) {
        let outer = self.within.every;
        if every == outer || self.within.is_element {
            return body(self);
        }
        let Some(depth) = self.within.depth.checked_sub(1) else {
            return body(self);
        };
        self.within.every = every;
        self.op(Op::Version { every, depth });
        body(self);
        self.op(Op::Version {
            every: outer,
            depth,
        });
        self.within.every = outer;
    }
}
