//! A file's bytes, all or a part (<https://www.rfc-editor.org/rfc/rfc9110#section-14>).

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;

/// What `Range` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    All,
    /// From one byte to another, inclusive.
    Bytes(usize, usize),
    /// There is no such part.
    None,
}

/// All bytes, or the ones of `Range: bytes=a-b`.
pub(super) fn content(bytes: &Bytes, headers: &HeaderMap, kind: &'static str) -> Response {
    let range = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok());
    let mut answer = match part(range, bytes.len()) {
        Part::All => bytes.clone().into_response(),
        Part::Bytes(first, last) => {
            let mut answer =
                (StatusCode::PARTIAL_CONTENT, bytes.slice(first..=last)).into_response();
            let range = format!("bytes {first}-{last}/{}", bytes.len());
            set(&mut answer, header::CONTENT_RANGE, &range);
            answer
        }
        Part::None => {
            let mut answer = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            let range = format!("bytes */{}", bytes.len());
            set(&mut answer, header::CONTENT_RANGE, &range);
            answer
        }
    };
    set(&mut answer, header::CONTENT_TYPE, kind);
    set(&mut answer, header::ACCEPT_RANGES, "bytes");
    answer
}

fn set(answer: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

/// A header that is not understood is as good as none.
fn part(range: Option<&str>, length: usize) -> Part {
    let Some((first, last)) = range
        .and_then(|text| text.strip_prefix("bytes="))
        .and_then(|text| text.split_once('-'))
    else {
        return Part::All;
    };
    let (first, last) = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) => (first, last),
        (Ok(first), Err(_)) if last.is_empty() => (first, usize::MAX),
        // The last so many.
        (Err(_), Ok(count)) if first.is_empty() => (length.saturating_sub(count), usize::MAX),
        _ => return Part::All,
    };
    if first >= length || last < first {
        return Part::None;
    }
    Part::Bytes(first, last.min(length - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_http_writes_them() {
        let cases = [
            (None, Part::All),
            (Some("bytes=0-99"), Part::Bytes(0, 9)),
            (Some("bytes=2-3"), Part::Bytes(2, 3)),
            (Some("bytes=4-"), Part::Bytes(4, 9)),
            (Some("bytes=-3"), Part::Bytes(7, 9)),
            (Some("bytes=10-"), Part::None),
            (Some("bytes=3-2"), Part::None),
            (Some("lines=1-2"), Part::All),
            (Some("bytes=x-y"), Part::All),
        ];
        for (range, wanted) in cases {
            assert_eq!(part(range, 10), wanted, "{range:?}");
        }
    }
}
