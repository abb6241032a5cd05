//! Which shard may be read when: children after their parents.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::position::Position;
use super::service::Listed;
use super::shard::Known;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Reading,
    Over,
}

#[derive(Debug)]
struct Member {
    listed: Listed,
    start: Position,
    state: State,
}

/// All shards that have been seen.
#[derive(Debug, Default)]
pub(super) struct Family {
    members: BTreeMap<String, Member>,
}

impl Family {
    /// Adds a shard that begins there. One that is known stays as it is.
    pub(super) fn add(&mut self, listed: &Listed, start: Position) {
        let state = if start == Position::End {
            State::Over
        } else {
            State::Waiting
        };
        self.members
            .entry(listed.id.clone())
            .or_insert_with(|| Member {
                listed: listed.clone(),
                start,
                state,
            });
    }

    /// The shards that may be read from now on, and from where. Each is named once.
    pub(super) fn ready(&mut self) -> Vec<(Arc<Known>, Position)> {
        let is_free = |member: &Member| {
            // A parent that is not listed any more has no records any more.
            let parents = member.listed.parents.iter();
            let mut parents = parents.filter_map(|id| self.members.get(id));
            member.state == State::Waiting && parents.all(|parent| parent.state == State::Over)
        };
        let free: Vec<_> = self
            .members
            .iter()
            .filter(|(_, member)| is_free(member))
            .map(|(id, _)| id.clone())
            .collect();
        let mut ready = Vec::new();
        for id in free {
            let ancestors: Vec<_> = self.ancestors(&id).into_iter().map(str::to_owned).collect();
            if let Some(member) = self.members.get_mut(&id) {
                member.state = State::Reading;
                let known = Known::new(&member.listed, ancestors.iter().map(String::as_str));
                ready.push((Arc::new(known), member.start.clone()));
            }
        }
        ready
    }

    /// The parents of a shard and theirs, as far as they are known.
    fn ancestors<'a>(&'a self, id: &'a str) -> BTreeSet<&'a str> {
        let mut ancestors = BTreeSet::new();
        let mut next = vec![id];
        while let Some(member) = next.pop().map(|id| self.members.get(id)) {
            let parents = member.map_or(&[][..], |member| &member.listed.parents);
            let new = parents.iter().filter(|id| ancestors.insert(id.as_str()));
            next.extend(new.map(String::as_str));
        }
        ancestors
    }

    /// The shard has been read to its end.
    pub(super) fn over(&mut self, id: &str) {
        if let Some(member) = self.members.get_mut(id) {
            member.state = State::Over;
        }
    }

    /// Where each begins.
    pub(super) fn starts(&self) -> BTreeMap<String, Position> {
        let members = self.members.iter();
        members
            .map(|(id, member)| (id.clone(), member.start.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(id: &str, parents: &[&str]) -> Listed {
        Listed {
            id: id.to_owned(),
            parents: parents.iter().map(|&id| id.to_owned()).collect(),
            range: 0..=1,
            is_open: false,
        }
    }

    fn ready(family: &mut Family) -> Vec<String> {
        let ready = family.ready();
        ready.iter().map(|(shard, _)| shard.id.clone()).collect()
    }

    #[test]
    fn a_child_waits_for_all_of_its_parents() {
        let mut family = Family::default();
        family.add(&listed("a", &["long-gone"]), Position::Beginning);
        family.add(&listed("b", &[]), Position::Beginning);
        assert_eq!(ready(&mut family), ["a", "b"]);
        family.add(&listed("merged", &["a", "b"]), Position::Beginning);
        family.add(&listed("a", &[]), Position::Beginning);
        family.over("a");
        assert!(ready(&mut family).is_empty());
        family.over("b");
        assert_eq!(ready(&mut family), ["merged"]);
        assert!(ready(&mut family).is_empty());
    }

    #[test]
    fn a_shard_knows_all_that_it_comes_from() {
        let mut family = Family::default();
        family.add(
            &listed("shardId-4", &["shardId-1", "shardId-3"]),
            Position::Beginning,
        );
        family.add(&listed("shardId-3", &["shardId-0"]), Position::Beginning);
        for id in ["shardId-0", "shardId-1", "shardId-3"] {
            family.add(&listed(id, &[]), Position::Beginning);
            family.over(id);
        }
        let found = family.ready();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0.ancestors, [0, 1, 3]);
    }

    #[test]
    fn what_ended_before_the_opening_holds_up_nobody() {
        let mut family = Family::default();
        family.add(&listed("parent", &[]), Position::End);
        family.add(&listed("child", &["parent"]), Position::At(5));
        let found = family.ready();
        assert_eq!(found.len(), 1);
        assert_eq!((&*found[0].0.id, &found[0].1), ("child", &Position::At(5)));
    }
}
