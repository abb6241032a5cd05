//! Everything that apply would ask the platform to change, as commands for a shell.

use std::fmt::Write as _;

use aep_client::{Client, DataPrep, FlowService, Operation, Request, SchemaRegistry};

use super::{Change, Item};
use crate::Kind;
use crate::spec::Spec;
use crate::state::FlowState;
use crate::survey::Survey;

pub(super) fn text(
    client: &Client,
    spec: &Spec,
    state: &FlowState,
    survey: &Survey,
    items: &[Item],
) -> String {
    let mut out = String::new();
    for (what, request) in requests(spec, state, survey, items) {
        let _ = writeln!(out, "# {what}\n{}\n", client.curl(&request));
    }
    out
}

/// In the order in which apply sends them, as far as that is fixed.
fn requests(
    spec: &Spec,
    state: &FlowState,
    survey: &Survey,
    items: &[Item],
) -> Vec<(String, Request)> {
    let ids = &survey.ids;
    let has = |change: Change| items.iter().any(|item| item.changes.contains(&change));
    let mut all = Vec::new();
    let mut enters = has(Change::EnterProfile);
    for item in items {
        // Behind the identity, and before what needs the profile.
        if enters && item.kind >= Kind::Dataset {
            enters = false;
            let request = SchemaRegistry::enable_profile_request(&ids.id(Kind::Schema));
            all.push(("the profile, which can't be undone".to_owned(), request));
        }
        if item.action.creates() {
            let what = format!("the {} {}", item.kind.words(), item.name);
            all.push((what, spec.request(item.kind, ids)));
        }
    }
    let flow = ids.id(Kind::Flow);
    if let Some(etag) = &survey.repoint {
        let set = (&*ids.id(Kind::MappingSet), ids.mapping_version);
        let request = FlowService::point_at_mapping_request(&flow, etag, set);
        all.push(("the flow's mapping set".to_owned(), request));
    }
    if has(Change::Enable) {
        let request = FlowService::act_request(&flow, Operation::Enable);
        all.push(("the flow, enabled again".to_owned(), request));
    }
    let replaced = survey.outdated.iter().filter(|_| has(Change::RemoveOld));
    let retired = state.retired.iter();
    for old in replaced.chain(retired.filter(|it| it.kind == Kind::MappingSet)) {
        let what = "the mapping set that another one replaces".to_owned();
        all.push((what, DataPrep::delete_request(&old.id)));
    }
    all
}
