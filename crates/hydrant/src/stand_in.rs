//! What the environment says to other people's clients and does not hold on the embedded sandbox.

use std::ffi::OsString;

/// Google's client loads certificates for addresses in the clear, too, and fails where there are none. It also
/// wants the same universe in the environment and in the credentials, which a stand-in does not have.
const FORGOTTEN: [&str; 3] = [
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GOOGLE_CLOUD_UNIVERSE_DOMAIN",
];

/// Forgets them if a run is on the sandbox.
///
/// # Safety
/// No other thread runs yet.
#[expect(
    unsafe_code,
    reason = "the environment is changed, before there is a thread to see it change"
)]
pub unsafe fn spare_sandbox(mut args: impl Iterator<Item = OsString>) {
    if !args.any(|arg| arg == "--sandbox") {
        return;
    }
    for name in FORGOTTEN {
        // SAFETY: by contract nobody reads the environment meanwhile.
        unsafe { std::env::remove_var(name) };
    }
}
