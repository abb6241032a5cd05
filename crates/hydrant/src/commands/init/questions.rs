//! The three questions of `hydrant init`.

use draft::{Purpose, Wish};
use options::{Period, Rate};
use report::ExitCode;

use crate::ask;
use crate::cli::records;
use crate::env;
use crate::failure::Failure;

/// Asks for what a scenario can't be drafted without.
pub(super) fn ask(wish: &mut Wish) -> Result<(), Failure> {
    let answer = |question: &str, take: &mut dyn FnMut(&str) -> Result<(), String>| {
        ask::until(question, take).and_then(|answered| answered.ok_or_else(nobody))
    };
    answer(
        "Where do the records go? e.g. kafka://localhost:9092/profiles, discard: > ",
        &mut |text| {
            let trial = Wish {
                address: Some(text.to_owned()),
                ..wish.clone()
            };
            let drafted = draft::draft(&draft::person(), &trial)
                .outline
                .text(&env::lookup);
            drafted.map_err(|wrong| wrong.lines().join("\n"))?;
            wish.address = Some(text.to_owned());
            Ok(())
        },
    )?;
    answer(
        "What is it for? performance, smoke or demo [performance] > ",
        &mut |text| {
            wish.purpose = purpose(text)?;
            Ok(())
        },
    )?;
    if wish.rate.is_some() || wish.count.is_some() || wish.for_.is_some() {
        return Ok(());
    }
    let usual = match wish.purpose {
        Purpose::Performance => "1k/s for 1m",
        Purpose::Smoke => "100 at 20/s",
        Purpose::Demo => "500 at 50/s",
    };
    answer(
        &format!("How much? e.g. 5k/s for 10m, 10k at 1k/s [{usual}] > "),
        &mut |text| {
            let text = if text.is_empty() { usual } else { text };
            (wish.rate, wish.for_, wish.count) = how_much(text)?;
            Ok(())
        },
    )
}

fn nobody() -> Failure {
    Failure::new("standard input is not a terminal, so the destination can't be asked for")
        .help(
            "say it, e.g. `hydrant init kafka://localhost:9092/profiles`, or say what they are: `--schema FILE`, \
             `--xdm TITLE`, `--dataset NAME`",
        )
        .exit(ExitCode::Usage)
}

fn purpose(text: &str) -> Result<Purpose, String> {
    let all = [
        ("performance", Purpose::Performance),
        ("smoke", Purpose::Smoke),
        ("demo", Purpose::Demo),
    ];
    let text = text.to_lowercase();
    // The first letters are enough; none means the first.
    let found = all
        .iter()
        .find(|(word, _)| word.starts_with(&text) || text == format!("{word} test"));
    let found = found.map(|(_, purpose)| *purpose);
    found.ok_or_else(|| "say `performance`, `smoke` or `demo`".to_owned())
}

/// How fast, for how long, how many: as far as it was said.
type HowMuch = (Option<Rate>, Option<Period>, Option<u64>);

/// `5k/s for 10m`, `500 at 50/s`, `10k`, `2k/s`.
fn how_much(text: &str) -> Result<HowMuch, String> {
    let (mut rate, mut period, mut count) = (None, None, None);
    let words = text.split_whitespace();
    for word in words.filter(|word| !["for", "at", "records", "in"].contains(word)) {
        if let (None, Ok(found)) = (rate, word.parse::<Rate>()) {
            rate = Some(found);
        } else if let (None, Ok(found)) = (count, records(word)) {
            count = Some(found);
        } else if let (None, Ok(found)) = (period, word.parse::<Period>()) {
            period = Some(found);
        } else {
            return Err(format!(
                "`{word}` is no rate, no time and no number: say e.g. `5k/s for 10m` or `500 at 50/s`"
            ));
        }
    }
    Ok((rate, period, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_much_is_said_in_any_order() {
        let words = |text: &str| {
            let (rate, period, count) = how_much(text).unwrap();
            let shown = [
                rate.map(|it| it.to_string()),
                period.map(|it| it.to_string()),
                count.map(|it| it.to_string()),
            ];
            shown.into_iter().flatten().collect::<Vec<_>>().join(", ")
        };
        assert_eq!(words("1k/s for 1m"), "1k/s, 1m");
        assert_eq!(words("for 1m at 1k/s"), "1k/s, 1m");
        assert_eq!(words("500 at 50/s"), "50/s, 500");
        assert_eq!(words("10k"), "10000");
        assert_eq!(words("1m"), "1m");
        for text in ["fast", "5k/s 6k/s", "1 2 3"] {
            assert!(how_much(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_purpose_is_known_by_its_first_letters() {
        assert_eq!(purpose(""), Ok(Purpose::Performance));
        assert_eq!(purpose("S"), Ok(Purpose::Smoke));
        assert_eq!(purpose("smoke test"), Ok(Purpose::Smoke));
        assert_eq!(purpose("demo"), Ok(Purpose::Demo));
        assert!(purpose("x").is_err());
    }
}
