//! Misbehaving as it was told to.

use std::time::{Duration, Instant};

use sandbox::{LandingOptions, SandboxOptions};
use serde_json::{Value, json};

use crate::platform::{PERSON, PROFILE, Platform, created, told};

#[tokio::test]
async fn beyond_the_rate_limit_it_says_when_to_come_again() {
    let options = SandboxOptions {
        rate_limit: Some(2.0),
        ..SandboxOptions::default()
    };
    let platform = Platform::with(options).await;
    let mut refused = None;
    for _ in 0..10 {
        let answer = platform.get("flowservice/flowSpecs").await;
        if answer.status() == 429 {
            refused = Some(answer);
        }
    }
    let refused = refused.unwrap();
    assert_eq!(refused.headers()["retry-after"], "1");
    let (_, body) = told(refused).await;
    assert_eq!(body["error_code"], "429001");
}

#[tokio::test]
async fn what_is_new_can_not_be_read_nor_referred_to_for_a_while() {
    let options = SandboxOptions {
        settle: Duration::from_millis(300),
        ..SandboxOptions::default()
    };
    let platform = Platform::with(options).await;
    let made = Instant::now();
    let base = platform.base().await;
    let path = format!("flowservice/connections/{base}");
    let body = json!({"name": "s", "baseConnectionId": base, "data": {"format": "json"},
        "connectionSpec": {"id": crate::platform::EVENT_HUBS, "version": "1.0"},
        "params": {"eventHubName": "h", "dataType": "raw"}});
    let look = async || platform.get(&path).await.status();
    let refer = async || {
        platform
            .post("flowservice/sourceConnections", body.clone())
            .await
            .status()
    };
    let (looked, referred) = (look().await, refer().await);
    // On a machine that was busy elsewhere the moment may have passed.
    if made.elapsed() < Duration::from_millis(300) {
        assert_eq!((looked.as_u16(), referred.as_u16()), (404, 400));
    }
    let deadline = Instant::now() + Duration::from_secs(10);
    while look().await != 200 {
        assert!(Instant::now() < deadline, "it is never to be seen");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(refer().await, 201);
    // Whoever knows the id can remove it at once.
    let other = platform.base().await;
    assert_eq!(
        platform
            .delete(&format!("flowservice/connections/{other}"))
            .await,
        204
    );
}

#[tokio::test]
async fn a_soft_error_is_a_200_with_an_error_inside() {
    let platform = Platform::new().await;
    let fault = "POST schemas: soft error".parse().unwrap();
    platform.sandbox.faults().inject(fault);
    let body = json!({"type": "object", "title": "t", "meta:class": PROFILE,
        "allOf": [{"$ref": PROFILE}, {"$ref": PERSON}]});
    let (status, answer) = told(
        platform
            .post("schemaregistry/tenant/schemas", body.clone())
            .await,
    )
    .await;
    assert_eq!(status, 200);
    assert!(answer["errorMessage"].is_string(), "{answer}");
    let objects = platform.sandbox.objects();
    assert!(objects.iter().all(|(_, count)| *count == 0), "{objects:?}");
    assert_eq!(
        platform
            .post("schemaregistry/tenant/schemas", body)
            .await
            .status(),
        201
    );
}

#[tokio::test]
async fn garbage_is_a_200_after_the_call_was_carried_out() {
    let platform = Platform::new().await;
    let fault = "POST schemas: garbage".parse().unwrap();
    platform.sandbox.faults().inject(fault);
    let body = json!({"type": "object", "title": "t", "meta:class": PROFILE,
        "allOf": [{"$ref": PROFILE}, {"$ref": PERSON}]});
    let answer = platform.post("schemaregistry/tenant/schemas", body).await;
    assert_eq!(answer.status(), 200);
    let text = answer.text().await.unwrap();
    assert!(serde_json::from_str::<Value>(&text).is_err(), "{text}");
    let objects = platform.sandbox.objects();
    assert!(objects.contains(&("schemas", 1)), "{objects:?}");
}

#[tokio::test]
async fn every_tenth_call_is_every_tenth() {
    let platform = Platform::new().await;
    let fault = "GET flowSpecs: 503 every 3".parse().unwrap();
    platform.sandbox.faults().inject(fault);
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(
            platform
                .get("flowservice/flowSpecs")
                .await
                .status()
                .as_u16(),
        );
    }
    assert_eq!(statuses, [200, 200, 503, 200, 200, 503]);
}

#[tokio::test]
async fn late_batches_appear_out_of_their_order() {
    let options = SandboxOptions {
        landing: LandingOptions {
            batch_rows: 1,
            jitter: Duration::from_millis(1500),
            refuse_every: 4,
            ..LandingOptions::default()
        },
        ..SandboxOptions::default()
    };
    let platform = Platform::with(options).await;
    let lines = json!([{"sourceAttribute": "id", "destinationXdmPath": "_id"}]);
    let (flow, inlet, dataset) = platform.http_flow(lines).await;
    for n in 0..8 {
        let request = platform.http.post(&inlet).header("x-adobe-flow-id", &flow);
        let request = request.json(&json!({"id": n.to_string()}));
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
    let deadline = Instant::now() + Duration::from_secs(30);
    let path = format!("catalog/batches?dataSet={dataset}&limit=100&orderBy=asc:created");
    let mut seen: Vec<(String, i64)> = Vec::new();
    let mut read = 0;
    while read < 8 {
        assert!(Instant::now() < deadline, "{read} have landed");
        let (_, found) = told(platform.get(&path).await).await;
        let found = found.as_object().unwrap().clone();
        let counts = found
            .values()
            .map(|it| it["metrics"]["recordsRead"].as_u64().unwrap());
        read = counts.sum();
        for (id, batch) in found {
            if !seen.iter().any(|(known, _)| *known == id) {
                seen.push((id, batch["updated"].as_i64().unwrap()));
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // In the order of the list, which is that of their creation, they were not finished in order.
    let (_, all) = told(platform.get(&path).await).await;
    let finished: Vec<_> = all
        .as_object()
        .unwrap()
        .values()
        .map(|it| it["updated"].as_i64().unwrap())
        .collect();
    assert!(!finished.is_sorted(), "{finished:?}");
}

/// Each of the reasons for which records can be refused, on records that deserve it.
#[tokio::test]
async fn fields_with_limits_refuse_what_breaks_them() {
    let platform = Platform::new().await;
    let fields = json!({
        "level": {"type": "string", "enum": ["gold", "none"]},
        "code": {"type": "string", "pattern": "^[A-Z]{2}$"},
        "word": {"type": "string", "minLength": 2, "maxLength": 3},
        "points": {"type": "integer", "minimum": 0, "maximum": 9},
        "since": {"type": "string", "format": "date"},
    });
    let group = json!({"type": "object", "title": "g", "meta:intendedToExtend": [PROFILE],
        "definitions": {"x": {"properties": {"_sandboxtenant": {"type": "object", "properties": fields}}}},
        "allOf": [{"$ref": "#/definitions/x"}]});
    let group = created(
        platform
            .post("schemaregistry/tenant/fieldgroups", group)
            .await,
        "$id",
    )
    .await;
    let schema = json!({"type": "object", "title": "t", "meta:class": PROFILE,
        "allOf": [{"$ref": PROFILE}, {"$ref": group}]});
    let schema = created(
        platform.post("schemaregistry/tenant/schemas", schema).await,
        "$id",
    )
    .await;
    let lines: Vec<Value> = ["level", "code", "word", "points", "since"]
        .iter()
        .map(|name| json!({"sourceAttribute": name, "destinationXdmPath": format!("_sandboxtenant.{name}")}))
        .collect();
    let set = json!({"version": 0, "xdmSchema": schema, "xdmVersion": "1.0", "mappings": lines});
    let cases = [
        (
            json!({"level": "gold", "code": "DE", "word": "abc", "points": "7", "since": "2026-01-01"}),
            None,
        ),
        (
            json!({"level": "tin"}),
            Some("tin is not a valid enum value"),
        ),
        (
            json!({"code": "de"}),
            Some("string [de] does not match pattern ^[A-Z]{2}$"),
        ),
        (
            json!({"word": "a"}),
            Some("expected minLength: 2, actual: 1"),
        ),
        (
            json!({"word": "abcd"}),
            Some("expected maxLength: 3, actual: 4"),
        ),
        (
            json!({"points": -1}),
            Some("-1 is not greater or equal to 0"),
        ),
        (json!({"points": 10}), Some("10 is not less or equal to 9")),
        (
            json!({"points": "many"}),
            Some("expected type: Integer, found: String"),
        ),
        (
            json!({"since": "long ago"}),
            Some("[long ago] is not a valid date"),
        ),
    ];
    let data: Vec<_> = cases.iter().map(|(record, _)| record).collect();
    let body = json!({"data": data, "mappingSet": set});
    let (status, answer) = told(platform.post("conversion/mappingSets/preview", body).await).await;
    assert_eq!(status, 200, "{answer}");
    for ((record, wanted), got) in cases.iter().zip(answer.as_array().unwrap()) {
        let message = got["errors"][0]["message"].as_str();
        assert_eq!(message, *wanted, "{record}");
    }
}
