//! The bytes of entries and decisions: `heng.log.v1.Entry` and `heng.decision.v1.DecisionEvent` to and from the core's values.
//!
//! # Invariants
//!
//! Equal values have equal bytes, and what was decoded is what was encoded. Reading borrows from the bytes, so that a
//! window of entries can be decoded before the first is folded; it never panics, whatever the bytes. One function,
//! [`upcast`], reads the bodies of events, live and in replay alike: a schema that was ever written is read for ever.

mod body_reader;
mod body_writer;
mod days;
mod decision_reader;
mod decision_writer;
mod derived;
mod document;
mod entry_reader;
mod entry_writer;
mod error;
mod field_value;
#[cfg(test)]
mod golden_tests;
mod head;
mod identity;
#[cfg(test)]
mod samples;
mod sift;
mod small_bodies;
#[cfg(test)]
mod tests;
mod wire;
mod wire_writer;

pub use body_reader::upcast;
pub use decision_reader::decode_decision;
pub use decision_writer::encode_decision;
pub use document::document_no;
pub use entry_reader::decode_entry;
pub use entry_writer::{Envelope, encode_control, encode_derived, encode_event};
pub use error::{DecodeDecisionError, DecodeEntryError, DecodeError, Defect, EncodeError};
pub use field_value::VALUE_DEPTH_MAX;
pub use head::{EntryKind, FieldCommitment, Head, decode_head};
pub use identity::identity;
pub use sift::{DecisionHead, Sifted, cause_offset, decision_head, sift};

/// Format of entries that this release writes, and the newest that it reads.
pub const ENTRY_FORMAT: u32 = 1;
/// Format of decisions that this release writes, and the newest that it reads.
pub const DECISION_FORMAT: u32 = 1;
/// The schema of every body that this release writes, and the newest that it reads.
pub const SCHEMA: u32 = 1;
