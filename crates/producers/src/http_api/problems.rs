//! Mistakes in the options that can be seen without a connection.

use options::{Location, Problem, Problems, Way, may_carry_secret, way_to};

use super::{BODY_BYTES, Options};
use crate::kafka::file_problems;

/// All of them.
pub(super) fn find(options: &Options, at: &Location, problems: &mut Problems) {
    addresses(options, at, problems);
    sizes(options, at, problems);
    times(options, at, problems);
    file_problems(
        options.ca_certificate.as_deref(),
        &at.join("ca_certificate"),
        problems,
    );
    if options.is_validated() && options.batch() > 1 {
        problems.push(
            Problem::new(
                at.join("batch"),
                "`synchronous_validation` is there for single messages only",
            )
            .help("leave `batch` out, or write 1"),
        );
    }
}

fn is_url(text: &str) -> bool {
    let good = |url: &url::Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    url::Url::parse(text).is_ok_and(|url| good(&url))
}

fn addresses(options: &Options, at: &Location, problems: &mut Problems) {
    let inlet = options.inlet_url.as_deref();
    let has_id = |text: &str| {
        url::Url::parse(text).is_ok_and(|url| url.path().trim_end_matches('/').len() > 1)
    };
    if let Some(url) = inlet.filter(|url| !is_url(url) || !has_id(url)) {
        problems.push(
            Problem::new(
                at.join("inlet_url"),
                format!("`{url}` is no address of an inlet"),
            )
            .help("it looks like `https://dcs.adobedc.net/collection/…`, and is shown with the source's connection"),
        );
    } else if let Some(Err(in_clear)) = inlet.map(may_carry_secret) {
        let at = at.join("inlet_url");
        problems.push(if options.authenticated.is_some() {
            Problem::new(at, in_clear.to_string()).help(in_clear.help())
        } else {
            Problem::warning(
                at,
                "the records go over `http://`: whoever is on the way can read them",
            )
        });
    } else if let Some(Way::Allowed(host)) = inlet.map(way_to)
        && options.authenticated.is_some()
    {
        let message =
            format!("tokens go to `{host}` over `http://`: whoever is on the way can read them");
        problems.push(Problem::warning(at.join("inlet_url"), message));
    } else if inlet.is_some_and(|url| !url.contains("x-adobe-flow-id")) && options.flow_id.is_none()
    {
        problems.push(
            Problem::warning(at.clone(), "`inlet_url` is given without `flow_id`")
                .help("raw records need the id of the dataflow that reads the inlet"),
        );
    }
    if let Some(authenticated) = &options.authenticated
        && let Some(url) = authenticated.ims_url.as_deref()
    {
        let at = at.join("authenticated").join("ims_url");
        if !is_url(url) {
            problems.push(
                Problem::new(at, format!("`{url}` is no address of a server"))
                    .help("Adobe's is `https://ims-na1.adobelogin.com`"),
            );
        } else if let Err(in_clear) = may_carry_secret(url) {
            problems.push(Problem::new(at, in_clear.to_string()).help(in_clear.help()));
        }
    }
}

fn sizes(options: &Options, at: &Location, problems: &mut Problems) {
    let mut bound = |name: &str, value: Option<u64>, low: u64, high: u64, help: &str| {
        if let Some(value) = value
            && !(low..=high).contains(&value)
        {
            let message = format!("`{name}` has to be from {low} to {high}");
            problems.push(Problem::new(at.join(name), message).help(help));
        }
    };
    bound(
        "batch",
        options.batch.map(u64::from),
        1,
        10_000,
        "1 sends each message by itself; a request has at most 1 MB",
    );
    bound(
        "batch_bytes",
        options.batch_bytes.map(|size| size.0),
        1_000,
        BODY_BYTES,
        "an inlet takes requests of up to 1 MB",
    );
    bound(
        "connections",
        options.connections.map(u64::from),
        1,
        256,
        "each takes one request at a time",
    );
}

fn times(options: &Options, at: &Location, problems: &mut Problems) {
    let times = [
        ("request_timeout", options.request_timeout),
        ("record_deadline", options.record_deadline),
    ];
    for (name, time) in times {
        if time.is_some_and(|time| time.0.is_zero()) {
            problems.push(Problem::new(
                at.join(name),
                format!("`{name}` has to be longer than nothing"),
            ));
        }
    }
    if options.linger() >= options.record_deadline() && !options.record_deadline().is_zero() {
        problems.push(
            Problem::new(
                at.join("linger"),
                "records would wait for company until they are given up",
            )
            .help("make `linger` shorter than `record_deadline`"),
        );
    }
    if let Some(retry) = &options.retry
        && (retry.first.0.is_zero() || retry.first.0 > retry.longest.0)
    {
        problems.push(Problem::new(
            at.join("retry").join("first"),
            "`first` has to be longer than nothing and no longer than `longest`",
        ));
    }
}
