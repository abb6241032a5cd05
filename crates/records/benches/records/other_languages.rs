//! Beside the generators of other languages, in the same run: Python's Faker and mimesis, and JavaScript's faker.
//!
//! They are fetched once, in the versions below, into the build's own directory. What is missing is said.

#![expect(clippy::unnecessary_wraps, reason = "as its neighbours")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Failed;

/// A word of a command line that asks for this table alone.
pub(crate) const NAME: &str = "other languages";

/// A generator: what the table calls it, its script, and what makes the command that runs that.
struct Generator {
    name: &'static str,
    file: &'static str,
    script: &'static str,
    install: fn(&Path) -> Result<Command, Failed>,
}

const GENERATORS: [Generator; 3] = [
    Generator {
        name: "Faker (Python)",
        file: "with_faker.py",
        script: include_str!("others/with_faker.py"),
        install: python,
    },
    Generator {
        name: "mimesis (Python)",
        file: "with_mimesis.py",
        script: include_str!("others/with_mimesis.py"),
        install: python,
    },
    Generator {
        name: "faker (JavaScript)",
        file: "with_faker.mjs",
        script: include_str!("others/with_faker.mjs"),
        install: node,
    },
];

const PYTHON_PACKAGES: [&str; 2] = ["Faker==40.63.0", "mimesis==22.2.0"];
const NODE_PACKAGE: &str = "@faker-js/faker@10.6.0";

/// Prints the table. `measured` are names of rows and their nanoseconds.
#[expect(clippy::print_stdout, reason = "a benchmark prints its table")]
pub(crate) fn table(measured: &[(String, f64)]) -> Result<(), Failed> {
    println!(
        "\n{:<25} {:<20} {:>12} {:>9}",
        NAME, "", "ns/record", "ratio"
    );
    for generator in &GENERATORS {
        let name = generator.name;
        match run(generator) {
            Err(why) => println!("{name} is left out: {why}"),
            Ok(rows) => {
                for (record, nanos) in rows {
                    let ours = measured.iter().find(|(name, _)| *name == record);
                    let ratio = ours.map_or(f64::NAN, |(_, ours)| nanos / ours);
                    println!("{record:<25} {name:<20} {nanos:>12.0} {ratio:>7.0} x");
                }
            }
        }
    }
    Ok(())
}

/// The rows that a generator prints: a record's name, a tab, and nanoseconds.
fn run(generator: &Generator) -> Result<Vec<(String, f64)>, Failed> {
    let directory = scratch()?;
    let mut command = (generator.install)(&directory)?;
    let script = directory.join(generator.file);
    fs::write(&script, generator.script)?;
    let printed = output(command.arg(&script))?;
    let rows = printed.lines().map(|line| {
        let (name, nanos) = line.split_once('\t').ok_or("a line without a tab")?;
        Ok((name.to_owned(), nanos.trim().parse()?))
    });
    rows.collect()
}

fn scratch() -> Result<PathBuf, Failed> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("other-languages");
    fs::create_dir_all(&directory)?;
    Ok(directory)
}

fn python(directory: &Path) -> Result<Command, Failed> {
    let environment = directory.join("python");
    let program = environment.join("bin/python");
    if !program.exists() {
        output(
            Command::new("python3")
                .args(["-m", "venv"])
                .arg(&environment),
        )?;
    }
    let mut install = Command::new(&program);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    output(install.args(PYTHON_PACKAGES))?;
    Ok(Command::new(program))
}

fn node(directory: &Path) -> Result<Command, Failed> {
    let mut install = Command::new("npm");
    install.args(["install", "--no-save", "--silent", "--prefix"]);
    output(install.arg(directory).arg(NODE_PACKAGE))?;
    Ok(Command::new("node"))
}

/// What a command prints, once it has succeeded.
fn output(command: &mut Command) -> Result<String, Failed> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|why| format!("{program}: {why}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().last().unwrap_or("it failed");
        return Err(format!("{program}: {last}").into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
