//! What the reading thread and the connection's thread share: messages that have arrived, and the
//! leases on those that are not settled yet.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{Notify, Semaphore};

use super::kept::Kept;
use super::wire;
use crate::horizon::now;
use crate::{End, Error, Trouble};

/// How much may wait for the reader, in units of a kilobyte; beyond it the stream is left standing.
const ROOM: u32 = 64 << 10;
/// How many messages the service may have lent at a time: what a fast reader works on while its
/// acknowledgements are on their way, and no more ids than can be renewed.
const MESSAGES: u32 = 200_000;

/// What the service may have lent to each of so many streams.
pub(super) fn share(streams: u32) -> wire::Most {
    wire::Most {
        messages: MESSAGES / streams.clamp(1, MESSAGES),
        bytes: (ROOM / streams.clamp(1, ROOM)) << 10,
    }
}

/// A response with messages, and the lease on them.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) body: Bytes,
    pub(super) lease: Lease,
    units: u32,
}

/// The ids of messages that the service has lent until some moment.
#[derive(Debug)]
pub(super) struct Lease {
    /// As [`wire::put_id`] writes them.
    pub(super) ids: Vec<u8>,
    renewed: Instant,
}

#[derive(Debug)]
pub(super) struct Desk {
    state: Mutex<State>,
    arrived: Condvar,
    room: Semaphore,
    wanted: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// The leases on responses that there is no room for yet.
    at_the_door: BTreeMap<u64, Lease>,
    next: u64,
    waiting: VecDeque<Chunk>,
    /// Handed over, and not settled.
    handed_over: Vec<Lease>,
    failed: Option<Error>,
    /// What keeps messages from coming, now.
    trouble: Option<Trouble>,
    /// Since when nobody answers, where nothing may come for other reasons too.
    silence: Option<Trouble>,
    /// Whether somebody has answered since it was asked for; `None`: nobody has asked.
    is_answered: Option<bool>,
    kept: Kept,
}

impl Desk {
    pub(super) fn new() -> Desk {
        Desk {
            state: Mutex::default(),
            arrived: Condvar::new(),
            room: Semaphore::new(ROOM as usize),
            wanted: Notify::new(),
        }
    }

    /// Takes a response, when there is room for it.
    pub(super) async fn put(&self, body: Bytes) -> Result<(), wire::Malformed> {
        let (mut ids, mut published) = (Vec::new(), None);
        for message in wire::messages(&body) {
            let message = message?;
            wire::put_id(message.ack_id, &mut ids);
            published = published.or(message.published);
        }
        if ids.is_empty() {
            return Ok(());
        }
        let units = (body.len() as u32 / 1_024 + 1).min(ROOM);
        let number = {
            let mut state = self.lock();
            (state.trouble, state.silence) = (None, None);
            state.kept.come(now(), published);
            state.come(ids)
        };
        // At the last call there is room for everything: it goes back anyway.
        if let Ok(permit) = self.room.acquire_many(units).await {
            permit.forget();
        }
        let mut state = self.lock();
        // Nobody else takes it away but who gives everything back.
        if let Some(lease) = state.at_the_door.remove(&number) {
            state.waiting.push_back(Chunk { body, lease, units });
        }
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    /// What is known of the subscription that was opened.
    pub(super) fn opened(&self, kept: Kept) {
        self.lock().kept = kept;
    }

    /// A look at the clock, now and then.
    pub(super) fn beat(&self) {
        let mut state = self.lock();
        let is_empty = state.at_the_door.is_empty() && state.waiting.is_empty();
        let is_idle = is_empty && state.trouble.is_none();
        state.kept.beat(now(), is_idle);
    }

    /// Whether the service may have forgotten something. It is told once.
    pub(super) fn take_gone(&self) -> bool {
        self.lock().kept.take_gone()
    }

    /// What is still on its way is taken in, however much it is.
    pub(super) fn last_call(&self) {
        self.room.close();
    }

    /// Nothing comes for now.
    pub(super) fn stands_still(&self, message: String) {
        let mut state = self.lock();
        let since = state
            .trouble
            .as_ref()
            .map_or_else(Instant::now, |it| it.since);
        state.trouble = Some(Trouble { message, since });
    }

    /// It could.
    pub(super) fn goes_on(&self) {
        self.lock().trouble = None;
    }

    pub(super) fn trouble(&self) -> Option<Trouble> {
        let state = self.lock();
        state.trouble.clone().or_else(|| state.silence.clone())
    }

    /// It is to be found out whether somebody answers: all that is to be read was sent.
    pub(super) fn ask(&self) {
        self.lock().is_answered.get_or_insert(false);
        self.wanted.notify_one();
    }

    /// Returns when that [was wanted](Desk::ask).
    pub(super) async fn asked(&self) {
        self.wanted.notified().await;
    }

    /// What came of asking.
    pub(super) fn heard(&self, silence: Option<String>) {
        let mut state = self.lock();
        let since = state.silence.as_ref().map(|it| it.since);
        state.is_answered = Some(silence.is_none());
        state.silence = silence.map(|message| Trouble {
            message,
            since: since.unwrap_or_else(Instant::now),
        });
    }

    /// Where messages end nobody says. As long as nobody says anything, there may be more.
    pub(super) fn end(&self) -> End {
        match self.lock().is_answered {
            Some(false) => End::Ahead,
            None | Some(true) => End::Unknown,
        }
    }

    /// Nothing more will come.
    pub(super) fn fail(&self, error: Error) {
        self.lock().failed.get_or_insert(error);
        self.arrived.notify_one();
    }

    /// The next response; waits for it up to `timeout`. What went wrong is told when all that came
    /// before is taken.
    pub(super) fn next(&self, timeout: Duration) -> Result<Option<Chunk>, Error> {
        let is_idle = |state: &mut State| state.waiting.is_empty() && state.failed.is_none();
        let state = self.lock();
        let mut state = if timeout.is_zero() {
            state
        } else {
            let waited = self.arrived.wait_timeout_while(state, timeout, is_idle);
            waited.unwrap_or_else(PoisonError::into_inner).0
        };
        let Some(chunk) = state.waiting.pop_front() else {
            return state.failed.clone().map_or(Ok(None), Err);
        };
        drop(state);
        self.room.add_permits(chunk.units as usize);
        Ok(Some(chunk))
    }

    /// A response was handed over.
    pub(super) fn handed_over(&self, lease: Lease) {
        self.lock().handed_over.push(lease);
    }

    /// The leases on all that was handed over.
    pub(super) fn settle(&self) -> Vec<Lease> {
        std::mem::take(&mut self.lock().handed_over)
    }

    /// Ids whose lease was not renewed for so long; from now on it counts as renewed.
    pub(super) fn renew(&self, age: Duration) -> Vec<u8> {
        let mut ids = Vec::new();
        let mut state = self.lock();
        let State {
            at_the_door,
            waiting,
            handed_over,
            ..
        } = &mut *state;
        let leases = waiting.iter_mut().map(|chunk| &mut chunk.lease);
        for lease in leases.chain(handed_over).chain(at_the_door.values_mut()) {
            if lease.renewed.elapsed() >= age {
                lease.renewed = Instant::now();
                ids.extend_from_slice(&lease.ids);
            }
        }
        ids
    }

    /// Ids of all that nobody has settled.
    pub(super) fn give_back(&self) -> Vec<u8> {
        let mut state = self.lock();
        let waiting = std::mem::take(&mut state.waiting).into_iter();
        let handed_over = std::mem::take(&mut state.handed_over);
        let at_the_door = std::mem::take(&mut state.at_the_door).into_values();
        let leases = waiting.map(|chunk| chunk.lease).chain(handed_over);
        leases
            .chain(at_the_door)
            .flat_map(|lease| lease.ids)
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes a lease in, from now on; says by which number.
    fn come(&mut self, ids: Vec<u8>) -> u64 {
        let (number, renewed) = (self.next, Instant::now());
        self.next += 1;
        self.at_the_door.insert(number, Lease { ids, renewed });
        number
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use gcloud_googleapis::pubsub::v1::{PubsubMessage, ReceivedMessage, StreamingPullResponse};
    use prost::Message as _;

    use super::*;

    /// A response with one message of so many bytes.
    fn response(ack_id: &str, bytes: usize) -> Bytes {
        let message = PubsubMessage {
            data: vec![b'x'; bytes].into(),
            ..PubsubMessage::default()
        };
        let response = StreamingPullResponse {
            received_messages: vec![ReceivedMessage {
                ack_id: ack_id.to_owned(),
                message: Some(message),
                delivery_attempt: 0,
            }],
            ..StreamingPullResponse::default()
        };
        response.encode_to_vec().into()
    }

    fn text(ids: Vec<u8>) -> String {
        String::from_utf8(ids).unwrap()
    }

    #[test]
    fn a_lease_is_renewed_and_given_back_while_its_message_waits_for_room() {
        let desk = Desk::new();
        let all = (ROOM as usize) << 10;
        desk.put(response("first", all))
            .now_or_never()
            .unwrap()
            .unwrap();
        let mut second = Box::pin(desk.put(response("second", 1)));
        assert!((&mut second).now_or_never().is_none());
        assert_eq!(text(desk.renew(Duration::ZERO)), "\u{5}first\u{6}second");
        let chunk = desk.next(Duration::ZERO).unwrap().unwrap();
        assert_eq!(text(chunk.lease.ids.clone()), "\u{5}first");
        desk.handed_over(chunk.lease);
        second.now_or_never().unwrap().unwrap();
        let mut third = Box::pin(desk.put(response("third", all)));
        assert!((&mut third).now_or_never().is_none());
        // Its stream is ended.
        drop(third);
        let back = text(desk.give_back());
        assert_eq!(back, "\u{6}second\u{5}first\u{5}third");
        assert_eq!(text(desk.renew(Duration::ZERO)), "");
    }

    #[test]
    fn trouble_lasts_until_something_comes() {
        let desk = Desk::new();
        desk.stands_still("gone".to_owned());
        let since = desk.trouble().unwrap().since;
        desk.stands_still("still gone".to_owned());
        let trouble = desk.trouble().unwrap();
        assert_eq!((&*trouble.message, trouble.since), ("still gone", since));
        desk.put(response("a", 1)).now_or_never().unwrap().unwrap();
        assert_eq!(desk.trouble(), None);
    }

    #[test]
    fn silence_at_the_end_is_no_end() {
        let desk = Desk::new();
        assert_eq!(desk.end(), End::Unknown);
        desk.ask();
        desk.asked().now_or_never().unwrap();
        assert_eq!(desk.end(), End::Ahead);
        desk.heard(Some("nobody".to_owned()));
        let since = desk.trouble().unwrap().since;
        desk.heard(Some("still nobody".to_owned()));
        let trouble = desk.trouble().unwrap();
        assert_eq!((&*trouble.message, trouble.since), ("still nobody", since));
        desk.heard(None);
        assert_eq!((desk.end(), desk.trouble()), (End::Unknown, None));
    }

    #[test]
    fn streams_share_what_may_be_lent() {
        let four = share(4);
        assert_eq!((four.messages, four.bytes), (50_000, 16 << 20));
    }
}
