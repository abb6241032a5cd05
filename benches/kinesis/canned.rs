//! An endpoint that stores nothing, as fast as one thread per connection can be.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use memchr::memmem::Finder;

use super::Failed;

const SHARDS: u32 = 16;

/// Says where it is, and answers until it is killed.
#[expect(clippy::print_stdout, reason = "the address has to be told")]
pub(super) fn serve() -> Result<(), Failed> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}", listener.local_addr()?);
    for client in listener.incoming() {
        let client = client?;
        std::thread::spawn(move || drop(answer(&client)));
    }
    Ok(())
}

fn answer(client: &TcpStream) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let (mut reader, mut writer) = (BufReader::with_capacity(1 << 18, client), client);
    let record = Finder::new(r#""Data":"#);
    let entries: Vec<String> = (0..500).map(entry).collect();
    let (mut body, mut line, mut reply) = (Vec::new(), String::new(), String::new());
    loop {
        let (mut length, mut operation) = (0, String::new());
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if line.trim_end().is_empty() {
                break;
            }
            // The first line, which says POST, has none of these.
            let (name, value) = line.trim_end().split_once(':').unwrap_or_default();
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap_or(0);
            } else if name.eq_ignore_ascii_case("x-amz-target") {
                value
                    .rsplit('.')
                    .next()
                    .unwrap_or_default()
                    .clone_into(&mut operation);
            }
        }
        body.resize(length, 0);
        reader.read_exact(&mut body)?;
        reply.clear();
        match operation.as_str() {
            "PutRecords" => {
                let count = record.find_iter(&body).count().min(entries.len());
                reply.push_str(r#"{"FailedRecordCount":0,"Records":["#);
                entries[..count]
                    .iter()
                    .for_each(|entry| reply.push_str(entry));
                reply.pop();
                reply.push_str("]}");
            }
            "ListShards" => reply.push_str(&shards()),
            _ => reply.push_str(SUMMARY),
        }
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\n\r\n",
            reply.len()
        );
        writer.write_all(head.as_bytes())?;
        writer.write_all(reply.as_bytes())?;
    }
}

const SUMMARY: &str = r#"{"StreamDescriptionSummary":{"StreamName":"bench","StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/bench","StreamStatus":"ACTIVE","RetentionPeriodHours":24,"StreamCreationTimestamp":1700000000,"EnhancedMonitoring":[],"OpenShardCount":16}}"#;

fn entry(n: u32) -> String {
    let shard = n * 7 % SHARDS;
    format!(
        r#"{{"SequenceNumber":"{:056}","ShardId":"shardId-{shard:012}"}},"#,
        u64::from(n) + 49_590_338_271
    )
}

fn shards() -> String {
    let step = u128::MAX / u128::from(SHARDS);
    let shard = |n: u32| {
        let start = u128::from(n) * step + u128::from(n > 0);
        let end = if n + 1 == SHARDS {
            u128::MAX
        } else {
            u128::from(n + 1) * step
        };
        format!(
            r#"{{"ShardId":"shardId-{n:012}","HashKeyRange":{{"StartingHashKey":"{start}","EndingHashKey":"{end}"}},"SequenceNumberRange":{{"StartingSequenceNumber":"1"}}}}"#
        )
    };
    format!(
        r#"{{"Shards":[{}]}}"#,
        (0..SHARDS).map(shard).collect::<Vec<_>>().join(",")
    )
}
