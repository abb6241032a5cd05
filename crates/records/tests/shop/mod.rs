//! Entities that several tests are about.

use records::{Entities, RecordsOptions};
use serde_json::{Value, json};

pub(crate) fn shop() -> Value {
    json!({
        "customers": {
            "count": "100M",
            "pick": {"zipf": 1.1},
            "fields": {
                "id": "uuid", "number": "ordinal", "firstName": "first_name", "lastName": "last_name",
                "email": "email", "phone": {"optional": {"of": "phone"}},
                "home": {"object": {"city": "city", "plate": {"pattern": "??-####"}}},
                "tags": {"array": {"of": "word", "max": 3}},
                "employer": {"of": "companies.name"},
            },
        },
        "companies": {"count": 500, "fields": {"name": "company", "vat": {"pattern": "DE#########"}}},
    })
}

pub(crate) fn records(entities: &Value, records: &Value) -> RecordsOptions {
    let mut records: RecordsOptions = serde_json::from_value(records.clone()).unwrap();
    let entities: Entities = serde_json::from_value(entities.clone()).unwrap();
    records.link(&entities);
    records
}
