//! The control plane: what a look finds, what `create` makes, what is removed again.

use producers::{Creation, Destination as _, Error, Findings, pubsub};
use tokio::runtime::Runtime;

use crate::servers::pubsub_emulator::{Emulator, shared, subscription, topic};

fn options(emulator: &Emulator, json: &str) -> pubsub::Options {
    let address = emulator.address();
    let json = format!(r#"{{"project": "hydrant-tests", "emulator": "{address}", {json}}}"#);
    serde_json::from_str(&json).unwrap()
}

/// What a look says, without the first line, which has the port.
fn told(found: Result<Findings, Error>) -> String {
    match found {
        Ok(findings) => {
            let lines = findings.into_iter().skip(1).map(|finding| {
                let warning = finding.warning.map(|warning| format!(" (but {warning})"));
                format!(
                    "{}: {}{}",
                    finding.what,
                    finding.found,
                    warning.unwrap_or_default()
                )
            });
            lines.collect::<Vec<_>>().join("\n")
        }
        Err(error) => format!(
            "{}\nhelp: {}",
            error.message,
            error.help.as_deref().unwrap_or("none")
        ),
    }
}

#[test]
fn a_look_finds_what_is_there_and_says_what_is_not() {
    let Some(emulator) = shared() else { return };
    let runtime = Runtime::new().unwrap();
    let look = |json: &str| told(runtime.block_on(options(&emulator, json).check()));
    emulator.create("customers");
    emulator.create("orders");

    insta::assert_snapshot!(look(r#""topic": "customers", "subscription": "customers""#), @r"
    topic: `projects/hydrant-tests/topics/customers` is there
    rights: an emulator asks for none
    subscription: `projects/hydrant-tests/subscriptions/customers` is on the topic
    limits: a record may have 9999949 bytes
    ");
    insta::assert_snapshot!(look(r#""topic": "costumers""#), @r"
    there is no topic `projects/hydrant-tests/topics/costumers`
    help: did you mean `customers`?
    ");
    insta::assert_snapshot!(look(r#""topic": "weather", "subscription": "weather""#), @r"
    there is no topic `projects/hydrant-tests/topics/weather`
    help: `create: true` makes it before the run, and the subscription too
    ");
    insta::assert_snapshot!(look(r#""topic": "customers", "subscription": "weather""#), @r"
    there is no subscription `projects/hydrant-tests/subscriptions/weather`
    help: `create: true` makes it before the run
    ");
    insta::assert_snapshot!(look(r#""topic": "customers", "subscription": "orders""#), @r"
    the subscription `projects/hydrant-tests/subscriptions/orders` is on `projects/hydrant-tests/topics/orders`
    help: it would never see what is published to `projects/hydrant-tests/topics/customers`
    ");
    insta::assert_snapshot!(
        look(r#""topic": "weather", "subscription": "storms", "create": true"#), @r"
    topic: `projects/hydrant-tests/topics/weather` is not there and will be made
    subscription: `projects/hydrant-tests/subscriptions/storms` is not there and will be made
    limits: a record may have 9999951 bytes
    "
    );
    assert!(!emulator.has(&topic("weather")), "a look makes nothing");
}

#[test]
fn what_is_made_is_what_is_removed() {
    let Some(emulator) = shared() else { return };
    let runtime = Runtime::new().unwrap();
    emulator.create("kept");
    let fresh = options(
        &emulator,
        r#""topic": "fresh", "subscription": "fresh-sub""#,
    );
    let create = |options: &pubsub::Options| {
        let mut steps = Vec::new();
        let mut told = |creation: Creation<'_>| {
            steps.push(match creation {
                Creation::Intended(name) => format!("ask for {name}"),
                Creation::Made { name, .. } => format!("made {name}"),
                Creation::NotMade(name) => format!("not made {name}"),
            });
            Ok(())
        };
        runtime.block_on(options.create(&mut told)).unwrap();
        steps
    };
    let both = [topic("fresh"), subscription("fresh-sub")];
    // Each is noted before it is asked for.
    let steps = both
        .iter()
        .flat_map(|name| [format!("ask for {name}"), format!("made {name}")]);
    assert_eq!(create(&fresh), steps.collect::<Vec<_>>());
    assert!(create(&fresh).is_empty(), "they are there");
    let half = options(&emulator, r#""topic": "kept", "subscription": "kept-sub""#);
    let name = subscription("kept-sub");
    assert_eq!(
        create(&half),
        [format!("ask for {name}"), format!("made {name}")]
    );

    let remove = |name: &String| runtime.block_on(fresh.remove(name));
    for name in &both {
        assert_eq!(remove(name), Ok(true));
        assert!(!emulator.has(name));
        assert_eq!(remove(name), Ok(true), "gone already");
    }
    // What others are called is not theirs to remove.
    for name in [topic("kept"), subscription("kept-sub")] {
        assert_eq!(remove(&name), Ok(false));
        assert!(emulator.has(&name));
    }
}
