//! How many records a second this machine makes for a scenario: its own template in its own lanes, sent nowhere.

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use engine::{Control, Plan, RunOptions, StreamPlan, Unobserved};
use options::Period;
use pacing::{Load, Phase, Share, Stop, Unpaced};
use producers::discard;
use report::format;
use scenario::ResolvedStream;

use crate::patience::Tell;
use crate::{Layer, Look};

/// How long each stream is made for.
const LENGTH: Duration = Duration::from_millis(300);
/// What a client costs besides (compression, encryption, answers), it has to have room for.
const HEADROOM: f64 = 2.0;

/// Makes the records of each stream for a fraction of a second, one stream after the other.
pub fn generator(streams: &[ResolvedStream], run: &RunOptions, tell: Tell<'_>) -> Vec<Look> {
    tell("making records for a moment, to see how many a second this machine makes");
    let made: Vec<_> = streams
        .iter()
        .map(|stream| (stream, measure(stream, run)))
        .collect();
    let mut looks: Vec<_> = made
        .iter()
        .map(|(stream, made)| {
            let peak = stream.demand.map(|demand| demand.records_per_second);
            match made {
                Ok(per_second) => one(&stream.name, *per_second, peak),
                Err(why) => look(&stream.name, format!("it could not be measured: {why}"))
                    .remark("a run would say the same"),
            }
        })
        .collect();
    let shares = made.iter().filter_map(|(stream, made)| {
        let peak = stream.demand?.records_per_second;
        Some(peak / made.as_ref().ok()?)
    });
    if streams.len() > 1 {
        let cpus = available_parallelism().map_or(1, usize::from);
        looks.extend(together(shares.sum(), run.lanes, cpus));
    }
    looks
}

fn look(stream: &str, found: String) -> Look {
    Look::new(Layer::Generator, "records", found).of(stream)
}

/// Records a second.
fn measure(stream: &ResolvedStream, run: &RunOptions) -> Result<f64, String> {
    let unpaced = Unpaced {
        for_: Some(Period(LENGTH)),
        count: None,
    };
    let load = Load::compile(
        &[Phase::from(unpaced)],
        &Stop::default(),
        stream.template.mean_len(),
    );
    let load = Arc::new(load.map_err(|problem| problem.message)?);
    let plan = StreamPlan {
        name: stream.name.clone(),
        destination: Box::new(discard::Options::default()),
        template: Arc::clone(&stream.template),
        zero: engine::Zero::of(&load),
        after: None,
        ended: None,
        load,
        share: Share { index: 0, count: 1 },
        options: run.clone(),
    };
    let measured = engine::run(Plan::new(vec![plan]), &Control::new(), &mut Unobserved);
    let measured = measured.map_err(|error| error.to_string())?;
    let made: u64 = measured
        .streams
        .iter()
        .map(|stream| stream.counts.acknowledged)
        .sum();
    let seconds = measured.elapsed.max(LENGTH).as_secs_f64();
    Ok(made as f64 / seconds)
}

fn one(stream: &str, per_second: f64, peak: Option<f64>) -> Look {
    let can = format!("this machine makes {}", format::rate(per_second));
    let Some(peak) = peak else {
        return look(stream, format!("{can}; the load is unpaced"));
    };
    let found = look(
        stream,
        format!("{can}, the load's peak is {}", format::rate(peak)),
    );
    if per_second < peak {
        found.wrong(
            "records would leave late by the generator's own fault: lower the rate, make the records simpler, or use \
             more lanes (`run.lanes`) where there are idle CPUs",
        )
    } else if per_second < HEADROOM * peak {
        found.remark(
            "the destination's client needs CPU time too: lower the rate, make the records simpler, or use more lanes \
             (`run.lanes`) where there are idle CPUs",
        )
    } else {
        found
    }
}

/// Streams share the CPUs; each was measured alone, on as many as it has lanes.
fn together(share: f64, lanes: usize, cpus: usize) -> Option<Look> {
    let share = share * lanes.min(cpus) as f64 / cpus as f64;
    let found = format!(
        "at their peaks all streams together keep {} of the CPUs busy with making records",
        format::percent((share * 100.0).min(999.0))
    );
    let found = Look::new(Layer::Generator, "all streams", found);
    (share * HEADROOM > 1.0).then(|| {
        found.remark("the clients need CPU time too: lower the rates, or use a larger machine")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn a_generator_has_to_be_faster_than_the_load_and_leave_time_for_the_client() {
        for (per_second, verdict) in [
            (9_000.0, Verdict::Wrong),
            (15_000.0, Verdict::Remark),
            (25_000.0, Verdict::Ok),
        ] {
            let look = one("s", per_second, Some(10_000.0));
            assert_eq!(look.verdict, verdict, "{look:?}");
        }
        assert_eq!(one("s", 1.0, None).verdict, Verdict::Ok);
    }

    #[test]
    fn streams_that_share_cpus_are_added_up() {
        // Two streams, each of which would keep one of two CPUs busy for 60 % of the time.
        let look = together(1.2, 1, 2).unwrap();
        assert_eq!(look.verdict, Verdict::Remark);
        assert!(look.found.contains("60"), "{look:?}");
        assert_eq!(together(1.2, 1, 8), None);
        assert!(together(1.2, 8, 8).is_some());
    }
}
