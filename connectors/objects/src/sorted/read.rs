//! Reads a checkpoint's file, from front to back or its end alone.

use super::{
    BLOCK_BYTES_MAX, END_BYTES_MAX, End, FOOTER_BYTES, GONE, KEY_BYTES_MAX, MAGIC, SortedError, VALUE_BYTES_MAX,
    chained, end_sum,
};
use crate::fields::Fields;
use heng_model::Sorted;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

/// A file being read, record by record.
pub struct SortedReader<R> {
    input: R,
    block: Vec<u8>,
    /// Where in the block the next record begins.
    next: usize,
    key: Range<usize>,
    value: Option<Range<usize>>,
    last: Vec<u8>,
    blocks: u32,
    records: u64,
    /// Byte at which the block, or the end, began that was read last.
    at: u64,
    /// Byte after it.
    after: u64,
    end: Option<End>,
}

impl<R: Read> SortedReader<R> {
    /// Begins to read.
    ///
    /// # Errors
    /// [`SortedError`] where it is no such file.
    pub fn new(mut input: R) -> Result<Self, SortedError> {
        let mut magic = [0; 8];
        exactly(&mut input, &mut magic, 0)?;
        if magic != MAGIC {
            return Err(SortedError::Damaged { at: 0, detail: "it is no checkpoint of this form" });
        }
        Ok(Self {
            input,
            block: Vec::new(),
            next: 0,
            key: 0..0,
            value: None,
            last: Vec::new(),
            blocks: crc32c::crc32c(&MAGIC),
            records: 0,
            at: 0,
            after: MAGIC.len() as u64,
            end: None,
        })
    }

    /// What the file says of itself, when all of it was read.
    #[must_use]
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    fn number(&self, further: usize) -> Option<u32> {
        Fields(self.block.get(self.next + further..)?).u32()
    }

    /// Reads the next block; false where the end came, which is checked.
    fn block(&mut self) -> Result<bool, SortedError> {
        self.at = self.after;
        let damaged = |detail| SortedError::Damaged { at: self.at, detail };
        let mut head = [0; 8];
        exactly(&mut self.input, &mut head, self.at)?;
        let mut fields = Fields(&head);
        let (len, sum) = (fields.u32().unwrap_or_default(), fields.u32().unwrap_or_default());
        if len == 0 {
            return self.read_end(sum).map(|()| false);
        }
        if length(len) > BLOCK_BYTES_MAX {
            return Err(damaged("a block is longer than any"));
        }
        self.block.resize(length(len), 0);
        exactly(&mut self.input, &mut self.block, self.at)?;
        let computed = chained(self.blocks, len, &self.block);
        if computed != sum {
            return Err(SortedError::Damaged { at: self.at, detail: "a block's checksum differs" });
        }
        (self.blocks, self.next) = (sum, 0);
        self.after += 8 + u64::from(len);
        Ok(true)
    }

    fn read_end(&mut self, len: u32) -> Result<(), SortedError> {
        let (end, blocks) = end_of(&mut self.input, len, self.at)?;
        let damaged = |detail| SortedError::Damaged { at: self.at, detail };
        if blocks != self.blocks || end.records != self.records {
            return Err(damaged("its end is that of another file"));
        }
        let mut footer = [0; FOOTER_BYTES as usize];
        exactly(&mut self.input, &mut footer, self.at)?;
        if parse_footer(&footer) != Some(self.at) {
            return Err(damaged("its footer differs"));
        }
        if self.input.read(&mut [0])? > 0 {
            return Err(damaged("something follows its end"));
        }
        self.end = Some(end);
        Ok(())
    }
}

impl<R: Read> Sorted for SortedReader<R> {
    type Error = SortedError;

    /// False at the end, which is sound then.
    fn advance(&mut self) -> Result<bool, SortedError> {
        if self.end.is_some() {
            return Ok(false);
        }
        if self.next >= self.block.len() && !self.block()? {
            return Ok(false);
        }
        let damaged = SortedError::Damaged { at: self.at, detail: "a record is longer than its block" };
        let (Some(key), Some(value)) = (self.number(0), self.number(4)) else { return Err(damaged) };
        let begins = self.next + 8;
        let key = begins..begins.saturating_add(length(key));
        let value = (value != GONE).then(|| key.end..key.end.saturating_add(length(value)));
        let ends = value.as_ref().map_or(key.end, |value| value.end);
        let too_long = key.len() > KEY_BYTES_MAX || value.as_ref().is_some_and(|value| value.len() > VALUE_BYTES_MAX);
        if ends > self.block.len() || too_long {
            return Err(damaged);
        }
        (self.key, self.value, self.next) = (key, value, ends);
        let key = self.block.get(self.key.clone()).unwrap_or_default();
        if self.records > 0 && key <= self.last.as_slice() {
            return Err(SortedError::Damaged { at: self.at, detail: "its keys do not rise" });
        }
        self.last.clear();
        self.last.extend_from_slice(key);
        self.records += 1;
        Ok(true)
    }

    fn key(&self) -> &[u8] {
        self.block.get(self.key.clone()).unwrap_or_default()
    }

    fn value(&self) -> Option<&[u8]> {
        self.block.get(self.value.clone()?)
    }
}

/// The end of a file, without the rest: what it says of itself, not that it is sound.
///
/// # Errors
/// [`SortedError`].
pub fn read_end(input: &mut (impl Read + Seek)) -> Result<End, SortedError> {
    let bytes = input.seek(SeekFrom::End(0))?;
    let damaged = |detail| SortedError::Damaged { at: bytes, detail };
    let footer_at = bytes.checked_sub(FOOTER_BYTES).ok_or_else(|| damaged("it is too short"))?;
    input.seek(SeekFrom::Start(footer_at))?;
    let mut footer = [0; FOOTER_BYTES as usize];
    exactly(input, &mut footer, footer_at)?;
    let at = parse_footer(&footer).filter(|at| *at < footer_at).ok_or_else(|| damaged("its footer differs"))?;
    input.seek(SeekFrom::Start(at))?;
    let mut head = [0; 8];
    exactly(input, &mut head, at)?;
    let mut fields = Fields(&head);
    match (fields.u32(), fields.u32()) {
        (Some(0), Some(len)) => Ok(end_of(input, len, at)?.0),
        _ => Err(damaged("it has no end where it should")),
    }
}

fn end_of(input: &mut impl Read, len: u32, at: u64) -> Result<(End, u32), SortedError> {
    let damaged = |detail| SortedError::Damaged { at, detail };
    if length(len) > END_BYTES_MAX {
        return Err(damaged("its end is longer than any"));
    }
    let mut sum = [0; 4];
    exactly(input, &mut sum, at)?;
    // Grows as bytes come: a length that was damaged asks for no memory.
    let mut body = Vec::new();
    input.by_ref().take(u64::from(len)).read_to_end(&mut body)?;
    if body.len() != length(len) {
        return Err(damaged("it ends too early"));
    }
    if u32::from_le_bytes(sum) != end_sum(len, &body) {
        return Err(damaged("its end's checksum differs"));
    }
    End::decode(&body).ok_or_else(|| damaged("its end has another form"))
}

fn parse_footer(footer: &[u8; FOOTER_BYTES as usize]) -> Option<u64> {
    let (at, sum) = footer.split_first_chunk::<8>()?;
    (Fields(sum).u32()? == crc32c::crc32c(at)).then(|| u64::from_le_bytes(*at))
}

fn length(bytes: u32) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

fn exactly(input: &mut impl Read, bytes: &mut [u8], at: u64) -> Result<(), SortedError> {
    input.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => SortedError::Damaged { at, detail: "it ends too early" },
        _ => error.into(),
    })
}
