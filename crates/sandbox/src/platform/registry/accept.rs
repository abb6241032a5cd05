//! Media types of the Schema Registry
//! (<https://experienceleague.adobe.com/docs/experience-platform/xdm/api/getting-started.html>).

use axum::http::HeaderMap;

use crate::platform::Refusal;

/// What a GET is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    List,
    LookUp,
    Descriptors,
    Descriptor,
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

/// Every GET needs an `Accept` that fits; descriptors have no version, and one of them needs none. What
/// is missing, or of no known form, gets 400 in the registry's words
/// (<https://developer.adobe.com/experience-platform-apis/references/schema-registry/>): curl's own
/// `*/*`, too. A version that there is not gets 406.
pub(super) fn accepted(headers: &HeaderMap, purpose: Purpose) -> Result<Form, Refusal> {
    let accept = headers
        .get("accept")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("*/*");
    if accept == "*/*" && purpose == Purpose::Descriptor {
        return Ok(Form::default());
    }
    let (code, example) = match purpose {
        Purpose::List => (1006, "application/vnd.adobe.{xed|xdm}+json"),
        Purpose::LookUp => (
            1007,
            "application/vnd.adobe.{xed|xdm}+json; version=1 (Version should be specified)",
        ),
        Purpose::Descriptors => (1008, "application/vnd.adobe.xdm-id+json"),
        Purpose::Descriptor => (1009, "application/vnd.adobe.xdm+json"),
    };
    form(accept, purpose).map_err(|wrong| match wrong {
        Wrong::Form => {
            let detail = format!(
                "The supplied Accept header is not valid: {accept} - A valid Accept value should look \
                 like {example}"
            );
            Refusal::registry(400, &format!("XDM-{code}-400"), "Accept header invalid", detail)
        }
        Wrong::Version => {
            let detail = format!("{accept} is not available for this resource");
            Refusal::service(406, "Not Acceptable", detail)
        }
    })
}

/// What is wrong with a media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Form,
    Version,
}

fn form(accept: &str, purpose: Purpose) -> Result<Form, Wrong> {
    let (kind, parameter) = match accept.split_once(';') {
        Some((kind, parameter)) => (kind.trim(), Some(parameter.trim())),
        None => (accept.trim(), None),
    };
    let words = kind.strip_prefix("application/vnd.adobe.");
    let words = words.and_then(|it| it.strip_suffix("+json"));
    let mut words = words.ok_or(Wrong::Form)?.split('-');
    let family = words.next().ok_or(Wrong::Form)?;
    let words: Vec<_> = words.collect();
    let version = match parameter {
        None => None,
        Some(parameter) => Some(parameter.strip_prefix("version=").ok_or(Wrong::Form)?),
    };
    let has = |word: &str| words.contains(&word);
    let known: &[&str] = match (purpose, family) {
        (Purpose::List, "xed" | "xdm") => &["id"],
        (Purpose::LookUp, "xed" | "xdm") if version.is_some() => {
            &["full", "notext", "desc", "flat", "deprecated"]
        }
        (Purpose::Descriptors | Purpose::Descriptor, "xdm") => &["id", "link", "v2"],
        _ => return Err(Wrong::Form),
    };
    if !words.iter().all(|word| known.contains(word)) {
        return Err(Wrong::Form);
    }
    // Only major version 1 exists.
    if version.is_some_and(|it| it != "1" && !it.starts_with("1.")) {
        return Err(Wrong::Version);
    }
    Ok(Form {
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
            form(&format!("application/vnd.adobe.{accept}"), purpose).is_ok()
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
        let json = form("application/json", Purpose::List);
        assert_eq!(json, Err(Wrong::Form));
        let second = "application/vnd.adobe.xed+json; version=2";
        assert_eq!(form(second, Purpose::LookUp), Err(Wrong::Version));
    }

    #[test]
    fn what_curl_sends_by_itself_is_taken_where_no_form_is_asked_for() {
        let mut headers = HeaderMap::new();
        for accept in [None, Some("*/*")] {
            if let Some(accept) = accept {
                headers.insert("accept", accept.parse().unwrap());
            }
            assert!(accepted(&headers, Purpose::Descriptor).is_ok());
            for purpose in [Purpose::List, Purpose::LookUp, Purpose::Descriptors] {
                let refusal = format!("{:?}", accepted(&headers, purpose).unwrap_err());
                let words = "The supplied Accept header is not valid: */*";
                assert!(refusal.contains(words), "{refusal}");
            }
        }
    }
}
