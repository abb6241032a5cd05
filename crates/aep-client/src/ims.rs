//! Adobe's identity service: what it says when it gives no token.

use access::{ClientCredentials, Refused, TokenError, through};
use secrecy::SecretString;

use crate::redact::printable;
use crate::send::{NOT_FOLLOWED, request_id, retry_after};
use crate::{Error, ErrorKind};

/// The scopes that Adobe lists for Experience Platform credentials
/// (<https://developer.adobe.com/developer-console/docs/guides/authentication/ServerToServerAuthentication/>).
pub const SCOPES: &str =
    "openid,AdobeID,read_organizations,additional_info.projectedProductContext,session";

const PATH: &str = "/ims/token/v3";

/// Who asks `ims_url`, an address without a path, for a token. The scopes are separated by commas.
pub(crate) fn credentials(
    ims_url: &str,
    client_id: String,
    client_secret: SecretString,
    scopes: String,
) -> ClientCredentials {
    ClientCredentials {
        url: format!("{}{PATH}", ims_url.trim_end_matches('/')),
        client_id,
        client_secret,
        shown: access::Shown::InForm,
        scope: Some(scopes),
    }
}

/// Why there is no token, as an error of a call. Asking for one twice does no harm, so none is `Unknown`.
pub(crate) fn no_token(error: TokenError) -> Error {
    let new = |kind, message| Error::new(kind, "POST", PATH, message);
    match error {
        TokenError::InClear(in_clear) => {
            Error::setup(in_clear.to_string()).with_help(in_clear.help())
        }
        TokenError::Unreachable { url, reason } => {
            new(ErrorKind::Unreachable, reason).with_help(format!(
                "no answer from the identity service at {url}{}",
                through(&url)
            ))
        }
        TokenError::Refused(refused) => answer(&refused),
        TokenError::Unreadable { status, .. } => {
            let message = "the answer holds no access token".to_owned();
            new(ErrorKind::Unreadable, message)
                .with_status(status)
                .with_help("check that `AEP_IMS_URL` is the address of Adobe's identity service")
        }
    }
}

fn answer(refused: &Refused) -> Error {
    let status = refused.status;
    let kind = if status == 429 || status >= 500 {
        ErrorKind::Unavailable
    } else {
        ErrorKind::Refused
    };
    let body = printable(refused.body.as_bytes());
    let error = Error::answer(kind, "POST", PATH, status, &body)
        .with_retry_after(retry_after(&refused.headers))
        .with_request_id(request_id(&refused.headers));
    if let Some(help) = refused.by_proxy() {
        return error.with_help(help);
    }
    match kind {
        ErrorKind::Refused if (300..400).contains(&status) => error.with_help(NOT_FOLLOWED),
        ErrorKind::Refused => error.with_help(
            "the identity service refused the credential: check `AEP_CLIENT_ID`, \
             `AEP_CLIENT_SECRET` and `AEP_SCOPES` against the developer console",
        ),
        _ => error,
    }
}
