//! Makes what is missing, and removes what was made.

use google_cloud_gax::options::RequestOptionsBuilder as _;
use google_cloud_gax::retry_policy::NeverRetry;

use super::Options;
use super::control::{Control, No};
use super::place::Place;
use crate::Error;
use crate::creation::{Creation, Told, unheard};

/// Makes the topic, and the subscription, if they are not there. Lanes may do so at the same time: one
/// of them makes it, the others find it.
pub(super) async fn ensure(options: &Options, place: &Place) -> Result<(), Error> {
    make(options, place, &mut unheard).await
}

/// The same, for whoever remembers what was made.
pub(super) async fn make(options: &Options, place: &Place, told: Told<'_>) -> Result<(), Error> {
    let control = Control::connect(options, place).await?;
    let topic = options.topic_name();
    let make = |kind, name| Wanted {
        control: &control,
        options,
        kind,
        name,
    };
    make(Kind::Topic, &topic).ensure(told).await?;
    if let Some(subscription) = options.subscription_name() {
        let wanted = make(Kind::Subscription, &subscription);
        wanted.ensure(told).await?;
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Kind {
    Topic,
    Subscription,
}

/// Something that has to be there.
struct Wanted<'a> {
    control: &'a Control,
    options: &'a Options,
    kind: Kind,
    /// In full.
    name: &'a str,
}

impl Wanted<'_> {
    async fn ensure(&self, told: Told<'_>) -> Result<(), Error> {
        let name = self.name;
        match self.look().await {
            Ok(()) => return Ok(()),
            Err(No::NotFound) => told(Creation::Intended(name))?,
            // Who may not look may still make it.
            Err(No::Forbidden(_)) => {}
            Err(no) => return Err(no.into()),
        }
        let no = match self.make().await {
            Ok(()) => {
                return told(Creation::Made {
                    intended: name,
                    name,
                });
            }
            Err(no) => no,
        };
        // Nobody knows what an answer that did not come was.
        let is_there = match &no {
            No::Other(_) => Some(self.look().await),
            _ => None,
        };
        match is_there {
            Some(Ok(())) => {
                return told(Creation::Made {
                    intended: name,
                    name,
                });
            }
            // It may be there: it stays noted.
            Some(Err(No::Forbidden(_) | No::Other(_))) => {}
            _ => told(Creation::NotMade(name))?,
        }
        let what = self.what("make");
        match no {
            No::AlreadyThere => Ok(()),
            No::NotFound => Err(
                Error::new(format!("cannot {what}: the project is not there"))
                    .help("check `project`"),
            ),
            No::Forbidden(error) => Err(error.help(
                "making topics and subscriptions needs the role `roles/pubsub.editor` on the project; \
                 or make it by hand and leave `create` out",
            )),
            No::Other(error) => Err(error),
        }
    }

    /// `make the topic …`
    fn what(&self, verb: &str) -> String {
        let kind = match self.kind {
            Kind::Topic => "topic",
            Kind::Subscription => "subscription",
        };
        format!("{verb} the {kind} `{}`", self.name)
    }

    async fn look(&self) -> Result<(), No> {
        let (control, what) = (self.control, self.what("look at"));
        match self.kind {
            Kind::Topic => {
                let question = control.topics.get_topic().set_topic(self.name);
                control.ask(&what, question.send()).await.map(drop)
            }
            Kind::Subscription => {
                let question = control.subscriptions.get_subscription();
                let question = question.set_subscription(self.name);
                control.ask(&what, question.send()).await.map(drop)
            }
        }
    }

    /// Asks once: a repetition in the dark would be told that it is there, and not by whom.
    async fn make(&self) -> Result<(), No> {
        let (control, what) = (self.control, self.what("make"));
        match self.kind {
            Kind::Topic => {
                let request = control.topics.create_topic().set_name(self.name);
                let request = request.with_retry_policy(NeverRetry);
                control.ask(&what, request.send()).await.map(drop)
            }
            Kind::Subscription => {
                let request = control
                    .subscriptions
                    .create_subscription()
                    .set_name(self.name)
                    .set_topic(self.options.topic_name())
                    .set_enable_message_ordering(self.options.ordering.unwrap_or(false))
                    .with_retry_policy(NeverRetry);
                control.ask(&what, request.send()).await.map(drop)
            }
        }
    }
}

/// Removes the topic or the subscription that is noted; that it is gone already is no error. `false`:
/// these options mean others, and nothing was removed.
pub(super) async fn remove(options: &Options, place: &Place, noted: &str) -> Result<bool, Error> {
    let is_topic = options.topic_name() == noted;
    if !is_topic && options.subscription_name().as_deref() != Some(noted) {
        return Ok(false);
    }
    let control = Control::connect(options, place).await?;
    let what = format!("remove `{noted}`");
    let answer = if is_topic {
        let question = control.topics.delete_topic().set_topic(noted);
        control.ask(&what, question.send()).await
    } else {
        let question = control.subscriptions.delete_subscription();
        let question = question.set_subscription(noted);
        control.ask(&what, question.send()).await
    };
    match answer {
        Ok(()) | Err(No::NotFound) => Ok(true),
        Err(no) => Err(no.into()),
    }
}
