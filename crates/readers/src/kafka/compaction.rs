//! Whether a topic is compacted: then a position without a record can be one whose record was taken out.
//! Asked only when there are such positions.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, ResourceSpecifier};
use rdkafka::config::FromClientConfigAndContext as _;

use super::context::Context;
use super::token::{Shown, TokenSource};
use super::watch::Watch;

/// The property of a topic that says it.
/// <https://kafka.apache.org/documentation/#topicconfigs_cleanup.policy>
const PROPERTY: &str = "cleanup.policy";
/// How long the cluster may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// After so many questions without an answer the topic counts as compacted.
const TRIES: u32 = 3;

/// Whom to ask.
#[derive(Clone)]
pub(super) struct Compaction {
    config: ClientConfig,
    tokens: Option<TokenSource>,
    tries: u32,
}

impl Compaction {
    /// The same way in as that of a consumer with this configuration.
    pub(super) fn new(config: ClientConfig, tokens: Option<TokenSource>) -> Compaction {
        Compaction {
            config,
            tokens,
            tries: 0,
        }
    }

    /// Asks. `Some(true)` also if the cluster refuses to say: what is missing then may have been taken out.
    /// `None`: nobody has answered, this time.
    pub(super) fn find_out(&mut self, topic: &str) -> Option<bool> {
        self.tries += 1;
        let is_last = self.tries >= TRIES;
        self.ask(topic).or_else(|| is_last.then_some(true))
    }

    fn ask(&self, topic: &str) -> Option<bool> {
        let context = Context::new(Arc::new(Watch::default()));
        let admin = AdminClient::from_config_and_context(&self.config, context).ok()?;
        if let Some(source) = &self.tokens {
            Shown::new(Arc::clone(source)).renew(admin.inner()).ok()?;
        }
        let options = AdminOptions::new().request_timeout(Some(PATIENCE));
        let question = [ResourceSpecifier::Topic(topic)];
        let answer = admin.describe_configs(&question, &options);
        let runtime = tokio::runtime::Builder::new_current_thread().build().ok()?;
        let described = runtime.block_on(answer).ok()?.into_iter().next()?;
        // Who may not know says nothing of it.
        let policy = described
            .ok()
            .and_then(|it| it.get(PROPERTY)?.value.clone());
        Some(policy.is_none_or(|policy| policy.contains("compact")))
    }
}
