//! Mistakes in `operations:`.

use options::{Location, Problem, Problems};

use super::OperationsOptions;
use super::lives::{SLOTS_MAX, TURNS_MAX};
use crate::entities::{EntityOptions, each_at, near};
use crate::field::{FieldOptions, Plain};
use crate::options::RecordsOptions;

/// All of them, in records that stand at `at`.
pub(crate) fn find(records: &RecordsOptions, at: &Location, problems: &mut Problems) {
    let Some(operations) = &records.operations else {
        return without(records, at, problems);
    };
    let at = at.join("operations");
    beside(records, &at, problems);
    shares(operations, &at, problems);
    let Some(entity) = records.entity(&operations.of) else {
        let known = records.entities.keys().map(String::as_str);
        let help = if known.len() == 0 {
            "describe it below `entities:` at the top of the scenario".to_owned()
        } else {
            near(&operations.of, known, "the entities are")
        };
        let message = format!("there is no entity `{}`", operations.of);
        problems.push(Problem::new(at.join("of"), message).help(help));
        return;
    };
    if let Some(count) = operations.at_once
        && !(1..=entity.count.0.min(SLOTS_MAX)).contains(&count.0)
    {
        problems.push(
            Problem::new(
                at.join("at_once"),
                format!("{count} entities can't be changed at once"),
            )
            .help(format!(
                "there are {}; write 1 to {}, and a multiple of the number of lanes",
                entity.count,
                entity.count.0.min(SLOTS_MAX)
            )),
        );
    }
    fields(operations, records, entity, &at, problems);
}

/// A kind that only records with operations have.
fn without(records: &RecordsOptions, at: &Location, problems: &mut Problems) {
    each_at(&records.fields, &at.join("fields"), &mut |field, at| {
        if matches!(field, FieldOptions::Plain(Plain::Operation)) {
            problems.push(
                Problem::new(at.clone(), "`operation` needs operations").help(
                    "describe them beside `fields`: `operations: {of: customers, insert: 1, update: 8, delete: 1}`",
                ),
            );
        }
    });
}

/// What does not go with operations.
fn beside(records: &RecordsOptions, at: &Location, problems: &mut Problems) {
    let given = [
        (
            records.journeys.is_some(),
            "a record is a change of an entity or a step of a journey, not both",
            "leave `operations` or `journeys` out",
        ),
        (
            records.tombstones.is_some(),
            "`tombstones` would delete entities that live",
            "leave `tombstones` out: deletes are tombstones",
        ),
        (
            records.defects.is_some(),
            "with defects, nobody could say how the entities end up",
            "leave `operations` or `defects` out",
        ),
    ];
    for (_, message, help) in given.into_iter().filter(|(is_given, ..)| *is_given) {
        problems.push(Problem::new(at.clone(), message).help(help));
    }
}

fn shares(operations: &OperationsOptions, at: &Location, problems: &mut Problems) {
    let (insert, update, delete) = (
        u64::from(operations.insert),
        u64::from(operations.update.0.share),
        u64::from(operations.delete.0.share),
    );
    if insert == 0 {
        problems.push(
            Problem::new(at.join("insert"), "nothing would ever be there to change")
                .help("write at least 1: `{insert: 1, update: 8, delete: 1}`"),
        );
    } else if delete > insert {
        problems.push(
            Problem::new(
                at.join("delete"),
                format!(
                    "with more deletes ({delete}) than inserts ({insert}), more would go than come"
                ),
            )
            .help(format!("write at most {insert}")),
        );
    } else if operations.reinsert && delete != insert {
        problems.push(
            Problem::new(
                at.join("reinsert"),
                "entities can come again only if every one of them is deleted",
            )
            .help(format!(
                "write `delete: {insert}`, as many as inserts, or leave `reinsert` out"
            )),
        );
    }
    if insert + update + delete > TURNS_MAX {
        problems.push(
            Problem::new(at.clone(), "the shares are too large").help(format!(
                "they may add up to {TURNS_MAX}: they are shares, not counts"
            )),
        );
    }
}

fn fields(
    operations: &OperationsOptions,
    records: &RecordsOptions,
    entity: &EntityOptions,
    at: &Location,
    problems: &mut Problems,
) {
    let of = &operations.of;
    let key = operations.key_field(records);
    if key.is_none() {
        problems.push(
            Problem::new(
                at.clone(),
                format!("changes of one of `{of}` stay in order by their key, and the key is none of its fields"),
            )
            .help(format!(
                "write `key: id`, where `id: {{of: {of}.id}}` is a field of the records"
            )),
        );
    }
    for (index, field) in operations.update.0.fields.iter().enumerate() {
        let at = at.join("update").join("fields").join(index);
        if !entity.fields.contains_key(field) {
            let known = entity.fields.keys().map(String::as_str);
            problems.push(
                Problem::new(at, format!("`{of}` has no field `{field}`")).help(near(
                    field,
                    known,
                    "its fields are",
                )),
            );
        } else if Some(field) == key.as_ref() {
            problems.push(
                Problem::new(at, "the key stays the same as long as the entity lives")
                    .help("leave it out: every record has it anyway"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entities::Entities;

    fn problems(json: &str) -> String {
        let entities: Entities = serde_json::from_str(
            r#"{"customers": {"count": 500, "fields": {"id": "uuid", "email": "email", "level": "word"}}}"#,
        )
        .unwrap();
        let mut records: RecordsOptions = serde_json::from_str(json).unwrap();
        records.link(&entities);
        let mut problems = Problems::new();
        records.problems(&Location::root().join("records"), &mut problems);
        let told = problems.iter().map(|it| {
            let help = it.help.as_deref().unwrap_or_default();
            format!("{}: {}; {help}", it.at, it.message)
        });
        told.collect::<Vec<_>>().join("\n")
    }

    const FIELDS: &str = r#""fields": {"op": "record_id", "id": {"of": "customers.id"}, "mail": {"of": "customers.email"}}"#;

    #[test]
    fn every_mistake_is_told_at_its_place() {
        let all = [
            r#""operations": {"of": "custmers", "insert": 0}"#,
            r#""operations": {"of": "customers", "insert": 1, "delete": 2, "at_once": 501}"#,
            r#""key": "mail", "operations": {"of": "customers", "insert": 70000, "update": {"share": 8, "fields": ["email", "mail"]}, "delete": 1, "reinsert": true}"#,
            r#""key": "op", "tombstones": 0.1, "defects": {"null": "1%"}, "operations": {"of": "customers", "insert": 1}"#,
        ];
        let told = all.map(|part| problems(&format!("{{{part}, {FIELDS}}}")));
        insta::assert_snapshot!(told.join("\n\n"));
        assert_eq!(
            problems(r#"{"fields": {"op": "operation"}}"#),
            "records.fields.op: `operation` needs operations; describe them beside `fields`: `operations: {of: \
             customers, insert: 1, update: 8, delete: 1}`"
        );
    }

    #[test]
    fn what_is_sound_is_left_alone() {
        for part in [
            r#""operations": {"of": "customers", "insert": 1, "update": 8, "delete": 1, "reinsert": true}"#,
            r#""operations": {"of": "customers", "insert": 3, "delete": {"share": 1, "as": "record"}}"#,
            r#""format": "csv", "operations": {"of": "customers", "insert": 1, "update": 2}"#,
        ] {
            assert_eq!(
                problems(&format!(r#"{{"key": "id", {part}, {FIELDS}}}"#)),
                ""
            );
        }
    }
}
