//! Files in parts: what is asked for, and what a server may answer.

use std::time::Duration;

use aep_client::{Client, Retries};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures::StreamExt as _;
use serde_json::json;

/// How a server hands out `0123456789`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Server {
    Parts,
    /// It knows no ranges.
    Whole,
    /// It ends in the middle.
    Short,
    /// It goes silent in the middle.
    Silent,
}

fn answer(server: Server, method: &Method, headers: &HeaderMap, path: &str) -> Response {
    const FILE: &[u8] = b"0123456789";
    if path.starts_with("/ims") {
        let token = json!({"access_token": "t", "token_type": "bearer", "expires_in": 86_399});
        return token.to_string().into_response();
    }
    if method == Method::HEAD {
        return ([("content-length", "10")], Body::empty()).into_response();
    }
    let Some(range) = headers.get("range") else {
        let list = json!({"data": [{"name": "f"}]});
        let ids = json!({"data": [{"dataSetFileId": "b-1"}]});
        let answer = if path.ends_with("/b/files") {
            ids
        } else {
            list
        };
        return answer.to_string().into_response();
    };
    let range = range.to_str().unwrap().strip_prefix("bytes=").unwrap();
    let (first, last) = range.split_once('-').unwrap();
    let part = &FILE[first.parse().unwrap()..=last.parse().unwrap()];
    match server {
        Server::Parts => (StatusCode::PARTIAL_CONTENT, part).into_response(),
        Server::Whole => FILE.into_response(),
        Server::Short => (StatusCode::PARTIAL_CONTENT, &part[1..]).into_response(),
        Server::Silent => {
            let some = Ok::<_, std::io::Error>(Bytes::from_static(&part[..1]));
            let silence = futures::stream::once(async { some }).chain(futures::stream::pending());
            (StatusCode::PARTIAL_CONTENT, Body::from_stream(silence)).into_response()
        }
    }
}

async fn read(server: Server) -> Result<Vec<u8>, aep_client::Error> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(
        move |method: Method, headers: HeaderMap, uri: axum::http::Uri| async move {
            answer(server, &method, &headers, uri.path())
        },
    );
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let patience = if server == Server::Silent {
        Duration::from_millis(200)
    } else {
        Duration::from_mins(1)
    };
    let client = Client::builder()
        .organization("ORG@AdobeOrg")
        .client_id("key")
        .client_secret("marked-secret".to_owned())
        .platform_url(&url)
        .ims_url(&url)
        .timeout(patience)
        .retries(Retries {
            times: 0,
            ..Retries::default()
        })
        .build()
        .unwrap();
    let access = client.data_access();
    let files = access.batch_files("b").await?;
    assert_eq!(access.size(&files[0]).await?, 10);
    let part = access.read_part(&files[0], 4..8).await?;
    Ok(part.to_vec())
}

#[tokio::test]
async fn a_part_is_read_from_who_knows_ranges_and_who_does_not() {
    for server in [Server::Parts, Server::Whole] {
        assert_eq!(read(server).await.unwrap(), b"4567", "{server:?}");
    }
}

#[tokio::test]
async fn a_part_that_does_not_come_is_an_error_in_time() {
    for (server, words) in [
        (Server::Short, "1 bytes early"),
        (Server::Silent, "nothing more came"),
    ] {
        let error = read(server).await.unwrap_err();
        assert!(error.to_string().contains(words), "{server:?}: {error}");
    }
}
