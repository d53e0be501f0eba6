//! A packed subject: all but what is rare about it, and a look into it without unpacking it.
//!
//! ```text
//! header = form u8, 1 if there is a profile u8, 1 if something is rare u8, 1 if something came because of merges u8 |
//!          wake i32 | records u32 | bytes of the arena u32 | seen u32 |
//!          decisions u32
//! packed = header | seen | records | decisions | arena | profile | days of repairs | rest of the decisions
//! ```

use super::{FORMAT, Reader, Writer, decision, profile, record};
use crate::subject::record::{NO_DAY, some_day};
use crate::subject::seen::{self, SEEN_BYTES};
use crate::subject::{Profile, Record, Subject};
use heng_model::Day;

/// Words of the header.
const HEADER_WORDS: usize = 6;
const WORD_BYTES: usize = size_of::<u32>();

/// Numbers of 32 bits side by side, wherever they lie.
pub(super) type Words<const N: usize> = [[u8; WORD_BYTES]; N];

/// The parts of a packed subject.
#[derive(Clone, Copy)]
pub(crate) struct Packed<'a> {
    has_profile: bool,
    /// Does what is rare follow in the bytes of the state?
    pub(super) has_rare: bool,
    /// Does it end with what came because of merges?
    pub(super) has_met: bool,
    /// The next day on which a decision changes by itself.
    pub(crate) wake: Option<Day>,
    seen: &'a [u8],
    records: &'a [Words<{ record::WORDS }>],
    decisions: &'a [Words<{ decision::WORDS }>],
    arena: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Packed<'a> {
    /// The parts, if the lengths are those of a packed subject.
    pub(crate) fn new(bytes: &'a [u8]) -> Option<Self> {
        let (header, rest) = bytes.split_first_chunk::<{ HEADER_WORDS * WORD_BYTES }>()?;
        let (words, _) = header.as_chunks::<WORD_BYTES>();
        let [first, wake, records, arena, seen, decisions] = words else { return None };
        let [FORMAT, has_profile @ (0 | 1), has_rare @ (0 | 1), has_met @ (0 | 1)] = *first else { return None };
        if has_met > has_rare {
            return None;
        }
        let length = |words: &[u8; WORD_BYTES]| usize::try_from(u32::from_le_bytes(*words)).ok();
        let (seen, rest) = rest.split_at_checked(length(seen)?.checked_mul(SEEN_BYTES)?)?;
        let (records, rest) = words_of(rest, length(records)?)?;
        let (decisions, rest) = words_of(rest, length(decisions)?)?;
        let (arena, rest) = rest.split_at_checked(length(arena)?)?;
        let wake = some_day(Day::from_number(i32::from_le_bytes(*wake)));
        Some(Self {
            has_profile: has_profile == 1,
            has_rare: has_rare == 1,
            has_met: has_met == 1,
            wake,
            seen,
            records,
            decisions,
            arena,
            rest,
        })
    }

    /// The fingerprint of the content of an event folded before, by that of its source and id.
    pub(crate) fn find_seen(self, name: u64) -> Option<u32> {
        seen::find(self.seen, name)
    }

    /// The profile, read alone.
    pub(crate) fn profile(self) -> Option<Profile> {
        let mut profile = Profile::default();
        profile::read_into(&mut profile, &mut Reader::new(self.rest)).filter(|()| self.has_profile)?;
        Some(profile)
    }
}

pub(super) fn write(subject: &Subject, bytes: &mut Vec<u8>) {
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let has_profile = !subject.profile.is_blank();
    let has_met = subject.more.as_ref().is_some_and(|more| !more.met.is_empty());
    let mut to = Writer(bytes);
    to.words([
        u32::from_le_bytes([FORMAT, u8::from(has_profile), u8::from(subject.more.is_some()), u8::from(has_met)]),
        subject.wake.unwrap_or(NO_DAY).number().cast_unsigned(),
        count(subject.records.len()),
        count(subject.arena.len()),
        count(subject.seen.len()),
        count(subject.decisions.len()),
    ]);
    to.raw(&subject.seen.0);
    subject.records.iter().for_each(|it| to.words(record::words(it)));
    subject.decisions.iter().for_each(|it| to.words(decision::words(it)));
    to.raw(&subject.arena);
    if has_profile {
        profile::write(&mut to, &subject.profile);
    }
    subject.records.iter().filter_map(Record::repaired_on).for_each(|day| to.day(day));
    subject.decisions.iter().for_each(|it| decision::write_rest(&mut to, it));
}

/// Makes a subject what the bytes say, but for what is rare; gives what follows them.
pub(super) fn read_into<'a>(subject: &mut Subject, bytes: &'a [u8]) -> Option<Reader<'a>> {
    let packed = Packed::new(bytes)?;
    subject.wake = packed.wake;
    subject.matches.clear();
    refill(&mut subject.seen.0, packed.seen);
    refill(&mut subject.arena, packed.arena);
    let mut rest = Reader::new(packed.rest);
    subject.profile.clear();
    if packed.has_profile {
        profile::read_into(&mut subject.profile, &mut rest)?;
    }
    record::read_all(&mut subject.records, packed.records, packed.arena.len(), &mut rest)?;
    subject.decisions.clear();
    for words in packed.decisions {
        let (mut decision, has_rest) = decision::of_words(words.map(u32::from_le_bytes))?;
        if has_rest {
            decision::read_rest(&mut rest, &mut decision)?;
        }
        subject.decisions.push(decision);
    }
    Some(rest)
}

fn refill(to: &mut Vec<u8>, from: &[u8]) {
    to.clear();
    to.extend_from_slice(from);
}

/// So many groups of words, and what follows them.
fn words_of<const N: usize>(bytes: &[u8], count: usize) -> Option<(&[Words<N>], &[u8])> {
    let (words, rest) = bytes.split_at_checked(count.checked_mul(N)?.checked_mul(WORD_BYTES)?)?;
    Some((words.as_chunks::<WORD_BYTES>().0.as_chunks::<N>().0, rest))
}
