//! When the events of a load's records happen.

use std::sync::Arc;

use batch::Nanos;
use pacing::{Load, Schedule as _};
use records::{EventTimes, Steps};

use crate::check::STEP_NANOS;

/// The event times of a load: a record's event happens when the record is due; of a past's record, when its load says.
/// Where all are due at once, they are a fixed step apart.
pub(crate) fn event_times(load: &Arc<Load>) -> Arc<dyn EventTimes> {
    if load.is_paced() {
        let ends = load.happened_until(STEP_NANOS);
        Arc::new(DueTimes {
            load: Arc::clone(load),
            step: Steps(step_nanos(load)),
            begins: load.happens(0).unwrap_or(0),
            ends: ends.map_or(0, |end| end.0.cast_signed()),
        })
    } else {
        Arc::new(StepsFrom(load.happens(0).unwrap_or(0)))
    }
}

/// Events a fixed step apart, from a moment on.
#[derive(Debug)]
struct StepsFrom(i64);

impl EventTimes for StepsFrom {
    fn fill(&self, first: u64, stride: u64, out: &mut [i64]) {
        Steps(STEP_NANOS).fill(first, stride, out);
        for time in out {
            *time = time.saturating_add(self.0);
        }
    }

    fn mean_step(&self) -> u64 {
        STEP_NANOS
    }
}

/// Events that happen when their records are due, or were, in a past.
#[derive(Debug)]
struct DueTimes {
    load: Arc<Load>,
    step: Steps,
    /// When the event of record 0 happens.
    begins: i64,
    ends: i64,
}

impl EventTimes for DueTimes {
    fn fill(&self, first: u64, stride: u64, out: &mut [i64]) {
        let mut n = first;
        let mut times = out.iter_mut();
        // Before record 0.
        while n > u64::MAX / 2
            && let Some(time) = times.next()
        {
            *time = self.begins.saturating_add(self.step.at(n));
            n = n.wrapping_add(stride);
        }
        let times = times.into_slice();
        // A batch at a time, not a record.
        let mut happens = Vec::with_capacity(times.len());
        self.load.fill_happens(n, stride, times.len(), &mut happens);
        let (known, beyond) = times.split_at_mut(happens.len());
        known.copy_from_slice(&happens);
        // What is made beyond the load's end, for a look at it, happens at its end.
        beyond.fill(self.ends);
    }

    fn mean_step(&self) -> u64 {
        self.step.mean_step()
    }

    fn are_due_times(&self) -> bool {
        self.load.past().is_none() && !self.load.starts_later()
    }
}

/// Nanoseconds between the event times of two neighbours, on average over the whole load, or over its past if it has
/// one: most of its records are there. One that goes on until it is
/// stopped has a mean, too: that of the centuries that it is laid out for.
pub(crate) fn step_nanos(load: &Load) -> u64 {
    if let Some(past) = load.past() {
        return step_nanos(past.happened());
    }
    let rate = load.mean_rate(Nanos::ZERO, Nanos::MAX);
    let nanos = rate
        .filter(|rate| *rate > 0.0)
        .map_or(STEP_NANOS, |rate| (1e9 / rate).round() as u64);
    nanos.max(1)
}

#[cfg(test)]
mod tests {
    use pacing::{Phase, Stop};

    use super::*;

    /// A load without an end has the mean of what repeats, wherever in it the end of time is.
    #[test]
    fn the_mean_step_is_that_of_the_whole_load() {
        for (phases, step) in [
            (r#"{"hold": {"rate": "1k/s"}}"#, 1_000_000),
            (r#"{"hold": {"rate": "1k/s", "for": "1m"}}"#, 1_000_000),
            (
                r#"{"repeat": {"load": [{"hold": {"rate": "20/s", "for": "500ms"}}, {"pause": "500ms"}]}}"#,
                100_000_000,
            ),
            (
                r#"{"repeat": {"load": [{"pause": "500ms"}, {"hold": {"rate": "20/s", "for": "500ms"}}]}}"#,
                100_000_000,
            ),
            (
                r#"{"wave": {"mean": "10/s", "amplitude": "10/s", "period": "1s"}}"#,
                100_000_000,
            ),
            (r#"{"unpaced": {"count": 10}}"#, STEP_NANOS),
        ] {
            let phases: Vec<Phase> = serde_json::from_str(&format!("[{phases}]")).unwrap();
            let load = Load::compile(&phases, &Stop::default(), 100.0).unwrap();
            assert_eq!(step_nanos(&load), step, "{phases:?}");
        }
    }

    #[test]
    fn very_many_journeys_that_nobody_asked_for_are_told() {
        let found = |rate: &str, at_once: &str| {
            let text = format!(
                "version: 1
name: shop
destination: {{discard: {{}}}}
records:
  journeys: {{start: a, {at_once}states: {{a: {{next: {{a: 0.5, end: 0.5}}, think: 1h}}}}}}
  fields: {{id: record_id}}
load: [{{hold: {{rate: {rate}, for: 1m}}}}]
"
            );
            let loaded = crate::parse("shop.yaml", &text, &|_| None, crate::Target::Real);
            loaded.unwrap().warnings().to_string()
        };
        assert_eq!(found("100/s", ""), "");
        let many = found("1k/s", "");
        assert!(
            many.contains("journeys under way: every lane remembers"),
            "{many}"
        );
        let most = found("10k/s", "");
        assert!(most.contains("there can be 10M"), "{most}");
        assert!(most.contains("shop.yaml:5"), "{most}");
        assert_eq!(found("10k/s", "at_once: 10M, "), "");
    }

    #[test]
    fn an_uneven_load_has_uneven_event_times() {
        let compile = |phases: &str| {
            let phases: Vec<Phase> = serde_json::from_str(phases).unwrap();
            Arc::new(Load::compile(&phases, &Stop::default(), 100.0).unwrap())
        };
        let load = compile(r#"[{"ramp": {"from": "0/s", "to": "100/s", "over": "10s"}}]"#);
        let times = event_times(&load);
        let mut some = [0; 4];
        times.fill(7, 100, &mut some);
        for (index, time) in some.into_iter().enumerate() {
            let n = 7 + 100 * index as u64;
            assert_eq!(time, load.due(n).unwrap().0 as i64);
            assert_eq!(time, times.at(n));
        }
        assert!(some[1] - some[0] > some[3] - some[2]);
        // What began before record 0 did so before the start.
        assert!(times.at(u64::MAX) < 0);
        // Beyond the end there is nothing to come.
        assert_eq!(times.at(1 << 40), load.end().unwrap().0 as i64);
        assert!(times.are_due_times());

        let all_at_once = event_times(&compile(r#"[{"unpaced": {"count": 10}}]"#));
        assert_eq!(all_at_once.at(9), 9 * STEP_NANOS as i64);
    }
}
