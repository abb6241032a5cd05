//! A file of several blocks is read by its blocks, each once, and what goes wrong is told as what it is.

use std::ops::Range;
use std::sync::Arc;

use aep_client::Retries;
use axum::Router;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::json;

use super::super::Cell;
use super::*;

/// Texts of a kilobyte, so many in each of two row groups and two columns.
fn large(rows: usize) -> Vec<u8> {
    let schema = "message m { required binary id (UTF8); required binary other (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = WriterProperties::builder().set_dictionary_enabled(false);
    let mut out = Vec::new();
    let mut writer =
        SerializedFileWriter::new(&mut out, schema, Arc::new(properties.build())).unwrap();
    for group in 0..2 {
        let mut writer = writer.next_row_group().unwrap();
        while let Some(mut column) = writer.next_column().unwrap() {
            let text = |row: usize| format!("{:-<1000}", group * rows + row);
            let texts: Vec<ByteArray> = (0..rows).map(|row| text(row).as_str().into()).collect();
            let typed = column.typed::<ByteArrayType>();
            typed.write_batch(&texts, None, None).unwrap();
            column.close().unwrap();
        }
        writer.close().unwrap();
    }
    writer.close().unwrap();
    out
}

/// What was asked for.
type Asked = Arc<Mutex<Vec<Range<usize>>>>;

/// A platform with one file; nothing behind `broken` can be had of it.
async fn platform(file: Vec<u8>, broken: usize, is_refused: bool) -> (Client, DataFile, Asked) {
    let (asked, file) = (Asked::default(), Arc::new(file));
    let notes = Arc::clone(&asked);
    let answer = move |uri: Uri, headers: HeaderMap| {
        let (file, notes) = (Arc::clone(&file), Arc::clone(&notes));
        async move { answered(&file, &notes, broken, &uri, &headers) }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let client = Client::builder()
        .organization("ORG@AdobeOrg")
        .client_id("key")
        .client_secret("marked-secret".to_owned())
        .platform_url(&url)
        .ims_url(&url)
        .retries(Retries {
            times: 0,
            ..Retries::default()
        })
        .build()
        .unwrap();
    let access = client.data_access();
    let files = if is_refused {
        access.failed_files("b").await.unwrap()
    } else {
        access.batch_files("b").await.unwrap()
    };
    (client, files[0].clone(), asked)
}

fn answered(
    file: &[u8],
    notes: &Mutex<Vec<Range<usize>>>,
    broken: usize,
    uri: &Uri,
    headers: &HeaderMap,
) -> Response {
    if uri.path().starts_with("/ims") {
        let token = json!({"access_token": "t", "token_type": "bearer", "expires_in": 86_399});
        return token.to_string().into_response();
    }
    if uri.path().ends_with("/b/files") {
        let list = json!({"data": [{"dataSetFileId": "b-1"}]});
        return list.to_string().into_response();
    }
    if uri.query().is_none_or(|query| !query.contains("path=")) {
        let length = file.len().to_string();
        let list = json!({"data": [{"name": "x.parquet", "length": length}]});
        return list.to_string().into_response();
    }
    let Some(range) = headers.get("range") else {
        notes.lock().unwrap().push(0..file.len());
        return file.to_vec().into_response();
    };
    let range = range.to_str().unwrap().strip_prefix("bytes=").unwrap();
    let (first, last) = range.split_once('-').unwrap();
    let range = first.parse().unwrap()..last.parse::<usize>().unwrap() + 1;
    notes.lock().unwrap().push(range.clone());
    // The end is asked for first: that is where a file says what is in it.
    if range.start >= broken && range.end < file.len() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    (StatusCode::PARTIAL_CONTENT, file[range].to_vec()).into_response()
}

#[tokio::test]
async fn a_large_file_comes_in_blocks_and_only_where_it_is_needed() {
    const ROWS: usize = 10_000;
    let file = large(ROWS);
    let length = file.len();
    let (client, file, asked) = platform(file, usize::MAX, false).await;
    let mut reading = rows(&client, &file, vec!["id".to_owned()]);
    let mut read = 0;
    while let Some(rows) = reading.next("b").await.unwrap() {
        let ids = rows.columns[0].as_ref().unwrap();
        for id in ids {
            let Cell::Text(text) = id else {
                panic!("{id:?}")
            };
            assert_eq!(text.trim_end_matches('-'), read.to_string());
            read += 1;
        }
    }
    assert_eq!(read, 2 * ROWS);
    let asked = asked.lock().unwrap().clone();
    let block = usize::try_from(BLOCK).unwrap();
    assert!(asked.iter().all(|part| part.len() <= block), "{asked:?}");
    let mut starts: Vec<_> = asked.iter().map(|part| part.start).collect();
    starts.sort_unstable();
    starts.dedup();
    assert_eq!(starts.len(), asked.len(), "each once: {asked:?}");
    // Of the other column no more than shares a block with this one.
    assert!(
        asked.len() < length.div_ceil(block),
        "{asked:?} of {length}"
    );
}

#[tokio::test]
async fn a_block_that_can_not_be_had_is_the_platforms_trouble_and_not_the_files() {
    let (client, file, _) = platform(large(5_000), usize::try_from(BLOCK).unwrap(), false).await;
    let mut reading = rows(&client, &file, vec!["id".to_owned()]);
    let error = loop {
        match reading.next("b").await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it came to an end"),
            Err(error) => break error,
        }
    };
    assert!(error.may_pass(), "{error}");
}

#[tokio::test]
async fn lines_are_whole_wherever_the_blocks_end() {
    let line = |n: usize| format!("{n}:{}", "x".repeat(1_000_000 + n));
    let all: Vec<String> = (0..9).map(line).collect();
    let (client, file, asked) = platform(all.join("\n").into_bytes(), usize::MAX, true).await;
    let mut found = Vec::new();
    let take = |line: &[u8]| {
        found.push(String::from_utf8(line.to_vec()).unwrap());
        ControlFlow::Continue(())
    };
    lines(&client, &file, take).await.unwrap();
    assert_eq!(found, all);
    // No ranges are documented for refused records: what comes before a block is passed over.
    assert_eq!(asked.lock().unwrap().len(), 3);
}
