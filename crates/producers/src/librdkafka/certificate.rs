//! What is wrong with a broker's certificate. librdkafka says no more than that something is.

use std::ffi::{c_char, c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use rdkafka::bindings as rd;

/// Why a certificate was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// It was good until some time ago.
    Expired,
    /// It will be good some time from now.
    NotYetValid,
    /// Nobody who is trusted here has signed it.
    Untrusted,
    /// It is made out to another name.
    OtherName,
}

/// OpenSSL's number of the last trouble with a certificate; 0 if there was none.
#[derive(Debug, Default)]
pub(super) struct Verdict(AtomicI32);

impl Verdict {
    /// Has `conf` tell a new verdict, which has to be kept as long as the client lives.
    ///
    /// # Safety
    /// `conf` is a configuration that is still to be given to a client.
    pub(super) unsafe fn watch(conf: *mut rd::rd_kafka_conf_t) -> Arc<Verdict> {
        let verdict = Arc::<Verdict>::default();
        // SAFETY: by contract; the verdict stays where it is until its `Arc` is dropped.
        unsafe {
            rd::rd_kafka_conf_set_opaque(conf, Arc::as_ptr(&verdict).cast_mut().cast());
            rd::rd_kafka_conf_set_ssl_cert_verify_cb(conf, Some(verify));
        }
        verdict
    }

    /// <https://docs.openssl.org/3.5/man3/X509_STORE_CTX_get_error/>
    pub(super) fn certificate(&self) -> Option<Certificate> {
        match self.0.load(Ordering::Relaxed) {
            9 => Some(Certificate::NotYetValid),
            10 => Some(Certificate::Expired),
            18..=21 => Some(Certificate::Untrusted),
            62..=64 => Some(Certificate::OtherName),
            _ => None,
        }
    }
}

/// Takes what OpenSSL takes, and notes what it does not.
unsafe extern "C" fn verify(
    _: *mut rd::rd_kafka_t,
    _: *const c_char,
    _: i32,
    error: *mut c_int,
    _: c_int,
    _: *const c_char,
    _: usize,
    _: *mut c_char,
    _: usize,
    verdict: *mut c_void,
) -> c_int {
    // SAFETY: librdkafka gives a pointer to a number of its own, and the pointer of `watch`, whose `Arc`
    // the client keeps until its threads are gone.
    let (error, verdict) = unsafe { (*error, &*verdict.cast::<Verdict>()) };
    if error != 0 {
        verdict.0.store(error, Ordering::Relaxed);
    }
    c_int::from(error == 0)
}
