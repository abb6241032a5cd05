//! A subscription of the sandbox's Pub/Sub.

use readers::pubsub::{Access, Pubsub, PubsubOptions, Subscription};
use readers::{Error, Reader};
use serde_json::Value;

use super::text;
use crate::pubsub::Handle;

/// Both by their full names.
pub(in crate::landing) struct Source {
    topic: String,
    subscription: String,
}

impl Source {
    /// Names are full ones; older pages have ids, whose project the base connection knows.
    pub(super) fn of(source: &Value, base: &Value) -> Option<Source> {
        let full = |kind: &str, name: &str, id: &str| {
            let written = text(source, &format!("/params/{name}"))
                .or_else(|| text(source, &format!("/params/{id}")))?;
            if written.contains('/') {
                return Some(written.to_owned());
            }
            let of_topic = || text(base, "/auth/params/topicName")?.split('/').nth(1);
            let project = text(base, "/auth/params/projectId").or_else(of_topic)?;
            Some(format!("projects/{project}/{kind}/{written}"))
        };
        Some(Source {
            topic: full("topics", "topicName", "topicId")?,
            subscription: full("subscriptions", "subscriptionName", "subscriptionId")?,
        })
    }

    /// What is missing is made, as hubs are.
    pub(super) fn open(&self, pubsub: &Handle) -> Result<Box<dyn Reader>, Error> {
        let failed = |message| Error {
            what: format!("the subscription `{}`", self.subscription),
            message,
        };
        pubsub.create_topic(&self.topic).map_err(failed)?;
        pubsub
            .create_subscription(&self.subscription, &self.topic, false)
            .map_err(failed)?;
        let reader = Pubsub::open(&PubsubOptions {
            url: pubsub.url(),
            access: Access::Anonymous,
            subscription: Subscription::Existing(self.subscription.clone()),
            streams: None,
        })?;
        Ok(Box::new(reader))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_shapes_name_the_same_subscription() {
        let now = json!({"params": {
            "topicName": "projects/p/topics/t",
            "subscriptionName": "projects/p/subscriptions/s",
        }});
        let older = json!({"params": {"topicId": "t", "subscriptionId": "s"}});
        let project = json!({"auth": {"params": {"projectId": "p"}}});
        let one_topic = json!({"auth": {"params": {"topicName": "projects/p/topics/t"}}});
        for (source, base) in [
            (&now, &project),
            (&now, &one_topic),
            (&older, &project),
            (&older, &one_topic),
        ] {
            let source = Source::of(source, base).unwrap();
            assert_eq!(source.topic, "projects/p/topics/t");
            assert_eq!(source.subscription, "projects/p/subscriptions/s");
        }
    }
}
