//! Things by id, readable from a moment after their creation on: the platform is eventually
//! consistent. Whoever changes or removes a thing gets at it at once; who looks for it, or names it
//! in another one, has to wait. What was removed is out of every list at once, and still counts as a
//! user of what it was built on, until its removal is through.

use std::time::{Duration, Instant};

use indexmap::IndexMap;
use serde_json::Value;

/// One kind of thing.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    things: IndexMap<String, Thing>,
    going: Vec<Going>,
    settle: Duration,
}

/// A thing whose removal is under way.
#[derive(Debug)]
struct Going {
    id: String,
    value: Value,
    gone: Instant,
}

#[derive(Debug)]
struct Thing {
    value: Value,
    readable: Instant,
}

impl Shelf {
    pub(crate) fn new(settle: Duration) -> Shelf {
        Shelf {
            things: IndexMap::new(),
            going: Vec::new(),
            settle,
        }
    }

    /// What can be read with this id.
    pub(crate) fn get(&self, id: &str) -> Option<&Value> {
        let thing = self.things.get(id)?;
        (thing.readable <= Instant::now()).then_some(&thing.value)
    }

    /// What can be read, oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&String, &Value)> {
        let now = Instant::now();
        let readable = self.things.iter().filter(move |(_, it)| it.readable <= now);
        readable.map(|(id, thing)| (id, &thing.value))
    }

    pub(crate) fn values(&self) -> impl DoubleEndedIterator<Item = &Value> {
        self.iter().map(|(_, value)| value)
    }

    /// What is there with this id, readable or not.
    pub(crate) fn stored(&self, id: &str) -> Option<&Value> {
        self.things.get(id).map(|thing| &thing.value)
    }

    /// Everything that is there, readable or not.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.things.iter().map(|(id, thing)| (id, &thing.value))
    }

    /// Everything that is there, or whose removal is not through yet.
    pub(crate) fn users(&self) -> impl Iterator<Item = (&String, &Value)> {
        let now = Instant::now();
        let going = self.going.iter().filter(move |it| it.gone > now);
        self.all().chain(going.map(|it| (&it.id, &it.value)))
    }

    /// What is there with this id, to be changed.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Value> {
        self.things.get_mut(id).map(|thing| &mut thing.value)
    }

    pub(crate) fn insert(&mut self, id: String, value: Value) {
        let readable = Instant::now() + self.settle;
        self.things.insert(id, Thing { value, readable });
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Value> {
        let Thing { value, .. } = self.things.shift_remove(id)?;
        let now = Instant::now();
        self.going.retain(|it| it.gone > now);
        self.going.push(Going {
            id: id.to_owned(),
            value: value.clone(),
            gone: now + self.settle,
        });
        Some(value)
    }

    /// How many there are, readable or not.
    pub(crate) fn len(&self) -> usize {
        self.things.len()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_new_can_be_changed_but_not_seen() {
        let mut shelf = Shelf::new(Duration::from_hours(1));
        shelf.insert("a".to_owned(), json!(1));
        assert!(shelf.get("a").is_none() && shelf.values().next().is_none());
        assert_eq!((shelf.len(), shelf.stored("a")), (1, Some(&json!(1))));
        *shelf.get_mut("a").unwrap() = json!(2);
        assert_eq!(shelf.remove("a"), Some(json!(2)));
        // Out of sight, and still in the way.
        assert!(shelf.all().next().is_none());
        assert_eq!(shelf.users().next().unwrap().1, &json!(2));

        let mut shelf = Shelf::default();
        shelf.insert("a".to_owned(), json!(1));
        assert!(shelf.get("a").is_some());
        assert_eq!(shelf.remove("a"), Some(json!(1)));
        assert!(shelf.users().next().is_none());
    }
}
