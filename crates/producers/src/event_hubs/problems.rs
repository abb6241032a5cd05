//! Mistakes in the options that can be seen without a connection.

use options::{Location, Problem, Problems, may_carry_secret};

use super::{Options, PUBLICATION_BYTES};
use crate::kafka::{
    Compression, address_problems, file_problems, in_clear_problems, property_problems,
    secret_problems, topic_problems,
};

/// All of them. On a stand-in the way in is of no matter.
pub(super) fn find(options: &Options, at: &Location, problems: &mut Problems) {
    if let Some(hub) = &options.hub {
        topic_problems(hub, "event hub", &at.join("hub"), problems);
    }
    if options.stand_in.is_none() {
        way_in(options, at, problems);
    }
    match options.compression {
        None | Some(Compression::None | Compression::Gzip) => {}
        Some(_) => problems.push(
            Problem::new(
                at.join("compression"),
                "Event Hubs takes `gzip` and no other compression",
            )
            .help("`gzip` needs the tier Premium or Dedicated"),
        ),
    }
    if options
        .batch_size
        .is_some_and(|size| size.0 > PUBLICATION_BYTES)
    {
        problems.push(
            Problem::new(
                at.join("batch_size"),
                "`batch_size` is more than Event Hubs takes at once",
            )
            .help("at most 1 MB; 900 kB leave room for one more record"),
        );
    }
    let at_create = at.join("create");
    options.create.problems(&at_create, problems);
    if options.create.topic.replication_factor.is_some() {
        problems.push(
            Problem::new(
                at_create.join("replication_factor"),
                "Event Hubs decides itself how many copies it keeps",
            )
            .help("leave `replication_factor` out"),
        );
    }
    options.tuning().problems(at, problems);
    property_problems(&options.properties, &at.join("properties"), problems);
}

fn way_in(options: &Options, at: &Location, problems: &mut Problems) {
    if let Some(addresses) = &options.bootstrap_servers {
        address_problems(addresses, &at.join("bootstrap_servers"), problems);
    }
    file_problems(
        options.ca_certificate.as_deref(),
        &at.join("ca_certificate"),
        problems,
    );
    match (
        &options.connection_string,
        &options.namespace,
        &options.entra,
    ) {
        (Some(_), None, None) => connection_string(options, at, problems),
        (None, Some(_), Some(entra)) => {
            let at = at.join("entra");
            let authority = entra.authority.as_deref().unwrap_or_default();
            if let Err(in_clear) = may_carry_secret(authority) {
                let at = at.join("authority");
                problems.push(Problem::new(at, in_clear.to_string()).help(in_clear.help()));
            }
            secret_problems(&entra.client_secret, &at.join("client_secret"), problems);
            for (name, value) in [
                ("tenant_id", &entra.tenant_id),
                ("client_id", &entra.client_id),
            ] {
                if value.trim().is_empty() {
                    problems.push(Problem::new(at.join(name), format!("`{name}` is empty")));
                }
            }
            if options.hub.is_none() {
                problems.push(missing_hub(&at));
            }
        }
        (Some(_), ..) => problems.push(
            Problem::new(
                at.clone(),
                "there are two ways in: `connection_string` and another",
            )
            .help("give either `connection_string` or `namespace` with `entra`"),
        ),
        (None, ..) => problems.push(
            Problem::new(at.clone(), "there is no way into the namespace")
                .help("give `connection_string: {env: NAME}`, or `namespace` with `entra`"),
        ),
    }
}

fn connection_string(options: &Options, at: &Location, problems: &mut Problems) {
    let string = match options.written() {
        Ok(Some(string)) => string,
        Ok(None) => return,
        Err(error) => {
            let mut problem = Problem::new(at.join("connection_string"), error.message);
            problem.help = error.help;
            return problems.push(problem);
        }
    };
    if let (Some((port, kafka)), None) = (string.amqp_port(), &options.bootstrap_servers) {
        problems.push(
            Problem::new(
                at.join("connection_string"),
                format!("its port {port} is the one for AMQP; Hydrant speaks Kafka"),
            )
            .help(format!(
                "Kafka's is {kafka}: leave the port out of `Endpoint=`, or give `bootstrap_servers`"
            )),
        );
    }
    if string.is_emulator && string.has_secret() {
        let written = options.bootstrap_servers.as_ref();
        let (key, brokers) = match written {
            Some(written) => ("bootstrap_servers", written.clone()),
            None => ("connection_string", string.bootstrap()),
        };
        in_clear_problems(&brokers, "connection string", &at.join(key), problems);
    }
    match (&options.hub, string.entity_path) {
        (None, None) => problems.push(missing_hub(at)),
        (Some(hub), Some(path)) if *hub != path => problems.push(
            Problem::new(
                at.join("hub"),
                format!("the connection string is for the hub `{path}` only"),
            )
            .help(format!(
                "write `hub: {path}`, or use a policy of the namespace"
            )),
        ),
        _ => {}
    }
}

fn missing_hub(at: &Location) -> Problem {
    Problem::new(at.clone(), "the event hub is not named")
        .help("give `hub`, or a connection string that ends in `;EntityPath=<hub>`")
}
