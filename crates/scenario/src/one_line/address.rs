//! The address of a destination, taken apart: `kafka://host:9092/topic?create=true`.

use url::form_urlencoded;

use super::{Mistake, OPEN};
use crate::Lookup;
use crate::mask::is_secret;
use crate::outline::quoted;

/// Kinds of addresses, and how one is written.
const SCHEMES: [(&str, &str); 8] = [
    ("kafka", "kafka://HOST:9092/TOPIC"),
    ("eventhubs", "eventhubs://NAMESPACE/HUB"),
    ("kinesis", "kinesis://REGION/STREAM"),
    ("pubsub", "pubsub://PROJECT/TOPIC"),
    ("https", "https://… (an inlet of the HTTP API)"),
    ("http", "http://127.0.0.1:PORT/… (an inlet of a sandbox)"),
    ("file", "file:PATH"),
    ("discard", "discard:"),
];

/// The port of a Kafka broker where none is written.
const KAFKA_PORT: u16 = 9092;

/// Whether this is the address of something rather than the path of a file.
pub fn is_address(text: &str) -> bool {
    let scheme = text.split_once(':').map(|(scheme, _)| scheme);
    let is_known = scheme.is_some_and(|it| SCHEMES.iter().any(|(known, _)| *known == it));
    is_known || text.contains("://")
}

/// A destination as it stands in a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    /// What the run is called, before it is made to fit.
    pub(crate) name: String,
    /// Its word below `destination:`.
    pub(super) word: &'static str,
    /// Its options: where they stand below the word, and their values in YAML.
    pub(super) options: Vec<(String, String)>,
    /// What has to be there, for a comment.
    pub(super) note: Option<&'static str>,
}

impl Destination {
    /// The inlet of the flow, which the platform makes for it.
    pub(crate) fn of_the_flow() -> Destination {
        Destination {
            name: "hydrant".to_owned(),
            word: "http_api",
            options: Vec::new(),
            note: Some("the platform's own inlet, which is made with the flow"),
        }
    }
}

/// An address in its parts.
#[derive(Clone, Copy)]
struct Parts<'a> {
    scheme: &'a str,
    host: &'a str,
    /// Without the slash in front.
    path: &'a str,
    /// Host and path as they stand.
    whole: &'a str,
    query: &'a str,
}

/// Takes the address apart. What it is refused for never has the address in it: there may be a
/// password in it.
pub(crate) fn destination(address: &str, env: Lookup<'_>) -> Result<Destination, Mistake> {
    let parts = parts(address)?;
    let mut destination = match parts.scheme {
        "kafka" => kafka(parts)?,
        "eventhubs" => event_hubs(parts, env)?,
        "kinesis" => kinesis(parts)?,
        "pubsub" => pubsub(parts)?,
        "https" | "http" => inlet(parts)?,
        "file" => file(parts)?,
        _ => Destination {
            name: "discard".to_owned(),
            word: "discard",
            options: Vec::new(),
            note: None,
        },
    };
    let mut said: Vec<(String, String)> = Vec::new();
    for (key, value) in form_urlencoded::parse(parts.query.as_bytes()) {
        let key = match &*key {
            "x-adobe-flow-id" => "flow_id",
            key => key,
        };
        let value = option(key, &value)?;
        let repeats = |(other, _): &(String, String)| collide(key, other);
        if said.iter().any(repeats) {
            return Err(Mistake::new(format!("the address says `{key}` twice"))
                .help("leave one of them out"));
        }
        let is_said = |it: &&(String, String)| repeats(it) && !is_default(&it.0);
        if let Some((other, _)) = destination.options.iter().find(is_said) {
            let message = format!("the address says `{other}` already, before its `?`");
            return Err(Mistake::new(message).help(format!("leave `{key}` out")));
        }
        said.push((key.to_owned(), value));
    }
    // Where the credentials are is only where they are looked for if nothing else is said.
    destination
        .options
        .retain(|(known, _)| !said.iter().any(|(key, _)| collide(key, known)));
    destination.options.extend(said);
    Ok(destination)
}

/// Whether an option is none that an address says: it may be said otherwise.
fn is_default(key: &str) -> bool {
    let first = key.split('.').next();
    matches!(first, Some("connection_string" | "entra"))
}

/// Whether two options are the same, or one stands below the other.
fn collide(one: &str, other: &str) -> bool {
    one == other || is_below(one, other) || is_below(other, one)
}

fn is_below(inner: &str, outer: &str) -> bool {
    // Somebody else's names have dots and nothing below them.
    let is_name = outer.split('.').rev().skip(1).any(|it| OPEN.contains(&it));
    let behind = inner.strip_prefix(outer);
    !is_name && behind.is_some_and(|behind| behind.starts_with('.'))
}

fn parts(address: &str) -> Result<Parts<'_>, Mistake> {
    let (scheme, rest) = address.split_once(':').unwrap_or((address, ""));
    if !SCHEMES.iter().any(|(known, _)| *known == scheme) {
        let is_word = scheme.chars().all(|c| c.is_ascii_alphanumeric());
        let near = options::suggest(scheme, SCHEMES.map(|(known, _)| known));
        let message = match near.filter(|_| is_word) {
            Some(near) => format!("`{scheme}:` is no kind of address, did you mean `{near}:`?"),
            None => "this is not the address of a destination".to_owned(),
        };
        let all: Vec<_> = SCHEMES.iter().map(|(_, example)| *example).collect();
        return Err(Mistake::new(message).help(format!("one of {}", all.join(", "))));
    }
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    // A password may have a slash in it; the path of an inlet or of a file may have an `@`.
    let is_inlet = matches!(scheme, "http" | "https");
    let (host_of_user, is_open) = match scheme {
        "file" => ("", true),
        _ => (host, is_inlet),
    };
    // And a question mark: what follows it is no option then.
    let mut keys = form_urlencoded::parse(query.as_bytes()).map(|(key, _)| key);
    if host_of_user.contains('@')
        || !is_open && rest.contains('@')
        || keys.any(|key| key.contains('@'))
    {
        return Err(Mistake::new(
            "an address has no user and no password in it: it would stand in the shell's history and \
             in the results",
        )
        .help(match scheme {
            "kafka" => {
                "name them: `?security.sasl.mechanism=plain&security.sasl.username=USER&\
                 security.sasl.password.env=KAFKA_PASSWORD`"
            }
            _ => "credentials are taken from where the service's own tools find them",
        }));
    }
    if rest.contains('#') {
        return Err(Mistake::new("an address has no `#` in it"));
    }
    Ok(Parts {
        scheme,
        host,
        path,
        whole: rest,
        query,
    })
}

/// The value of an option as YAML.
fn option(key: &str, value: &str) -> Result<String, Mistake> {
    let last = key.rsplit_once('.').map(|(_, last)| last);
    let is_reference = matches!(last, Some("env" | "file"));
    if is_secret(key) && !is_reference {
        let help = format!("name the variable or the file that has it: `{key}.env=NAME`");
        return Err(
            Mistake::new(format!("`{key}` is a secret and can't stand in an address")).help(help),
        );
    }
    if value.contains(['\n', '\r']) {
        return Err(Mistake::new(format!(
            "the value of `{key}` is more than a line"
        )));
    }
    Ok(if value.is_empty() {
        "true".to_owned()
    } else if is_plain(value) || is_flow(value) {
        value.replace("${", "$${")
    } else {
        quoted(value)
    })
}

/// Whether YAML takes a value for the word, the number or the truth value that it looks like.
fn is_plain(value: &str) -> bool {
    let goes_on = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-' | '+');
    let unsigned = value.strip_prefix(['-', '+']).unwrap_or(value);
    !unsigned.starts_with(['-', '+']) && !unsigned.is_empty() && unsigned.chars().all(goes_on)
}

/// Whether it is written as a list or as options.
fn is_flow(value: &str) -> bool {
    let value = value.trim();
    value.starts_with('{') && value.ends_with('}') || value.starts_with('[') && value.ends_with(']')
}

fn kafka(parts: Parts<'_>) -> Result<Destination, Mistake> {
    let (host, topic) = two(parts, "a broker", "a topic")?;
    let servers: Vec<_> = host.split(',').map(with_port).collect();
    let has_port = |server: &String| {
        let port = server.rsplit(':').next();
        port.is_some_and(|port| port.parse::<u16>().is_ok())
    };
    if !servers.iter().all(has_port) {
        // It may be a password.
        return Err(
            Mistake::new("what follows the `:` of a broker is not a port")
                .help("write kafka://HOST:9092/TOPIC"),
        );
    }
    Ok(Destination {
        name: topic.to_owned(),
        word: "kafka",
        options: vec![
            ("bootstrap_servers".to_owned(), quoted(&servers.join(","))),
            ("topic".to_owned(), quoted(topic)),
        ],
        note: None,
    })
}

fn with_port(server: &str) -> String {
    let behind_host = server.rsplit_once(']').map_or(server, |(_, behind)| behind);
    if behind_host.contains(':') {
        server.to_owned()
    } else {
        format!("{server}:{KAFKA_PORT}")
    }
}

fn event_hubs(parts: Parts<'_>, env: Lookup<'_>) -> Result<Destination, Mistake> {
    const STRING: &str = "EVENT_HUBS_CONNECTION_STRING";
    const ENTRA: [(&str, &str); 2] = [
        ("tenant_id", "AZURE_TENANT_ID"),
        ("client_id", "AZURE_CLIENT_ID"),
    ];
    const SECRET: &str = "AZURE_CLIENT_SECRET";
    let (namespace, hub) = two(parts, "a namespace", "a hub")?;
    let short = namespace.split('.').next().unwrap_or(namespace);
    let has = |name: &str| env(name).is_some_and(|value| !value.is_empty());
    let mut options = vec![("hub".to_owned(), quoted(hub))];
    let is_entra = !has(STRING) && has(SECRET) && ENTRA.iter().all(|(_, name)| has(name));
    let note = if is_entra {
        options.push(("namespace".to_owned(), quoted(namespace)));
        for (key, name) in ENTRA {
            options.push((format!("entra.{key}"), format!("${{{name}}}")));
        }
        options.push(("entra.client_secret.env".to_owned(), SECRET.to_owned()));
        "an app registration, from the variables that Azure's own tools read"
    } else {
        if let Some(string) = env(STRING)
            && let Some(other) = namespace_of(&string).filter(|it| !it.eq_ignore_ascii_case(short))
        {
            let message = format!(
                "`{STRING}` is for the namespace `{other}`, and the address names `{short}`"
            );
            return Err(Mistake::new(message).help("set the variable for this namespace"));
        }
        options.push(("connection_string.env".to_owned(), STRING.to_owned()));
        "the connection string of a policy that may send"
    };
    Ok(Destination {
        name: hub.to_owned(),
        word: "event_hubs",
        options,
        note: Some(note),
    })
}

/// The namespace in a connection string of Azure's; an emulator has none.
fn namespace_of(string: &str) -> Option<&str> {
    // In each of Azure's clouds the domain ends otherwise.
    let (_, rest) = string.split_once("sb://")?;
    let host = rest.split(['/', ';']).next()?;
    host.split_once(".servicebus.")
        .map(|(namespace, _)| namespace)
}

fn kinesis(parts: Parts<'_>) -> Result<Destination, Mistake> {
    let mut options = Vec::new();
    // Without a region, that of the environment or of the profile.
    let stream = if parts.host.is_empty() && !parts.path.is_empty() {
        parts.path
    } else {
        let (region, stream) = two(parts, "a region", "a stream")?;
        options.push(("region".to_owned(), quoted(region)));
        stream
    };
    options.push(("stream".to_owned(), quoted(stream)));
    Ok(Destination {
        name: stream.to_owned(),
        word: "kinesis",
        options,
        note: Some("credentials come from where the AWS command line finds them"),
    })
}

fn pubsub(parts: Parts<'_>) -> Result<Destination, Mistake> {
    let (project, topic) = two(parts, "a project", "a topic")?;
    Ok(Destination {
        name: topic.to_owned(),
        word: "pubsub",
        options: vec![
            ("project".to_owned(), quoted(project)),
            ("topic".to_owned(), quoted(topic)),
        ],
        note: Some("Application Default Credentials"),
    })
}

fn inlet(parts: Parts<'_>) -> Result<Destination, Mistake> {
    let Parts {
        scheme, host, path, ..
    } = parts;
    if host.is_empty() || path.is_empty() {
        return Err(
            Mistake::new("the address of an inlet has a host and a path").help(
                "it is the `inletUrl` of the platform, e.g. https://dcs.adobedc.net/collection/…",
            ),
        );
    }
    Ok(Destination {
        name: "inlet".to_owned(),
        word: "http_api",
        options: vec![(
            "inlet_url".to_owned(),
            quoted(&format!("{scheme}://{host}/{path}")),
        )],
        note: None,
    })
}

/// `file:people.ndjson` and `file:///tmp/people.ndjson`.
fn file(parts: Parts<'_>) -> Result<Destination, Mistake> {
    let path = parts.whole;
    let name = path.rsplit('/').next().unwrap_or_default();
    if name.is_empty() {
        return Err(Mistake::new("the address lacks the path of a file")
            .help("write file:PATH, e.g. file:people.ndjson"));
    }
    Ok(Destination {
        name: name.split('.').next().unwrap_or_default().to_owned(),
        word: "file",
        options: vec![("path".to_owned(), quoted(path))],
        note: None,
    })
}

/// Host and path, which both have to be there.
fn two<'a>(parts: Parts<'a>, host: &str, path: &str) -> Result<(&'a str, &'a str), Mistake> {
    let example = SCHEMES.iter().find(|(known, _)| *known == parts.scheme);
    let example = example.map_or("", |(_, example)| *example);
    let missing = match (parts.host.is_empty(), parts.path.trim_end_matches('/')) {
        (true, _) => host,
        (_, "") => path,
        (_, found) => return Ok((parts.host, found)),
    };
    Err(Mistake::new(format!("the address lacks {missing}")).help(format!("write {example}")))
}

#[cfg(test)]
mod tests;
