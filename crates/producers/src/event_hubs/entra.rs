//! Tokens from Microsoft Entra ID, renewed in the background.
//!
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use access::{ClientCredentials, TokenError};
use secrecy::SecretString;
use tokio::sync::oneshot;

use crate::Error;

/// How long one attempt at a token may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long to wait after an attempt that failed.
const PAUSE: Duration = Duration::from_secs(5);

/// What to do about a credential that is refused.
const CHECK: &str =
    "check `entra.tenant_id`, `entra.client_id` and the client secret in the app's registration";

/// A token.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) value: SecretString,
    /// Whose it is.
    pub(crate) principal: String,
    /// When it ends, counted from 1970.
    pub(crate) expires_at: Duration,
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
    /// Gets the first token, and then a newer one in time.
    pub(crate) fn start(request: ClientCredentials) -> Result<TokenKeeper, Error> {
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
async fn keep(request: ClientCredentials, first: std::sync::mpsc::Sender<Result<Newest, Error>>) {
    let http = access::http_client([request.url.as_str()]).timeout(PATIENCE);
    let http = match http.build() {
        Ok(http) => http,
        Err(error) => return drop(first.send(Err(Error::new(access::chain(&error))))),
    };
    let (token, mut renew_at) = match ask(&request, &http).await {
        Ok(granted) => granted,
        Err(error) => return drop(first.send(Err(no_token(&error)))),
    };
    let newest = Arc::new(Mutex::new((0, token)));
    if first.send(Ok(Arc::clone(&newest))).is_err() {
        return;
    }
    drop(first);
    loop {
        tokio::time::sleep_until(renew_at.into()).await;
        let token = loop {
            match ask(&request, &http).await {
                Ok(granted) => break granted,
                // The old one lasts for a while yet. If none comes until it ends, the service
                // refuses it, and that ends the run with a reason.
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        };
        renew_at = token.1;
        let mut newest = newest.lock().unwrap_or_else(PoisonError::into_inner);
        *newest = (newest.0 + 1, token.0);
    }
}

/// A token, and when to ask for the next one.
async fn ask(
    request: &ClientCredentials,
    http: &reqwest::Client,
) -> Result<(Token, Instant), TokenError> {
    let token = request.token(http).await?;
    let told = Token {
        value: token.value,
        principal: request.client_id.clone(),
        expires_at: token.expires_at,
    };
    Ok((told, token.renew_at))
}

fn no_token(error: &TokenError) -> Error {
    let new = Error::new(error.to_string());
    match error.help(CHECK) {
        Some(help) => new.help(help),
        None => new,
    }
}

fn no_thread(error: &std::io::Error) -> Error {
    Error::new(format!("cannot start the thread that gets tokens: {error}"))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use secrecy::ExposeSecret as _;

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

    fn request(url: String) -> ClientCredentials {
        ClientCredentials {
            url,
            client_id: "app".to_owned(),
            client_secret: "hunter2".to_owned().into(),
            scope: Some("https://ns.servicebus.windows.net/.default".to_owned()),
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
    fn without_a_first_token_there_is_no_keeper() {
        let body = r#"{"error": "invalid_client", "error_description": "AADSTS7000215: no"}"#;
        let (url, served) = endpoint(vec![("401 Unauthorized", body.to_owned())]);
        let error = TokenKeeper::start(request(url)).unwrap_err();
        served.join().unwrap();
        assert!(
            error.message.ends_with("gave no token: AADSTS7000215: no"),
            "{error}"
        );
        assert_eq!(error.help.as_deref(), Some(CHECK));
    }
}
