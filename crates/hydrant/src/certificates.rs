//! On the embedded sandbox nothing is encrypted, so certificates do not matter there.

use std::ffi::OsString;

/// Variables that say where certificates are.
const CERTIFICATES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Forgets where the environment says that certificates are, if a run is on the sandbox. Google's client
/// loads them for addresses in the clear, too, and fails where there are none.
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
    for name in CERTIFICATES {
        // SAFETY: by contract nobody reads the environment meanwhile.
        unsafe { std::env::remove_var(name) };
    }
}
