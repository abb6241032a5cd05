//! Who is let in.

use std::io::{Read as _, Write as _};
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

#[tokio::test]
async fn a_body_in_pieces_needs_its_type_as_well() {
    let platform = Platform::new().await;
    let address = platform.sandbox.platform_url().replace("http://", "");
    let request = format!(
        "POST /data/foundation/flowservice/connections HTTP/1.1\r\nHost: {address}\r\n\
         Authorization: Bearer {}\r\nx-api-key: {}\r\nx-gw-ims-org-id: {}\r\nx-sandbox-name: prod\r\n\
         Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n",
        platform.token,
        platform.sandbox.client_id(),
        platform.sandbox.organization()
    );
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("BadRequestError"), "{answer}");
}

#[tokio::test]
async fn a_method_that_is_none_here_is_refused_in_words() {
    let platform = Platform::new().await;
    for path in [
        "flowservice/flowSpecs",
        "catalog/batches",
        "conversion/languages/el/functions",
    ] {
        let request = platform.call(Method::DELETE, path);
        let (status, body) = told(request.send().await.unwrap()).await;
        assert_eq!(
            (status, &body["error_code"]),
            (405, &json!("405000")),
            "{path}"
        );
    }
    // Who is not let in does not learn what there is.
    let url = platform.sandbox.platform_url();
    let unknown = platform
        .http
        .delete(format!("{url}/data/foundation/catalog/batches"));
    assert_eq!(unknown.send().await.unwrap().status(), 403);
    let ims = platform.http.get(format!("{url}/ims/token/v3"));
    assert_eq!(told(ims.send().await.unwrap()).await.0, 405);
}

#[tokio::test]
async fn the_identity_service_says_no_in_its_own_shape() {
    let platform = Platform::new().await;
    let url = format!("{}/ims/token/v3", platform.sandbox.ims_url());
    let json = platform
        .http
        .post(&url)
        .json(&json!({"grant_type": "client_credentials"}));
    let plain = platform
        .http
        .post(&url)
        .body("grant_type=client_credentials");
    for request in [json, plain] {
        let (status, body) = told(request.send().await.unwrap()).await;
        assert_eq!(
            (status, &body["error"]),
            (400, &json!("invalid_request")),
            "{body}"
        );
        assert!(body["error_description"].is_string(), "{body}");
    }
    let other = [("grant_type", "authorization_code")];
    let (status, body) = told(platform.http.post(&url).form(&other).send().await.unwrap()).await;
    assert_eq!(
        (status, &body["error"]),
        (400, &json!("unsupported_grant_type"))
    );
}
