//! Reads frames in order, in big blocks.
//!
//! # Invariants
//!
//! A scanner ends where the written frames ended when it was made, and is independent of the journal: it may be moved to
//! another thread while the journal goes on. After an error it yields nothing more.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::blocks::{Blocks, Fault, SCAN_BYTES, Step};
use super::error::ReadError;
use super::format::{Defect, Frame};
use super::segment::{Segment, fault_at};
use crate::disk::DiskFile;

/// A reader of frames in order; see [`Journal::scan`](super::Journal::scan).
#[derive(Debug)]
pub struct Scanner<F> {
    parts: VecDeque<Part<F>>,
    current: Option<(Part<F>, Blocks<F>)>,
    /// Offset of the next frame that is read.
    at: u64,
    from: u64,
}

/// The part of a segment that is read.
#[derive(Debug)]
struct Part<F> {
    path: String,
    file: Arc<F>,
    seed: u32,
    /// The offset of the frame at the first byte.
    first: u64,
    end: u64,
    bytes: Range<u64>,
}

impl<F: DiskFile> Scanner<F> {
    /// A scanner from an offset on over segments in order.
    pub(super) fn new(segments: &[Segment<F>], from: u64) -> Self {
        let parts = segments.iter().filter(|segment| segment.end() > from).map(|segment| Part::of(segment, from));
        Self { parts: parts.collect(), current: None, at: from, from }
    }

    /// The next frame with its offset; it is borrowed until the next call.
    pub fn next_frame(&mut self) -> Option<Result<(u64, Frame<'_>), ReadError>> {
        match self.advance() {
            Ok(true) => self.current.as_ref().map(|(_, blocks)| Ok((self.at - 1, blocks.frame()))),
            Ok(false) => None,
            Err(error) => {
                self.parts.clear();
                self.current = None;
                Some(Err(error))
            }
        }
    }

    /// Comes to the next frame; false at the end.
    fn advance(&mut self) -> Result<bool, ReadError> {
        loop {
            let Some((part, blocks)) = &mut self.current else {
                if !self.open_next() {
                    return Ok(false);
                }
                continue;
            };
            let place = blocks.position();
            let step = blocks.advance().map_err(|fault| fault_at(&part.path, fault, place, self.at))?;
            match step {
                Step::Mark(_) => {}
                Step::Frame => {
                    self.at += 1;
                    if self.at > self.from {
                        return Ok(true);
                    }
                }
                Step::End if self.at < part.end => {
                    return Err(fault_at(&part.path, Fault::Bad(Defect::CutShort), place, self.at));
                }
                Step::End if self.parts.is_empty() => return Ok(false),
                Step::End => {
                    self.open_next();
                }
            }
        }
    }

    fn open_next(&mut self) -> bool {
        let buffer = self.current.take().map(|(_, blocks)| blocks.into_buffer()).unwrap_or_default();
        let Some(part) = self.parts.pop_front() else { return false };
        self.at = part.first;
        let blocks = Blocks::new(Arc::clone(&part.file), part.seed, part.bytes.clone(), buffer, SCAN_BYTES);
        self.current = Some((part, blocks));
        true
    }
}

impl<F: DiskFile> Part<F> {
    fn of(segment: &Segment<F>, from: u64) -> Self {
        let (first, byte) = segment.nearest(from.max(segment.first));
        Self {
            path: segment.path.clone(),
            file: Arc::clone(&segment.file),
            seed: segment.seed,
            first,
            end: segment.end(),
            bytes: byte..segment.bytes,
        }
    }
}
