//! A sample of the records is looked up in the profile: what it shows, what is missing, what nobody knows.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flow::verify::{ProfileLookup, ProfileQuestion};
use measure::{InProfile, LaneLedger};
use options::Share;
use records::{Context, RecordsOptions, Template};
use sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use super::{Bench, scenario};
use crate::cli::{Place, Said, Site, Started};

const OUT: [&str; 4] = ["run", "people.yaml", "--out", "out"];

/// A scenario whose records come to the profile, all of them looked up.
pub(crate) fn people(load: &str, within: &str) -> String {
    let schema = concat!(
        "  schema:\n",
        "    field_groups: [person_details, personal_details]\n",
        "    identity: {field: personalEmail.address, namespace: Email}\n",
        "    profile: true\n",
    );
    let (mapping, unpaced) = ("  mapping:\n", "unpaced: {count: 7}");
    let text = scenario(7, within);
    assert!(text.contains(mapping) && text.contains(unpaced));
    let text = text
        .replace(mapping, &format!("{schema}{mapping}"))
        .replace(unpaced, load)
        .replace("name: whole", "name: people");
    let landed = format!("landed: {{within: {within}}}");
    assert!(text.contains(&landed));
    text.replace(
        &landed,
        &format!("profile: {{sample: 100%, within: {within}}}"),
    )
}

fn site(load: &str, within: &str, more: &str) -> Site {
    Site::new("people.yaml", &format!("{}{more}", people(load, within)))
}

const HOLD: &str = "hold: {rate: 100/s, count: 200}";

#[test]
fn the_profile_shows_what_was_sent_and_when_it_came() {
    let site = site(
        HOLD,
        "2m",
        "thresholds: [profile_missing = 0, profile_corrupted = 0, profile max < 2m]\n",
    );
    let said = site.run(&OUT);
    // How long it takes depends on the machine, whether it is measured does not.
    assert!([0, 96, 99].contains(&said.code), "{said:?}");
    assert!(
        said.err.contains("200 of 200 records are in the profile"),
        "{}",
        said.err
    );
    let summary = site.place.summary("out");
    let profile = &summary["profile"];
    for (name, number) in [
        ("sampled", 200),
        ("visible", 200),
        ("missing", 0),
        ("corrupted", 0),
    ] {
        assert_eq!(profile[name], number, "{name}: {profile}");
    }
    assert!(summary.get("landed").is_none(), "{summary}");
    let timed = summary["latency"]["profile"]["count"].as_u64().unwrap_or(0);
    let untimed = profile["remarks"]
        .to_string()
        .contains("their latency is not known");
    assert!(timed == 200 || untimed, "{summary}");
    for threshold in summary["thresholds"].as_array().unwrap().iter().take(2) {
        assert_eq!(threshold["passed"], true, "{threshold}");
    }
    let log = site.text("out/latency.hlog");
    assert!(timed == 0 || log.contains("Tag=people:profile,"), "{log}");
    for (file, words) in [
        ("out/report.html", "<h2>Profile</h2>"),
        ("out/summary.json", "\"profile\""),
    ] {
        assert!(site.text(file).contains(words), "{file}");
    }
    // Nobody was hammered: 200 people fit into two requests, each is asked for a few dozen times at most.
    let calls = site.sandbox.faults().take_calls();
    let asked = calls
        .iter()
        .filter(|it| it.contains("/access/entities"))
        .count();
    assert!((2..400).contains(&asked), "{asked} calls");
}

#[test]
fn the_sample_is_the_same_every_time_and_a_part_only() {
    let part = |out: &str, seed: &str| {
        let site = site("unpaced: {count: 1000}", "2m", "");
        let text = site
            .text("people.yaml")
            .replace("sample: 100%", "sample: 5%");
        site.place.write("people.yaml", text);
        let said = site.run(&["run", "people.yaml", "--out", out, "--seed", seed]);
        assert!(said.is_fine(), "{said:?}");
        let summary = site.place.summary(out);
        assert!(
            summary["latency"].get("profile").is_none(),
            "unpaced: {summary}"
        );
        let profile = &summary["profile"];
        assert_eq!(profile["visible"], profile["sampled"], "{profile}");
        profile["sampled"].as_u64().unwrap()
    };
    let first = part("a", "11");
    assert!((20..90).contains(&first), "{first}");
    assert_eq!(part("b", "11"), first);
}

#[test]
fn what_does_not_come_is_missing_and_can_be_looked_up_again() {
    let site = site("unpaced: {count: 300}", "15s", "");
    site.sandbox.landing_faults().lose_every_in_profile(100);
    let said = site.run(&[&OUT[..], &["--junit", "j.xml", "--markdown", "m.md"]].concat());
    assert_eq!(said.code, 97, "{said:?}");
    let summary = site.place.summary("out");
    assert_eq!(summary["verdict"]["status"], "profile_missing");
    let profile = &summary["profile"];
    assert_eq!(
        (&profile["visible"], &profile["missing"]),
        (&297.into(), &3.into()),
        "{profile}"
    );
    assert_eq!(
        profile["missing_examples"].as_array().map(Vec::len),
        Some(3),
        "{profile}"
    );
    for file in ["j.xml", "m.md"] {
        let text = site.text(file);
        assert!(
            text.contains("3 records missing in the profile"),
            "{file}: {text}"
        );
    }
    // The evidence stays, and says the same later.
    assert!(
        said.err.contains("it stays with its dataset"),
        "{}",
        said.err
    );
    let later = site.run(&["flow", "verify", "out", "--json"]);
    assert_eq!(later.code, 97, "{later:?}");
    let later: Value = serde_json::from_str(&later.out).unwrap();
    let found = &later["streams"]["people"];
    assert_eq!(
        (&found["profile"]["missing"], found.get("landed")),
        (&3.into(), None),
        "{later}"
    );
    assert_eq!(later["status"], "profile_missing");
    // With `landed` asked for as well, both are looked at.
    let both = site
        .text("people.yaml")
        .replace("  profile: {", "  landed: {within: 15s}\n  profile: {");
    site.place
        .write("both.yaml", both.replace("seed: 11", "seed: 12"));
    let words = [
        "run",
        "both.yaml",
        "--out",
        "both",
        "--state",
        "people.hydrant-state.json",
    ];
    let said = site.run(&words);
    assert_eq!(said.code, 97, "{said:?}");
    let later = site.run(&["flow", "verify", "both", "--json"]);
    let later: Value = serde_json::from_str(&later.out).unwrap();
    let found = &later["streams"]["people"];
    assert_eq!(found["landed"]["landed"], 300, "{later}");
    assert_eq!(found["profile"]["missing"], 3, "{later}");
}

#[test]
fn what_is_changed_on_its_way_is_corrupted_there_too() {
    let site = site(
        "unpaced: {count: 300}",
        "1m",
        "thresholds: [profile_missing <= 3]\n",
    );
    // The last text is the address, by which nobody is found then.
    let text = site.text("people.yaml");
    let moved = "    email: personalEmail.address\n";
    assert!(text.contains(moved));
    let text = text
        .replace(moved, "")
        .replace("    id: _id\n", &format!("{moved}    id: _id\n"));
    site.place.write("people.yaml", text);
    site.sandbox.landing_faults().corrupt_every(100);
    let said = site.run(&OUT);
    assert_eq!(said.code, 97, "{said:?}");
    let summary = site.place.summary("out");
    let profile = &summary["profile"];
    assert_eq!(
        (&profile["visible"], &profile["corrupted"]),
        (&300.into(), &3.into()),
        "{profile}"
    );
    let example = profile["corrupted_examples"][0].as_str().unwrap();
    assert!(
        example.contains("~` in the profile, sent was lastName"),
        "{example}"
    );
    assert_eq!(summary["verdict"]["status"], "records_corrupted");
}

/// The same people as in the run before, whom the profile still shows.
#[test]
fn who_was_there_before_is_not_taken_for_who_comes() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let place = Place::new();
    place.write("people.yaml", people("unpaced: {count: 50}", "1m"));
    let hydrant = |words: &[&str]| {
        let mut command = place.command(words);
        Said::from(command.envs(sandbox.env()).output().unwrap())
    };
    let said = hydrant(&["run", "people.yaml", "--out", "first"]);
    assert!(said.is_fine(), "{said:?}");
    // The platform tells whole seconds: what is less than two of them older can't be told from what comes.
    let ended = Instant::now();
    while ended.elapsed() < Duration::from_secs(3) {
        std::thread::park_timeout(Duration::from_millis(50));
    }
    sandbox.landing_faults().lose_every_in_profile(1);
    // None of them comes: this is how long that takes.
    place.write("people.yaml", people("unpaced: {count: 50}", "15s"));
    let said = hydrant(&["run", "people.yaml", "--out", "second"]);
    assert_eq!(said.code, 97, "{said:?}");
    let profile = &place.summary("second")["profile"];
    assert_eq!(
        (&profile["visible"], &profile["missing"]),
        (&0.into(), &50.into()),
        "{profile}"
    );
}

/// Ten records, none of which ever comes: what is found out about them until the time is up.
fn nobody_comes(fault: Option<&str>) -> (InProfile, bool) {
    let mut bench = Bench::new(1);
    bench.spec = super::in_profile();
    let applied = bench.apply().unwrap();
    let options = r#"{"fields": {"id": "record_id", "firstName": "first_name", "email": "email"}}"#;
    let options: RecordsOptions = serde_json::from_str(options).unwrap();
    let context = Context {
        seed: 1,
        stream: "s".to_owned(),
        start_unix_nanos: 0,
        event_times: Arc::new(records::Steps(1_000)),
    };
    let question = ProfileQuestion {
        spec: &bench.spec,
        applied: &applied,
        template: Arc::new(Template::compile(&options, &context).unwrap()),
        due: None,
        total: Some(10),
        seed: 1,
        sample: Share::percent(100.0),
        measured_from: Duration::ZERO,
    };
    let lookup = bench.block_on(ProfileLookup::open(&bench.client, &question));
    let watch = lookup.unwrap().start(bench.runtime.handle());
    if let Some(fault) = fault {
        bench.sandbox.faults().inject(fault.parse().unwrap());
    }
    watch.started(Duration::ZERO);
    let lane = LaneLedger {
        stride: 1,
        scheduled: 10,
        ..LaneLedger::default()
    };
    watch.expect(vec![lane], Duration::from_secs(1));
    let was_told = bench.block_on(async {
        let mut was_told = false;
        while !watch.is_over() {
            was_told |= watch.trouble().is_some();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        was_told
    });
    (bench.block_on(watch.join()).unwrap(), was_told)
}

#[test]
fn what_can_not_be_looked_up_is_unknown_and_not_missing() {
    let (found, was_told) = nobody_comes(None);
    assert_eq!((found.sampled, found.missing, was_told), (10, 10, false));
    assert!(found.timed_out && found.unknown.is_none());
    let (found, was_told) = nobody_comes(Some("POST access/entities: 503 always"));
    let unknown = found.unknown.unwrap();
    assert_eq!((found.missing, unknown.count, was_told), (0, 10, true));
    assert!(
        unknown.why.contains("503") && !unknown.is_interruption,
        "{}",
        unknown.why
    );
    // What passes leaves no trace.
    let (found, _) = nobody_comes(Some("POST access/entities: 503 once"));
    assert_eq!((found.missing, found.unknown), (10, None));
}

#[test]
fn who_is_told_to_ask_later_does_and_who_may_not_ask_is_told_before_the_load() {
    let site = site("unpaced: {count: 20}", "1m", "");
    let fault = "POST access/entities: 429 every 2".parse();
    site.sandbox.faults().inject(fault.unwrap());
    let said = site.run(&OUT);
    assert!(said.is_fine(), "{said:?}");

    let refused = self::site("unpaced: {count: 20}", "1m", "");
    let fault = "POST access/entities: 403 always".parse();
    refused.sandbox.faults().inject(fault.unwrap());
    let said = refused.run(&OUT);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("View Profiles"), "{}", said.err);
    // It shows before anything is sent.
    let calls = refused.sandbox.faults().take_calls();
    assert!(!calls.iter().any(|it| it.contains("/export/")), "{calls:?}");
    assert!(fs::metadata(refused.place.path("out")).is_err());
}

#[test]
fn whoever_has_seen_enough_gets_what_was_seen() {
    let site = site(
        "unpaced: {count: 100}",
        "1h",
        "thresholds: [profile_missing = 0]\n",
    );
    site.sandbox.landing_faults().lose_every_in_profile(100);
    let mut started = Started::and_says(&mut site.command(&OUT), "1 missing, looking for 59m");
    started.signal("INT");
    started.wait_for("looking no further");
    let said = started.end();
    assert_eq!(said.code, 105, "{said:?}");
    let summary = site.place.summary("out");
    let profile = &summary["profile"];
    for (name, number) in [("visible", 99), ("missing", 0), ("unknown", 1)] {
        assert_eq!(profile[name], number, "{profile}");
    }
    assert_eq!(summary["thresholds"][0]["passed"], false, "{summary}");
}

/// A schema and a dataset that somebody else made: by their own descriptors.
#[test]
fn an_identity_of_somebody_elses_schema_is_looked_up() {
    let site = site("unpaced: {count: 50}", "1m", "");
    let said = site.run(&["flow", "apply", "people.yaml"]);
    assert_eq!(said.code, 0, "{said:?}");
    let state: Value = serde_json::from_str(&site.text("people.hydrant-state.json")).unwrap();
    let objects = state["flows"]["people"]["objects"].as_array().unwrap();
    let dataset = objects.iter().find(|it| it["kind"] == "dataset").unwrap();
    let text = site.text("people.yaml");
    let (schema, mapping) = (
        text.find("  schema:\n").unwrap(),
        text.find("  mapping:\n").unwrap(),
    );
    let theirs = format!(
        "{}  dataset: {{id: \"{}\"}}\n{}",
        text[..schema]
            .replace("name: people", "name: theirs")
            .replace("hub: people", "hub: others"),
        dataset["id"].as_str().unwrap(),
        text[mapping..].replace("topic: people", "topic: others"),
    );
    site.place.write("theirs.yaml", &theirs);
    let said = site.run(&["run", "theirs.yaml", "--out", "theirs"]);
    assert!(said.is_fine(), "{said:?}");
    assert_eq!(site.place.summary("theirs")["profile"]["visible"], 50);

    // One that takes no part in the profile shows before anything is sent.
    let dataset = super::made_dataset(&site.place, &site.sandbox);
    let id = theirs
        .lines()
        .find(|line| line.contains("dataset:"))
        .unwrap();
    let outside = theirs.replace(id, &format!("  dataset: {{id: \"{dataset}\"}}"));
    site.place.write(
        "outside.yaml",
        outside.replace("name: theirs", "name: outside"),
    );
    let said = site.run(&["run", "outside.yaml", "--out", "outside"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("takes no part in it"), "{}", said.err);
}
