//! People who are looked up in the profile, as the API guide shows it.

use aep_client::ErrorKind;
use serde_json::json;

use crate::bench::{Bench, body};

/// Of three that were asked for, one is known and one is not; the third one's answer is odd.
const ANSWER: &str = r#"{
    "A29cgveD5y64ezlhxjUXNzcm": {
        "entityId": "A29cgveD5y64ezlhxjUXNzcm",
        "sources": ["1000000000"],
        "entity": {
            "identities": [
                {"id": "89149270342662559642753730269986316601", "namespace": {"code": "ecid"}},
                {"id": "janedoe@example.com", "namespace": {"code": "email"}, "primary": true}
            ],
            "person": {"name": {"firstName": "Jane", "lastName": "Doe"}}
        },
        "lastModifiedAt": "2018-08-28T20:57:24Z"
    },
    "A29cgveD5y64e2RixjUXNzcm": {
        "entityId": "A29cgveD5y64e2RixjUXNzcm",
        "sources": [""],
        "entity": {},
        "lastModifiedAt": "1970-01-01T00:00:00Z"
    },
    "Gx": {
        "entityId": "Gx",
        "requestedIdentity": {"entityId": "odd", "entityIdNS": {"code": "email"}},
        "entity": {"identityMap": {"CRMID": [{"id": "7"}]}, "_id": "x"},
        "lastModifiedAt": "long ago"
    }
}"#;

#[tokio::test]
async fn people_are_looked_up_together_by_their_ids_in_a_namespace() {
    let bench = Bench::new(&[(200, "", ANSWER)]).await;
    let ids = ["janedoe@example.com", "b@example.com", "odd"].map(str::to_owned);
    let fields = ["person.name.firstName".to_owned()];
    let profile = bench.client.profile();
    let found = profile.entities("Email", &ids, &fields).await.unwrap();
    let asked = &bench.asked()[0];
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str()),
        ("POST", "/data/core/ups/access/entities")
    );
    let id = |id: &str| json!({"entityId": id, "entityIdNS": {"code": "Email"}});
    assert_eq!(
        body(asked),
        json!({
            "schema": {"name": "_xdm.context.profile"},
            "fields": ["identities", "person.name.firstName"],
            "identities": [id("janedoe@example.com"), id("b@example.com"), id("odd")],
        })
    );
    // The server's own time, by which the age of an entity is told.
    assert!(found.at.is_some());
    let by_id = |id: &str| found.entities.iter().find(|it| it.entity_id == id).unwrap();
    let jane = by_id("A29cgveD5y64ezlhxjUXNzcm");
    assert!(!jane.is_empty());
    assert_eq!(jane.modified, "2018-08-28T20:57:24Z".parse().ok());
    let email = ("email".to_owned(), "janedoe@example.com".to_owned());
    assert!(jane.identities().contains(&email));
    assert!(by_id("A29cgveD5y64e2RixjUXNzcm").is_empty());
    let odd = by_id("Gx");
    let identities = odd.identities();
    assert!(identities.contains(&("email".to_owned(), "odd".to_owned())));
    assert!(identities.contains(&("CRMID".to_owned(), "7".to_owned())));
    assert_eq!((odd.modified, odd.sources.len()), (None, 0));
}

#[tokio::test]
async fn what_is_not_found_is_nothing_and_what_is_refused_says_what_it_takes() {
    let later = r#"[{"message": "Too many requests", "retryAfterMs": "1", "statusCode": "429"}]"#;
    let partial = r#"[{"xid": "G", "error": {"message": "m", "statusCode": "422"}}]"#;
    let gateway = r#"{"error_code": "404000", "message": "Resource not found"}"#;
    let forbidden =
        r#"{"message": "UPS-ACC-1000004: IMS Org is not provisioned.", "statusCode": "403"}"#;
    let bench = Bench::new(&[
        (429, "", later),
        (503, "", "{}"),
        (404, "", r#"{"statusCode": "404"}"#),
        (207, "", partial),
        (404, "", gateway),
        (403, "", forbidden),
        (200, "", "7"),
    ])
    .await;
    let profile = bench.client.profile();
    let ids = ["a".to_owned()];
    // A look-up is asked again, and nobody being there is no error.
    let found = profile.entities("Email", &ids, &[]).await.unwrap();
    assert!(found.entities.is_empty());
    assert_eq!(bench.asked().len(), 3);
    // That somebody could not be looked up does not say that nobody is there.
    let error = profile.entities("Email", &ids, &[]).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Unavailable, Some(207))
    );
    assert_eq!(error.message(), "m");
    // Nor does a wrong address.
    let error = profile.entities("Email", &ids, &[]).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Refused, Some("404000"))
    );
    let error = profile.entities("Email", &ids, &[]).await.unwrap_err();
    assert!(error.message().contains("not provisioned"), "{error}");
    assert!(error.help().unwrap().contains("Ultimate"), "{error}");
    assert!(profile.entities("Email", &ids, &[]).await.is_err());
}
