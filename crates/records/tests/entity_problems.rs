//! Mistakes in entities and journeys: all at once, each at its place.

#[cfg(test)]
mod shop;

#[cfg(test)]
mod entity_problems {
    use crate::shop::{records, shop};
    use options::Location;
    use records::Entities;
    use serde_json::{Value, json};

    fn mistakes(entities: &Value, written: &Value) -> Vec<String> {
        let options = records(entities, written);
        let mut problems = Vec::new();
        let known: Entities = serde_json::from_value(entities.clone()).unwrap();
        records::entity_problems(&known, &Location::root().join("entities"), &mut problems);
        options.problems(&Location::root().join("records"), &mut problems);
        let shown = |problem: &options::Problem| {
            let help = problem.help.clone().unwrap_or_default();
            format!("{}: {}\n    {help}", problem.at, problem.message)
        };
        problems.iter().map(shown).collect()
    }

    #[test]
    fn mistakes_in_entities_come_all_at_once() {
        let entities = json!({
            "empty": {"count": 0, "fields": {}},
            "session": {"count": 1, "fields": {"id": "uuid"}},
            "customers": {"count": 5, "pick": {"sent_by": "orders"}, "fields": {
                "id": "record_id", "at": "event_time", "in": {"object": {"step": "session_step"}},
                "age": {"integer": {"min": 9, "max": 1}}, "company": {"of": "companies"}},
                "changes": {"ages": {"every": "1d"}, "age": {"every": "0s"}}},
            "companies": {"count": 5, "pick": {"zipf": -1, "each": "once"},
                "fields": {"boss": {"of": "customers.id"}, "name": "company"}},
        });
        let records = json!({
            "pick": {"friend": {"before": "1s"}, "nobody": "uniform", "companies": {"recent": {"new": "0%"}}},
            "fields": {"a": {"of": "costumers.id"}, "b": {"of": "customers.idd"}, "c": {"of": "zebras"},
                "d": {"of": {"field": "customers.id", "as": "friend"}}, "e": {"of": "companies"},
                "f": "journey_state", "g": {"of": "session.channel"}},
        });
        insta::assert_snapshot!(mistakes(&entities, &records).join("\n"));
    }

    #[test]
    fn mistakes_in_journeys_come_all_at_once() {
        let journeys = json!({"journeys": {"of": "customer", "start": "veiw", "at_once": 0,
            "session": {"id": "record_id"},
            "states": {"view": {"next": {"card": 0.5, "end": 0.4}, "fields": {"id": "uuid"}},
                "cart": {"next": {"cart": 1.5}}, "end": {}, "pay": {"think": "5s"}}},
            "fields": {"id": "record_id"}});
        let ways = json!({"journeys": {"start": "view", "states": {
                "view": {"next": {"loop": 0.5, "end": 0.5}, "think": {"uniform": {"min": "9s", "max": "1s"}}},
                "loop": {"next": {"trap": 1}}, "trap": {"next": {"loop": 1}}, "lost": {}}},
            "fields": {"id": "record_id"}});
        let each = json!({"journeys": {"of": "customers", "start": "view", "states": {"view": {}}},
            "pick": {"customers": {"each": "once"}}, "fields": {"id": "record_id"}});
        let lists = json!({"pick": {"companies": {"each": "cycle"}}, "fields": {"employer": {"of": "companies.name"},
            "all": {"array": {"length": 3, "of": {"object": {"name": {"of": "companies.name"}}}}}}});
        let found =
            [journeys, ways, each, lists].map(|written| mistakes(&shop(), &written).join("\n"));
        insta::assert_snapshot!(found.join("\n\n"));
    }

    #[test]
    fn once_each_needs_as_many_as_records() {
        let mut entities = shop();
        entities["companies"]["pick"] = json!({"each": "once"});
        let options = records(
            &entities,
            &json!({"pick": {"customers": {"each": "once"}},
            "fields": {"id": {"of": "customers.id"}, "company": {"of": "companies.name"}}}),
        );
        let problems = |records| {
            let mut problems = Vec::new();
            options.enough_for(records, &Location::root(), &mut problems);
            problems
                .iter()
                .map(|problem| problem.at.to_string())
                .collect::<Vec<_>>()
        };
        assert!(problems(Some(500)).is_empty());
        assert_eq!(problems(Some(501)), ["entities.companies.pick.each"]);
        assert_eq!(
            problems(None),
            [
                "entities.companies.pick.each",
                "records.pick.customers.each"
            ]
        );
    }
}
