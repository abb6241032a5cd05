//! `hydrant init` from what the platform has: a dataset is filled without a field that was written by hand.

use sandbox::{Sandbox, SandboxOptions};

use super::variables;
use crate::cli::{Place, Said};

/// A dataset with fields of every type.
const RICH: &str = r#"
version: 1
name: rich
flow:
  name: rich
  source: {event_hubs: {connection_string: {env: EVENT_HUBS_CONNECTION_STRING}, hub: people}}
  schema:
    class: CLASS
    field_groups: [person_details, personal_details]
    fields:
      tier: {enum: [gold, silver, unknown]}
      points: long
      visits: integer
      stars: byte
      rank: short
      share: number
      vip: boolean
      since: date
      lastSeen: date_time
      tags: {array: string}
      scores: {map: integer}
      address: {object: {street: string, plz: string, geo: {object: {latitude: number}}}}
      orders: {array: {object: {sku: string, quantity: integer, placed: date_time}}}
    IDENTITY
  mapping: {id: _id, at: timestamp}
  ready: {start_up: 0s}
destination:
  kafka: {bootstrap_servers: "${KAFKA_BOOTSTRAP_SERVERS}", topic: people}
records: {fields: {id: record_id, at: event_time}}
load: [unpaced: {count: 1}]
"#;

struct Bench {
    sandbox: Sandbox,
    place: Place,
}

impl Bench {
    /// With a dataset and a schema called `rich`.
    fn new(class: &str) -> Bench {
        let bench = Bench {
            sandbox: Sandbox::start(SandboxOptions::default()).unwrap(),
            place: Place::new(),
        };
        let mut text = RICH.replace("CLASS", class);
        if class == "profile" {
            text = text
                .replace(", at: timestamp", "")
                .replace(", at: event_time", "")
                .replace("IDENTITY", "identity: {field: personalEmail.address}");
        } else {
            text = text.replace("    IDENTITY\n", "");
            text = text.replace(
                "field_groups: [person_details, personal_details]",
                "field_groups: []",
            );
        }
        bench.place.write("rich.yaml", text);
        let said = bench.hydrant(&["flow", "apply", "rich.yaml"]);
        assert_eq!(said.code, 0, "{said:?}");
        bench
    }

    fn hydrant(&self, words: &[&str]) -> Said {
        let mut command = self.place.command(words);
        command
            .envs(variables(&self.sandbox))
            .env("AEP_FLOW_START_UP", "0s");
        Said::from(command.output().unwrap())
    }

    /// Drafts with these words, runs what comes of it, and says what was written.
    fn seeded(&self, words: &[&str]) -> String {
        let said = self.hydrant(
            &[
                &["init", "--for", "demo", "--out", "it.yaml", "--force"][..],
                words,
            ]
            .concat(),
        );
        assert_eq!(said.code, 0, "{said:?}");
        let text = std::fs::read_to_string(self.place.path("it.yaml")).unwrap();
        let said = self.hydrant(&["check", "it.yaml"]);
        assert_eq!(said.code, 0, "{said:?}\n{text}");
        let said = self.hydrant(&[
            "run", "it.yaml", "--rate", "2k/s", "--count", "1000", "--out", "out",
        ]);
        assert!(said.is_fine(), "{said:?}\n{text}");
        let landed = &self.place.summary("out")["landed"];
        assert_eq!(landed["landed"], 1000, "{landed}\n{text}");
        assert_eq!(landed["refused"], 0, "{landed}\n{text}");
        assert_eq!(landed["corrupted"], 0, "{landed}\n{text}");
        std::fs::remove_dir_all(self.place.path("out")).unwrap();
        text
    }
}

#[test]
fn a_dataset_is_seeded_without_writing_a_field() {
    let bench = Bench::new("profile");
    let text = bench.seeded(&["--dataset", "rich"]);
    for part in [
        "address: email",
        "firstName: first_name",
        "tier: {choose: {gold: 9, silver: 9, unknown: 1}}",
        "personalEmail.address: personalEmail.address",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("createdByBatchID"), "{text}");
    // Dataset and schema were there before, and stay.
    let left = bench.sandbox.objects();
    assert!(
        left.contains(&("datasets", 1)) && left.contains(&("schemas", 1)),
        "{left:?}"
    );

    let text = bench.seeded(&[
        "--xdm",
        "rich",
        "--only",
        "person",
        "--except",
        "person.taxId",
    ]);
    assert!(
        text.contains("person.name.lastName") && !text.contains("homeAddress"),
        "{text}"
    );
    assert!(!text.contains("taxId"), "{text}");
    // What identifies stays in.
    assert!(
        text.contains("personalEmail.address: personalEmail.address"),
        "{text}"
    );
}

#[test]
fn events_get_their_id_and_their_time() {
    let bench = Bench::new("experience_event");
    let text = bench.seeded(&["--dataset", "rich"]);
    for part in [
        "_id: record_id",
        "timestamp: event_time",
        "timestamp: timestamp",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn what_is_not_there_is_told() {
    let bench = Bench::new("profile");
    let refused = |words: &[&str], part: &str| {
        let said = bench.hydrant(&[&["init"][..], words].concat());
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
        assert!(said.err.contains(part), "{}", said.err);
    };
    refused(
        &["--dataset", "riches"],
        "there is no dataset with the name `riches`",
    );
    refused(
        &["--xdm", "https://ns.adobe.com/x/schemas/y"],
        "there is no schema",
    );
    refused(
        &["--xdm", "poor"],
        "there is no schema with the title `poor`",
    );
    refused(
        &["--dataset", "rich", "--except", "personalEmail.address"],
        "can't be left out",
    );
}
