//! Going the way to a server, as far as it leads.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use futures::future::join_all;
use options::about;
use producers::Server;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::date::Date;
use super::route::Route;
use super::tls::{Tls, handshake};

/// How long one address may take to answer.
const CONNECT: Duration = Duration::from_secs(4);
/// How long a question to a server that has answered may take.
const ANSWER: Duration = Duration::from_secs(4);
/// More than the head of an answer has.
const HEAD_BYTES: usize = 16 << 10;

/// What to do where not all of the addresses answer.
const SOME_CLOSED: &str = "clients try one address after the other, which costs them time: make the name lead to \
    addresses that answer only, or use the address itself";

/// How far the way leads.
#[derive(Debug)]
pub(super) enum Reached {
    /// There is a server.
    Server {
        /// Which addresses answer.
        found: String,
        /// What to do about the way there, where it is not as it should be.
        remark: Option<String>,
        /// What it proved with, where the connection is encrypted.
        tls: Option<Tls>,
        /// What time it is there, if it said so.
        date: Option<Date>,
    },
    /// Not to the server, for this reason.
    Nothing(String),
    /// Not to the server either, and it is known what to do about it.
    Refused { why: String, help: String },
    /// It can't be gone from here, for this reason.
    Unseen(String),
}

/// Goes.
pub(super) async fn reach(server: &Server, route: &Route) -> Reached {
    let reached = match route {
        Route::Direct { .. } => directly(server).await,
        Route::Proxy {
            host,
            port,
            authorization,
        } => {
            let authorization = authorization.as_ref().map(|secret| secret.0.as_str());
            through(server, host, *port, authorization).await
        }
        Route::Other(proxy) => {
            return Reached::Unseen(format!("only its clients go through {proxy}"));
        }
    };
    reached.unwrap_or_else(Reached::Nothing)
}

async fn directly(server: &Server) -> Result<Reached, String> {
    let (tcp, found, some_closed) = connect(&server.host, server.port).await?;
    let remark = some_closed.then(|| SOME_CLOSED.to_owned());
    Ok(behind(server, tcp, found, remark).await)
}

/// What there is at the other end of a connection.
async fn behind(server: &Server, tcp: TcpStream, found: String, remark: Option<String>) -> Reached {
    let (tls, date) = match &server.tls {
        None => (None, date(server, tcp).await),
        Some(trust) => {
            let (tls, stream) = handshake(server, trust, tcp, ANSWER).await;
            let date = match stream {
                Some(stream) => date(server, stream).await,
                None => None,
            };
            (Some(tls), date)
        }
    };
    Reached::Server {
        found,
        remark,
        tls,
        date,
    }
}

/// A connection, which addresses answer, and whether others do not.
type Connected = (TcpStream, String, bool);

async fn connect(host: &str, port: u16) -> Result<Connected, String> {
    let looked_up = timeout(CONNECT, lookup_host((host, port))).await;
    let addresses: Vec<SocketAddr> = match looked_up {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(error)) => return Err(format!("no address is known of `{host}`: {error}")),
        Err(_) => {
            return Err(format!(
                "the name server did not answer within {}",
                about(CONNECT)
            ));
        }
    };
    if addresses.is_empty() {
        return Err(format!("the name `{host}` leads to no address"));
    }
    first_of(&addresses).await
}

/// A connection to the first address that takes one, all of which are tried.
pub(super) async fn first_of(addresses: &[SocketAddr]) -> Result<Connected, String> {
    let began = Instant::now();
    let tried = addresses.iter().map(async |address| {
        let answer = timeout(CONNECT, TcpStream::connect(address)).await;
        let answer = match answer {
            Ok(answer) => answer.map_err(|error| error.to_string()),
            Err(_) => Err(format!("no answer within {}", about(CONNECT))),
        };
        (address.ip(), answer, began.elapsed())
    });
    let mut open = None;
    let mut answered: Vec<(IpAddr, Duration)> = Vec::new();
    let mut closed: Vec<(IpAddr, String)> = Vec::new();
    for (address, answer, time) in join_all(tried).await {
        match answer {
            Ok(tcp) => {
                open.get_or_insert(tcp);
                answered.push((address, time));
            }
            Err(why) => closed.push((address, why)),
        }
    }
    let closed: Vec<_> = closed
        .iter()
        .map(|(address, why)| format!("{address}: {why}"))
        .collect();
    let Some(tcp) = open else {
        return Err(format!("nobody answers at {}", closed.join(", at ")));
    };
    let names: Vec<_> = answered
        .iter()
        .map(|(address, _)| address.to_string())
        .collect();
    let longest = answered.iter().map(|(_, time)| *time).max();
    let mut found = format!(
        "{} answer{} after {}",
        names.join(" and "),
        if names.len() == 1 { "s" } else { "" },
        about(longest.unwrap_or_default())
    );
    if !closed.is_empty() {
        found = format!("{found}, but not {}", closed.join(", "));
    }
    Ok((tcp, found, !closed.is_empty()))
}

async fn through(
    server: &Server,
    host: &str,
    port: u16,
    authorization: Option<&str>,
) -> Result<Reached, String> {
    let proxied = |why: String| format!("no way through the proxy http://{host}:{port}: {why}");
    let (mut tcp, _, _) = connect(host, port).await.map_err(proxied)?;
    let to = server.authority();
    let authorization = authorization.map_or_else(String::new, |value| {
        format!("proxy-authorization: {value}\r\n")
    });
    let is_encrypted = server.tls.is_some();
    let question = if is_encrypted {
        format!("CONNECT {to} HTTP/1.1\r\nhost: {to}\r\n{authorization}\r\n")
    } else {
        // The date of the answer may be the proxy's own.
        let more = format!("{authorization}connection: close\r\n");
        format!("HEAD http://{to}/ HTTP/1.1\r\nhost: {to}\r\n{more}\r\n")
    };
    let head = timeout(ANSWER, ask(&mut tcp, &question)).await;
    let head = match head {
        Ok(Ok(head)) => head,
        Ok(Err(error)) => return Err(proxied(error.to_string())),
        Err(_) => return Err(proxied(format!("no answer within {}", about(ANSWER)))),
    };
    let status = head
        .split_whitespace()
        .nth(1)
        .and_then(|status| status.parse().ok());
    let Some(status) = status else {
        return Err(proxied("it answers something else than HTTP".to_owned()));
    };
    let scheme = if is_encrypted { "https" } else { "http" };
    let help = access::refusal(&format!("{scheme}://{to}"), status);
    match (status, help) {
        (_, help) if !is_encrypted => Ok(Reached::Server {
            found: format!("an answer {status}"),
            remark: help,
            tls: None,
            date: None,
        }),
        (200, _) => Ok(behind(server, tcp, "an answer".to_owned(), None).await),
        (_, Some(help)) => Ok(Reached::Refused {
            why: proxied(format!("it answers {status}")),
            help,
        }),
        (_, None) => Err(proxied(format!("it answers {status}"))),
    }
}

/// What time it is there. Who does not speak HTTP/1 says nothing.
async fn date(server: &Server, mut stream: impl AsyncRead + AsyncWrite + Unpin) -> Option<Date> {
    if !server.is_http {
        return None;
    }
    let question = format!(
        "HEAD / HTTP/1.1\r\nhost: {}\r\nuser-agent: hydrant/{}\r\nconnection: close\r\n\r\n",
        server.authority(),
        env!("CARGO_PKG_VERSION")
    );
    let asked = jiff::Timestamp::now();
    let head = timeout(ANSWER, ask(&mut stream, &question))
        .await
        .ok()?
        .ok()?;
    Date::read(&head, asked, jiff::Timestamp::now())
}

/// Asks, and reads the head of the answer.
async fn ask(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    question: &str,
) -> std::io::Result<String> {
    stream.write_all(question.as_bytes()).await?;
    stream.flush().await?;
    let mut head = Vec::new();
    // One byte at a time: what follows a head belongs to somebody else.
    while head.len() < HEAD_BYTES && !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await? == 0 {
            break;
        }
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}
