//! Mapping sets that have been changed on the platform: a flow has the latest version.

use flow::{Action, Change, Kind, Spec};
use serde_json::{Value, json};

use super::{Bench, spec};

/// Makes a new version of a mapping set with the lines that it has.
fn change(bench: &Bench, id: &str) {
    let (sandbox, http) = (&bench.sandbox, reqwest::Client::new());
    bench.block_on(async {
        let set = bench.client.data_prep().mapping_set(id).await.unwrap();
        let set = set.unwrap();
        let lines: Vec<_> = set.lines().unwrap();
        let lines = lines.iter().map(|(source, target)| {
            json!({"sourceAttribute": source, "destinationXdmPath": target,
                "identity": false, "version": 0})
        });
        let body = json!({"version": 0, "xdmSchema": set.schema(), "xdmVersion": "1.0",
            "mappings": lines.collect::<Vec<_>>()});
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
        assert_eq!(put.send().await.unwrap().status(), 200);
    });
}

/// What the flow of this name is told about its mapping set.
fn params(bench: &Bench, name: &str) -> Value {
    let id = bench.state().flow(name).get(Kind::Flow).unwrap().id.clone();
    let service = bench.client.flow_service();
    let flow = bench.block_on(service.get(aep_client::Kind::Flow, &id));
    flow.unwrap().unwrap().rest["transformations"][0]["params"].clone()
}

fn set_of(bench: &Bench) -> String {
    let known = bench.state().flow("bench");
    known.get(Kind::MappingSet).unwrap().id.clone()
}

#[test]
fn a_flow_of_ours_is_pointed_to_the_latest_version() {
    let bench = Bench::new(2);
    bench.apply().unwrap();
    let set = set_of(&bench);
    assert_eq!(
        params(&bench, "bench"),
        json!({"mappingId": set, "mappingVersion": 0})
    );
    change(&bench, &set);
    let plan = bench.plan();
    let flow = plan.items.last().unwrap();
    assert_eq!(
        (flow.action, &flow.changes),
        (Action::Change, &vec![Change::Repoint])
    );
    let curl = plan.curl();
    assert!(curl.contains("\"mappingVersion\": 1"), "{curl}");
    assert!(curl.contains("-H 'If-Match: \""), "{curl}");
    bench.apply().unwrap();
    assert_eq!(
        params(&bench, "bench"),
        json!({"mappingId": set, "mappingVersion": 1})
    );
    assert!(
        bench
            .plan()
            .items
            .iter()
            .all(|it| it.action == Action::Keep)
    );
    bench.assert_complete("no other set");
}

#[test]
fn of_a_flow_of_somebody_elses_it_is_said() {
    let bench = Bench::new(2);
    bench.apply().unwrap();
    let set = set_of(&bench);
    change(&bench, &set);
    std::fs::remove_file(bench.state_path()).unwrap();
    let text = bench.plan().render();
    let words = "version of the mapping set in the flow is `0`, the scenario has the latest, `1`";
    assert!(text.contains(words), "{text}");
    bench.apply().unwrap();
    assert_eq!(params(&bench, "bench")["mappingVersion"], 0);
}

fn with(name: &str, dataset: &Value, set: &str) -> Spec {
    let options = json!({"name": name, "dataset": dataset, "mapping_set": set});
    spec(&options.to_string())
}

#[test]
fn a_set_that_the_scenario_names_is_used_as_it_is_now() {
    let mut bench = Bench::new(2);
    let first = bench.apply().unwrap();
    let set = set_of(&bench);
    change(&bench, &set);
    bench.spec = with("second", &json!({"id": first.dataset}), &set);
    bench.apply().unwrap();
    assert_eq!(
        params(&bench, "second"),
        json!({"mappingId": set, "mappingVersion": 1})
    );
    change(&bench, &set);
    let plan = bench.plan();
    assert_eq!(plan.items.last().unwrap().changes, [Change::Repoint]);
    bench.apply().unwrap();
    assert_eq!(params(&bench, "second")["mappingVersion"], 2);
    // For another schema it is of no use.
    bench.spec = with("third", &json!({"name": "other"}), &set);
    let error = bench.apply().unwrap_err().to_string();
    let words = format!("the mapping set {set}: schema is `{}`", first.schema);
    assert!(error.contains(&words), "{error}");
    assert!(error.contains("one that has yet to be made"), "{error}");
    assert_eq!(bench.plan().refusal.unwrap().to_string(), error);
}
