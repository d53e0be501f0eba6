//! Which part of a journal memory need not hold.
//!
//! A journal grows for years, and whoever follows it reads its end. Pages that nobody will read soon take the place of others that are
//! needed; and where the machine is a virtual one, each page that a file has not given up before must be found for it by the host first,
//! which takes ten times what writing a page takes that was given up a moment ago.
//!
//! # Invariants
//!
//! What is given up is durable and stays readable: it comes from the disk again.

use std::ops::Range;
use std::sync::Arc;

use super::segment::Segment;

/// So many bytes are given up together.
const STEP_BYTES: u64 = 4 * 1024 * 1024;

/// Where the part begins that memory holds.
#[derive(Debug)]
pub(super) struct Cached {
    /// How many bytes it is to have. It has a step more, or the rest of a segment, since one call gives up bytes of one segment.
    kept: u64,
    /// Offset of the first frame of the segment in which it begins.
    first: u64,
    /// The byte of that segment at which it begins.
    byte: u64,
}

impl Cached {
    /// Of a journal that is opened: what was there before is left to the operating system.
    pub(super) fn new<F>(kept: u64, segments: &[Segment<F>]) -> Self {
        let (first, byte) = segments.last().map_or((0, 0), |last| (last.first, last.bytes));
        Self { kept, first, byte }
    }

    /// The bytes of a segment that are now too far behind.
    pub(super) fn behind<F>(&mut self, segments: &[Segment<F>]) -> Option<(Arc<F>, Range<u64>)> {
        let at = segments.partition_point(|segment| segment.first < self.first);
        let mut held = segments.get(at..).unwrap_or_default().iter();
        let segment = held.next()?;
        let after = held.next();
        let next_bytes: u64 = after.into_iter().chain(held).map(|segment| segment.bytes).sum();
        let left = segment.bytes.saturating_sub(self.byte);
        let over = left.saturating_add(next_bytes).saturating_sub(self.kept);
        // Of a segment that was given up to its end nothing is left when the next one is begun.
        if over == 0 || over < STEP_BYTES.min(left) {
            return None;
        }
        let begin = self.byte.saturating_sub(STEP_BYTES);
        let end = self.byte.saturating_add(over.min(left));
        (self.first, self.byte) = match after {
            Some(after) if end >= segment.bytes => (after.first, 0),
            _ => (segment.first, end),
        };
        // What lay in one page, or in one piece of several pages, with the end that was given up before has stayed.
        Some((Arc::clone(&segment.file), begin..end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    fn segment(first: u64, mib: u64) -> Segment<u64> {
        let file = Arc::new(first);
        Segment { path: String::new(), file, first, frames: 10, bytes: mib * MIB, seed: 0, index: Arc::default() }
    }

    /// What is given up: of the segment that begins with a frame, from a MiB to another.
    fn behind(cached: &mut Cached, segments: &[Segment<u64>]) -> Option<(u64, Range<u64>)> {
        cached.behind(segments).map(|(file, bytes)| (*file, bytes.start / MIB..bytes.end / MIB))
    }

    #[test]
    fn the_end_stays_and_all_before_it_is_given_up_in_steps() {
        let mut cached = Cached::new(64 * MIB, &[segment(0, 0)]);
        let mut given_up = |segments: &[Segment<u64>]| behind(&mut cached, segments);
        assert_eq!(given_up(&[segment(0, 64)]), None);
        assert_eq!(given_up(&[segment(0, 67)]), None, "less than a step");
        assert_eq!(given_up(&[segment(0, 68)]), Some((0, 0..4)));
        assert_eq!(given_up(&[segment(0, 70)]), None);
        assert_eq!(given_up(&[segment(0, 90)]), Some((0, 0..26)));
        // The next segments come to hold the end.
        assert_eq!(given_up(&[segment(0, 90), segment(10, 30)]), Some((0, 22..56)));
        assert_eq!(given_up(&[segment(0, 90), segment(10, 90)]), Some((0, 52..90)), "no call is about two segments");
        assert_eq!(given_up(&[segment(0, 90), segment(10, 90)]), Some((10, 0..26)));
        assert_eq!(given_up(&[segment(0, 90), segment(10, 90), segment(20, 1)]), None);
        // A short rest of a segment is no reason to wait.
        assert_eq!(given_up(&[segment(0, 90), segment(10, 90), segment(20, 63)]), Some((10, 22..89)));
        assert_eq!(given_up(&[segment(0, 90), segment(10, 90), segment(20, 64)]), Some((10, 85..90)));
        assert_eq!(given_up(&[segment(0, 90), segment(10, 90), segment(20, 64)]), None);
    }

    #[test]
    fn what_was_there_at_the_opening_is_left_until_more_comes() {
        let mut cached = Cached::new(0, &[segment(0, 90), segment(10, 50)]);
        assert_eq!(behind(&mut cached, &[segment(0, 90), segment(10, 50)]), None);
        assert_eq!(behind(&mut cached, &[segment(0, 90), segment(10, 54)]), Some((10, 46..54)));
    }
}
