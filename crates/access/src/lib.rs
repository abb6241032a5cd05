//! The ways to a service: the proxies that lie on it, and what opens the door.
//!
//! Whoever speaks to a service needs the same few things: to know which proxy a call goes through, a token
//! that is fetched once and renewed in time, AWS's and Google's own rules for credentials, and words for
//! what went wrong in which no secret stands. They are here, once.

pub mod aws;
mod connection_string;
mod error;
pub mod google;
mod proxy;
mod redact;
mod roots;
mod token;

pub use connection_string::ConnectionString;
pub use error::{Error, chain, in_words};
pub use proxy::{refusal, spare_loopback, through, without};
pub use redact::{MASK, redact};
pub use roots::roots;
pub use token::{ClientCredentials, Refused, Shown, Token, TokenError, Tokens, http_client};
