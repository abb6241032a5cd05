//! Without a scenario: which proxies the environment names, and where credentials could come from. Names and
//! places only; no value is read that is a secret, and none is shown.

use std::path::{Path, PathBuf};

use scenario::Lookup;

use crate::{Layer, Look};

/// Looks at the environment and at the files where clouds' own tools keep credentials.
pub fn whereabouts(env: Lookup<'_>) -> Vec<Look> {
    let is_there = |path: &Path| path.is_file();
    let places = Places {
        env,
        is_there: &is_there,
    };
    vec![
        places.proxies(),
        places.adobe(),
        places.aws(),
        places.azure(),
        places.google(),
    ]
}

/// Where to look.
struct Places<'a> {
    env: Lookup<'a>,
    is_there: &'a dyn Fn(&Path) -> bool,
}

fn found(what: &str, places: &[String], otherwise: &str) -> Look {
    let text = if places.is_empty() {
        otherwise.to_owned()
    } else {
        places.join(", ")
    };
    Look::new(Layer::Credentials, what, text)
}

impl Places<'_> {
    fn value(&self, name: &str) -> Option<String> {
        (self.env)(name).filter(|value| !value.is_empty())
    }

    /// Those of these variables that are set.
    fn set<'n>(&self, names: &[&'n str]) -> Vec<&'n str> {
        let names = names.iter().copied();
        names.filter(|name| self.value(name).is_some()).collect()
    }

    /// A file that this variable names, or else one below the home directory.
    fn file(&self, variable: &str, below_home: &str) -> PathBuf {
        let named = self.value(variable).map(PathBuf::from);
        named.unwrap_or_else(|| self.home().join(below_home))
    }

    fn home(&self) -> PathBuf {
        self.value("HOME").map(PathBuf::from).unwrap_or_default()
    }

    /// A look at what is half there: `all` belong together.
    fn together(&self, look: Look, all: &[&str]) -> Look {
        let set = self.set(all);
        if set.is_empty() || set.len() == all.len() {
            return look;
        }
        let missing = all.iter().filter(|name| !set.contains(*name));
        let missing: Vec<_> = missing.map(|name| format!("`{name}`")).collect();
        look.remark(format!(
            "{} is not set, and belongs to `{}`",
            missing.join(", "),
            set.join("`, `")
        ))
    }

    fn proxies(&self) -> Look {
        const NAMES: [&str; 8] = [
            "HTTP_PROXY",
            "http_proxy",
            "HTTPS_PROXY",
            "https_proxy",
            "ALL_PROXY",
            "all_proxy",
            "NO_PROXY",
            "no_proxy",
        ];
        let set = NAMES.iter().filter_map(|name| {
            let value = self.value(name)?;
            Some(format!("{name}={}", without_password(&value)))
        });
        let set: Vec<_> = set.collect();
        let text = if set.is_empty() {
            "the environment names none".to_owned()
        } else {
            set.join(", ")
        };
        Look::new(Layer::Network, "proxies", text)
    }

    fn adobe(&self) -> Look {
        const NEEDED: [&str; 3] = ["AEP_ORG_ID", "AEP_CLIENT_ID", "AEP_CLIENT_SECRET"];
        let mut places: Vec<String> = self.set(&NEEDED).into_iter().map(str::to_owned).collect();
        let configuration = self.value("XDG_CONFIG_HOME").map(PathBuf::from);
        let configuration = configuration.unwrap_or_else(|| self.home().join(".config"));
        let profiles = self.value("AEP_PROFILE_FILE").map(PathBuf::from);
        let profiles = profiles.unwrap_or_else(|| configuration.join("hydrant/profiles.yaml"));
        if (self.is_there)(&profiles) {
            places.push(profiles.display().to_string());
        }
        let look = found(
            "Adobe",
            &places,
            "none: set AEP_ORG_ID, AEP_CLIENT_ID and AEP_CLIENT_SECRET",
        );
        if self.value("AEP_PROFILE").is_some() {
            return look;
        }
        self.together(look, &NEEDED)
    }

    /// <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>
    fn aws(&self) -> Look {
        const KEYS: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        const OTHERS: [&str; 5] = [
            "AWS_PROFILE",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_ENDPOINT_URL_KINESIS",
        ];
        let names = self.set(&KEYS).into_iter().chain(self.set(&OTHERS));
        let mut places: Vec<String> = names.map(str::to_owned).collect();
        for (variable, file) in [
            ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
            ("AWS_CONFIG_FILE", ".aws/config"),
        ] {
            let path = self.file(variable, file);
            if (self.is_there)(&path) {
                places.push(path.display().to_string());
            }
        }
        let look = found(
            "AWS",
            &places,
            "none here; on AWS's own machines they come from a role",
        );
        self.together(look, &KEYS)
    }

    fn azure(&self) -> Look {
        const APP: [&str; 3] = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"];
        let names = self
            .set(&["EVENT_HUBS_CONNECTION_STRING"])
            .into_iter()
            .chain(self.set(&APP));
        let places: Vec<String> = names.map(str::to_owned).collect();
        let look = found("Azure", &places, "none: set EVENT_HUBS_CONNECTION_STRING");
        self.together(look, &APP)
    }

    /// <https://cloud.google.com/docs/authentication/application-default-credentials>
    fn google(&self) -> Look {
        const FILE: &str = "GOOGLE_APPLICATION_CREDENTIALS";
        let mut places = Vec::new();
        if let Some(host) = self.value("PUBSUB_EMULATOR_HOST") {
            places.push(format!("PUBSUB_EMULATOR_HOST={host}, which needs none"));
        }
        let path = self.file(FILE, ".config/gcloud/application_default_credentials.json");
        let is_there = (self.is_there)(&path);
        if is_there {
            places.push(path.display().to_string());
        }
        let look = found(
            "Google Cloud",
            &places,
            "none here; on Google's own machines they come from a service account",
        );
        if self.value(FILE).is_some() && !is_there {
            let path = path.display();
            return look.remark(format!("`{FILE}` names {path}, which is not there"));
        }
        look
    }
}

/// An address without a name and a password in it.
fn without_password(text: &str) -> String {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), text),
    };
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    format!("{scheme}{host}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    fn told(variables: &[(&str, &str)], files: &[&str]) -> Vec<Look> {
        let env = |name: &str| {
            let found = variables.iter().find(|(it, _)| *it == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let is_there = |path: &Path| files.iter().any(|file| Path::new(file) == path);
        let places = Places {
            env: &env,
            is_there: &is_there,
        };
        vec![
            places.proxies(),
            places.adobe(),
            places.aws(),
            places.azure(),
            places.google(),
        ]
    }

    fn lines(looks: &[Look]) -> String {
        let lines = looks.iter().map(|look| {
            let help = look
                .help
                .as_deref()
                .map_or_else(String::new, |help| format!(" ({help})"));
            format!("{}: {}{help}", look.what, look.found)
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn names_and_places_are_told_and_no_secret() {
        let looks = told(
            &[
                ("HOME", "/home/me"),
                ("HTTPS_PROXY", "http://me:hunter2@proxy:3128"),
                ("AEP_ORG_ID", "1@AdobeOrg"),
                ("AEP_CLIENT_SECRET", "hunter2"),
                ("AWS_ACCESS_KEY_ID", "AKIA"),
                ("AWS_SECRET_ACCESS_KEY", "hunter2"),
                ("EVENT_HUBS_CONNECTION_STRING", "hunter2"),
                ("GOOGLE_APPLICATION_CREDENTIALS", "/gone.json"),
            ],
            &["/home/me/.aws/config"],
        );
        let text = lines(&looks);
        assert!(!text.contains("hunter2"), "{text}");
        insta::assert_snapshot!(text, @r"
        proxies: HTTPS_PROXY=http://proxy:3128
        Adobe: AEP_ORG_ID, AEP_CLIENT_SECRET (`AEP_CLIENT_ID` is not set, and belongs to `AEP_ORG_ID`, `AEP_CLIENT_SECRET`)
        AWS: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, /home/me/.aws/config
        Azure: EVENT_HUBS_CONNECTION_STRING
        Google Cloud: none here; on Google's own machines they come from a service account (`GOOGLE_APPLICATION_CREDENTIALS` names /gone.json, which is not there)
        ");
    }

    #[test]
    fn nothing_at_all_is_no_remark() {
        let looks = told(&[], &[]);
        assert!(
            looks.iter().all(|look| look.verdict == Verdict::Ok),
            "{looks:?}"
        );
    }
}
