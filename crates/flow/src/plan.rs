//! What apply would do, without doing it.

mod curl;

use std::fmt::Write as _;

use aep_client::Client;
use serde::Serialize;
use serde_json::{Value, json};

use crate::spec::Spec;
use crate::state::{FlowState, Object, Origin};
use crate::survey::{Survey, survey};
use crate::{Difference, Error, Kind};

/// What apply would do to one flow.
#[derive(Debug)]
pub struct Plan {
    /// The flow's name.
    pub flow: String,
    /// Every object, in the order of creation.
    pub items: Vec<Item>,
    /// What is worth saying.
    pub remarks: Vec<String>,
    /// Why apply would refuse to do it.
    pub refusal: Option<Error>,
    /// Objects that others have replaced, and that apply would remove.
    removals: usize,
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
    /// What else would be done, once it is there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// How it differs from what the scenario asks for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
}

/// What would be done to an object that is there, or is by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The schema is let into the profile, which can't be undone; it can't be removed either.
    EnterProfile,
    /// The flow is pointed to another mapping set, or to a new version of its own.
    Repoint,
    /// The flow, which somebody disabled, is enabled again.
    Enable,
    /// Hydrant's own, of which a new one takes the place, is removed.
    RemoveOld,
}

impl Change {
    /// For people.
    fn words(self) -> &'static str {
        match self {
            Change::EnterProfile => {
                "is let into the profile, which can't be undone: it can't be removed either"
            }
            Change::Repoint => "is pointed to the mapping set",
            Change::Enable => "is enabled again",
            Change::RemoveOld => "the old one is removed",
        }
    }
}

/// What would happen to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is missing, and would be created.
    Create,
    /// It was created by Hydrant and is gone; it would be created again.
    Recreate,
    /// It does not fit any more, as the scenario has changed, or what it is built on is gone: a new
    /// one takes its place.
    Replace,
    /// Hydrant created it earlier, and changes it: see [`Item::changes`].
    Change,
    /// Hydrant created it earlier.
    Keep,
    /// Somebody else made it; it would be used, and stay when the flow is destroyed.
    Adopt,
}

/// Works out what apply would do. Creates nothing; a mapping onto a schema that is there is checked by
/// the platform.
pub async fn plan(client: &Client, spec: &Spec, state: &FlowState) -> Result<Plan, Error> {
    let survey = Box::pin(survey(client, spec, state)).await?;
    let item = |kind: Kind| {
        let found = survey.found.iter().find(|object| object.kind == kind);
        let outdated = survey.outdated.as_ref().filter(|it| it.kind == kind);
        let changes = changes(kind, spec, &survey);
        let is_gone = |it: &Object| it.kind == kind && it.origin == Origin::Created;
        let action = match found.map(|object| object.origin) {
            Some(Origin::Created) if !changes.is_empty() => Action::Change,
            Some(Origin::Created) => Action::Keep,
            Some(Origin::Adopted) => Action::Adopt,
            None if outdated.is_some() => Action::Replace,
            None if survey.vanished.iter().any(is_gone) => Action::Recreate,
            None => Action::Create,
        };
        Item {
            kind,
            name: spec.name_of(kind),
            action,
            id: found.or(outdated).map(|object| object.id.clone()),
            changes,
            differences: survey.differences.get(&kind).cloned().unwrap_or_default(),
        }
    };
    let items: Vec<_> = spec.kinds().into_iter().map(item).collect();
    let mut remarks = survey.remarks.clone();
    remarks.extend(of_others(&survey, &items));
    remarks.extend(survey.unmapped.iter().cloned());
    let theirs = survey.vanished.iter();
    let theirs = theirs.filter(|object| object.origin == Origin::Adopted);
    remarks.extend(theirs.map(|Object { kind, id, .. }| {
        format!(
            "the {} {id}, which somebody else made, is gone",
            kind.words()
        )
    }));
    remarks.extend(state.retired.iter().map(|Object { kind, id, .. }| {
        format!(
            "the {} {id}, which another one has replaced, would be removed",
            kind.words()
        )
    }));
    remarks.extend(stays(&survey));
    let left = survey.orphans.iter();
    remarks.extend(left.map(|orphan| format!("there is no {orphan}")));
    let curl = curl::text(client, spec, state, &survey, &items);
    Ok(Plan {
        flow: spec.name.clone(),
        items,
        remarks,
        refusal: survey.refusal(spec),
        removals: state.retired.len(),
        curl,
    })
}

/// How what the scenario names by its id differs, of which there is no item.
fn of_others(survey: &Survey, items: &[Item]) -> Vec<String> {
    let is_other = |kind: Kind| items.iter().all(|item| item.kind != kind);
    let others = survey
        .differences
        .iter()
        .filter(|(kind, _)| is_other(**kind));
    let all = others.flat_map(|(kind, all)| all.iter().map(move |it| (kind, it)));
    all.map(|(kind, it)| format!("the {} {}: {it}", kind.words(), survey.ids.id(*kind)))
        .collect()
}

/// What `destroy` leaves.
fn stays(survey: &Survey) -> Option<String> {
    let ours = |it: &&Object| it.kind == Kind::Schema && it.origin == Origin::Created;
    let schema = survey.found.iter().find(ours);
    let schema = schema.filter(|_| survey.has_profile)?;
    Some(format!(
        "the schema {} takes part in the profile, which can't be undone: `destroy` leaves it, with its \
         identity and its fields",
        schema.id
    ))
}

fn changes(kind: Kind, spec: &Spec, survey: &Survey) -> Vec<Change> {
    let found = survey.found.iter().find(|object| object.kind == kind);
    let is_theirs = found.is_some_and(|object| object.origin == Origin::Adopted);
    let mut changes = Vec::new();
    match kind {
        Kind::Schema if spec.wants_profile() && !survey.has_profile && !is_theirs => {
            changes.push(Change::EnterProfile);
        }
        Kind::MappingSet => {
            let mut ours = survey.outdated.iter();
            if ours.any(|old| old.origin == Origin::Created) {
                changes.push(Change::RemoveOld);
            }
        }
        Kind::Flow if !is_theirs => {
            changes.extend(survey.repoint.as_ref().map(|_| Change::Repoint));
            changes.extend(survey.is_disabled.then_some(Change::Enable));
        }
        _ => {}
    }
    changes
}

impl Action {
    fn creates(self) -> bool {
        matches!(self, Action::Create | Action::Recreate | Action::Replace)
    }
}

impl Plan {
    /// How many objects would be created.
    pub fn creations(&self) -> usize {
        let creates = |item: &&Item| item.action.creates();
        self.items.iter().filter(creates).count()
    }

    /// Whether apply would create, change or remove anything.
    pub fn has_work(&self) -> bool {
        let has_changes = |item: &Item| !item.changes.is_empty();
        self.creations() > 0 || self.removals > 0 || self.items.iter().any(has_changes)
    }

    /// For people: one line per object.
    pub fn render(&self) -> String {
        let mut out = format!("flow {}\n", self.flow);
        for item in &self.items {
            let (sign, words) = match item.action {
                Action::Create => ('+', "create"),
                Action::Recreate => ('+', "create again: it is gone"),
                Action::Replace => ('+', "a new one takes its place"),
                Action::Change => ('~', "there, made by Hydrant: change it"),
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
            for difference in &item.differences {
                let _ = writeln!(out, "      {difference}");
            }
            for change in &item.changes {
                let _ = writeln!(out, "      {}", change.words());
            }
        }
        for remark in &self.remarks {
            let _ = writeln!(out, "  ! {remark}");
        }
        let changes: usize = self.items.iter().map(|item| item.changes.len()).sum();
        let created = match self.creations() {
            0 => "nothing to create".to_owned(),
            1 => "1 object to create".to_owned(),
            count => format!("{count} objects to create"),
        };
        let changed = match changes {
            0 => String::new(),
            1 => ", 1 change to make".to_owned(),
            count => format!(", {count} changes to make"),
        };
        let _ = writeln!(out, "{created}{changed}");
        if let Some(refusal) = &self.refusal {
            let _ = writeln!(out, "apply would refuse: {refusal}");
        }
        out
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        json!({
            "flow": self.flow,
            "items": self.items,
            "remarks": self.remarks,
            "refusal": self.refusal.as_ref().map(ToString::to_string),
        })
    }

    /// The requests as commands for a shell, secrets masked. Ids that are not known yet stand as
    /// `<schema>`, `<dataset>`, ….
    pub fn curl(&self) -> &str {
        &self.curl
    }
}
