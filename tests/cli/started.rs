//! The program while it runs: what it says, and what it is told meanwhile.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread;

use super::Said;
use crate::servers::watched::signal;

pub(crate) struct Started {
    child: Child,
    talk: BufReader<ChildStderr>,
    /// On standard error, so far.
    said: String,
}

impl Started {
    pub(crate) fn new(command: &mut Command) -> Started {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Started {
            talk: BufReader::new(child.stderr.take().unwrap()),
            child,
            said: String::new(),
        }
    }

    /// The same, when it has said this.
    pub(crate) fn and_says(command: &mut Command, word: &str) -> Started {
        let mut started = Started::new(command);
        started.wait_for(word);
        started
    }

    /// Returns when it has said this, from now on.
    pub(crate) fn wait_for(&mut self, word: &str) {
        let from = self.said.len();
        while !self.said[from..].contains(word) {
            let read = self.talk.read_line(&mut self.said).unwrap();
            assert!(read > 0, "it ended without `{word}`: {}", self.said);
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Sends it a signal, such as `INT`.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.id(), name);
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Said {
        let mut stdout = self.child.stdout.take().unwrap();
        let out = thread::spawn(move || {
            let mut out = String::new();
            stdout.read_to_string(&mut out).map(|_| out)
        });
        self.talk.read_to_string(&mut self.said).unwrap();
        Said {
            out: out.join().unwrap().unwrap(),
            err: self.said,
            code: self.child.wait().unwrap().code().unwrap_or(-1),
        }
    }
}
