//! Mistakes in the options that can be seen without a connection.

use options::{Location, Problem, Problems, Way, may_carry_secret, way_to};

use super::place::Place;
use super::request::{REQUEST_BYTES, REQUEST_MESSAGES};
use super::{BatchOptions, Options};
use crate::HeaderLimits;

/// <https://cloud.google.com/pubsub/quotas#resource_limits>
const ATTRIBUTES: usize = 100;
const ATTRIBUTE_NAME: usize = 256;
const ATTRIBUTE_VALUE: usize = 1_024;
/// Names that begin so are Google's own.
const RESERVED: &str = "goog";

/// All of them.
pub(super) fn find(options: &Options, at: &Location, problems: &mut Problems) {
    name(options, "topic", &options.topic, at, problems);
    if let Some(subscription) = &options.subscription {
        name(options, "subscription", subscription, at, problems);
    }
    way_in(options, at, problems);
    attributes(options, at, problems);
    if let Some(batch) = &options.batch {
        sizes(batch, &at.join("batch"), problems);
    }
    for (option, value) in [
        ("channels", options.channels),
        ("requests", options.requests),
    ] {
        if value == Some(0) {
            let message = format!("`{option}` is 0: nothing would ever be sent");
            problems.push(Problem::new(at.join(option), message));
        }
    }
    if options.deadline() <= options.linger() {
        problems.push(
            Problem::new(
                at.join("deadline"),
                "`deadline` is not longer than `batch.linger`",
            )
            .help("records would be given up before they are sent"),
        );
    }
}

/// A topic or a subscription, by its id or its full name.
/// <https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names>
fn name(options: &Options, kind: &str, written: &str, at: &Location, problems: &mut Problems) {
    let at = at.join(kind);
    let parts: Vec<_> = written.split('/').collect();
    let id = match parts[..] {
        [id] => {
            if options
                .project
                .as_ref()
                .is_none_or(|project| project.trim().is_empty())
            {
                let message = format!("the project of the {kind} is not named");
                problems.push(Problem::new(at.clone(), message).help(format!(
                    "give `project`, or the full name `projects/PROJECT/{kind}s/{id}`"
                )));
            }
            id
        }
        ["projects", project, kinds, id] if !project.is_empty() && kinds == format!("{kind}s") => {
            id
        }
        _ => {
            let message = format!("`{written}` is neither the id nor the full name of a {kind}");
            let help = format!(
                "a full name is `projects/PROJECT/{kind}s/{}`",
                kind.to_uppercase()
            );
            problems.push(Problem::new(at, message).help(help));
            return;
        }
    };
    let is_legal = |c: char| c.is_ascii_alphanumeric() || "-_.~+%".contains(c);
    let is_good = (3..=255).contains(&id.len())
        && id.starts_with(|c: char| c.is_ascii_alphabetic())
        && id.chars().all(is_legal)
        && !id.starts_with("goog");
    if !is_good {
        problems.push(
            Problem::new(at, format!("`{id}` can't be the id of a {kind}")).help(
                "3 to 255 letters, digits, `-`, `_`, `.`, `~`, `+` and `%`; it begins with a letter, \
                 and not with `goog`",
            ),
        );
    }
}

fn way_in(options: &Options, at: &Location, problems: &mut Problems) {
    let given: Vec<_> = [
        ("region", options.region.is_some()),
        ("endpoint", options.endpoint.is_some()),
        ("emulator", options.emulator.is_some()),
    ]
    .into_iter()
    .filter_map(|(name, is_given)| is_given.then_some(name))
    .collect();
    if let [first, second, ..] = given[..] {
        let message = format!("`{first}` and `{second}` are both given");
        problems.push(Problem::new(at.join(second), message).help("each says where to publish to"));
    }
    if let Some(region) = &options.region {
        let is_legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if region.is_empty() || !region.chars().all(is_legal) {
            problems.push(
                Problem::new(at.join("region"), format!("`{region}` can't be a region"))
                    .help("a region is written as `europe-west1`"),
            );
        }
    }
    if let Some(endpoint) = &options.endpoint {
        endpoint_problems(endpoint, &at.join("endpoint"), problems);
    }
    if let Some(emulator) = &options.emulator
        && !is_host_and_port(emulator)
    {
        let message = format!("`{emulator}` is no `host:port`");
        problems.push(Problem::new(at.join("emulator"), message));
    }
    let place = Place::of(options);
    if place.is_emulator
        && let Way::InClear(host) = way_to(&place.url)
    {
        // No token goes there: an emulator asks for none.
        let message = format!(
            "the records go to the emulator at `{host}` in the clear: whoever is on the way can read them"
        );
        let help = "allow this host by its name in `HYDRANT_ALLOW_HTTP`, or take `emulator` or \
                    `PUBSUB_EMULATOR_HOST` away to publish to Google's servers";
        problems.push(Problem::warning(at.join("emulator"), message).help(help));
    }
    if let Some(credentials) = &options.credentials
        && options.emulator.is_none()
        && let Err(error) = credentials.read()
    {
        problems.push(Problem::new(at.join("credentials"), error.to_string()));
    }
    if let Some(principal) = &options.impersonate
        && !principal.contains('@')
    {
        problems.push(
            Problem::new(
                at.join("impersonate"),
                format!("`{principal}` is no service account's e-mail address"),
            )
            .help("it is written as `name@project.iam.gserviceaccount.com`"),
        );
    }
}

/// A token goes there with every request, so it goes encrypted, or nowhere but here.
fn endpoint_problems(endpoint: &str, at: &Location, problems: &mut Problems) {
    let in_clear = may_carry_secret(endpoint).err();
    match url::Url::parse(endpoint) {
        Ok(url) if url.path() != "/" || url.query().is_some() => problems.push(
            Problem::new(at.clone(), "`endpoint` has a path, and gRPC knows none")
                .help("write the scheme and the host only"),
        ),
        Ok(url) if matches!(url.scheme(), "http" | "https") => {
            if let Some(in_clear) = in_clear {
                let help = format!(
                    "{}; an emulator is named with `emulator: host:port`",
                    in_clear.help()
                );
                problems.push(Problem::new(at.clone(), in_clear.to_string()).help(help));
            }
        }
        _ => problems.push(
            Problem::new(at.clone(), format!("`{endpoint}` is no endpoint"))
                .help("it is written as `https://pubsub.europe-west1.rep.googleapis.com`"),
        ),
    }
}

fn is_host_and_port(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty() && !host.contains('/') && port.parse::<u16>().is_ok_and(|port| port > 0)
    })
}

fn attributes(options: &Options, at: &Location, problems: &mut Problems) {
    let here = at.join("attributes");
    let count = options.attributes.len() + usize::from(options.key_attribute.is_some());
    if count > ATTRIBUTES {
        let message = format!("a message has {ATTRIBUTES} attributes at most, here are {count}");
        problems.push(Problem::new(here.clone(), message));
    }
    for (name, value) in &options.attributes {
        attribute_name(name, &here.join(name), problems);
        if value.len() > ATTRIBUTE_VALUE {
            let message = format!("an attribute's value has {ATTRIBUTE_VALUE} bytes at most");
            problems.push(Problem::new(here.join(name), message));
        }
    }
    let Some(name) = &options.key_attribute else {
        return;
    };
    let here = at.join("key_attribute");
    attribute_name(name, &here, problems);
    if options.attributes.contains_key(name) {
        let message = format!("`attributes` gives `{name}` already");
        problems.push(Problem::new(here.clone(), message));
    }
    if options.ordering == Some(true) {
        problems.push(
            Problem::new(here, "with `ordering` the key becomes the ordering key")
                .help("leave out one of `ordering` and `key_attribute`"),
        );
    }
}

/// What is left for the attributes of records beside those of the options.
pub(super) fn header_limits(options: &Options) -> HeaderLimits {
    let own = options.attributes.keys().chain(&options.key_attribute);
    let taken: Vec<_> = own.cloned().collect();
    HeaderLimits {
        count: Some(ATTRIBUTES.saturating_sub(taken.len())),
        name_bytes: Some(ATTRIBUTE_NAME),
        value_bytes: Some(ATTRIBUTE_VALUE),
        reserved: Some(RESERVED),
        taken,
    }
}

fn attribute_name(name: &str, at: &Location, problems: &mut Problems) {
    if name.is_empty() || name.len() > ATTRIBUTE_NAME || name.starts_with(RESERVED) {
        problems.push(
            Problem::new(
                at.clone(),
                format!("`{name}` can't be the name of an attribute"),
            )
            .help(format!(
                "1 to {ATTRIBUTE_NAME} bytes, and it does not begin with `goog`"
            )),
        );
    }
}

fn sizes(batch: &BatchOptions, at: &Location, problems: &mut Problems) {
    if batch
        .records
        .is_some_and(|records| !(1..=REQUEST_MESSAGES).contains(&records))
    {
        let message = format!("a request has 1 to {REQUEST_MESSAGES} records");
        problems.push(Problem::new(at.join("records"), message));
    }
    if batch
        .bytes
        .is_some_and(|bytes| !(1..=REQUEST_BYTES as u64).contains(&bytes.0))
    {
        let message = "a request has 1 byte to 10 MB";
        problems.push(Problem::new(at.join("bytes"), message));
    }
}
