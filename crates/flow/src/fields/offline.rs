//! What is known of Adobe's classes and field groups without asking the platform, from its public
//! repository (<https://github.com/adobe/xdm>, `components/`). What is not shown there is left open.

use serde_json::{Value, json};

use super::Fields;
use crate::mapping::TENANT;
use crate::spec::{SchemaSpec, Spec};

const XDM: &str = include_str!("xdm.json");

impl Fields {
    /// The fields that a schema of this specification will have; nothing where it is not composed of
    /// what is known.
    pub(crate) fn offline(spec: &Spec) -> Fields {
        let mut fields = Fields::default();
        let (SchemaSpec::Composed(composed), Ok(known)) =
            (&spec.schema, serde_json::from_str::<Value>(XDM))
        else {
            return fields;
        };
        let groups = composed.field_groups.iter().map(String::as_str);
        for id in groups.chain([composed.class.id()]) {
            let definition = known["parts"].get(id).cloned();
            // What is not known is a reference that leads nowhere.
            let to = definition.unwrap_or_else(|| json!(id));
            fields.add(json!({"definitions": known["definitions"], "allOf": [{"$ref": to}]}));
        }
        fields.add(json!({"properties": {
            TENANT: {"type": "object", "properties": spec.own_fields()}
        }}));
        fields
    }
}
