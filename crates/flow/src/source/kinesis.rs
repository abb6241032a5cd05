//! Kinesis as a source: the platform needs a long-lived access key.

use options::{Location, Problem};

use super::{Gap, Source, Upstream};
use crate::options::KinesisSource;

/// What the ids of temporary access keys begin with.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes>
const TEMPORARY: &str = "ASIA";

pub(super) fn resolve(
    written: &KinesisSource,
    upstream: Option<Upstream>,
    gap: &mut Gap<'_>,
) -> Option<Source> {
    const WORD: &str = "kinesis";
    let (their_stream, their_region, their_id, their_key, is_theirs_temporary) = match upstream {
        Some(Upstream::Kinesis {
            stream,
            region,
            access_key_id,
            secret_access_key,
            is_temporary,
        }) => (
            stream,
            region,
            access_key_id,
            secret_access_key,
            is_temporary,
        ),
        _ => (None, None, None, None, false),
    };
    let own_key = gap.secret(
        WORD,
        "secret_access_key",
        written.secret_access_key.as_ref(),
    );
    let stream = gap.need(WORD, "stream", written.stream.clone().or(their_stream));
    let region = gap.need(WORD, "region", written.region.clone().or(their_region));
    let id = gap.need(
        WORD,
        "access_key_id",
        written.access_key_id.clone().or(their_id),
    );
    let takes_theirs = written.access_key_id.is_none() || own_key.is_none();
    let key = gap.need(WORD, "secret_access_key", own_key.or(their_key));
    let is_temporary = (takes_theirs && is_theirs_temporary)
        || id.as_ref().is_some_and(|id| id.starts_with(TEMPORARY));
    if is_temporary && id.is_some() && key.is_some() {
        gap.problems.push(temporary(&gap.at));
        return None;
    }
    Some(Source::Kinesis {
        stream: stream?,
        region: region?,
        access_key_id: id?,
        secret_access_key: key?,
        reset: written.reset.unwrap_or_default(),
    })
}

fn temporary(at: &Location) -> Problem {
    Problem::new(
        at.clone(),
        "the access key is a temporary one, and the platform can't be given its session token: the flow \
         could not read the stream",
    )
    .help(
        "give the flow a long-lived key of its own: `flow.source.kinesis: {access_key_id: …, \
         secret_access_key: {env: …}}`; records may be sent with the temporary one all the same",
    )
}
