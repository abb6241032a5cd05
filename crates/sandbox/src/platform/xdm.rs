//! Classes and field groups of Adobe's that are known here: a part of the real ones, with the same
//! paths and types (<https://github.com/adobe/xdm>).

mod limits;
mod resolved;

use serde_json::{Map, Value, json};

pub(crate) use limits::Limits;
pub(crate) use resolved::{Fields, Resolved, Type, bits};

pub(crate) const PROFILE: &str = "https://ns.adobe.com/xdm/context/profile";
pub(crate) const EVENT: &str = "https://ns.adobe.com/xdm/context/experienceevent";
pub(crate) const PERSON: &str = "https://ns.adobe.com/xdm/context/profile-person-details";
pub(crate) const PERSONAL: &str = "https://ns.adobe.com/xdm/context/profile-personal-details";

const RECORD: &str = "https://ns.adobe.com/xdm/data/record";
const TIME_SERIES: &str = "https://ns.adobe.com/xdm/data/time-series";

/// `$id`, title and properties of what Adobe has.
pub(crate) fn global(id: &str) -> Option<Value> {
    let (title, properties) = match id {
        PROFILE => ("XDM Individual Profile", record()),
        EVENT => ("XDM ExperienceEvent", event()),
        PERSON => ("Demographic Details", person()),
        PERSONAL => ("Personal Contact Details", personal()),
        RECORD => ("Record Schema", json!({})),
        TIME_SERIES => ("Time-series Schema", json!({})),
        _ => return None,
    };
    let kind = match id {
        PROFILE | EVENT => "classes",
        RECORD | TIME_SERIES => "behaviors",
        _ => "mixins",
    };
    let name = id.strip_prefix("https://ns.adobe.com/xdm/").unwrap_or(id);
    let name = name.replace('/', ".");
    let mut value = json!({
        "$id": id,
        "meta:altId": format!("_xdm.{name}"),
        "meta:resourceType": kind,
        "version": "1.0",
        "title": title,
        "type": "object",
        "properties": properties,
        "meta:containerId": "global",
        "meta:extensible": kind != "behaviors",
        "meta:abstract": true,
        "meta:xdmType": "object",
        "meta:tenantNamespace": "_xdm",
        "imsOrg": "global",
    });
    match kind {
        "classes" => value["meta:extends"] = behind(id).collect(),
        "mixins" => value["meta:intendedToExtend"] = json!([PROFILE, EVENT]),
        _ => {}
    }
    if id == EVENT {
        value["required"] = json!(["_id", "timestamp"]);
    }
    Some(value)
}

/// What a class stands on.
pub(crate) fn behind(class: &str) -> impl Iterator<Item = &'static str> + use<> {
    let all: &[&str] = match class {
        PROFILE => &["https://ns.adobe.com/xdm/common/auditable", RECORD],
        EVENT => &[TIME_SERIES],
        _ => &[],
    };
    all.iter().copied()
}

pub(crate) const GLOBAL_BEHAVIORS: [&str; 2] = [RECORD, TIME_SERIES];
pub(crate) const GLOBAL_CLASSES: [&str; 2] = [PROFILE, EVENT];
pub(crate) const GLOBAL_FIELD_GROUPS: [&str; 2] = [PERSON, PERSONAL];

fn object(fields: &[(&str, Value)]) -> Value {
    let properties: Map<_, _> = fields
        .iter()
        .map(|(name, field)| ((*name).to_owned(), field.clone()))
        .collect();
    json!({"type": "object", "properties": properties})
}

fn strings(names: &[&str]) -> Vec<(String, Value)> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), json!({"type": "string"})))
        .collect()
}

fn properties(fields: Vec<(String, Value)>) -> Value {
    Value::Object(fields.into_iter().collect())
}

fn record() -> Value {
    properties(strings(&[
        "_id",
        "personID",
        "createdByBatchID",
        "modifiedByBatchID",
        "repositoryCreatedBy",
        "repositoryLastModifiedBy",
    ]))
}

fn event() -> Value {
    let mut fields = strings(&["_id", "eventType", "producedBy", "eventMergeId"]);
    fields.push((
        "timestamp".to_owned(),
        json!({"type": "string", "format": "date-time"}),
    ));
    properties(fields)
}

fn one_of(words: &[&str]) -> Value {
    json!({"type": "string", "enum": words})
}

fn pattern(pattern: &str) -> Value {
    json!({"type": "string", "pattern": pattern})
}

fn person() -> Value {
    let (text, date) = (
        json!({"type": "string"}),
        json!({"type": "string", "format": "date"}),
    );
    let name = [
        "firstName",
        "lastName",
        "middleName",
        "fullName",
        "courtesyTitle",
        "suffix",
    ];
    let name: Vec<_> = name.iter().map(|name| (*name, text.clone())).collect();
    let person = object(&[
        ("name", object(&name)),
        ("birthDate", date),
        (
            "birthYear",
            json!({"type": "integer", "minimum": 1, "maximum": 32767}),
        ),
        ("birthDayAndMonth", pattern("[0-1][0-9]-[0-9][0-9]")),
        (
            "gender",
            one_of(&["male", "female", "not_specified", "non_specific"]),
        ),
        (
            "maritalStatus",
            one_of(&["married", "single", "divorced", "widowed", "not_specified"]),
        ),
        ("nationality", pattern("^[A-Z]{2}$")),
        ("type", text.clone()),
        ("taxId", text),
    ]);
    json!({ "person": person })
}

fn personal() -> Value {
    let text = || json!({"type": "string"});
    let yes_no = || json!({"type": "boolean"});
    let day = || json!({"type": "string", "format": "date"});
    let number = || json!({"type": "number"});
    let whole = || json!({"type": "integer"});
    let degrees = |most: i32| json!({"type": "number", "minimum": -most, "maximum": most});
    let place = object(&[
        ("description", text()),
        ("latitude", degrees(90)),
        ("longitude", degrees(180)),
        ("elevation", number()),
    ]);
    let address = object(&[
        ("_id", text()),
        ("_schema", place),
        ("street1", text()),
        ("street2", text()),
        ("street3", text()),
        ("street4", text()),
        ("region", text()),
        ("postOfficeBox", json!({"type": "string", "maxLength": 20})),
        ("city", text()),
        ("state", text()),
        ("stateProvince", pattern("([A-Z]{2}-[A-Z0-9]{1,3}|)")),
        ("postalCode", text()),
        ("country", text()),
        ("countryCode", pattern("^[A-Z]{2}$")),
        ("dmaID", whole()),
        ("msaID", whole()),
        ("label", text()),
        ("primary", yes_no()),
        ("status", text()),
        ("statusReason", text()),
        ("lastVerifiedDate", day()),
    ]);
    let mut calling_code = pattern("^[0-9]{1,3}?$");
    (calling_code["minLength"], calling_code["maxLength"]) = (json!(1), json!(3));
    let phone = object(&[
        ("number", text()),
        ("countryCode", calling_code),
        ("extension", text()),
        ("primary", yes_no()),
        ("status", text()),
        ("statusReason", text()),
        ("validity", text()),
    ]);
    let email = object(&[
        ("address", json!({"type": "string", "format": "email"})),
        ("label", text()),
        ("type", text()),
        ("status", text()),
        ("statusReason", text()),
        ("primary", yes_no()),
    ]);
    json!({
        "personalEmail": email, "homeAddress": address.clone(), "homePhone": phone.clone(),
        "mobilePhone": phone.clone(), "faxPhone": phone.clone(),
        "shippingAddressPhone": phone.clone(), "billingAddressPhone": phone,
        "shippingAddress": address.clone(), "billingAddress": address.clone(),
        "mailingAddress": address,
    })
}
