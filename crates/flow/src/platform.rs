//! The `platform:` section: who we are on the platform.

mod profile;

use std::fmt;
use std::path::PathBuf;

use aep_client::Console;
use options::{Location, Problem, Problems, SecretRef, Way, may_carry_secret, unquoted, way_to};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Looks a variable of the environment up.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Who we are on Adobe Experience Platform.
///
/// Every key defaults to an environment variable, so the section can be left out.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlatformOptions {
    /// Which profile of the profile file to use: it has these same keys, and what is written here wins
    /// over it. Default: `AEP_PROFILE`, else none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The profile file, YAML with the keys of this section below the name of each profile. Default:
    /// `AEP_PROFILE_FILE`, else `hydrant/profiles.yaml` in the user's configuration directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_file: Option<PathBuf>,
    /// The organisation, `…@AdobeOrg`. Default: `AEP_ORG_ID`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The client id (API key) of the OAuth server-to-server credential. Default: `AEP_CLIENT_ID`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Where the client secret is found. Default: `{env: AEP_CLIENT_SECRET}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<SecretRef>,
    /// The scopes to ask a token for. Default: `AEP_SCOPES` (comma separated), else the ones that
    /// Adobe lists for Experience Platform credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// The platform sandbox. Default: `AEP_SANDBOX`, else `prod`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<String>,
    /// A JSON file as exported from the Adobe developer console (`Download JSON`), or Adobe's
    /// Postman environment file. Keys written above win over it; it wins over the variables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials_file: Option<PathBuf>,
    /// Where the platform's services are. Default: `AEP_PLATFORM_URL`, else `https://platform.adobe.io`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_url: Option<String>,
    /// Where tokens come from. Default: `AEP_IMS_URL`, else `https://ims-na1.adobelogin.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ims_url: Option<String>,
    /// Where the HTTP API inlets are. Default: `AEP_COLLECTION_URL`, else what the platform says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection_url: Option<String>,
}

impl PlatformOptions {
    /// The mistakes that can be seen without the environment.
    pub fn problems(&self, at: &Location, problems: &mut Problems) {
        if let Some(organization) = &self.organization
            && !organization.contains('@')
        {
            problems.push(
                Problem::new(at.join("organization"), "the organisation id has no `@`")
                    .help("it looks like `0123456789ABCDEF@AdobeOrg`"),
            );
        }
        let urls = [
            ("platform_url", &self.platform_url),
            ("ims_url", &self.ims_url),
            ("collection_url", &self.collection_url),
        ];
        for (key, url) in urls {
            if let Some(url) = url
                && let Some(problem) = url_problem(at.join(key), key, url)
            {
                problems.push(problem);
            }
        }
    }

    /// The same with the environment's values filled in; everything that is missing, if something is.
    pub fn resolve(&self, at: &Location, env: Lookup<'_>) -> Result<Platform, Problems> {
        let env = |name: &str| {
            let value = env(name).map(|value| unquoted(&value).to_owned());
            value.filter(|value| !value.is_empty())
        };
        match profile::of(self, at, &env) {
            Ok(Some(profile)) => self.clone().over(profile).known(at, &env),
            Ok(None) => self.known(at, &env),
            Err(problem) => Err(vec![problem]),
        }
    }

    /// What is not written here is taken from `other`.
    fn over(self, other: PlatformOptions) -> PlatformOptions {
        PlatformOptions {
            profile: None,
            profile_file: None,
            organization: self.organization.or(other.organization),
            client_id: self.client_id.or(other.client_id),
            client_secret: self.client_secret.or(other.client_secret),
            scopes: self.scopes.or(other.scopes),
            sandbox: self.sandbox.or(other.sandbox),
            credentials_file: self.credentials_file.or(other.credentials_file),
            platform_url: self.platform_url.or(other.platform_url),
            ims_url: self.ims_url.or(other.ims_url),
            collection_url: self.collection_url.or(other.collection_url),
        }
    }

    fn known(&self, at: &Location, env: Lookup<'_>) -> Result<Platform, Problems> {
        let mut problems = Problems::new();
        self.problems(at, &mut problems);
        let mut console = self.console(at, &mut problems).unwrap_or_default();
        if let (Some(written), Some(theirs)) = (&self.client_id, &console.client_id)
            && written != theirs
        {
            // Secret and scopes of the file go with another id.
            (console.client_secret, console.scopes) = (None, None);
        }

        let mut required = |key: &str, written: Option<String>, variable: &str| {
            written.or_else(|| env(variable)).unwrap_or_else(|| {
                problems.push(missing(at, key, variable));
                String::new()
            })
        };
        let organization = required(
            "organization",
            self.organization.clone().or(console.organization),
            "AEP_ORG_ID",
        );
        let client_id = required(
            "client_id",
            self.client_id.clone().or(console.client_id),
            "AEP_CLIENT_ID",
        );
        let client_secret = match &self.client_secret {
            // The same look-up as for everything else, so that a stand-in's variables count.
            Some(SecretRef::Env(name)) => env(name).map(SecretString::from).ok_or_else(|| {
                Problem::new(
                    at.join("client_secret"),
                    format!("environment variable `{name}` is not set or empty"),
                )
            }),
            Some(file @ SecretRef::File(_)) => file
                .read()
                .map_err(|error| Problem::new(at.join("client_secret"), error.to_string())),
            None => console
                .client_secret
                .or_else(|| env("AEP_CLIENT_SECRET").map(SecretString::from))
                .ok_or_else(|| missing(at, "client_secret", "AEP_CLIENT_SECRET")),
        };
        let client_secret = client_secret.unwrap_or_else(|problem| {
            problems.push(problem);
            SecretString::default()
        });
        if !problems.is_empty() {
            return Err(problems);
        }
        let from_env = |name: &str| {
            let list = env(name)?;
            let names = list.split([',', ' ', '\t']).filter(|name| !name.is_empty());
            Some(names.map(str::to_owned).collect())
        };
        let platform = Platform {
            organization,
            client_id,
            client_secret,
            scopes: self
                .scopes
                .clone()
                .or(console.scopes)
                .or_else(|| from_env("AEP_SCOPES")),
            sandbox: self
                .sandbox
                .clone()
                .or(console.sandbox)
                .or_else(|| env("AEP_SANDBOX"))
                .unwrap_or("prod".into()),
            platform_url: self
                .platform_url
                .clone()
                .or_else(|| env("AEP_PLATFORM_URL")),
            ims_url: self.ims_url.clone().or_else(|| env("AEP_IMS_URL")),
            collection_url: self
                .collection_url
                .clone()
                .or_else(|| env("AEP_COLLECTION_URL")),
        };
        let urls = [
            ("platform_url", &platform.platform_url),
            ("ims_url", &platform.ims_url),
            ("collection_url", &platform.collection_url),
        ];
        problems.extend(urls.into_iter().filter_map(|(key, url)| {
            url.as_deref()
                .and_then(|url| url_problem(at.join(key), key, url))
        }));
        if problems.is_empty() {
            Ok(platform)
        } else {
            Err(problems)
        }
    }

    fn console(&self, at: &Location, problems: &mut Problems) -> Option<Console> {
        let path = self.credentials_file.as_ref()?;
        match Console::read(path) {
            Ok(console) => Some(console),
            Err(error) => {
                problems.push(Problem::new(at.join("credentials_file"), error.to_string()));
                // What it would have had is not reported as missing on top of that.
                None
            }
        }
    }
}

fn missing(at: &Location, key: &str, variable: &str) -> Problem {
    Problem::new(at.join(key), format!("`{key}` is not known")).help(format!(
        "set the environment variable `{variable}`, or write `platform.{key}` in the scenario; \
         `--sandbox` runs without an account"
    ))
}

fn url_problem(at: Location, key: &str, url: &str) -> Option<Problem> {
    let is_http = url.starts_with("https://") || url.starts_with("http://");
    if !is_http {
        let problem = Problem::new(at, format!("`{key}` is not an address"));
        return Some(problem.help("it begins with `https://` (or `http://` for a stand-in)"));
    }
    let in_clear = may_carry_secret(url).err()?;
    Some(Problem::new(at, format!("`{key}`: {in_clear}")).help(in_clear.help()))
}

/// Who we are on the platform, with everything known. Cannot print its secret.
#[derive(Clone)]
pub struct Platform {
    /// `…@AdobeOrg`.
    pub organization: String,
    /// The API key.
    pub client_id: String,
    /// The secret that goes with it.
    pub client_secret: SecretString,
    /// `None`: the client's default.
    pub scopes: Option<Vec<String>>,
    /// The platform sandbox's name.
    pub sandbox: String,
    /// `None`: Adobe's.
    pub platform_url: Option<String>,
    /// `None`: Adobe's.
    pub ims_url: Option<String>,
    /// `None`: as the platform says for each inlet.
    pub collection_url: Option<String>,
}

impl Platform {
    /// Hosts that tokens and records are sent to in the clear, as the user has allowed.
    pub fn in_clear(&self) -> Vec<String> {
        let urls = [&self.platform_url, &self.ims_url, &self.collection_url];
        let hosts = urls
            .into_iter()
            .flatten()
            .filter_map(|url| match way_to(url) {
                Way::Allowed(host) | Way::InClear(host) => Some(host),
                Way::Safe => None,
            });
        let mut hosts: Vec<_> = hosts.collect();
        hosts.dedup();
        hosts
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Platform")
            .field("organization", &self.organization)
            .field("sandbox", &self.sandbox)
            .field("platform_url", &self.platform_url)
            .finish_non_exhaustive()
    }
}
