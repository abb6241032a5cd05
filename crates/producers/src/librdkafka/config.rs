//! A client's configuration.

use std::ffi::CStr;
use std::ptr::NonNull;

use rdkafka::bindings as rd;

use super::{Text, c_string, text_of};

/// A configuration in the making.
pub(crate) struct Config(NonNull<rd::rd_kafka_conf_t>);

// SAFETY: a configuration has no ties to the thread that made it.
unsafe impl Send for Config {}

/// Why a property was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no such property.
    Unknown,
    /// Its value is wrong; librdkafka's words, which may repeat the value.
    Invalid(String),
}

impl Config {
    /// librdkafka's defaults, without its own log to stderr.
    pub(crate) fn new() -> Config {
        // SAFETY: takes nothing; never returns null.
        let conf = unsafe { rd::rd_kafka_conf_new() };
        let conf = NonNull::new(conf).unwrap_or_else(|| unreachable!("librdkafka aborts instead"));
        // SAFETY: `conf` is ours; no callback is a valid callback.
        unsafe { rd::rd_kafka_conf_set_log_cb(conf.as_ptr(), None) };
        Config(conf)
    }

    /// Sets a property by its name.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        let (name, value) = (c_string(name), c_string(value));
        let mut text: Text = [0; 512];
        // SAFETY: `self.0` is ours, both strings end with a zero, and `text` has the stated size.
        let result = unsafe {
            rd::rd_kafka_conf_set(
                self.0.as_ptr(),
                name.as_ptr(),
                value.as_ptr(),
                text.as_mut_ptr(),
                text.len(),
            )
        };
        match result {
            rd::rd_kafka_conf_res_t::RD_KAFKA_CONF_OK => Ok(()),
            rd::rd_kafka_conf_res_t::RD_KAFKA_CONF_UNKNOWN => Err(Refusal::Unknown),
            rd::rd_kafka_conf_res_t::RD_KAFKA_CONF_INVALID => Err(Refusal::Invalid(text_of(&text))),
        }
    }

    /// The raw configuration, with the events that [`Event`](super::Event) knows turned on. The
    /// caller owns it.
    pub(super) fn into_raw(self) -> *mut rd::rd_kafka_conf_t {
        let events = rd::RD_KAFKA_EVENT_DR
            | rd::RD_KAFKA_EVENT_ERROR
            | rd::RD_KAFKA_EVENT_STATS
            | rd::RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH;
        let conf = self.0.as_ptr();
        std::mem::forget(self);
        // SAFETY: `conf` is ours.
        unsafe { rd::rd_kafka_conf_set_events(conf, events) };
        conf
    }
}

impl Drop for Config {
    fn drop(&mut self) {
        // SAFETY: ours, and nobody took it over: `into_raw` forgets `self`.
        unsafe { rd::rd_kafka_conf_destroy(self.0.as_ptr()) };
    }
}

/// The names of all properties, for suggestions.
pub(crate) fn property_names() -> Vec<String> {
    let config = Config::new();
    let mut count = 0;
    let mut names = Vec::new();
    // SAFETY: the dump is an array of `count` strings, name and value in turn, that stays valid
    // until it is freed below.
    unsafe {
        let dump = rd::rd_kafka_conf_dump(config.0.as_ptr(), &raw mut count);
        for at in (0..count).step_by(2) {
            names.push(CStr::from_ptr(*dump.add(at)).to_string_lossy().into_owned());
        }
        rd::rd_kafka_conf_dump_free(dump, count);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_checked_by_librdkafka_itself() {
        let mut config = Config::new();
        assert_eq!(config.set("linger.ms", "5"), Ok(()));
        assert_eq!(config.set("linger.sm", "5"), Err(Refusal::Unknown));
        assert!(matches!(
            config.set("linger.ms", "soon"),
            Err(Refusal::Invalid(_))
        ));
        assert!(
            property_names()
                .iter()
                .any(|name| name == "socket.nagle.disable")
        );
    }
}
