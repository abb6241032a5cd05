//! Two flows that land in one dataset: whoever goes leaves the other what it needs.

use super::{in_dataset, scenario};
use crate::cli::{Said, Site};

/// A flow of its own name, topic and records.
fn named(name: &str, records: u64) -> String {
    let text = scenario(records, "1m").replace("name: whole", &format!("name: {name}"));
    let text = text.replace("people", name);
    text.replace("seed: 11", &format!("seed: {}", name.len()))
}

/// The dataset that a flow was given, by the state file.
fn dataset(site: &Site, name: &str) -> String {
    let state = site.text(&format!("{name}.hydrant-state.json"));
    let state: serde_json::Value = serde_json::from_str(&state).unwrap();
    let objects = state["flows"][name]["objects"].as_array().unwrap();
    let dataset = objects.iter().find(|it| it["kind"] == "dataset").unwrap();
    dataset["id"].as_str().unwrap().to_owned()
}

fn run(site: &Site, name: &str, records: u64, out: &str) -> Said {
    let file = format!("{name}.yaml");
    let said = site.run(&["run", &file, "--out", out]);
    assert_eq!(said.code, 0, "{said:?}");
    let landed = &site.place.summary(out)["landed"];
    for (number, wanted) in [("landed", records), ("unexpected", 0), ("lost", 0)] {
        assert_eq!(landed[number], wanted, "{name}: {landed}");
    }
    said
}

#[test]
fn the_guest_goes_and_the_owner_s_dataset_stays() {
    let site = Site::new("owner.yaml", &named("owner", 40));
    let applied = site.run(&["flow", "apply", "owner.yaml"]);
    assert_eq!(applied.code, 0, "{applied:?}");
    let owned = site.objects();
    let dataset = dataset(&site, "owner");
    let guest = in_dataset(&named("guests", 30), &dataset);
    site.place.write("guests.yaml", guest);

    // A run that removes what it made, which the dataset is not, nor the mapping set that fits both.
    let said = run(&site, "guests", 30, "first");
    assert!(said.err.contains("kept      mapping set"), "{}", said.err);
    assert_eq!(site.objects(), owned, "{:?}", site.sandbox.objects());
    // By hand as well.
    for words in [
        &["flow", "apply", "guests.yaml"][..],
        &["flow", "destroy", "guests.yaml", "--yes"],
    ] {
        let said = site.run(words);
        assert_eq!(said.code, 0, "{words:?}: {said:?}");
    }
    assert_eq!(site.objects(), owned, "{:?}", site.sandbox.objects());
    assert!(!site.place.path("guests.hydrant-state.json").exists());

    // The owner's flow lands in it as before, among what the guest has left there.
    run(&site, "owner", 40, "second");
    let said = site.run(&["flow", "destroy", "owner.yaml", "--yes"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(site.objects(), 0, "{:?}", site.sandbox.objects());
}
