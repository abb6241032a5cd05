//! `hydrant sandbox` is told what it can't do.

use super::Place;

#[test]
fn mistakes_in_its_options_are_told_with_their_reason() {
    let place = Place::new();
    let cases = [
        (
            ["--fault", "flows"],
            "there is no `:` between whom and what",
        ),
        (
            ["--fault", "POST flows: 42"],
            "the status 42 is not between 400 and 599",
        ),
        (["--fault", "POST flows: dely 3s"], "did you mean `delay`?"),
        (
            ["--fault", "PUSH flows: 503"],
            "`PUSH` is neither a method nor a service",
        ),
        (
            ["--fault", "flows: 503 every x"],
            "`every x` is not a distance",
        ),
        (["--rate-limit", "20"], "expected a rate"),
        (["--rate-limit", "0/s"], "expected a rate of calls"),
        (["--rate-limit", "5 MiB/s"], "expected a rate of calls"),
        (["--settle", "3"], "expected a duration"),
        (["--lose-every", "0"], "0 is not in 1.."),
        (["--batch-files", "0"], "0 is not in 1..=1000"),
    ];
    for (options, reason) in cases {
        let said = place.hydrant(&["sandbox", options[0], options[1]]);
        assert_eq!(said.code, 2, "{options:?}: {said:?}");
        assert!(said.err.contains(reason), "{options:?}: {}", said.err);
        assert!(said.out.is_empty(), "{options:?}: {}", said.out);
    }
}
