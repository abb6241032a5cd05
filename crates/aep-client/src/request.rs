//! A request before it is sent.

use std::fmt;
use std::ops::Range;

use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;

use crate::redact;

/// A request to the platform: everything but the headers that every request carries.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) accept: Option<&'static str>,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) if_match: Option<String>,
    pub(crate) body: Option<Value>,
    pub(crate) is_repeatable: bool,
    /// Only these bytes of the answer.
    pub(crate) range: Option<Range<u64>>,
    /// Whether the server is told so.
    pub(crate) has_range_header: bool,
    /// Whether it is about no sandbox in particular.
    pub(crate) is_of_all_sandboxes: bool,
}

impl Request {
    fn new(method: &'static str, path: impl Into<String>) -> Request {
        Request {
            method,
            path: path.into(),
            accept: None,
            content_type: None,
            if_match: None,
            body: None,
            is_repeatable: true,
            range: None,
            has_range_header: false,
            is_of_all_sandboxes: false,
        }
    }

    /// `GET`. `path` begins with `/data/…` and holds the query, encoded.
    pub fn get(path: impl Into<String>) -> Request {
        Request::new("GET", path)
    }

    /// `DELETE`.
    pub fn delete(path: impl Into<String>) -> Request {
        Request::new("DELETE", path)
    }

    /// `HEAD`.
    pub(crate) fn head(path: impl Into<String>) -> Request {
        Request::new("HEAD", path)
    }

    /// Only these bytes of a file. Where ranges are `documented` no others are sent; elsewhere they are
    /// passed over.
    pub(crate) fn range(mut self, range: Range<u64>, documented: bool) -> Request {
        self.range = Some(range);
        self.has_range_header = documented;
        self
    }

    /// It is about no sandbox in particular, and names none.
    pub(crate) fn of_all_sandboxes(mut self) -> Request {
        self.is_of_all_sandboxes = true;
        self
    }

    /// `POST` with a JSON body. A creation: it is not sent again when nobody knows whether the
    /// platform acted.
    pub fn post(path: impl Into<String>, body: &impl Serialize) -> Request {
        let mut request = Request::new("POST", path).json(body);
        request.is_repeatable = false;
        request
    }

    /// `PATCH` with a JSON Patch. Sending it twice does no harm where it is guarded by an etag or
    /// adds what is there already.
    pub fn patch(path: impl Into<String>, body: &impl Serialize) -> Request {
        Request::new("PATCH", path).json(body)
    }

    fn json(mut self, body: &impl Serialize) -> Request {
        // Bodies are built from plain structs; what can't be written down is sent as nothing and
        // refused by the platform.
        self.body = serde_json::to_value(body).ok();
        self.content_type = Some("application/json");
        self
    }

    /// Asks for another form of the answer.
    pub fn accept(mut self, media_type: &'static str) -> Request {
        self.accept = Some(media_type);
        self
    }

    /// Says what the body is, where it is not `application/json`.
    pub fn content_type(mut self, media_type: &'static str) -> Request {
        self.content_type = Some(media_type);
        self
    }

    /// Acts only on this version of the thing.
    pub fn if_match(mut self, etag: impl Into<String>) -> Request {
        self.if_match = Some(etag.into());
        self
    }

    /// A `POST` that creates nothing and may be repeated.
    pub fn repeatable(mut self) -> Request {
        self.is_repeatable = true;
        self
    }

    /// The method.
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// Path and query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The body, with secrets replaced by `***`.
    pub fn masked_body(&self) -> Option<Value> {
        let mut body = self.body.clone()?;
        redact::mask(&mut body);
        Some(body)
    }

    /// The headers that not every request carries, by name.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let headers = [
            ("Accept", self.accept),
            ("Content-Type", self.content_type),
            ("If-Match", self.if_match.as_deref()),
        ];
        headers
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
    }

    /// The values of the body that are secrets: nothing that a server echoes may show them.
    pub(crate) fn secrets(&self) -> Vec<SecretString> {
        let mut found = Vec::new();
        if let Some(body) = &self.body {
            redact::secrets(body, &mut found);
        }
        found
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &self.headers().collect::<Vec<_>>())
            .field("body", &self.masked_body())
            .field("is_repeatable", &self.is_repeatable)
            .finish_non_exhaustive()
    }
}

/// A value as part of a path or a query.
pub(crate) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_can_be_printed_without_its_secrets() {
        let body = json!({"auth": {"params": {"sasKey": "hush-hush", "namespace": "ns"}}});
        let request = Request::post("/x", &body);
        for text in [
            format!("{request:?}"),
            request.masked_body().unwrap().to_string(),
        ] {
            assert!(!text.contains("hush") && text.contains("ns"), "{text}");
        }
        assert_eq!(request.secrets().len(), 1);
    }

    #[test]
    fn an_id_that_is_an_address_becomes_one_step_of_a_path() {
        assert_eq!(
            encoded("https://ns.adobe.com/t/x y"),
            "https%3A%2F%2Fns.adobe.com%2Ft%2Fx%20y"
        );
    }
}
