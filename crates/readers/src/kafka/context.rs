//! What a consumer tells besides records: what went wrong.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::watch::Watch;

/// What librdkafka tells besides records.
pub(super) struct Context {
    /// The last thing that went wrong: `poll` and its kin say less.
    trouble: Mutex<Option<String>>,
    /// Whether it has to do with who we are: that does not pass.
    is_hopeless: AtomicBool,
    /// To be told of it.
    watch: Arc<Watch>,
}

impl Context {
    pub(super) fn new(watch: Arc<Watch>) -> Context {
        Context {
            trouble: Mutex::new(None),
            is_hopeless: AtomicBool::new(false),
            watch,
        }
    }

    pub(super) fn is_hopeless(&self) -> bool {
        self.is_hopeless.load(Ordering::Relaxed)
    }

    /// It works again.
    pub(super) fn forget_trouble(&self) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The last thing that went wrong.
    pub(super) fn trouble(&self) -> Option<String> {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.clone()
    }
}

impl ClientContext for Context {
    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}

    fn error(&self, error: KafkaError, reason: &str) {
        let code = error.rdkafka_error_code();
        if matches!(
            code,
            Some(RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SaslAuthenticationFailed)
        ) {
            self.is_hopeless.store(true, Ordering::Relaxed);
        }
        self.watch.hurry();
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        // That no broker is left says less than why the last one went.
        let is_last = code == Some(RDKafkaErrorCode::AllBrokersDown);
        if trouble.is_none() || !is_last {
            *trouble = Some(reason.to_owned());
        }
    }
}

impl ConsumerContext for Context {}
