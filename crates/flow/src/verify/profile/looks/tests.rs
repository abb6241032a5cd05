//! A sample is looked up often at first, then seldom; what is seen, and what is not, is counted once.

use std::sync::Arc;

use aep_client::ProfileEntity;
use jiff::{SignedDuration, Timestamp};
use options::Share;
use proptest::prelude::*;
use records::Template;
use serde_json::json;

use super::super::identity::Identity;
use super::*;
use crate::verify::made::template;
use crate::verify::matching::Field;

const RECORDS: &str = r#"{"fields": {"id": "record_id", "mail": {"optional": {"of": "email"}}, "name": "first_name"}}"#;

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// A record every tenth of a second, all of them in the sample, known by this field.
struct Scene {
    template: Arc<Template>,
    looks: Looks,
    /// The platform's time at the run's zero.
    zero: Timestamp,
}

impl Scene {
    fn new(field: &str) -> Scene {
        Scene::of(field, Some(Arc::new(|n| Some(Nanos(n * 100_000_000)))))
    }

    fn of(field: &str, due: Option<Due>) -> Scene {
        let template = Arc::new(template(RECORDS));
        let line = |source: &str, path: &str| Field {
            source: source.to_owned(),
            steps: vec![source.to_owned()],
            path: path.to_owned(),
            is_overwritten: false,
        };
        let identity = Identity {
            namespace: "CRMID".to_owned(),
            steps: vec![field.to_owned()],
        };
        let fields = vec![
            line("id", "_id"),
            line("name", "person.name.firstName"),
            line("mail", "personalEmail.address"),
        ];
        let who = Who::new(Arc::clone(&template), identity, fields);
        let sample = Sample::new(1, Share::percent(100.0));
        Scene {
            looks: Looks::new(who, sample, due, Some(10)),
            template,
            zero: "2026-11-30T21:00:00Z".parse().unwrap(),
        }
    }

    fn sent(&mut self, scheduled: u64, deadline: f64) {
        let lane = LaneLedger {
            first: 0,
            stride: 1,
            scheduled,
            rejected: [(1, 1)].into_iter().collect(),
            ..LaneLedger::default()
        };
        self.looks.expect(&[lane], seconds(deadline));
    }

    fn value(&self, n: u64, field: &str) -> String {
        let value = self.template.value(n, field).unwrap();
        serde_json::from_slice(&value).unwrap()
    }

    /// What the profile shows of record `n` at `identity`, changed at `modified`.
    fn entity(&self, n: u64, identity: &str, modified: f64) -> ProfileEntity {
        let at = self.zero + SignedDuration::from_secs_f64(modified);
        let mail = self.template.value(n, "mail").unwrap_or_default();
        let mail: serde_json::Value = serde_json::from_slice(&mail).unwrap_or_default();
        serde_json::from_value(json!({
            "entityId": format!("G{n}"),
            "sources": ["5f71"],
            "entity": {
                "identities": [{"id": identity, "namespace": {"code": "crmid"}}],
                "_id": self.value(n, "id"),
                "person": {"name": {"firstName": self.value(n, "name")}},
                "personalEmail": {"address": mail},
            },
            "lastModifiedAt": at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        }))
        .unwrap()
    }

    /// Looks at `now`; who was asked for.
    fn look(&mut self, now: f64, entities: Vec<ProfileEntity>) -> Vec<u64> {
        let at = self.zero + SignedDuration::from_secs_f64(now);
        let wanted = self.looks.next(seconds(now));
        let found = Entities {
            at: Some(at),
            entities,
        };
        self.looks
            .answered(&wanted, &found, seconds(now), seconds(now));
        wanted
    }

    /// The people of these records, as they are.
    fn people(&self, ordinals: &[u64], modified: f64) -> Vec<ProfileEntity> {
        let one = |n: &u64| self.entity(*n, &self.value(*n, "id"), modified);
        ordinals.iter().map(one).collect()
    }
}

#[test]
fn what_is_due_is_looked_up_until_it_is_seen() {
    let mut scene = Scene::new("id");
    assert_eq!(scene.look(0.2, Vec::new()), [0; 0]);
    assert_eq!(scene.look(0.3, Vec::new()), [0]);
    // Not at once again; each after a quarter of a second, then after an eighth of its age.
    assert_eq!(scene.look(0.31, Vec::new()), [0; 0]);
    assert_eq!(scene.look(0.6, Vec::new()), [0, 1, 2, 3]);
    let people = scene.people(&[0, 2], 1.0);
    let asked = scene.look(1.3, people);
    assert!(asked.contains(&0) && asked.contains(&2), "{asked:?}");
    scene.sent(4, 60.0);
    assert_eq!(scene.looks.progress(), (Some(3), 2));
    assert!(!scene.looks.is_over());
    let people = scene.people(&[3], 9.0);
    assert_eq!(scene.look(9.0, people), [3]);
    assert!(scene.looks.is_over());
    let found = scene.looks.finish(None);
    assert_eq!((found.sampled, found.visible, found.missing), (3, 3, 0));
    assert_eq!(found.latency.len(), 3);
    let close = |nanos: u64, seconds: f64| (nanos as f64 / 1e9 - seconds).abs() < seconds / 100.0;
    assert!(close(found.latency.min(), 1.1), "{}", found.latency.min());
    assert!(close(found.latency.max(), 8.7), "{}", found.latency.max());
    // The last one was not looked up for long.
    let [tardy] = &found.remarks[..] else {
        panic!("{:?}", found.remarks);
    };
    assert!(
        tardy.starts_with("1 latency is up to 7.7 s longer"),
        "{tardy}"
    );
    assert!(!found.timed_out);
}

#[test]
fn what_is_not_there_at_the_deadline_is_missing_after_one_more_look() {
    let mut scene = Scene::new("id");
    scene.look(1.0, Vec::new());
    scene.sent(3, 5.0);
    scene.look(4.0, Vec::new());
    // Its turn has not come, but the time is up.
    assert_eq!(scene.look(4.1, Vec::new()), [0; 0]);
    assert!(!scene.looks.is_over());
    let people = scene.people(&[0], 4.0);
    assert_eq!(scene.look(5.0, people), [0, 2]);
    assert!(scene.looks.is_over());
    let found = scene.looks.finish(None);
    assert_eq!((found.sampled, found.visible, found.missing), (2, 1, 1));
    assert_eq!(found.missing_examples, [2]);
    assert!(found.timed_out && found.unknown.is_none());
    // The same, cut short: nobody can say.
    let mut scene = Scene::new("id");
    scene.sent(3, 5.0);
    let found = scene.looks.finish(Some(("interrupted".to_owned(), true)));
    let unknown = found.unknown.unwrap();
    assert_eq!((found.missing, unknown.count), (0, 2));
    assert!(found.missing_examples.is_empty());
}

/// More than can be open at once, hardly one of which comes.
#[test]
fn those_that_wait_for_a_place_get_one_at_the_deadline() {
    const SENT: u64 = 3 * OPEN_MAX as u64;
    let mut scene = Scene::of("id", Some(Arc::new(|n| Some(Nanos(n * 100_000_000)))));
    scene.sent(SENT, 20.0);
    assert_eq!(scene.look(19.0, Vec::new()).len(), OPEN_MAX);
    assert!(!scene.looks.is_over());
    let mut looks = 0;
    let mut asked = Vec::new();
    while !scene.looks.is_over() {
        looks += 1;
        assert!(looks < 10, "no end: {asked:?}");
        // One stands behind another person's record, the last one comes.
        let mut people = scene.people(&[3, SENT - 1], 19.0);
        people[0].entity["_id"] = json!("somebody else's");
        asked.extend(scene.look(20.0 + f64::from(looks), people));
    }
    let sent: Vec<_> = (0..SENT).filter(|n| *n != 1).collect();
    assert_eq!(asked, sent);
    let found = scene.looks.finish(None);
    assert_eq!((found.sampled, found.visible), (SENT - 2, 1));
    assert_eq!(found.missing, SENT - 3);
    assert_eq!(found.missing_examples[..4], [0, 2, 4, 5]);
    assert_eq!(found.missing_examples.len(), EXAMPLES);
}

/// What had its last look is missing, also where the others could not have theirs.
#[test]
fn what_breaks_off_after_the_deadline_leaves_the_rest_unknown() {
    let mut scene = Scene::new("id");
    scene.sent(2 * OPEN_MAX as u64, 5.0);
    let asked = scene.look(6.0, Vec::new()).len() as u64;
    let found = scene.looks.finish(Some(("503".to_owned(), false)));
    let unknown = found.unknown.unwrap();
    assert_eq!(
        (found.missing, unknown.count),
        (asked, found.sampled - asked)
    );
    assert!(unknown.count > 0 && found.timed_out);
}

/// What was rejected is not in the sample, whatever the profile shows of it.
#[test]
fn remarks_are_about_the_sample() {
    let mut scene = Scene::new("id");
    let mut people = scene.people(&[0, 1], 1.0);
    for person in &mut people {
        person.entity.remove("_id");
    }
    scene.look(10.0, people);
    scene.sent(2, 60.0);
    let found = scene.looks.finish(None);
    assert_eq!((found.sampled, found.visible), (1, 1));
    let [untimed, uncompared] = &found.remarks[..] else {
        panic!("{:?}", found.remarks);
    };
    assert!(untimed.starts_with("1 of the sampled records was visible already"));
    assert!(uncompared.starts_with("1 of the sampled records was seen but not compared"));
}

#[test]
fn what_a_record_leaves_out_is_not_compared() {
    let mut scene = Scene::new("id");
    // An earlier record of the same person had an address.
    scene.sent(10, 60.0);
    let without = |n: &u64| {
        let mail = scene.template.value(*n, "mail");
        *n != 1 && mail.is_none_or(|it| it == b"null")
    };
    let n = (0..10).find(without).unwrap();
    let mut people = scene.people(&[n], 1.0);
    people[0].entity["personalEmail"] = json!({"address": "earlier@example.com"});
    scene.look(2.0, people);
    let found = scene.looks.finish(None);
    assert_eq!(
        (found.visible, found.corrupted),
        (1, 0),
        "{:?}",
        found.corrupted_examples
    );
}

/// Seeds and therefore people are the same in every run of a scenario, and the profile keeps them.
#[test]
fn who_has_not_changed_since_was_there_before() {
    let mut scene = Scene::new("id");
    let people = scene.people(&[0], -30.0);
    assert_eq!(scene.look(0.5, people), [0, 1, 2]);
    assert_eq!(scene.looks.progress(), (None, 0));
    let people = scene.people(&[0], 1.0);
    scene.look(1.5, people);
    assert_eq!(scene.looks.progress(), (None, 1));
}

#[test]
fn another_record_of_the_same_person_is_none_of_this_one() {
    let mut scene = Scene::new("id");
    let id = |scene: &Scene, n| scene.value(n, "id");
    // A later one stands in the place of 0, an earlier one in that of 3.
    let later = scene.entity(2, &id(&scene, 0), 1.0);
    let earlier = scene.entity(2, &id(&scene, 3), 1.0);
    scene.look(1.5, vec![later, earlier]);
    scene.sent(4, 2.0);
    assert_eq!(scene.looks.progress(), (Some(2), 0));
    let earlier = scene.entity(2, &id(&scene, 3), 1.0);
    let two = scene.entity(2, &id(&scene, 2), 1.0);
    scene.look(2.0, vec![earlier, two]);
    let found = scene.looks.finish(None);
    assert_eq!((found.sampled, found.visible, found.missing), (1, 1, 0));
    assert!(
        found.remarks[0].starts_with("2 of the sampled records are not counted"),
        "{:?}",
        found.remarks
    );
}

/// Another stream's record about the same person, in the same dataset.
#[test]
fn somebody_elses_record_is_none_either() {
    let mut scene = Scene::new("id");
    let mut people = scene.people(&[0, 2], 1.0);
    for person in &mut people {
        person.entity["_id"] = json!("somebody else's");
    }
    // Two datasets say something of this one: whose id is shown means nothing.
    people[1].sources.push("5f72".to_owned());
    scene.look(1.0, Vec::new());
    scene.look(1.5, people);
    scene.sent(3, 60.0);
    assert_eq!(scene.looks.progress(), (Some(2), 1));
    let found = scene.looks.finish(None);
    assert_eq!((found.sampled, found.visible, found.missing), (1, 1, 0));
    assert!(found.remarks[0].starts_with("1 of the sampled records is not counted"));
}

#[test]
fn values_are_compared_where_the_profile_shows_which_record_it_has() {
    let mut scene = Scene::new("id");
    let mut people = scene.people(&[0, 2, 3, 4], 1.0);
    let name = |entity: &mut ProfileEntity, name: &str| {
        entity.entity["person"]["name"]["firstName"] = json!(name);
    };
    name(&mut people[0], "Nobody~");
    // From two datasets, and without an id: nobody can say whose they are.
    name(&mut people[1], "Nobody~");
    people[1].sources.push("5f72".to_owned());
    name(&mut people[2], "Nobody~");
    people[2].entity.remove("_id");
    scene.look(1.0, Vec::new());
    scene.look(1.5, people);
    scene.sent(5, 60.0);
    let found = scene.looks.finish(None);
    assert_eq!((found.sampled, found.visible, found.corrupted), (4, 4, 1));
    let example = &found.corrupted_examples[0];
    assert!(
        example.starts_with("record 0: person.name.firstName is `Nobody~` in the profile"),
        "{example}"
    );
    assert!(found.remarks[0].starts_with("2 of the sampled records were seen but not compared"));
}

#[test]
fn records_that_name_nobody_are_not_looked_up() {
    let mut scene = Scene::new("mail");
    scene.sent(10, 60.0);
    let asked = scene.look(2.0, Vec::new());
    let with = (0..10).filter(|n| {
        *n != 1
            && scene
                .template
                .value(*n, "mail")
                .is_some_and(|it| it != b"null")
    });
    let with: Vec<_> = with.collect();
    assert!(!with.is_empty() && with.len() < 9, "{with:?}");
    assert_eq!(asked, with);
    assert_eq!(scene.looks.progress(), (Some(with.len() as u64), 0));
    let found = scene.looks.finish(None);
    assert!(
        found.remarks[0].contains("have no identity"),
        "{:?}",
        found.remarks
    );
}

#[test]
fn what_was_looked_up_too_late_to_tell_is_seen_and_not_timed() {
    let mut scene = Scene::new("id");
    let people = scene.people(&[0, 2], 1.0);
    scene.look(10.0, people);
    scene.sent(3, 60.0);
    let found = scene.looks.finish(None);
    assert_eq!((found.visible, found.latency.len()), (2, 0));
    assert!(found.remarks[0].contains("their latency is not known"));
    // Without due times there is nothing to tell, and nothing is looked up before it is known what was sent.
    let mut scene = Scene::of("id", None);
    assert_eq!(scene.look(10.0, Vec::new()), [0; 0]);
    scene.sent(3, 60.0);
    let people = scene.people(&[0, 2], 1.0);
    assert_eq!(scene.look(10.0, people), [0, 2]);
    let found = scene.looks.finish(None);
    assert_eq!((found.visible, found.latency.len()), (2, 0));
    assert!(found.remarks.is_empty(), "{:?}", found.remarks);
}

proptest! {
    // However late it comes, it is told at most an eighth, and a quarter of a second, too late, and after
    // a number of looks that grows with the logarithm of the time.
    #[test]
    fn times_are_told_to_an_eighth(comes in 0.0..600.0_f64) {
        let mut scene = Scene::new("id");
        let mut looks = 0;
        let mut now = 0.0;
        while scene.looks.progress().1 == 0 {
            now += 0.2;
            let people = if now >= comes { scene.people(&[0], comes) } else { Vec::new() };
            looks += usize::from(scene.look(now, people).contains(&0));
        }
        let told = scene.looks.finish(None).latency.max() as f64 / 1e9;
        prop_assert!(told >= comes * 0.99 && told <= comes * 1.14 + 0.6, "{told} for {comes}");
        prop_assert!(looks < 70, "{looks} looks");
    }
}
