//! What a mapping does with values.

use serde_json::{Value, json};

use crate::platform::{Platform, told};

#[tokio::test]
async fn what_can_not_be_converted_is_left_out_and_the_rest_lands() {
    let platform = Platform::new().await;
    let schema = platform.schema().await;
    let reference =
        json!({"id": schema, "contentType": "application/vnd.adobe.xed-full+json;version=1"});
    let set = json!({"outputSchema": {"schemaRef": reference}, "mappings": [
        {"sourceType": "ATTRIBUTE", "source": "id", "destination": "_id"},
        {"sourceType": "ATTRIBUTE", "source": "year", "destination": "person.birthYear"},
        {"sourceType": "ATTRIBUTE", "source": "name", "destination": "person.name"}]});
    let data = json!([
        {"id": 7, "year": "1815", "name": {"firstName": "Ada", "nick": "A"}},
        {"id": "8", "year": "long ago"},
        {"id": "9", "year": 99_999},
    ]);
    let body = json!({"data": data, "mappingSet": set});
    let preview = platform.post("conversion/mappingSets/preview", body);
    let (_, mapped) = told(preview.await).await;
    // What an object has no field for is not copied.
    let person = json!({"birthYear": 1815, "name": {"firstName": "Ada"}});
    assert_eq!(mapped[0]["data"], json!({"_id": "7", "person": person}));
    assert_eq!(mapped[0]["errors"], Value::Null);
    assert_eq!(mapped[1]["data"], json!({"_id": "8"}));
    assert_eq!(
        mapped[1]["errors"][0]["message"],
        "expected type: Integer, found: String"
    );
    // Beyond its bits a number is none of the type; within them, it may be none of the schema.
    assert_eq!(mapped[2]["data"], json!({"_id": "9"}));
}

#[tokio::test]
async fn a_path_is_never_read_as_an_expression() {
    let platform = Platform::new().await;
    let schema = platform.schema().await;
    let text = "concat(id, '-', year)";
    let guide = |kind: &str| {
        let reference =
            json!({"id": schema, "contentType": "application/vnd.adobe.xed-full+json;version=1"});
        json!({"outputSchema": {"schemaRef": reference}, "mappings": [
            {"sourceType": kind, "source": text, "destination": "person.name.lastName"}]})
    };
    let tutorial = json!({"version": 0, "xdmSchema": schema, "xdmVersion": "1.0", "mappings": [
        {"sourceAttribute": text, "destinationXdmPath": "person.name.lastName"}]});
    let landed = json!({"person": {"name": {"lastName": "7-1815"}}});
    for (set, wanted) in [
        (guide("EXPRESSION"), &landed),
        (guide("text/x.aep-xl"), &landed),
        (guide("ATTRIBUTE"), &json!({})),
        (tutorial, &json!({})),
    ] {
        let body = json!({"data": [{"id": "7", "year": 1815}], "mappingSet": set});
        let preview = platform.post("conversion/mappingSets/preview", body);
        let (_, mapped) = told(preview.await).await;
        assert_eq!(mapped[0]["data"], *wanted, "{set}");
    }
}
