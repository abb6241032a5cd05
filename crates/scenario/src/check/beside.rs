//! What travels beside records next to what the destination takes of it.

use options::Problem;
use producers::{HeaderLimits, Limits};
use records::Template;

use super::Checker;
use crate::document::Stream;

impl Checker<'_> {
    /// What would go nowhere is a mistake, and so are headers that the service refuses.
    pub(super) fn beside(
        &mut self,
        stream: &Stream<'_>,
        name: &str,
        limits: &Limits,
        template: &Template,
    ) {
        let Some(records) = stream.records else {
            return;
        };
        let at = stream.at.join("records");
        for word in records.beside() {
            if word == "operations" {
                if !limits.beside.contains(&"tombstones") {
                    let message = format!("{name} has no place for tombstones");
                    let help = "write `delete: {share: …, as: record}`: a record says that the entity is gone";
                    let at = at.join(word).join("delete");
                    self.report_key(Problem::new(at, message).help(help));
                }
            } else if !limits.beside.contains(&word) {
                let problem =
                    Problem::new(at.join(word), format!("{name} has no place for `{word}`"));
                self.report_key(problem.help(nowhere(word, name, limits)));
            } else if ["headers", "attributes"].contains(&word) {
                for (header, what) in unfit(&limits.headers, template) {
                    let at = header.map_or_else(|| at.join(word), |it| at.join(word).join(it));
                    self.report_key(Problem::new(at, what));
                }
            }
        }
    }
}

/// What to do about it.
fn nowhere(word: &str, name: &str, limits: &Limits) -> String {
    let ours = match word {
        "headers" if limits.beside.contains(&"attributes") => {
            return format!("{name} calls them `attributes`");
        }
        "attributes" if limits.beside.contains(&"headers") => {
            return format!("{name} calls them `headers`");
        }
        "hash_key" if name == "kinesis" => {
            return "it takes one with `spread: keys` and without `aggregate`".to_owned();
        }
        "headers" | "partition" | "tombstones" => "`kafka` and `event_hubs`",
        "attributes" => "`pubsub`",
        _ => "`kinesis`",
    };
    format!("that is for {ours}: leave `{word}` out")
}

/// Headers that the service refuses, and why.
fn unfit<'t>(limits: &HeaderLimits, template: &'t Template) -> Vec<(Option<&'t str>, String)> {
    let mut unfit = Vec::new();
    let headers: Vec<_> = template.longest_headers().collect();
    if limits.count.is_some_and(|most| headers.len() > most) {
        let most = limits.count.unwrap_or_default();
        let count = headers.len();
        unfit.push((
            None,
            format!("here are {count}, and a record may have {most}"),
        ));
    }
    for (name, longest) in headers {
        let long = |what: &str, bytes: usize, most: Option<usize>| {
            let most = most.filter(|most| bytes > *most)?;
            Some(format!(
                "{what} may have {most} bytes, and this one may have {bytes}"
            ))
        };
        let reserved = limits.reserved.filter(|start| name.starts_with(start));
        let is_taken = limits.taken.iter().any(|taken| taken == name);
        let why = [
            long("a name", name.len(), limits.name_bytes),
            long("a value", longest, limits.value_bytes),
            reserved.map(|start| format!("names that begin with `{start}` are the service's own")),
            is_taken.then(|| "the destination gives every record one of this name".to_owned()),
        ];
        unfit.extend(why.into_iter().flatten().map(|why| (Some(name), why)));
    }
    unfit
}
