//! The pure core: events fold into per-subject state, and the difference between two derivations is a decision.
//!
//! # Invariants
//!
//! No clock, no I/O, no randomness, no floating point, no iteration in hash order. Time arrives inside entries; what
//! must be done because of an entry is data in [`Outputs`], performed by the caller.

mod apply;
mod cause;
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
mod rendered;
mod room;
pub mod subject;
pub mod validate;
mod wording;

pub use apply::PARKED_MAX;
pub use cause::{Cause, document_of};
pub use decision::{Bilingual, DecisionEvent, DecisionKind, Ground, Proposal};
pub use derive_id::decision_id;
pub use entry::{Content, Control, Derived, Entry, Identity, News, SentOn};
pub use event::{Body, Corrected, Event, FieldValue, Fields, NAMED_DATES, Profile, Recorded};
pub use fold::{
    Changed, Compiled, Draft, Effect, FOLD_VERSION, Outputs, PackSource, Partition, RedirectPart, RestoreError,
    StepError, SubjectNo, WINDOW_ENTRIES,
};
pub use inspect::{Repairable, basis_of, grounds_of, remedies, repair_works_from, repairable};
pub use program::{Program, entry_name, facts_of, outcome_name, yields};
pub use refusal::Refusal;
pub use render::Documents;
pub use rendered::Rendered;
pub use room::Room;
pub use subject::{Decision, Key, More, Parked, Record, RecordNo, State, Subject, codec};
