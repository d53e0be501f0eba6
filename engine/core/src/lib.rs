//! The pure core: events fold into per-subject state, and the difference between two derivations is a decision.
//!
//! # Invariants
//!
//! No clock, no I/O, no randomness, no floating point, no iteration in hash order. Time arrives inside entries; what
//! must be done because of an entry is data in [`Outputs`], performed by the caller.

mod apply;
mod decide;
mod decision;
mod derive;
mod derive_id;
mod entry;
mod event;
mod explain;
mod facts;
mod fold;
mod inspect;
mod program;
mod refusal;
mod render;
pub mod subject;
pub mod validate;

pub use apply::PARKED_MAX;
pub use decision::{Bilingual, DecisionEvent, DecisionKind, Ground, Proposal};
pub use derive_id::decision_id;
pub use entry::{Content, Control, Derived, Entry, Identity, News};
pub use event::{Body, Corrected, Event, FieldValue, Fields, NAMED_DATES, Profile, Recorded};
pub use fold::{
    Draft, Effect, FOLD_VERSION, Outputs, PackSource, Partition, RedirectPart, RestoreError, StepError, SubjectNo,
};
pub use inspect::{grounds_of, remedies};
pub use program::{Program, entry_name, facts_of, outcome_name};
pub use refusal::Refusal;
pub use render::{Cause, Documents, cited, document_of};
pub use subject::{Decision, Key, More, Parked, Record, RecordNo, State, Subject, codec};
