//! When to believe that no record will be taken any more.

use std::time::Duration;

use batch::Nanos;

use crate::librdkafka::Code;

/// For how long there may seem to be no such topic, while nothing is acknowledged.
const PATIENCE: Duration = Duration::from_secs(10);

/// What delivery reports have shown since somebody looked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Signs {
    /// Whether a record was acknowledged.
    pub(super) acknowledged: bool,
    /// A refusal that [is forbidden](Code::is_forbidden) or [is gone](Code::is_gone).
    pub(super) refusal: Option<Code>,
}

/// Since when the topic has seemed to be gone.
#[derive(Debug, Default)]
pub(super) struct Doubt {
    since: Option<Nanos>,
}

impl Doubt {
    /// The code to end the run with, if what is seen now is enough.
    pub(super) fn settle(&mut self, signs: Signs, now: Nanos) -> Option<Code> {
        if signs.acknowledged {
            self.since = None;
        }
        let code = signs.refusal?;
        let since = *self.since.get_or_insert(now);
        (code.is_forbidden() || now >= since + PATIENCE).then_some(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Nanos {
        Nanos::ZERO + Duration::from_secs(seconds)
    }

    const ACKNOWLEDGED: Signs = Signs {
        acknowledged: true,
        refusal: None,
    };

    fn refused(code: Code) -> Signs {
        Signs {
            acknowledged: false,
            refusal: Some(code),
        }
    }

    #[test]
    fn a_missing_right_is_believed_at_once() {
        let mut doubt = Doubt::default();
        assert_eq!(doubt.settle(Signs::default(), at(0)), None);
        let code = Code::TOPIC_FORBIDDEN;
        assert_eq!(doubt.settle(refused(code), at(1)), Some(code));
    }

    #[test]
    fn a_missing_topic_is_believed_when_it_stays_missing() {
        for code in [Code::UNKNOWN_TOPIC, Code::TOPIC_GONE, Code::PARTITION_GONE] {
            let mut doubt = Doubt::default();
            assert_eq!(doubt.settle(refused(code), at(100)), None);
            assert_eq!(doubt.settle(refused(code), at(109)), None);
            // Nothing new is no sign.
            assert_eq!(doubt.settle(Signs::default(), at(200)), None);
            assert_eq!(doubt.settle(refused(code), at(201)), Some(code));
        }
    }

    #[test]
    fn a_record_that_arrives_shows_that_the_topic_is_there() {
        let code = Code::PARTITION_GONE;
        let mut doubt = Doubt::default();
        assert_eq!(doubt.settle(refused(code), at(100)), None);
        assert_eq!(doubt.settle(ACKNOWLEDGED, at(101)), None);
        assert_eq!(doubt.settle(refused(code), at(115)), None);
        let both = Signs {
            acknowledged: true,
            refusal: Some(code),
        };
        assert_eq!(doubt.settle(both, at(130)), None);
        assert_eq!(doubt.settle(refused(code), at(139)), None);
        assert_eq!(doubt.settle(refused(code), at(140)), Some(code));
    }
}
