use options::Location;
use serde_json::json;

use super::*;
use crate::{FlowOptions, Origin, Upstream};

fn spec() -> Spec {
    let options: FlowOptions = serde_json::from_value(json!({
        "name": "f",
        "schema": {"field_groups": ["person_details"], "fields": {"level": "string", "n": "integer"},
            "identity": {"field": "_tenant.level"}, "profile": true},
        "mapping": {"id": "_id", "firstName": "person.name.firstName"},
    }))
    .unwrap();
    let connection =
        "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=k";
    let upstream = Upstream::EventHubs {
        connection_string: Some(connection.to_owned().into()),
        namespace: None,
        hub: Some("profiles".to_owned()),
        entra: None,
    };
    Spec::resolve(&options, "s", upstream, &|_| None, &Location::root()).unwrap()
}

/// Everything is there.
fn ids() -> Ids {
    let mut ids = Ids {
        tenant: Some("acme".to_owned()),
        flow_spec: Some("spec".to_owned()),
        ..Ids::default()
    };
    for kind in Kind::ALL {
        let id = format!("id of the {}", kind.words());
        ids.ids.insert(kind, (id, Some(Origin::Created)));
    }
    ids
}

/// As a platform that has what was asked for shows it.
fn there(kind: Kind) -> Value {
    spec().request(kind, &ids()).masked_body().unwrap()
}

fn found(kind: Kind, change: impl FnOnce(&mut Value)) -> Vec<(String, bool)> {
    let mut theirs = there(kind);
    change(&mut theirs);
    differences(&spec(), kind, &ids(), &theirs)
        .into_iter()
        .map(|it| (it.to_string(), it.is_blocking))
        .collect()
}

#[test]
fn what_was_asked_for_does_not_differ() {
    for kind in Kind::ALL {
        assert_eq!(found(kind, |_| {}), [], "{kind:?}");
        // What the platform does not show is not known to differ.
        assert_eq!(found(kind, |it| *it = json!({"id": "x"})), [], "{kind:?}");
    }
}

#[test]
fn each_difference_is_named_by_its_field() {
    let hub = found(Kind::SourceConnection, |it| {
        it["params"]["eventHubName"] = json!("other");
        it["params"]["reset"] = json!("earliest");
    });
    let words = [
        (
            "params.eventHubName is `other`, the scenario has `profiles`".to_owned(),
            true,
        ),
        (
            "params.reset is `earliest`, the scenario has `latest`".to_owned(),
            false,
        ),
    ];
    assert_eq!(hub, words);
    let schema = found(Kind::Dataset, |it| it["schemaRef"]["id"] = json!("other"));
    assert!(
        schema[0].0.starts_with("schemaRef.id is `other`") && schema[0].1,
        "{schema:?}"
    );
    let class = found(Kind::Schema, |it| it["meta:class"] = json!("event"));
    assert!(class[0].1, "{class:?}");
}

#[test]
fn groups_fields_and_tags_that_are_missing_are_found() {
    let groups = found(Kind::Schema, |it| {
        it["allOf"].as_array_mut().unwrap().truncate(1);
    });
    // Without the scenario's own fields it can't work; Adobe's may not be needed.
    let blocking: Vec<_> = groups.iter().map(|(_, is_blocking)| *is_blocking).collect();
    assert_eq!(blocking, [false, true], "{groups:?}");
    let fields = found(Kind::FieldGroup, |it| {
        let fields = &mut it["definitions"]["fields"]["properties"]["_acme"]["properties"];
        fields["level"]["type"] = json!("integer");
        fields.as_object_mut().unwrap().shift_remove("n");
    });
    let words = [
        (
            "field level is `integer`, the scenario has `string`".to_owned(),
            true,
        ),
        (
            "field n is not there, the scenario has `integer`".to_owned(),
            true,
        ),
    ];
    assert_eq!(fields, words);
    // The platform adds to a tag when it did what the tag asks for.
    let tags = found(Kind::Dataset, |it| {
        it["tags"]["unifiedProfile"] = json!(["enabled:true", "enabledAt:2026-01-01 00:00:00"]);
        it["tags"]
            .as_object_mut()
            .unwrap()
            .shift_remove("unifiedIdentity");
    });
    assert_eq!(tags.len(), 1, "{tags:?}");
    assert!(tags[0].0.starts_with("tags.unifiedIdentity is not there") && !tags[0].1);
}

#[test]
fn lines_that_a_mapping_lacks_are_told_from_further_ones() {
    let ours = [("id", "_id"), ("a", "person.a")];
    assert_eq!(mapping(&ours, &[("a", "person.a"), ("id", "_id")]), []);
    let found = mapping(
        &ours,
        &[("id", "_id"), ("b", "person.a"), ("c", "person.c")],
    );
    let found: Vec<_> = found
        .iter()
        .map(|it| (it.to_string(), it.is_blocking))
        .collect();
    let words = [
        (
            "mapping of person.a is `b: person.a`, the scenario has `a: person.a`".to_owned(),
            true,
        ),
        (
            "mapping of person.c is `c: person.c`, the scenario has nothing".to_owned(),
            false,
        ),
    ];
    assert_eq!(found, words);
}
