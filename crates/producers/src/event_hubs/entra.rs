//! Tokens from Microsoft Entra ID, renewed in the background.
//!
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use options::may_carry_secret;
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::sync::oneshot;

use crate::Error;
use crate::proxy::through;

/// How long one attempt at a token may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long to wait after an attempt that failed.
const PAUSE: Duration = Duration::from_secs(5);

/// What to ask for, and where.
#[derive(Clone, Debug)]
pub(crate) struct TokenRequest {
    /// `https://login.microsoftonline.com/<tenant>/oauth2/v2.0/token`
    pub(crate) url: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
    /// `https://<namespace>.servicebus.windows.net/.default`
    pub(crate) scope: String,
}

/// A token.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) value: SecretString,
    /// Whose it is.
    pub(crate) principal: String,
    /// When it ends, counted from 1970.
    pub(crate) expires_at: Duration,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refused {
    error: String,
    error_description: String,
}

impl TokenRequest {
    /// Asks for a token.
    async fn send(&self, http: &reqwest::Client) -> Result<(Token, Duration), Error> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &self.client_id),
            ("client_secret", self.client_secret.expose_secret()),
            ("scope", &self.scope),
        ];
        may_carry_secret(&self.url)
            .map_err(|in_clear| Error::new(in_clear.to_string()).help(in_clear.help()))?;
        let answer = http.post(&self.url).form(&form).send().await;
        let answer = answer.map_err(|error| self.unreachable(&error))?;
        let status = answer.status();
        let body = answer
            .bytes()
            .await
            .map_err(|error| self.unreachable(&error))?;
        if !status.is_success() {
            let refused: Refused = serde_json::from_slice(&body).unwrap_or_default();
            let words = [refused.error_description, refused.error, status.to_string()];
            let words = words
                .iter()
                .find(|words| !words.is_empty())
                .map_or("", String::as_str);
            let first = words.lines().next().unwrap_or_default();
            return Err(
                Error::new(format!("{} gave no token: {first}", self.url)).help(
                    "check `entra.tenant_id`, `entra.client_id` and the client secret in the app's \
                 registration",
                ),
            );
        }
        let granted: Granted = serde_json::from_slice(&body).map_err(|_| {
            Error::new(format!(
                "{} answered with something that is no token",
                self.url
            ))
        })?;
        let lifetime = Duration::from_secs(granted.expires_in);
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let (value, principal) = (granted.access_token.into(), self.client_id.clone());
        Ok((
            Token {
                value,
                principal,
                expires_at: now + lifetime,
            },
            lifetime,
        ))
    }

    fn unreachable(&self, error: &reqwest::Error) -> Error {
        let mut reason = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(inner) = source {
            reason = inner.to_string();
            source = inner.source();
        }
        let way = through(&self.url);
        Error::new(format!(
            "cannot get a token from {}{way}: {reason}",
            self.url
        ))
        .help("is the network there, and does it need a proxy (`HTTPS_PROXY`)?")
    }
}

/// Keeps a token fresh on a thread of its own until it is dropped, so that no lane ever waits for
/// one.
#[derive(Debug)]
pub(crate) struct TokenKeeper {
    newest: Arc<Mutex<(u64, Token)>>,
    seen: u64,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TokenKeeper {
    /// Gets the first token, and then a newer one whenever three quarters of the time are over.
    pub(crate) fn start(request: TokenRequest) -> Result<TokenKeeper, Error> {
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
                            () = keep(request, first_in) => {}
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

type Newest = Arc<Mutex<(u64, Token)>>;

/// The keeper's thread. The first answer goes to `first`, whatever it is.
async fn keep(request: TokenRequest, first: std::sync::mpsc::Sender<Result<Newest, Error>>) {
    // Who is redirected to would get the secret.
    let http = reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(Policy::none());
    let http = match http.build() {
        Ok(http) => http,
        Err(error) => return drop(first.send(Err(request.unreachable(&error)))),
    };
    let (token, mut lifetime) = match request.send(&http).await {
        Ok(granted) => granted,
        Err(error) => return drop(first.send(Err(error))),
    };
    let newest = Arc::new(Mutex::new((0, token)));
    if first.send(Ok(Arc::clone(&newest))).is_err() {
        return;
    }
    drop(first);
    loop {
        tokio::time::sleep(lifetime * 3 / 4).await;
        let token = loop {
            match request.send(&http).await {
                Ok(granted) => break granted,
                // The old one lasts for a while yet. If none comes until it ends, the service
                // refuses it, and that ends the run with a reason.
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        };
        lifetime = token.1;
        let mut newest = newest.lock().unwrap_or_else(PoisonError::into_inner);
        *newest = (newest.0 + 1, token.0);
    }
}

fn no_thread(error: &std::io::Error) -> Error {
    Error::new(format!("cannot start the thread that gets tokens: {error}"))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    /// A token endpoint that gives each answer once, and returns what it was asked.
    fn endpoint(answers: Vec<(&'static str, String)>) -> (String, JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!(
            "http://{}/tenant/oauth2/v2.0/token",
            listener.local_addr().unwrap()
        );
        let served = std::thread::spawn(move || {
            answers
                .into_iter()
                .map(|(status, body)| {
                    let (mut stream, _) = listener.accept().unwrap();
                    let mut asked = Vec::new();
                    while !String::from_utf8_lossy(&asked).contains("scope=") {
                        let mut buffer = [0; 4096];
                        let count = stream.read(&mut buffer).unwrap();
                        asked.extend_from_slice(&buffer[..count]);
                    }
                    let length = body.len();
                    write!(
                        stream,
                        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\n\
                         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                    )
                    .unwrap();
                    String::from_utf8_lossy(&asked).into_owned()
                })
                .collect()
        });
        (url, served)
    }

    fn request(url: String) -> TokenRequest {
        TokenRequest {
            url,
            client_id: "app".to_owned(),
            client_secret: "hunter2".to_owned().into(),
            scope: "https://ns.servicebus.windows.net/.default".to_owned(),
        }
    }

    fn granted(token: &str, seconds: u64) -> (&'static str, String) {
        (
            "200 OK",
            format!(r#"{{"access_token": "{token}", "expires_in": {seconds}}}"#),
        )
    }

    #[test]
    fn a_token_is_renewed_in_the_background_before_it_ends() {
        let (url, served) = endpoint(vec![granted("first", 1), granted("second", 3600)]);
        let mut keeper = TokenKeeper::start(request(url)).unwrap();
        assert_eq!(keeper.current().value.expose_secret(), "first");
        assert_eq!(keeper.current().principal, "app");
        let asked = served.join().unwrap();
        assert!(
            asked[1].contains("grant_type=client_credentials"),
            "{}",
            asked[1]
        );
        assert!(
            asked[1].contains("scope=https%3A%2F%2Fns.servicebus"),
            "{}",
            asked[1]
        );
        let token = loop {
            if let Some(token) = keeper.newer() {
                break token;
            }
            std::thread::yield_now();
        };
        assert_eq!(token.value.expose_secret(), "second");
        assert!(keeper.newer().is_none());
    }

    #[test]
    fn a_refusal_says_what_the_service_says_and_not_the_secret() {
        let body = r#"{"error": "invalid_client",
                       "error_description": "AADSTS7000215: Invalid client secret.\r\nTrace ID: 1"}"#;
        let (url, served) = endpoint(vec![("401 Unauthorized", body.to_owned())]);
        let error = TokenKeeper::start(request(url)).unwrap_err();
        served.join().unwrap();
        assert!(
            error
                .message
                .ends_with("gave no token: AADSTS7000215: Invalid client secret.")
        );
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[test]
    fn nobody_there_is_said() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap());
        drop(listener);
        let error = TokenKeeper::start(request(url)).unwrap_err();
        assert!(
            error
                .message
                .contains("cannot get a token from http://127.0.0.1:"),
            "{error}"
        );
        assert!(error.message.contains("refused"), "{error}");
    }
}
