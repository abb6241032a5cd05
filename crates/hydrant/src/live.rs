//! How a run is going, while it lasts: lines that move on a terminal, plain lines elsewhere.

use std::time::Duration;

use engine::Observer;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use options::{visible, visible_page};

use crate::printer::Printer;
use crate::terminal::Moving;

/// Without a terminal, a line this often.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// How often lines are drawn again at most.
const HZ: u8 = 20;

/// Shows a run's progress on stderr.
pub(crate) struct Live {
    printer: Printer,
    bars: MultiProgress,
    /// One line per stream, from the first interval on.
    lines: Vec<ProgressBar>,
    plain_next: Duration,
}

impl Live {
    pub(crate) fn new(printer: Printer) -> Live {
        let target = if printer.is_live() {
            ProgressDrawTarget::term_like_with_hz(Box::new(Moving::default()), HZ)
        } else {
            ProgressDrawTarget::hidden()
        };
        Live {
            printer,
            bars: MultiProgress::with_draw_target(target),
            lines: Vec::new(),
            plain_next: Duration::ZERO,
        }
    }

    /// Says something above the moving lines.
    pub(crate) fn note(&self, text: &str) {
        if self.printer.is_live() {
            drop(self.bars.println(visible_page(text)));
        } else {
            self.printer.note(text);
        }
    }

    /// Takes the moving lines away.
    pub(crate) fn finish(&self) {
        drop(self.bars.clear());
    }

    fn draw(&mut self, lines: Vec<String>) {
        if self.lines.is_empty() {
            let style = ProgressStyle::with_template("{spinner} {wide_msg}");
            let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
            let bar = || {
                self.bars
                    .add(ProgressBar::no_length().with_style(style.clone()))
            };
            self.lines = lines.iter().map(|_| bar()).collect();
        }
        for (bar, line) in self.lines.iter().zip(lines) {
            bar.set_message(visible(&line).into_owned());
            bar.tick();
        }
    }
}

impl Observer for Live {
    fn interval(&mut self, progress: &engine::Progress) {
        if self.printer.is_quiet() {
            return;
        }
        let is_live = self.printer.is_live();
        if !is_live && progress.elapsed < self.plain_next {
            return;
        }
        let lines = lines(progress);
        if is_live {
            self.draw(lines);
        } else {
            self.plain_next += PLAIN_EVERY;
            for line in lines {
                self.printer.note(&line);
            }
        }
    }
}

/// One line per stream.
fn lines(progress: &engine::Progress) -> Vec<String> {
    let is_one = progress.streams.len() == 1;
    let line = |stream: &engine::StreamProgress| {
        let line = of_stream(progress, stream).line();
        if is_one {
            line
        } else {
            format!("{}: {line}", stream.name)
        }
    };
    let streams = progress.streams.iter().map(line);
    let all = (!is_one).then(|| format!("all: {}", of_all(progress).line()));
    streams.chain(all).collect()
}

/// All streams together. Percentiles do not add up.
fn of_all(progress: &engine::Progress) -> report::Progress {
    let streams = &progress.streams;
    let count = |of: fn(&engine::StreamProgress) -> u64| streams.iter().map(of).sum();
    report::Progress {
        elapsed: progress.elapsed,
        left: progress.left,
        target_rate: streams.iter().map(|it| it.target).sum(),
        rate: streams.iter().map(|it| it.rate).sum(),
        acknowledged: count(|it| it.counts.acknowledged),
        rejected: count(|it| it.counts.rejected),
        skipped: count(|it| it.counts.skipped),
        in_flight: count(|it| it.in_flight),
        response_p50: None,
        response_p99: None,
        trouble: None,
        warming_up: streams.iter().any(|it| it.warming_up),
        waiting: streams.iter().any(|it| it.waiting),
        draining: progress.is_ending || progress.left == Some(Duration::ZERO),
    }
}

fn of_stream(progress: &engine::Progress, stream: &engine::StreamProgress) -> report::Progress {
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    report::Progress {
        elapsed: progress.elapsed,
        left: stream.left,
        target_rate: stream.target,
        rate: stream.rate,
        acknowledged: stream.counts.acknowledged,
        rejected: stream.counts.rejected,
        skipped: stream.counts.skipped,
        in_flight: stream.in_flight,
        response_p50: stream.response_p50.map(millis),
        response_p99: stream.response_p99.map(millis),
        trouble: stream.trouble.clone(),
        warming_up: stream.warming_up,
        waiting: stream.waiting,
        draining: progress.is_ending || stream.left == Some(Duration::ZERO),
    }
}
