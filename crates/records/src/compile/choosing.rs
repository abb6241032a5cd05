//! Parts of which a record has one: those of its locale, and of its person's gender.

use super::Compiler;
use super::people::FIRST_NAME;
use crate::locale::{Locale, Locales};
use crate::program::{Op, Switch};
use crate::random::hash;

/// Which locale a record has, where there are several.
const LOCALE: u64 = hash("person: locale");

impl Compiler {
    /// Goes on in these locales; returns those until now.
    pub(super) fn set_locales(&mut self, locales: Locales) -> Locales {
        self.set_locale(locales.first());
        std::mem::replace(&mut self.locales, locales)
    }

    fn set_locale(&mut self, locale: Locale) {
        if locale != self.locale {
            (self.locale, self.tables) = (locale, locale.tables().into());
        }
    }

    /// What `body` writes, in the record's locale.
    pub(super) fn localized(&mut self, body: impl Fn(&mut Compiler)) {
        let locales: Vec<_> = self.locales.iter().collect();
        if locales.len() < 2 {
            return body(self);
        }
        let weights: Vec<_> = locales
            .iter()
            .map(|(_, weight)| u64::from(*weight))
            .collect();
        // Nobody moves to another country when a value changes.
        self.lasting(|compiler, every| {
            compiler.switch(LOCALE, &weights, |compiler, index| {
                compiler.set_locale(locales[index].0);
                compiler.last_for(every, &body);
            });
        });
        self.set_locale(locales[0].0);
    }

    /// What `body` writes for a woman (0) or a man (1), as the first name has it.
    pub(super) fn gendered(&mut self, body: impl Fn(&mut Compiler, usize)) {
        let weights = self
            .tables
            .own
            .as_ref()
            .map_or([1, 1], |own| [own.women.len() as u64, own.men.len() as u64]);
        let outer = self.every();
        self.drawn_with(FIRST_NAME, |compiler| {
            compiler.switch(FIRST_NAME, &weights, |compiler, index| {
                compiler.last_for(outer, |compiler| body(compiler, index));
            });
        });
    }

    /// One of several parts, as often as their weights say: `arm` writes the one with this index.
    pub(super) fn switch(
        &mut self,
        salt: u64,
        weights: &[u64],
        arm: impl Fn(&mut Compiler, usize),
    ) {
        let at = self.op(Op::Nothing);
        let (mut sum, mut arms, mut ends) = (0, Vec::new(), Vec::new());
        for (index, weight) in weights.iter().enumerate() {
            sum += weight;
            arms.push((sum, (self.program.steps.len() - at - 1) as u32));
            self.left = None;
            arm(self, index);
            ends.push(self.op(Op::Nothing));
        }
        let end = self.program.steps.len();
        for step in ends {
            self.program.steps[step].op = Op::Skip {
                steps: (end - step - 1) as u32,
            };
        }
        self.left = None;
        self.program.switches.push(Switch {
            arms,
            steps: (end - at - 1) as u32,
        });
        self.program.steps[at].op = Op::Switch {
            index: self.program.switches.len() as u32 - 1,
            salt,
        };
    }
}
