//! What a consumer asks for and tells besides records: tokens, and what went wrong.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::watch::Watch;

/// Gives the newest token whenever it is asked.
pub type TokenSource = Arc<dyn Fn() -> Token + Send + Sync>;

/// A token for OAUTHBEARER.
#[derive(Clone)]
pub struct Token {
    /// The token itself, a secret.
    pub value: String,
    /// Whose it is.
    pub principal: String,
    /// When it ends, counted from 1970.
    pub expires_at: Duration,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("principal", &self.principal)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// What librdkafka asks for and tells besides records.
pub(super) struct Context {
    tokens: Option<TokenSource>,
    /// The last thing that went wrong: `poll` and its kin say less.
    trouble: Mutex<Option<String>>,
    /// Whether it has to do with who we are: that does not pass.
    is_hopeless: AtomicBool,
    /// To be told of it.
    watch: Arc<Watch>,
}

impl Context {
    pub(super) fn new(tokens: Option<TokenSource>, watch: Arc<Watch>) -> Context {
        Context {
            tokens,
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
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

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

    fn generate_oauth_token(
        &self,
        _: Option<&str>,
    ) -> Result<OAuthToken, Box<dyn std::error::Error>> {
        let tokens = self.tokens.as_ref().ok_or("there is no source of tokens")?;
        let token = tokens();
        Ok(OAuthToken {
            token: token.value,
            principal_name: token.principal,
            lifetime_ms: i64::try_from(token.expires_at.as_millis())?,
        })
    }
}

impl ConsumerContext for Context {}
