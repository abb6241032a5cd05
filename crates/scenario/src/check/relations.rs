//! Streams that have to do with each other: a part of another load, one after the other.

use options::{Location, Problem, listed, suggest};
use pacing::{LoadShare, Part};

use super::{Checker, STEP_NANOS};
use crate::After;
use crate::document::{Stream, StreamOptions};
use crate::loads::Loads;

/// What shares may come to beyond 100 %: what binary fractions add.
const ROUNDING: f64 = 1e-9;

impl Checker<'_> {
    /// What is wrong with how streams depend on each other.
    pub(super) fn relations(&mut self, streams: &[Stream<'_>]) {
        let Some(several) = &self.document.streams else {
            return;
        };
        for stream in streams {
            let Some(written) = several.get(stream.name) else {
                continue;
            };
            if let Some(share) = &written.share
                && !self.is_broken(&stream.at.join("share"))
            {
                self.share(stream, written, share, streams);
            }
            if stream.after.is_some() && !self.is_broken(&stream.at.join("after")) {
                self.after(stream, streams);
            }
        }
        self.shares_of_the_total(streams);
    }

    fn share(
        &mut self,
        stream: &Stream<'_>,
        written: &StreamOptions,
        share: &LoadShare,
        streams: &[Stream<'_>],
    ) {
        let at = stream.at.join("share");
        if written.load.is_some() {
            let message = "the stream has a load of its own, and a share of another one";
            self.report_key(Problem::new(at, message).help("leave one of them out"));
            return;
        }
        if matches!(share.part, Part::Share(part) if part.fraction() <= 0.0) {
            let message = "a share of 0% sends nothing";
            self.report(
                Problem::new(at, message).help("give it a larger share, or leave the stream out"),
            );
            return;
        }
        match &share.of {
            None if self.document.load.is_none() => {
                let at_top = Location::root().join("load");
                if !self.is_broken(&at_top) {
                    let message =
                        "there is no `load` at the top of the file that this could be a share of";
                    self.report(Problem::new(at, message).help(
                        "add `load:` beside `streams:`, or name a stream: `share: {of: profiles, part: 10%}`",
                    ));
                }
                return;
            }
            Some(of) if !self.is_there(of, &at.join("of"), streams) => return,
            None | Some(_) => {}
        }
        let of = |name: &str| -> Option<&str> {
            let share = self.document.streams.as_ref()?.get(name)?.share.as_ref()?;
            share.of.as_deref()
        };
        if let Some(circle) = circle(stream.name, of) {
            let at = at.join("of");
            let message = format!("a share of itself: `{circle}`");
            self.report(Problem::new(at, message).help("give one of them a load of its own"));
            return;
        }
        if stream.load.is_some_and(pacing::is_unpaced) {
            let whose = match &share.of {
                Some(of) => format!("the load of `{of}`"),
                None => "the load".to_owned(),
            };
            let message =
                format!("{whose} is unpaced: it has no rate that this could be a share of");
            self.report(
                Problem::new(at, message)
                    .help("give it a rate, e.g. `hold: {rate: 10k/s, for: 1m}`"),
            );
        }
    }

    /// Shares of the load at the top of the file are parts of one whole.
    fn shares_of_the_total(&mut self, streams: &[Stream<'_>]) {
        let mut sum = 0.0;
        let mut any = false;
        for stream in streams {
            let Some(LoadShare {
                of: None,
                part: Part::Share(part),
            }) = stream.share
            else {
                continue;
            };
            let before = sum;
            sum += part.fraction();
            any = true;
            if sum > 1.0 + ROUNDING && before <= 1.0 + ROUNDING {
                let all: f64 = streams.iter().filter_map(of_total).sum();
                let message = format!("the shares come to {}", percent(all));
                let problem = Problem::new(stream.at.join("share"), message);
                self.report(problem.help("all of them together are at most 100%"));
            }
        }
        if any && self.document.load.is_some() && sum < 1.0 - ROUNDING {
            let message = format!(
                "the streams have {} of this load between them",
                percent(sum)
            );
            let problem = Problem::warning(Location::root().join("load"), message);
            self.report(problem.help("let the shares come to 100%, or lower the rate"));
        }
    }

    fn after(&mut self, stream: &Stream<'_>, streams: &[Stream<'_>]) {
        let at = stream.at.join("after");
        let Some(after) = stream.after else { return };
        let other = after.stream();
        let name_at = if after.is_verified() {
            at.join("stream")
        } else {
            at.clone()
        };
        if !self.is_there(other, &name_at, streams) {
            return;
        }
        let next = |name: &str| {
            let stream = streams.iter().find(|stream| stream.name == name)?;
            stream.after.map(After::stream)
        };
        if let Some(circle) = circle(stream.name, next) {
            let message = format!("a stream waits for itself: `{circle}`");
            self.report(Problem::new(at, message).help("let one of them start with the run"));
            return;
        }
        let theirs = streams.iter().find(|stream| stream.name == other);
        let is_verified = theirs.and_then(|it| it.verify).is_some_and(|it| {
            it.landed.is_some() || it.read_back.is_some() || it.profile.is_some()
        });
        let is_known = !theirs.is_some_and(|it| self.is_broken(&it.at.join("verify")));
        if after.is_verified() && is_known && !is_verified {
            let message = format!("`{other}` is not verified, so this one would wait for ever");
            let help =
                format!("add `verify: {{read_back: {{}}}}` to `{other}`, or leave `until` out");
            self.report(Problem::new(at.join("until"), message).help(help));
            return;
        }
        if stream.backfill.is_some() {
            let message = "a past is published from the start of the run on, so the stream can't wait for another one";
            self.report_key(Problem::new(at, message).help("leave `after` or `backfill` out"));
            return;
        }
        let mean = |stream: &Stream<'_>| Some(self.template(stream)?.mean_len());
        let loads = Loads {
            streams,
            stop: pacing::Stop::default(),
            mean: &mean,
        };
        let theirs = theirs.and_then(|theirs| loads.of(theirs).ok().flatten());
        if theirs.is_some_and(|theirs| theirs.happened_until(STEP_NANOS).is_none()) {
            let message =
                format!("`{other}` goes on until the run is stopped, so nothing comes after it");
            let help = "end its load by `for` or `count`";
            self.report(Problem::new(at, message).help(help));
        }
    }

    /// Whether there is a stream of this name; says so if not.
    fn is_there(&mut self, name: &str, at: &Location, streams: &[Stream<'_>]) -> bool {
        let names = || streams.iter().map(|stream| stream.name);
        if names().any(|known| known == name) {
            return true;
        }
        let help = match suggest(name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the streams are {}", listed(names())),
        };
        self.report(Problem::new(at.clone(), format!("there is no stream `{name}`")).help(help));
        false
    }
}

fn of_total(stream: &Stream<'_>) -> Option<f64> {
    match stream.share? {
        LoadShare {
            of: None,
            part: Part::Share(part),
        } => Some(part.fraction()),
        _ => None,
    }
}

fn percent(fraction: f64) -> String {
    options::Share::percent(fraction * 100.0).to_string()
}

/// The way from a stream back to itself, if there is one: `a` → `b` → `a`.
fn circle<'n>(from: &'n str, next: impl Fn(&str) -> Option<&'n str>) -> Option<String> {
    let mut way = vec![from];
    while let Some(name) = next(way.last().copied().unwrap_or(from)) {
        if name == from {
            way.push(name);
            return Some(way.join("` → `"));
        }
        // A circle that this stream leads into is told at those that are in it.
        if way.contains(&name) {
            return None;
        }
        way.push(name);
    }
    None
}
