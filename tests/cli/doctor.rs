//! What a look at everything finds, before a run and instead of one.

use serde_json::Value;

use super::{DISCARD, Place, Said, Site, scenario};
use crate::servers::kafka::shared;

/// What it found, as a program gets it.
fn found(said: &Said) -> Value {
    serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {said:?}"))
}

/// The verdict and the words of what was found of this, in this layer.
fn look<'v>(found: &'v Value, layer: &str, what: &str) -> (&'v str, &'v str) {
    let mut looks = found["looks"].as_array().unwrap().iter();
    let look = looks
        .find(|look| look["layer"] == layer && look["what"].as_str().unwrap().starts_with(what));
    let look = look.unwrap_or_else(|| panic!("no {what} in {found:#}"));
    (
        look["verdict"].as_str().unwrap(),
        look["found"].as_str().unwrap(),
    )
}

#[test]
fn without_a_scenario_it_looks_at_the_machine_and_where_credentials_are() {
    let place = Place::new();
    let mut command = place.command(&["doctor"]);
    command
        .env("AWS_ACCESS_KEY_ID", "AKIA")
        .env("AWS_SECRET_ACCESS_KEY", "hunter2")
        .env("HTTPS_PROXY", "http://me:hunter2@127.0.0.1:1");
    let said = Said::from(command.output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    for words in [
        "machine\n",
        "versions: hydrant ",
        "librdkafka ",
        "timers: waits of 1 ms are ",
        "open files: ",
        "HTTPS_PROXY=http://127.0.0.1:1",
        "AWS: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY",
        "Google Cloud: none here",
        "nothing is wrong",
    ] {
        assert!(said.out.contains(words), "no {words} in {}", said.out);
    }
    assert!(!said.out.contains("hunter2"), "{}", said.out);
    // What belongs to a scenario is not passed over in silence.
    let said = place.hydrant(&["doctor", "--rate", "5k/s"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(
        said.err.contains("`--rate` goes with a scenario"),
        "{}",
        said.err
    );
}

#[test]
fn scenarios_of_every_destination_are_fine_on_the_sandbox() {
    for (name, server) in [
        ("quickstart", "brokers 127.0.0.1"),
        ("smoke-kinesis", "stream 127.0.0.1"),
        ("smoke-pubsub", "topic 127.0.0.1"),
        ("smoke-http-api", "identity service 127.0.0.1"),
    ] {
        let place = Place::new();
        let file = scenario(&format!("{name}.yaml"));
        let said = place.hydrant(&["doctor", &file, "--sandbox", "--json"]);
        let found = found(&said);
        assert_eq!(said.code, 0, "{name}: {found:#}");
        assert_ne!(found["verdict"], "wrong");
        assert_eq!(look(&found, "network", server).0, "ok", "{found:#}");
        assert!(
            look(&found, "generator", "records")
                .1
                .contains("this machine makes")
        );
        // Nothing is made, and no state file left.
        let left: Vec<_> = std::fs::read_dir(place.path("")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn a_flow_is_looked_at_to_its_end_and_nothing_is_made() {
    let site = Site::new("whole.yaml", &crate::flow::scenario(10, "1m"));
    site.sandbox.create_topic("people", 4);
    let said = site.run(&["doctor", "whole.yaml", "--json"]);
    let found = found(&said);
    assert_eq!(said.code, 0, "{found:#}");
    let of = |layer, what| look(&found, layer, what);
    assert_eq!(
        of("destination", "topic"),
        ("ok", "`people` has 4 partitions")
    );
    assert!(
        of("credentials", "token")
            .1
            .starts_with("the credential works")
    );
    assert_eq!(of("platform", "sandbox"), ("ok", "prod is active"));
    assert_eq!(
        of("platform", "permissions"),
        ("ok", "Manage Schemas, Manage Datasets, Manage Sources")
    );
    assert!(
        of("platform", "plan").1.ends_with("objects would be made"),
        "{found:#}"
    );
    assert!(
        of("network", "clock against").1.contains("agrees"),
        "{found:#}"
    );
    assert_eq!(site.objects(), 0);
    // People read the same, layer by layer.
    let said = site.run(&["doctor", "whole.yaml"]);
    let at = |layer: &str| said.out.find(&format!("{layer}\n")).unwrap_or(usize::MAX);
    let layers = [
        "machine",
        "network",
        "credentials",
        "destination",
        "platform",
        "generator",
    ];
    let places = layers.map(at);
    assert!(places.is_sorted() && places[5] < usize::MAX, "{}", said.out);
}

#[test]
fn what_rests_on_something_that_failed_is_not_looked_at() {
    let site = Site::new("whole.yaml", &crate::flow::scenario(10, "1m"));
    site.sandbox.create_topic("people", 4);
    let mut command = site.command(&["doctor", "whole.yaml", "--json"]);
    let said = Said::from(command.env("AEP_CLIENT_SECRET", "wrong").output().unwrap());
    let seen = found(&said);
    assert_eq!(
        (said.code, &seen["verdict"]),
        (1, &"wrong".into()),
        "{seen:#}"
    );
    let (verdict, words) = look(&seen, "credentials", "token");
    assert_eq!(verdict, "wrong");
    assert!(words.contains("POST /ims/token/v3: 400"), "{words}");
    assert_eq!(
        look(&seen, "platform", "sandbox and flows").0,
        "not_looked_at"
    );
    // The destination has nothing to do with it.
    assert_eq!(look(&seen, "destination", "topic").0, "ok");

    let mut command = site.command(&["doctor", "whole.yaml", "--json"]);
    let said = Said::from(command.env("AEP_SANDBOX", "dev").output().unwrap());
    let seen = found(&said);
    assert_eq!(said.code, 1, "{seen:#}");
    let (verdict, words) = look(&seen, "platform", "sandbox");
    assert_eq!(verdict, "wrong");
    assert!(words.starts_with("there is no sandbox `dev`"), "{words}");
    assert_eq!(look(&seen, "platform", "flows").0, "not_looked_at");

    site.sandbox
        .faults()
        .inject("POST effective-policies: 403 always".parse().unwrap());
    let seen = found(&site.run(&["doctor", "whole.yaml", "--json"]));
    assert_eq!(look(&seen, "platform", "permissions").0, "remark");
}

#[test]
fn a_bad_scenario_is_told_as_always() {
    let place = Place::new();
    place.write("bad.yaml", DISCARD.replace("rate: 1k/s", "rate: 10^12/s"));
    let said = place.hydrant(&["doctor", "bad.yaml"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert_eq!(said.err, place.hydrant(&["check", "bad.yaml"]).err);
    let said = place.hydrant(&["doctor", "bad.yaml", "--json"]);
    assert_eq!(said.code, 2);
    assert_eq!(found(&said)["problems"][0]["severity"], "error");
}

#[test]
fn of_a_kafka_cluster_every_layer_is_told_apart() {
    let Some(kafka) = shared() else { return };
    kafka.create_topic("doctored", 3);
    let place = Place::new();
    let doctor = |address: &str| {
        let said = place.hydrant(&["doctor", address, "--rate", "100/s", "--json"]);
        (said.code, found(&said))
    };
    let bootstrap = kafka.bootstrap();
    let (code, seen) = doctor(&format!("kafka://{bootstrap}/doctored"));
    assert_eq!(code, 0, "{seen:#}");
    let of = |layer, what| look(&seen, layer, what);
    assert_eq!(
        of("destination", "topic"),
        ("ok", "`doctored` has 3 partitions")
    );
    assert_eq!(
        of("credentials", "who we are").1,
        "anonymous: no credentials are set"
    );
    assert!(of("destination", "rights").1.contains("WRITE"), "{seen:#}");
    assert!(
        of("destination", "limits")
            .1
            .starts_with("a batch may have"),
        "{seen:#}"
    );

    // A name with several addresses, of which IPv4's is the one that answers.
    let port = bootstrap.rsplit_once(':').unwrap().1;
    let (code, seen) = doctor(&format!("kafka://localhost:{port}/doctored"));
    assert_eq!(code, 0, "{seen:#}");
    let (_, words) = look(&seen, "network", "brokers localhost");
    assert!(words.contains("127.0.0.1 answers after"), "{words}");

    let (code, seen) = doctor(&format!("kafka://{bootstrap}/doctor"));
    assert_eq!(code, 1, "{seen:#}");
    let (verdict, words) = look(&seen, "destination", "kafka topic doctor");
    assert_eq!(verdict, "wrong");
    assert!(words.contains("has no topic `doctor`"), "{words}");

    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = gone.local_addr().unwrap();
    drop(gone);
    let (code, seen) = doctor(&format!("kafka://{closed}/doctored"));
    assert_eq!(code, 1, "{seen:#}");
    let (verdict, words) = look(&seen, "network", "brokers 127.0.0.1");
    assert_eq!(verdict, "wrong");
    assert!(words.contains("Connection refused"), "{words}");
    assert_eq!(look(&seen, "destination", "kafka topic").0, "not_looked_at");

    let (code, seen) = doctor("kafka://no-such-host.invalid:9092/doctored");
    assert_eq!(code, 1, "{seen:#}");
    assert_eq!(
        look(&seen, "network", "brokers no-such-host.invalid").0,
        "wrong"
    );
    assert_eq!(look(&seen, "destination", "kafka topic").0, "not_looked_at");
}
