//! A look at the topic now and then: which partitions there are, and where they begin and end. It may
//! take as long as brokers don't answer, so it has a thread of its own and delays no record.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CString;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::bindings as rd;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::{MetadataPartition, MetadataTopic};

use super::compaction::Compaction;
use super::context::Context;
use crate::Trouble;

/// Longer than any broker on the way needs to answer.
const ANSWER: Duration = Duration::from_secs(10);
/// How often to look.
const LOOK: Duration = Duration::from_secs(10);
/// The same in trouble, and when somebody waits for the end.
const LOOK_SOON: Duration = Duration::from_secs(1);

/// The first and the next position of each partition.
pub(super) type Marks = BTreeMap<i32, (i64, i64)>;
/// These, and of which partitions what was fetched is as new as they are: no open transaction hides their ends.
pub(super) type Seen = (Marks, BTreeSet<i32>);

/// What a look has found.
#[derive(Debug)]
pub(super) struct Look {
    /// When it began.
    pub(super) began: Instant,
    pub(super) marks: Marks,
    /// Of which partitions they are the ends, and not of what may be read so far.
    pub(super) whole: BTreeSet<i32>,
    /// Whether the broker may have taken single records out of the topic; `None` as long as nobody has
    /// [asked](Watch::ask_for_compaction), or no broker has answered.
    pub(super) is_compacted: Option<bool>,
}

/// What the thread has seen and what it is asked for.
#[derive(Debug, Default)]
pub(super) struct Watch {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// What the last look has found, until it is taken.
    look: Option<Look>,
    /// When the last look was over.
    looked: Option<Instant>,
    trouble: Option<Trouble>,
    /// Somebody wants to know whether the topic is compacted.
    wants_compaction: bool,
    is_compacted: Option<bool>,
    /// Look again soon.
    is_urgent: bool,
    /// Go on looking often.
    is_watchful: bool,
    is_over: bool,
}

impl Watch {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a new look has found.
    pub(super) fn look(&self) -> Option<Look> {
        self.lock().look.take()
    }

    /// Whether the last look was long enough ago for another one.
    pub(super) fn is_stale(&self) -> bool {
        let looked = self.lock().looked;
        looked.is_none_or(|looked| looked.elapsed() >= LOOK_SOON)
    }

    /// Further looks are to tell whether the topic is compacted.
    pub(super) fn ask_for_compaction(&self) {
        let mut state = self.lock();
        state.is_urgent |= !state.wants_compaction;
        state.wants_compaction = true;
        drop(state);
        self.changed.notify_all();
    }

    fn is_compaction_open(&self) -> bool {
        let state = self.lock();
        state.wants_compaction && state.is_compacted.is_none()
    }

    /// What stands in the way now.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        self.lock().trouble.clone()
    }

    /// Somebody wants to know now.
    pub(super) fn hurry(&self) {
        self.lock().is_urgent = true;
        self.changed.notify_all();
    }

    #[cfg(test)]
    pub(super) fn is_urgent(&self) -> bool {
        self.lock().is_urgent
    }

    #[cfg(test)]
    pub(super) fn calm_down(&self) {
        self.lock().is_urgent = false;
    }

    /// Somebody waits for the end of the topic.
    pub(super) fn be_watchful(&self) {
        self.lock().is_watchful = true;
        self.hurry();
    }

    pub(super) fn stop(&self) {
        self.lock().is_over = true;
        self.changed.notify_all();
    }

    /// Waits until it is time to look. `false`: nobody wants to know any more.
    fn wait(&self) -> bool {
        let state = self.lock();
        let pause = if state.trouble.is_some() || state.is_watchful {
            LOOK_SOON
        } else {
            LOOK
        };
        let is_idle = |state: &mut State| !state.is_urgent && !state.is_over;
        let waited = self.changed.wait_timeout_while(state, pause, is_idle);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.is_urgent = false;
        !state.is_over
    }

    pub(super) fn found(&self, began: Instant, found: Result<Seen, String>) {
        let mut state = self.lock();
        state.looked = Some(Instant::now());
        match found {
            Ok((marks, whole)) => {
                state.look = Some(Look {
                    began,
                    marks,
                    whole,
                    is_compacted: state.is_compacted,
                });
                state.trouble = None;
            }
            Err(message) => {
                let since = state
                    .trouble
                    .as_ref()
                    .map_or(began, |trouble| trouble.since);
                state.trouble = Some(Trouble { message, since });
            }
        }
    }

    /// Looks until it is [stopped](Watch::stop).
    fn run(&self, topic: &Topic) {
        let mut compaction = topic.compaction.clone();
        while self.wait() {
            let began = Instant::now();
            let found = look(&topic.consumer, &topic.name, ANSWER);
            let context = topic.consumer.context();
            if found.is_ok() {
                context.forget_trouble();
            }
            let words = |blind: Blind| match context.trouble() {
                // Silence has no name.
                None => format!("{} ({})", blind.words(), topic.servers),
                Some(_) => explained(blind.words(), context),
            };
            self.found(began, found.map_err(words));
            if self.is_compaction_open() {
                let is_compacted = compaction.find_out(&topic.name);
                let mut state = self.lock();
                state.is_compacted = is_compacted;
                // Somebody waits for it, and gets it with a look.
                state.is_urgent |= is_compacted.is_some();
            }
        }
    }
}

/// What is looked at.
pub(super) struct Topic {
    pub(super) consumer: Arc<BaseConsumer<Context>>,
    pub(super) name: String,
    /// Whom to ask, in words.
    pub(super) servers: String,
    pub(super) compaction: Compaction,
}

/// Why a look has found nothing.
#[derive(Debug)]
pub(super) enum Blind {
    /// There is no such topic, at least not yet.
    Missing,
    Error(KafkaError),
    /// What the partition's leader, or its absence, says.
    Partition(i32, KafkaError),
}

impl Blind {
    pub(super) fn words(&self) -> String {
        match self {
            Blind::Missing => "it does not exist".to_owned(),
            Blind::Error(error) => error.to_string(),
            Blind::Partition(number, error) => format!("partition {number}: {error}"),
        }
    }

    /// Whether it will be the same the next time.
    pub(super) fn is_hopeless(&self) -> bool {
        match self {
            Blind::Missing => false,
            Blind::Error(error) | Blind::Partition(_, error) => is_hopeless(error),
        }
    }
}

/// Whether trying again will not help: the client is broken, or we are not let in.
pub(super) fn is_hopeless(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;

    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::Fatal
                | Code::Authentication
                | Code::SaslAuthenticationFailed
                | Code::TopicAuthorizationFailed
        )
    )
}

/// What went wrong with what the client said meanwhile, which tells more than that nobody answered.
pub(super) fn explained(message: String, context: &Context) -> String {
    match context.trouble() {
        Some(reason) if !message.contains(&reason) => format!("{message}: {reason}"),
        _ => message,
    }
}

/// Where the topic's partitions begin and end. Each answer may take `patience`.
pub(super) fn look(
    consumer: &BaseConsumer<Context>,
    topic: &str,
    patience: Duration,
) -> Result<Seen, Blind> {
    let metadata = consumer.fetch_metadata(Some(topic), patience);
    let metadata = metadata.map_err(Blind::Error)?;
    let found = metadata.topics().iter().find(|it| it.name() == topic);
    let partitions = found.map_or(&[][..], MetadataTopic::partitions);
    if partitions.is_empty() {
        return Err(Blind::Missing);
    }
    let (mut marks, mut whole) = (Marks::new(), BTreeSet::new());
    for number in partitions.iter().map(MetadataPartition::id) {
        let found = consumer.fetch_watermarks(topic, number, patience);
        // Up to an open transaction only, if there is one: what comes behind it may not be read yet.
        let (low, stable) = found.map_err(|error| Blind::Partition(number, error))?;
        let high = high_watermark(consumer, topic, number);
        if high >= stable {
            whole.insert(number);
        }
        marks.insert(number, (low, high.max(stable)));
    }
    Ok((marks, whole))
}

/// Where a partition ends, transactions that are open included, as far as a fetch has told; negative if
/// none has.
#[expect(unsafe_code, reason = "librdkafka's, which the crate does not wrap")]
fn high_watermark(consumer: &BaseConsumer<Context>, topic: &str, partition: i32) -> i64 {
    let Ok(topic) = CString::new(topic) else {
        return -1;
    };
    let (mut low, mut high) = (-1, -1);
    // SAFETY: the client lives as long as the consumer, the name ends with a zero, and the numbers are
    // written to before this returns.
    unsafe {
        rd::rd_kafka_get_watermark_offsets(
            consumer.client().native_ptr(),
            topic.as_ptr(),
            partition,
            &raw mut low,
            &raw mut high,
        );
    }
    high
}

/// Starts the thread. It ends some time after [`Watch::stop`].
pub(super) fn start(watch: &Arc<Watch>, topic: Topic) -> std::io::Result<()> {
    let watch = Arc::clone(watch);
    let thread = std::thread::Builder::new().name("kafka watch".to_owned());
    thread.spawn(move || watch.run(&topic)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_lasts_from_the_first_failed_look_to_the_next_good_one() {
        let watch = Watch::default();
        let began = Instant::now();
        watch.found(began, Err("gone".to_owned()));
        watch.found(began + LOOK, Err("still gone".to_owned()));
        let trouble = watch.trouble().unwrap();
        assert_eq!((&*trouble.message, trouble.since), ("still gone", began));
        watch.found(began, Ok((Marks::from([(0, (0, 7))]), BTreeSet::new())));
        assert_eq!(watch.trouble(), None);
        assert!(watch.look().is_some() && watch.look().is_none());
    }

    #[test]
    fn who_is_not_let_in_need_not_try_again() {
        use RDKafkaErrorCode as Code;

        for (code, hopeless) in [
            (Code::TopicAuthorizationFailed, true),
            (Code::SaslAuthenticationFailed, true),
            (Code::Authentication, true),
            (Code::NotLeaderForPartition, false),
            (Code::BrokerTransportFailure, false),
        ] {
            assert_eq!(is_hopeless(&KafkaError::MessageConsumption(code)), hopeless);
            assert_eq!(is_hopeless(&KafkaError::Global(code)), hopeless);
        }
    }

    #[test]
    fn who_is_in_a_hurry_does_not_wait_and_who_stops_is_not_waited_for() {
        let watch = Watch::default();
        watch.hurry();
        assert!(watch.wait());
        watch.stop();
        assert!(!watch.wait());
    }
}
