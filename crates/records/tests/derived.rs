//! Values over other values: what stands in a record is what anybody works out from the rest of it.

#[cfg(test)]
mod naive;

#[cfg(test)]
mod derived {
    use std::sync::Arc;

    use batch::{Batch, BatchId, Nanos};
    use options::Location;
    use proptest::prelude::*;
    use records::{Context, RecordsOptions, Template};
    use serde_json::{Value, json};

    use crate::naive::{ONE, number, read, sum, text};

    /// What the values are made of. The order of fields does not matter: some stand before what they need.
    fn sources() -> Value {
        json!({
            "made": "word",
            "id": "record_id", "n": "ordinal",
            "first": "first_name", "last": "last_name",
            "flag": {"bool": {"probability": 0.3}},
            "level": {"choose": {"gold": 1, "silver \"S\"": 2, "größe\\": 1}},
            "rate": {"choose": [0.19, 0.07, 0]},
            "price": {"decimal": {"min": -9.99, "max": 99.99}},
            "count": {"integer": {"min": -3, "max": 9}},
            "maybe": {"optional": {"of": {"decimal": {"max": 5.0, "digits": 1}}}},
            "phone": {"optional": {"of": "phone", "otherwise": "null"}},
            "o": {"object": {"city": "city", "deep": {"object": {"dice": {"integer": {"min": 1, "max": 6}}}}}},
            "gone": {"optional": {"of": {"object": {"x": {"integer": {"min": 1, "max": 6}}}}}},
            "items": {"array": {"min": 0, "max": 5, "of": {"object": {
                "total": {"compute": "price * quantity"},
                "label": {"template": "{quantity} of {name} for {first}"},
                "price": {"decimal": {"min": 0.01, "max": 99.99}},
                "quantity": {"integer": {"min": 1, "max": 5}},
                "name": "word",
                "gift": {"optional": {"of": {"decimal": {"max": 9.99}}}},
            }}}},
        })
    }

    fn compile(options: Value, seed: u64) -> Template {
        let options: RecordsOptions = serde_json::from_value(options).unwrap();
        let mut problems = Vec::new();
        options.problems(&Location::root(), &mut problems);
        problems.retain(|problem| !problem.is_warning);
        assert_eq!(problems, []);
        let context = Context {
            seed,
            stream: "s".to_owned(),
            start_unix_nanos: 1_700_000_000_000_000_000,
            event_times: Arc::new(records::Steps(1_000_000)),
        };
        Template::compile(&options, &context).unwrap()
    }

    fn bytes(template: &Template, n: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        template.record(n, &mut bytes);
        assert!(bytes.len() <= template.max_len());
        bytes
    }

    fn record(template: &Template, n: u64) -> Value {
        serde_json::from_slice(&bytes(template, n)).unwrap()
    }

    /// Records in which `made` is this.
    fn made(field: Value, seed: u64) -> Template {
        let mut fields = sources();
        fields["made"] = field;
        compile(json!({"fields": fields}), seed)
    }

    /// The text of a field with all its digits.
    fn raw(template: &Template, n: u64, field: &str) -> String {
        String::from_utf8(template.value(n, field).unwrap()).unwrap()
    }

    /// A piece of a template, and what it stands for in a record.
    fn piece() -> impl Strategy<Value = (String, Option<&'static str>, Vec<&'static str>)> {
        let fields = [
            "first", "last", "level", "price", "phone", "o.city", "n", "gone.x", "flag",
        ];
        let modifiers = ["lower", "upper", "digits", "initial"];
        prop_oneof![
            "[a-z{}\"\\\\ü ]{0,5}".prop_map(|text| (text, None, vec![])),
            (
                prop::sample::select(fields.to_vec()),
                prop::collection::vec(prop::sample::select(modifiers.to_vec()), 0..3)
            )
                .prop_map(|(field, modifiers)| (String::new(), Some(field), modifiers)),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

        // What an expression over numbers, texts and truths comes to is what its parts in the record come to.
        #[test]
        fn an_expression_is_what_the_record_says(sum in sum(), seed: u64, first in 0_u64..1 << 30) {
            let written = sum.written();
            let template = made(json!({"compute": {"of": written, "digits": 8}}), seed);
            for n in first..first + 20 {
                let record = record(&template, n);
                prop_assert_eq!(read(&raw(&template, n, "made")), sum.of(&record), "{} in {}", written, record);
            }
        }

        // What a template comes to is its text with the record's values in it.
        #[test]
        fn a_template_is_what_the_record_says(
            pieces in prop::collection::vec(piece(), 0..6), seed: u64, first in 0_u64..1 << 30,
        ) {
            let written: String = pieces.iter().map(|(text, field, modifiers)| match field {
                None => text.replace('{', "{{").replace('}', "}}"),
                Some(field) => {
                    let modifiers: String = modifiers.iter().flat_map(|word| ["|", word]).collect();
                    format!("{{{field}{modifiers}|or:-}}")
                }
            }).collect();
            let template = made(json!({"template": written}), seed);
            for n in first..first + 20 {
                let record = record(&template, n);
                let expected: String = pieces.iter().map(|(literal, field, modifiers)| {
                    let Some(field) = field else { return literal.clone() };
                    let value = text(&record, field);
                    if value.is_empty() {
                        return "-".to_owned();
                    }
                    modifiers.iter().fold(value, |value, word| match *word {
                        "lower" => value.chars().flat_map(char::to_lowercase).collect(),
                        "upper" => value.to_uppercase(),
                        "digits" => value.chars().filter(char::is_ascii_digit).collect(),
                        _ => value.chars().take(1).collect(),
                    })
                }).collect();
                prop_assert_eq!(record["made"].as_str().unwrap(), expected, "{}", written);
            }
        }

        // Prices add up to the total, to the cent; elements know themselves, and the record around them.
        #[test]
        fn items_add_up_to_the_total(seed: u64, first in 0_u64..1 << 30) {
            let template = made(json!({"compute": "sum(items.price * items.quantity)"}), seed);
            let gifts = made(json!({"compute": "sum(items.gift) + size(items)"}), seed);
            for n in first..first + 50 {
                let record = record(&template, n);
                let items = record["items"].as_array().unwrap();
                let mut total = 0;
                for item in items {
                    let price = number(item, "price").unwrap() * i128::from(item["quantity"].as_i64().unwrap());
                    prop_assert_eq!(number(item, "total"), Some(price));
                    total += price;
                    let label = format!("{} of {} for {}", item["quantity"], text(item, "name"), text(&record, "first"));
                    prop_assert_eq!(text(item, "label"), label);
                }
                prop_assert_eq!(number(&record, "made"), Some(total));
                if !items.is_empty() {
                    let bytes = bytes(&template, n);
                    let start = String::from_utf8(bytes[..40].to_vec()).unwrap();
                    prop_assert!(start.split(',').next().unwrap().split_once('.').unwrap().1.len() == 2, "{}", start);
                }
                let record = self::record(&gifts, n);
                let items = record["items"].as_array().unwrap();
                let sum: i128 = items.iter().filter_map(|item| number(item, "gift")).sum();
                prop_assert_eq!(number(&record, "made"), Some(sum + items.len() as i128 * ONE));
            }
        }

        // The same bytes, whichever share of the records is made, in a batch or alone; keys and headers from what is
        // made are its text.
        #[test]
        fn shares_make_the_same_records(seed: u64, first in 0_u64..1 << 30, shares in 1_u64..9) {
            let mut fields = sources();
            fields["made"] = json!({"template": "{first|ascii|lower}.{level}-{cents}"});
            fields["cents"] = json!({"compute": "price * 100"});
            fields["lane"] = json!({"compute": "n % 8"});
            fields["bonus"] = json!({"optional": {"of": {"compute": "price * 0.1"}, "when": "level == 'gold' && price > 0"}});
            let template = Arc::new(compile(json!({
                "key": "made", "fields": fields, "partition": "lane",
                "headers": {"cents": {"field": "cents"}, "who": {"template": "{last|upper}/{made}"}},
            }), seed));
            let mut writer = template.writer();
            for share in 0..shares {
                let mut batch = Batch::with_capacity(BatchId(0), 20, 1 << 16);
                batch.begin(first + share, shares);
                (0..20).for_each(|at| batch.push_due(Nanos(at)));
                writer.fill(&mut batch);
                for index in 0..20 {
                    let n = first + share + shares * index as u64;
                    let alone = bytes(&template, n);
                    prop_assert_eq!(batch.record(index), &alone[..]);
                    let record: Value = serde_json::from_slice(&alone).unwrap();
                    let key = text(&record, "made");
                    prop_assert_eq!(batch.key(index), Some(key.as_bytes()));
                    prop_assert_eq!(template.partition(n), Some((n % 8) as u32));
                    let mut headers = Vec::new();
                    template.headers(n, |name, value| {
                        headers.push((name.to_owned(), String::from_utf8(value.to_vec()).unwrap()));
                    });
                    let who = format!("{}/{}", text(&record, "last").to_uppercase(), text(&record, "made"));
                    let expected = [("cents", raw(&template, n, "cents")), ("who", who)];
                    prop_assert_eq!(headers, expected.map(|(name, value)| (name.to_owned(), value)));
                    let is_gold = record["level"] == "gold" && number(&record, "price") > Some(0);
                    prop_assert_eq!(record.get("bonus").is_some(), is_gold);
                }
            }
        }
    }

    // Functions and texts, each against what the record says.
    #[test]
    fn functions_do_what_their_names_say() {
        let check = |expression: &str, expected: &dyn Fn(&Value) -> Value| {
            let template = made(json!({"compute": expression}), 7);
            for n in 0..200 {
                let record = record(&template, n);
                assert_eq!(record["made"], expected(&record), "{expression}: {record}");
            }
        };
        let price = |record: &Value| record["price"].as_f64().unwrap();
        check("floor(price)", &|it| json!(price(it).floor() as i64));
        check("ceil(price)", &|it| json!(price(it).ceil() as i64));
        check("abs(count)", &|it| {
            json!(it["count"].as_i64().unwrap().abs())
        });
        check("size(first)", &|it| {
            json!(text(it, "first").chars().count())
        });
        check("level.startsWith('g')", &|it| {
            json!(text(it, "level").starts_with('g'))
        });
        check("contains(level, '\"S\"')", &|it| {
            json!(text(it, "level").contains("\"S\""))
        });
        check("first + ' ' + last", &|it| {
            json!(format!("{} {}", text(it, "first"), text(it, "last")))
        });
        check("level + string(count)", &|it| {
            json!(format!("{}{}", text(it, "level"), it["count"]))
        });
        check("level in ['gold', 'none']", &|it| {
            json!(it["level"] == "gold")
        });
        check("phone == null", &|it| json!(it["phone"].is_null()));
        check("flag || price >= 50.0", &|it| {
            json!(it["flag"] == true || price(it) >= 50.0)
        });
        check("maybe + 1", &|it| match number(it, "maybe") {
            None => Value::Null,
            Some(number) => json!((number + ONE) as f64 / ONE as f64),
        });
        // Division by zero is null, and a quotient has six places.
        check("10 / count", &|it| match it["count"].as_i64().unwrap() {
            0 => Value::Null,
            count => {
                let text = format!("{:.6}", 10.0 / count as f64);
                serde_json::from_str(&text).unwrap()
            }
        });
    }

    // Of an entity, a template and an expression are the same wherever it appears, and see the version of its time; the
    // record sees the entity's fields, whichever other entities it has.
    #[test]
    fn entities_have_texts_and_totals_of_their_own() {
        let entities: records::Entities = serde_json::from_value(json!({
            "customers": {"count": 5, "fields": {
                "label": {"template": "{name.first|upper} #{ordinal} {level}"},
                "ordinal": "ordinal",
                "name": {"object": {"first": "first_name", "full": {"template": "{first} {last}"}, "last": "last_name"}},
                "level": {"choose": ["gold", "silver", "none"]},
                "discount": {"compute": "level == 'gold' ? 0.1 : 0.0"},
                "visits": {"array": {"min": 0, "max": 3, "of": {"object": {
                    "by": {"template": "{ordinal}:{level}"}, "price": {"decimal": {"max": 9.99}},
                }}}},
                "total": {"compute": "sum(visits.price)"},
            }, "changes": {"level": {"every": "1s"}}},
            "shops": {"count": 1000, "fields": {"id": "ordinal", "city": "city"}},
        }))
        .unwrap();
        let mut options: RecordsOptions = serde_json::from_value(json!({
            "headers": {"both": {"template": "{shop.city}/{customer.label}"}},
            "fields": {
                "said": {"template": "{customer.name.first} ({customer.level}) at {shop.id}, {shop.city}"},
                "bonus": {"compute": "customer.discount * 100 + shop.id"},
                "shop": {"of": "shops"}, "customer": {"of": "customers"}, "total": {"of": "customers.total"},
            },
        }))
        .unwrap();
        let mut problems = Vec::new();
        records::entity_problems(&entities, &Location::root(), &mut problems);
        options.link(&entities);
        options.problems(&Location::root(), &mut problems);
        assert_eq!(problems, []);
        let context = Context {
            seed: 3,
            stream: "s".to_owned(),
            start_unix_nanos: 1_700_000_000_000_000_000,
            event_times: Arc::new(records::Steps(1_000_000)),
        };
        let template = Template::compile(&options, &context).unwrap();
        let mut levels = std::collections::BTreeSet::new();
        for n in (0..4000).step_by(7) {
            let record = record(&template, n);
            let (customer, shop) = (&record["customer"], &record["shop"]);
            let name = &customer["name"];
            let (first, level) = (text(name, "first"), text(customer, "level"));
            levels.insert((customer["ordinal"].as_u64(), level.clone()));
            assert_eq!(
                text(name, "full"),
                format!("{first} {}", text(name, "last"))
            );
            assert_eq!(
                text(customer, "label"),
                format!("{} #{} {level}", first.to_uppercase(), customer["ordinal"])
            );
            assert_eq!(
                customer["discount"],
                if level == "gold" { 0.1 } else { 0.0 }
            );
            let visits = customer["visits"].as_array().unwrap();
            let total: i128 = visits
                .iter()
                .filter_map(|visit| number(visit, "price"))
                .sum();
            assert_eq!(number(customer, "total"), Some(total));
            assert_eq!(customer["total"], record["total"]);
            for visit in visits {
                assert_eq!(
                    text(visit, "by"),
                    format!("{}:{level}", customer["ordinal"])
                );
            }
            let said = format!(
                "{first} ({level}) at {}, {}",
                shop["id"],
                text(shop, "city")
            );
            assert_eq!(text(&record, "said"), said);
            let bonus = if level == "gold" { 10 } else { 0 } + shop["id"].as_u64().unwrap();
            assert_eq!(record["bonus"].as_f64(), Some(bonus as f64));
            let mut both = String::new();
            template.headers(n, |_, value| {
                both = String::from_utf8(value.to_vec()).unwrap();
            });
            assert_eq!(
                both,
                format!("{}/{}", text(shop, "city"), text(customer, "label"))
            );
        }
        assert!(levels.len() > 5, "{levels:?}");
    }

    // In other formats, too, a made value is what it is in JSON: among texts without quotes, and below objects and
    // optional fields.
    #[test]
    fn other_formats_have_the_same_values() {
        let mut fields = sources();
        fields["made"] = json!({"template": "{level}/{o.city}/{first|upper}"});
        fields["said"] = json!({"compute": "level + ' ' + first"});
        fields["total"] = json!({"compute": "sum(items.price * items.quantity)"});
        fields["o"]["object"]["label"] = json!({"template": "{city}: {level}"});
        fields["bonus"] =
            json!({"optional": {"of": {"compute": "price * 2"}, "when": "level == 'gold'"}});
        let template = compile(
            json!({"fields": fields, "format": {"template": "{made}\u{1}{said}\u{1}{total}\u{1}{o.label}\u{1}{bonus}"}}),
            5,
        );
        for n in 0..300 {
            let mut json = Vec::new();
            template.json(n, &mut json);
            let record: Value = serde_json::from_slice(&json).unwrap();
            let sent = String::from_utf8(bytes(&template, n)).unwrap();
            let parts: Vec<_> = sent.split('\u{1}').collect();
            assert_eq!(parts[0], text(&record, "made"));
            assert_eq!(parts[1], text(&record, "said"));
            assert_eq!(read(parts[2]), number(&record, "total"));
            assert_eq!(parts[3], text(&record, "o.label"));
            assert_eq!(read(parts[4]), number(&record, "bonus"));
        }
    }

    // What is written is stable: people compare it.
    #[test]
    fn the_first_records_look_as_they_do() {
        let template = compile(
            json!({"locale": "de", "fields": {
                "total": {"compute": "sum(items.price * items.quantity)"},
                "tax": {"compute": {"of": "total * 0.19", "digits": 2}},
                "discount": {"compute": "level == 'gold' ? 0.1 : 0.0"},
                "email": {"template": "{first|ascii|lower}.{last|slug}@{domain}"},
                "domain": {"choose": ["example.com", "example.org"]},
                "first": "first_name", "last": "last_name",
                "level": {"choose": {"gold": 1, "none": 1}},
                "greeting": {"template": {"of": "{hello}, {first}! #{:ordinal}", "hello": {"choose": ["Hallo", "Moin"]}}},
                "items": {"array": {"min": 1, "max": 3, "of": {"object": {
                    "price": {"decimal": {"min": 1, "max": 50.0}}, "quantity": {"integer": {"min": 1, "max": 3}},
                }}}},
                "reason": {"optional": {"of": {"constant": "loyal"}, "when": "level == 'gold'"}},
            }}),
            1,
        );
        let records: Vec<_> = (0..3)
            .map(|n| String::from_utf8(bytes(&template, n)).unwrap())
            .collect();
        insta::assert_snapshot!(records.join("\n"));
    }
}
