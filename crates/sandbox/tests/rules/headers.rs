//! Who is let in.

use std::time::Duration;

use reqwest::Method;
use sandbox::SandboxOptions;
use serde_json::json;

use crate::platform::{Platform, token, told};

#[tokio::test]
async fn a_wrong_secret_gets_no_token() {
    let platform = Platform::new().await;
    let (status, body) = told(token(&platform.http, &platform.sandbox, "wrong").await).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_client")));
}

#[tokio::test]
async fn the_scopes_that_it_prints_are_the_ones_that_it_takes() {
    let platform = Platform::new().await;
    let variables = platform.sandbox.env();
    let printed = variables.iter().find(|(name, _)| name == "AEP_SCOPES");
    let printed = &printed.unwrap().1;
    let url = format!("{}/ims/token/v3", platform.sandbox.platform_url());
    for (scope, status) in [
        (printed.as_str(), 200),
        ("openid,AdobeID", 200),
        ("openid", 400),
        ("", 400),
        ("openid,AdobeID,everything", 400),
    ] {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", platform.sandbox.client_id()),
            ("client_secret", platform.sandbox.client_secret()),
            ("scope", scope),
        ];
        let answer = platform.http.post(&url).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), status, "{scope}");
    }
}

#[tokio::test]
async fn there_is_one_platform_sandbox() {
    let platform = Platform::new().await;
    let mut request = platform
        .call(Method::GET, "flowservice/flowSpecs")
        .build()
        .unwrap();
    request
        .headers_mut()
        .insert("x-sandbox-name", "dev".parse().unwrap());
    assert_eq!(platform.http.execute(request).await.unwrap().status(), 403);
}

#[tokio::test]
async fn every_header_is_needed() {
    let platform = Platform::new().await;
    let url = format!(
        "{}/data/foundation/flowservice/flowSpecs",
        platform.sandbox.platform_url()
    );
    let headers = [
        (
            "authorization",
            format!("Bearer {}", platform.token),
            403,
            "403010",
        ),
        (
            "x-api-key",
            platform.sandbox.client_id().to_owned(),
            403,
            "403000",
        ),
        (
            "x-gw-ims-org-id",
            platform.sandbox.organization().to_owned(),
            400,
            "400003",
        ),
    ];
    for (missing, _, status, code) in &headers {
        let mut request = platform.http.get(&url).header("x-sandbox-name", "prod");
        for (name, value, ..) in headers.iter().filter(|(name, ..)| name != missing) {
            request = request.header(*name, value);
        }
        let (answered, body) = told(request.send().await.unwrap()).await;
        assert_eq!(
            (answered, &body["error_code"]),
            (*status, &json!(code)),
            "without {missing}"
        );
    }
}

#[tokio::test]
async fn wrong_values_in_headers_are_told_apart() {
    let platform = Platform::new().await;
    let cases = [
        ("authorization", "Bearer nonsense", 401, "401013"),
        ("x-api-key", "somebody", 403, "403003"),
        ("x-gw-ims-org-id", "other@AdobeOrg", 403, "403025"),
        ("x-gw-ims-org-id", "nonsense", 403, "403027"),
    ];
    for (name, value, status, code) in cases {
        let mut request = platform
            .call(Method::GET, "flowservice/flowSpecs")
            .build()
            .unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
        let (answered, body) = told(platform.http.execute(request).await.unwrap()).await;
        assert_eq!(
            (answered, &body["error_code"]),
            (status, &json!(code)),
            "{name}: {value}"
        );
    }
}

#[tokio::test]
async fn a_token_expires() {
    let options = SandboxOptions {
        token_lifetime: Duration::ZERO,
        ..SandboxOptions::default()
    };
    let platform = Platform::with(options).await;
    assert_eq!(platform.get("flowservice/flowSpecs").await.status(), 401);
}

#[tokio::test]
async fn a_body_needs_its_type() {
    let platform = Platform::new().await;
    let request = platform
        .call(Method::POST, "flowservice/connections")
        .body("{}");
    let (status, body) = told(request.send().await.unwrap()).await;
    assert_eq!((status, &body["title"]), (400, &json!("BadRequestError")));
}
