//! What programs read.

use std::fs;
use std::path::{Path, PathBuf};

use report::{
    Csv, Directory, Environment, Exporter, Html, Json, Junit, Markdown, Terminal, Unrun,
    summary_schema,
};

use crate::fixture;

/// `UPDATE_SCHEMAS=1 cargo test -p report` writes it.
#[test]
#[expect(clippy::disallowed_methods, reason = "a switch of this test alone")]
fn the_published_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/summary.schema.json");
    let current = serde_json::to_string_pretty(&summary_schema()).unwrap() + "\n";
    if std::env::var("UPDATE_SCHEMAS").is_ok() {
        fs::write(&path, &current).unwrap();
    }
    let published = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == current,
        "docs/summary.schema.json is old: set UPDATE_SCHEMAS=1"
    );
}

#[test]
fn summaries_are_valid_by_the_schema() {
    let validator = jsonschema::validator_for(&summary_schema()).unwrap();
    for made in [
        fixture::fine(),
        fixture::verified(),
        fixture::read_back(),
        fixture::losses(),
        fixture::late(),
        fixture::throttled(),
        fixture::interrupted(),
        fixture::fatal(),
        fixture::several(),
    ] {
        let json = serde_json::to_value(made.summary()).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&json)
            .map(|e| e.to_string())
            .collect();
        assert_eq!(errors, [""; 0]);
    }
}

#[test]
fn the_schema_refuses_what_is_no_summary() {
    let validator = jsonschema::validator_for(&summary_schema()).unwrap();
    let valid = serde_json::to_value(fixture::verified().summary()).unwrap();
    for path in [
        "/verdict",
        "/counts/scheduled",
        "/rate",
        "/latency",
        "/thresholds",
    ] {
        let mut broken = valid.clone();
        *broken.pointer_mut(path).unwrap() = "nonsense".into();
        assert!(!validator.is_valid(&broken), "{path}");
    }
}

#[test]
fn intervals_are_one_line_each() {
    let csv = fixture::several().written(&Csv);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 1 + 60 + 30);
    let columns = lines[0].split(',').count();
    assert!(lines.iter().all(|line| line.split(',').count() == columns));
    insta::assert_snapshot!([lines[0], lines[1], lines[33], lines[61]].join("\n"));
}

#[test]
fn throttling_shows_in_its_interval() {
    let csv = fixture::sharded().written(&Csv);
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let column = lines
        .next()
        .unwrap()
        .iter()
        .position(|it| *it == "throttled");
    let told: Vec<_> = lines.map(|line| line[column.unwrap()].to_owned()).collect();
    assert_eq!(told[20..24], ["0", "400", "11", "0"]);
}

#[test]
fn an_interval_without_records_has_empty_fields() {
    let mut made = fixture::fine();
    let interval = &mut made.stream().intervals[3];
    let mut latencies = interval.latencies.unpack();
    latencies.response.reset();
    interval.latencies = (&latencies).into();
    interval.target_rate = None;
    let csv = made.written(&Csv);
    let line = csv.lines().nth(4).unwrap();
    assert!(
        line.starts_with("profiles,3,4,,1000,") && line.ends_with(",,,,,,,0"),
        "{line}"
    );
}

#[test]
fn junit_tells_failures_from_errors() {
    insta::assert_snapshot!(fixture::losses().written(&Junit));
    let read = fixture::read_back().written(&Junit);
    // Three lost are allowed, two copies and a change are not.
    assert!(
        read.contains("no record lost in the stream") && read.contains("failures=\"2\""),
        "{read}"
    );
    let late = fixture::late().written(&Junit);
    assert!(
        late.contains("errors=\"1\"") && late.contains("failures=\"0\""),
        "{late}"
    );
}

/// What passed yesterday and fails today is the same case.
#[test]
fn the_cases_have_the_same_names_whatever_comes_of_a_run() {
    let names = |xml: &str| -> Vec<String> {
        let names = xml.split("<testcase ").skip(1);
        names
            .map(|case| {
                case.split('>')
                    .next()
                    .unwrap()
                    .trim_end_matches('/')
                    .to_owned()
            })
            .collect()
    };
    let fine = fixture::verified();
    let expected = names(&fine.written(&Junit));
    assert_eq!(expected.len(), 3 + 5 + 4);
    assert_eq!(names(&fixture::losses().written(&Junit)), expected);
    let mut gone = fixture::verified();
    gone.landings.clear();
    assert_eq!(names(&gone.written(&Junit)), expected);
    let unrun = Unrun {
        name: "profiles",
        sandbox: false,
        message: "cannot reach broker:9092",
        details: &[],
        help: None,
        thresholds: &fine.thresholds,
        streams: &fine.verifications,
    };
    let mut xml = Vec::new();
    unrun.junit(&mut xml).unwrap();
    assert_eq!(names(&String::from_utf8(xml).unwrap()), expected);
}

#[test]
fn what_cannot_be_said_is_skipped() {
    let mut late = fixture::late().thresholds(&["lost = 0"]);
    late.landings = fixture::verified().landings;
    late.verifications = fixture::verified().verifications;
    let xml = late.written(&Junit);
    let skipped = "skipped=\"1\"";
    assert!(
        xml.contains(skipped) && xml.contains("errors=\"0\""),
        "{xml}"
    );
    assert!(
        xml.contains("latencies and rates are not to be trusted"),
        "{xml}"
    );
    // Of nothing nothing was lost.
    let landing = late.landings.get_mut("profiles").unwrap();
    (landing.expected, landing.landed) = (0, 0);
    let xml = late.written(&Junit);
    assert!(xml.contains("skipped=\"5\""), "{xml}");
    assert!(xml.contains("there was no record to look for"), "{xml}");
}

#[test]
fn every_format_says_that_it_was_the_sandbox() {
    let mut made = fixture::fine();
    for (exporter, words) in [
        (&Junit as &dyn Exporter, "name=\"sandbox\" value=\"true\""),
        (&Markdown, "(on the sandbox)"),
        (&Html, "on the sandbox"),
        (&Json, "\"sandbox\": true"),
        (&Terminal::default(), "on the sandbox"),
    ] {
        made.sandbox = false;
        assert!(!made.written(exporter).contains(words), "{words}");
        made.sandbox = true;
        assert!(made.written(exporter).contains(words), "{words}");
    }
}

#[test]
fn markdown_says_what_the_terminal_says() {
    let page = fixture::losses().written(&Markdown);
    for words in [
        "| profiles | 60,000 | 59,997 | 3 | 1 | 2 | 1 | 0 | 0 |",
        "- refused 1 record: MAPPER-3700: no value for \\`\\_id\\`",
        "- lost, for example: record 1204, 33871, 33872",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let page = fixture::fatal().written(&Markdown);
    assert!(
        page.contains("*check EVENT\\_HUBS\\_CONNECTION\\_STRING*"),
        "{page}"
    );
}

#[test]
fn markdown_is_a_page() {
    insta::assert_snapshot!(fixture::interrupted().written(&Markdown));
    let read = fixture::read_back().written(&Markdown);
    assert!(
        read.contains("| profiles | 60,000 | 59,997 | 3 | 2 | 1 | 40 | 0 | 0 |"),
        "{read}"
    );
    assert!(read.contains("| profiles | landing |"), "{read}");
}

fn create(out: &Path) -> Directory {
    let now = "2026-11-24T04:00:00Z".parse().unwrap();
    let environment = Environment::default();
    Directory::create(Some(out), "x", now, fixture::SCENARIO, &environment).unwrap()
}

fn files(path: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(path)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.sort();
    files
}

#[test]
fn a_result_directory_is_complete() {
    let parent = tempfile::tempdir().unwrap();
    let out = parent.path().join("out");
    let made = fixture::verified();
    let summary = made.summary();
    assert!(create(&out).write(&made.run(&summary)).is_empty());
    let names: Vec<_> = files(&out)
        .iter()
        .map(|f| f.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    insta::assert_snapshot!(names.join("\n"));
    assert!(
        files(&out)
            .iter()
            .all(|file| fs::metadata(file).unwrap().len() > 0)
    );
    let text = fs::read_to_string(out.join("summary.json")).unwrap();
    assert_eq!(
        serde_json::from_str::<report::Summary>(&text).unwrap(),
        summary
    );
}

#[test]
fn one_file_that_cannot_be_written_does_not_cost_the_others() {
    let parent = tempfile::tempdir().unwrap();
    let out = parent.path().join("out");
    let directory = create(&out);
    fs::create_dir_all(out.join("report.html/in-the-way")).unwrap();
    let made = fixture::fine();
    let failed = directory.write(&made.run(&made.summary()));
    let paths: Vec<_> = failed.iter().map(|f| f.path.clone()).collect();
    assert_eq!(paths, [out.join("report.html")]);
    assert!(out.join("summary.json").is_file() && out.join("junit.xml").is_file());
    assert!(
        !files(&out)
            .iter()
            .any(|file| file.to_string_lossy().contains("partial"))
    );
}
