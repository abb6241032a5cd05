//! What a look at the service finds: the topic, the right to publish, the subscription, the limits.

use options::suggest;

use super::Options;
use super::control::{Control, No};
use super::place::Place;
use crate::{Destination as _, Error, Finding, Findings};

const PUBLISH: &str = "pubsub.topics.publish";

/// Looks at everything that a run needs.
pub(super) async fn look(options: &Options) -> Result<Findings, Error> {
    let place = Place::of(options);
    let control = Control::connect(options, &place).await?;
    let mut findings = vec![Finding::good("pubsub", format!("at {}", place.host()))];
    let is_there = topic(options, &place, &control, &mut findings).await?;
    if options.subscription.is_some() {
        subscription(options, &control, is_there, &mut findings).await?;
    }
    let limits = options.limits();
    let record = limits.record_bytes.unwrap_or_default();
    let found = match limits.key_bytes {
        Some(key) => format!("a record may have {record} bytes with its key, the key {key}"),
        None => format!("a record may have {record} bytes"),
    };
    findings.push(Finding::good("limits", found));
    Ok(findings)
}

/// Whether the largest record of a load, with its key, is one that the service takes.
pub(super) fn fits(options: &Options, largest: u64) -> Result<(), Error> {
    let most = options.limits().record_bytes.unwrap_or(u64::MAX);
    if largest <= most {
        return Ok(());
    }
    Err(Error::new(format!(
        "the load's largest record has {largest} bytes, and Pub/Sub takes {most} at most"
    ))
    .help("that is 10 MB less the topic's name and the attributes: make the record smaller"))
}

/// Looks at the topic. False if it is not there, and is to be made.
async fn topic(
    options: &Options,
    place: &Place,
    control: &Control,
    findings: &mut Findings,
) -> Result<bool, Error> {
    let name = options.topic_name();
    let what = format!("look at the topic `{name}`");
    let may_publish = may_publish(place, control, &name, &what).await;
    let is_there = match &may_publish {
        Ok(Some(true)) => Ok(()),
        Err(No::NotFound) => Err(No::NotFound),
        // Of what is not there nothing is allowed; and an emulator can't be asked.
        Ok(_) | Err(_) => {
            let question = control.topics.get_topic().set_topic(&name).send();
            control.ask(&what, question).await.map(drop)
        }
    };
    let is_forbidden = matches!(may_publish, Ok(Some(false)));
    if is_forbidden && !matches!(is_there, Err(No::NotFound)) {
        return Err(
            Error::new(format!("no right to publish to the topic `{name}`"))
                .help("the credentials need the role `roles/pubsub.publisher` on the topic"),
        );
    }
    match is_there {
        Ok(()) => findings.push(Finding::good("topic", format!("`{name}` is there"))),
        Err(No::NotFound) if options.create == Some(true) => {
            let found = format!("`{name}` is not there and will be made");
            findings.push(Finding::good("topic", found));
            return Ok(false);
        }
        Err(No::NotFound) => return Err(missing(options, control, &name).await),
        Err(no) => return Err(no.into()),
    }
    findings.push(match may_publish {
        Ok(None) => Finding::good("rights", "an emulator asks for none".to_owned()),
        Ok(Some(_)) => Finding::good("rights", "publishing is allowed".to_owned()),
        Err(no) => Finding {
            warning: Some("whether publishing is allowed can't be told".to_owned()),
            ..Finding::good("rights", Error::from(no).message)
        },
    });
    Ok(true)
}

/// Whether these credentials may publish. An emulator can't be asked.
async fn may_publish(
    place: &Place,
    control: &Control,
    topic: &str,
    what: &str,
) -> Result<Option<bool>, No> {
    if place.is_emulator {
        return Ok(None);
    }
    let question = control
        .rights
        .test_iam_permissions()
        .set_resource(topic)
        .set_permissions([PUBLISH]);
    let answer = control.ask(what, question.send()).await?;
    Ok(Some(
        answer.permissions.iter().any(|right| right == PUBLISH),
    ))
}

/// The topic is not there; perhaps another one was meant.
async fn missing(options: &Options, control: &Control, name: &str) -> Error {
    let error = Error::new(format!("there is no topic `{name}`"));
    let Some((project, id)) = name.split_once("/topics/") else {
        return error;
    };
    let question = control.topics.list_topics().set_project(project).send();
    // Whoever may not look at the list gets no suggestion.
    let topics = match control.ask("list the topics", question).await {
        Ok(answer) => answer.topics,
        Err(_) => Vec::new(),
    };
    let ids: Vec<&str> = topics
        .iter()
        .filter_map(|topic| topic.name.rsplit('/').next())
        .collect();
    match suggest(id, ids.iter().copied()) {
        Some(other) => error.help(format!("did you mean `{other}`?")),
        None if options.subscription.is_some() => {
            error.help("`create: true` makes it before the run, and the subscription too")
        }
        None => error.help("`create: true` makes it before the run"),
    }
}

/// Looks at the subscription.
async fn subscription(
    options: &Options,
    control: &Control,
    has_topic: bool,
    findings: &mut Findings,
) -> Result<(), Error> {
    let Some(name) = options.subscription_name() else {
        return Ok(());
    };
    let question = control
        .subscriptions
        .get_subscription()
        .set_subscription(&name);
    let what = format!("look at the subscription `{name}`");
    let there = match control.ask(&what, question.send()).await {
        Ok(there) => there,
        Err(No::NotFound) if options.create == Some(true) => {
            let found = format!("`{name}` is not there and will be made");
            findings.push(Finding::good("subscription", found));
            return Ok(());
        }
        Err(No::NotFound) => {
            return Err(Error::new(format!("there is no subscription `{name}`"))
                .help("`create: true` makes it before the run"));
        }
        Err(No::Forbidden(error)) => {
            findings.push(Finding {
                warning: Some("whether it is there can't be told".to_owned()),
                ..Finding::good("subscription", error.message)
            });
            return Ok(());
        }
        Err(no) => return Err(no.into()),
    };
    let topic = options.topic_name();
    if has_topic && there.topic != topic {
        let other = &there.topic;
        return Err(
            Error::new(format!("the subscription `{name}` is on `{other}`"))
                .help(format!("it would never see what is published to `{topic}`")),
        );
    }
    let warning = (options.ordering == Some(true) && !there.enable_message_ordering).then(|| {
        "message ordering is off there, so it hands records over in any order; that can't be \
         changed: make another one"
            .to_owned()
    });
    findings.push(Finding {
        warning,
        ..Finding::good("subscription", format!("`{name}` is on the topic"))
    });
    Ok(())
}
