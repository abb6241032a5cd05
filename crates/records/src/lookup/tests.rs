use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use options::{Location, Problems};
use serde_json::{Value, json};

use crate::{
    Context, DataFiles, Entities, RecordsOptions, Steps, Template, read_data, read_entity_data,
    rename_data,
};

const PRODUCTS: &str = "sku,name,price,stock,popularity\n\
    A-1,\"Lamp, \"\"Nordic\"\"\",49.90,7,60\n\
    B-2,Schuhbürste,3.50,,30\n\
    C-3,Tisch,310.00,1,10\n\
    D-4,nie,1.00,2,0\n";

/// Records and entities with their files read, or what is wrong.
fn read(records: &Value, entities: &Value, csv: &str) -> Result<RecordsOptions, Vec<String>> {
    let mut records: RecordsOptions = serde_json::from_value(records.clone()).unwrap();
    let mut entities: Entities = serde_json::from_value(entities.clone()).unwrap();
    let mut problems = Problems::new();
    let mut fetch = |path: &Path| match path.to_str() {
        Some("data/products.csv" | "kept.csv") => Ok(csv.as_bytes().to_vec()),
        _ => Err(std::io::ErrorKind::NotFound.into()),
    };
    let mut files = DataFiles::new(&mut fetch);
    let at = Location::root();
    read_entity_data(
        &mut entities,
        &at.join("entities"),
        &mut files,
        &mut problems,
    );
    read_data(&mut records, &at, &mut files, &mut problems);
    records.link(&entities);
    if problems.is_empty() {
        crate::entity_problems(&entities, &at.join("entities"), &mut problems);
        records.problems(&at, &mut problems);
    }
    if problems.is_empty() {
        return Ok(records);
    }
    let told = problems
        .iter()
        .map(|it| format!("{}: {}", it.at, it.message));
    Err(told.collect())
}

fn template(records: &RecordsOptions) -> Template {
    let context = Context {
        seed: 7,
        stream: "orders".to_owned(),
        start_unix_nanos: 0,
        event_times: Arc::new(Steps(1_000_000)),
    };
    Template::compile(records, &context).unwrap()
}

fn records(options: &RecordsOptions, count: u64) -> Vec<Value> {
    let template = template(options);
    let record = |n| {
        let mut bytes = Vec::new();
        template.record(n, &mut bytes);
        serde_json::from_slice(&bytes).unwrap_or_else(|wrong| panic!("{wrong}: {bytes:?}"))
    };
    (0..count).map(record).collect()
}

fn made(fields: &Value, count: u64) -> Vec<Value> {
    let options = read(&json!({"fields": fields}), &json!({}), PRODUCTS);
    records(&options.unwrap(), count)
}

fn lookup(column: &str) -> Value {
    json!({"lookup": {"file": "data/products.csv", "column": column}})
}

fn with(column: &str, key: &str, value: Value) -> Value {
    let mut lookup = lookup(column);
    lookup["lookup"][key] = value;
    lookup
}

/// The name and the price of a product.
fn facts(sku: &Value) -> (Value, Value) {
    match sku.as_str().unwrap() {
        "A-1" => (json!("Lamp, \"Nordic\""), json!(49.90)),
        "B-2" => (json!("Schuhbürste"), json!(3.50)),
        "C-3" => (json!("Tisch"), json!(310.00)),
        _ => (json!("nie"), json!(1.00)),
    }
}

/// Fields of one record are of one row, and so are those of an element; rows with other names are others.
#[test]
fn fields_of_one_record_are_of_one_row() {
    let item =
        json!({"object": {"sku": lookup("sku"), "price": lookup("price"), "name": lookup("name")}});
    let made = made(
        &json!({
            "price": lookup("price"),
            "of": {"object": {"sku": with("sku", "weight", json!("popularity")), "name": lookup("name")}},
            "label": {"template": "{of.name}: {price}"},
            "twice": {"compute": {"of": "price * 2", "digits": 2}},
            "gift": with("sku", "row", json!("gift")),
            "giftName": with("name", "row", json!("gift")),
            "items": {"array": {"of": item, "length": 3}},
        }),
        500,
    );
    let (mut is_other, mut is_other_element) = (false, false);
    for record in made {
        let (name, price) = facts(&record["of"]["sku"]);
        assert_eq!((&record["of"]["name"], &record["price"]), (&name, &price));
        let label = record["label"].as_str().unwrap();
        assert!(label.starts_with(name.as_str().unwrap()), "{label}");
        let twice = record["twice"].as_f64().unwrap();
        assert!((twice - 2.0 * price.as_f64().unwrap()).abs() < 1e-9);
        assert_eq!(record["giftName"], facts(&record["gift"]).0);
        is_other |= record["gift"] != record["of"]["sku"];
        for item in record["items"].as_array().unwrap() {
            assert_eq!(
                (item["name"].clone(), item["price"].clone()),
                facts(&item["sku"])
            );
            is_other_element |= item["sku"] != record["of"]["sku"];
        }
    }
    assert!(is_other && is_other_element);
}

/// Rows come as often as their weights say, or by Zipf's law, or in turn. Chi-square with two degrees of freedom, level
/// 0.001.
#[test]
fn rows_are_chosen_as_it_says() {
    let counts = |sku: Value| {
        let mut counts = BTreeMap::new();
        for record in made(&json!({"sku": sku}), 10_000) {
            *counts
                .entry(record["sku"].as_str().unwrap().to_owned())
                .or_insert(0.0) += 1.0;
        }
        counts
    };
    let near = |counts: &BTreeMap<String, f64>, expected: &[(&str, f64)]| {
        let sum: f64 = expected
            .iter()
            .map(|(sku, expected)| {
                let found = counts.get(*sku).copied().unwrap_or(0.0);
                (found - expected).powi(2) / expected
            })
            .sum();
        assert!(sum < 13.82, "{counts:?} {expected:?}");
        assert_eq!(counts.len(), expected.len());
    };
    near(
        &counts(with("sku", "weight", json!("popularity"))),
        &[("A-1", 6000.0), ("B-2", 3000.0), ("C-3", 1000.0)],
    );
    let (h, all) = (1.0 + 0.5 + 1.0 / 3.0 + 0.25, 10_000.0);
    near(
        &counts(with("sku", "pick", json!({"zipf": 1.0}))),
        &[
            ("A-1", all / h),
            ("B-2", all / h / 2.0),
            ("C-3", all / h / 3.0),
            ("D-4", all / h / 4.0),
        ],
    );
    let turn = made(
        &json!({"sku": with("sku", "pick", json!({"each": "cycle"}))}),
        6,
    );
    let turn: Vec<_> = turn.iter().map(|it| it["sku"].as_str().unwrap()).collect();
    assert_eq!(turn, ["A-1", "B-2", "C-3", "D-4", "A-1", "B-2"]);
}

#[test]
fn a_row_is_found_by_another_fields_value() {
    let made = made(
        &json!({
            "price": with("price", "where", json!({"sku": "sku"})),
            "stock": lookup("stock"),
            "name": lookup("name"),
            "sku": {"choose": ["A-1", "B-2", "X-9"]},
            "items": {"array": {"length": 2, "of": {"object": {
                "sku": {"choose": ["C-3", "A-1"]},
                "name": with("name", "row", json!("item")),
                "price": {"lookup": {"file": "data/products.csv", "column": "price", "row": "item", "where": {"sku": "sku"}}},
            }}}},
            "total": {"compute": "sum(items.price)"},
        }),
        200,
    );
    for record in made {
        let of = |key: &str| record[key].clone();
        match record["sku"].as_str().unwrap() {
            "A-1" => assert_eq!(
                (of("price"), of("stock"), of("name")),
                (json!(49.90), json!(7), json!("Lamp, \"Nordic\""))
            ),
            "B-2" => assert_eq!(
                (of("price"), of("stock"), of("name")),
                (json!(3.50), Value::Null, json!("Schuhbürste"))
            ),
            _ => assert_eq!(
                (of("price"), of("stock"), of("name")),
                (Value::Null, Value::Null, Value::Null)
            ),
        }
        let mut total = 0.0;
        for item in record["items"].as_array().unwrap() {
            let (name, price) = facts(&item["sku"]);
            assert_eq!((&item["name"], &item["price"]), (&name, &price));
            total += price.as_f64().unwrap();
        }
        assert!((total - record["total"].as_f64().unwrap()).abs() < 1e-9);
    }
}

#[test]
fn an_entity_has_one_row_for_ever() {
    let entities = json!({"products": {"count": 4, "fields": {
        "sku": with("sku", "pick", json!({"each": "once"})), "name": lookup("name"), "price": lookup("price"),
    }}});
    let fields = json!({"sku": {"of": "products.sku"}, "name": {"of": "products.name"}, "all": {"of": "products"}});
    let options = read(&json!({"fields": fields}), &entities, PRODUCTS).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for record in records(&options, 100) {
        let (name, price) = facts(&record["sku"]);
        assert_eq!(record["name"], name);
        assert_eq!(record["all"]["price"], price);
        seen.insert(record["sku"].to_string());
    }
    assert_eq!(seen.len(), 4);
}

/// A file that is kept under another name gives the same records.
#[test]
fn records_do_not_depend_on_what_a_file_is_called() {
    let fields = json!({"sku": lookup("sku"), "price": {"integer": {"max": 400, "distribution":
        {"histogram": {"file": "data/products.csv", "column": "price", "counts": "popularity"}}}}});
    let mut options = read(&json!({"fields": fields}), &json!({}), PRODUCTS).unwrap();
    let before = records(&options, 50);
    rename_data(&mut options, &|_| Some("kept.csv".into()));
    let written = serde_json::to_value(&options).unwrap();
    let again = read(&written, &json!({}), PRODUCTS).unwrap();
    assert_eq!(records(&again, 50), before);
}

/// Chi-square with two degrees of freedom, level 0.001.
#[test]
fn a_histogram_is_that_of_a_column() {
    let histogram = json!({"file": "data/products.csv", "column": "price", "counts": "popularity"});
    let decimal = json!({"decimal": {"max": 1000, "distribution": {"histogram": histogram}}});
    let (mut counts, mut low) = (BTreeMap::new(), true);
    for record in made(
        &json!({"price": decimal, "low": {"decimal": {"max": 50, "distribution": {"histogram": histogram}}}}),
        10_000,
    ) {
        *counts.entry(record["price"].to_string()).or_insert(0.0) += 1.0;
        low &= record["low"].as_f64().unwrap() < 50.0;
    }
    let expected = [("49.9", 6000.0), ("3.5", 3000.0), ("310.0", 1000.0)];
    let sum: f64 = expected
        .iter()
        .map(|(price, expected)| {
            let found: f64 = counts.get(*price).copied().unwrap_or(0.0);
            (found - expected).powi(2) / expected
        })
        .sum();
    assert!(sum < 13.82 && counts.len() == 3, "{counts:?}");
    assert!(low);
}

#[test]
fn mistakes_are_told_where_they_are() {
    let refused = |fields: Value, csv: &str| {
        let told = read(&json!({"fields": fields}), &json!({}), csv).unwrap_err();
        told.join("\n")
    };
    let no_file = json!({"lookup": {"file": "prices.csv", "column": "x"}});
    insta::assert_snapshot!(refused(
        json!({"a": no_file, "b": no_file, "c": lookup("prise")}),
        PRODUCTS
    ));
    insta::assert_snapshot!(refused(
        json!({
            "a": with("sku", "weight", json!("popularity")),
            "b": with("name", "pick", json!({"zipf": 1.0})),
            "c": with("name", "as", json!("number")),
            "d": {"optional": {"of": {"lookup": {"file": "data/products.csv", "column": "sku", "row": "d", "weight": "name"}}}},
        }),
        PRODUCTS
    ));
    insta::assert_snapshot!(refused(
        json!({
            "sku": with("sku", "where", json!({"sku": "item"})),
            "item": {"template": "{sku}"},
            "list": {"array": {"length": 2, "of": with("name", "pick", json!({"each": "cycle"}))}},
        }),
        PRODUCTS
    ));
    insta::assert_snapshot!(refused(
        json!({"a": {"lookup": {"file": "data/products.csv", "column": "sku",
            "weight": "popularity", "where": {"sku": "b", "name": "b"}}}, "b": "word",
            "c": {"lookup": {"file": "data/products.csv", "column": "sku", "row": "c", "pick": {"zipf": 0}}},
            "d": {"lookup": {"file": "data/products.csv", "column": "sku", "row": "d", "where": {"sku": "e"}}},
            "f": {"integer": {"min": 400, "max": 500, "distribution": {"histogram": {"file": "data/products.csv", "column": "price"}}}}
        }),
        PRODUCTS
    ));
    insta::assert_snapshot!(refused(json!({"a": lookup("sku")}), "sku\n"));
    let mut problems = Problems::new();
    let fields = json!({"a": with("sku", "pick", json!({"each": "once"}))});
    let options = read(&json!({"fields": fields}), &json!({}), PRODUCTS).unwrap();
    options.enough_for(Some(4), &Location::root(), &mut problems);
    assert!(problems.is_empty());
    options.enough_for(Some(5), &Location::root(), &mut problems);
    insta::assert_snapshot!(problems[0].message);
}
