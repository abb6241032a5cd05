//! The page: self-contained, escaped, small.

use report::Html;

use crate::fixture;

/// Leaves the page where it can be opened and looked at.
#[test]
fn the_page_is_one_file_without_a_network() {
    for (name, made) in [
        ("showcase", fixture::showcase()),
        ("losses", fixture::losses()),
        ("interrupted", fixture::interrupted()),
        ("several", fixture::several()),
    ] {
        let page = made.written(&Html);
        std::fs::write(
            format!("{}/report-{name}.html", env!("CARGO_TARGET_TMPDIR")),
            &page,
        )
        .unwrap();
        // Comments in the vendored files may name addresses; the page's own elements may not.
        for attribute in [" src=", " href=", "@import", "url("] {
            assert!(!page.contains(attribute), "{attribute}");
        }
        assert_eq!(page.matches("default-src &#39;none&#39;").count(), 1);
    }
}

#[test]
fn shards_are_one_table_of_the_hottest() {
    let page = fixture::sharded().written(&Html);
    let (_, table) = page.split_once("<h2>Shards</h2>").unwrap();
    let (table, _) = table.split_once("in summary.json.</p>").unwrap();
    assert!(table.ends_with("And 3 more, all of them "), "{table}");
    let rows: Vec<_> = table.split("<tr><th>shardId-").skip(1).collect();
    assert_eq!(rows.len(), 10);
    assert!(
        rows[0].starts_with("000000000007") && rows[0].contains("bad\">411"),
        "{table}"
    );
    assert_eq!(
        page.matches("shardId-000000000007").count(),
        1,
        "nowhere else"
    );
}

#[test]
fn text_from_elsewhere_does_not_become_html() {
    let mut made = fixture::interrupted();
    made.reject(1, "<b>code</b>", "</script><script>alert(1)</script>");
    made.stream().name = "</script><img>".to_owned();
    made.remarks.push("<i>remark</i>".to_owned());
    made.measured
        .streams
        .push(fixture::stream("<u>second</u>", 10, 5));
    let page = made.written(&Html);
    assert_eq!(
        page.matches("</script>").count(),
        2 + 2,
        "uPlot, ours and two of data"
    );
    for tag in ["<b>", "<img>", "<i>", "<u>", "alert(1)</script>"] {
        assert!(!page.contains(tag), "{tag}");
    }
}

#[test]
fn a_long_run_makes_a_small_page() {
    let mut made = fixture::fine();
    let one = fixture::stream("profiles", 2, 2);
    let template = one.intervals[0].clone();
    let intervals = (0..9_000).map(|second| measure::Interval {
        start: batch::Nanos::from_secs(second),
        end: batch::Nanos::from_secs(second + 1),
        latencies: (&measure::Latencies {
            lateness: sparse(),
            service: sparse(),
            response: sparse(),
            own_lateness: sparse(),
        })
            .into(),
        ..template.clone()
    });
    made.stream().intervals = intervals.collect();
    let page = made.written(&Html);
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
}

/// Takes little memory, unlike one of the full range.
fn sparse() -> hdrhistogram::Histogram<u64> {
    let mut histogram = hdrhistogram::Histogram::new_with_bounds(1_000, 2_100_000, 3).unwrap();
    histogram.record(2_000_000).unwrap();
    histogram
}
