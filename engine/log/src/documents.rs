//! Document numbers of records, for decisions that name their grounds.
//!
//! # Invariants
//!
//! What is remembered is what the log holds: forgetting changes the time it takes, never a number. A number that is on
//! the log but cannot be read is a failure, never an absence.

use crate::codec::{self, DecodeEntryError};
use crate::disk::Disk;
use crate::journal::{Frame, Journal, JournalReader, ReadError};
use heng_core::{Documents, Entry, document_of};
use heng_model::Position;

/// Bytes of numbers that are remembered of one partition's log: those of the last million records or so.
const REMEMBERED_BYTES_MAX: usize = 32 << 20;

/// A journal whose frames are read by offset.
pub trait Frames {
    /// Reads one frame into a buffer, which is used again from call to call.
    ///
    /// # Errors
    /// Where it is not there, damaged, or cannot be read.
    fn frame<'b>(&self, offset: u64, buffer: &'b mut Vec<u8>) -> Result<Frame<'b>, ReadError>;
}

impl<D: Disk> Frames for Journal<D> {
    fn frame<'b>(&self, offset: u64, buffer: &'b mut Vec<u8>) -> Result<Frame<'b>, ReadError> {
        self.read(offset, buffer)
    }
}

impl<D: Disk> Frames for JournalReader<D> {
    fn frame<'b>(&self, offset: u64, buffer: &'b mut Vec<u8>) -> Result<Frame<'b>, ReadError> {
        self.read(offset, buffer)
    }
}

/// Why a document number cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadDocumentError {
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// What it holds is no entry.
    #[error(transparent)]
    Entry(#[from] DecodeEntryError),
}

/// The document numbers of one partition's entries: the newest in memory, the others on its log.
///
/// A record is a ground of decisions for years, but of most of them soon: reading every number again from the log
/// took as long as all else about a decision.
#[derive(Debug, Default)]
pub struct DocumentNumbers {
    newer: Numbers,
    older: Numbers,
    buffer: Vec<u8>,
    failure: Option<ReadDocumentError>,
}

impl DocumentNumbers {
    /// Remembers what an entry records, before its decisions are rendered; entries come in the order of the log.
    pub fn note(&mut self, entry: &Entry<'_>) {
        if self.newer.next() != entry.position.offset || self.newer.bytes() > REMEMBERED_BYTES_MAX / 2 {
            std::mem::swap(&mut self.newer, &mut self.older);
            self.newer.begin(entry.position.offset);
        }
        self.newer.push(document_of(entry));
    }

    /// The numbers as rendering asks for them, those not remembered from the log of a partition.
    pub fn of<'a, F: Frames + ?Sized>(&'a mut self, partition: u16, log: &'a F) -> LogDocuments<'a, F> {
        LogDocuments { numbers: self, partition, log }
    }

    /// Why a number asked for could not be read, if one could not; asked after each decision.
    pub fn failure(&mut self) -> Option<ReadDocumentError> {
        self.failure.take()
    }

    fn remembered(&self, offset: u64) -> Option<Option<&str>> {
        self.newer.get(offset).or_else(|| self.older.get(offset))
    }
}

/// Document numbers of the records of one partition, while its decisions are rendered.
pub struct LogDocuments<'a, F: ?Sized> {
    numbers: &'a mut DocumentNumbers,
    partition: u16,
    log: &'a F,
}

impl<F: Frames + ?Sized> LogDocuments<'_, F> {
    fn read(&mut self, position: Position, to: &mut String) -> Result<bool, ReadDocumentError> {
        let frame = self.log.frame(position.offset, &mut self.numbers.buffer)?;
        let number = codec::document_no(frame.entry).map_err(|cause| DecodeEntryError { position, cause })?;
        Ok(push(number, to))
    }
}

impl<F: Frames + ?Sized> Documents for LogDocuments<'_, F> {
    fn push_document_no(&mut self, position: Position, to: &mut String) -> bool {
        // Records that a merge brought from another partition stand on a log that this one's fold does not read.
        if position.partition != self.partition {
            return false;
        }
        if let Some(number) = self.numbers.remembered(position.offset) {
            return push(number, to);
        }
        self.read(position, to).unwrap_or_else(|failure| {
            self.numbers.failure = Some(failure);
            false
        })
    }
}

fn push(number: Option<&str>, to: &mut String) -> bool {
    number.inspect(|number| to.push_str(number)).is_some()
}

/// The numbers of entries that follow one another.
#[derive(Debug, Default)]
struct Numbers {
    /// Offset of the first entry.
    first: u64,
    /// Each number, and [`AFTER`] it: an empty number is not the same as none.
    texts: String,
    /// Where the text of each entry ends.
    ends: Vec<u32>,
}

const AFTER: char = '\n';

impl Numbers {
    fn begin(&mut self, first: u64) {
        self.first = first;
        self.texts.clear();
        self.ends.clear();
    }

    /// Offset of the entry to come.
    fn next(&self) -> u64 {
        self.first.saturating_add(self.ends.len() as u64)
    }

    fn bytes(&self) -> usize {
        self.texts.len().saturating_add(self.ends.len().saturating_mul(size_of::<u32>()))
    }

    fn push(&mut self, number: Option<&str>) {
        if let Some(number) = number {
            self.texts.push_str(number);
            self.texts.push(AFTER);
        }
        self.ends.push(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
    }

    /// The number of the entry at an offset, if the entry is among these.
    fn get(&self, offset: u64) -> Option<Option<&str>> {
        let at = usize::try_from(offset.checked_sub(self.first)?).ok()?;
        let start = at.checked_sub(1).map_or(Some(&0), |before| self.ends.get(before))?;
        let (start, end) = (usize::try_from(*start).ok()?, usize::try_from(*self.ends.get(at)?).ok()?);
        Some(self.texts.get(start..end)?.strip_suffix(AFTER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heng_core::{Content, Control};
    use heng_model::Day;

    struct NoLog;

    impl Frames for NoLog {
        fn frame<'b>(&self, offset: u64, _: &'b mut Vec<u8>) -> Result<Frame<'b>, ReadError> {
            Err(ReadError::NotThere { offset, end: 0 })
        }
    }

    fn number(numbers: &mut DocumentNumbers, partition: u16, offset: u64) -> (Option<String>, bool) {
        let mut text = String::new();
        let found = numbers.of(3, &NoLog).push_document_no(Position { partition, offset }, &mut text);
        (found.then_some(text), numbers.failure().is_some())
    }

    #[test]
    fn what_is_not_remembered_is_read_and_a_failure_is_no_absence() {
        let mut numbers = DocumentNumbers::default();
        numbers.newer.begin(7);
        [Some("12号"), Some(""), None].into_iter().for_each(|number| numbers.newer.push(number));
        let position = Position { partition: 3, offset: 20 };
        let content = Content::Control(Control::DayOpened { date: Day::EARLIEST });
        numbers.note(&Entry { position, known_ms: 0, content });
        assert_eq!(number(&mut numbers, 3, 7), (Some("12号".to_owned()), false));
        assert_eq!(number(&mut numbers, 3, 8), (Some(String::new()), false));
        assert_eq!(number(&mut numbers, 3, 9), (None, false));
        assert_eq!(number(&mut numbers, 3, 20), (None, false));
        assert_eq!(number(&mut numbers, 3, 6), (None, true));
        assert_eq!(number(&mut numbers, 3, 10), (None, true));
        assert_eq!(number(&mut numbers, 2, 10), (None, false));
    }
}
