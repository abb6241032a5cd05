//! The sandbox's Pub/Sub, over REST, and the flows that read it.

use std::time::{Duration, Instant};

use reqwest::Method;
use sandbox::{Code, Fault, Misbehaviour, Times};
use serde_json::{Value, json};

use crate::platform::{Platform, created, told};

const PUBSUB: &str = "70116022-a743-464a-bbfe-e226a7f8210c";
const TOPIC: &str = "projects/p/topics/people";
const SUBSCRIPTION: &str = "projects/p/subscriptions/people";

impl Platform {
    async fn pubsub(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let url = format!("http://{}/v1/{path}", self.sandbox.pubsub_host());
        told(
            self.http
                .request(method, url)
                .json(&body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    async fn publish(&self, numbers: std::ops::Range<u32>) {
        let message = |n: u32| {
            // `{"firstName":"n…"}`
            let record = json!({"firstName": format!("n{n}")}).to_string();
            json!({"data": base64(record.as_bytes())})
        };
        let messages: Vec<_> = numbers.map(message).collect();
        let count = messages.len();
        let path = format!("{TOPIC}:publish");
        let (status, answer) = self
            .pubsub(Method::POST, &path, json!({"messages": messages}))
            .await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["messageIds"].as_array().unwrap().len(), count);
    }

    /// How many records all batches have.
    async fn landed(&self) -> u64 {
        let answer: Value = self
            .get("catalog/batches?limit=100")
            .await
            .json()
            .await
            .unwrap();
        let batches = answer.as_object().unwrap().values();
        batches
            .map(|batch| batch["metrics"]["recordsWritten"].as_u64().unwrap())
            .sum()
    }

    /// Waits until so many records have landed and all that was read is acknowledged.
    async fn wait_for(&self, records: u64) {
        let deadline = Instant::now() + Duration::from_mins(1);
        while self.landed().await < records || self.sandbox.unacknowledged(SUBSCRIPTION) != Some(0)
        {
            assert!(Instant::now() < deadline, "{} landed", self.landed().await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(self.landed().await, records);
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let three = [
            chunk[0],
            chunk.get(1).copied().unwrap_or(0),
            chunk.get(2).copied().unwrap_or(0),
        ];
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= chunk.len() {
                digit.into()
            } else {
                '='
            });
        }
    }
    text
}

/// Both ways to authenticate, each with both shapes of the parameters.
fn connections() -> Vec<(Value, Value)> {
    let project = json!({"specName": "Project Based Authentication",
        "params": {"projectId": "p", "credentials": "{}"}});
    let older = json!({"specName": "Google PubSub authentication credentials",
        "params": {"projectId": "p", "credentials": "{}"}});
    let one_topic = json!({"specName": "Topic & Subscription Based Authentication",
        "params": {"credentials": "{}", "topicName": TOPIC, "subscriptionName": SUBSCRIPTION}});
    let names = json!({"topicName": TOPIC, "subscriptionName": SUBSCRIPTION, "dataType": "raw"});
    let ids = json!({"topicId": "people", "subscriptionId": "people", "dataType": "raw"});
    vec![
        (project.clone(), names.clone()),
        (older, ids.clone()),
        (one_topic.clone(), names),
        (one_topic, ids),
    ]
}

async fn base(platform: &Platform, auth: Value) -> String {
    let body =
        json!({"name": "b", "connectionSpec": {"id": PUBSUB, "version": "1.0"}, "auth": auth});
    let answer = platform.post("flowservice/connections", body).await;
    created(answer, "id").await
}

#[tokio::test]
async fn a_flow_reads_a_subscription_however_it_is_connected() {
    for (auth, params) in connections() {
        let platform = Platform::new().await;
        platform.sandbox.create_pubsub_topic(TOPIC).unwrap();
        platform
            .sandbox
            .create_subscription(SUBSCRIPTION, TOPIC, false)
            .unwrap();
        // What a subscription keeps is read too.
        platform.publish(0..10).await;
        let base = base(&platform, auth).await;
        platform.flow_from(&base, PUBSUB, params).await;
        platform.publish(10..1_000).await;
        platform.wait_for(1_000).await;
    }
}

#[tokio::test]
async fn connections_that_lack_something_are_refused() {
    let platform = Platform::new().await;
    for (spec_name, params) in [
        ("Project Based Authentication", json!({"projectId": "p"})),
        ("Project Based Authentication", json!({"credentials": "{}"})),
        (
            "Topic & Subscription Based Authentication",
            json!({"credentials": "{}", "topicName": TOPIC}),
        ),
        (
            "Some Other Authentication",
            json!({"projectId": "p", "credentials": "{}"}),
        ),
    ] {
        let body = json!({"name": "b", "connectionSpec": {"id": PUBSUB, "version": "1.0"},
            "auth": {"specName": spec_name, "params": params}});
        let (status, answer) = told(platform.post("flowservice/connections", body).await).await;
        assert_eq!(status, 400, "{answer}");
    }
    let (auth, _) = connections().remove(0);
    let base = base(&platform, auth).await;
    for params in [
        json!({"topicName": TOPIC, "dataType": "raw"}),
        json!({"subscriptionName": SUBSCRIPTION, "dataType": "raw"}),
        json!({"topicId": "people", "dataType": "raw"}),
        json!({"topicName": TOPIC, "subscriptionName": SUBSCRIPTION}),
    ] {
        let body = json!({"name": "s", "baseConnectionId": base, "data": {"format": "json"},
            "connectionSpec": {"id": PUBSUB, "version": "1.0"}, "params": params});
        let (status, answer) =
            told(platform.post("flowservice/sourceConnections", body).await).await;
        assert_eq!(status, 400, "{answer}");
    }
}

#[tokio::test]
async fn a_subscription_has_one_flow() {
    let platform = Platform::new().await;
    let (auth, params) = connections().remove(0);
    let base = base(&platform, auth).await;
    let flow = platform.flow_from(&base, PUBSUB, params.clone()).await;
    let found = platform.get(&format!("flowservice/flows/{flow}")).await;
    let mut again: Value = found.json().await.unwrap();
    let again = again["items"][0].take();
    let (status, answer) = told(platform.post("flowservice/flows", again).await).await;
    assert_eq!(status, 400, "{answer}");
    let told = answer["errorMessage"].as_str().unwrap();
    assert!(
        told.contains(&format!("is read by flow {flow} already")),
        "{told}"
    );
}

#[tokio::test]
async fn a_flow_that_was_disabled_goes_on_where_it_was() {
    let platform = Platform::new().await;
    let (auth, params) = connections().remove(0);
    let base = base(&platform, auth).await;
    // The topic and the subscription are made with it.
    let flow = platform.flow_from(&base, PUBSUB, params).await;
    platform.publish(0..500).await;
    platform.wait_for(500).await;
    let act = |op: &str| {
        let path = format!("flowservice/flows/{flow}/action?op={op}");
        let call = platform.call(Method::POST, &path);
        async move { assert!(call.send().await.unwrap().status().is_success()) }
    };
    platform.publish(500..900).await;
    // Whatever it has read by now lands.
    act("disable").await;
    let landed = platform.landed().await;
    let left = platform.sandbox.unacknowledged(SUBSCRIPTION).unwrap();
    assert_eq!(
        landed + left,
        900,
        "what has landed is acknowledged, and nothing else"
    );
    platform.publish(900..1_000).await;
    assert_eq!(platform.landed().await, landed);
    act("enable").await;
    platform.wait_for(1_000).await;
}

#[tokio::test]
async fn resources_are_made_found_listed_and_removed() {
    let platform = Platform::new().await;
    let ask = |method: Method, path: String, body: Value| {
        let platform = &platform;
        async move { platform.pubsub(method, &path, body).await }
    };
    let (status, topic) = ask(Method::PUT, TOPIC.into(), json!({"labels": {"a": "b"}})).await;
    assert_eq!(
        (status, &topic["name"], &topic["labels"]["a"]),
        (200, &json!(TOPIC), &json!("b"))
    );
    let (status, error) = ask(Method::PUT, TOPIC.into(), json!({})).await;
    assert_eq!(
        (status, &error["error"]["status"]),
        (409, &json!("ALREADY_EXISTS"))
    );
    for wrong in [
        "projects/p/topics/t",
        "projects/p/topics/goog-x",
        "projects/p/topics/1st",
    ] {
        let (status, error) = ask(Method::PUT, wrong.into(), json!({})).await;
        assert_eq!(
            (status, &error["error"]["status"]),
            (400, &json!("INVALID_ARGUMENT")),
            "{wrong}"
        );
    }
    let (status, error) = ask(
        Method::PUT,
        SUBSCRIPTION.into(),
        json!({"topic": "projects/p/topics/none"}),
    )
    .await;
    assert_eq!(status, 404, "{error}");
    for (wrong, status) in [
        (json!({"topic": TOPIC, "ackDeadlineSeconds": 5}), 400),
        (json!({"topic": TOPIC, "ackDeadlineSeconds": 601}), 400),
        (
            json!({"topic": TOPIC, "filter": "attributes.a = \"b\""}),
            501,
        ),
        (
            json!({"topic": TOPIC, "enableExactlyOnceDelivery": true}),
            501,
        ),
        (
            json!({"topic": TOPIC, "pushConfig": {"pushEndpoint": "https://x"}}),
            501,
        ),
    ] {
        let (got, error) = ask(Method::PUT, SUBSCRIPTION.into(), wrong).await;
        assert_eq!(got, status, "{error}");
    }
    let wanted = json!({"topic": TOPIC, "enableMessageOrdering": true, "expirationPolicy": {"ttl": "86400s"}});
    let (status, made) = ask(Method::PUT, SUBSCRIPTION.into(), wanted).await;
    assert_eq!(status, 200, "{made}");
    let (_, found) = ask(Method::GET, SUBSCRIPTION.into(), json!({})).await;
    assert_eq!(found, made);
    assert_eq!(found["ackDeadlineSeconds"], 10);
    assert_eq!(found["messageRetentionDuration"], "604800s");
    assert_eq!(found["expirationPolicy"]["ttl"], "86400s");
    assert_eq!(found["enableMessageOrdering"], true);

    ask(Method::PUT, "projects/p/topics/other".into(), json!({})).await;
    ask(Method::PUT, "projects/q/topics/third".into(), json!({})).await;
    let (_, page) = ask(
        Method::GET,
        "projects/p/topics?pageSize=1".into(),
        json!({}),
    )
    .await;
    assert_eq!(page["topics"][0]["name"], "projects/p/topics/other");
    let token = page["nextPageToken"].as_str().unwrap();
    let next = format!("projects/p/topics?pageSize=1&pageToken={token}");
    let (_, page) = ask(Method::GET, next, json!({})).await;
    assert_eq!(
        (&page["topics"][0]["name"], &page["nextPageToken"]),
        (&json!(TOPIC), &json!(""))
    );
    let (_, of_topic) = ask(Method::GET, format!("{TOPIC}/subscriptions"), json!({})).await;
    assert_eq!(of_topic["subscriptions"], json!([SUBSCRIPTION]));
    let (_, all) = ask(Method::GET, "projects/p/subscriptions".into(), json!({})).await;
    assert_eq!(all["subscriptions"], json!([found]));
    let rights = json!({"permissions": ["pubsub.topics.publish"]});
    let (_, may) = ask(
        Method::POST,
        format!("{TOPIC}:testIamPermissions"),
        rights.clone(),
    )
    .await;
    assert_eq!(may, rights);

    assert_eq!(ask(Method::DELETE, TOPIC.into(), json!({})).await.0, 200);
    let (_, orphan) = ask(Method::GET, SUBSCRIPTION.into(), json!({})).await;
    assert_eq!(orphan["topic"], "_deleted-topic_");
    assert_eq!(
        ask(Method::DELETE, SUBSCRIPTION.into(), json!({})).await.0,
        200
    );
    for gone in [TOPIC, SUBSCRIPTION] {
        let (status, error) = ask(Method::GET, gone.into(), json!({})).await;
        assert_eq!(
            (status, &error["error"]["message"]),
            (404, &json!("Resource not found (resource=people)."))
        );
    }
}

#[tokio::test]
async fn messages_are_pulled_acknowledged_and_given_back() {
    let platform = Platform::new().await;
    platform.sandbox.create_pubsub_topic(TOPIC).unwrap();
    platform
        .sandbox
        .create_subscription(SUBSCRIPTION, TOPIC, false)
        .unwrap();
    platform.publish(0..5).await;
    let ask = |action: &str, body: Value| {
        let (platform, path) = (&platform, format!("{SUBSCRIPTION}:{action}"));
        async move { platform.pubsub(Method::POST, &path, body).await }
    };
    let pull = json!({"maxMessages": 10, "returnImmediately": true});
    let (_, pulled) = ask("pull", pull.clone()).await;
    let pulled = pulled["receivedMessages"].as_array().unwrap().clone();
    assert_eq!(pulled.len(), 5);
    assert!(
        pulled[0]["message"]["publishTime"]
            .as_str()
            .unwrap()
            .ends_with('Z')
    );
    assert_eq!(
        ask("pull", pull.clone()).await.1["receivedMessages"],
        json!([])
    );
    let ids = |from: usize, to: usize| -> Vec<Value> {
        pulled[from..to]
            .iter()
            .map(|it| it["ackId"].clone())
            .collect()
    };
    assert_eq!(
        ask("acknowledge", json!({"ackIds": ids(0, 2)})).await.0,
        200
    );
    let back = json!({"ackIds": ids(2, 4), "ackDeadlineSeconds": 0});
    assert_eq!(ask("modifyAckDeadline", back).await.0, 200);
    let (_, again) = ask("pull", pull).await;
    let again = again["receivedMessages"].as_array().unwrap().clone();
    let ids_of = |all: &[Value]| -> Vec<Value> {
        all.iter()
            .map(|it| it["message"]["messageId"].clone())
            .collect()
    };
    assert_eq!(ids_of(&again), ids_of(&pulled[2..4]));
    for (action, wrong) in [
        ("pull", json!({"maxMessages": 0})),
        ("acknowledge", json!({"ackIds": []})),
        ("acknowledge", json!({"ackIds": ["nonsense"]})),
        (
            "modifyAckDeadline",
            json!({"ackIds": ids(0, 1), "ackDeadlineSeconds": 601}),
        ),
    ] {
        let (status, error) = ask(action, wrong).await;
        assert_eq!(
            (status, &error["error"]["status"]),
            (400, &json!("INVALID_ARGUMENT")),
            "{action}"
        );
    }
    let (status, _) = ask("seek", json!({"time": "2099-01-01T00:00:00Z"})).await;
    assert_eq!(
        (status, platform.sandbox.unacknowledged(SUBSCRIPTION)),
        (200, Some(0))
    );
}

#[tokio::test]
async fn calls_fail_as_they_are_told_to() {
    let platform = Platform::new().await;
    platform.sandbox.create_pubsub_topic(TOPIC).unwrap();
    platform
        .sandbox
        .create_subscription(SUBSCRIPTION, TOPIC, false)
        .unwrap();
    let faults = platform.sandbox.faults();
    faults.inject("Publish: RESOURCE_EXHAUSTED 2 times".parse().unwrap());
    faults.inject("Publish: UNAVAILABLE after".parse().unwrap());
    let path = format!("{TOPIC}:publish");
    let publish = || platform.pubsub(Method::POST, &path, json!({"messages": [{"data": "eA=="}]}));
    assert_eq!(publish().await.0, 429);
    let (status, error) = publish().await;
    assert_eq!(
        (status, &error["error"]["status"]),
        (429, &json!("RESOURCE_EXHAUSTED"))
    );
    assert_eq!(platform.sandbox.unacknowledged(SUBSCRIPTION), Some(0));
    assert_eq!(publish().await.0, 503);
    assert_eq!(
        platform.sandbox.unacknowledged(SUBSCRIPTION),
        Some(1),
        "it was carried out"
    );
    assert_eq!(publish().await.0, 200);
    faults.inject(Fault {
        method: None,
        path: "Publish".to_owned(),
        what: Misbehaviour::Code(Code::PermissionDenied),
        times: Times::Always,
    });
    assert_eq!(publish().await.0, 403);
    faults.clear();
    faults.inject("Publish: reset before".parse().unwrap());
    let url = format!("http://{}/v1/{path}", platform.sandbox.pubsub_host());
    let broken = platform.http.post(url).json(&json!({})).send().await;
    let broken = match broken {
        Ok(answer) => answer.bytes().await.is_err(),
        Err(_) => true,
    };
    assert!(broken);
}
