//! Scenarios that are drafted from schemas: the program takes them at once, and validators that somebody else wrote
//! take a thousand records of each.

#[cfg(test)]
mod schemas {
    use std::path::{Path, PathBuf};

    use draft::{Draft, Purpose, Selection, Shape, Wish};
    use records::{Context, Template};
    use scenario::{Target, parse};
    use serde_json::Value;

    const RECORDS: u64 = 1_000;
    const DEPTH: usize = 6;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas")
    }

    fn read(name: &str) -> String {
        std::fs::read_to_string(folder().join(name)).unwrap()
    }

    fn load(relative: &str) -> Option<String> {
        std::fs::read_to_string(folder().join(relative)).ok()
    }

    fn unset(_: &str) -> Option<String> {
        None
    }

    fn drafted(shape: &Shape) -> Draft {
        let wish = Wish {
            purpose: Purpose::Demo,
            ..Wish::default()
        };
        draft::draft(shape, &wish)
    }

    fn text(drafted: &Draft) -> String {
        drafted.outline.text(&unset).unwrap()
    }

    /// The records of the scenario, which has no mistakes and no warnings.
    fn records(text: &str) -> Vec<Value> {
        let loaded = parse("draft", text, &unset, Target::Real)
            .unwrap_or_else(|wrong| panic!("{wrong}\n{text}"));
        assert_eq!(
            loaded.warnings().warnings(),
            0,
            "{}\n{text}",
            loaded.warnings()
        );
        let records = loaded.document().records.clone().unwrap();
        let context = Context {
            seed: 3,
            stream: "s".to_owned(),
            start_unix_nanos: 1_790_000_000_000_000_000,
            event_times: std::sync::Arc::new(records::Steps(1_000_000)),
        };
        let template = Template::compile(&records, &context).unwrap();
        let record = |n| {
            let mut bytes = Vec::new();
            template.record(n, &mut bytes);
            serde_json::from_slice(&bytes).unwrap()
        };
        (0..RECORDS).map(record).collect()
    }

    struct Parts;

    impl jsonschema::Retrieve for Parts {
        fn retrieve(
            &self,
            uri: &jsonschema::Uri<String>,
        ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
            let path = uri
                .as_str()
                .strip_prefix("json-schema:///")
                .ok_or("elsewhere")?;
            Ok(serde_json::from_str(&load(path).ok_or("not there")?)?)
        }
    }

    #[test]
    fn records_of_a_json_schema_are_valid() {
        for name in [
            "draft4.json",
            "draft6.json",
            "draft7.json",
            "draft2019.json",
            "draft2020.json",
            "things.json",
            "remote.json",
        ] {
            let schema = read(name);
            let shape = draft::schema(&schema, name, &load, DEPTH);
            let shape = shape.unwrap_or_else(|wrong| panic!("{name}: {wrong:#?}"));
            let draft = drafted(&shape);
            let text = text(&draft);
            insta::assert_snapshot!(name.trim_end_matches(".json"), text);
            let schema: Value = serde_json::from_str(&schema).unwrap();
            let options = jsonschema::options()
                .should_validate_formats(true)
                .with_retriever(Parts);
            let validator = options.build(&schema).unwrap();
            for record in records(&text) {
                let wrong: Vec<_> = validator
                    .iter_errors(&record)
                    .map(|it| format!("{}: {it}", it.instance_path()))
                    .collect();
                assert!(wrong.is_empty(), "{name}: {wrong:#?}\n{record:#}");
            }
        }
    }

    #[test]
    fn records_of_an_avro_schema_are_valid() {
        use apache_avro::types::Value as Avro;

        for name in ["order.avsc", "list.avsc"] {
            let schema = read(name);
            let shape = draft::schema(&schema, name, &load, DEPTH);
            let shape = shape.unwrap_or_else(|wrong| panic!("{name}: {wrong:#?}"));
            let text = text(&drafted(&shape));
            insta::assert_snapshot!(name.trim_end_matches(".avsc"), text);
            let parsed: Value = serde_json::from_str(&schema).unwrap();
            let (schema, others) = match &parsed {
                Value::Array(all) => {
                    let all: Vec<_> = all.iter().map(Value::to_string).collect();
                    let all: Vec<&str> = all.iter().map(String::as_str).collect();
                    let mut all = apache_avro::Schema::parse_list(all).unwrap();
                    (all.pop().unwrap(), all)
                }
                one => (apache_avro::Schema::parse(one).unwrap(), Vec::new()),
            };
            let known: Vec<_> = others.iter().collect();
            for record in records(&text) {
                let value = Avro::try_from(record.clone()).unwrap();
                let all = [&known[..], &[&schema]].concat();
                let resolved = value.resolve_schemata(&schema, all.clone());
                let resolved =
                    resolved.unwrap_or_else(|wrong| panic!("{name}: {wrong}\n{record:#}"));
                assert!(resolved.validate_schemata(&all), "{name}: {record:#}");
            }
        }
    }

    #[test]
    fn a_schema_of_the_platform_leaves_out_what_the_platform_computes() {
        let schema = read("xdm/member.json");
        let identity = draft::Descriptor {
            property: "/personalEmail/address".to_owned(),
            namespace: "Email".to_owned(),
            primary: true,
        };
        let mut shape = draft::xdm(&schema, "member.json", &[identity], &[], &load, DEPTH).unwrap();
        let selection = Selection {
            except: vec!["_acme.loyalty.history".to_owned()],
            ..Selection::default()
        };
        selection.apply(&mut shape).unwrap();
        let wish = Wish {
            purpose: Purpose::Smoke,
            landing: draft::schema_id(&schema).map(draft::Landing::Schema),
            ..Wish::default()
        };
        let draft = draft::draft(&shape, &wish);
        let text = text(&draft);
        insta::assert_snapshot!("member", text);
        for left_out in [
            "_repo",
            "createdByBatchID",
            "segmentMembership",
            "identityMap",
            "nickName",
            "history",
        ] {
            assert!(!text.contains(&format!("{left_out}:")), "{left_out}");
        }
        let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
        let variables = |name: &str| name.starts_with("AEP_").then(|| "x@AdobeOrg".to_owned());
        let loaded = parse("draft", &text, &variables, Target::Sandbox);
        let loaded = loaded.unwrap_or_else(|wrong| panic!("{wrong}\n{text}"));
        let resolved = loaded
            .resolve(&scenario::Overrides::default(), None)
            .unwrap();
        for n in 0..RECORDS {
            let mut bytes = Vec::new();
            resolved.streams[0].template.record(n, &mut bytes);
            let record: Value = serde_json::from_slice(&bytes).unwrap();
            assert!(validator.is_valid(&record), "{record:#}");
        }
    }

    #[test]
    fn a_flow_reads_whatever_stream_the_address_names() {
        let shape = draft::xdm(&read("xdm/member.json"), "m", &[], &[], &load, DEPTH).unwrap();
        for address in [
            None,
            Some("eventhubs://my-namespace/people"),
            Some("kinesis://eu-west-1/people"),
            Some("pubsub://my-project/people?create=true"),
        ] {
            let wish = Wish {
                address: address.map(str::to_owned),
                landing: Some(draft::Landing::DataSet(
                    "0123456789abcdef01234567".to_owned(),
                )),
                ..Wish::default()
            };
            let text = text(&draft::draft(&shape, &wish));
            if let Err(wrong) = parse("draft", &text, &unset, Target::Sandbox) {
                panic!("{wrong}\n{text}");
            }
            let is_pubsub = address.is_some_and(|it| it.starts_with("pubsub:"));
            assert_eq!(
                text.contains("subscription: people-hydrant"),
                is_pubsub,
                "{text}"
            );
            // Without an identity of its own the schema says who somebody is by a map, which only a function makes.
            assert!(
                text.contains("\"object_to_map(identityMap)\": identityMap"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_schema_of_which_nothing_is_left_is_refused() {
        let schema = r#"{"type": "object", "properties": {"_repo": {"type": "object", "properties": {"a": {"type": "string"}}}}}"#;
        let wrong = draft::xdm(schema, "m", &[], &[], &load, DEPTH).unwrap_err();
        assert!(
            wrong[0].help.as_deref().unwrap().contains("--only"),
            "{wrong:?}"
        );
        let wanted = ["_repo".to_owned()];
        assert!(draft::xdm(schema, "m", &[], &wanted, &load, DEPTH).is_ok());
    }

    /// The same schema gives the same scenario, always.
    #[test]
    fn a_draft_is_the_same_every_time() {
        let schema = read("draft7.json");
        let shape = || draft::schema(&schema, "draft7.json", &load, DEPTH).unwrap();
        assert_eq!(text(&drafted(&shape())), text(&drafted(&shape())));
    }

    #[test]
    fn all_mistakes_of_a_schema_come_at_once_with_their_places() {
        let wrong = |schema: &str| {
            let problems = draft::schema(schema, "it", &|_| None, DEPTH).unwrap_err();
            let lines = problems.iter().map(|it| {
                let help = it.help.as_deref().unwrap_or_default();
                format!("{}: {} ({help})", it.at, it.message)
            });
            lines.collect::<Vec<_>>().join("\n")
        };
        insta::assert_snapshot!(wrong(
            r##"{"type": "object", "definitions": {"address": {}}, "properties": {
                "a": {"$ref": "#/definitions/adress"},
                "b": {"type": "strng"},
                "c": {"type": "string", "minLength": 5, "maxLength": 2},
                "d": {"enum": []},
                "e": {"type": "integer", "minimum": 9, "maximum": 1},
                "f": "string",
                "g": {"type": "array", "minItems": -1}
            }}"##
        ));
        insta::assert_snapshot!(wrong(
            r#"{"type": "record", "name": "9", "fields": [
                {"name": "a", "type": "strin"}, {"name": "b c", "type": "int"},
                {"name": "d", "type": {"type": "array"}}, {"name": "e", "type": {"type": "enum", "name": "E"}},
                {"name": "f", "type": []}, {"name": "g", "type": {"type": "fixed", "name": "F"}}
            ]}"#
        ));
        insta::assert_snapshot!(wrong("{"));
        insta::assert_snapshot!(wrong(r#"{"type": "string"}"#));
    }
}
