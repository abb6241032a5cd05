//! Records with a defect beside sound ones: what is waited for, and what counts.

use records::DefectKind;

use super::*;
use crate::Spec;
use crate::options::FlowOptions;

const TOTAL: u64 = 100;
const FLOW: &str = r#"{"schema": {"class": "profile", "field_groups": ["person_details"]},
    "mapping": {"id": "_id", "word": "person.name.firstName"}}"#;

fn with(defects: &str) -> Template {
    let options =
        format!(r#"{{"defects": {defects}, "fields": {{"id": "record_id", "word": "word"}}}}"#);
    template(&options).of_load(Some(TOTAL))
}

/// All were sent, and all but those rejected were acknowledged; then this happens.
fn landing(template: &Template, rejected: &[u64], job: impl FnOnce(&mut Matching<'_>)) -> Landing {
    landing_by(FLOW, template, rejected, job)
}

/// Likewise, by this flow.
fn landing_by(
    flow: &str,
    template: &Template,
    rejected: &[u64],
    job: impl FnOnce(&mut Matching<'_>),
) -> Landing {
    let lanes = [LaneLedger {
        first: 0,
        stride: 1,
        scheduled: TOTAL,
        rejected: rejected.iter().map(|n| (*n, 1)).collect(),
        ..LaneLedger::default()
    }];
    let flow: FlowOptions = serde_json::from_str(flow).unwrap();
    let spec = Spec::unplaced(&flow);
    let due = |_| Some(Nanos(0));
    let (sent, zero) = (Sent::of(&lanes), Timestamp::UNIX_EPOCH);
    let mut matching = Matching::new(template, "_id".to_owned(), Vec::new(), zero, &due, sent)
        .apart(&lanes, Expectations::new(template, &spec));
    job(&mut matching);
    matching.finish(false, None, Vec::new())
}

fn id_in(template: &Template, n: u64) -> String {
    serde_json::from_slice(&template.value(n, "id").unwrap()).unwrap()
}

fn land(matching: &mut Matching<'_>, template: &Template, all: &[u64]) {
    let all: Vec<_> = all.iter().map(|n| (id_in(template, *n), 0)).collect();
    matching.take(&rows(&all), 5, true);
}

fn sound(template: &Template) -> Vec<u64> {
    let all = 0..TOTAL;
    all.filter(|n| template.defect_of(*n).is_none()).collect()
}

fn of_kind(template: &Template, kind: DefectKind) -> Vec<u64> {
    let has = |n: &u64| template.defect_of(*n).is_some_and(|it| it.kind == kind);
    (0..TOTAL).filter(has).collect()
}

/// The records that are copied, once for each copy.
fn copied(template: &Template) -> Vec<u64> {
    let copied = (0..TOTAL).filter_map(|n| template.defect_of(n)?.copy_of);
    copied.collect()
}

#[test]
fn a_record_that_is_to_be_refused_is_not_waited_for() {
    let template = with(r#"{"malformed": "10%", "null": {"fields": ["word"], "share": "5%"}}"#);
    let nulls = of_kind(&template, DefectKind::Null);
    let found = landing(&template, &[], |matching| {
        land(matching, &template, &sound(&template));
        land(matching, &template, &nulls[1..]);
        assert!(
            !matching.is_complete(true),
            "one that is to land is not there"
        );
        land(matching, &template, &nulls[..1]);
        assert_eq!(matching.progress(), (100, 90, 0));
        assert!(matching.is_complete(true), "all that is to land is there");
        assert!(
            !matching.is_complete(false),
            "what was refused could not be read"
        );
        refuse(
            matching,
            &id_in(&template, of_kind(&template, DefectKind::Malformed)[0]),
        );
        assert_eq!(matching.progress(), (100, 90, 1));
        assert!(matching.is_complete(true));
    });
    let fates: Vec<_> = found
        .defects
        .iter()
        .map(|it| (it.missing, it.unexpected))
        .collect();
    assert_eq!(fates, [(9, 0), (0, 0)]);
    assert_eq!((found.expected, found.landed, found.lost), (85, 85, 0));
}

/// What an expression makes of a value that is not there is for the platform to say.
#[test]
fn a_record_that_may_be_refused_is_not_waited_for() {
    let template = with(r#"{"null": {"fields": ["word"], "share": "5%"}}"#);
    let nulls = of_kind(&template, DefectKind::Null);
    let flow = FLOW.replace(r#""word":"#, r#""lower(word)":"#);
    let found = landing_by(&flow, &template, &[], |matching| {
        land(matching, &template, &sound(&template)[1..]);
        land(matching, &template, &nulls[..2]);
        assert!(!matching.is_complete(true), "a sound one is not there");
        land(matching, &template, &sound(&template)[..1]);
        assert_eq!(matching.progress(), (100, 97, 0));
        assert!(matching.is_complete(true));
    });
    let fate = &found.defects[0];
    let numbers = (fate.sent, fate.landed, fate.missing, fate.unexpected);
    assert_eq!(numbers, (5, 2, 3, 0));
}

#[test]
fn where_all_are_to_be_refused_they_are_waited_for() {
    let template = with(r#"{"malformed": "100%"}"#);
    landing(&template, &[], |matching| {
        assert!(!matching.is_complete(true));
        for n in 0..TOTAL {
            assert!(!matching.is_complete(true));
            refuse(matching, &id_in(&template, n));
        }
        assert!(matching.is_complete(true));
    });
}

#[test]
fn the_copy_of_a_record_that_was_rejected_is_found() {
    let template = with(r#"{"duplicate": "10%"}"#);
    let copied = copied(&template);
    let original = copied[0];
    let found = landing(&template, &[original], |matching| {
        let sound = sound(&template);
        let others: Vec<_> = sound.into_iter().filter(|n| *n != original).collect();
        land(matching, &template, &others);
        land(matching, &template, &copied[1..]);
        assert_eq!(matching.progress(), (99, 98, 0));
        assert!(!matching.is_complete(true));
        land(matching, &template, &[original]);
        assert_eq!(matching.progress(), (99, 99, 0));
        assert!(matching.is_complete(true));
    });
    let fate = &found.defects[0];
    assert_eq!((fate.sent, fate.landed, fate.missing), (10, 10, 0));
    assert_eq!((found.lost, found.duplicated), (0, 0));
}

#[test]
fn a_copy_that_nobody_asked_for_stands_for_no_other() {
    let template = with(r#"{"duplicate": "10%"}"#);
    let (sound, copied) = (sound(&template), copied(&template));
    let others = sound.iter().filter(|n| !copied.contains(n)).copied();
    let others: Vec<_> = others.take(10).collect();
    let found = landing(&template, &[], |matching| {
        land(matching, &template, &sound);
        land(matching, &template, &others);
        assert_eq!(matching.progress(), (100, 90, 0));
        assert!(!matching.is_complete(true));
        land(matching, &template, &copied);
        assert!(matching.is_complete(true));
    });
    assert_eq!((found.duplicated, found.defects[0].landed), (10, 10));
}

#[test]
fn the_latency_is_that_of_sound_records() {
    let template = with(r#"{"null": {"fields": ["word"], "share": "5%"}}"#);
    let found = landing(&template, &[], |matching| {
        land(matching, &template, &(0..TOTAL).collect::<Vec<_>>());
    });
    assert_eq!((found.landed, found.defects[0].landed), (95, 5));
    assert_eq!(found.latency.len(), 95);
}
