//! Chance from a seed: splitmix64, one independent stream for each purpose.
//!
//! # Invariants
//!
//! Integers only: the same seed gives the same choices on every machine.

/// What a stream decides; streams of different purposes do not disturb each other.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    /// Who an organisation is.
    Organisation = 1,
    /// What happens to it.
    Plan,
    /// What a record says.
    Record,
    /// What a correction says.
    Correction,
    /// What it is called.
    Name,
    /// Who represents it.
    Person,
    /// Whether a line is sent twice.
    Duplicate,
}

/// One stream.
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

impl Chance {
    /// The stream of a purpose for one thing, named by two numbers.
    pub(super) fn new(seed: u64, purpose: Purpose, thing: u32, part: u32) -> Self {
        let thing = (u64::from(thing) << 32) | u64::from(part);
        let start = mix(seed.wrapping_add(GOLDEN)).wrapping_add((purpose as u64).wrapping_mul(GOLDEN));
        Self(mix(mix(start) ^ mix(thing.wrapping_add(GOLDEN))))
    }

    /// 64 bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// A number below `end`; 0 if `end` is 0.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        // The upper half of a 32 by 32 bit product lies below `end`.
        u32::try_from(((self.bits() >> 32) * u64::from(end)) >> 32).unwrap_or(0)
    }

    /// A number from `first` through `last`.
    pub(super) fn between(&mut self, first: u32, last: u32) -> u32 {
        first.saturating_add(self.below(last.saturating_sub(first).saturating_add(1)))
    }

    /// A date this or that many days from now, as [`Chance::between`].
    pub(super) fn days(&mut self, first: u16, last: u16) -> u16 {
        u16::try_from(self.between(first.into(), last.into())).unwrap_or(last)
    }

    /// True in `share` of ten thousand cases.
    pub(super) fn in_10_000(&mut self, share: u32) -> bool {
        self.below(10_000) < share
    }

    /// One of a list; the default of the type if it is empty.
    pub(super) fn pick<T: Copy + Default>(&mut self, list: &[T]) -> T {
        let length = u32::try_from(list.len()).unwrap_or(u32::MAX);
        list.get(index(self.below(length))).copied().unwrap_or_default()
    }

    /// Which of the `shares` of ten thousand the draw falls into; the last one if they do not add up to it.
    pub(super) fn share(&mut self, shares: &[u32]) -> usize {
        let mut draw = self.below(10_000);
        for (at, share) in shares.iter().enumerate() {
            if draw < *share {
                return at;
            }
            draw -= share;
        }
        shares.len().saturating_sub(1)
    }
}

/// A small number as an index.
pub(super) fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
