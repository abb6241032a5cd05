//! Another place for everything: the sandbox instead of the accounts.

use options::{Location, Problems};
use producers::DestinationOptions;

/// Where the sandbox's endpoints are.
#[derive(Clone, Debug, Default)]
pub struct Redirect {
    /// `host:port` of a Kafka broker in the clear, for `event_hubs` and `kafka`.
    pub kafka: Option<String>,
    /// The address of a Kinesis, `http://host:port`.
    pub kinesis: Option<String>,
    /// `host:port` of a Pub/Sub emulator.
    pub pubsub: Option<String>,
    /// The address of a schema registry, `http://host:port/…`.
    pub registry: String,
    /// `AEP_ORG_ID`, `AEP_CLIENT_ID`, `AEP_CLIENT_SECRET`, `AEP_PLATFORM_URL`, `AEP_IMS_URL`, …: all
    /// that says who and where the platform is. The environment is not asked.
    pub variables: Vec<(String, String)>,
}

impl Redirect {
    /// Endpoints that nobody listens at, to check a scenario for the sandbox without one.
    pub(crate) fn nowhere() -> Redirect {
        let variables = [
            ("AEP_ORG_ID", "SANDBOX@AdobeOrg"),
            ("AEP_CLIENT_ID", "sandbox"),
            ("AEP_CLIENT_SECRET", "sandbox"),
            ("AEP_FLOW_START_UP", "0s"),
        ];
        Redirect {
            kafka: Some("127.0.0.1:9".to_owned()),
            kinesis: Some("http://127.0.0.1:9".to_owned()),
            pubsub: Some("127.0.0.1:9".to_owned()),
            registry: "http://127.0.0.1:9".to_owned(),
            variables: variables
                .map(|(name, value)| (name.into(), value.into()))
                .into(),
        }
    }

    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        let found = self.variables.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    }

    /// Points the destination at the sandbox. One that the sandbox has no endpoint for is a mistake.
    pub(crate) fn apply(
        &self,
        destination: &mut DestinationOptions,
        at: &Location,
        problems: &mut Problems,
    ) {
        let mut missing = |word: &str| {
            let message = format!("the sandbox has no endpoint for `{word}`");
            problems.push(options::Problem::new(at.join(word), message));
        };
        if destination.event_hubs.is_some() || destination.kafka.is_some() {
            match &self.kafka {
                Some(bootstrap) => destination.point_at(bootstrap),
                None => missing("kafka"),
            }
        }
        if let Some(kinesis) = &mut destination.kinesis {
            match &self.kinesis {
                Some(endpoint) => kinesis.redirect(endpoint),
                None => missing("kinesis"),
            }
        }
        if let Some(pubsub) = &mut destination.pubsub {
            match &self.pubsub {
                Some(host) => pubsub.redirect(host),
                None => missing("pubsub"),
            }
        }
        if let Some(inlet) = &mut destination.http_api {
            // Its address is the one of the flow's inlet, which is not made yet.
            inlet.redirect(|name| self.variable(name));
        }
    }
}
