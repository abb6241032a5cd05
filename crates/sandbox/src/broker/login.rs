//! The beginning of a connection to Kafka: librdkafka's cluster asks nobody who they are, and clients of
//! Event Hubs have to log in. What concerns that is answered here, the rest by the cluster.
//!
//! Message formats: <https://kafka.apache.org/protocol>.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::{HUBS_KEY, HUBS_KEY_NAME};

const API_VERSIONS: i16 = 18;
const SASL_HANDSHAKE: i16 = 17;
const SASL_AUTHENTICATE: i16 = 36;
/// What is offered, as in an answer to ApiVersions: the request, its oldest and its newest version. Newer
/// ones have another header.
const OFFERED: [[i16; 3]; 2] = [[SASL_HANDSHAKE, 0, 1], [SASL_AUTHENTICATE, 0, 1]];
/// An answer to ApiVersions that is asked for in a newer version is laid out differently.
const API_VERSIONS_PLAIN: i16 = 2;

const UNSUPPORTED_SASL_MECHANISM: i16 = 33;
const SASL_AUTHENTICATION_FAILED: i16 = 58;

/// Nothing that comes before a login is larger.
const FRAME_MAX: usize = 1 << 20;

/// Answers what comes before the first request that is the cluster's, and passes that one on. From then
/// on, both sides are on their own.
pub(super) async fn before<C, B>(client: &mut C, broker: &mut B) -> io::Result<()>
where
    C: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    let mut is_raw = false;
    loop {
        let frame = read(client).await?;
        if is_raw {
            // After a handshake of version 0 the token comes without a header.
            if !is_known(&frame) {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            is_raw = false;
            write(client, &[]).await?;
            continue;
        }
        let header = Header::of(&frame)?;
        match header.request {
            API_VERSIONS => {
                write(broker, &frame).await?;
                let mut answer = read(broker).await?;
                if header.version <= API_VERSIONS_PLAIN {
                    offer(&mut answer)?;
                }
                write(client, &answer).await?;
            }
            SASL_HANDSHAKE => {
                let mut body = body(&frame)?;
                let is_plain = text(&mut body)? == b"PLAIN";
                let mut answer = header.correlation.to_be_bytes().to_vec();
                let error = if is_plain {
                    0
                } else {
                    UNSUPPORTED_SASL_MECHANISM
                };
                answer.extend(error.to_be_bytes());
                answer.extend(1_i32.to_be_bytes());
                put_text(&mut answer, "PLAIN");
                write(client, &answer).await?;
                is_raw = is_plain && header.version == 0;
            }
            SASL_AUTHENTICATE => {
                let body = body(&frame)?;
                let token = body.get(4..).ok_or(io::ErrorKind::InvalidData)?;
                let is_known = is_known(token);
                let mut answer = header.correlation.to_be_bytes().to_vec();
                if is_known {
                    answer.extend(0_i16.to_be_bytes());
                    answer.extend((-1_i16).to_be_bytes());
                } else {
                    answer.extend(SASL_AUTHENTICATION_FAILED.to_be_bytes());
                    put_text(
                        &mut answer,
                        "Authentication failed: the key is not the sandbox's",
                    );
                }
                answer.extend(0_i32.to_be_bytes());
                if header.version >= 1 {
                    // It is good for as long as the connection.
                    answer.extend(0_i64.to_be_bytes());
                }
                write(client, &answer).await?;
                if !is_known {
                    return Err(io::ErrorKind::PermissionDenied.into());
                }
            }
            _ => return write(broker, &frame).await,
        }
    }
}

/// `authorization id, NUL, user, NUL, password`, as Event Hubs wants them.
fn is_known(token: &[u8]) -> bool {
    let mut parts = token.split(|byte| *byte == 0).skip(1);
    let (user, password) = (parts.next(), parts.next().unwrap_or_default());
    let password = String::from_utf8_lossy(password);
    let has = |name: &str, value: &str| {
        let mut parts = password.split(';').filter_map(|part| part.split_once('='));
        parts.any(|(it, its)| it.trim().eq_ignore_ascii_case(name) && its.trim() == value)
    };
    user == Some(b"$ConnectionString")
        && has("SharedAccessKeyName", HUBS_KEY_NAME)
        && has("SharedAccessKey", HUBS_KEY)
}

/// The beginning of every request.
struct Header {
    request: i16,
    version: i16,
    correlation: i32,
}

impl Header {
    fn of(frame: &[u8]) -> io::Result<Header> {
        let Some(it) = frame.first_chunk::<8>() else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        Ok(Header {
            request: i16::from_be_bytes([it[0], it[1]]),
            version: i16::from_be_bytes([it[2], it[3]]),
            correlation: i32::from_be_bytes([it[4], it[5], it[6], it[7]]),
        })
    }
}

/// What follows the header and the client's name in it.
fn body(frame: &[u8]) -> io::Result<&[u8]> {
    let mut rest = frame.get(8..).unwrap_or_default();
    text(&mut rest)?;
    Ok(rest)
}

/// Adds what is [`OFFERED`] to an answer: correlation, error, number of requests, each of them, …
fn offer(answer: &mut Vec<u8>) -> io::Result<()> {
    const COUNT: std::ops::Range<usize> = 6..10;
    let count = answer.get(COUNT).and_then(|bytes| bytes.try_into().ok());
    let count = i32::from_be_bytes(count.ok_or(io::ErrorKind::InvalidData)?);
    let more = OFFERED
        .as_flattened()
        .iter()
        .flat_map(|it| it.to_be_bytes());
    let more: Vec<_> = more.collect();
    let count = count + OFFERED.len() as i32;
    answer.splice(COUNT, count.to_be_bytes().into_iter().chain(more));
    Ok(())
}

/// A text with its length before it; -1 is none.
fn text<'f>(rest: &mut &'f [u8]) -> io::Result<&'f [u8]> {
    let (length, behind) = rest.split_at_checked(2).ok_or(io::ErrorKind::InvalidData)?;
    let length = i16::from_be_bytes([length[0], length[1]]);
    let length = usize::try_from(length).unwrap_or(0);
    let (text, behind) = behind
        .split_at_checked(length)
        .ok_or(io::ErrorKind::InvalidData)?;
    *rest = behind;
    Ok(text)
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as i16).to_be_bytes());
    out.extend(text.as_bytes());
}

async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let length = usize::try_from(from.read_i32().await?).unwrap_or(usize::MAX);
    if length > FRAME_MAX {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut frame = vec![0; length];
    from.read_exact(&mut frame).await?;
    Ok(frame)
}

async fn write(to: &mut (impl AsyncWrite + Unpin), frame: &[u8]) -> io::Result<()> {
    let mut whole = (frame.len() as i32).to_be_bytes().to_vec();
    whole.extend_from_slice(frame);
    to.write_all(&whole).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_the_key_is_known_whatever_else_the_string_says() {
        let token = |user: &str, password: &str| format!("\0{user}\0{password}").into_bytes();
        let string = format!(
            "Endpoint=sb://127.0.0.1:9;SharedAccessKeyName={HUBS_KEY_NAME};SharedAccessKey={HUBS_KEY};\
             UseDevelopmentEmulator=true;"
        );
        assert!(is_known(&token("$ConnectionString", &string)));
        assert!(!is_known(&token("someone", &string)));
        assert!(!is_known(&token(
            "$ConnectionString",
            "SharedAccessKey=another"
        )));
        for none in [&b""[..], b"\0", b"\0$ConnectionString", b"\xff\0\xff"] {
            assert!(!is_known(none));
        }
    }

    #[test]
    fn a_login_is_offered_beside_what_the_cluster_has() {
        let mut answer = [
            &[0, 0, 0, 7, 0, 0][..],
            &[0, 0, 0, 1],
            &[0, 3, 0, 0, 0, 9],
            &[0; 4],
        ]
        .concat();
        let length = answer.len();
        offer(&mut answer).unwrap();
        assert_eq!(answer.len(), length + 12);
        assert_eq!(answer[6..10], [0, 0, 0, 3]);
        assert_eq!(answer[10..16], [0, 17, 0, 0, 0, 1]);
        assert_eq!(answer[answer.len() - 10..], [0, 3, 0, 0, 0, 9, 0, 0, 0, 0]);
        assert!(offer(&mut vec![0; 4]).is_err());
    }
}
