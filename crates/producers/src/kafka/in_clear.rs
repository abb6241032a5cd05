//! Passwords and tokens do not go to brokers in the clear, for everybody to read.

use options::{Location, Problem, Problems, Way, may_carry_secret_in_clear, way_in_clear_to};

use super::endpoint::Endpoint;
use crate::Error;

/// Mechanisms that show the broker the secret itself; the others prove that they know it.
const TELLING: [&str; 2] = ["PLAIN", "OAUTHBEARER"];

/// That `what`, e.g. `password`, would go to brokers in the clear: a mistake, unless they are on this machine, and
/// said aloud where the user has allowed it.
pub(crate) fn problems(brokers: &str, what: &str, at: &Location, problems: &mut Problems) {
    for broker in brokers.split(',') {
        if let Err(in_clear) = may_carry_secret_in_clear(broker) {
            problems.push(Problem::new(at.clone(), in_clear.to_string()).help(in_clear.help()));
        } else if let Way::Allowed(host) = way_in_clear_to(broker) {
            let message = format!(
                "the {what} goes to `{host}` without TLS: whoever is on the way can read it"
            );
            problems.push(Problem::warning(at.clone(), message));
        }
    }
}

impl Endpoint {
    /// The same endpoint, unless a secret would go there in the clear: whatever was written, and wherever.
    pub(crate) fn guarded(self) -> Result<Endpoint, Error> {
        let last = |names: &[&str]| {
            let said = self.way().filter(|(name, _)| names.contains(name)).last();
            said.map_or("", |(_, value)| value)
        };
        let is_plain = last(&["security.protocol"]).eq_ignore_ascii_case("sasl_plaintext");
        let mechanism = last(&["sasl.mechanism", "sasl.mechanisms"]);
        if is_plain && TELLING.iter().any(|it| it.eq_ignore_ascii_case(mechanism)) {
            for broker in self.bootstrap.split(',') {
                may_carry_secret_in_clear(broker).map_err(access::Error::from)?;
            }
        }
        Ok(self)
    }
}
