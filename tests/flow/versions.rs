//! Mapping sets that people have changed on the platform: read in the version that the flow has, and never
//! taken from it in silence.

use flow::{Action, Change, Kind, Spec};
use serde_json::{Value, json};

use super::{Bench, WHOLE, spec};

/// Makes a new version of a mapping set, of what the newest has and further lines, and says its number.
fn change(bench: &Bench, id: &str, further: &[(&str, &str)]) -> u64 {
    let (sandbox, http) = (&bench.sandbox, reqwest::Client::new());
    bench.block_on(async {
        let set = bench.client.data_prep().newest(id).await.unwrap().unwrap();
        let lines = set.lines().unwrap();
        let all = lines.iter().chain(further);
        let all = all.map(|(source, target)| {
            json!({"sourceType": "ATTRIBUTE", "source": source, "destination": target})
        });
        let output = &set.rest["outputSchema"];
        let body = json!({"outputSchema": output, "mappings": all.collect::<Vec<_>>()});
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", sandbox.client_id()),
            ("client_secret", sandbox.client_secret()),
            ("scope", "openid,AdobeID"),
        ];
        let url = format!("{}/ims/token/v3", sandbox.platform_url());
        let token = http.post(url).form(&form).send().await.unwrap();
        let token: Value = token.json().await.unwrap();
        let path = format!("data/foundation/conversion/mappingSets/{id}");
        let put = http
            .put(format!("{}/{path}", sandbox.platform_url()))
            .bearer_auth(token["access_token"].as_str().unwrap())
            .header("x-api-key", sandbox.client_id())
            .header("x-gw-ims-org-id", sandbox.organization())
            .header("x-sandbox-name", "prod")
            .json(&body);
        let put: Value = put.send().await.unwrap().json().await.unwrap();
        put["version"].as_u64().unwrap()
    })
}

fn flow_of(bench: &Bench, name: &str) -> aep_client::Entity {
    let id = bench.state().flow(name).get(Kind::Flow).unwrap().id.clone();
    let service = bench.client.flow_service();
    let flow = bench.block_on(service.get(aep_client::Kind::Flow, &id));
    flow.unwrap().unwrap()
}

/// What the flow of this name is told about its mapping set.
fn params(bench: &Bench, name: &str) -> Value {
    flow_of(bench, name).rest["transformations"][0]["params"].clone()
}

/// Gives the flow a mapping set, as somebody does who uses the platform itself.
fn point(bench: &Bench, set: &str, version: u64) {
    let flow = flow_of(bench, "bench");
    let version = u32::try_from(version).unwrap();
    let service = bench.client.flow_service();
    let pointed = service.point_at_mapping(&flow.id, &flow.etag, (set, version));
    bench.block_on(pointed).unwrap();
}

fn set_of(bench: &Bench) -> String {
    let known = bench.state().flow("bench");
    known.get(Kind::MappingSet).unwrap().id.clone()
}

const FURTHER: [(&str, &str); 1] = [("lastName", "person.name.lastName")];

#[test]
fn a_new_version_that_the_flow_does_not_have_changes_nothing() {
    let bench = Bench::new(2);
    bench.apply().unwrap();
    let set = set_of(&bench);
    assert_eq!(change(&bench, &set, &FURTHER), 1);
    let plan = bench.plan();
    assert!(!plan.has_work(), "{}", plan.render());
    bench.apply().unwrap();
    assert_eq!(
        params(&bench, "bench"),
        json!({"mappingId": set, "mappingVersion": 0})
    );
}

#[test]
fn what_people_gave_a_flow_is_not_taken_from_it() {
    let mut bench = Bench::new(2);
    bench.apply().unwrap();
    let set = set_of(&bench);
    // As the platform does when somebody edits the mapping of a flow.
    let version = change(&bench, &set, &FURTHER);
    point(&bench, &set, version);
    let there = params(&bench, "bench");
    let error = bench.apply().unwrap_err().to_string();
    for words in [
        format!("mapping set of the flow is version 1 of `{set}`, which somebody gave it"),
        "name it with `mapping_set: {id: …, version: …}`".to_owned(),
    ] {
        assert!(error.contains(&words), "no {words}: {error}");
    }
    let line = "mapping of person.name.lastName is `lastName: person.name.lastName`";
    let text = bench.plan().render();
    assert!(text.contains(line), "{text}");
    assert_eq!(bench.plan().refusal.unwrap().to_string(), error);
    assert_eq!(params(&bench, "bench"), there);
    // Taken over into the scenario it fits.
    let own = bench.spec.clone();
    bench.spec = spec(&WHOLE.replace(
        r#""mapping": {"#,
        r#""mapping": {"lastName": "person.name.lastName", "#,
    ));
    bench.apply().unwrap();
    assert_eq!(params(&bench, "bench"), there);
    assert!(!bench.plan().has_work(), "{}", bench.plan().render());
    // And whoever wants the old one says so.
    bench.spec = own;
    bench.spec.mapping_set = serde_json::from_value(json!({"id": set, "version": 0})).unwrap();
    bench.apply().unwrap();
    assert_eq!(params(&bench, "bench")["mappingVersion"], 0);
}

#[test]
fn another_set_that_people_gave_a_flow_is_not_taken_from_it_either() {
    let bench = Bench::new(2);
    let there = bench.apply().unwrap();
    let lines = vec![aep_client::MappingLine::new("id", "_id")];
    let new = aep_client::NewMappingSet::new(there.schema, lines);
    let other = bench.block_on(bench.client.data_prep().create(&new));
    let other = other.unwrap().id;
    point(&bench, &other, 0);
    let error = bench.apply().unwrap_err().to_string();
    let words = format!("version 0 of `{other}`, which somebody gave it on the platform");
    assert!(error.contains(&words), "{error}");
    assert_eq!(params(&bench, "bench")["mappingId"], *other);
}

#[test]
fn of_a_flow_of_somebody_elses_the_version_that_it_has_counts() {
    let bench = Bench::new(2);
    bench.apply().unwrap();
    let set = set_of(&bench);
    let version = change(&bench, &set, &FURTHER);
    std::fs::remove_file(bench.state_path()).unwrap();
    // Version 0 is what the scenario asks for.
    let plan = bench.plan();
    let differences = plan.items.iter().flat_map(|item| &item.differences);
    assert_eq!(differences.count(), 0, "{}", plan.render());
    bench.apply().unwrap();
    point(&bench, &set, version);
    std::fs::remove_file(bench.state_path()).unwrap();
    let text = bench.plan().render();
    let words = "mapping of person.name.lastName is `lastName: person.name.lastName`";
    assert!(text.contains(words), "{text}");
}

fn with(name: &str, dataset: &Value, set: &Value) -> Spec {
    let options = json!({"name": name, "dataset": dataset, "mapping_set": set});
    spec(&options.to_string())
}

#[test]
fn a_set_that_the_scenario_names_stays_at_its_version() {
    let mut bench = Bench::new(2);
    let first = bench.apply().unwrap();
    let set = set_of(&bench);
    for version in 1..4 {
        assert_eq!(change(&bench, &set, &[]), version);
    }
    let dataset = json!({"id": first.dataset});
    // A new flow gets the newest.
    bench.spec = with("second", &dataset, &json!(set));
    bench.apply().unwrap();
    assert_eq!(
        params(&bench, "second"),
        json!({"mappingId": set, "mappingVersion": 3})
    );
    // And keeps it.
    change(&bench, &set, &[]);
    let plan = bench.plan();
    assert!(!plan.has_work(), "{}", plan.render());
    let words = "the newest is `4`";
    assert!(plan.render().contains(words), "{}", plan.render());
    // Unless another one is asked for.
    bench.spec = with("second", &dataset, &json!({"id": set, "version": 1}));
    let plan = bench.plan();
    assert_eq!(plan.items.last().unwrap().changes, [Change::Repoint]);
    let curl = plan.curl();
    assert!(curl.contains("\"mappingVersion\": 1"), "{curl}");
    assert!(curl.contains("-H 'If-Match: \""), "{curl}");
    bench.apply().unwrap();
    assert_eq!(params(&bench, "second")["mappingVersion"], 1);
    assert!(
        bench
            .plan()
            .items
            .iter()
            .all(|it| it.action == Action::Keep)
    );
    bench.spec = with("second", &dataset, &json!({"id": set, "version": 9}));
    let error = bench.apply().unwrap_err().to_string();
    assert!(error.contains("and the version 9"), "{error}");
    // For another schema it is of no use.
    bench.spec = with("third", &json!({"name": "other"}), &json!(set));
    let error = bench.apply().unwrap_err().to_string();
    let words = format!("the mapping set {set}: schema is `{}`", first.schema);
    assert!(error.contains(&words), "{error}");
    assert!(error.contains("one that has yet to be made"), "{error}");
    assert_eq!(bench.plan().refusal.unwrap().to_string(), error);
}
