//! A stream of Amazon Kinesis Data Streams, without a table of leases: every shard from its own
//! position on.
//!
//! A task per shard fetches (`shard`), one more watches over the family of shards (`family`): the
//! children of a shard that was split or merged begin when their parents have been read to the end,
//! so that records of one key keep their order. Aggregates of the Kinesis Producer Library are taken
//! apart (`aggregate`).
//!
//! A position that is kept is a sequence number, the last that was handed over; where there is none
//! yet, it is a time (`position`). Opening behind the newest record therefore looks for that record
//! (`tip`): an iterator of the type LATEST could not be handed to another process. Whoever goes on at a
//! kept position finds out whether it is still there (`kept`), and who reads more slowly than the stream
//! forgets is told (`horizon` in the crate).

mod aggregate;
mod ends;
mod family;
mod kept;
mod position;
mod retention;
mod service;
mod session;
mod shard;
mod tip;
mod watch;

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use aws_credential_types::provider::SharedCredentialsProvider;
use tokio::runtime::Runtime;

use self::position::Position;
use self::service::Service;
use self::shard::{News, Page};
use crate::{End, Error, From, Gap, Positions, Read, Reader, Received};

/// How long to leave a shard alone that has been read to its end: a shard answers five calls a second,
/// all its readers together.
/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html>
const PAUSE: Duration = Duration::from_millis(220);

/// Which stream, and how to reach it.
#[derive(Clone, Debug, Default)]
pub struct KinesisOptions {
    /// The stream's name, or its ARN (a stream of another account); it has to exist.
    pub stream: String,
    /// The region. `None`: the ARN's, `AWS_REGION`, or the profile's.
    pub region: Option<String>,
    /// The profile of `~/.aws/config`. `None`: `AWS_PROFILE`, or `default`.
    pub profile: Option<String>,
    /// The ARN of a role to assume.
    pub role: Option<String>,
    /// Another address of the service. `None`: `AWS_ENDPOINT_URL_KINESIS`, or the region's.
    pub endpoint: Option<String>,
    /// The authorities to trust, a PEM file. `None`: those of the operating system.
    pub ca_certificate: Option<PathBuf>,
    /// Credentials from elsewhere than the standard chain.
    pub credentials: Option<SharedCredentialsProvider>,
    /// Where to begin.
    pub from: From,
    /// How long to leave a shard alone that has been read to its end. `None`: what AWS allows; a
    /// stand-in may be asked more often.
    pub pause: Option<Duration>,
}

impl KinesisOptions {
    /// The same stream on a stand-in, for instance the sandbox's: credentials are made up, and nothing
    /// of AWS is asked.
    pub fn redirect(&mut self, endpoint: &str) {
        self.endpoint = Some(endpoint.to_owned());
        (self.profile, self.role, self.ca_certificate) = (None, None, None);
        if self.region.is_none() && !self.stream.starts_with("arn:") {
            self.region = Some("us-east-1".to_owned());
        }
        self.credentials = Some(access::aws::made_up());
    }
}

/// Reads a stream.
pub struct Kinesis {
    stream: String,
    service: Arc<Service>,
    news: Receiver<News>,
    /// What has arrived and was not handed over yet.
    waiting: VecDeque<Page>,
    /// The position of every shard that is known.
    next: BTreeMap<String, Position>,
    gaps: Vec<Gap>,
    /// How many of those that wait come before the end that was asked for; `None`: nobody knows yet.
    before_end: Option<usize>,
    /// Taken by `drop`.
    runtime: Option<Runtime>,
}

impl std::fmt::Debug for Kinesis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kinesis")
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}

impl Kinesis {
    /// Finds out where the stream's shards begin or end, and reads from there on. What is sent after
    /// this returns will be read.
    pub fn open(options: &KinesisOptions) -> Result<Kinesis, Error> {
        let broken = |message: String| failed(&options.stream, message);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("kinesis-reader")
            .enable_all()
            .build()
            .map_err(|error| broken(error.to_string()))?;
        let (opened, wait) = channel();
        let (sender, news) = channel();
        let ours = options.clone();
        runtime.spawn(async move {
            let service = match Service::new(&ours).await {
                Ok(service) => Arc::new(service),
                Err(error) => return drop(opened.send(Err(error))),
            };
            let pause = ours.pause.unwrap_or(PAUSE);
            match watch::begin(&service, &ours.from, pause).await {
                Ok(begun) => {
                    service.opened();
                    let found = (begun.positions(), begun.gaps.clone(), Arc::clone(&service));
                    let _ = opened.send(Ok(found));
                    watch::run(service, begun, sender, pause).await;
                }
                Err(error) => drop(opened.send(Err(error))),
            }
        });
        let opened = wait
            .recv()
            .unwrap_or_else(|_| Err(broken("the client broke off".to_owned())));
        match opened {
            Ok((next, gaps, service)) => Ok(Kinesis {
                stream: options.stream.clone(),
                service,
                news,
                waiting: VecDeque::new(),
                next,
                gaps,
                before_end: None,
                runtime: Some(runtime),
            }),
            Err(error) => {
                runtime.shutdown_background();
                Err(error)
            }
        }
    }

    /// Takes in what has arrived; waits up to `timeout` if that is nothing.
    fn take_in(&mut self, timeout: Duration) -> Result<(), Error> {
        let deadline = Instant::now() + timeout;
        while self.waiting.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.news.recv_timeout(left) {
                Ok(news) => self.heed(news)?,
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(failed(&self.stream, "the client broke off".to_owned()));
                }
            }
        }
        Ok(())
    }

    fn heed(&mut self, news: News) -> Result<(), Error> {
        match news {
            News::Page(page) => self.waiting.push_back(page),
            // Takes its turn behind the pages of the shard: those come first on this channel.
            News::Ended(shard) => self.waiting.push_back(Page::end_of(shard)),
            News::Gap(shard) => self.gaps.push(Gap {
                partition: shard.id.clone(),
                count: None,
            }),
            News::Failed(error) => return Err(error),
        }
        Ok(())
    }

    /// Whether all was handed over up to the end that was asked for.
    fn end(&mut self) -> Result<End, Error> {
        let standing = self.service.ends.standing();
        if self.before_end.is_none() && standing == End::Reached {
            // All of it was told before.
            while let Ok(news) = self.news.try_recv() {
                self.heed(news)?;
            }
            self.before_end = Some(self.waiting.len());
        }
        Ok(match self.before_end {
            Some(0) => End::Reached,
            None if self.waiting.is_empty() => standing,
            Some(_) | None => End::Ahead,
        })
    }
}

impl Reader for Kinesis {
    fn read(
        &mut self,
        timeout: Duration,
        limit: usize,
        take: &mut dyn FnMut(Received<'_>),
    ) -> Result<Read, Error> {
        let mut read = Read::default();
        let mut wait = timeout;
        while read.count < limit {
            if self.waiting.is_empty() {
                self.take_in(wait)?;
            }
            let Some(page) = self.waiting.front_mut() else {
                break;
            };
            let given = page.hand_over(limit - read.count, take);
            if given > 0 {
                read.count += given;
                wait = Duration::ZERO;
            }
            if let Some(position) = page.position() {
                self.next.insert(page.shard.id.clone(), position);
            }
            if page.is_over() {
                self.waiting.pop_front();
                self.before_end = self.before_end.map(|left| left.saturating_sub(1));
            }
        }
        read.trouble = self.service.standing();
        read.end = self.end()?;
        read.gaps.append(&mut self.gaps);
        Ok(read)
    }

    fn seek_end(&mut self) {
        self.service.ends.ask();
    }

    fn positions(&self) -> Positions {
        let next = self.next.iter();
        Positions(
            next.map(|(shard, position)| (shard.clone(), position.to_string()))
                .collect(),
        )
    }
}

impl Drop for Kinesis {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Whoever drops this may be a task itself, and must not wait.
            runtime.shutdown_background();
        }
    }
}

fn failed(stream: &str, message: String) -> Error {
    Error {
        what: format!("stream {stream}"),
        message,
    }
}
