//! When records were due, for whoever looks for them further on.

use std::time::Duration;

use batch::Nanos;
use pacing::Load;

/// When record `n` was due on the run's clock, if how long it took from there on is to be measured: `None` of
/// records without a due time, of a past, and of the warm-up. `zero` is where due times count from.
pub(crate) fn measured_due(
    load: &Load,
    warm_up: Duration,
    n: u64,
    zero: Option<Nanos>,
) -> Option<Nanos> {
    let due = load.measured_due(n)?;
    let is_measured = due >= load.seam() + warm_up;
    let zero = zero.filter(|_| is_measured)?;
    Some(due + zero.duration_since(Nanos::ZERO))
}

#[cfg(test)]
mod tests {
    use options::Location;
    use pacing::{Backfill, Phase, Stop};

    use super::*;

    #[test]
    fn neither_a_past_nor_the_warm_up_is_timed_and_the_load_counts_from_its_zero() {
        let phases: Vec<Phase> =
            serde_json::from_str(r#"[{"hold": {"rate": "1/s", "for": "10s"}}]"#).unwrap();
        let load = Load::compile(&phases, &Stop::default(), 100.0).unwrap();
        let behind = |publish: &str| {
            let past = format!(r#"{{"from": "1h", "rate": "1/m", "publish": "{publish}"}}"#);
            let past: Backfill = serde_json::from_str(&past).unwrap();
            let load = load.clone().with_past(&past, 100.0, &Location::root());
            load.unwrap()
        };
        let seconds = |load: &Load, n, zero| {
            let due = measured_due(load, Duration::from_secs(2), n, zero);
            due.map(|due| due.0 / 1_000_000_000)
        };
        // Sixty records of the past, at one a second; two of the warm-up.
        let paced = behind("1/s");
        let zero = Some(Nanos::ZERO);
        assert_eq!([0, 59, 61].map(|n| seconds(&paced, n, zero)), [None; 3]);
        assert_eq!(seconds(&paced, 62, zero), Some(62));
        let unpaced = behind("unpaced");
        let zero = Some(Nanos::from_secs(7));
        assert_eq!([0, 59, 61].map(|n| seconds(&unpaced, n, zero)), [None; 3]);
        assert_eq!(seconds(&unpaced, 62, zero), Some(9));
        assert_eq!(seconds(&unpaced, 62, None), None);
        assert_eq!(seconds(&load, 2, Some(Nanos::ZERO)), Some(2));
    }
}
