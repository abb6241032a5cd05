//! Tokens for OAUTHBEARER, shown to the brokers with what they want to know beside them. rdkafka's own way
//! knows of nothing beside a token, so this is the one place of this crate with `unsafe` in it.
#![expect(unsafe_code, reason = "the C interface of librdkafka")]

use std::ffi::{CStr, CString, c_char};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::bindings as rd;
use rdkafka::client::{Client, ClientContext};

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
    /// What the broker is told beside it: SASL extensions by name.
    pub extensions: Vec<(String, String)>,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("principal", &self.principal)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Shows each token once.
pub(super) struct Shown {
    source: TokenSource,
    /// When the one that was shown last ends.
    last: Option<Duration>,
}

impl Shown {
    /// None has been shown yet.
    pub(super) fn new(source: TokenSource) -> Shown {
        Shown { source, last: None }
    }

    /// Shows the newest token to the client, if it has not been shown yet.
    pub(super) fn renew<C: ClientContext>(&mut self, client: &Client<C>) -> Result<(), String> {
        let token = (self.source)();
        if self.last == Some(token.expires_at) {
            return Ok(());
        }
        self.last = Some(token.expires_at);
        show(client, &token)
    }
}

fn show<C: ClientContext>(client: &Client<C>, token: &Token) -> Result<(), String> {
    let text = |text: &str| CString::new(text).map_err(|_| "there is a NUL in it".to_owned());
    let (value, principal) = (text(&token.value)?, text(&token.principal)?);
    let mut beside = Vec::new();
    for (name, value) in &token.extensions {
        beside.extend([text(name)?, text(value)?]);
    }
    let mut extensions: Vec<*const c_char> = beside.iter().map(|text| text.as_ptr()).collect();
    let mut words: [c_char; 512] = [0; 512];
    // SAFETY: the client is alive as long as it is borrowed; the strings end with a zero and outlive the
    // call, librdkafka copies them and writes to none of them; `words` has the stated size.
    let code = unsafe {
        rd::rd_kafka_oauthbearer_set_token(
            client.native_ptr(),
            value.as_ptr(),
            i64::try_from(token.expires_at.as_millis()).unwrap_or(i64::MAX),
            principal.as_ptr(),
            extensions.as_mut_ptr(),
            extensions.len(),
            words.as_mut_ptr(),
            words.len(),
        )
    };
    if code == rd::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
        return Ok(());
    }
    // SAFETY: librdkafka ends what it writes with a zero, within the size it was told.
    let words = unsafe { CStr::from_ptr(words.as_ptr()) };
    Err(words.to_string_lossy().into_owned())
}
