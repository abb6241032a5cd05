//! Media types of the Schema Registry
//! (<https://experienceleague.adobe.com/docs/experience-platform/xdm/api/getting-started.html>).

use axum::http::HeaderMap;

use super::bad;
use crate::platform::Refusal;

/// What a GET is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    List,
    LookUp,
    Descriptors,
}

/// The form in which a thing is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    /// Title and ids only.
    pub(super) is_brief: bool,
    /// References resolved.
    pub(super) is_full: bool,
    /// Without titles and descriptions.
    pub(super) is_untitled: bool,
    /// With descriptors.
    pub(super) is_described: bool,
    /// Descriptors: their paths only.
    pub(super) is_link: bool,
    /// Descriptors: in pages.
    pub(super) is_paged: bool,
}

/// Every GET needs an `Accept` that fits.
pub(super) fn accepted(headers: &HeaderMap, purpose: Purpose) -> Result<Form, Refusal> {
    let accept = headers
        .get("accept")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("*/*");
    if accept == "*/*" {
        return Err(bad("an Accept header is required"));
    }
    form(accept, purpose).ok_or_else(|| {
        let detail = format!("the Accept header {accept} does not fit here");
        Refusal::service(406, "Not Acceptable", detail)
    })
}

fn form(accept: &str, purpose: Purpose) -> Option<Form> {
    let (kind, parameter) = match accept.split_once(';') {
        Some((kind, parameter)) => (kind.trim(), Some(parameter.trim())),
        None => (accept.trim(), None),
    };
    let words = kind.strip_prefix("application/vnd.adobe.")?;
    let mut words = words.strip_suffix("+json")?.split('-');
    let family = words.next()?;
    let words: Vec<_> = words.collect();
    // Only major version 1 exists.
    let version = parameter.and_then(|it| it.strip_prefix("version="));
    let is_versioned = version.is_some_and(|it| it == "1" || it.starts_with("1."));
    if parameter.is_some() && !is_versioned {
        return None;
    }
    let has = |word: &str| words.contains(&word);
    let known: &[&str] = match (purpose, family) {
        (Purpose::List, "xed" | "xdm") => &["id"],
        (Purpose::LookUp, "xed" | "xdm") if is_versioned => {
            &["full", "notext", "desc", "flat", "deprecated"]
        }
        (Purpose::Descriptors, "xdm") => &["id", "link", "v2"],
        _ => return None,
    };
    words.iter().all(|word| known.contains(word)).then(|| Form {
        is_brief: has("id"),
        is_full: has("full"),
        is_untitled: has("notext"),
        is_described: has("desc"),
        is_link: has("link"),
        is_paged: has("v2"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_fits_its_purpose() {
        let fits = |accept: &str, purpose| {
            form(&format!("application/vnd.adobe.{accept}"), purpose).is_some()
        };
        let cases = [
            ("xed-id+json", true, false, false),
            ("xed+json", true, false, false),
            ("xed+json; version=1", true, true, false),
            ("xed-full+json;version=1", false, true, false),
            ("xed-full-notext+json; version=1", false, true, false),
            ("xed-full-desc+json; version=1.0", false, true, false),
            ("xed-full+json; version=2", false, false, false),
            ("xed-nonsense+json; version=1", false, false, false),
            ("xdm-id+json", true, false, true),
            ("xdm-v2+json", false, false, true),
            ("xdm-link+json", false, false, true),
        ];
        for (accept, list, look_up, descriptors) in cases {
            assert_eq!(fits(accept, Purpose::List), list, "{accept}");
            assert_eq!(fits(accept, Purpose::LookUp), look_up, "{accept}");
            assert_eq!(fits(accept, Purpose::Descriptors), descriptors, "{accept}");
        }
        assert!(form("application/json", Purpose::List).is_none());
    }
}
