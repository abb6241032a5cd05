//! Adobe Experience Platform: the credential, the sandbox, what it may do, and what each flow would come to.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aep_client::Client;
use flow::{Action, Kind, Plan, Platform, Spec, State};
use options::{about, suggest};
use producers::Server;
use scenario::Resolved;

use crate::network::Network;
use crate::patience::{Tell, within};
use crate::{Layer, Look};

/// How long a token may take.
const TOKEN: Duration = Duration::from_secs(30);
/// How long one question may take.
const QUESTION: Duration = Duration::from_secs(30);
/// How long the look-ups of one flow may take, of which there are a dozen.
const FLOW: Duration = Duration::from_secs(90);

/// How looks at the platform are titled.
const OF: &str = "platform";

/// The servers that every command of the platform goes to.
pub(crate) fn servers(platform: &Platform) -> Vec<Server> {
    let ims = platform.ims_url.as_deref().unwrap_or(aep_client::IMS_URL);
    let api = platform.platform_url.as_deref();
    let api = api.unwrap_or(aep_client::PLATFORM_URL);
    let servers = [
        Server::at("identity service", ims),
        Server::at("platform", api),
    ];
    servers.into_iter().flatten().collect()
}

/// One layer after the other, up to the first that fails.
pub(crate) async fn look(
    platform: &Platform,
    resolved: &Resolved,
    state: &Path,
    network: &Network,
    tell: Tell<'_>,
) -> Vec<Look> {
    let unseen = |why: &str| {
        let look = Look::new(Layer::Platform, "sandbox and flows", why);
        look.of(OF).not_looked_at()
    };
    let mut looks = Vec::new();
    for host in platform.in_clear() {
        let found = format!("tokens and records go to {host} over http://");
        let look = Look::new(Layer::Network, "encryption", found).of(OF);
        looks.push(look.remark("whoever is on the way can read them: use https://"));
    }
    if let Some(closed) = network.closed(&servers(platform)) {
        looks.push(unseen(&format!(
            "there is no way to {}",
            closed.authority()
        )));
        return looks;
    }
    let (client, credential) = match credential(platform, tell).await {
        Ok(both) => both,
        Err(look) => {
            looks.extend([look, unseen("the credential does not work")]);
            return looks;
        }
    };
    looks.push(credential);
    let sandbox = sandbox(&client, tell).await;
    let is_there = sandbox.verdict != crate::Verdict::Wrong;
    looks.push(sandbox);
    if !is_there {
        let why = "there is no such sandbox";
        looks.push(
            Look::new(Layer::Platform, "flows", why)
                .of(OF)
                .not_looked_at(),
        );
        return looks;
    }
    let missing = missing(&client, tell).await;
    let mut plans = Vec::new();
    for spec in resolved
        .streams
        .iter()
        .filter_map(|stream| stream.flow.as_ref())
    {
        plans.push((spec, plan(&client, spec, state, tell).await));
    }
    let is_creating = |kind: Kind| {
        plans.iter().any(|(_, plan)| match plan {
            Ok(plan) => creations(plan).any(|created| created == kind),
            Err(_) => true,
        })
    };
    looks.extend(permissions(missing, &is_creating));
    for (spec, plan) in plans {
        match plan {
            Ok(plan) => looks.extend(planned(&plan)),
            Err(look) => looks.push(look.of(format!("flow {}", spec.name))),
        }
    }
    looks
}

/// An error of the platform's, with what to do about it.
fn refused(layer: Layer, what: &str, error: &aep_client::Error) -> Look {
    let look = Look::new(layer, what, error.to_string()).of(OF);
    look.judged(crate::Verdict::Wrong, error.help().map(str::to_owned))
}

async fn credential(platform: &Platform, tell: Tell<'_>) -> Result<(Client, Look), Look> {
    const WHAT: &str = "token";
    let client = platform
        .client()
        .map_err(|error| refused(Layer::Credentials, WHAT, &error))?;
    let token = within(
        TOKEN,
        "a token of the platform",
        tell,
        client.authenticate(),
    )
    .await;
    let ends_at = match token {
        Ok(Ok(ends_at)) => ends_at,
        Ok(Err(error)) => return Err(refused(Layer::Credentials, WHAT, &error)),
        Err(why) => {
            let look = Look::new(Layer::Credentials, WHAT, why).of(OF);
            return Err(look.wrong("the identity service has its moments: try again later"));
        }
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let found = format!(
        "the credential works: {} of {}, with a token for {}",
        platform.client_id,
        client.organization(),
        about(ends_at.saturating_sub(now.unwrap_or_default()))
    );
    Ok((client, Look::new(Layer::Credentials, WHAT, found).of(OF)))
}

async fn sandbox(client: &Client, tell: Tell<'_>) -> Look {
    let look = |found: String| Look::new(Layer::Platform, "sandbox", found).of(OF);
    let name = client.sandbox();
    let asked = within(QUESTION, "the list of sandboxes", tell, client.sandboxes()).await;
    let all = match asked {
        Ok(Ok(all)) => all,
        // It is open to everybody, but nothing that a run needs.
        Ok(Err(error)) => {
            return look(format!("the sandboxes can't be listed: {error}"))
                .remark("whether this one is there shows with the first flow");
        }
        Err(why) => return look(why).remark("whether this one is there shows with the first flow"),
    };
    match all.iter().find(|sandbox| sandbox.name == name) {
        Some(found) if found.is_active() => look(format!("{name} is active")),
        Some(found) => look(format!("{name} is {}", found.state))
            .wrong("nothing can be made in it: wait until it is active, or choose another one"),
        None => {
            let names = all.iter().map(|sandbox| sandbox.name.as_str());
            let help = match suggest(name, names.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!(
                    "this credential may use {}: check `platform.sandbox`, or have it added to a role",
                    options::listed(names)
                ),
            };
            look(format!(
                "there is no sandbox `{name}` that this credential may use"
            ))
            .wrong(help)
        }
    }
}

/// What a permission is called in the API and by people, and whether making this needs it.
/// <https://experienceleague.adobe.com/docs/experience-platform/access-control/home.html#permissions>
#[derive(Debug)]
struct Permission {
    name: &'static str,
    words: &'static str,
    kinds: &'static [Kind],
}

static PERMISSIONS: [Permission; 3] = [
    Permission {
        name: "manage-schemas",
        words: "Manage Schemas",
        kinds: &[Kind::FieldGroup, Kind::Schema, Kind::Identity],
    },
    Permission {
        name: "manage-datasets",
        words: "Manage Datasets",
        kinds: &[Kind::Dataset],
    },
    Permission {
        name: "manage-sources",
        words: "Manage Sources",
        kinds: &[
            Kind::BaseConnection,
            Kind::SourceConnection,
            Kind::TargetConnection,
            Kind::MappingSet,
            Kind::Flow,
        ],
    },
];

/// The permissions that this credential lacks in this sandbox; the error says why nobody knows.
async fn missing(client: &Client, tell: Tell<'_>) -> Result<Vec<&'static Permission>, String> {
    let names = PERMISSIONS.each_ref().map(|permission| permission.name);
    let asked = within(QUESTION, "permissions", tell, client.permissions(&names)).await;
    let has: BTreeSet<String> = match asked {
        Ok(Ok(has)) => has,
        Ok(Err(error)) => return Err(error.to_string()),
        Err(why) => return Err(why),
    };
    let missing = PERMISSIONS.iter();
    Ok(missing.filter(|it| !has.contains(it.name)).collect())
}

fn permissions(
    missing: Result<Vec<&'static Permission>, String>,
    is_creating: &dyn Fn(Kind) -> bool,
) -> Vec<Look> {
    let look = |found: String| Look::new(Layer::Platform, "permissions", found).of(OF);
    let missing = match missing {
        Ok(missing) => missing,
        Err(why) => {
            return vec![
                look(format!("they can't be asked for: {why}"))
                    .remark("what is missing shows when the flow is made"),
            ];
        }
    };
    if missing.is_empty() {
        let names = PERMISSIONS.each_ref().map(|permission| permission.words);
        return vec![look(names.join(", "))];
    }
    let looks = missing.into_iter().map(|permission| {
        let Permission { name, words, kinds } = permission;
        let found = look(format!("`{words}` ({name}) is missing in this sandbox"));
        let help = format!(
            "have an administrator add `{words}` to a role that this API credential has (Permissions, Roles, API \
             credentials)"
        );
        if kinds.iter().any(|kind| is_creating(*kind)) {
            found.wrong(help)
        } else {
            found.remark(format!("what it is for is there already; otherwise {help}"))
        }
    });
    looks.collect()
}

async fn plan(client: &Client, spec: &Spec, state: &Path, tell: Tell<'_>) -> Result<Plan, Look> {
    let wrong = |found: String, help: Option<&str>| {
        let look = Look::new(Layer::Platform, "plan", found);
        look.judged(crate::Verdict::Wrong, help.map(str::to_owned))
    };
    let known = State::look(state, client.organization(), client.sandbox());
    let known = known.map_err(|error| wrong(error.to_string(), error.help()))?;
    let what = format!("what is there of the flow {}", spec.name);
    let known = known.flow(&spec.name);
    let plan = Box::pin(flow::plan(client, spec, &known));
    match within(FLOW, &what, tell, plan).await {
        Ok(Ok(plan)) => Ok(plan),
        Ok(Err(error)) => Err(wrong(error.to_string(), error.help())),
        Err(why) => Err(wrong(
            why,
            Some("the platform has its moments: try again later"),
        )),
    }
}

/// What would be created.
fn creations(plan: &Plan) -> impl Iterator<Item = Kind> {
    let created = plan.items.iter().filter(|item| {
        matches!(
            item.action,
            Action::Create | Action::Recreate | Action::Replace
        )
    });
    created.map(|item| item.kind)
}

fn planned(plan: &Plan) -> Vec<Look> {
    let look = |what: &str, found: String| {
        let look = Look::new(Layer::Platform, what, found);
        look.of(format!("flow {}", plan.flow))
    };
    let created = plan.creations();
    let adopted = plan
        .items
        .iter()
        .filter(|item| item.action == Action::Adopt);
    let adopted: Vec<_> = adopted
        .map(|item| format!("{} {}", item.kind.words(), item.name))
        .collect();
    let mut found = match (created, plan.items.len() - created) {
        (0, _) => "all of it is there".to_owned(),
        (created, 0) => format!("{created} objects would be made"),
        (created, there) => format!("{created} objects would be made, {there} are there"),
    };
    if !adopted.is_empty() {
        found = format!("{found}; made by somebody else: {}", adopted.join(", "));
    }
    let mut looks = vec![match &plan.refusal {
        Some(refusal) => look("plan", refusal.to_string()).judged(
            crate::Verdict::Wrong,
            Some(
                refusal
                    .help()
                    .unwrap_or("`hydrant flow plan` shows all of it")
                    .to_owned(),
            ),
        ),
        None => look("plan", found),
    }];
    for item in &plan.items {
        // Those that block are in the refusal.
        for difference in item.differences.iter().filter(|it| !it.is_blocking) {
            let found = format!("{} {}: {difference}", item.kind.words(), item.name);
            looks.push(look("difference", found).remark(
                "what is there stays as it is: change the scenario, or what is on the platform",
            ));
        }
    }
    if plan.refusal.is_none() {
        let remarks = plan.remarks.iter();
        looks.extend(
            remarks.map(|remark| look("plan", remark.clone()).judged(crate::Verdict::Remark, None)),
        );
    }
    looks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn a_missing_permission_is_named_and_wrong_where_something_has_to_be_made() {
        let lacks = |name: &str| PERMISSIONS.iter().filter(|it| it.name == name).collect();
        let all = permissions(Ok(lacks("manage-sources")), &|_| true);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].verdict, Verdict::Wrong);
        assert_eq!(
            all[0].found,
            "`Manage Sources` (manage-sources) is missing in this sandbox"
        );
        // Of a flow that is there a dataset is not made.
        let there = permissions(Ok(lacks("manage-datasets")), &|kind| kind != Kind::Dataset);
        assert_eq!(there[0].verdict, Verdict::Remark);
        let unknown = permissions(Err("403".to_owned()), &|_| true);
        assert_eq!(unknown[0].verdict, Verdict::Remark);
        assert_eq!(
            permissions(Ok(Vec::new()), &|_| true)[0].verdict,
            Verdict::Ok
        );
    }
}
