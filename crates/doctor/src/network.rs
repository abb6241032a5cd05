//! The way to each server: its addresses, its certificate, its clock.

mod certificate;
mod date;
mod reach;
mod route;
mod tls;

use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;
use options::about;
use producers::Server;

use self::reach::{Reached, reach};
use self::route::{Proxies, Route};
use crate::patience::{Tell, within};
use crate::{Layer, Look};

/// How long the way to one server is looked at: a look-up, a connection, TLS and a question.
const PATIENCE: Duration = Duration::from_secs(20);

/// The ways to all servers, each looked at once.
#[derive(Debug, Default)]
pub(crate) struct Network {
    ways: Vec<Way>,
}

/// The way to one server.
#[derive(Debug)]
struct Way {
    server: Server,
    looks: Vec<Look>,
    is_open: bool,
}

impl Network {
    /// Looks at the ways to all of them at the same time.
    pub(crate) async fn look(servers: Vec<Server>, tell: Tell<'_>) -> Network {
        Network::by(servers, &Proxies::from_env(), tell).await
    }

    async fn by(servers: Vec<Server>, proxies: &Proxies, tell: Tell<'_>) -> Network {
        let mut wanted: Vec<(Server, Route)> = Vec::new();
        for server in servers {
            let route = proxies.route(&server);
            let is_same = |(other, by): &(Server, Route)| {
                (&other.host, other.port, &other.tls, by)
                    == (&server.host, server.port, &server.tls, &route)
            };
            if !wanted.iter().any(is_same) {
                wanted.push((server, route));
            }
        }
        let ways = wanted
            .into_iter()
            .map(|(server, route)| Way::look(server, route, tell));
        let mut ways = join_all(ways).await;
        let open = ways.iter().filter(|way| way.is_open);
        let open: Vec<_> = open.map(|way| way.server.role).collect();
        for way in &mut ways {
            // Another one with the same role does.
            if way.server.is_one_of_many && open.contains(&way.server.role) {
                way.spare();
            }
        }
        Network { ways }
    }

    /// What was found.
    pub(crate) fn looks(&self) -> Vec<Look> {
        self.ways.iter().flat_map(|way| way.looks.clone()).collect()
    }

    /// Which of these servers can't be reached although they have to be.
    pub(crate) fn closed<'s>(&self, servers: &'s [Server]) -> Option<&'s Server> {
        let is_open = |server: &Server| {
            let mut ways = self.ways.iter().filter(|way| way.leads_to(server));
            ways.all(|way| way.is_open)
        };
        servers.iter().find(|server| {
            let mut others = servers.iter();
            let has_other = server.is_one_of_many
                && others.any(|other| other.role == server.role && is_open(other));
            !is_open(server) && !has_other
        })
    }
}

impl Way {
    fn leads_to(&self, server: &Server) -> bool {
        (&self.server.host, self.server.port, &self.server.tls)
            == (&server.host, server.port, &server.tls)
    }

    async fn look(server: Server, route: Route, tell: Tell<'_>) -> Way {
        let authority = server.authority();
        let what = format!("{} {authority}", server.role);
        let reached = within(PATIENCE, &what, tell, Box::pin(reach(&server, &route))).await;
        let reached = reached.unwrap_or_else(Reached::Nothing);
        let network = |what: &str, found: String| Look::new(Layer::Network, what, found);
        let (mut looks, is_open) = match reached {
            Reached::Unseen(why) => (vec![network(&what, why).not_looked_at()], true),
            Reached::Nothing(why) => (vec![network(&what, why).wrong(route.help(&server))], false),
            Reached::Refused { why, help } => (vec![network(&what, why).wrong(help)], false),
            Reached::Server {
                found,
                remark,
                tls,
                date,
            } => {
                let look = network(&what, format!("{found}{}", route.words()));
                let mut looks = vec![match remark {
                    Some(help) => look.remark(help),
                    None => look,
                }];
                let is_good = tls.as_ref().is_none_or(|tls| tls.refusal.is_none());
                let certificate = format!("certificate of {authority}");
                looks.extend(tls.map(|tls| tls.look(&certificate, Timestamp::now())));
                let clock = format!("clock against {authority}");
                looks.extend(date.map(|date| date.look(&clock, server.clock)));
                (looks, is_good)
            }
        };
        let own = server
            .tls
            .as_ref()
            .and_then(|trust| trust.certificate.as_ref());
        looks.extend(own.map(|path| certificate::own(path, Timestamp::now())));
        Way {
            server,
            looks,
            is_open,
        }
    }

    /// What is wrong here is worth a remark only.
    fn spare(&mut self) {
        for look in &mut self.looks {
            if look.verdict == crate::Verdict::Wrong {
                look.verdict = crate::Verdict::Remark;
            }
        }
    }
}

/// How long is left, or how long ago: `31 days`, `5h`.
fn distance(from: Timestamp, to: Timestamp) -> String {
    let length = Duration::try_from(to.duration_since(from)).unwrap_or_default();
    let days = length.as_secs() / 86_400;
    match days {
        0 => about(length),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests;
