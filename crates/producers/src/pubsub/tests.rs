//! The options: names, limits, mistakes.

use super::*;

fn options(json: &str) -> Options {
    serde_json::from_str(json).unwrap()
}

fn problems(json: &str) -> Vec<String> {
    let mut problems = Vec::new();
    options(json).problems(&Location::root().join("pubsub"), &mut problems);
    problems
        .into_iter()
        .map(|problem| format!("{}: {}", problem.at, problem.message))
        .collect()
}

#[test]
fn ids_and_full_names_mean_the_same() {
    let by_id = options(r#"{"project": "p", "topic": "one", "subscription": "two"}"#);
    assert_eq!(by_id.topic_name(), "projects/p/topics/one");
    assert_eq!(
        by_id.subscription_name().unwrap(),
        "projects/p/subscriptions/two"
    );
    let by_name = options(r#"{"topic": "projects/p/topics/one"}"#);
    assert_eq!(by_name.topic_name(), "projects/p/topics/one");
    assert_eq!(by_name.subscription_name(), None);
    let mut redirected = options(
        r#"{"topic": "projects/p/topics/one", "region": "europe-west1", "impersonate": "a@b",
            "credentials": {"env": "E"}}"#,
    );
    redirected.redirect("127.0.0.1:8085");
    let told = redirected.describe();
    assert_eq!(told, "pubsub projects/p/topics/one at 127.0.0.1:8085");
    assert_eq!(redirected.credentials, None);
}

#[test]
fn the_largest_record_fits_a_request_exactly() {
    for json in [
        r#"{"topic": "projects/p/topics/one"}"#,
        r#"{"topic": "projects/p/topics/one", "attributes": {"a": "b", "c": "defg"}}"#,
        r#"{"topic": "projects/p/topics/one", "ordering": true}"#,
        r#"{"topic": "projects/p/topics/one", "key_attribute": "key"}"#,
    ] {
        let options = options(json);
        let shape = options.shape();
        let most = options.limits().record_bytes.unwrap() as usize;
        for key_len in [1, 200, 1_024] {
            let key = vec![b'k'; key_len];
            let key = options.has_key().then_some(&key[..]);
            let data = vec![b'x'; most - key.map_or(0, <[u8]>::len)];
            let request = |data: &[u8]| {
                shape.topic_len()
                    + wire::field_len(shape.message_len(data, key, std::iter::empty()))
            };
            let room = request::REQUEST_BYTES - request(&data);
            // A key's length takes one byte or two; without keys the limit is exact.
            assert!(
                room <= 2 * usize::from(options.has_key()),
                "{json}: {room} left"
            );
        }
    }
}

#[test]
fn a_load_with_a_record_that_is_too_large_is_refused_before_anything_is_sent() {
    let options = options(r#"{"topic": "projects/p/topics/one"}"#);
    let most = options.limits().record_bytes.unwrap();
    assert_eq!(check::fits(&options, most), Ok(()));
    let error = check::fits(&options, most + 1).unwrap_err();
    assert_eq!(
        error.message,
        format!(
            "the load's largest record has {} bytes, and Pub/Sub takes {most} at most",
            most + 1
        )
    );
}

#[test]
fn options_that_are_fine_have_no_problems() {
    assert_eq!(
        problems(r#"{"project": "p", "topic": "profiles"}"#),
        [""; 0]
    );
    assert_eq!(
        problems(
            r#"{"topic": "projects/p/topics/a.b~c", "subscription": "projects/q/subscriptions/s-1",
                "region": "europe-west1", "ordering": true, "attributes": {"a": ""},
                "batch": {"records": 1000, "bytes": "10 MB", "linger": "0ms"}, "channels": 4,
                "impersonate": "a@p.iam.gserviceaccount.com", "create": true}"#
        ),
        [""; 0]
    );
    let local = r#"{"topic": "projects/p/topics/top", "endpoint": "http://localhost:1"}"#;
    assert_eq!(problems(local), [""; 0]);
}

#[test]
fn every_mistake_is_told_where_it_stands() {
    let long = "v".repeat(1_025);
    let json = format!(
        r#"{{"topic": "goog-t", "subscription": "projects/p/topics/s", "region": "Europe",
             "endpoint": "http://example.com/v1", "emulator": "localhost",
             "credentials": {{"env": "NO_SUCH_VARIABLE"}}, "impersonate": "me",
             "ordering": true, "key_attribute": "a", "attributes": {{"a": "{long}", "googx": ""}},
             "batch": {{"records": 1001, "bytes": "11 MB", "linger": "1s"}}, "channels": 0,
             "deadline": "1s"}}"#
    );
    insta::assert_snapshot!(problems(&json).join("\n"), @r"
    pubsub.topic: the project of the topic is not named
    pubsub.topic: `goog-t` can't be the id of a topic
    pubsub.subscription: `projects/p/topics/s` is neither the id nor the full name of a subscription
    pubsub.endpoint: `region` and `endpoint` are both given
    pubsub.region: `Europe` can't be a region
    pubsub.endpoint: `endpoint` has a path, and gRPC knows none
    pubsub.emulator: `localhost` is no `host:port`
    pubsub.impersonate: `me` is no service account's e-mail address
    pubsub.attributes.a: an attribute's value has 1024 bytes at most
    pubsub.attributes.googx: `googx` can't be the name of an attribute
    pubsub.key_attribute: `attributes` gives `a` already
    pubsub.key_attribute: with `ordering` the key becomes the ordering key
    pubsub.batch.records: a request has 1 to 1000 records
    pubsub.batch.bytes: a request has 1 byte to 10 MB
    pubsub.channels: `channels` is 0: nothing would ever be sent
    pubsub.deadline: `deadline` is not longer than `batch.linger`
    ");
    let unset = r#"{"topic": "projects/p/topics/top", "credentials": {"env": "NO_SUCH_VARIABLE"}}"#;
    let expected = "pubsub.credentials: environment variable `NO_SUCH_VARIABLE` is not set";
    assert_eq!(problems(unset), [expected]);
    let insecure = r#"{"topic": "projects/p/topics/top", "endpoint": "http://example.com"}"#;
    let expected = "pubsub.endpoint: a secret would be sent to `example.com` over `http://`, for everybody to read";
    assert_eq!(problems(insecure), [expected]);
}

#[test]
fn an_unknown_option_is_told() {
    let error = serde_json::from_str::<Options>(r#"{"topc": "t"}"#).unwrap_err();
    assert!(
        error.to_string().starts_with("unknown field `topc`"),
        "{error}"
    );
}
