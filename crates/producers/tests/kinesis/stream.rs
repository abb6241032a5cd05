//! A stream, what is in it, and what is wrong with it. Written after the service's documentation and
//! without a line of the client's.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use base64_simd::STANDARD;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::server::Request;

/// A record as it is stored.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    /// Empty where it came without one.
    pub(super) key: String,
    pub(super) data: Vec<u8>,
    pub(super) shard: u32,
}

/// What is answered. Without a reply the connection is closed.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: String,
    pub(super) delay: Duration,
}

#[derive(Clone, Debug)]
struct Shard {
    start: u128,
    end: u128,
    is_open: bool,
}

/// What goes wrong.
#[derive(Default)]
pub(super) struct Faults {
    /// These shards take nothing.
    pub(super) throttled: BTreeSet<u32>,
    /// Every n-th record is answered with InternalFailure.
    pub(super) fail_every: Option<u64>,
    /// Every n-th call loses its connection before anything is stored.
    pub(super) drop_every: Option<u64>,
    /// Every n-th call loses its connection after everything is stored.
    pub(super) forget_every: Option<u64>,
    /// The next call is taken, whatever is refused, and loses its connection after that.
    pub(super) forget_next: bool,
    /// Every n-th call is answered with 500.
    pub(super) crash_every: Option<u64>,
    /// Every call takes so long.
    pub(super) delay: Duration,
    /// Calls signed with this access key are answered with ExpiredTokenException.
    pub(super) expired: Option<String>,
    /// Every call is refused with this code.
    pub(super) refuse: Option<&'static str>,
    /// Calls with more records are refused with status 413 and this code.
    pub(super) too_many: Option<(usize, &'static str)>,
    /// So many calls of ListShards are refused; as long as a stream is being changed, the service may.
    pub(super) unlisted: u64,
    /// A call with a record of this data is refused as a whole with ValidationException.
    pub(super) poison: Option<Vec<u8>>,
    /// ListShards and DescribeStreamSummary are forbidden.
    pub(super) is_private: bool,
}

/// See the module.
pub(super) struct Stream {
    name: String,
    pub(super) exists: bool,
    pub(super) is_on_demand: bool,
    /// It distributes records itself, whatever their keys are.
    pub(super) is_auto: bool,
    pub(super) record_kib: Option<u64>,
    shards: Vec<Shard>,
    pub(super) stored: Vec<Stored>,
    pub(super) faults: Faults,
    /// Calls of each operation.
    pub(super) calls: BTreeMap<String, u64>,
    /// Records that were tried.
    pub(super) tried: u64,
    /// The largest call: records and bytes of data and keys.
    pub(super) largest: (usize, usize),
    /// What the last call was signed with.
    pub(super) authorization: String,
}

impl Stream {
    pub(super) fn new(name: &str, shards: u32) -> Stream {
        let step = u128::MAX / u128::from(shards);
        let range = |n: u32| Shard {
            start: u128::from(n) * step + u128::from(n > 0),
            end: if n + 1 == shards {
                u128::MAX
            } else {
                u128::from(n + 1) * step
            },
            is_open: true,
        };
        Stream {
            name: name.to_owned(),
            exists: true,
            is_on_demand: false,
            is_auto: false,
            record_kib: None,
            shards: (0..shards).map(range).collect(),
            stored: Vec::new(),
            faults: Faults::default(),
            calls: BTreeMap::new(),
            tried: 0,
            largest: (0, 0),
            authorization: String::new(),
        }
    }

    /// Splits a shard in the middle.
    pub(super) fn split(&mut self, shard: u32) {
        let parent = &mut self.shards[shard as usize];
        parent.is_open = false;
        let (start, end) = (parent.start, parent.end);
        let middle = start + (end - start) / 2;
        self.shards.push(Shard {
            start,
            end: middle,
            is_open: true,
        });
        self.shards.push(Shard {
            start: middle + 1,
            end,
            is_open: true,
        });
    }

    /// Whether the hash key belongs to the shard.
    pub(super) fn owns(&self, shard: u32, hash: u128) -> bool {
        let shard = &self.shards[shard as usize];
        (shard.start..=shard.end).contains(&hash)
    }

    pub(super) fn calls_of(&self, operation: &str) -> u64 {
        self.calls.get(operation).copied().unwrap_or(0)
    }

    pub(super) fn reply(&mut self, request: &Request) -> Option<Reply> {
        let calls = self.calls.entry(request.operation.clone()).or_default();
        *calls += 1;
        let call = *calls;
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        self.authorization.clone_from(&request.authorization);
        if let Some(access_key) = &self.faults.expired
            && request
                .authorization
                .contains(&format!("Credential={access_key}/"))
        {
            let why = "The security token included in the request is expired";
            return Some(refusal(400, "ExpiredTokenException", why));
        }
        Some(match request.operation.as_str() {
            "PutRecords" => return self.put_records(&body, call),
            "CreateStream" => {
                let shards = body["ShardCount"].as_u64().unwrap_or(4) as u32;
                let is_on_demand = body["ShardCount"].is_null();
                let calls = std::mem::take(&mut self.calls);
                *self = Stream::new(&self.name, shards);
                self.calls = calls;
                self.is_on_demand = is_on_demand;
                self.is_auto = body["RecordDistributionStrategy"] == "AUTO";
                assert!(is_on_demand || !self.is_auto, "{body}");
                good(&json!({}))
            }
            _ if !self.exists => self.missing(),
            "DescribeStreamSummary" | "ListShards" if self.faults.is_private => {
                refusal(400, "AccessDeniedException", "not authorized")
            }
            "DescribeStreamSummary" => good(&self.summary()),
            "ListShards" if self.faults.unlisted > 0 => {
                self.faults.unlisted -= 1;
                refusal(400, "ResourceInUseException", "it is being changed")
            }
            "ListShards" => good(&self.list(&body)),
            "DeleteStream" => {
                self.exists = false;
                good(&json!({}))
            }
            other => panic!("{other} is not known here"),
        })
    }

    fn missing(&self) -> Reply {
        let message = format!("Stream {} under account 123456789012 not found.", self.name);
        refusal(400, "ResourceNotFoundException", &message)
    }

    fn summary(&self) -> Value {
        let mode = if self.is_on_demand {
            "ON_DEMAND"
        } else {
            "PROVISIONED"
        };
        let strategy = if self.is_auto {
            "AUTO"
        } else {
            "USER_PARTITION_KEY"
        };
        let mut summary = json!({"StreamDescriptionSummary": {
            "StreamName": self.name,
            "StreamARN": format!("arn:aws:kinesis:us-east-1:123456789012:stream/{}", self.name),
            "StreamStatus": "ACTIVE",
            "StreamModeDetails": {"StreamMode": mode},
            "RetentionPeriodHours": 24,
            "StreamCreationTimestamp": 1_700_000_000,
            "EnhancedMonitoring": [],
            "OpenShardCount": self.shards.iter().filter(|shard| shard.is_open).count(),
            "MaxRecordSizeInKiB": self.record_kib,
        }});
        if self.is_on_demand {
            summary["StreamDescriptionSummary"]["RecordDistributionStrategy"] = json!(strategy);
        }
        summary
    }

    /// Two shards to a page, so that there are pages.
    fn list(&self, body: &Value) -> Value {
        let token = body["NextToken"].as_str();
        assert!(
            token.is_none() || body["StreamName"].is_null(),
            "a token goes alone: {body}"
        );
        let from: usize = token.map_or(0, |token| token.parse().unwrap());
        let page = self.shards.iter().enumerate().skip(from).take(2).map(|(number, shard)| {
            let mut range = json!({"StartingSequenceNumber": "1"});
            if !shard.is_open {
                range["EndingSequenceNumber"] = json!("2");
            }
            json!({
                "ShardId": id(number as u32),
                "HashKeyRange": {"StartingHashKey": shard.start.to_string(), "EndingHashKey": shard.end.to_string()},
                "SequenceNumberRange": range,
            })
        });
        let mut answer = json!({"Shards": page.collect::<Vec<_>>()});
        if from + 2 < self.shards.len() {
            answer["NextToken"] = json!((from + 2).to_string());
        }
        answer
    }

    fn put_records(&mut self, body: &Value, call: u64) -> Option<Reply> {
        let delay = self.faults.delay;
        let is_nth = |every: Option<u64>| every.is_some_and(|every| call.is_multiple_of(every));
        if is_nth(self.faults.drop_every) {
            return None;
        }
        if is_nth(self.faults.crash_every) {
            return Some(refusal(500, "InternalFailure", "oops"));
        }
        let is_forgotten = std::mem::take(&mut self.faults.forget_next);
        if let Some(code) = self.faults.refuse
            && !is_forgotten
        {
            return Some(refusal(400, code, "no"));
        }
        if !self.exists {
            return Some(self.missing());
        }
        assert_eq!(body["StreamName"], json!(self.name));
        let records: Vec<_> = body["Records"]
            .as_array()
            .unwrap()
            .iter()
            .map(parse)
            .collect();
        if let Some((limit, code)) = self.faults.too_many
            && records.len() > limit
        {
            return Some(refusal(413, code, "too much at once"));
        }
        let limit = self.record_kib.unwrap_or(1024) as usize * 1024;
        let size = |(key, _, data): &(String, _, Vec<u8>)| key.len() + data.len();
        let bytes: usize = records.iter().map(size).sum();
        let shortest = usize::from(!self.is_auto);
        let is_poisoned = |poison: &Vec<u8>| records.iter().any(|(.., data)| data == poison);
        if records.len() > 500
            || bytes > 10 << 20
            || records.iter().any(|record| size(record) > limit)
            || records
                .iter()
                .any(|(key, ..)| !(shortest..=256).contains(&key.chars().count()))
            || self.faults.poison.as_ref().is_some_and(is_poisoned)
        {
            return Some(refusal(
                400,
                "ValidationException",
                "1 validation error detected",
            ));
        }
        self.largest = (self.largest.0.max(records.len()), self.largest.1.max(bytes));
        let entries: Vec<_> = records.into_iter().map(|record| self.put(record)).collect();
        if is_forgotten || is_nth(self.faults.forget_every) {
            return None;
        }
        let failed = entries
            .iter()
            .filter(|entry| entry["ErrorCode"].is_string())
            .count();
        let body = json!({"FailedRecordCount": failed, "Records": entries}).to_string();
        Some(Reply {
            status: 200,
            body,
            delay,
        })
    }

    fn put(&mut self, (key, hash, data): (String, u128, Vec<u8>)) -> Value {
        self.tried += 1;
        let has = |shard: &Shard| shard.is_open && (shard.start..=shard.end).contains(&hash);
        let shard = if self.is_auto {
            let open: Vec<_> = (0..self.shards.len())
                .filter(|shard| self.shards[*shard].is_open)
                .collect();
            open[self.tried as usize % open.len()] as u32
        } else {
            self.shards.iter().position(has).unwrap() as u32
        };
        if self.faults.throttled.contains(&shard) {
            let message = format!(
                "Rate exceeded for shard {} in stream {} under account 123456789012.",
                id(shard),
                self.name
            );
            return json!({"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": message});
        }
        if self
            .faults
            .fail_every
            .is_some_and(|every| self.tried.is_multiple_of(every))
        {
            return json!({"ErrorCode": "InternalFailure", "ErrorMessage": "Internal service failure."});
        }
        self.stored.push(Stored { key, data, shard });
        json!({"SequenceNumber": format!("{:056}", self.stored.len()), "ShardId": id(shard)})
    }
}

fn id(number: u32) -> String {
    format!("shardId-{number:012}")
}

/// The key, what decides on the shard, and the data.
fn parse(record: &Value) -> (String, u128, Vec<u8>) {
    let key = record["PartitionKey"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let hash = match record["ExplicitHashKey"].as_str() {
        Some(hash) => hash.parse().unwrap(),
        None => md5(key.as_bytes()),
    };
    (
        key,
        hash,
        STANDARD
            .decode_to_vec(record["Data"].as_str().unwrap())
            .unwrap(),
    )
}

pub(super) fn md5(bytes: &[u8]) -> u128 {
    u128::from_be_bytes(Md5::digest(bytes).into())
}

fn good(body: &Value) -> Reply {
    Reply {
        status: 200,
        body: body.to_string(),
        delay: Duration::ZERO,
    }
}

fn refusal(status: u16, code: &str, message: &str) -> Reply {
    let body = json!({"__type": code, "message": message}).to_string();
    Reply {
        status,
        body,
        delay: Duration::ZERO,
    }
}
