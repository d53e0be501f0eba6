//! Writes a checkpoint's file.

use super::{BLOCK_BYTES, End, GONE, KEY_BYTES_MAX, MAGIC, SortedError, VALUE_BYTES_MAX, chained, check_size, end_sum};
use heng_model::checkpoint::Manifest;
use std::io::Write;

/// A file being written; without [`finish`](Self::finish) it is none.
pub struct SortedWriter<W> {
    out: W,
    block: Vec<u8>,
    last: Vec<u8>,
    blocks: u32,
    records: u64,
    bytes: u64,
}

impl<W: Write> SortedWriter<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// [`SortedError::Io`].
    pub fn new(mut out: W) -> Result<Self, SortedError> {
        out.write_all(&MAGIC)?;
        let block = Vec::with_capacity(BLOCK_BYTES);
        let (blocks, bytes) = (crc32c::crc32c(&MAGIC), MAGIC.len() as u64);
        Ok(Self { out, block, last: Vec::new(), blocks, records: 0, bytes })
    }

    /// Puts a value, or that a key is gone.
    ///
    /// # Errors
    /// [`SortedError::Unsorted`] where the key does not follow the one before.
    pub fn put(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), SortedError> {
        check_size("key", key.len(), KEY_BYTES_MAX)?;
        check_size("value", value.map_or(0, <[u8]>::len), VALUE_BYTES_MAX)?;
        if self.records > 0 && key <= self.last.as_slice() {
            return Err(SortedError::Unsorted);
        }
        let count = |bytes: usize| u32::try_from(bytes).unwrap_or(GONE).to_le_bytes();
        self.block.extend_from_slice(&count(key.len()));
        self.block.extend_from_slice(&value.map_or(GONE.to_le_bytes(), |value| count(value.len())));
        self.block.extend_from_slice(key);
        self.block.extend_from_slice(value.unwrap_or_default());
        self.last.clear();
        self.last.extend_from_slice(key);
        self.records += 1;
        if self.block.len() >= BLOCK_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), SortedError> {
        if self.block.is_empty() {
            return Ok(());
        }
        let len = u32::try_from(self.block.len()).unwrap_or(u32::MAX);
        self.blocks = chained(self.blocks, len, &self.block);
        self.out.write_all(&len.to_le_bytes())?;
        self.out.write_all(&self.blocks.to_le_bytes())?;
        self.out.write_all(&self.block)?;
        self.bytes += 8 + self.block.len() as u64;
        self.block.clear();
        Ok(())
    }

    /// Ends the file: of a checkpoint, and of the number of the one that it changes, 0 where it is whole.
    ///
    /// # Errors
    /// [`SortedError::Io`].
    pub fn finish(mut self, manifest: &Manifest, builds_on: u64) -> Result<(W, End), SortedError> {
        self.flush()?;
        let end = End::of(manifest, builds_on, self.records);
        let body = end.encode(self.blocks);
        check_size("header", body.len(), super::END_BYTES_MAX)?;
        let len = u32::try_from(body.len()).unwrap_or(u32::MAX);
        for part in [&[0; 4], &len.to_le_bytes(), &end_sum(len, &body).to_le_bytes()] {
            self.out.write_all(part)?;
        }
        self.out.write_all(&body)?;
        let at = self.bytes.to_le_bytes();
        self.out.write_all(&at)?;
        self.out.write_all(&crc32c::crc32c(&at).to_le_bytes())?;
        self.out.flush()?;
        Ok((self.out, end))
    }
}
