//! Every mistake in the `defects:` section, with its place.

use options::{ByteSize, Location, Problem, Problems, Share, suggest};

use super::DefectKind;
use super::asked::{candidates, has_event_time};
use super::options::{Amount, DefectsOptions, Expected};
use crate::options::RecordsOptions;
use crate::problems::RECORD_MAX;

/// All of them, of a section at `at`, as far as the load is not needed.
pub(crate) fn find(options: &RecordsOptions, at: &Location, problems: &mut Problems) {
    let Some(defects) = &options.defects else {
        return;
    };
    let asked = defects.asked();
    if asked.is_empty() {
        problems.push(
            Problem::new(at.clone(), "`defects` asks for nothing")
                .help("add e.g. `malformed: 0.1%`, or leave it out"),
        );
    }
    let mut percent = 0.0;
    for (kind, amount, expected) in &asked {
        let at = at.join(kind.word());
        match amount {
            Amount::Share(share) => percent += share.fraction() * 100.0,
            Amount::Count(_) => {}
            Amount::Unclear => problems.push(
                Problem::new(at.clone(), "it is not clear how many records")
                    .help("write either `share: 1%` or `count: 10`"),
            ),
        }
        if *kind == DefectKind::Duplicate && *expected == Some(Expected::Refused) {
            problems.push(
                Problem::new(
                    at.join("expect"),
                    "a copy is as good as its original, and lands as that does",
                )
                .help("leave `expect` out"),
            );
        }
        of_kind(*kind, defects, options, &at, problems);
    }
    if percent > 100.0 + 1e-9 {
        let sum = Share::percent(percent);
        problems.push(
            Problem::new(at.clone(), format!("the shares add up to {sum}"))
                .help("a record has one defect at most: take smaller shares"),
        );
    } else if defects.duplicate.is_some() && percent > 100.0 - 1e-9 {
        problems.push(nothing_to_copy(at));
    }
}

fn nothing_to_copy(at: &Location) -> Problem {
    Problem::new(
        at.join("duplicate"),
        "all records have a defect, so there is none to send once more",
    )
    .help("take smaller shares")
}

fn of_kind(
    kind: DefectKind,
    defects: &DefectsOptions,
    options: &RecordsOptions,
    at: &Location,
    problems: &mut Problems,
) {
    let fields = |named: &[String], problems: &mut Problems| {
        of_fields(kind, named, options, at, problems);
    };
    let shift = |by: Option<options::Period>, problems: &mut Problems| {
        if by.is_some_and(|by| by.0.is_zero()) {
            problems.push(
                Problem::new(at.join("by"), "the event time stays as it is")
                    .help("write e.g. `by: 1h`"),
            );
        }
        if !options.fields.values().any(has_event_time) {
            problems.push(
                Problem::new(at.clone(), "the records have no event time")
                    .help("add a field of the kind `event_time`, e.g. `at: event_time`"),
            );
        }
    };
    match kind {
        DefectKind::Malformed | DefectKind::Duplicate => {}
        DefectKind::Missing => {
            defects
                .missing
                .iter()
                .for_each(|it| fields(&it.0.fields, problems));
        }
        DefectKind::Null => {
            defects
                .null
                .iter()
                .for_each(|it| fields(&it.0.fields, problems));
        }
        DefectKind::WrongType => {
            defects
                .wrong_type
                .iter()
                .for_each(|it| fields(&it.0.fields, problems));
        }
        DefectKind::OutOfRange => {
            defects
                .out_of_range
                .iter()
                .for_each(|it| fields(&it.0.fields, problems));
        }
        DefectKind::UnknownField => {
            let name = defects
                .unknown_field
                .as_ref()
                .and_then(|it| it.0.name.as_deref());
            if name.is_some_and(|name| name.is_empty() || options.fields.contains_key(name)) {
                let name = name.unwrap_or_default();
                problems.push(
                    Problem::new(at.join("name"), format!("`{name}` is no unknown field"))
                        .help("take a name that no field has, e.g. `name: surprise`"),
                );
            }
        }
        DefectKind::Oversize => {
            let to = defects.oversize.as_ref().and_then(|it| it.0.to);
            if let Some(to) = to.filter(|to| to.0 > RECORD_MAX) {
                problems.push(
                    Problem::new(
                        at.join("to"),
                        format!("{to} is larger than any record can be"),
                    )
                    .help(format!("a record has at most {}", ByteSize(RECORD_MAX))),
                );
            }
        }
        DefectKind::OutOfOrder => {
            defects
                .out_of_order
                .iter()
                .for_each(|it| shift(it.0.by, problems));
        }
        DefectKind::Late => defects.late.iter().for_each(|it| shift(it.0.by, problems)),
        DefectKind::Future => defects
            .future
            .iter()
            .for_each(|it| shift(it.0.by, problems)),
    }
}

fn of_fields(
    kind: DefectKind,
    named: &[String],
    options: &RecordsOptions,
    at: &Location,
    problems: &mut Problems,
) {
    let candidates = candidates(kind, &options.fields);
    if named.is_empty() {
        if !candidates
            .iter()
            .any(|it| it.value.is_some() && it.is_always && !it.is_id)
        {
            let message = format!("no field can be {}", words(kind));
            let help = match kind {
                DefectKind::OutOfRange => {
                    "add a field with a range, e.g. `{integer: {min: 1, max: 6}}`"
                }
                _ => "add a field that every record has, besides its id",
            };
            problems.push(Problem::new(at.clone(), message).help(help));
        }
        return;
    }
    for (index, path) in named.iter().enumerate() {
        let at = at.join("fields").join(index);
        let Some(field) = candidates.iter().find(|it| it.path == *path) else {
            let known = candidates.iter().map(|it| it.path.as_str());
            let help = suggest(path, known.clone()).map_or_else(
                || {
                    let known: Vec<_> = known.collect();
                    format!("the fields are `{}`", known.join("`, `"))
                },
                |near| format!("did you mean `{near}`?"),
            );
            problems.push(Problem::new(at, format!("there is no field `{path}`")).help(help));
            continue;
        };
        let (message, help) = if field.is_id {
            (
                format!("`{path}` is the record's id, by which it is told what became of it"),
                "take other fields",
            )
        } else if !field.is_always {
            (
                format!("`{path}` is not in every record, so the defects could not be counted"),
                "take a field that every record has",
            )
        } else if field.value.is_none() {
            (
                format!("`{path}` has no range that a value could be out of"),
                "take a number, a day, or texts to choose from",
            )
        } else {
            continue;
        };
        problems.push(Problem::new(at, message).help(help));
    }
}

fn words(kind: DefectKind) -> &'static str {
    match kind {
        DefectKind::Missing => "missing",
        DefectKind::Null => "null",
        DefectKind::WrongType => "of another type",
        _ => "out of range",
    }
}

impl DefectsOptions {
    /// The mistakes that show next to a load of `total` records, or one without an end, of a section at `at`.
    pub fn problems_of_load(&self, total: Option<u64>, at: &Location, problems: &mut Problems) {
        let mut defects = 0_u64;
        for (kind, amount, _) in self.asked() {
            match (amount, total) {
                (Amount::Count(_), None) => problems.push(
                    Problem::new(
                        at.join(kind.word()),
                        "a load without an end has no number of records to count among",
                    )
                    .help("write a share, e.g. `1%`, or give the load an end"),
                ),
                (Amount::Count(count), Some(total)) => {
                    if count > total {
                        problems.push(
                            Problem::new(
                                at.join(kind.word()),
                                format!("the run has {total} records, and {count} of them were to have this defect"),
                            )
                            .help("take fewer, or a share such as `1%`"),
                        );
                        return;
                    }
                    defects = defects.saturating_add(count);
                }
                (Amount::Share(share), Some(total)) => {
                    defects = defects.saturating_add((total as f64 * share.fraction()) as u64);
                }
                _ => {}
            }
        }
        let Some(total) = total.filter(|total| *total > 0) else {
            return;
        };
        if defects > total {
            problems.push(
                Problem::new(
                    at.clone(),
                    format!(
                        "the run has {total} records, and {defects} of them were to have a defect"
                    ),
                )
                .help("a record has one defect at most: take fewer"),
            );
        } else if defects == total && self.duplicate.is_some() {
            problems.push(nothing_to_copy(at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(defects: &str, total: Option<u64>) -> Vec<String> {
        let json = format!(
            r#"{{"defects": {defects}, "fields": {{"id": "record_id", "email": "email",
                "dice": {{"integer": {{"min": 1, "max": 6}}}}, "maybe": {{"optional": {{"of": "word"}}}}}}}}"#
        );
        let options: RecordsOptions = serde_json::from_str(&json).unwrap();
        let mut problems = Problems::new();
        options.problems(&Location::root(), &mut problems);
        let defects = options.defects.unwrap();
        defects.problems_of_load(total, &Location::root().join("defects"), &mut problems);
        problems
            .iter()
            .map(|it| format!("{}: {}", it.at, it.message))
            .collect()
    }

    #[test]
    fn sound_options_have_no_problem() {
        let options = r#"{"malformed": "0.1%", "missing": {"fields": ["email"], "share": "1%"}, "duplicate": 10,
            "out_of_range": "1%", "oversize": {"to": "2 MiB", "count": 1, "expect": "refused"}}"#;
        assert_eq!(found(options, Some(1000)), [""; 0]);
    }

    /// Times so long before the event and UUIDs with a time in them are late with it.
    #[test]
    fn every_time_of_the_event_is_one() {
        for (field, is_one) in [
            (r#""event_time""#, true),
            (r#"{"time": {"ago": "5m"}}"#, true),
            (r#"{"uuid": {"version": 7}}"#, true),
            (r#"{"object": {"id": {"uuid": {"version": 7}}}}"#, true),
            (r#"{"uuid": {"version": 4}}"#, false),
            (
                r#"{"time": {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}}"#,
                false,
            ),
        ] {
            let field: crate::FieldOptions = serde_json::from_str(field).unwrap();
            assert_eq!(has_event_time(&field), is_one, "{field:?}");
        }
    }

    #[test]
    fn every_mistake_is_told_where_it_stands() {
        let options = r#"{"malformed": "60%", "missing": {"fields": ["mail", "id", "maybe"], "share": "50%"},
            "null": {}, "out_of_range": {"fields": ["email"], "count": 1}, "late": "1%",
            "unknown_field": {"name": "dice", "count": 1}, "duplicate": {"count": 1, "expect": "refused"},
            "oversize": {"to": "1 GiB", "count": 1}}"#;
        insta::assert_snapshot!(found(options, None).join("\n"));
    }

    #[test]
    fn a_run_has_room_for_its_defects() {
        let of = |defects: &str, total| found(defects, Some(total)).join("\n");
        assert_eq!(
            of(r#"{"malformed": 11}"#, 10),
            "defects.malformed: the run has 10 records, and 11 of them were to have this defect"
        );
        assert_eq!(
            of(r#"{"malformed": 6, "null": 5}"#, 10),
            "defects: the run has 10 records, and 11 of them were to have a defect"
        );
        assert_eq!(
            of(r#"{"malformed": 5, "duplicate": 5}"#, 10),
            "defects.duplicate: all records have a defect, so there is none to send once more"
        );
    }
}
