//! The answer to PutRecords: one entry per record, in the order of the request.
//!
//! Answers in which everything went well look always the same, and are 55 kB long: those are read
//! by a scanner that knows their shape. Whatever it does not recognise is read by serde.

use std::borrow::Cow;

use memchr::memchr;
use serde::Deserialize;

/// What became of one record of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is stored, in the shard of this number.
    Stored(u32),
    /// It is not, for the reason of this index in [`Answer::reasons`].
    Failed(u32),
}

/// Why records of a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reason {
    /// E.g. `ProvisionedThroughputExceededException`.
    pub(super) code: String,
    /// The service's words.
    pub(super) message: String,
    /// The number of the shard that the words name.
    pub(super) shard: Option<u32>,
}

/// A parsed answer; its memory is used again.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) fates: Vec<Fate>,
    pub(super) reasons: Vec<Reason>,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(rename = "Records", borrow)]
    records: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(rename = "SequenceNumber", borrow, default)]
    sequence_number: Option<Cow<'a, str>>,
    #[serde(rename = "ShardId", borrow, default)]
    shard_id: Option<Cow<'a, str>>,
    #[serde(rename = "ErrorCode", borrow, default)]
    error_code: Option<Cow<'a, str>>,
    #[serde(rename = "ErrorMessage", borrow, default)]
    error_message: Option<Cow<'a, str>>,
}

impl Answer {
    /// Reads an answer. The error says what is wrong with it.
    pub(super) fn read(&mut self, body: &[u8]) -> Result<(), String> {
        self.fates.clear();
        self.reasons.clear();
        if scan(body, &mut self.fates).is_some() {
            return Ok(());
        }
        self.fates.clear();
        let read: Body<'_> = serde_json::from_slice(body)
            .map_err(|error| format!("the answer to PutRecords can't be read: {error}"))?;
        for entry in read.records {
            let fate = match (entry.sequence_number, entry.error_code) {
                // What has a sequence number is stored, whatever else there is.
                (Some(_), _) => Fate::Stored(
                    entry
                        .shard_id
                        .and_then(|id| number(id.as_bytes()))
                        .unwrap_or(u32::MAX),
                ),
                (None, code) => self.reason(
                    code.as_deref().unwrap_or("InternalFailure"),
                    entry.error_message.as_deref().unwrap_or_default(),
                ),
            };
            self.fates.push(fate);
        }
        Ok(())
    }

    fn reason(&mut self, code: &str, message: &str) -> Fate {
        let known = |reason: &Reason| reason.code == code && reason.message == message;
        // Reasons repeat, a few per shard: the last ones are the likely ones.
        let at = self.reasons.iter().rposition(known).unwrap_or_else(|| {
            self.reasons.push(Reason {
                code: code.to_owned(),
                message: message.to_owned(),
                shard: named_shard(message),
            });
            self.reasons.len() - 1
        });
        Fate::Failed(at as u32)
    }
}

/// Reads `…"Records":[{"SequenceNumber":"…","ShardId":"shardId-…"},…]…` and the same with the two
/// members the other way round. `None` for anything else, down to a blank.
fn scan(body: &[u8], fates: &mut Vec<Fate>) -> Option<()> {
    const RECORDS: &[u8] = br#""Records":["#;
    // Two members can come before: `FailedRecordCount` and `EncryptionType`.
    let head = body.get(..120).unwrap_or(body);
    let start = head
        .windows(RECORDS.len())
        .position(|window| window == RECORDS)?;
    let mut rest = &body[start + RECORDS.len()..];
    loop {
        rest = rest.strip_prefix(b"{")?;
        let shard;
        if let Some(after) = rest.strip_prefix(br#""SequenceNumber":""#) {
            rest = digits_to_quote(after)?.strip_prefix(br#","ShardId":""#)?;
            (shard, rest) = shard_id(rest)?;
        } else {
            rest = rest.strip_prefix(br#""ShardId":""#)?;
            (shard, rest) = shard_id(rest)?;
            rest = digits_to_quote(rest.strip_prefix(br#","SequenceNumber":""#)?)?;
        }
        rest = rest.strip_prefix(b"}")?;
        fates.push(Fate::Stored(shard));
        match rest.split_first()? {
            (b',', after) => rest = after,
            (b']', _) => return Some(()),
            _ => return None,
        }
    }
}

/// What follows on a sequence number and its quote.
fn digits_to_quote(text: &[u8]) -> Option<&[u8]> {
    let end = memchr(b'"', text)?;
    (end > 0).then(|| &text[end + 1..])
}

fn shard_id(text: &[u8]) -> Option<(u32, &[u8])> {
    let end = memchr(b'"', text)?;
    Some((number(&text[..end])?, &text[end + 1..]))
}

/// `shardId-000000000012` → 12: numbers are shorter than names, and unique in a stream for ever.
pub(super) fn number(shard_id: &[u8]) -> Option<u32> {
    let digits = shard_id.strip_prefix(b"shardId-")?;
    if digits.is_empty() || digits.len() > 12 {
        return None;
    }
    // Twelve digits fit, so nothing has to be checked on the way but that they are digits.
    let (number, is_good) = digits
        .iter()
        .fold((0_u64, true), |(number, is_good), digit| {
            (
                number * 10 + u64::from(digit & 15),
                is_good & digit.is_ascii_digit(),
            )
        });
    u32::try_from(number).ok().filter(|_| is_good)
}

/// `Rate exceeded for shard shardId-000000000001 in stream …` → 1.
fn named_shard(message: &str) -> Option<u32> {
    let rest = &message[message.find("shardId-")?..];
    let name = rest
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .next()?;
    number(name.as_bytes())
}

/// A refusal of a whole call, as `{"__type": "…", "message": "…"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The status of HTTP.
    pub(super) status: u16,
    /// E.g. `ResourceNotFoundException`.
    pub(super) code: String,
    /// The service's words.
    pub(super) message: String,
}

impl Refusal {
    /// Reads one; what can't be read is named after its HTTP status.
    pub(super) fn read(status: u16, body: &[u8]) -> Refusal {
        #[derive(Deserialize)]
        struct Body {
            #[serde(rename = "__type", default)]
            kind: Option<String>,
            #[serde(alias = "Message", default)]
            message: Option<String>,
        }
        let read: Body = serde_json::from_slice(body).unwrap_or(Body {
            kind: None,
            message: None,
        });
        // `com.amazonaws.kinesis#ResourceNotFoundException`, from some servers.
        let code = read
            .kind
            .as_deref()
            .and_then(|kind| kind.rsplit('#').next());
        let code = code
            .filter(|code| !code.is_empty())
            .map_or_else(|| format!("HTTP_{status}"), str::to_owned);
        let message = read
            .message
            .unwrap_or_else(|| format!("the answer's status is {status}"));
        Refusal {
            status,
            code,
            message,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(body: &str) -> Result<Answer, String> {
        let mut answer = Answer::default();
        answer.read(body.as_bytes()).map(|()| answer)
    }

    proptest! {
        /// The scanner and serde agree on answers in which everything went well, in any order of
        /// members, and the scanner takes those without a blank.
        #[test]
        fn the_scanner_reads_what_serde_reads(shards in prop::collection::vec(0..5_000_u32, 1..50), order in any::<bool>()) {
            let entry = |shard: &u32| {
                let id = format!("shardId-{shard:012}");
                if order { json!({"SequenceNumber": "4955", "ShardId": id}) } else { json!({"ShardId": id, "SequenceNumber": "4955"}) }
            };
            let entries: Vec<_> = shards.iter().map(entry).collect();
            let body = json!({"FailedRecordCount": 0, "Records": entries, "EncryptionType": "KMS"});
            let mut scanned = Vec::new();
            prop_assert_eq!(scan(body.to_string().as_bytes(), &mut scanned), Some(()));
            let expected: Vec<_> = shards.into_iter().map(Fate::Stored).collect();
            prop_assert_eq!(&scanned, &expected);
            prop_assert_eq!(&read(&serde_json::to_string_pretty(&body).unwrap()).unwrap().fates, &expected);
        }

        /// Nothing that a server may send makes it panic.
        #[test]
        fn noise_is_refused(noise in prop::collection::vec(any::<u8>(), 0..300), cut in 0..200_usize) {
            let _ = Answer::default().read(&noise);
            let good = br#"{"Records":[{"SequenceNumber":"1","ShardId":"shardId-000000000001"},{"ErrorCode":"InternalFailure"}]}"#;
            let _ = Answer::default().read(&good[..cut.min(good.len())]);
            let _ = Refusal::read(500, &noise);
        }
    }

    #[test]
    fn failures_share_reasons_and_name_their_shard() {
        let throttled = "Rate exceeded for shard shardId-000000000003 in stream s under account 1.";
        let body = json!({"FailedRecordCount": 3, "Records": [
            {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": throttled},
            {"SequenceNumber": "1", "ShardId": "shardId-000000000002", "ErrorCode": null},
            {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": throttled},
            {"ErrorCode": "InternalFailure", "ErrorMessage": "oops", "SequenceNumber": null},
        ]});
        let answer = read(&body.to_string()).unwrap();
        assert_eq!(
            answer.fates,
            [
                Fate::Failed(0),
                Fate::Stored(2),
                Fate::Failed(0),
                Fate::Failed(1)
            ]
        );
        assert_eq!(answer.reasons[0].shard, Some(3));
        assert_eq!(answer.reasons[1].shard, None);
        assert_eq!(answer.reasons[1].code, "InternalFailure");
    }

    #[test]
    fn refusals_are_named_as_the_service_names_them() {
        let read = |body: &str| Refusal::read(400, body.as_bytes());
        let found =
            read(r#"{"__type":"com.amazonaws.kinesis#ResourceNotFoundException","message":"no"}"#);
        assert_eq!(
            (found.code.as_str(), found.message.as_str()),
            ("ResourceNotFoundException", "no")
        );
        assert_eq!(
            read(r#"{"__type":"ExpiredTokenException","Message":"old"}"#).message,
            "old"
        );
        assert_eq!(read("<html>").code, "HTTP_400");
    }
}
