//! What a load asks of a namespace's throughput units.

use crate::{Demand, Finding};

/// What one throughput unit takes a second, in bytes and in events; a processing unit of the Premium tier takes
/// five to ten times as much.
/// <https://learn.microsoft.com/azure/event-hubs/event-hubs-scalability#throughput-units>
const UNIT_BYTES: f64 = 1_000_000.0;
const UNIT_EVENTS: f64 = 1_000.0;
/// As many units as a namespace of the Standard tier can have.
/// <https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas>
const UNITS_MAX: f64 = 40.0;

/// How many units the load needs. How many there are can't be asked with what opens the Kafka endpoint.
pub(super) fn needed(demand: Demand) -> Finding {
    let by_events = demand.records_per_second / UNIT_EVENTS;
    let by_bytes = demand.bytes_per_second / UNIT_BYTES;
    let units = by_events.max(by_bytes).ceil().max(1.0);
    let s = if units > 1.0 { "s" } else { "" };
    let found = format!(
        "the load needs {units} throughput unit{s} (1 MB/s or 1,000 events/s each); how many there are can't be \
         asked here"
    );
    let finding = Finding::good("quota", found);
    if units > UNITS_MAX {
        finding.warn(format!(
            "the Standard tier has {UNITS_MAX} at most: what is beyond that is throttled; take Premium or Dedicated, \
             or lower the rate"
        ))
    } else {
        finding
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_larger_of_both_counts() {
        let needed = |records_per_second: f64, bytes_per_second: f64| {
            let demand = Demand {
                records_per_second,
                bytes_per_second,
                largest_record: 100,
            };
            needed(demand)
        };
        assert!(
            needed(10.0, 10.0)
                .found
                .contains("needs 1 throughput unit (")
        );
        assert!(
            needed(2_500.0, 10.0)
                .found
                .contains("needs 3 throughput units")
        );
        let many = needed(1_000.0, 41_000_000.0);
        assert!(
            many.found.contains("needs 41") && many.warning.is_some(),
            "{many:?}"
        );
    }
}
