//! `hydrant init`: a scenario from what there is.

mod platform;
mod questions;
mod sample;

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use draft::{Draft, Landing, Purpose, Selection, Shape, Wish};
use options::Problems;
use report::ExitCode;
use scenario::Target;

use crate::cli::{InitArgs, PurposeArg};
use crate::env;
use crate::failure::Failure;
use crate::printer::{self, Printer};

/// What is known of the records, and where they land.
struct Learnt {
    shape: Shape,
    landing: Option<Landing>,
    /// What the scenario is called then.
    name: Option<String>,
}

pub(crate) fn init(args: &InitArgs, printer: Printer) -> Result<ExitCode, Failure> {
    let mut wish = Wish {
        purpose: args.for_.purpose(),
        address: args.address.clone(),
        name: args.name.clone(),
        rate: args.rate,
        for_: args.duration,
        count: args.count,
        landing: None,
    };
    if let Some(path) = args
        .out
        .as_deref()
        .filter(|path| !args.force && path.exists())
    {
        return Err(taken(path));
    }
    let has_source = args.source.schema.is_some()
        || args.source.xdm.is_some()
        || args.source.dataset.is_some()
        || args.source.sample.is_some();
    if wish.address.is_none() && !has_source {
        questions::ask(&mut wish)?;
    }
    let mut learnt = learn(args, printer)?;
    let selection = Selection {
        only: args.source.only.clone(),
        except: args.source.except.clone(),
    };
    selection
        .apply(&mut learnt.shape)
        .map_err(|wrong| unselected(&wrong))?;
    wish.landing = learnt.landing;
    if wish.address.is_none() {
        wish.name = wish.name.or(learnt.name);
    }
    let drafted = draft::draft(&learnt.shape, &wish);
    let text = drafted.outline.text(&env::lookup)?;
    // What is handed out is what `check` takes.
    scenario::parse("the draft", &text, &env::lookup, Target::Sandbox)?;
    match &args.out {
        Some(path) => write(path, &text, args.force)?,
        None => printer::result(&text)?,
    }
    tell(&drafted, &text, args.out.as_deref(), printer);
    Ok(ExitCode::Fine)
}

fn learn(args: &InitArgs, printer: Printer) -> Result<Learnt, Failure> {
    let depth = usize::try_from(args.source.depth).unwrap_or(usize::MAX);
    if let Some(path) = &args.source.schema {
        let (text, name) = read(path)?;
        let shape = draft::schema(&text, &name, &beside(path), depth);
        return Ok(Learnt {
            shape: shape.map_err(|problems| mistakes(&name, &problems))?,
            landing: None,
            name: stem(path),
        });
    }
    if let Some(from) = &args.source.sample {
        let sampled = sample::sample(from, sample::Bounds::of(args), printer)?;
        return Ok(Learnt {
            shape: sampled.shape,
            landing: None,
            name: None,
        });
    }
    if let Some(wanted) = &args.source.xdm {
        let path = Path::new(wanted);
        if path.is_file() {
            let (text, name) = read(path)?;
            let shape = draft::xdm(&text, &name, &[], &args.source.only, &beside(path), depth);
            return Ok(Learnt {
                shape: shape.map_err(|problems| mistakes(&name, &problems))?,
                landing: draft::schema_id(&text).map(Landing::Schema),
                name: stem(path),
            });
        }
        return platform::schema(wanted, &args.source.only, depth);
    }
    if let Some(wanted) = &args.source.dataset {
        return platform::dataset(wanted, &args.source.only, depth);
    }
    Ok(Learnt {
        shape: draft::person(),
        landing: None,
        name: None,
    })
}

/// The text of a file, and what it is called in messages.
fn read(path: &Path) -> Result<(String, String), Failure> {
    /// Nobody wrote a larger schema.
    const BYTES_MAX: u64 = 64 << 20;
    let shown = path.display();
    let unread = |error: std::io::Error| {
        Failure::new(format!("cannot read {shown}: {error}")).exit(ExitCode::Usage)
    };
    let size = std::fs::metadata(path).map_err(unread)?.len();
    if size > BYTES_MAX {
        return Err(
            Failure::new(format!("{shown} is too large for a schema")).exit(ExitCode::Usage)
        );
    }
    let text = std::fs::read_to_string(path).map_err(unread)?;
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Ok((text, name))
}

/// Finds what a schema refers to by a relative address: files in its folder, and below it.
fn beside(path: &Path) -> impl Fn(&str) -> Option<String> {
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    move |relative| {
        let relative = Path::new(relative);
        let is_inside = relative
            .components()
            .all(|it| matches!(it, std::path::Component::Normal(_)));
        is_inside
            .then(|| std::fs::read_to_string(folder.join(relative)).ok())
            .flatten()
    }
}

fn stem(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    name.split('.').next().map(str::to_owned)
}

/// All mistakes of a schema.
fn mistakes(name: &str, problems: &Problems) -> Failure {
    for problem in problems {
        let at = problem.at.to_string();
        let at = if at.is_empty() {
            String::new()
        } else {
            format!(" at `{at}`")
        };
        printer::error(
            &format!("{name}{at}: {}", problem.message),
            problem.help.as_deref(),
        );
    }
    let count = problems.len();
    let plural = if count == 1 { "" } else { "s" };
    Failure::new(format!("the schema has {count} mistake{plural}"))
        .help("nothing was written")
        .exit(ExitCode::Usage)
}

fn unselected(wrong: &[draft::Unselected]) -> Failure {
    for it in wrong {
        let (message, help) = if it.is_required {
            (
                format!(
                    "`{}` can't be left out: every record has to have it",
                    it.path
                ),
                "leave it out of `--except`".to_owned(),
            )
        } else {
            let help = it.near.as_ref().map_or_else(
                || "`hydrant init` without `--only` and `--except` shows all of them".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            (format!("the schema has no field `{}`", it.path), help)
        };
        printer::error(&message, Some(&help));
    }
    Failure::new("`--only` or `--except` asks for what there is not")
        .help("a path is names joined by dots, such as `person.name`")
        .exit(ExitCode::Usage)
}

fn write(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let written = options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => taken(path),
        _ => Failure::new(format!("cannot write {}: {error}", path.display())),
    })
}

fn taken(path: &Path) -> Failure {
    Failure::new(format!("{} is there already", path.display()))
        .help("choose another name, or say `--force` to replace it")
        .exit(ExitCode::Usage)
}

/// What a reader has to know, on stderr.
fn tell(drafted: &Draft, text: &str, out: Option<&Path>, printer: Printer) {
    for remark in &drafted.remarks {
        let at = if remark.at.is_empty() {
            String::new()
        } else {
            format!("{}: ", remark.at)
        };
        printer.note(&format!("note: {at}{}", remark.message));
    }
    let missing = scenario::parse("the draft", text, &env::lookup, Target::Real).err();
    let lines = missing.map(|missing| missing.lines()).unwrap_or_default();
    if !lines.is_empty() {
        printer.note("before it can run on real services, this is missing here:");
        for line in lines {
            printer.note(&format!("  {line}"));
        }
    }
    if let Some(path) = out {
        let path = path.display();
        printer.note(&format!("written to {path}: `hydrant preview {path}` shows its records, `hydrant run {path}` sends them"));
    }
}

impl PurposeArg {
    fn purpose(self) -> Purpose {
        match self {
            PurposeArg::Performance => Purpose::Performance,
            PurposeArg::Smoke => Purpose::Smoke,
            PurposeArg::Demo => Purpose::Demo,
        }
    }
}
