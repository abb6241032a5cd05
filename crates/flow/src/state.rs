//! The state file: what was created on the platform, and by whom.
//!
//! It is written before a creation is asked for (the intent) and after it is answered, each time to a
//! file beside it that then takes its place. Whatever interrupts the program, the next one knows what
//! is there, and knows where it has to look because nobody heard the answer. It never holds a secret.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use options::{linked, replace_file};
use serde::{Deserialize, Serialize};

use crate::{Error, Kind};

mod lock;
mod streams;

use lock::{Lock, Refused};

const VERSION: u32 = 1;
/// More than the state of ten thousand flows: another file.
const BYTES_MAX: u64 = 64 << 20;

/// Who made an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Hydrant did, and `destroy` removes it.
    Created,
    /// It was there already, and stays.
    Adopted,
}

/// One object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Its name, for people.
    pub name: String,
    /// Its id on the platform.
    pub id: String,
    /// Who made it.
    pub origin: Origin,
}

/// A mapping set in one of its versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    /// The mapping set's id.
    pub id: String,
    /// Its version.
    pub version: u32,
}

/// What is known of one flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowState {
    /// In the order in which they came to be.
    #[serde(default)]
    pub objects: Vec<Object>,
    /// Creations that were asked for and not answered yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<Kind>,
    /// Creations that were repeated since nobody had heard the answer: the platform may have made two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repeated: Vec<Kind>,
    /// When the flow was made or changed, until it has had its time to start or a canary has landed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starting_since: Option<Timestamp>,
    /// Streams, topics and subscriptions that were made for it (`create: true`), each by all that is
    /// known of where it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub streams: Vec<String>,
    /// When the first canary was sent, until a load follows: its first records may land with canaries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canaries_since: Option<Timestamp>,
    /// The mapping set that Hydrant pointed the flow to; while it is pointed to another one, both. A flow
    /// that has another one than these was changed by somebody else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pointed: Vec<Pointer>,
    /// What another object took the place of, and is still there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired: Vec<Object>,
    /// When something was last asked for: what was created since may not be readable yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touched_at: Option<Timestamp>,
}

impl FlowState {
    /// The object of this kind.
    pub fn get(&self, kind: Kind) -> Option<&Object> {
        self.objects.iter().find(|object| object.kind == kind)
    }

    /// Notes an object in the place of the one that was known, which comes back.
    fn take_in(&mut self, object: Object) -> Option<Object> {
        self.pending.retain(|kind| *kind != object.kind);
        let index = self.objects.iter().position(|it| it.kind == object.kind);
        let old = index.map(|index| self.objects.remove(index));
        if object.origin == Origin::Created && old.as_ref() != Some(&object) {
            let now = Some(Timestamp::now());
            self.touched_at = now;
            if object.kind == Kind::Flow {
                self.starting_since = now;
            }
        }
        self.objects.push(object);
        old
    }

    /// Whether it was Hydrant who pointed the flow there.
    pub(crate) fn has_pointed(&self, to: &Pointer) -> bool {
        if !self.pointed.is_empty() {
            return self.pointed.contains(to);
        }
        // A file from before that was noted: the set that was made for the flow was given to it.
        let set = self.get(Kind::MappingSet);
        set.is_some_and(|set| set.origin == Origin::Created && set.id == to.id)
    }

    /// Whether something was asked for so recently that it may not be readable yet.
    pub(crate) fn is_fresh(&self) -> bool {
        const FRESH: SignedDuration = SignedDuration::from_mins(1);
        let is_fresh = |at| Timestamp::now().duration_since(at) < FRESH;
        self.touched_at.is_some_and(is_fresh)
    }

    /// Whether something on the platform, or a stream, was made for it, as far as is known.
    pub fn is_made(&self) -> bool {
        let is_ours = |object: &Object| object.origin == Origin::Created;
        self.objects.iter().any(is_ours)
            || !self.pending.is_empty()
            || !self.retired.is_empty()
            || !self.streams.is_empty()
    }

    /// Whether nothing is known of it.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
            && self.pending.is_empty()
            && self.retired.is_empty()
            && self.streams.is_empty()
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Contents {
    version: u32,
    organization: String,
    sandbox: String,
    #[serde(default)]
    flows: IndexMap<String, FlowState>,
}

impl Contents {
    fn new(organization: &str, sandbox: &str) -> Contents {
        Contents {
            version: VERSION,
            organization: organization.to_owned(),
            sandbox: sandbox.to_owned(),
            flows: IndexMap::new(),
        }
    }
}

/// The state of all flows of a scenario, in its file.
#[derive(Debug)]
pub struct State {
    path: PathBuf,
    contents: Mutex<Contents>,
    /// `None`: it is only looked at.
    _lock: Option<Lock>,
}

/// Reads a file that may be a state file. Nothing else is: a device would never end, and would be
/// replaced by a file.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let about = fs::metadata(path)?;
    if about.is_file() && about.len() <= BYTES_MAX {
        fs::read(path)
    } else {
        Err(std::io::Error::other("it is no state file"))
    }
}

impl State {
    /// Reads the file at `path`, or begins a new one if there is none, and keeps it from others until
    /// this is dropped. One of another organisation or sandbox is refused.
    pub fn open(path: &Path, organization: &str, sandbox: &str) -> Result<State, Error> {
        // Whoever goes by another link meets the same lock.
        let path = &linked(path).map_err(|error| Error::State {
            what: "read",
            path: path.to_owned(),
            message: error.to_string(),
        })?;
        let lock = Lock::take(path).map_err(|refused| match refused {
            Refused::Held(holder) => Error::Locked {
                path: path.to_owned(),
                holder,
            },
            Refused::Broken(error) => Error::State {
                what: "write",
                path: path.to_owned(),
                message: error.to_string(),
            },
        })?;
        State::read(path, organization, sandbox, Some(lock))
    }

    /// The same to look at only: somebody else may be changing it.
    pub fn look(path: &Path, organization: &str, sandbox: &str) -> Result<State, Error> {
        State::read(path, organization, sandbox, None)
    }

    fn read(
        path: &Path,
        organization: &str,
        sandbox: &str,
        lock: Option<Lock>,
    ) -> Result<State, Error> {
        let wrong = |message: String| Error::State {
            what: "read",
            path: path.to_owned(),
            message,
        };
        let contents = match read(path) {
            Ok(bytes) if bytes.is_empty() => Contents::new(organization, sandbox),
            Ok(bytes) => {
                let contents: Contents =
                    serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
                if contents.version != VERSION {
                    return Err(wrong(format!(
                        "it has version {}, not {VERSION}",
                        contents.version
                    )));
                }
                let theirs = (contents.organization.as_str(), contents.sandbox.as_str());
                if theirs != (organization, sandbox) {
                    return Err(Error::Foreign {
                        path: path.to_owned(),
                        theirs: format!("{} / {}", theirs.0, theirs.1),
                        ours: format!("{organization} / {sandbox}"),
                    });
                }
                contents
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Contents::new(organization, sandbox)
            }
            Err(error) => return Err(wrong(error.to_string())),
        };
        Ok(State {
            path: path.to_owned(),
            contents: Mutex::new(contents),
            _lock: lock,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is known of the flow `name`.
    pub fn flow(&self, name: &str) -> FlowState {
        self.lock().flows.get(name).cloned().unwrap_or_default()
    }

    /// The flows that something is known of, by their names.
    pub fn names(&self) -> Vec<String> {
        self.lock().flows.keys().cloned().collect()
    }

    /// Writes the file as it is, to see that it can be written before anything is created.
    pub(crate) fn touch(&self) -> Result<(), Error> {
        self.change(|_| {})
    }

    /// A creation is about to be asked for.
    pub(crate) fn intend(&self, flow: &str, kind: Kind) -> Result<(), Error> {
        self.change(|contents| {
            let state = contents.flows.entry(flow.to_owned()).or_default();
            state.touched_at = Some(Timestamp::now());
            if !state.pending.contains(&kind) {
                state.pending.push(kind);
            }
        })
    }

    /// A creation is repeated, as nothing is to be seen of the first.
    pub(crate) fn repeat(&self, flow: &str, kind: Kind) -> Result<(), Error> {
        self.change(|contents| {
            let state = contents.flows.entry(flow.to_owned()).or_default();
            if !state.repeated.contains(&kind) {
                state.repeated.push(kind);
            }
        })
    }

    /// The first of a repeated creation, which came through after all, is to be removed; without one,
    /// none is to be expected any more.
    pub(crate) fn retire(&self, flow: &str, kind: Kind, doubles: Vec<Object>) -> Result<(), Error> {
        self.change(|contents| {
            if let Some(state) = contents.flows.get_mut(flow) {
                state.repeated.retain(|known| *known != kind);
                state.retired.extend(doubles);
            }
        })
    }

    /// The platform said no: nothing was created.
    pub(crate) fn give_up(&self, flow: &str, kind: Kind) -> Result<(), Error> {
        self.change(|contents| {
            let pending = &mut contents.flows.entry(flow.to_owned()).or_default().pending;
            pending.retain(|known| *known != kind);
        })
    }

    /// An object is there. One of Hydrant's own whose place it takes is to be removed when nothing uses
    /// it any more.
    pub(crate) fn replace(&self, flow: &str, object: Object) -> Result<(), Error> {
        self.change(|contents| {
            let state = contents.flows.entry(flow.to_owned()).or_default();
            let id = object.id.clone();
            if let Some(old) = state.take_in(object)
                && old.origin == Origin::Created
                && old.id != id
            {
                state.retired.push(old);
            }
        })
    }

    /// An object is gone.
    pub(crate) fn remove(&self, flow: &str, kind: Kind) -> Result<(), Error> {
        self.change(|contents| {
            if let Some(state) = contents.flows.get_mut(flow) {
                state.objects.retain(|known| known.kind != kind);
                state.pending.retain(|known| *known != kind);
                if kind == Kind::Flow {
                    state.starting_since = None;
                    state.pointed.clear();
                }
            }
        })
    }

    /// A retired object is gone.
    pub(crate) fn bury(&self, flow: &str, id: &str) -> Result<(), Error> {
        self.change(|contents| {
            if let Some(state) = contents.flows.get_mut(flow) {
                state.retired.retain(|known| known.id != id);
            }
        })
    }

    /// The flow is about to be pointed to this mapping set.
    pub(crate) fn pointing(&self, flow: &str, to: &Pointer) -> Result<(), Error> {
        self.change(|contents| {
            let state = contents.flows.entry(flow.to_owned()).or_default();
            if !state.pointed.contains(to) {
                state.pointed.push(to.clone());
            }
        })
    }

    /// The flow has this mapping set now.
    pub(crate) fn pointed(&self, flow: &str, to: &Pointer) -> Result<(), Error> {
        self.change(|contents| {
            let state = contents.flows.entry(flow.to_owned()).or_default();
            state.pointed = vec![to.clone()];
        })
    }

    /// The flow was changed, and needs time to start again.
    pub(crate) fn changed(&self, flow: &str) -> Result<(), Error> {
        self.change(|contents| {
            let state = contents.flows.entry(flow.to_owned()).or_default();
            state.starting_since = Some(Timestamp::now());
        })
    }

    /// Canaries are sent from now on.
    pub fn canaries(&self, flow: &str, since: Timestamp) -> Result<(), Error> {
        self.change(|contents| {
            if let Some(state) = contents.flows.get_mut(flow) {
                state.canaries_since.get_or_insert(since);
            }
        })
    }

    /// A load follows.
    pub fn loaded(&self, flow: &str) -> Result<(), Error> {
        self.change(|contents| {
            if let Some(state) = contents.flows.get_mut(flow) {
                state.canaries_since = None;
            }
        })
    }

    /// The flow has proved that it reads, or has had its time to start.
    pub fn ready(&self, flow: &str) -> Result<(), Error> {
        self.change(|contents| {
            if let Some(state) = contents.flows.get_mut(flow) {
                state.starting_since = None;
            }
        })
    }

    /// Changes the contents and writes them; when nothing is left, the file goes away.
    fn change(&self, change: impl FnOnce(&mut Contents)) -> Result<(), Error> {
        let mut contents = self.lock();
        change(&mut contents);
        contents.flows.retain(|_, state| !state.is_empty());
        self.write(&contents).map_err(|error| Error::State {
            what: "write",
            path: self.path.clone(),
            message: error.to_string(),
        })
    }

    /// Removes the file if nothing is in it.
    pub fn clean_up(&self) {
        if self.lock().flows.is_empty() {
            // Not there: nothing was ever created.
            drop(fs::remove_file(&self.path));
        }
    }

    fn write(&self, contents: &Contents) -> std::io::Result<()> {
        replace_file(&self.path, |out| {
            serde_json::to_writer_pretty(&mut *out, contents)?;
            out.write_all(b"\n")
        })
    }

    fn lock(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
