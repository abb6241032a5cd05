//! The clients that others wrote.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::child::{Row, Spawned};
use super::{Failed, PERFORMANCE, rows, servers};

/// Where they are, as far as they are to be had.
pub(super) struct Peers {
    performance: Option<PathBuf>,
}

impl Peers {
    /// Builds librdkafka's own benchmark; says why, if that can't be done.
    #[expect(clippy::print_stderr, reason = "a benchmark says what it lacks")]
    pub(super) fn find() -> Peers {
        let performance = build();
        if let Err(why) = &performance {
            eprintln!("no {PERFORMANCE}: {why}");
        }
        Peers {
            performance: performance.ok(),
        }
    }

    /// One row; `None` if the client is not to be had.
    pub(super) fn row(
        &self,
        name: &str,
        bootstrap: &str,
        topic: &str,
        records: u64,
    ) -> Result<Option<Row>, Failed> {
        if name != PERFORMANCE {
            return java(bootstrap, topic, records).map(Some);
        }
        let Some(program) = &self.performance else {
            return Ok(None);
        };
        let mut command = Command::new(program);
        command
            .args(["-P", "-D", "-q", "-t", topic, "-b", bootstrap])
            .args(["-s", &rows::size()?.to_string(), "-c", &records.to_string()]);
        // It sets properties of consumers, too, and is warned of each.
        let quiet = ("log_level", "3");
        for (property, value) in [quiet].into_iter().chain(rows::PROPERTIES) {
            command.args(["-X", &format!("{property}={value}")]);
        }
        let row = Spawned::start(&mut command)?.row_of(|said| {
            // … 3000000 delivered (offset 0, 0 failed) in 1270ms: …
            let line = said
                .lines()
                .rev()
                .find(|line| line.contains(" delivered "))?;
            let words: Vec<&str> = line.split_whitespace().collect();
            let before = |word: &str| words.iter().position(|other| *other == word);
            let delivered = words[before("delivered")? - 1].parse().ok()?;
            let millis = words[before("in")? + 1].trim_end_matches("ms:");
            Some((delivered, millis.parse::<f64>().ok()? / 1e3))
        })?;
        Ok(Some(row))
    }
}

/// Kafka's own, with as much memory for its queue as the others have records in theirs.
fn java(bootstrap: &str, topic: &str, records: u64) -> Result<Row, Failed> {
    let properties = [
        &format!("bootstrap.servers={bootstrap}"),
        "acks=all",
        "linger.ms=50",
        "batch.size=262144",
        "buffer.memory=67108864",
    ];
    let mut command = Command::new("java");
    command
        .args(["-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp"])
        .arg(format!("{}/*", servers::kafka::fetch().display()))
        .args([
            "org.apache.kafka.tools.ProducerPerformance",
            "--topic",
            topic,
        ])
        .args(["--num-records", &records.to_string(), "--throughput", "-1"])
        .args([
            "--record-size",
            &rows::size()?.to_string(),
            "--producer-props",
        ])
        .args(properties);
    Spawned::start(&mut command)?.row_of(|said| {
        // 3000000 records sent, 430000.1 records/sec (…), …
        let line = said.lines().rev().find(|line| line.contains("50th"))?;
        let mut words = line.split_whitespace();
        let records = words.next()?.parse::<f64>().ok()?;
        let rate = words.nth(2)?.parse::<f64>().ok()?;
        Some((records, records / rate))
    })
}

/// Compiles `rdkafka_performance.c` against the librdkafka that this program is linked with, which
/// cargo has left in its build folder together with the libraries that it needs.
fn build() -> Result<PathBuf, Failed> {
    let program = std::env::current_exe()?;
    let profile = program.ancestors().nth(2).ok_or("no build folder")?;
    let made = profile.join("build");
    let librdkafka = newest(&made, "rdkafka-sys-", "src/librdkafka.a")?;
    let source = librdkafka.join("examples/rdkafka_performance.c");
    let target = program.with_file_name(PERFORMANCE);
    let mut cc = Command::new("cc");
    cc.args(["-O2", "-g", "-o"])
        .arg(&target)
        .arg(format!("-I{}", librdkafka.join("src").display()))
        .arg(format!("-I{}", librdkafka.display()))
        .arg(source)
        .arg("-Wl,--start-group")
        .arg(librdkafka.join("src/librdkafka.a"));
    for (package, library) in [
        ("openssl-sys-", "openssl-build/install/lib/libssl.a"),
        ("openssl-sys-", "openssl-build/install/lib/libcrypto.a"),
        ("zstd-sys-", "libzstd.a"),
        ("libz-sys-", "lib/libz.a"),
    ] {
        cc.arg(newest(&made, package, library)?.join(library));
    }
    cc.args(["-Wl,--end-group", "-lm", "-lpthread", "-ldl", "-lrt"]);
    let output = cc.output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("cc failed: {}", said.lines().last().unwrap_or_default()).into());
    }
    Ok(target)
}

/// The output folder of a package's build script that has such a file, the last one written.
fn newest(made: &Path, package: &str, file: &str) -> Result<PathBuf, Failed> {
    let folders = std::fs::read_dir(made)?.flatten();
    let with_file = folders
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(package))
        .map(|entry| entry.path().join("out"))
        .filter_map(|out| {
            let when = out.join(file).metadata().and_then(|file| file.modified());
            Some((when.ok()?, out))
        });
    let (_, newest) = with_file
        .max()
        .ok_or_else(|| format!("there is no {package}*/out/{file} in {}", made.display()))?;
    Ok(newest)
}
