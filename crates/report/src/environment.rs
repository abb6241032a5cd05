//! `environment.json`: where a run took place, so that two runs can be told apart.
//!
//! Everything is read from files of the kernel and the distribution; what can't be read is absent.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a run took place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Environment {
    /// Versions of Hydrant and of the client libraries, by name.
    pub versions: BTreeMap<String, String>,
    /// The command line, with what may be a secret removed.
    pub command_line: Vec<String>,
    /// The distribution, e.g. `Debian GNU/Linux 12 (bookworm)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// The kernel's release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel: Option<String>,
    /// The machine's architecture, e.g. `x86_64`.
    pub architecture: String,
    /// The model of the first CPU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_model: Option<String>,
    /// CPUs that this process may use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpus: Option<usize>,
    /// The machine's memory in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// `cpu.max` of the control group: microseconds of CPU in a period, and the period. `max` is no
    /// limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cgroup_cpu: Option<String>,
    /// `memory.max` of the control group, in bytes. `max` is no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cgroup_memory: Option<String>,
    /// The kernel's clock source; everything but `tsc` makes a clock reading slow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_source: Option<String>,
}

impl Environment {
    /// Looks at this machine. `versions` are those of the client libraries; Hydrant's is added.
    pub fn read(
        command_line: impl IntoIterator<Item = String>,
        mut versions: BTreeMap<String, String>,
    ) -> Environment {
        versions.insert("hydrant".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        Environment {
            versions,
            command_line: without_secrets(command_line),
            os: field("/etc/os-release", "PRETTY_NAME", '='),
            kernel: line("/proc/sys/kernel/osrelease"),
            architecture: std::env::consts::ARCH.to_owned(),
            cpu_model: field("/proc/cpuinfo", "model name", ':'),
            cpus: std::thread::available_parallelism().ok().map(usize::from),
            memory_bytes: field("/proc/meminfo", "MemTotal", ':')
                .and_then(|text| Some(text.strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)),
            cgroup_cpu: cgroup("cpu.max"),
            cgroup_memory: cgroup("memory.max"),
            clock_source: line("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
        }
    }

    /// What people ask first, in one line: `2 × Some CPU, 8.2 GB, Linux 6.1.0`.
    pub fn describe(&self) -> String {
        let cpus = self
            .cpus
            .map_or_else(String::new, |cpus| format!("{cpus} × "));
        let model = self.cpu_model.as_deref().unwrap_or(&self.architecture);
        let memory = self
            .memory_bytes
            .map(|bytes| crate::format::bytes(bytes as f64));
        let kernel = self.kernel.as_ref().map(|kernel| format!("Linux {kernel}"));
        let parts = [Some(format!("{cpus}{model}")), memory, kernel];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

fn line(path: impl AsRef<Path>) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.lines().next()?.trim().to_owned()).filter(|line| !line.is_empty())
}

/// The value of the first line that begins with `name` and `separator`.
fn field(path: &str, name: &str, separator: char) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let found = text.lines().find_map(|line| {
        let (key, value) = line.split_once(separator)?;
        (key.trim() == name).then(|| value.trim().trim_matches('"').to_owned())
    });
    found.filter(|value| !value.is_empty())
}

/// The first line of a file of this process's own control group (version 2), or of the root that a container
/// sees, e.g. `cpu.max`.
pub fn cgroup(file: &str) -> Option<String> {
    let own = line("/proc/self/cgroup")?;
    let path = own.strip_prefix("0::")?.trim_start_matches('/').to_owned();
    let root = Path::new("/sys/fs/cgroup");
    line(root.join(path).join(file)).or_else(|| line(root.join(file)))
}

/// Words in the name of an option or a variable whose value is nobody's business.
const SECRET_WORDS: [&str; 8] = [
    "secret",
    "password",
    "passwd",
    "token",
    "credential",
    "accesskey",
    "connection_string",
    "connection-string",
];

const REMOVED: &str = "[removed]";

fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// A command line that can be shown: `--secret x`, `--set TOKEN=x`, `https://user:x@host` and
/// connection strings lose their x.
fn without_secrets(arguments: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut value_of_secret = false;
    let mut shown = Vec::new();
    for argument in arguments {
        let is_option = argument.starts_with('-');
        if value_of_secret && !is_option {
            shown.push(REMOVED.to_owned());
            value_of_secret = false;
            continue;
        }
        value_of_secret = is_option && !argument.contains('=') && is_secret(&argument);
        shown.push(without_secret(argument));
    }
    shown
}

fn without_secret(argument: String) -> String {
    if let Some((name, _)) = argument.split_once('=') {
        // `SharedAccessKey=…` stands further back in a connection string: the whole value goes.
        if is_secret(name) || is_secret(&argument) {
            return format!("{name}={REMOVED}");
        }
    }
    let Some((scheme, rest)) = argument.split_once("://") else {
        return argument;
    };
    let authority = rest.split('/').next().unwrap_or(rest);
    match authority.rfind('@') {
        Some(at) => format!("{scheme}://{REMOVED}{}", &rest[at..]),
        None => argument,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        without_secrets(line.split(' ').map(str::to_owned)).join(" ")
    }

    #[test]
    fn a_command_line_keeps_everything_but_secrets() {
        for (line, expected) in [
            (
                "hydrant run a.yaml --rate 5k/s",
                "hydrant run a.yaml --rate 5k/s",
            ),
            (
                "x --client-secret hunter2 --for 1m",
                "x --client-secret [removed] --for 1m",
            ),
            ("x --token --for 1m", "x --token --for 1m"),
            ("x --password=hunter2", "x --password=[removed]"),
            ("x --set API_TOKEN=hunter2", "x --set API_TOKEN=[removed]"),
            (
                "x Endpoint=sb://ns;SharedAccessKey=hunter2",
                "x Endpoint=[removed]",
            ),
            (
                "x http://me:hunter2@proxy/path?a",
                "x http://[removed]@proxy/path?a",
            ),
            ("x http://proxy/a@b", "x http://proxy/a@b"),
        ] {
            assert_eq!(shown(line), expected);
        }
    }

    #[test]
    fn this_machine_can_be_described() {
        let versions = BTreeMap::from([("librdkafka".to_owned(), "2.12.1".to_owned())]);
        let environment = Environment::read(["hydrant".to_owned()], versions);
        assert_eq!(environment.versions.len(), 2);
        assert!(environment.cpus.is_some_and(|cpus| cpus > 0));
        assert!(!environment.describe().is_empty());
        let json = serde_json::to_string(&environment).unwrap();
        assert_eq!(
            serde_json::from_str::<Environment>(&json).unwrap(),
            environment
        );
    }
}
