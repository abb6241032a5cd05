//! Parts of files: how long a part takes depends on the line, so that what is waited for is progress.

use std::ops::Range;
use std::time::Duration;

use access::in_words;
use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_RANGE, RANGE};
use reqwest::{RequestBuilder, Response, StatusCode};

/// A part may take so long, as long as something comes.
const AT_MOST: Duration = Duration::from_hours(1);

/// Waits for an answer that may be long: it has to begin within `patience`.
pub(crate) fn asked(sending: RequestBuilder, patience: Duration) -> RequestBuilder {
    sending.timeout(patience.max(AT_MOST))
}

/// Asks for these bytes only.
pub(crate) fn named(sending: RequestBuilder, range: &Range<u64>) -> RequestBuilder {
    let last = range.end.saturating_sub(1);
    sending.header(RANGE, format!("bytes={}-{last}", range.start))
}

/// The bytes that were asked for; something has to come every `patience`. A server that sends the whole
/// file all the same is read up to the end of the part, and what comes before it is not kept.
pub(crate) async fn part(
    mut answer: Response,
    range: &Range<u64>,
    patience: Duration,
) -> Result<Bytes, String> {
    let status = answer.status();
    if !status.is_success() {
        return answer.bytes().await.map_err(|error| in_words(&error));
    }
    let wanted = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
    let told = answer.headers().get(CONTENT_RANGE);
    let told = told.and_then(|it| start_of(it.to_str().ok()?));
    if let Some(start) = told.filter(|start| *start != range.start)
        && status == StatusCode::PARTIAL_CONTENT
    {
        let asked = range.start;
        return Err(format!(
            "the answer has the part from byte {start} on, not the one from {asked} on"
        ));
    }
    let mut before = if status == StatusCode::PARTIAL_CONTENT {
        0
    } else {
        range.start
    };
    let mut part = BytesMut::new();
    while part.len() < wanted {
        let chunk = tokio::time::timeout(patience, answer.chunk()).await;
        let chunk = chunk.map_err(|_| format!("nothing more came for {patience:?}"))?;
        let Some(mut chunk) = chunk.map_err(|error| in_words(&error))? else {
            let missing = wanted - part.len();
            return Err(format!("the answer ended {missing} bytes early"));
        };
        let skipped = usize::try_from(before)
            .unwrap_or(usize::MAX)
            .min(chunk.len());
        before -= skipped as u64;
        let chunk = chunk.split_off(skipped);
        let room = chunk.len().min(wanted - part.len());
        part.extend_from_slice(&chunk[..room]);
    }
    Ok(part.freeze())
}

/// Where the part begins that a `Content-Range` names: `bytes 5-9/100`.
fn start_of(range: &str) -> Option<u64> {
    let (unit, bytes) = range.trim().split_once(' ')?;
    let (first, _) = bytes.trim_start().split_once('-')?;
    let first = first.parse().ok();
    first.filter(|_| unit.eq_ignore_ascii_case("bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_says_where_it_begins() {
        for (range, start) in [
            ("bytes 5-9/100", Some(5)),
            ("Bytes  0-0/*", Some(0)),
            ("bytes */100", None),
            ("lines 5-9/100", None),
            ("", None),
        ] {
            assert_eq!(start_of(range), start, "{range}");
        }
    }
}
