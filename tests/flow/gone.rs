//! What was there and is gone: what hung on it is made anew, and nothing is said to be Hydrant's that
//! was not.

use aep_client::Resource;
use flow::{Action, Change, Kind, Object, Origin, Step};

use super::{Bench, WHOLE, spec};

/// As somebody does who uses the platform itself.
fn delete(bench: &Bench, object: &Object) {
    let (client, id) = (&bench.client, object.id.as_str());
    let (flows, registry) = (client.flow_service(), client.schema_registry());
    let removed = bench.block_on(async {
        match object.kind {
            Kind::BaseConnection => flows.delete(aep_client::Kind::BaseConnection, id).await,
            Kind::SourceConnection => flows.delete(aep_client::Kind::SourceConnection, id).await,
            Kind::TargetConnection => flows.delete(aep_client::Kind::TargetConnection, id).await,
            Kind::Flow => flows.delete(aep_client::Kind::Flow, id).await,
            Kind::FieldGroup => registry.delete(Resource::FieldGroups, id).await,
            Kind::Schema => registry.delete(Resource::Schemas, id).await,
            Kind::Identity => registry.delete_descriptor(id).await,
            Kind::Dataset => client.catalog().delete_dataset(id).await,
            Kind::MappingSet => client.data_prep().delete(id).await,
        }
    });
    assert!(removed.unwrap(), "{object:?}");
}

/// Everything but the mapping set.
fn delete_the_rest(bench: &Bench) {
    let mut objects = bench.state().flow("bench").objects;
    objects.sort_by_key(|object| std::cmp::Reverse(object.kind));
    for object in objects.iter().filter(|it| it.kind != Kind::MappingSet) {
        delete(bench, object);
    }
}

/// For which schema the mapping set is that the state knows.
fn is_for(bench: &Bench, schema: &str) -> bool {
    let known = bench.state().flow("bench");
    let id = &known.get(Kind::MappingSet).unwrap().id;
    let set = bench.block_on(bench.client.data_prep().mapping_set(id, 0));
    set.unwrap().unwrap().is_for(schema) == Some(true)
}

#[test]
fn a_mapping_set_of_a_schema_that_is_gone_is_not_used_for_the_next_one() {
    let bench = Bench::new(2);
    let first = bench.apply().unwrap();
    delete_the_rest(&bench);
    let plan = bench.plan();
    for item in &plan.items {
        let (action, changes) = match item.kind {
            Kind::MappingSet => (Action::Replace, vec![Change::RemoveOld]),
            _ => (Action::Recreate, vec![]),
        };
        assert_eq!((item.action, &item.changes), (action, &changes), "{item:?}");
    }
    let words = "schema is `https://ns.adobe.com/";
    assert!(plan.render().contains(words), "{}", plan.render());
    let second = bench.apply().unwrap();
    assert_ne!(first.schema, second.schema);
    assert!(is_for(&bench, &second.schema));
    bench.assert_complete("made again");
    assert!(bench.state().flow("bench").retired.is_empty());
    assert_eq!(bench.destroy(), 0);
    bench.assert_empty("destroyed");
}

#[test]
fn what_somebody_else_made_is_not_said_to_be_made_again() {
    let bench = Bench::new(2);
    bench.apply().unwrap();
    std::fs::remove_file(bench.state_path()).unwrap();
    bench.apply().unwrap();
    let known = bench.state().flow("bench");
    assert!(known.objects.iter().all(|it| it.origin == Origin::Adopted));
    delete_the_rest(&bench);
    let plan = bench.plan();
    for item in &plan.items {
        let action = match item.kind {
            Kind::MappingSet => Action::Replace,
            _ => Action::Create,
        };
        assert_eq!(item.action, action, "{item:?}");
        // What is not ours stays.
        assert!(!item.changes.contains(&Change::RemoveOld), "{item:?}");
    }
    let text = plan.render();
    let words = "which somebody else made, is gone";
    assert_eq!(text.matches(words).count(), 8, "{text}");
    let theirs = known.get(Kind::MappingSet).unwrap();
    assert!(!plan.curl().contains("DELETE"), "{}", plan.curl());
    let steps = bench.apply_told();
    let vanished = steps.iter().filter_map(|step| match step {
        Step::Vanished(object) => Some(object.origin),
        _ => None,
    });
    assert!(vanished.eq([Origin::Adopted; 8]), "{steps:?}");
    // The new flow has a mapping set of its own.
    let ours = bench.state().flow("bench");
    assert_ne!(ours.get(Kind::MappingSet).unwrap().id, theirs.id);
    assert_eq!(bench.destroy(), 0);
    delete(&bench, theirs);
    bench.assert_empty("destroyed");
}

#[test]
fn one_of_several_that_fit_is_not_forgotten() {
    let bench = Bench::new(1);
    // Nobody hears of the base connection, nor sees that it is there.
    let look = sandbox::Fault {
        method: Some("GET".to_owned()),
        path: "flowservice/connections?".to_owned(),
        ..super::crash::at(1, sandbox::Misbehaviour::Status(503))
    };
    bench.sandbox.faults().inject(look);
    let lost = "POST flowservice/connections: reset after";
    bench.sandbox.faults().inject(lost.parse().unwrap());
    bench.apply().unwrap_err();
    bench.sandbox.faults().clear();
    assert_eq!(bench.state().flow("bench").pending, [Kind::BaseConnection]);
    let params = serde_json::json!({"sasKeyName": "n", "sasKey": "k", "namespace": "ns"});
    let twin = aep_client::NewBaseConnection {
        name: "bench base connection".to_owned(),
        description: "Made by Hydrant for bench".to_owned(),
        spec: aep_client::spec::EVENT_HUBS.to_owned(),
        auth: "Azure EventHub authentication credentials".to_owned(),
        params: params.as_object().unwrap().clone(),
    };
    let service = bench.client.flow_service();
    let twin = bench.block_on(service.create(&twin.request())).unwrap();
    let destroyed = || {
        let (state, mut told) = (bench.state(), Vec::new());
        let mut note = |removal| told.push(removal);
        let left = flow::destroy(&bench.client, &bench.spec, &state, &mut note);
        (bench.block_on(left).unwrap(), told)
    };
    let (left, told) = destroyed();
    assert_eq!(left, 1, "{told:?}");
    let error = told.iter().find_map(|removal| match removal {
        flow::Removal::Lost(Kind::BaseConnection, Some(error)) => Some(error),
        _ => None,
    });
    let error = error.unwrap_or_else(|| panic!("{told:?}"));
    // With the ids of both.
    assert!(error.to_string().contains(&twin.id), "{error}");
    assert!(error.help().unwrap().contains("all but one"), "{error}");
    assert_eq!(bench.state().flow("bench").pending, [Kind::BaseConnection]);
    let kind = aep_client::Kind::BaseConnection;
    assert!(bench.block_on(service.delete(kind, &twin.id)).unwrap());
    assert_eq!(destroyed().0, 0);
    bench.assert_empty("destroyed");
}

#[test]
fn an_identity_that_the_schema_has_not_is_refused_before_anything_is_created() {
    let mut bench = Bench::new(2);
    bench.spec = spec(&WHOLE.replace(
        "\"personalEmail.address\", \"name",
        "\"personalEmail.adress\", \"name",
    ));
    bench.sandbox.faults().take_calls();
    let error = bench.apply().unwrap_err();
    let words = "`identity.field: personalEmail.adress`: the schema has no path \
                 `personalEmail.adress`, did you mean `personalEmail.address`?";
    assert!(error.to_string().contains(words), "{error}");
    assert!(bench.plan().render().contains(words));
    let calls = bench.sandbox.faults().take_calls();
    let is_creation = |call: &&String| call.starts_with("POST /data");
    assert_eq!(calls.iter().find(is_creation), None);
}
