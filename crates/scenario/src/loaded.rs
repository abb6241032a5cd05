//! From a file to a scenario that can run.

use std::fmt;
use std::path::Path;

use flow::Lookup;
use options::Problem;

use crate::check;
use crate::data_files::{self, DataFile};
use crate::decode::{Broken, decode};
use crate::diagnostics::Diagnostics;
use crate::document::Document;
use crate::finding::{Finding, Findings};
use crate::layers::{Changes, Layers};
use crate::mask::Mask;
use crate::node::{Node, Value};
use crate::source::{self, Source};
use crate::variables;

/// What a scenario is to run on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// What it says: accounts and services, with all variables and secrets.
    #[default]
    Real,
    /// The sandbox, whatever it says: variables that are not set stand for their own names, and no
    /// secret is read.
    Sandbox,
}

/// A scenario without mistakes.
pub struct Loaded<'e> {
    pub(crate) document: Document,
    pub(crate) name: String,
    pub(crate) file: File,
    pub(crate) env: Lookup<'e>,
    pub(crate) target: Target,
    pub(crate) warnings: Diagnostics,
    pub(crate) data_files: Vec<DataFile>,
}

/// The files that a scenario came from.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) source: Source,
    pub(crate) root: Node,
    pub(crate) mask: Mask,
    pub(crate) broken: Broken,
}

/// Reads the scenario in the file at `path` and checks everything that can be checked without a connection. `env`
/// looks environment variables up. All mistakes come at once.
pub fn load<'e>(path: &Path, env: Lookup<'e>, target: Target) -> Result<Loaded<'e>, Diagnostics> {
    Changes::default().load(path, env, target)
}

/// Reads the scenario in `text`, which diagnostics call `name`; everything else is as for [`load`].
pub fn parse<'e>(
    name: &str,
    text: &str,
    env: Lookup<'e>,
    target: Target,
) -> Result<Loaded<'e>, Diagnostics> {
    Changes::default().parse(name, text, env, target)
}

impl Changes {
    /// As [`load`], with these changes laid over the file.
    pub fn load<'e>(
        &self,
        path: &Path,
        env: Lookup<'e>,
        target: Target,
    ) -> Result<Loaded<'e>, Diagnostics> {
        let name = path.display().to_string();
        match source::read(path) {
            Ok(text) => read(Source::new(name, text), Some(path), self, env, target),
            Err(finding) => Err(nothing(name, finding)),
        }
    }

    /// As [`parse`], with these changes laid over the text.
    pub fn parse<'e>(
        &self,
        name: &str,
        text: &str,
        env: Lookup<'e>,
        target: Target,
    ) -> Result<Loaded<'e>, Diagnostics> {
        match source::check(text) {
            Ok(()) => read(Source::new(name, text), None, self, env, target),
            Err(finding) => Err(nothing(name, finding)),
        }
    }
}

/// Why there is nothing to read.
fn nothing(name: impl Into<String>, finding: Finding) -> Diagnostics {
    Diagnostics::new(&Source::new(name, ""), &Mask::default(), finding.into())
}

fn read<'e>(
    mut source: Source,
    path: Option<&Path>,
    changes: &Changes,
    env: Lookup<'e>,
    target: Target,
) -> Result<Loaded<'e>, Diagnostics> {
    let stem = path.unwrap_or(Path::new(source.name())).file_stem();
    let stem = stem.unwrap_or_default().to_string_lossy().into_owned();
    let mut layers = Layers::new(&mut source);
    let read = layers.read(path, changes);
    let (mut findings, mut mask) = (layers.findings, layers.mask);
    let mut root = match read {
        Ok(root) => root,
        Err(finding) => {
            findings.push(finding);
            mask.add(Mask::by_lines(&source.text));
            return Err(Diagnostics::new(&source, &mask, findings));
        }
    };
    let text = source.text.as_str();
    let is_sandbox = target == Target::Sandbox;
    let broken = variables::fill_in(&mut root, text, env, is_sandbox, &mut findings);
    mask.add(Mask::of(&root));
    let mut file = File {
        mask,
        source,
        root,
        broken: Broken::default(),
    };
    // With so many mistakes already, more of them help nobody.
    let Some(broken) = broken.filter(|_| !findings.overflow()) else {
        findings.cut();
        return Err(file.diagnostics(findings));
    };
    let text = file.source.text.as_str();
    let decoded = decode::<Document>(&file.root, text, broken, &mut findings);
    file.broken = decoded.broken;
    let Some(mut document) = decoded.value else {
        findings.cut();
        return Err(file.diagnostics(findings));
    };
    let beside = Path::new(file.source.name())
        .parent()
        .unwrap_or(Path::new(""));
    let mut problems = options::Problems::new();
    let data_files = data_files::read(&mut document, beside, &mut problems);
    // Links hold copies of what they lead to, so what is in the files has to be known.
    document.link();
    let unread = data_files::unread(&problems);
    for problem in problems {
        file.find(problem, false, &mut findings);
    }
    // What needs the file is not another mistake.
    for at in unread {
        file.broken.add(at);
    }
    let name = document
        .name
        .clone()
        .unwrap_or_else(|| check::fitting_name(&stem));
    check::check(&document, &name, &file, env, target, &mut findings);
    let all = file.diagnostics(findings);
    if all.errors() > 0 {
        return Err(all);
    }
    Ok(Loaded {
        document,
        name,
        file,
        env,
        target,
        warnings: all,
        data_files,
    })
}

impl File {
    pub(crate) fn diagnostics(&self, findings: Findings) -> Diagnostics {
        Diagnostics::new(&self.source, &self.mask, findings)
    }

    /// Adds a problem to what was found, if there is room for it and if it is one.
    pub(crate) fn find(&self, problem: Problem, on_key: bool, findings: &mut Findings) {
        if !findings.leave_out(problem.is_warning) {
            findings.extend(self.finding(problem, on_key));
        }
    }

    /// A problem as a finding; `None` if it is only there because something else is broken, or if it
    /// is about a value that stands in for a variable.
    pub(crate) fn finding(&self, problem: Problem, on_key: bool) -> Option<Finding> {
        let at = self.broken.in_file(&self.root, &problem.at);
        let value = self.root.find(&at).map(|node| &node.value);
        let is_stand_in = match value {
            Some(Value::Scalar(scalar)) => {
                scalar.from.as_ref().is_some_and(|from| from.is_stand_in)
            }
            _ => false,
        };
        if is_stand_in || self.broken.concerns(&at) {
            return None;
        }
        let on_key = on_key || matches!(value, Some(Value::Map(_) | Value::List(_)));
        let place = self.root.place(&at, on_key, &self.source.text);
        // What is missing at the top is missing from where the file begins.
        let mut finding = Finding::new(place.or_else(|| self.root.first_key()), problem.message);
        finding.help = problem.help;
        finding.is_warning = problem.is_warning;
        Some(finding)
    }
}

impl Loaded<'_> {
    /// The scenario's name, or the file's where it has none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The scenario as it is written, variables filled in.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// What is not wrong and not good either.
    pub fn warnings(&self) -> &Diagnostics {
        &self.warnings
    }

    /// Whether something has to exist on the platform.
    pub fn has_flow(&self) -> bool {
        let streams = self.document.streams(&self.name);
        streams.iter().any(|stream| stream.flow.is_some())
    }
}

impl fmt::Debug for Loaded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded")
            .field("document", &self.document)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}
