//! Who is known in the profile: what datasets said about people, by their identities, each piece visible
//! from a moment after it came. Pieces are merged, and of two values the newer one counts.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

/// So many pieces of one person stand side by side, before those that are visible become one.
const PIECES: usize = 8;

/// A namespace, in small letters, and an id in it.
pub(crate) type Key = (String, String);

/// A namespace and an id as a key.
pub(crate) fn key(namespace: &str, id: &str) -> Key {
    (namespace.to_lowercase(), id.to_owned())
}

/// Everybody.
#[derive(Debug, Default)]
pub(crate) struct People {
    delay: Duration,
    /// By their primary identities.
    people: HashMap<Key, Known>,
    /// From another identity to the primary one.
    others: HashMap<Key, Key>,
}

/// What is said of one person.
#[derive(Debug, Default)]
struct Known {
    pieces: Vec<Piece>,
    /// How many there were after the last merging.
    merged: usize,
    /// The identities that lead here.
    others: BTreeSet<Key>,
}

/// What one record said about a person.
#[derive(Debug)]
struct Piece {
    visible: Instant,
    /// The same in milliseconds since 1970.
    modified: i64,
    sources: Vec<Arc<str>>,
    /// The attributes, in JSON.
    attributes: Box<str>,
}

/// A person as known by now.
#[derive(Debug)]
pub(crate) struct Person {
    /// The primary identity first.
    pub(crate) identities: Vec<Key>,
    pub(crate) attributes: Value,
    pub(crate) sources: Vec<String>,
    /// In milliseconds since 1970.
    pub(crate) modified: i64,
}

impl People {
    pub(crate) fn new(delay: Duration) -> People {
        People {
            delay,
            ..People::default()
        }
    }

    pub(crate) fn delay(&self) -> Duration {
        self.delay
    }

    /// Takes in what a dataset says of a person.
    pub(crate) fn meet(
        &mut self,
        primary: &Key,
        others: Vec<Key>,
        dataset: &Arc<str>,
        row: &Value,
    ) {
        let mut attributes = row.clone();
        if let Some(fields) = attributes.as_object_mut() {
            fields.retain(|name, _| !name.starts_with("_acp_"));
        }
        let known = self.people.entry(primary.clone()).or_default();
        // Those that can't be seen yet stay: they are gone through again when there are twice as many.
        if known.pieces.len() >= PIECES.max(2 * known.merged) {
            merge(&mut known.pieces);
            known.merged = known.pieces.len();
        }
        known.pieces.push(Piece {
            visible: Instant::now() + self.delay,
            modified: super::now() + self.delay.as_millis() as i64,
            sources: vec![Arc::clone(dataset)],
            attributes: attributes.to_string().into(),
        });
        known.others.extend(others.iter().cloned());
        for other in others {
            let before = self.others.insert(other.clone(), primary.clone());
            if let Some(before) = before.filter(|before| before != primary)
                && let Some(known) = self.people.get_mut(&before)
            {
                known.others.remove(&other);
            }
        }
    }

    /// Whom an identity stands for, if anything can be seen of them.
    pub(crate) fn find(&self, key: &Key) -> Option<Person> {
        let primary = match self.people.get_key_value(key) {
            Some((primary, _)) => primary,
            None => self.others.get(key)?,
        };
        let Known { pieces, others, .. } = self.people.get(primary)?;
        let now = Instant::now();
        let visible = pieces.iter().filter(|piece| piece.visible <= now);
        let whole = visible.fold(None, |whole, piece| Some(with(whole, piece)))?;
        let identities = std::iter::once(primary).chain(others);
        Some(Person {
            identities: identities.cloned().collect(),
            attributes: Value::Object(whole.0),
            sources: whole.1.iter().map(ToString::to_string).collect(),
            modified: whole.2,
        })
    }

    /// Everybody's primary identity.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.people.keys()
    }
}

/// Attributes, sources, and when they changed last.
type Whole = (Map<String, Value>, Vec<Arc<str>>, i64);

fn with(whole: Option<Whole>, piece: &Piece) -> Whole {
    let (mut attributes, mut sources, modified) = whole.unwrap_or_default();
    if let Ok(Value::Object(more)) = serde_json::from_str(&piece.attributes) {
        lay_over(&mut attributes, more);
    }
    for source in &piece.sources {
        if !sources.contains(source) {
            sources.push(Arc::clone(source));
        }
    }
    (attributes, sources, modified.max(piece.modified))
}

fn lay_over(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (name, value) in from {
        match (into.get_mut(&name), value) {
            (Some(Value::Object(deeper)), Value::Object(more)) => lay_over(deeper, more),
            (_, value) => {
                into.insert(name, value);
            }
        }
    }
}

/// Makes one piece of all that can be seen.
fn merge(pieces: &mut Vec<Piece>) {
    let now = Instant::now();
    let is_visible = |piece: &Piece| piece.visible <= now;
    let visible = pieces.iter().filter(|piece| is_visible(piece));
    let Some((attributes, sources, modified)) =
        visible.fold(None, |whole, piece| Some(with(whole, piece)))
    else {
        return;
    };
    pieces.retain(|piece| !is_visible(piece));
    let merged = Piece {
        visible: now,
        modified,
        sources,
        attributes: Value::Object(attributes).to_string().into(),
    };
    pieces.insert(0, merged);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_newer_value_counts_and_what_is_not_said_again_stays() {
        let mut people = People::default();
        let (crm, web): (Arc<str>, Arc<str>) = ("crm".into(), "web".into());
        let ada = key("Email", "ada@example.com");
        for n in 0..20 {
            let row = json!({"_acp_system_metadata": {}, "person": {"name": {"firstName": "Ada"}}, "n": n});
            people.meet(&ada, Vec::new(), &crm, &row);
        }
        let row = json!({"person": {"name": {"lastName": "Lovelace"}}, "n": 20});
        people.meet(&ada, vec![key("CRMID", "7")], &web, &row);
        for known in [key("EMAIL", "ada@example.com"), key("crmid", "7")] {
            let found = people.find(&known).unwrap();
            let whole =
                json!({"person": {"name": {"firstName": "Ada", "lastName": "Lovelace"}}, "n": 20});
            assert_eq!(found.attributes, whole);
            assert_eq!(found.sources, ["crm", "web"]);
            assert_eq!(found.identities, [ada.clone(), key("crmid", "7")]);
        }
        assert!(people.people[&ada].pieces.len() <= PIECES);
        // An identity leads to the person who had it last.
        let bob = key("Email", "bob@example.org");
        people.meet(&bob, vec![key("CRMID", "7")], &web, &json!({"n": 1}));
        let found = people.find(&key("crmid", "7")).unwrap();
        assert_eq!(found.identities, [bob, key("crmid", "7")]);
        assert_eq!(people.find(&ada).unwrap().identities, [ada]);
        assert!(people.find(&key("Email", "bob@example.com")).is_none());
        assert_eq!(people.keys().count(), 2);
    }

    #[test]
    fn what_was_just_said_is_seen_later() {
        let mut people = People::new(Duration::from_hours(1));
        let (ada, crm) = (key("Email", "ada@example.com"), "crm".into());
        people.meet(&ada, Vec::new(), &crm, &json!({"n": 1}));
        assert!(people.find(&ada).is_none());
        // What can't be merged yet is not gone through at each record again.
        let mut merges = 0;
        for n in 2..=1000 {
            let before = people.people[&ada].merged;
            people.meet(&ada, Vec::new(), &crm, &json!({ "n": n }));
            merges += usize::from(people.people[&ada].merged != before);
        }
        assert_eq!(people.people[&ada].pieces.len(), 1000);
        assert!((1..10).contains(&merges), "{merges}");
    }
}
