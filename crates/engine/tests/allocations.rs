//! Nothing is allocated per record, from pacing to recording.

#[cfg(test)]
mod counted {
    use std::alloc::System;
    use std::sync::Arc;

    use engine::{Control, Plan, RunOptions, StreamPlan, Unobserved};
    use pacing::{Load, Phase, Share, Stop};
    use producers::discard;
    use records::{Context, RecordsOptions, Template};
    use serde_json::{Value, json};
    use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

    #[global_allocator]
    static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

    fn template() -> Arc<Template> {
        let records: RecordsOptions = serde_json::from_value(json!({
            "key": "id", "fields": {"id": "record_id", "firstName": "first_name", "email": "email"}
        }))
        .unwrap();
        let context = Context {
            seed: 7,
            stream: "test".to_owned(),
            start_unix_nanos: 0,
            event_times: Arc::new(records::Steps(1_000_000)),
        };
        Arc::new(Template::compile(&records, &context).unwrap())
    }

    /// How often a whole run allocates.
    fn allocations(template: &Arc<Template>, phase: &Value) -> usize {
        let phases: Vec<Phase> = serde_json::from_value(json!([phase])).unwrap();
        let load = Arc::new(Load::compile(&phases, &Stop::default(), 100.0).unwrap());
        let plan = Plan::new(vec![StreamPlan {
            name: "test".to_owned(),
            destination: Box::new(discard::Options::default()),
            template: Arc::clone(template),
            zero: engine::Zero::of(&load),
            after: None,
            ended: None,
            load,
            share: Share::ALL,
            options: RunOptions::default(),
        }]);
        let region = Region::new(ALLOCATOR);
        let measured = engine::run(plan, &Control::new(), &mut Unobserved).unwrap();
        let seen = region.change();
        assert!(measured.streams[0].counts.acknowledged > 0 && measured.broken.is_empty());
        seen.allocations + seen.reallocations
    }

    /// A run of 300 000 records more allocates no more than a few intervals more do: fewer times than
    /// one in a hundred records.
    #[test]
    fn more_records_do_not_allocate_more() {
        let template = template();
        for (few, many) in [
            (
                json!({"unpaced": {"count": 100_000}}),
                json!({"unpaced": {"count": 400_000}}),
            ),
            (
                json!({"hold": {"rate": "500k/s", "count": 100_000}}),
                json!({"hold": {"rate": "500k/s", "count": 400_000}}),
            ),
        ] {
            let (few, many) = (allocations(&template, &few), allocations(&template, &many));
            assert!(
                many < few + 3000,
                "{few} allocations, and {many} for 300 000 records more"
            );
        }
    }
}
