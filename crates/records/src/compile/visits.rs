//! The record's visit: a device, its system and its browser, which belong together.

use super::Compiler;
use crate::field::Plain;
use crate::random::hash;

/// Which number makes up the record's visit: the same for all fields.
const VISIT: u64 = hash("visit: browser");

/// Device, operating system, maker, model and version of the system.
const DEVICES: &str = include_str!("../../data/devices.txt");

/// Weight, device, operating system, browser and user agent.
const BROWSERS: &str = include_str!("../../data/user_agents.txt");

impl Compiler {
    /// A kind that tells of the record's visit.
    pub(super) fn visit(&mut self, plain: Plain) {
        let (table, column) = match plain {
            Plain::Device => ("device", 1),
            Plain::Os => ("operating system", 2),
            Plain::Browser => ("browser", 3),
            Plain::DeviceMaker => return self.hardware("maker", 2),
            Plain::DeviceModel => return self.hardware("device model", 3),
            Plain::OsVersion => return self.hardware("system version", 4),
            _ => ("user agent", 4),
        };
        let lines = BROWSERS.lines().filter(|line| !line.starts_with('#'));
        let words = lines.flat_map(|line| {
            // A user agent has semicolons itself.
            let mut columns = line.splitn(5, ';');
            let weight = columns.next().and_then(|weight| weight.parse().ok());
            let word = columns.nth(column - 1).unwrap_or_default();
            std::iter::repeat_n(word, weight.unwrap_or_default())
        });
        self.word(table, || words, VISIT);
    }

    /// What is known of devices that the browser runs on: the same as often as the browser, in turn.
    fn hardware(&mut self, table: &'static str, column: usize) {
        let browsers = BROWSERS.lines().filter(|line| !line.starts_with('#'));
        let words = browsers.flat_map(|line| {
            let mut columns = line.splitn(5, ';');
            let weight = columns.next().and_then(|weight| weight.parse().ok());
            let [device, os, browser] = [(); 3].map(|()| columns.next().unwrap_or_default());
            let fitting = DEVICES.lines().filter(move |line| {
                let mut columns = line.split(';');
                let is_same = columns.next() == Some(device) && columns.next() == Some(os);
                let is_makers = browser != "Samsung Internet" || columns.next() == Some("Samsung");
                is_same && is_makers
            });
            let words = fitting.map(move |line| line.split(';').nth(column).unwrap_or_default());
            words.cycle().take(weight.unwrap_or_default())
        });
        self.word(table, || words, VISIT);
    }
}
