//! Messages on their way to subscribers: `Pull` and `StreamingPull`.

use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use gcloud_googleapis::pubsub::v1::{PullRequest, StreamingPullRequest};
use h2::server::SendResponse;
use prost::Message as _;
use tokio::time::{Instant, sleep};

use super::grpc::{self, Incoming, Outgoing};
use super::methods::lease;
use super::queue::{Holder, Most, Outstanding};
use super::refusal::Refusal;
use super::stock::Stock;

/// What an answer brings at most.
const AT_ONCE: Most = Most {
    messages: 1_000,
    bytes: 1 << 20,
};
/// How long a pull waits for a first message.
const PULL_PATIENCE: Duration = Duration::from_secs(5);
/// Nothing changes for so long without being told.
const LOOK: Duration = Duration::from_mins(1);

/// `Pull`: the answer's body.
pub(super) async fn pull(stock: &Stock, body: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    let request = PullRequest::decode(body).map_err(|_| Refusal::malformed())?;
    let messages = u64::try_from(request.max_messages).unwrap_or_default();
    if messages == 0 {
        return Err(Refusal::invalid(
            "max_messages must be strictly greater than 0.",
        ));
    }
    let most = Most {
        messages: messages.min(AT_ONCE.messages),
        ..AT_ONCE
    };
    #[expect(deprecated, reason = "clients still send it")]
    let patience = if request.return_immediately {
        Duration::ZERO
    } else {
        PULL_PATIENCE
    };
    let name = &request.subscription;
    let (until, holder) = (Instant::now() + patience, stock.new_holder());
    loop {
        let changed = stock.changed(name)?;
        let changed = changed.notified();
        let delivered = stock.deliver(name, holder, |_| most, None, out)?;
        let left = until.saturating_duration_since(Instant::now());
        if !delivered.numbers.is_empty() || left.is_zero() {
            return Ok(());
        }
        let look = delivered.look.unwrap_or(LOOK).min(left);
        tokio::select! {
            () = changed => {}
            () = sleep(look) => {}
        }
    }
}

/// How a stream wants its messages.
#[derive(Debug)]
struct Wish {
    subscription: String,
    lease: Duration,
    /// Not more than this is outstanding.
    most: Most,
}

impl Wish {
    fn of(request: &StreamingPullRequest) -> Result<Wish, Refusal> {
        let seconds = request.stream_ack_deadline_seconds;
        if !(10..=600).contains(&seconds) {
            return Err(Refusal::invalid(format!(
                "Invalid stream ack deadline given (stream_ack_deadline_seconds={seconds}). It has \
                 to be between 10 and 600."
            )));
        }
        // Nothing or less: as many as there are.
        let limit = |wanted: i64| match u64::try_from(wanted) {
            Ok(0) | Err(_) => u64::MAX,
            Ok(limit) => limit,
        };
        Ok(Wish {
            subscription: request.subscription.clone(),
            lease: lease(seconds)?,
            most: Most {
                messages: limit(request.max_outstanding_messages),
                bytes: limit(request.max_outstanding_bytes),
            },
        })
    }

    /// What may be delivered to somebody who has so much.
    fn room(&self, has: Outstanding) -> Most {
        Most {
            messages: self
                .most
                .messages
                .saturating_sub(has.messages)
                .min(AT_ONCE.messages),
            bytes: self.most.bytes.saturating_sub(has.bytes).min(AT_ONCE.bytes),
        }
    }
}

/// `StreamingPull`: answers until somebody ends it.
pub(super) async fn stream(
    stock: &Stock,
    mut incoming: Incoming,
    respond: &mut SendResponse<Bytes>,
) -> Result<(), h2::Error> {
    let wish = match first(stock, &mut incoming).await {
        Ok(wish) => wish,
        Err(refusal) => return grpc::answer(respond, Err(refusal)).await,
    };
    let mut outgoing = Outgoing::begin(respond)?;
    let outcome = deliver(stock, &wish, &mut incoming, &mut outgoing).await?;
    outgoing.end(&outcome)
}

async fn first(stock: &Stock, incoming: &mut Incoming) -> Result<Wish, Refusal> {
    let first = incoming.next().await?.ok_or_else(Refusal::malformed)?;
    let first = StreamingPullRequest::decode(first).map_err(|_| Refusal::malformed())?;
    let wish = Wish::of(&first)?;
    stock.subscription(&wish.subscription)?;
    heard(stock, &wish, &first)?;
    Ok(wish)
}

async fn deliver(
    stock: &Stock,
    wish: &Wish,
    incoming: &mut Incoming,
    outgoing: &mut Outgoing,
) -> Result<Result<(), Refusal>, h2::Error> {
    let holder: Holder = stock.new_holder();
    loop {
        let changed = match stock.changed(&wish.subscription) {
            Ok(changed) => changed,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let changed = changed.notified();
        let mut body = grpc::body();
        let room = |has| wish.room(has);
        let (name, lease) = (&wish.subscription, Some(wish.lease));
        let delivered = match stock.deliver(name, holder, room, lease, &mut body) {
            Ok(delivered) => delivered,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if !delivered.numbers.is_empty() {
            if let Err(error) = outgoing.send(body).await {
                // They are whoever's comes next; a subscription that is gone has none.
                let _ = stock.give_back(name, &delivered.numbers);
                return Err(error);
            }
            // Others have their turn too.
            tokio::task::yield_now().await;
            if let Some(Some(end)) = hear(stock, wish, incoming).now_or_never() {
                return Ok(end);
            }
            continue;
        }
        tokio::select! {
            // Nothing is delivered to somebody who has gone, and whoever speaks is heard.
            biased;
            () = outgoing.given_up() => return Ok(Ok(())),
            heard = hear(stock, wish, incoming) => if let Some(end) = heard {
                return Ok(end);
            },
            () = changed => {}
            () = sleep(delivered.look.unwrap_or(LOOK)) => {}
        }
    }
}

/// What the subscriber says in between. `Some`: how the call ends.
async fn hear(stock: &Stock, wish: &Wish, incoming: &mut Incoming) -> Option<Result<(), Refusal>> {
    let request = match incoming.next().await {
        Ok(Some(request)) => request,
        Ok(None) => return Some(Ok(())),
        Err(refusal) => return Some(Err(refusal)),
    };
    let request = StreamingPullRequest::decode(request).map_err(|_| Refusal::malformed());
    let heard = request.and_then(|request| heard(stock, wish, &request));
    heard.err().map(Err)
}

fn heard(stock: &Stock, wish: &Wish, request: &StreamingPullRequest) -> Result<(), Refusal> {
    let name = &wish.subscription;
    if !request.ack_ids.is_empty() {
        stock.acknowledge(name, request.ack_ids.iter().map(String::as_bytes))?;
    }
    let ids = request.modify_deadline_ack_ids.iter();
    for (id, seconds) in ids.zip(&request.modify_deadline_seconds) {
        stock.modify(name, [id.as_bytes()].into_iter(), lease(*seconds)?)?;
    }
    Ok(())
}
