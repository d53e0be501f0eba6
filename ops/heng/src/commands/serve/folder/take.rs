//! One file: its lines handed to the engine, as many at once as may be under way, and what became of each.

use super::inbox::FileId;
use super::letters::Places;
use super::rows;
use crate::commands::serve::reader;
use anyhow::Context;
use heng_files::{JsonLines, OwnedEvent};
use heng_server::metrics::Metrics;
use heng_server::runner::{Handle, Outcome, Stopped};
use std::collections::VecDeque;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// Lines under way.
const LINES_MAX: usize = 1_024;
/// Their bytes.
const LINES_BYTES_MAX: usize = 16 << 20;
/// Lines after which progress is logged.
const PROGRESS_LINES: u64 = 100_000;

/// How taking a file ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Every line was answered, and everything about it is durable.
    Done(FileId),
    /// It is none that can be read; its letter says why. What it had before was answered too.
    Unreadable(FileId),
    /// It was written to meanwhile.
    Grew,
    /// The program or the engine stops.
    Stopped,
}

/// What became of a file's lines: they add up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sums {
    read: u64,
    accepted: u64,
    duplicate: u64,
    refused: u64,
}

/// A line under way.
struct UnderWay {
    number: u64,
    bytes: Vec<u8>,
    answer: oneshot::Receiver<Outcome>,
}

/// Takes files.
pub(super) struct Taker {
    handle: Handle,
    metrics: Arc<Metrics>,
    places: Places,
    mappings: Option<PathBuf>,
    runtime: Runtime,
    under_way: VecDeque<UnderWay>,
    bytes_under_way: usize,
    sums: Sums,
    /// The file being taken.
    id: Option<FileId>,
}

/// Why a file was not taken.
#[derive(Debug)]
pub(super) enum Failure {
    /// It is about this file: the next may be well.
    File(anyhow::Error),
    /// Letters cannot be written, so no file can be taken.
    Letters(anyhow::Error),
}

/// What is at the end of a file's way through its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    /// Its end.
    Whole,
    /// Something that nobody can read.
    Unreadable,
}

/// Why taking a file broke off.
#[derive(Debug)]
pub(super) enum Broken {
    /// What is left of it is for the next start.
    Stopped,
    /// Letters cannot be written, or the file not be read.
    Failed(Failure),
}

impl From<Stopped> for Broken {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Taker {
    pub(super) fn new(
        handle: Handle,
        metrics: Arc<Metrics>,
        places: Places,
        mappings: Option<PathBuf>,
    ) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let (under_way, sums) = (VecDeque::new(), Sums::default());
        Ok(Self { handle, metrics, places, mappings, runtime, under_way, bytes_under_way: 0, sums, id: None })
    }

    /// A file has left the inbox.
    pub(super) fn forget(&mut self, name: &str) {
        self.places.forget(name);
    }

    /// Takes a file; where it fails, or the program stops, lines under way may have been accepted: they are duplicates the
    /// next time.
    pub(super) fn take(&mut self, name: &str, path: &Path, is_over: &dyn Fn() -> bool) -> Result<Ended, Failure> {
        (self.sums, self.bytes_under_way) = (Sums::default(), 0);
        self.under_way.clear();
        let cannot = |error: std::io::Error| {
            Failure::File(anyhow::Error::new(error).context(format!("cannot read `{}`", path.display())))
        };
        let file = File::open(path).map_err(cannot)?;
        let id = FileId::of(&file.metadata().map_err(cannot)?);
        self.id = Some(id);
        tracing::info!(file = name, bytes = id.bytes(), "taking a file");
        let input = BufReader::with_capacity(1 << 20, file);
        let read = match name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("jsonl") => self.lines(name, input, is_over),
            Some("csv" | "xlsx" | "json") => rows::take(self, name, input, is_over),
            _ => self.refuse_whole(
                name,
                "the name ends in none of .jsonl, .csv, .xlsx and .json: nobody knows how to read it",
            ),
        };
        // Where a file breaks off, what came before is answered all the same.
        let read = match read.and_then(|read| self.settle(name, 0).map(|()| read)) {
            Ok(read) => read,
            Err(Broken::Stopped) => {
                tracing::info!(file = name, "a file was not taken to its end: the next start takes it again");
                return Ok(Ended::Stopped);
            }
            Err(Broken::Failed(failure)) => return Err(failure),
        };
        self.places.sync().map_err(Failure::Letters)?;
        let Sums { read: lines, accepted, duplicate, refused } = self.sums;
        if FileId::of(&std::fs::metadata(path).map_err(cannot)?) != id {
            tracing::warn!(file = name, "the file was written to while it was read: write it under a name with .part");
            return Ok(Ended::Grew);
        }
        tracing::info!(file = name, read = lines, accepted, duplicate, refused, "a file was taken");
        Ok(match read {
            Read::Whole => Ended::Done(id),
            Read::Unreadable => Ended::Unreadable(id),
        })
    }

    fn lines(&mut self, name: &str, input: BufReader<File>, is_over: &dyn Fn() -> bool) -> Result<Read, Broken> {
        let mut lines = JsonLines::new(input);
        while let Some(line) = lines.next_line().context("cannot be read").map_err(Failure::File)? {
            let (number, bytes) = (line.number, line.bytes.map(<[u8]>::to_vec));
            match bytes {
                Ok(bytes) => self.line(name, number, bytes, is_over)?,
                Err(error) => {
                    self.sums.read += 1;
                    self.refuse(name, number, b"", &error.to_string())?;
                }
            }
        }
        Ok(Read::Whole)
    }

    /// Hands in a line; waits while too many are under way.
    pub(super) fn line(
        &mut self,
        name: &str,
        number: u64,
        bytes: Vec<u8>,
        is_over: &dyn Fn() -> bool,
    ) -> Result<(), Broken> {
        if is_over() {
            return Err(Stopped.into());
        }
        self.sums.read += 1;
        if self.sums.read.is_multiple_of(PROGRESS_LINES) {
            let Sums { read, accepted, duplicate, refused } = self.sums;
            tracing::info!(file = name, read, accepted, duplicate, refused, "taking a file");
        }
        let read = match OwnedEvent::of_line(bytes.clone()) {
            Ok(read) => read,
            Err(error) => return self.refuse(name, number, &bytes, &error.to_string()),
        };
        while self.under_way.len() >= LINES_MAX || self.bytes_under_way >= LINES_BYTES_MAX {
            self.settle(name, self.under_way.len() / 2)?;
        }
        let ticket = self.handle.ticket(read.parsed().traceparent().unwrap_or_default());
        let answer = self.runtime.block_on(self.handle.publish_read(Box::new(reader::Read(read)), ticket))?;
        self.bytes_under_way = self.bytes_under_way.saturating_add(bytes.len());
        self.under_way.push_back(UnderWay { number, bytes, answer });
        Ok(())
    }

    /// Waits for answers until so many lines are under way.
    fn settle(&mut self, name: &str, left: usize) -> Result<(), Broken> {
        while self.under_way.len() > left
            && let Some(UnderWay { number, bytes, answer }) = self.under_way.pop_front()
        {
            self.bytes_under_way = self.bytes_under_way.saturating_sub(bytes.len());
            match self.runtime.block_on(answer).map_err(|_| Stopped)? {
                Outcome::Accepted { .. } => {
                    self.sums.accepted += 1;
                    self.metrics.folder_lines[0].add(1);
                }
                Outcome::Duplicate { .. } => {
                    self.sums.duplicate += 1;
                    self.metrics.folder_lines[1].add(1);
                }
                Outcome::Refused { violation, .. } => {
                    let field = if violation.field.is_empty() { String::new() } else { violation.field + ": " };
                    self.refuse(name, number, &bytes, &format!("{field}{}", violation.message))?;
                }
            }
        }
        Ok(())
    }

    /// Counts a line that was read and cannot be taken, and writes its letter.
    pub(super) fn refuse(&mut self, name: &str, number: u64, bytes: &[u8], reason: &str) -> Result<(), Broken> {
        self.sums.refused += 1;
        self.metrics.folder_lines[2].add(1);
        self.put(name, number, bytes, reason)
    }

    fn put(&mut self, name: &str, number: u64, bytes: &[u8], reason: &str) -> Result<(), Broken> {
        let Some(id) = self.id else { return Ok(()) };
        self.places.put((name, id), number, bytes, reason).map_err(|error| Failure::Letters(error).into())
    }

    /// Notes that a row was read.
    pub(super) fn note_read(&mut self) {
        self.sums.read += 1;
    }

    /// Where mappings are kept, if they are.
    pub(super) fn mappings(&self) -> Option<&Path> {
        self.mappings.as_deref()
    }

    /// A file that cannot be read at all.
    pub(super) fn refuse_whole(&mut self, name: &str, reason: &str) -> Result<Read, Broken> {
        tracing::warn!(file = name, reason, "a file was refused");
        self.put(name, 0, b"", reason)?;
        Ok(Read::Unreadable)
    }
}
