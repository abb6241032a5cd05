//! Makes what is missing, and removes what was made.

use super::Options;
use super::control::{Control, No};
use super::place::Place;
use crate::Error;

/// Makes the topic, and the subscription, if they are not there. Returns the names of those that
/// were made. Lanes may do so at the same time: one of them makes it, the others find it.
pub(super) async fn ensure(options: &Options, place: &Place) -> Result<Vec<String>, Error> {
    let control = Control::connect(options, place).await?;
    let mut made = Vec::new();
    let topic = options.topic_name();
    let request = control.topics.create_topic().set_name(&topic);
    let what = format!("make the topic `{topic}`");
    if is_new(control.ask(&what, request.send()).await, &what)? {
        made.push(topic.clone());
    }
    if let Some(subscription) = options.subscription_name() {
        let request = control
            .subscriptions
            .create_subscription()
            .set_name(&subscription)
            .set_topic(&topic)
            .set_enable_message_ordering(options.ordering.unwrap_or(false));
        let what = format!("make the subscription `{subscription}`");
        if is_new(control.ask(&what, request.send()).await, &what)? {
            made.push(subscription);
        }
    }
    Ok(made)
}

fn is_new<T>(answer: Result<T, No>, what: &str) -> Result<bool, Error> {
    match answer {
        Ok(_) => Ok(true),
        Err(No::AlreadyThere) => Ok(false),
        Err(No::NotFound) => Err(
            Error::new(format!("cannot {what}: the project is not there")).help("check `project`"),
        ),
        Err(No::Forbidden(error)) => Err(error.help(
            "making topics and subscriptions needs the role `roles/pubsub.editor` on the project; \
             or make it by hand and leave `create` out",
        )),
        Err(No::Other(error)) => Err(error),
    }
}

/// Removes topics and subscriptions, subscriptions first.
pub(super) async fn remove(
    options: &Options,
    place: &Place,
    names: &[String],
) -> Result<(), Error> {
    let control = Control::connect(options, place).await?;
    let is_subscription = |name: &&String| name.contains("/subscriptions/");
    for name in names.iter().filter(is_subscription) {
        let request = control.subscriptions.delete_subscription();
        let question = request.set_subscription(name).send();
        gone(control.ask(&format!("remove `{name}`"), question).await)?;
    }
    for name in names.iter().filter(|name| !is_subscription(name)) {
        let question = control.topics.delete_topic().set_topic(name).send();
        gone(control.ask(&format!("remove `{name}`"), question).await)?;
    }
    Ok(())
}

fn gone(answer: Result<(), No>) -> Result<(), Error> {
    match answer {
        Ok(()) | Err(No::NotFound) => Ok(()),
        Err(no) => Err(no.into()),
    }
}
