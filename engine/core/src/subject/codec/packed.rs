//! A packed subject, looked into without unpacking it.
//!
//! ```text
//! header = u8 form, u8 flags, u16 0 | wake i32 | records u32 | bytes of the arena u32 | seen u32 | decisions u32
//! packed = header | seen | records | decisions | arena | rest
//! ```

use super::{FORMAT, Reader, decision, profile, record};
use crate::subject::Profile;
use crate::subject::record::some_day;
use crate::subject::seen::{self, SEEN_BYTES};
use heng_model::Day;

/// Words of the header.
pub(super) const HEADER_WORDS: usize = 6;
const WORD_BYTES: usize = size_of::<u32>();

/// What the rest holds.
pub(super) const PROFILE: u8 = 1;
pub(super) const MORE: u8 = 1 << 1;
/// Set besides [`MORE`]: the history has gone elsewhere.
pub(super) const REDIRECT: u8 = 1 << 2;

/// The parts of a packed subject.
#[derive(Clone, Copy)]
pub(crate) struct Packed<'a> {
    pub(super) flags: u8,
    pub(crate) wake: Option<Day>,
    pub(super) seen: &'a [u8],
    pub(super) records: &'a [[[u8; WORD_BYTES]; record::WORDS]],
    pub(super) decisions: &'a [[[u8; WORD_BYTES]; decision::WORDS]],
    pub(super) arena: &'a [u8],
    pub(super) rest: &'a [u8],
}

impl<'a> Packed<'a> {
    /// The parts, if the lengths are those of a packed subject.
    pub(crate) fn new(bytes: &'a [u8]) -> Option<Self> {
        let (header, rest) = bytes.split_first_chunk::<{ HEADER_WORDS * WORD_BYTES }>()?;
        let (words, _) = header.as_chunks::<WORD_BYTES>();
        let [first, wake, records, arena, seen, decisions] = words else { return None };
        let [form, flags, 0, 0] = *first else { return None };
        let length = |words: &[u8; WORD_BYTES]| usize::try_from(u32::from_le_bytes(*words)).ok();
        let (seen, rest) = rest.split_at_checked(length(seen)?.checked_mul(SEEN_BYTES)?)?;
        let (records, rest) = words_of(rest, length(records)?)?;
        let (decisions, rest) = words_of(rest, length(decisions)?)?;
        let (arena, rest) = rest.split_at_checked(length(arena)?)?;
        let wake = some_day(Day::from_number(i32::from_le_bytes(*wake)));
        (form == FORMAT).then_some(Self { flags, wake, seen, records, decisions, arena, rest })
    }

    /// The fingerprint of the content of an event folded before, by that of its source and id.
    pub(crate) fn find_seen(self, name: u64) -> Option<u32> {
        seen::find(self.seen, name)
    }

    /// The profile, read alone.
    pub(crate) fn profile(self) -> Option<Profile> {
        if self.flags & PROFILE == 0 { None } else { profile::read(&mut Reader::new(self.rest)) }
    }

    /// Has its history gone to another subject?
    pub(crate) fn is_redirect(self) -> bool {
        self.flags & REDIRECT != 0
    }
}

/// So many groups of words, and what follows them.
fn words_of<const N: usize>(bytes: &[u8], count: usize) -> Option<(&[[[u8; WORD_BYTES]; N]], &[u8])> {
    let (words, rest) = bytes.split_at_checked(count.checked_mul(N)?.checked_mul(WORD_BYTES)?)?;
    Some((words.as_chunks::<WORD_BYTES>().0.as_chunks::<N>().0, rest))
}
