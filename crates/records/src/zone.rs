//! What clocks show in a time zone.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use options::{Location, Problem, Problems, suggest};

/// The zone of this name, from the time zone database that is compiled in: the same one on every machine.
pub(crate) fn named(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// That there is no such zone, if there is none.
pub(crate) fn problems(name: Option<&str>, at: &Location, problems: &mut Problems) {
    let Some(name) = name.filter(|name| named(name).is_none()) else {
        return;
    };
    let database = TimeZoneDatabase::bundled();
    let known: Vec<String> = database.available().map(|it| it.to_string()).collect();
    let near = suggest(name, known.iter().map(String::as_str));
    let help = near.map_or_else(
        || "write a name of the IANA time zone database, e.g. `Europe/Berlin`".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    problems.push(Problem::new(at.clone(), format!("there is no time zone `{name}`")).help(help));
}

/// By how much a zone's clocks are ahead of UTC, and from when on.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    /// Seconds since 1970 from which an offset counts, in their order.
    from: Box<[i64]>,
    /// Offsets in seconds: one more than there are changes, the first for all before them.
    offsets: Box<[i32]>,
}

/// Behind this the last offset counts: 2100-01-01.
const LAST: i64 = 4_102_444_800;
/// Before this the first one does: 1970-01-01.
const FIRST: i64 = 0;

impl Zone {
    pub(crate) fn new(zone: &TimeZone) -> Zone {
        let first = Timestamp::from_second(FIRST).unwrap_or(Timestamp::UNIX_EPOCH);
        let (mut from, mut offsets) = (Vec::new(), vec![zone.to_offset(first).seconds()]);
        for change in zone.following(first) {
            let at = change.timestamp().as_second();
            if at > LAST {
                break;
            }
            from.push(at);
            offsets.push(change.offset().seconds());
        }
        Zone {
            from: from.into(),
            offsets: offsets.into(),
        }
    }

    /// The offset at a moment in nanoseconds since 1970, in seconds.
    pub(crate) fn offset(&self, nanos: i64) -> i32 {
        let second = nanos.div_euclid(1_000_000_000);
        self.offsets[self.from.partition_point(|from| *from <= second)]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Offsets are those that jiff has, at any moment.
        #[test]
        fn offsets(second in 0i64..LAST, which in 0usize..6) {
            let names = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC", "Africa/Casablanca"];
            let zone = named(names[which]).unwrap();
            let expected = zone.to_offset(Timestamp::from_second(second).unwrap()).seconds();
            prop_assert_eq!(Zone::new(&zone).offset(second * 1_000_000_000), expected);
        }
    }

    #[test]
    fn a_zone_that_is_none_is_told_with_the_one_that_was_meant() {
        let mut found = Problems::new();
        problems(Some("Europe/Berlni"), &Location::root(), &mut found);
        assert_eq!(
            found[0].help.as_deref(),
            Some("did you mean `Europe/Berlin`?")
        );
    }
}
