//! A sandbox, and a place to run the program in against it.

use std::process::Command;

use sandbox::{Sandbox, SandboxOptions};

use super::{Place, Said};

pub(crate) struct Site {
    pub(crate) sandbox: Sandbox,
    pub(crate) place: Place,
}

impl Site {
    /// With a scenario.
    pub(crate) fn new(file: &str, scenario: &str) -> Site {
        let site = Site {
            sandbox: Sandbox::start(SandboxOptions::default()).unwrap(),
            place: Place::new(),
        };
        site.place.write(file, scenario);
        site
    }

    /// The program with these words.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = self.place.command(words);
        command.envs(self.sandbox.env());
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Said {
        Said::from(self.command(words).output().unwrap())
    }

    /// How many objects the platform has.
    pub(crate) fn objects(&self) -> usize {
        self.sandbox.objects().iter().map(|(_, count)| count).sum()
    }

    /// What a file holds; nothing, if there is none.
    pub(crate) fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.place.path(file)).unwrap_or_default()
    }
}
