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

/// A record; its fields and its name lie in the subject's arenas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Where it was recorded.
    pub offset: u64,
    /// Fingerprint of source and name, to find it quickly.
    pub tag: u32,
    /// The effect day x; `None` while the item's date field is empty.
    pub effect_day: Option<Day>,
    /// Day of the decision.
    pub decided_on: Day,
    /// The day R of the repair that stands.
    pub repaired_on: Option<Day>,
    /// Where its fields start in the slots.
    pub slots_at: u32,
    /// Where its name starts in the texts.
    pub name_at: u32,
    /// Length of the name, in bytes.
    pub name_length: u16,
    /// How many fields.
    pub slots_length: u16,
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

impl Record {
    /// Where it was recorded.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position { partition: self.partition, offset: self.offset }
    }
}

/// Fingerprint of a record's source and name.
#[must_use]
pub fn name_tag(source: Symbol, name: &str) -> u32 {
    // FNV-1a: a few names at most are compared after it.
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    name.bytes().fold(source.0.to_le_bytes().into_iter().fold(0x811c_9dc5, mix), mix)
}
