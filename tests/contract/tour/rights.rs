//! What the guest may use.

use serde_json::json;

use super::Guest;

pub(super) async fn rights(guest: &Guest<'_>) {
    let sandboxes = "foundation/sandbox-management/?limit=4&offset=0";
    guest.get(sandboxes).await;
    let asked = json!(["/permissions/manage-datasets", "/resource-types/schemas"]);
    let policies = "foundation/access-control/acl/effective-policies";
    guest.post(policies, asked).await;
}
