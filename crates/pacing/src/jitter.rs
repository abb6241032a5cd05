//! A walk along a load whose records are moved a little.

use batch::Nanos;

use crate::load::{Load, Pace};
use crate::pacer::Share;
use crate::scatter::Scatter;
use crate::walk::Walk;

/// A walk whose records are moved within windows of time.
#[derive(Clone, Debug)]
pub(crate) struct Jitter {
    walk: Walk,
    window: u64,
    places: Option<Scatter>,
    /// The number of the window that `places` are in.
    at: u64,
    next: Option<Nanos>,
    /// The record that was taken from the walk; kept for its memory.
    taken: Vec<Nanos>,
}

impl Jitter {
    pub(crate) fn new(load: &Load, share: Share, walk: Walk, window: u64) -> Box<Jitter> {
        let mut jitter = Jitter {
            walk,
            window,
            places: None,
            at: 0,
            next: None,
            taken: Vec::with_capacity(1),
        };
        jitter.seat(load, share);
        Box::new(jitter)
    }

    pub(crate) fn due_by(
        &mut self,
        load: &Load,
        share: Share,
        now: Nanos,
        full: usize,
        out: &mut Vec<Nanos>,
    ) {
        while out.len() < full
            && let Some(due) = self.next.filter(|due| *due <= now)
        {
            out.push(due);
            self.taken.clear();
            self.walk.due_by(Nanos::MAX, 1, &mut self.taken);
            self.seat(load, share);
        }
    }

    /// When the next record is due; `None` behind the last.
    pub(crate) fn next(&self) -> Option<Nanos> {
        self.next
    }

    /// How many records of the share are behind us.
    pub(crate) fn position(&self) -> u64 {
        self.walk.position()
    }

    /// Goes on with the record at `position` of the share.
    pub(crate) fn go_to(&mut self, position: u64, load: &Load, share: Share) {
        self.walk.go_to(position);
        self.places = None;
        self.at = 0;
        self.seat(load, share);
    }

    /// Moves the walk's next record. Where a share has a record in a window at most, each costs a search for
    /// the window's last record; and one for its first, unless the window before is that of the record before, or
    /// there is no record in between.
    fn seat(&mut self, load: &Load, share: Share) {
        let n = share.ordinal_at(self.walk.position());
        let Some(due) = self.walk.next() else {
            self.next = None;
            return;
        };
        let is_inside = |places: &Scatter| places.interval.has(n);
        if !self.places.as_ref().is_some_and(is_inside)
            && let Pace::Paced { parts, is_endless } = &load.pace
        {
            let at = due.0 / self.window;
            let is_next = at == self.at + 1;
            let before = self.places.as_ref().map(|places| places.interval.end());
            let first = before.filter(|end| is_next || *end == n);
            let window = load.window(due, self.window, first, parts, *is_endless);
            self.at = at;
            match &mut self.places {
                Some(places) => places.start(window),
                none => *none = Some(Scatter::new(window)),
            }
        }
        self.next = self
            .places
            .as_mut()
            .map(|places| Nanos((places.place(n) >> 64) as u64));
    }
}
