//! What stands in an X.509 certificate, as far as people want to see it (RFC 5280, 4.1). Four fields are not worth
//! the dozen crates that a whole parser brings; whether a certificate is valid is `rustls`'s to say.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::distance;
use crate::{Layer, Look};

/// Some of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Certificate {
    /// Who has signed it.
    issuer: String,
    /// Whose it is; the names that count are elsewhere.
    subject: String,
    /// From when on it is valid.
    from: Timestamp,
    /// Until when it is.
    pub(super) until: Timestamp,
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// 2.5.4.3 and 2.5.4.10.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];

impl Certificate {
    /// Reads DER; `None` if it is none.
    pub(super) fn read(der: &[u8]) -> Option<Certificate> {
        let mut whole = Der(Der(der).sequence()?);
        let mut signed = Der(whole.sequence()?);
        if signed.0.first() == Some(&VERSION) {
            signed.next()?;
        }
        let (_serial, _algorithm) = (signed.next()?, signed.next()?);
        let issuer = name(signed.sequence()?);
        let mut validity = Der(signed.sequence()?);
        let (from, until) = (moment(validity.next()?)?, moment(validity.next()?)?);
        let subject = name(signed.sequence()?);
        Some(Certificate {
            issuer,
            subject,
            from,
            until,
        })
    }

    /// `signed by Some CA, valid until 2027-01-31`.
    pub(super) fn words(&self) -> String {
        let day = |moment: Timestamp| moment.strftime("%Y-%m-%d").to_string();
        format!(
            "signed by {}, valid from {} until {}",
            self.issuer,
            day(self.from),
            day(self.until)
        )
    }
}

/// A look at this side's own certificate, the first one in a PEM file.
pub(super) fn own(path: &Path, now: Timestamp) -> Look {
    let look = |found: String| Look::new(Layer::Network, "own certificate", found);
    let read = CertificateDer::from_pem_file(path);
    let read = read.map(|der| Certificate::read(&der));
    let shown = path.display();
    match read {
        Err(error) => look(format!("{shown}: {error}")).wrong("give a certificate in PEM"),
        Ok(None) => look(format!("{shown} can't be read")).wrong("give a certificate in PEM"),
        Ok(Some(it)) if it.until < now => look(format!(
            "{} expired {} ago ({shown})",
            it.subject,
            distance(it.until, now)
        ))
        .wrong("have it renewed"),
        Ok(Some(it)) => look(format!("{}, {} ({shown})", it.subject, it.words())),
    }
}

/// Values one after the other: a tag, a length, a content (X.690).
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match usize::from(*first) {
            short @ 0..0x80 => (short, rest),
            long => {
                let (bytes, rest) = rest.split_at_checked(long & 0x7f)?;
                if bytes.is_empty() || bytes.len() > 4 {
                    return None;
                }
                let length = bytes
                    .iter()
                    .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
                (length, rest)
            }
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, content))
    }

    fn sequence(&mut self) -> Option<&'a [u8]> {
        let (tag, content) = self.next()?;
        (tag == SEQUENCE).then_some(content)
    }
}

/// The common name, else the organisation.
fn name(parts: &[u8]) -> String {
    let (mut parts, mut organization) = (Der(parts), None);
    while let Some((SET, set)) = parts.next() {
        let pair = Der(set).sequence().map(Der);
        let Some((oid, value)) = pair.and_then(|mut pair| Some((pair.next()?.1, pair.next()?.1)))
        else {
            continue;
        };
        let value = || String::from_utf8_lossy(value).into_owned();
        if oid == COMMON_NAME {
            return value();
        }
        if oid == ORGANIZATION {
            organization = Some(value());
        }
    }
    organization.unwrap_or_else(|| "somebody without a name".to_owned())
}

fn moment((tag, text): (u8, &[u8])) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let whole = match tag {
        GENERALIZED_TIME => text.to_owned(),
        // Two digits of a year: up to 49 this century.
        UTC_TIME => {
            let is_new = text.get(..2)?.parse::<u8>().ok()? < 50;
            format!("{}{text}", if is_new { "20" } else { "19" })
        }
        _ => return None,
    };
    let parsed = jiff::fmt::strtime::parse("%Y%m%d%H%M%S", &whole).ok()?;
    TimeZone::UTC.to_timestamp(parsed.to_datetime().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

    use super::*;
    use crate::Verdict;

    fn made(until: i32) -> rcgen::Certificate {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 2, 3);
        params.not_after = date_time_ymd(until, 4, 5);
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::OrganizationName, "Some Company");
        params
            .distinguished_name
            .push(DnType::CommonName, "localhost");
        params.self_signed(&KeyPair::generate().unwrap()).unwrap()
    }

    #[test]
    fn issuer_and_dates_are_read_of_both_forms() {
        for until in [2031, 2051] {
            let read = Certificate::read(made(until).der()).unwrap();
            assert_eq!(read.subject, "localhost");
            assert_eq!(
                read.words(),
                format!("signed by localhost, valid from 2020-02-03 until {until}-04-05")
            );
        }
    }

    #[test]
    fn what_is_no_certificate_is_none() {
        let good = made(2031).der().to_vec();
        for length in 0..good.len() {
            // Every part of it: no panic, and nothing is made up.
            let read = Certificate::read(&good[..length]);
            assert_eq!(read, None, "{length}");
        }
        assert_eq!(Certificate::read(b"\x30\x84\xff\xff\xff\xff"), None);
    }

    #[test]
    fn an_own_certificate_that_has_expired_is_wrong() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("own.pem");
        std::fs::write(&path, made(2031).pem()).unwrap();
        let at = |moment: &str| own(&path, moment.parse().unwrap());
        assert_eq!(at("2026-01-01T00:00:00Z").verdict, Verdict::Ok);
        let late = at("2031-04-15T00:00:00Z");
        assert_eq!(late.verdict, Verdict::Wrong);
        assert!(
            late.found.starts_with("localhost expired 10 days ago"),
            "{late:?}"
        );
        std::fs::write(&path, "nothing").unwrap();
        assert_eq!(at("2026-01-01T00:00:00Z").verdict, Verdict::Wrong);
    }
}
