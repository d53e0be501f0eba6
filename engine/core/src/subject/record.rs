//! One record: what a source stated about the subject, after corrections.

use heng_model::{Day, Position, Symbol};

/// Number of a record of a subject, in the order in which records became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordNo(pub u32);

impl RecordNo {
    /// As an index.
    #[must_use]
    pub fn at(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    /// From an index.
    #[must_use]
    pub fn from_index(at: usize) -> Self {
        Self(u32::try_from(at).unwrap_or(u32::MAX))
    }
}

/// A record; its name and its fields lie in the subject's arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Where it was recorded.
    pub offset: u64,
    /// Fingerprint of source and name, to find it quickly.
    pub tag: u32,
    /// [`NO_DAY`] where there is none, as in `repaired_on`: an option would take twice the room.
    pub(super) effect_day: Day,
    /// Day of the decision.
    pub decided_on: Day,
    pub(super) repaired_on: Day,
    /// Where its part of the arena starts.
    pub(super) at: u32,
    /// Length of its part, in bytes.
    pub(super) length: u32,
    /// Partition of its position.
    pub partition: u16,
    /// Item.
    pub item: Symbol,
    /// Source.
    pub source: Symbol,
    /// Whose record it was first: 0, or 1 + an index into [`super::More::origins`].
    pub origin: u8,
    /// Had it never a ground?
    pub retracted: bool,
}

/// A day that never occurs, for none.
pub(super) const NO_DAY: Day = Day::DAWN;

/// A day that may be none.
pub(super) fn some_day(day: Day) -> Option<Day> {
    (day != NO_DAY).then_some(day)
}

impl Record {
    /// What a source decided on a day about an item, recorded at a position under a name.
    #[must_use]
    pub fn new(position: Position, (source, name): (Symbol, &str), item: Symbol, decided_on: Day) -> Self {
        Self {
            offset: position.offset,
            tag: name_tag(source, name),
            effect_day: NO_DAY,
            decided_on,
            repaired_on: NO_DAY,
            at: 0,
            length: 0,
            partition: position.partition,
            item,
            source,
            origin: 0,
            retracted: false,
        }
    }

    /// Where it was recorded.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position { partition: self.partition, offset: self.offset }
    }

    /// The effect day x; `None` while the item's date field is empty.
    #[must_use]
    pub fn effect_day(&self) -> Option<Day> {
        some_day(self.effect_day)
    }

    /// Sets the effect day.
    pub fn set_effect_day(&mut self, day: Option<Day>) {
        self.effect_day = day.unwrap_or(NO_DAY);
    }

    /// The day R of the repair that stands.
    #[must_use]
    pub fn repaired_on(&self) -> Option<Day> {
        some_day(self.repaired_on)
    }

    /// Sets the day of the repair that stands.
    pub fn set_repaired_on(&mut self, day: Option<Day>) {
        self.repaired_on = day.unwrap_or(NO_DAY);
    }
}

/// Fingerprint of a record's source and name.
#[must_use]
pub fn name_tag(source: Symbol, name: &str) -> u32 {
    // FNV-1a: a few names at most are compared after it.
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    name.bytes().fold(source.0.to_le_bytes().into_iter().fold(0x811c_9dc5, mix), mix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_forty_bytes() {
        assert_eq!(size_of::<Record>(), 40);
    }
}
