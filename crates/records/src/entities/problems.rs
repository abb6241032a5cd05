//! Mistakes in `entities:`, and in what records name of them.

use std::collections::BTreeSet;

use options::{Location, Problem, Problems};

use super::link::{Entity, Link, SESSION, linked};
use super::{DEPTH, Entities, EntityOptions, OfOptions, PickOptions, each_at, near, one_at};
use crate::FieldOptions;
use crate::lookup::enough_rows;
use crate::options::RecordsOptions;
use crate::problems::locale;

/// Every mistake in the `entities:` section, which stands at `at`.
pub fn entity_problems(entities: &Entities, at: &Location, problems: &mut Problems) {
    circles(entities, at, problems);
    for (name, options) in &linked(entities) {
        let at = at.join(name);
        if name == SESSION {
            problems.push(
                Problem::new(
                    at.clone(),
                    "`session` is the record's journey, not an entity",
                )
                .help("give the entity another name"),
            );
        }
        if options.count.0 == 0 {
            problems.push(
                Problem::new(at.join("count"), "there are none of them")
                    .help("write at least 1, e.g. `count: 1M`"),
            );
        }
        let fields_at = at.join("fields");
        if options.fields.is_empty() {
            problems.push(
                Problem::new(fields_at.clone(), "the entity has no fields")
                    .help("write at least one, e.g. `fields: {id: uuid}`"),
            );
        }
        crate::problems::object(&options.fields, &fields_at, false, problems);
        if let Some(locales) = &options.locale {
            locale::mix(locales, &at.join("locale"), problems);
            each_at(&options.fields, &fields_at, &mut |field, at| {
                locale::field(field, locales, at, problems);
            });
        }
        crate::derived::entity_problems(&options.fields, &fields_at, problems);
        for (name, field) in &options.fields {
            own(field, &fields_at.join(name), problems);
        }
        let count = Some(options.count.0);
        enough_rows(&options.fields, count, "all entities", &fields_at, problems);
        pick(&options.pick, &at.join("pick"), problems);
        if options.pick.sent_by().is_some() {
            problems.push(
                Problem::new(
                    at.join("pick").join("sent_by"),
                    "what another stream has sent is for one stream to pick, not for all",
                )
                .help(format!(
                    "write it below the stream's `records`: `pick: {{{name}: {{sent_by: …}}}}`"
                )),
            );
        }
        for (field, change) in &options.changes {
            let at = at.join("changes").join(field);
            if !options.fields.contains_key(field) {
                let known = options.fields.keys().map(String::as_str);
                problems.push(
                    Problem::new(at, format!("`{name}` has no field `{field}`")).help(near(
                        field,
                        known,
                        "its fields are",
                    )),
                );
            } else if change.every.as_nanos() == 0 {
                problems.push(
                    Problem::new(at.join("every"), "a value has to last for some time")
                        .help("write e.g. `every: 30d`"),
                );
            }
        }
    }
}

/// Entities that need themselves. Each circle is told once, at the first of its entities.
fn circles(entities: &Entities, at: &Location, problems: &mut Problems) {
    let mut told = BTreeSet::new();
    for (name, options) in entities {
        let mut ways = vec![vec![name.clone()]];
        let mut seen = BTreeSet::new();
        // The shortest way back to where it began.
        let circle = 'search: loop {
            let mut further = Vec::new();
            for way in &ways {
                let last = way.last().and_then(|last| entities.get(last));
                for next in last.map(named).unwrap_or_default() {
                    let mut longer = way.clone();
                    longer.push(next.clone());
                    if next == *name {
                        break 'search Some(longer);
                    }
                    if entities.contains_key(&next) && seen.insert(next) {
                        further.push(longer);
                    }
                }
            }
            if further.is_empty() {
                break None;
            }
            ways = further;
        };
        let Some(circle) = circle.filter(|circle| circle.iter().all(|one| !told.contains(one)))
        else {
            continue;
        };
        let through = circle.get(1).cloned().unwrap_or_default();
        let mut place = at.join(name).join("fields");
        for (field_name, field) in &options.fields {
            one_at(
                field,
                &at.join(name).join("fields").join(field_name),
                &mut |field, at| {
                    if matches!(field, FieldOptions::Of(of) if of.entity() == through) {
                        place = at.join("of");
                    }
                },
            );
        }
        problems.push(
            Problem::new(
                place,
                format!("`{name}` needs itself: `{}`", circle.join("` → `")),
            )
            .help("an entity can name others, but none that names it"),
        );
        told.extend(circle);
    }
}

/// The entities that an entity names.
fn named(options: &EntityOptions) -> Vec<String> {
    let mut named = Vec::new();
    each_at(&options.fields, &Location::root(), &mut |field, _| {
        if let FieldOptions::Of(of) = field {
            named.push(of.entity());
        }
    });
    named
}

/// Kinds that are about a record have no place in what is no record.
pub(crate) fn own(field: &FieldOptions, at: &Location, problems: &mut Problems) {
    if let Some(word) = field.record_word() {
        problems.push(
            Problem::new(
                at.clone(),
                format!("`{word}` is different in every record, and this is the same in all"),
            )
            .help(match word {
                "record_id" => "for an id, write `uuid` or `ordinal`".to_owned(),
                _ => format!("move it to the fields of the records that need `{word}`"),
            }),
        );
    }
    field.each_below_at(at, &mut |below, at| own(below, at, problems));
}

/// Mistakes in a field that names an entity.
pub(crate) fn of(of: &OfOptions, at: &Location, problems: &mut Problems) {
    match &of.link {
        Link::To(target) => {
            let is_session = matches!(&*target.entity, Entity::Session(_));
            if depth(&target.field) >= DEPTH {
                problems.push(
                    Problem::new(
                        at.clone(),
                        format!("more than {DEPTH} entities inside one another"),
                    )
                    .help("name the innermost one in the record itself"),
                );
            }
            if is_session && of.as_.is_some() {
                problems.push(
                    Problem::new(at.join("as"), "a record has one session").help("leave `as` out"),
                );
            }
        }
        Link::Nowhere { message, help } => {
            problems.push(Problem::new(at.clone(), message.clone()).help(help.clone()));
        }
        // It stands with the entities.
        Link::Circle => {}
        Link::None => problems.push(
            Problem::new(at.clone(), format!("there is no entity `{}`", of.entity()))
                .help("describe it below `entities:` at the top of the scenario"),
        ),
    }
}

/// How many entities are inside one another in a field.
fn depth(field: &FieldOptions) -> usize {
    if let FieldOptions::Of(of) = field {
        return of.target().map_or(0, |target| 1 + depth(target));
    }
    let mut deepest = 0;
    field.each_below_at(&Location::root(), &mut |below, _| {
        deepest = deepest.max(depth(below));
    });
    deepest
}

/// Mistakes in how the records, which stand at `at`, pick entities.
pub(crate) fn picks(records: &RecordsOptions, at: &Location, problems: &mut Problems) {
    let roles = records.roles();
    for (name, field) in &records.fields {
        let at = at.join("fields").join(name);
        in_lists(field, records, false, &at, problems);
    }
    for (name, options) in &records.pick {
        let at = at.join("pick").join(name);
        if !roles.contains(name) {
            let known = roles.iter().map(String::as_str);
            problems.push(
                Problem::new(at.clone(), format!("the records have no entity `{name}`")).help(
                    if roles.is_empty() {
                        "name one in a field, e.g. `{of: customers.id}`".to_owned()
                    } else {
                        near(name, known, "they have")
                    },
                ),
            );
        }
        pick(options, &at, problems);
    }
}

fn pick(options: &PickOptions, at: &Location, problems: &mut Problems) {
    let keys = &options.0;
    let given = [
        ("zipf", keys.zipf.is_some()),
        ("each", keys.each.is_some()),
        ("recent", keys.recent.is_some()),
        ("first", keys.first.is_some()),
        ("sent_by", keys.sent_by.is_some()),
    ];
    let given: Vec<_> = given
        .into_iter()
        .filter(|(_, is_given)| *is_given)
        .collect();
    match given[..] {
        [] if keys.before.is_some() => problems.push(
            Problem::new(at.join("before"), "`before` needs `sent_by`")
                .help("name the stream: `{sent_by: profiles, before: 10s}`"),
        ),
        [] | [_] => {}
        [(first, _), (second, _), ..] => problems.push(
            Problem::new(
                at.join(second),
                format!("`{first}` and `{second}` are both given"),
            )
            .help("there is one way to pick: leave one of them out"),
        ),
    }
    if keys.before.is_some() && !given.is_empty() && keys.sent_by.is_none() {
        problems.push(
            Problem::new(at.join("before"), "`before` goes with `sent_by` only")
                .help("leave it out"),
        );
    }
    let exponents = [
        (keys.zipf, at.join("zipf")),
        (
            keys.recent.map(|recent| recent.skew),
            at.join("recent").join("skew"),
        ),
    ];
    for (exponent, at) in exponents {
        if exponent.is_some_and(|exponent| !(exponent > 0.0 && exponent <= EXPONENT_MAX)) {
            problems.push(Problem::new(at, "the exponent is out of range").help(
                "write a number above 0 and up to 10: the larger, the more the first ones appear; \
                     1.1 is usual",
            ));
        }
    }
    if keys.first.is_some_and(|first| first.0 == 0) {
        problems.push(
            Problem::new(at.join("first"), "there is nothing to choose from")
                .help("write at least 1"),
        );
    }
    if keys
        .recent
        .is_some_and(|recent| recent.new.fraction() <= 0.0)
    {
        problems.push(
            Problem::new(
                at.join("recent").join("new"),
                "there would be one and no more",
            )
            .help("write a share above 0%, e.g. `5%`"),
        );
    }
}

/// Entities that come in turn come with the record: in a list all would be the same one.
fn in_lists(
    field: &FieldOptions,
    records: &RecordsOptions,
    is_in_list: bool,
    at: &Location,
    problems: &mut Problems,
) {
    if let FieldOptions::Of(of) = field
        && is_in_list
        && let Some(entity) = records.entity(&of.entity())
        && records
            .pick
            .get(&*of.role())
            .unwrap_or(&entity.pick)
            .is_each()
    {
        problems.push(
            Problem::new(
                at.join("of"),
                format!(
                    "every element would be the same one: `{}` comes once in a record",
                    of.role()
                ),
            )
            .help(format!(
                "pick another way below `records`: `pick: {{{}: uniform}}`",
                of.role()
            )),
        );
    }
    let is_in_list = is_in_list || matches!(field, FieldOptions::Array(_));
    field.each_below_at(at, &mut |below, at| {
        in_lists(below, records, is_in_list, at, problems);
    });
}

/// With a larger one there is hardly more than the first.
const EXPONENT_MAX: f64 = 10.0;
