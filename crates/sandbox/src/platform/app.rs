//! What every handler sees.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::throttle::Throttle;
use crate::faults::Faults;
use crate::landing::Runner;
use crate::store::{Store, hex};

/// The platform.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) runner: Runner,
    pub(crate) faults: Arc<Faults>,
    pub(crate) throttle: Throttle,
    /// Synchronous validations, by inlet.
    validations: Mutex<HashMap<String, Throttle>>,
    /// The schema registry.
    pub(crate) schemas: super::schemas::Schemas,
    pub(crate) latency: Duration,
    /// Where clients reach this.
    pub(crate) url: String,
    token_lifetime: Duration,
    /// Until when each token is good.
    tokens: Mutex<HashMap<String, Instant>>,
}

impl App {
    pub(crate) fn new(
        (latency, token_lifetime): (Duration, Duration),
        rate_limit: Option<f64>,
        store: Store,
        runner: Runner,
        faults: Arc<Faults>,
        url: String,
    ) -> App {
        App {
            store,
            runner,
            faults,
            throttle: Throttle::new(rate_limit, Duration::from_secs(1)),
            validations: Mutex::default(),
            schemas: super::schemas::Schemas::default(),
            latency,
            url,
            token_lifetime,
            tokens: Mutex::default(),
        }
    }

    /// Counts a synchronous validation, of which each inlet has sixty a minute; if it is one too many, after
    /// how long to come again.
    pub(crate) fn may_validate(&self, inlet: &str, now: Instant) -> Result<(), Duration> {
        let validations = self.validations.lock();
        let mut validations = validations.unwrap_or_else(PoisonError::into_inner);
        let throttle = validations
            .entry(inlet.to_owned())
            .or_insert_with(|| Throttle::new(Some(1.0), Duration::from_mins(1)));
        throttle.take(now)
    }

    /// A new token, and for how many seconds it is good.
    pub(crate) fn issue_token(&self) -> (String, u64) {
        let token = format!("sandbox.{}", hex(48));
        let until = Instant::now() + self.token_lifetime;
        self.tokens().insert(token.clone(), until);
        (token, self.token_lifetime.as_secs())
    }

    pub(crate) fn is_good(&self, token: &str) -> bool {
        self.tokens()
            .get(token)
            .is_some_and(|until| Instant::now() < *until)
    }

    fn tokens(&self) -> std::sync::MutexGuard<'_, HashMap<String, Instant>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
