//! A run's directory may be somebody else's: its scenario does not decide alone where credentials go.

use sandbox::{Sandbox, SandboxOptions};

use super::{command, run, scenario};
use crate::cli::{Place, Said, strict_proxy};

const ENDPOINT: &str = "AWS_ENDPOINT_URL_KINESIS";

/// Runs `back.yaml` into `out`.
fn ran(destination: &str, variables: &[(&str, &str)]) -> Place {
    let place = Place::new();
    let load = "hold: {rate: 1k/s, count: 100}";
    let mut command = command(&place, &scenario(destination, load, "1m"));
    command.envs(variables.iter().copied());
    let said = run(command, || {});
    assert!(said.is_fine(), "{said:?}");
    place
}

/// Changes the scenario of a run that is over.
fn changed(place: &Place, from: &str, to: &str) {
    let text = std::fs::read_to_string(place.path("out/scenario.yaml")).unwrap();
    assert!(text.contains(from), "{text}");
    place.write("out/scenario.yaml", text.replace(from, to));
}

#[test]
fn a_password_does_not_go_to_whomever_a_run_s_scenario_names() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox.create_topic("back", 1);
    let destination = "kafka: {bootstrap_servers: \"${KAFKA}\", topic: back}";
    let variables = [("KAFKA", sandbox.kafka_bootstrap())];
    let place = ran(destination, &variables);
    let strange = "\"a.strange.example:1,b.strange.example:1\"";
    let sasl = "{mechanism: scram_sha_512, username: u, password: {env: SECRET}}";
    changed(
        &place,
        sandbox.kafka_bootstrap(),
        &format!("{strange}\n    security: {{sasl: {sasl}}}"),
    );
    let mut again = place.command(&["read-back", "out"]);
    let said = Said::from(again.env("SECRET", "hunter2").output().unwrap());
    assert_eq!(said.code, 2, "{said:?}");
    for words in [
        "`a.strange.example`, `b.strange.example` as broker",
        "say `--trust a.strange.example --trust b.strange.example`, or set `KAFKA_BOOTSTRAP_SERVERS`,",
    ] {
        assert!(said.err.contains(words), "{}", said.err);
    }
    assert!(!said.err.contains("hunter2"), "{}", said.err);
}

#[test]
fn who_is_asked_is_known_by_a_variable_or_trusted_by_name() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let url = sandbox.kinesis_url();
    let keys = [
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ];
    let destination = "kinesis: {stream: back, region: us-east-1, endpoint: \"${AWS_ENDPOINT_URL_KINESIS}\", create: {shards: 1}}";
    let place = ran(destination, &[keys[0], keys[1], (ENDPOINT, url.as_str())]);
    let strange = "http://kinesis.example:4567";
    let proxy = strict_proxy("403 Forbidden");
    let again = |words: &[&str], streams: &str| {
        let mut command = place.command(&[&["read-back", "out"], words].concat());
        command.envs(keys).env(ENDPOINT, streams);
        Said::from(command.env("HTTP_PROXY", &proxy).output().unwrap())
    };
    let said = again(&[], &url);
    assert_eq!(said.code, 0, "{said:?}");
    // Only the directory says so.
    changed(&place, &url, strange);
    let said = again(&[], &url);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(
        said.err.contains("`kinesis.example` as endpoint"),
        "{}",
        said.err
    );
    // On the way there is a proxy, so nothing leaves this machine.
    let refused = format!("the answer of the proxy {proxy} and not of the service");
    for (words, endpoint) in [
        (&["--trust", "kinesis.example"][..], url.as_str()),
        (&[], strange),
    ] {
        let said = again(words, endpoint);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.err.contains(&refused), "{}", said.err);
    }
}
