//! What apply would do, without doing it.

use std::fmt::Write as _;

use aep_client::Client;
use serde::Serialize;
use serde_json::{Value, json};

use crate::request::Ids;
use crate::spec::Spec;
use crate::state::{FlowState, Origin};
use crate::survey::survey;
use crate::{Error, Kind};

/// What apply would do to one flow.
#[derive(Debug)]
pub struct Plan {
    /// The flow's name.
    pub flow: String,
    /// Every object, in the order of creation.
    pub items: Vec<Item>,
    /// What is worth saying.
    pub remarks: Vec<String>,
    curl: String,
}

/// One object of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What would happen to it.
    pub action: Action,
    /// Its id, if it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// What would happen to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is missing, and would be created.
    Create,
    /// It was created by Hydrant and is gone; it would be created again.
    Recreate,
    /// Hydrant created it earlier.
    Keep,
    /// Somebody else made it; it would be used, and stay when the flow is destroyed.
    Adopt,
}

/// Works out what apply would do. Creates nothing; a mapping onto a schema that is there is checked by
/// the platform.
pub async fn plan(client: &Client, spec: &Spec, state: &FlowState) -> Result<Plan, Error> {
    let survey = survey(client, spec, state).await?;
    let mut remarks = survey.remarks;
    let item = |kind: Kind| {
        let found = survey.found.iter().find(|object| object.kind == kind);
        Item {
            kind,
            name: spec.name_of(kind),
            action: match found.map(|object| object.origin) {
                Some(Origin::Created) => Action::Keep,
                Some(Origin::Adopted) => Action::Adopt,
                None if survey.vanished.contains(&kind) => Action::Recreate,
                None => Action::Create,
            },
            id: found.map(|object| object.id.clone()),
        }
    };
    let items: Vec<_> = spec.kinds().into_iter().map(item).collect();
    let has_schema = survey.ids.ids.contains_key(&Kind::Schema);
    if has_schema && spec.mapping_set.is_none() {
        let set = spec.new_mapping_set(&survey.ids);
        let problems = client
            .data_prep()
            .validate(&set)
            .await
            .map_err(Error::platform("check the mapping"))?;
        remarks.extend(problems.into_iter().map(|problem| {
            let line = spec.mapping.get(problem.line);
            let line = line.map_or_else(String::new, |line| {
                format!("`{}: {}`: ", line.source, line.target)
            });
            format!("the mapping {line}{}", problem.message)
        }));
    }
    let curl = curl(client, spec, &items, &survey.ids);
    Ok(Plan {
        flow: spec.name.clone(),
        items,
        remarks,
        curl,
    })
}

fn curl(client: &Client, spec: &Spec, items: &[Item], ids: &Ids) -> String {
    let missing = items
        .iter()
        .filter(|item| matches!(item.action, Action::Create | Action::Recreate));
    let mut out = String::new();
    for item in missing {
        let request = spec.request(item.kind, ids);
        let _ = writeln!(
            out,
            "# the {} {}\n{}\n",
            item.kind.words(),
            item.name,
            client.curl(&request)
        );
    }
    out
}

impl Plan {
    /// How many objects would be created.
    pub fn creations(&self) -> usize {
        let creates = |item: &&Item| matches!(item.action, Action::Create | Action::Recreate);
        self.items.iter().filter(creates).count()
    }

    /// For people: one line per object.
    pub fn render(&self) -> String {
        let mut out = format!("flow {}\n", self.flow);
        for item in &self.items {
            let (sign, words) = match item.action {
                Action::Create => ('+', "create"),
                Action::Recreate => ('+', "create again: it is gone"),
                Action::Keep => ('=', "there, made by Hydrant"),
                Action::Adopt => ('~', "there, made by somebody else: use it"),
            };
            let id = item
                .id
                .as_deref()
                .map_or_else(String::new, |id| format!("  {id}"));
            let _ = writeln!(
                out,
                "  {sign} {:<18} {}  ({words}){id}",
                item.kind.words(),
                item.name
            );
        }
        for remark in &self.remarks {
            let _ = writeln!(out, "  ! {remark}");
        }
        let _ = match self.creations() {
            0 => writeln!(out, "nothing to create"),
            1 => writeln!(out, "1 object to create"),
            count => writeln!(out, "{count} objects to create"),
        };
        out
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        json!({"flow": self.flow, "items": self.items, "remarks": self.remarks})
    }

    /// The requests as commands for a shell, secrets masked. Ids that are not known yet stand as
    /// `<schema>`, `<dataset>`, ….
    pub fn curl(&self) -> &str {
        &self.curl
    }
}
