//! Streams, topics and subscriptions that `create: true` asks for: made before a run, noted with its flow
//! and removed with it. What is noted is removed, and nothing else. Without a flow they stay, once something
//! was sent to them.

use flow::State;
use producers::{Creation, DestinationOptions, Error, Told};

use crate::failure::Failure;
use crate::printer::Printer;

/// Makes what is missing, if the destination says so. What was there already is not ours.
pub(crate) async fn make(
    options: &DestinationOptions,
    printer: Printer,
    noted: Told<'_>,
) -> Result<(), Error> {
    let mut told = |creation: Creation<'_>| {
        if let Creation::Made { name, .. } = creation {
            printer.note(&format!("  created   {}", short(name)));
        }
        noted(creation)
    };
    if let Some(pubsub) = options
        .pubsub
        .as_ref()
        .filter(|pubsub| pubsub.create == Some(true))
    {
        pubsub.create(&mut told).await?;
    }
    if let Some(kinesis) = &options.kinesis {
        kinesis.create(&mut told).await?;
    }
    if let Some(kafka) = &options.kafka {
        kafka.create(&mut told).await?;
    }
    if let Some(hubs) = &options.event_hubs {
        hubs.create(&mut told).await?;
    }
    Ok(())
}

/// The same for a flow, noted in the state before it is asked for and when it is there.
pub(crate) async fn make_for(
    flow: &str,
    options: &DestinationOptions,
    state: &State,
    printer: Printer,
) -> Result<(), Failure> {
    let mut noted = |creation: Creation<'_>| {
        let noted = match creation {
            Creation::Intended(name) => state.made(flow, name),
            Creation::Made { intended, name } => state.renamed(flow, intended, name),
            Creation::NotMade(name) => state.unmade(flow, name),
        };
        noted.map_err(|error| Error::new(error.to_string()))
    };
    Ok(make(options, printer, &mut noted).await?)
}

/// Notes it for as long as this process lives.
pub(crate) fn note(names: &mut Vec<String>, creation: Creation<'_>) {
    let (gone, new) = match creation {
        Creation::Intended(name) => (name, Some(name)),
        Creation::Made { intended, name } => (intended, Some(name)),
        Creation::NotMade(name) => (name, None),
    };
    names.retain(|name| name != gone);
    names.extend(new.map(str::to_owned));
}

/// Removes what is noted with a flow. See [`remove`].
pub(crate) async fn remove_for(
    flow: &str,
    places: &[DestinationOptions],
    state: &State,
    printer: Printer,
) -> Vec<Failure> {
    let names = state.flow(flow).streams;
    let mut gone = |name: &str| Ok(state.unmade(flow, name)?);
    let (left, mut failures) = remove(&names, places, printer, &mut gone).await;
    state.clean_up();
    if !left.is_empty() {
        failures.push(
            Failure::new(format!(
                "the scenario does not name what was made for the flow {flow}, which stays: {}",
                left.join(", ")
            ))
            .help(format!(
                "`destination` says another stream, topic, region or account now: with the old one, \
                 `hydrant flow destroy` removes it; or remove it by hand, and then from `streams` in `{}`",
                state.path().display()
            )),
        );
    }
    failures
}

/// Removes what was made: whatever of `names` one of the `places` means, and nothing else. What none of
/// them means comes back.
pub(crate) async fn remove(
    names: &[String],
    places: &[DestinationOptions],
    printer: Printer,
    gone: &mut dyn FnMut(&str) -> Result<(), Failure>,
) -> (Vec<String>, Vec<Failure>) {
    let (mut left, mut failures) = (Vec::new(), Vec::new());
    let mut names: Vec<_> = names.iter().map(String::as_str).collect();
    // A subscription before its topic.
    names.sort_by_key(|name| !name.contains("/subscriptions/"));
    for name in names {
        match remove_one(name, places).await {
            Ok(true) => {
                printer.note(&format!("  removed   {}", short(name)));
                failures.extend(gone(name).err());
            }
            Ok(false) => left.push(name.to_owned()),
            Err(error) => failures.push(error.into()),
        }
    }
    (left, failures)
}

/// `false` if none of the places means it.
async fn remove_one(name: &str, places: &[DestinationOptions]) -> Result<bool, Error> {
    for options in places {
        if let Some(pubsub) = &options.pubsub
            && pubsub.remove(name).await?
        {
            return Ok(true);
        }
        if let Some(kinesis) = &options.kinesis
            && kinesis.remove(name).await?
        {
            return Ok(true);
        }
        if let Some(kafka) = &options.kafka
            && kafka.remove(name).await?
        {
            return Ok(true);
        }
        if let Some(hubs) = &options.event_hubs
            && hubs.remove(name).await?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A stream of Kinesis or a topic of Kafka by its name alone; where it is has been said before.
pub(crate) fn short(name: &str) -> &str {
    if name.starts_with("projects/") {
        return name;
    }
    name.rsplit('/').next().unwrap_or(name)
}

/// How to remove it with the service's own tool.
pub(crate) fn by_hand(name: &str) -> String {
    match name.split('/').nth_back(1) {
        Some(kind @ ("topics" | "subscriptions")) => format!("gcloud pubsub {kind} delete {name}"),
        _ if name.starts_with("kafka:") => in_kafka(name),
        _ if name.starts_with("arn:") => format!("aws kinesis delete-stream --stream-arn {name}"),
        _ => format!("aws kinesis delete-stream --stream-name {}", short(name)),
    }
}

/// The same of a topic, noted as `kafka:CLUSTER/TOPIC`. An event hub's cluster is its namespace.
fn in_kafka(name: &str) -> String {
    let topic = short(name);
    let cluster = name.strip_prefix("kafka:").unwrap_or_default();
    match cluster.split_once(".servicebus.") {
        Some((namespace, _)) => format!(
            "az eventhubs eventhub delete --resource-group GROUP --namespace-name {namespace} --name {topic}"
        ),
        None => format!("kafka-topics.sh --bootstrap-server ADDRESS --delete --topic {topic}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinesis(json: &str) -> DestinationOptions {
        serde_json::from_str(&format!(r#"{{"kinesis": {json}}}"#)).unwrap()
    }

    /// None of them is asked: there is no service at that address.
    #[test]
    fn what_another_stream_is_called_stays() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let endpoint = r#""endpoint": "http://127.0.0.1:1", "region": "eu-west-1""#;
        let places = [
            kinesis(&format!(r#"{{"stream": "orders-prod", {endpoint}}}"#)),
            kinesis(&format!(r#"{{"stream": "elsewhere", {endpoint}}}"#)),
            serde_json::from_str(r#"{"pubsub": {"project": "p", "topic": "new"}}"#).unwrap(),
            serde_json::from_str(
                r#"{"kafka": {"bootstrap_servers": "127.0.0.1:1", "topic": "new"}}"#,
            )
            .unwrap(),
        ];
        let names = [
            "demo",
            "eu-west-1/demo",
            "us-east-1/elsewhere",
            "arn:aws:kinesis:us-east-1:123456789012:stream/elsewhere",
            "projects/p/topics/old",
            "projects/other/topics/new",
            "kafka:5L6g3nShT-eMCtK--X86sw/old",
        ]
        .map(str::to_owned);
        let mut gone = |name: &str| panic!("{name} was removed");
        let removed = remove(&names, &places, Printer::silent(), &mut gone);
        let (left, failures) = runtime.block_on(removed);
        assert!(failures.is_empty(), "{failures:?}");
        assert_eq!(left, names);
    }

    #[test]
    fn each_service_has_its_own_way_of_removing() {
        for (name, command) in [
            (
                "projects/p/topics/t",
                "gcloud pubsub topics delete projects/p/topics/t",
            ),
            (
                "projects/p/subscriptions/s",
                "gcloud pubsub subscriptions delete projects/p/subscriptions/s",
            ),
            (
                "kafka:5L6g3nShT-eMCtK--X86sw/t",
                "kafka-topics.sh --bootstrap-server ADDRESS --delete --topic t",
            ),
            (
                "kafka:ns.servicebus.windows.net/h",
                "az eventhubs eventhub delete --resource-group GROUP --namespace-name ns --name h",
            ),
            ("eu-west-1/s", "aws kinesis delete-stream --stream-name s"),
            (
                "arn:aws:kinesis:eu-west-1:1:stream/s",
                "aws kinesis delete-stream --stream-arn arn:aws:kinesis:eu-west-1:1:stream/s",
            ),
        ] {
            assert_eq!(by_hand(name), command);
        }
    }

    #[test]
    fn what_is_noted_is_what_may_be_there() {
        let mut names = Vec::new();
        note(&mut names, Creation::Intended("eu-west-1/a"));
        note(&mut names, Creation::Intended("eu-west-1/b"));
        assert_eq!(names.len(), 2);
        let made = Creation::Made {
            intended: "eu-west-1/a",
            name: "arn:a",
        };
        note(&mut names, made);
        note(&mut names, Creation::NotMade("eu-west-1/b"));
        assert_eq!(names, ["arn:a"]);
    }
}
