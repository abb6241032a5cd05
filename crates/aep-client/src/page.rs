//! Lists that come in pages.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::lenient::{self, or_default};
use crate::request::encoded;
use crate::{Error, ErrorKind};

/// That a list goes on and can't be followed: what it does not show would seem not to be there.
pub(crate) fn cut_off(path: &str) -> Error {
    let message = "the list goes on after a full page, but the next page is the same one again";
    Error::new(ErrorKind::Unreadable, "GET", path, message.to_owned())
}

/// A page of the Flow Service: `items`, and in `_links.next` the address of the next one.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "T: DeserializeOwned"))]
pub(crate) struct Items<T> {
    #[serde(default = "Vec::new", deserialize_with = "lenient::list")]
    pub(crate) items: Vec<T>,
    #[serde(default, rename = "_links")]
    links: Value,
}

/// A look-up of the Flow Service: one in `items`. It has to be readable: what is left out would seem
/// to be gone.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "T: DeserializeOwned"))]
pub(crate) struct One<T> {
    #[serde(default = "Vec::new", deserialize_with = "or_default")]
    pub(crate) items: Vec<T>,
}

impl<T> Items<T> {
    /// What to ask for to get the next page; `None` at the end, which is written as a missing, an
    /// empty or a null link.
    pub(crate) fn continuation(&self) -> Option<String> {
        let next = self.links.get("next")?;
        let href = next.get("href").unwrap_or(next).as_str()?;
        let query = href.split_once('?')?.1;
        let token = url::form_urlencoded::parse(query.as_bytes())
            .find_map(|(key, value)| (key == "continuationToken").then(|| value.into_owned()))?;
        (!token.is_empty()).then(|| encoded(&token))
    }
}

/// `_links` of a page of Data Access.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Links(Value);

impl Links {
    /// Path and query of the page after it, if it is one of the same list; `None` at the end.
    pub(crate) fn next(&self, list: &str) -> Option<String> {
        let next = self.0.get("next")?;
        let href = next.get("href").unwrap_or(next).as_str()?;
        let (path, query) = href.split_once('?')?;
        // Wherever it says that it is: the token goes to the platform only.
        path.ends_with(list).then(|| format!("{list}?{query}"))
    }
}

/// A page of the Schema Registry: `results`, and in `_page.next` where the next one starts.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "T: DeserializeOwned"))]
pub(crate) struct Results<T> {
    #[serde(default = "Vec::new", deserialize_with = "lenient::list")]
    pub(crate) results: Vec<T>,
    #[serde(default, rename = "_page")]
    page: Value,
}

impl<T> Results<T> {
    pub(crate) fn next(&self) -> Option<String> {
        let next = self.page.get("next")?.as_str()?;
        (!next.is_empty()).then(|| encoded(next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn continuation(links: &str) -> Option<String> {
        let text = format!(r#"{{"items": [], "_links": {links}}}"#);
        serde_json::from_str::<Items<Value>>(&text)
            .unwrap()
            .continuation()
    }

    #[test]
    fn the_end_of_a_list_is_written_in_many_ways() {
        for links in [
            "{}",
            "null",
            r#"{"next": null}"#,
            r#"{"next": {"href": ""}}"#,
        ] {
            assert_eq!(continuation(links), None, "{links}");
        }
        let next = r#"{"next": {"href": "/flows?limit=2&continuationToken=a%2Bb"}}"#;
        assert_eq!(continuation(next).as_deref(), Some("a%2Bb"));
        let links = |href: &str| Links(serde_json::json!({"next": {"href": href}}));
        let next = "https://platform.adobe.io/data/x/files?start=100&limit=100";
        assert_eq!(
            links(next).next("/data/x/files").as_deref(),
            Some("/data/x/files?start=100&limit=100")
        );
        for end in ["", "https://elsewhere/steal?x=1"] {
            assert_eq!(links(end).next("/data/x/files"), None, "{end}");
        }
        assert!(
            serde_json::from_str::<Items<Value>>("{}")
                .unwrap()
                .items
                .is_empty()
        );
    }
}
