//! A server that does not behave.

use aep_client::{Client, ErrorKind, Kind, NewDataSet, Retries, SchemaRef};

use crate::bench::Bench;

#[tokio::test]
async fn not_now_is_asked_again_and_the_token_is_fetched_once() {
    let bench = Bench::new(&[
        (429, "0", "{}"),
        (429, "", "{}"),
        (201, "", r#"["@/dataSets/1"]"#),
    ])
    .await;
    let new = NewDataSet::new("n", SchemaRef::latest("s"));
    assert_eq!(
        bench.client.catalog().create_dataset(&new).await.unwrap(),
        "1"
    );
    assert_eq!(bench.asked().len(), 3);
    assert_eq!(*bench.script.tokens.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_creation_is_not_repeated_when_nobody_knows_whether_it_worked() {
    for status in [408, 500, 502, 503, 504] {
        let answers = [
            (status, "", r#"{"message": "oops"}"#),
            (201, "", r#"["@/dataSets/1"]"#),
        ];
        let bench = Bench::new(&answers).await;
        let new = NewDataSet::new("n", SchemaRef::latest("s"));
        let error = bench.client.catalog().create_dataset(&new).await;
        let error = error.unwrap_err();
        assert_eq!(
            (error.kind(), error.request_id()),
            (ErrorKind::Unknown, Some("request-7")),
            "{status}"
        );
        assert_eq!(bench.asked().len(), 1, "{status}");
        // A look-up may be repeated.
        let bench = Bench::new(&[(status, "", "{}"), (200, "", r#"{"items": []}"#)]).await;
        let found = bench.client.flow_service().get(Kind::Flow, "x").await;
        assert!(found.unwrap().is_none(), "{status}");
        assert_eq!(bench.asked().len(), 2, "{status}");
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let refused = r#"{"error_code": "401013", "message": "Oauth token is not valid"}"#;
    let bench = Bench::new(&[(401, "", refused), (200, "", r#"{"items": []}"#)]).await;
    bench.client.flow_service().flow_specs().await.unwrap();
    let tokens: Vec<_> = bench
        .asked()
        .iter()
        .map(|it| it.headers["authorization"].to_str().unwrap().to_owned())
        .collect();
    assert_eq!(tokens, ["Bearer token-1", "Bearer token-2"]);
    let bench = Bench::new(&[(401, "", refused), (401, "", refused)]).await;
    let error = bench.client.flow_service().flow_specs().await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(401), Some("401013")));
    assert!(error.help().is_some());
}

#[tokio::test]
async fn a_token_that_is_about_to_expire_is_renewed() {
    let bench = Bench::new(&[(200, "", r#"{"items": []}"#), (200, "", r#"{"items": []}"#)]).await;
    *bench.script.token_life.lock().unwrap() = 0;
    bench.client.flow_service().flow_specs().await.unwrap();
    bench.client.flow_service().flow_specs().await.unwrap();
    assert_eq!(*bench.script.tokens.lock().unwrap(), 2);
}

#[tokio::test]
async fn what_a_server_echoes_shows_no_secret() {
    let echo = r#"{"message": "marked-secret token-1 are wrong"}"#;
    let bench = Bench::new(&[(400, "", echo)]).await;
    let error = bench.client.flow_service().flow_specs().await.unwrap_err();
    for text in [
        error.to_string(),
        format!("{error:?}"),
        error.body().to_owned(),
        format!("{:?}", bench.client),
    ] {
        assert!(
            !text.contains("marked-secret") && !text.contains("token-1"),
            "{text}"
        );
    }
    assert!(
        error
            .to_string()
            .starts_with("GET /data/foundation/flowservice/flowSpecs?limit=100: 400 "),
        "{error}"
    );
}

#[tokio::test]
async fn a_platform_that_is_not_there_is_named() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::builder()
        .organization("o@AdobeOrg")
        .client_id("k")
        .client_secret("s".to_owned())
        .platform_url(&url)
        .ims_url(&url)
        .retries(Retries {
            times: 0,
            ..Retries::default()
        })
        .build()
        .unwrap();
    let error = client.authenticate().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.help().unwrap().contains(&url), "{:?}", error.help());
}

#[tokio::test]
async fn nothing_follows_a_redirect() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Router;
    use axum::response::Redirect;

    let elsewhere: Arc<AtomicUsize> = Arc::default();
    let came = Arc::clone(&elsewhere);
    let listen = async || tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url =
        |listener: &tokio::net::TcpListener| format!("http://{}", listener.local_addr().unwrap());
    let thief = listen().await;
    let target = url(&thief);
    let router = Router::new().fallback(move || async move {
        came.fetch_add(1, Ordering::SeqCst);
        "{}"
    });
    tokio::spawn(async move { axum::serve(thief, router).await.unwrap() });
    let moved = listen().await;
    let moved_url = url(&moved);
    let router = Router::new().fallback(move || async move { Redirect::temporary(&target) });
    tokio::spawn(async move { axum::serve(moved, router).await.unwrap() });

    let bench = Bench::new(&[]).await;
    for (ims, platform) in [
        (moved_url.clone(), moved_url.clone()),
        (bench.url.clone(), moved_url),
    ] {
        let client = Client::builder()
            .organization("ORG@AdobeOrg")
            .client_id("key")
            .client_secret("marked-secret".to_owned())
            .ims_url(ims)
            .platform_url(platform)
            .build()
            .unwrap();
        let error = client.flow_service().flow_specs().await.unwrap_err();
        assert_eq!(error.status(), Some(307), "{error}");
        assert!(error.help().unwrap().contains("not followed"), "{error}");
    }
    assert_eq!(elsewhere.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn words_of_the_platform_do_not_act() {
    let foul = r#"{"error_code": "\u001b[2J", "message": "\u001b]0;owned\u0007"}"#;
    let bench = Bench::new(&[(400, "", foul)]).await;
    let error = bench.client.flow_service().flow_specs().await.unwrap_err();
    let told = format!("{error} {} {:?}", error.body(), error.code());
    assert!(told.contains(r"\u001b]0;owned"), "{told}");
    assert!(!told.contains(char::is_control), "{told:?}");
}
