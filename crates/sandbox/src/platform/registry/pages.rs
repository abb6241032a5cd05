//! Lists of the registry in pages: `{results, _page: {orderby, next, count}, _links}`.

use serde_json::{Value, json};

use super::bad;
use crate::platform::Refusal;
use crate::platform::query::{Query, sort};

/// More than this is never in one page.
const MOST: usize = 300;
/// More than this can't be asked for.
const LIMIT_MAX: usize = 500;

pub(super) struct Page {
    pub(super) results: Vec<Value>,
    order: String,
    next: Option<String>,
    path: String,
    limit: usize,
}

/// The part of a list that is asked for. `start` is what the page before called its `next`: the
/// value of the property in `orderby` at which the page begins, or its number.
pub(super) fn page(query: &Query, mut all: Vec<Value>, path: &str) -> Result<Page, Refusal> {
    // The documentation wants it for `limit` as well; aepp gets along without.
    if query.has("start") && !query.has("orderby") {
        return Err(bad("start needs orderby"));
    }
    let order = query.get("orderby").unwrap_or("updated").to_owned();
    if query.has("orderby") {
        sort(&mut all, &order, |it| it);
    }
    let limit = match query.count("limit", MOST).map_err(bad)? {
        0 => MOST,
        limit if limit > LIMIT_MAX => {
            return Err(bad(format!("limit has to be between 0 and {LIMIT_MAX}")));
        }
        limit => limit.min(MOST),
    };
    let property = order.trim_start_matches(['+', '-', ' ']).to_owned();
    let at = |thing: &Value| match thing.get(&property) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let start = match query.get("start") {
        None => 0,
        Some(start) => match all.iter().position(|it| at(it) == start) {
            Some(index) => index,
            None => start
                .parse()
                .map_err(|_| bad(format!("start {start} is not in the list")))?,
        },
    };
    let next = all.get(start + limit).map(|first| {
        let value = at(first);
        // Only where it says without doubt where the page begins.
        let is_clear = !value.is_empty() && all.iter().filter(|it| at(it) == value).count() == 1;
        if is_clear {
            value
        } else {
            (start + limit).to_string()
        }
    });
    Ok(Page {
        results: all.into_iter().skip(start).take(limit).collect(),
        order,
        next,
        path: path.to_owned(),
        limit,
    })
}

impl Page {
    pub(super) fn json(self) -> Value {
        let link = self.next.as_ref().map(|next| {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("orderby", &self.order)
                .append_pair("start", next)
                .append_pair("limit", &self.limit.to_string())
                .finish();
            json!({"href": format!("{}?{query}", self.path)})
        });
        json!({
            "_page": {"orderby": self.order, "next": self.next, "count": self.results.len()},
            "results": self.results,
            "_links": {"next": link},
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thing_is_in_one_page_even_if_titles_are_alike() {
        let all: Vec<_> = ["a", "b", "b", "b", "c", "c", "d"]
            .iter()
            .enumerate()
            .map(|(n, title)| json!({"title": title, "n": n}))
            .collect();
        for limit in 1..8 {
            let (mut seen, mut start) = (Vec::new(), None);
            loop {
                let start_at = start.map_or_else(String::new, |it: String| format!("&start={it}"));
                let text = format!("orderby=title&limit={limit}{start_at}");
                let page = page(&Query::parse(&text), all.clone(), "/x")
                    .unwrap()
                    .json();
                let results = page["results"].as_array().unwrap();
                seen.extend(results.iter().map(|it| it["n"].clone()));
                match page["_page"]["next"].as_str() {
                    Some(next) => start = Some(next.to_owned()),
                    None => break,
                }
            }
            assert_eq!(seen, (0..7).map(Value::from).collect::<Vec<_>>(), "{limit}");
        }
    }
}
