//! The handbook of a pack: every item, fact, rule, measure and matter in words that a legal officer can check.
//!
//! # Invariants
//!
//! The words come from the checked pack, never from its comments: what the handbook says is what the fold does. One
//! outline is made and rendered as HTML or Markdown; whatever a pack may contain is escaped. The same pack gives the
//! same bytes.

mod authority;
mod block;
mod catalogue;
mod condition;
mod contest;
mod entry;
mod example;
mod fact;
mod html;
mod item;
mod lexicon;
mod markdown;
mod outline;
mod rule;
mod terms;
mod tree;
mod vocabulary;

pub use block::Row;
pub use entry::{Entry, EntryKind, entries};
pub use rule::rule_in_words;
pub use tree::Line;

use crate::cases::CasesReport;
use heng_core::Bilingual;

/// How a handbook is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One file without external resources.
    Html,
    /// Plain text for version control.
    Markdown,
}

/// The handbook of a pack; `report` is what running its cases showed, for the worked examples.
#[must_use]
pub fn handbook(report: &CasesReport, format: Format) -> String {
    let outline = outline::outline(report);
    match format {
        Format::Html => html::render(&outline),
        Format::Markdown => markdown::render(&outline),
    }
}

/// A text in both languages.
pub(crate) fn both(zh: impl Into<String>, en: impl Into<String>) -> Bilingual {
    Bilingual { zh: zh.into(), en: en.into() }
}

#[cfg(test)]
mod tests;
