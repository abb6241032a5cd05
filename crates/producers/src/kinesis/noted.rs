//! How a stream that was made is remembered: as `eu-west-1/profiles` until the service has answered, by
//! its ARN from then on.

use super::problems::name_in;

/// What is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Noted<'n> {
    pub(super) name: &'n str,
    /// Not known of what was noted by its name alone.
    pub(super) region: Option<&'n str>,
    /// Not known before the service has answered.
    pub(super) arn: Option<&'n str>,
}

impl<'n> Noted<'n> {
    /// A stream that is to be made.
    pub(super) fn intent(region: &str, name: &str) -> String {
        format!("{region}/{name}")
    }

    pub(super) fn read(noted: &'n str) -> Noted<'n> {
        if let Some(name) = name_in(noted) {
            return Noted {
                name,
                region: noted.split(':').nth(3),
                arn: Some(noted),
            };
        }
        let (region, name) = match noted.split_once('/') {
            Some((region, name)) => (Some(region), name),
            None => (None, noted),
        };
        Noted {
            name,
            region,
            arn: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_grows() {
        let name = "demo";
        let mut noted = Noted {
            name,
            region: None,
            arn: None,
        };
        assert_eq!(Noted::read("demo"), noted);
        noted.region = Some("eu-west-1");
        let intent = Noted::intent("eu-west-1", "demo");
        assert_eq!(Noted::read(&intent), noted);
        let arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/demo";
        noted.arn = Some(arn);
        assert_eq!(Noted::read(arn), noted);
    }
}
