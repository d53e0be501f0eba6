//! Titles, places and sets of subject kinds: what every part of a pack has.

use heng_model::SubjectKind;
use std::fmt;

/// A name or title in the two languages officials read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// Simplified Chinese.
    pub zh: String,
    /// English, where the pack gives it.
    pub en: Option<String>,
}

impl Words {
    /// English, or Chinese where the pack gives no English.
    #[must_use]
    pub fn en(&self) -> &str {
        self.en.as_deref().unwrap_or(&self.zh)
    }
}

/// Where something stands in the pack's files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// Path inside the pack, with `/`.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A set of subject kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kinds(u8);

impl Kinds {
    /// Every kind but persons.
    #[must_use]
    pub fn organisations() -> Self {
        SubjectKind::ALL.into_iter().filter(|kind| *kind != SubjectKind::Person).collect()
    }

    /// Every kind.
    #[must_use]
    pub fn all() -> Self {
        SubjectKind::ALL.into_iter().collect()
    }

    /// Is the kind in it?
    #[must_use]
    pub fn contains(self, kind: SubjectKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// Kinds in both.
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Is no kind in it?
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The kinds in it, in the order of the model.
    pub fn iter(self) -> impl Iterator<Item = SubjectKind> {
        SubjectKind::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }
}

impl FromIterator<SubjectKind> for Kinds {
    fn from_iter<I: IntoIterator<Item = SubjectKind>>(kinds: I) -> Self {
        Self(kinds.into_iter().fold(0, |set, kind| set | (1 << kind as u8)))
    }
}
