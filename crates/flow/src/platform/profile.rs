//! Profiles: who we are on several platforms, in a file of the user's own.

use std::collections::BTreeMap;
use std::path::PathBuf;

use options::{Location, Problem};
use serde_json::Value;

use super::{Lookup, PlatformOptions};

/// The profile that is asked for, if one is.
pub(super) fn of(
    written: &PlatformOptions,
    at: &Location,
    env: Lookup<'_>,
) -> Result<Option<PlatformOptions>, Problem> {
    let Some(name) = written.profile.clone().or_else(|| env("AEP_PROFILE")) else {
        return Ok(None);
    };
    let at = at.join("profile");
    let Some(path) = file(written, env) else {
        let message = format!("there is no place to look for the profile `{name}`");
        let help = "write `platform.profile_file`, or set `AEP_PROFILE_FILE`";
        return Err(Problem::new(at, message).help(help));
    };
    let shown = path.display();
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Problem::new(
            at.clone(),
            format!("cannot read the profile `{name}` in `{shown}`: {error}"),
        )
        .help("write the file, or another one's path into `AEP_PROFILE_FILE`")
    })?;
    let profiles = read(options::without_mark(&text))
        .map_err(|why| Problem::new(at.clone(), format!("`{shown}` is no profile file: {why}")))?;
    let Some(profile) = profiles.get(&name) else {
        let names: Vec<_> = profiles.keys().map(String::as_str).collect();
        let message = format!("`{shown}` has no profile `{name}`");
        return Err(Problem::new(at, message).help(format!("it has `{}`", names.join("`, `"))));
    };
    let options = serde_json::from_value::<PlatformOptions>(profile.clone());
    let mut options = options.map_err(|error| {
        Problem::new(
            at.clone(),
            format!("the profile `{name}` in `{shown}`: {error}"),
        )
    })?;
    if options.profile.is_some() || options.profile_file.is_some() {
        let message = format!("the profile `{name}` in `{shown}` names another profile");
        return Err(Problem::new(at, message));
    }
    // Beside the file that names it, wherever the program runs.
    if let (Some(file), Some(beside)) = (&mut options.credentials_file, path.parent()) {
        *file = beside.join(&*file);
    }
    Ok(Some(options))
}

fn file(written: &PlatformOptions, env: Lookup<'_>) -> Option<PathBuf> {
    let named = written.profile_file.clone();
    named
        .or_else(|| env("AEP_PROFILE_FILE").map(PathBuf::from))
        .or_else(|| {
            let configuration = env("XDG_CONFIG_HOME").map(PathBuf::from);
            let home = || Some(PathBuf::from(env("HOME")?).join(".config"));
            Some(configuration.or_else(home)?.join("hydrant/profiles.yaml"))
        })
}

/// Profiles by name. What is wrong is told without the text, which may hold what should not be there.
fn read(text: &str) -> Result<BTreeMap<String, Value>, String> {
    serde_saphyr::from_str(text).map_err(|error| {
        let line = error.location().map(|location| location.line());
        let line = line.map_or_else(String::new, |line| format!(" (line {line})"));
        format!("it is not YAML with profiles by name{line}")
    })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    const FILE: &str = "\
dev:
  organization: DEV@AdobeOrg
  client_id: dev-key
  client_secret: {env: DEV_SECRET}
  sandbox: dev
  platform_url: https://platform-nld2.adobe.io
written:
  client_secret: hush-hush
";

    struct Place(tempfile::TempDir);

    impl Place {
        fn new() -> Place {
            let place = Place(tempfile::tempdir().unwrap());
            let directory = place.0.path().join("hydrant");
            std::fs::create_dir(&directory).unwrap();
            std::fs::write(directory.join("profiles.yaml"), FILE).unwrap();
            place
        }

        fn env(&self, profile: &str) -> impl Fn(&str) -> Option<String> {
            let (home, profile) = (self.0.path().display().to_string(), profile.to_owned());
            move |name| match name {
                "XDG_CONFIG_HOME" => Some(home.clone()),
                "AEP_PROFILE" => Some(profile.clone()),
                "DEV_SECRET" => Some("s3cret".to_owned()),
                "AEP_CLIENT_ID" => Some("key of the environment".to_owned()),
                _ => None,
            }
        }
    }

    #[test]
    fn a_profile_wins_over_the_variables_and_the_scenario_over_the_profile() {
        let place = Place::new();
        let written = PlatformOptions {
            sandbox: Some("mine".to_owned()),
            ..PlatformOptions::default()
        };
        let platform = written
            .resolve(&Location::root(), &place.env("dev"))
            .unwrap();
        assert_eq!(platform.organization, "DEV@AdobeOrg");
        assert_eq!(platform.client_id, "dev-key");
        assert_eq!(platform.client_secret.expose_secret(), "s3cret");
        assert_eq!(platform.sandbox, "mine");
        let url = platform.platform_url.as_deref();
        assert_eq!(url, Some("https://platform-nld2.adobe.io"));
    }

    #[test]
    fn what_is_wrong_with_a_profile_is_told_without_its_secrets() {
        let place = Place::new();
        let wrong = |profile: &str| {
            let options = PlatformOptions::default();
            let problems = options.resolve(&Location::root(), &place.env(profile));
            let problem = problems.unwrap_err().remove(0);
            format!("{} {}", problem.message, problem.help.unwrap_or_default())
        };
        assert!(
            wrong("prod").contains("it has `dev`, `written`"),
            "{}",
            wrong("prod")
        );
        let written = wrong("written");
        assert!(
            written.contains("never written") && !written.contains("hush"),
            "{written}"
        );
        let unreadable = read("dev: {client_secret: hush").unwrap_err();
        assert!(!unreadable.contains("hush"), "{unreadable}");
    }
}
