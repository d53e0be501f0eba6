//! What was generated, counted.

use super::act::Act;

macro_rules! kinds {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// Type of a generated event.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Kind {
            /// Every type that is generated.
            pub const ALL: &'static [Kind] = &[$(Self::$variant),*];

            /// The type as it is written.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

kinds! {
    Registered = "subject.registered",
    Changed = "subject.changed",
    Deregistered = "subject.deregistered",
    Linked = "subject.linked",
    Unlinked = "subject.unlinked",
    Merged = "subject.merged",
    Recorded = "credit.recorded",
    Corrected = "credit.corrected",
    Retracted = "credit.retracted",
    Repaired = "credit.repaired",
    Restored = "credit.restored",
    ObjectionFiled = "objection.filed",
    ObjectionResolved = "objection.resolved",
    Suspended = "measures.suspended",
    Resumed = "measures.resumed",
}

impl Kind {
    pub(super) const fn of(act: &Act) -> Self {
        match act {
            Act::Registered => Self::Registered,
            Act::Changed { .. } => Self::Changed,
            Act::Deregistered { .. } => Self::Deregistered,
            Act::Linked { .. } => Self::Linked,
            Act::Unlinked { .. } => Self::Unlinked,
            Act::Merged => Self::Merged,
            Act::Recorded { .. } => Self::Recorded,
            Act::Corrected { .. } => Self::Corrected,
            Act::Retracted { .. } => Self::Retracted,
            Act::Repaired { .. } => Self::Repaired,
            Act::Restored { .. } => Self::Restored,
            Act::ObjectionFiled { .. } => Self::ObjectionFiled,
            Act::ObjectionRejected { .. } | Act::ObjectionUpheld { .. } => Self::ObjectionResolved,
            Act::Suspended { .. } => Self::Suspended,
            Act::Resumed { .. } => Self::Resumed,
        }
    }
}

/// What was generated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Lines written, duplicates among them.
    pub events: u64,
    /// Lines that repeat the one before, byte for byte.
    pub duplicates: u64,
    /// Bytes written.
    pub bytes: u64,
    by_kind: [u64; Kind::ALL.len()],
}

impl Totals {
    /// Events of a type, duplicates not counted.
    #[must_use]
    pub fn of(&self, kind: Kind) -> u64 {
        self.by_kind.get(kind as usize).copied().unwrap_or(0)
    }

    pub(super) fn count(&mut self, kind: Kind, bytes: usize, repeats: u64) {
        let lines = repeats.saturating_add(1);
        self.events = self.events.saturating_add(lines);
        self.duplicates = self.duplicates.saturating_add(repeats);
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(lines);
        self.bytes = self.bytes.saturating_add(bytes);
        if let Some(count) = self.by_kind.get_mut(kind as usize) {
            *count = count.saturating_add(1);
        }
    }
}
