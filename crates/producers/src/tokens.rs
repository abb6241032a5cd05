//! Tokens for SASL OAUTHBEARER, whoever gives them out, renewed in the background.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use access::ClientCredentials;
use secrecy::SecretString;
use tokio::sync::oneshot;

use crate::Error;

/// How long one attempt at a token may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long to wait after an attempt that failed.
const PAUSE: Duration = Duration::from_secs(5);
/// However short a token lasts, the next one is asked for no sooner.
const LEAST: Duration = Duration::from_millis(500);

/// A token.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) value: SecretString,
    /// Whose it is.
    pub(crate) principal: String,
    /// When it ends, counted from 1970.
    pub(crate) expires_at: Duration,
    /// What is told to the broker beside it: SASL extensions by name.
    pub(crate) extensions: Arc<[(String, String)]>,
}

impl Token {
    /// A token that is good for so long from now on, with nothing beside it.
    pub(crate) fn new(value: SecretString, principal: String, lifetime: Duration) -> Token {
        Token {
            value,
            principal,
            expires_at: since_1970() + lifetime,
            extensions: Arc::default(),
        }
    }

    /// How long it is still good.
    fn lifetime(&self) -> Duration {
        self.expires_at.saturating_sub(since_1970())
    }
}

fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// Where tokens come from.
pub(crate) trait Source: Send + 'static {
    /// Asks for one.
    async fn token(&mut self) -> Result<Token, Error>;
}

/// Tokens for the credentials of a client: an app of Microsoft Entra ID, or of any other provider.
#[derive(Debug)]
pub(crate) struct ClientTokens {
    credentials: ClientCredentials,
    http: reqwest::Client,
    extensions: Arc<[(String, String)]>,
    check: &'static str,
}

impl ClientTokens {
    /// None is asked for yet. `check` says what to look at where credentials are refused.
    pub(crate) fn new(
        credentials: ClientCredentials,
        extensions: impl IntoIterator<Item = (String, String)>,
        check: &'static str,
    ) -> Result<ClientTokens, Error> {
        let http = access::http_client([credentials.url.as_str()]).timeout(PATIENCE);
        let http = http.build().map_err(|error| {
            let what = access::in_words(&error);
            Error::new(format!(
                "cannot get a token from {}: {what}",
                credentials.url
            ))
        })?;
        Ok(ClientTokens {
            credentials,
            http,
            extensions: extensions.into_iter().collect(),
            check,
        })
    }
}

impl Source for ClientTokens {
    async fn token(&mut self) -> Result<Token, Error> {
        let granted = self
            .credentials
            .token(&self.http)
            .await
            .map_err(|refused| {
                let error = Error::new(refused.to_string());
                match refused.help(self.check) {
                    Some(help) => error.help(help),
                    None => error,
                }
            })?;
        Ok(Token {
            value: granted.value,
            principal: self.credentials.client_id.clone(),
            expires_at: granted.expires_at,
            extensions: Arc::clone(&self.extensions),
        })
    }
}

/// Keeps a token fresh on a thread of its own until it is dropped, so that no lane ever waits for
/// one.
#[derive(Debug)]
pub(crate) struct TokenKeeper {
    newest: Newest,
    seen: u64,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The newest token, and how many there were before it.
type Newest = Arc<Mutex<(u64, Token)>>;

impl TokenKeeper {
    /// Gets the first token, and then a newer one whenever three quarters of the time are over.
    pub(crate) fn start(source: impl Source) -> Result<TokenKeeper, Error> {
        let (first_in, first_out) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("tokens".to_owned())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                match runtime {
                    Ok(runtime) => runtime.block_on(async {
                        tokio::select! {
                            () = keep(source, first_in) => {}
                            _ = stopped => {}
                        }
                    }),
                    Err(error) => drop(first_in.send(Err(no_thread(&error)))),
                }
            });
        let thread = thread.map_err(|error| no_thread(&error))?;
        let gone = Error::new("the thread that gets tokens has ended");
        let newest = first_out.recv().map_err(|_| gone)??;
        Ok(TokenKeeper {
            newest,
            seen: 0,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The newest token.
    pub(crate) fn current(&self) -> Token {
        self.newest
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .1
            .clone()
    }

    /// A token that is newer than the last one that was given out, if there is one.
    pub(crate) fn newer(&mut self) -> Option<Token> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        (newest.0 > self.seen).then(|| {
            self.seen = newest.0;
            newest.1.clone()
        })
    }
}

impl Drop for TokenKeeper {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The keeper's thread. The first answer goes to `first`, whatever it is.
async fn keep(mut source: impl Source, first: std::sync::mpsc::Sender<Result<Newest, Error>>) {
    let token = match source.token().await {
        Ok(token) => token,
        Err(error) => return drop(first.send(Err(error))),
    };
    let mut lifetime = token.lifetime();
    let newest = Arc::new(Mutex::new((0, token)));
    if first.send(Ok(Arc::clone(&newest))).is_err() {
        return;
    }
    drop(first);
    loop {
        tokio::time::sleep((lifetime * 3 / 4).max(LEAST)).await;
        let token = loop {
            match source.token().await {
                Ok(token) => break token,
                // The old one lasts for a while yet. If none comes until it ends, the service
                // refuses it, and that ends the run with a reason.
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        };
        lifetime = token.lifetime();
        let mut newest = newest.lock().unwrap_or_else(PoisonError::into_inner);
        *newest = (newest.0 + 1, token);
    }
}

fn no_thread(error: &std::io::Error) -> Error {
    Error::new(format!("cannot start the thread that gets tokens: {error}"))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    /// Gives out these lifetimes' tokens, one after the other, and then none.
    struct Scripted(std::vec::IntoIter<Duration>, u32);

    impl Source for Scripted {
        async fn token(&mut self) -> Result<Token, Error> {
            let Some(lifetime) = self.0.next() else {
                return Err(Error::new("nobody is there"));
            };
            self.1 += 1;
            let value = format!("token {}", self.1).into();
            Ok(Token::new(value, "me".to_owned(), lifetime))
        }
    }

    fn start(millis: &[u64]) -> Result<TokenKeeper, Error> {
        let lifetimes: Vec<_> = millis.iter().copied().map(Duration::from_millis).collect();
        TokenKeeper::start(Scripted(lifetimes.into_iter(), 0))
    }

    #[test]
    fn a_token_is_renewed_as_often_as_it_would_end() {
        let mut keeper = start(&[40, 40, 3_600_000]).unwrap();
        let mut last = keeper.current().value.expose_secret().to_owned();
        while last != "token 3" {
            if let Some(token) = keeper.newer() {
                last = token.value.expose_secret().to_owned();
            }
            std::thread::yield_now();
        }
        assert!(keeper.newer().is_none());
        assert_eq!(keeper.current().value.expose_secret(), "token 3");
    }

    #[test]
    fn without_a_first_token_there_is_no_keeper_and_without_a_second_the_first_stays() {
        assert_eq!(start(&[]).unwrap_err().message, "nobody is there");
        let keeper = start(&[1]).unwrap();
        assert_eq!(keeper.current().value.expose_secret(), "token 1");
    }
}
