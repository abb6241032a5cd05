//! A file that stays where it is: only the blocks that are asked for come here.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use aep_client::{Client, DataFile};
use bytes::{Buf as _, Bytes, BytesMut};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use super::{RowReader, Rows};
use crate::Error;

/// What is asked for at once.
const BLOCK: u64 = 4 << 20;
/// As many blocks are kept: columns that lie apart are read side by side.
const BLOCKS_MAX: usize = 16;

/// The rows of a landed file, some thousand at a time.
pub(crate) fn rows(client: &Client, file: &DataFile, paths: Vec<String>) -> Reading {
    let (client, file) = (client.clone(), file.clone());
    let (handle, name) = (Handle::current(), file.name.clone());
    // One waits while another is being looked at.
    let (sender, rows) = channel(1);
    let work = tokio::task::spawn_blocking(move || send(client, file, handle, &paths, &sender));
    Reading { name, rows, work }
}

/// A file that is being read, on a thread of its own.
pub(crate) struct Reading {
    name: String,
    rows: Receiver<Rows>,
    work: JoinHandle<Result<(), Failed>>,
}

enum Failed {
    /// The platform did not hand it out.
    Platform(aep_client::Error),
    /// It is not what it should be.
    File(ParquetError),
}

impl Reading {
    /// The next rows of this file, which is one of the batch `batch`.
    pub(crate) async fn next(&mut self, batch: &str) -> Result<Option<Rows>, Error> {
        if let Some(rows) = self.rows.recv().await {
            return Ok(Some(rows));
        }
        let unreadable = |why: String| {
            let name = &self.name;
            Err(Error::Unreadable(format!(
                "{name} of the batch {batch}: {why}"
            )))
        };
        match (&mut self.work).await {
            Ok(Ok(())) => Ok(None),
            Ok(Err(Failed::Platform(error))) => {
                Err(Error::platform(format!("read the batch {batch}"))(error))
            }
            Ok(Err(Failed::File(error))) => unreadable(error.to_string()),
            Err(error) => unreadable(error.to_string()),
        }
    }
}

fn send(
    client: Client,
    file: DataFile,
    handle: Handle,
    paths: &[String],
    sender: &Sender<Rows>,
) -> Result<(), Failed> {
    let length = handle.block_on(client.data_access().size(&file));
    let remote = Remote(Arc::new(Inner {
        length: length.map_err(Failed::Platform)?,
        client,
        file,
        handle,
        blocks: Mutex::default(),
        failed: Mutex::default(),
    }));
    let failed = |error| match remote.failed() {
        Some(error) => Failed::Platform(error),
        None => Failed::File(error),
    };
    for rows in RowReader::new(remote.clone(), paths).map_err(failed)? {
        if sender.blocking_send(rows.map_err(failed)?).is_err() {
            // Enough was seen.
            break;
        }
    }
    Ok(())
}

/// The lines of a landed file of text, until `take` has seen enough.
pub(crate) async fn lines(
    client: &Client,
    file: &DataFile,
    mut take: impl FnMut(&[u8]) -> ControlFlow<()>,
) -> Result<(), aep_client::Error> {
    let access = client.data_access();
    let (length, mut whole) = match file.length {
        Some(length) => (length, None),
        None => (1, Some(access.read(file).await?)),
    };
    let mut open = BytesMut::new();
    for start in (0..length).step_by(BLOCK as usize) {
        let part = start..(start + BLOCK).min(length);
        let mut part = match whole.take() {
            Some(whole) => whole,
            None => access.read_part(file, part).await?,
        };
        while let Some(end) = part.iter().position(|byte| *byte == b'\n') {
            open.extend_from_slice(&part[..end]);
            part.advance(end + 1);
            if take(&open.split()).is_break() {
                return Ok(());
            }
        }
        open.extend_from_slice(&part);
    }
    if !open.is_empty() {
        let _ = take(&open);
    }
    Ok(())
}

#[derive(Clone)]
struct Remote(Arc<Inner>);

struct Inner {
    client: Client,
    file: DataFile,
    length: u64,
    handle: Handle,
    /// By their numbers; the one that was used last is the last.
    blocks: Mutex<VecDeque<(u64, Bytes)>>,
    /// Why a block did not come, which the format's errors do not keep.
    failed: Mutex<Option<aep_client::Error>>,
}

impl Remote {
    fn failed(&self) -> Option<aep_client::Error> {
        let mut failed = self.0.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.take()
    }

    /// What is there from `at` to the end of its block; empty at the end of the file.
    fn from(&self, at: u64) -> io::Result<Bytes> {
        let inner = &*self.0;
        if at >= inner.length {
            return Ok(Bytes::new());
        }
        let number = at / BLOCK;
        let block = self.block(number)?;
        Ok(block.slice((at - number * BLOCK) as usize..))
    }

    fn block(&self, number: u64) -> io::Result<Bytes> {
        let inner = &*self.0;
        let mut blocks = inner.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = blocks.iter().position(|(it, _)| *it == number);
        if let Some(block) = kept.and_then(|at| blocks.remove(at)) {
            let bytes = block.1.clone();
            blocks.push_back(block);
            return Ok(bytes);
        }
        let start = number * BLOCK;
        let part = start..(start + BLOCK).min(inner.length);
        let access = inner.client.data_access();
        match inner.handle.block_on(access.read_part(&inner.file, part)) {
            Ok(bytes) => {
                if blocks.len() >= BLOCKS_MAX {
                    blocks.pop_front();
                }
                blocks.push_back((number, bytes.clone()));
                Ok(bytes)
            }
            Err(error) => {
                let words = io::Error::other(error.to_string());
                *inner.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                Err(words)
            }
        }
    }
}

impl Length for Remote {
    fn len(&self) -> u64 {
        self.0.length
    }
}

impl ChunkReader for Remote {
    type T = Window;

    fn get_read(&self, start: u64) -> Result<Window, ParquetError> {
        Ok(Window {
            remote: self.clone(),
            at: start,
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let is_inside = start
            .checked_add(length as u64)
            .is_some_and(|end| end <= self.0.length);
        if !is_inside {
            let what = format!("bytes {start} and the {length} after it are beyond its end");
            return Err(ParquetError::EOF(what));
        }
        let mut first = self.from(start)?;
        if first.len() >= length {
            return Ok(first.split_to(length));
        }
        let mut all = BytesMut::with_capacity(length);
        all.extend_from_slice(&first);
        while all.len() < length {
            let next = self.from(start + all.len() as u64)?;
            let room = next.len().min(length - all.len());
            all.extend_from_slice(&next[..room]);
        }
        Ok(all.freeze())
    }
}

/// Reads on from a place.
struct Window {
    remote: Remote,
    at: u64,
}

impl Read for Window {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let there = self.remote.from(self.at)?;
        let count = there.len().min(into.len());
        into[..count].copy_from_slice(&there[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
