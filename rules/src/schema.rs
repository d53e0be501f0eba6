//! The form of a pack's files, for editors: what may stand where, in one JSON Schema (draft 07).
//!
//! # Invariants
//!
//! The schema knows forms, not meanings: what it refuses, the loader refuses too, and what the loader refuses for its form
//! alone, it refuses (`tests/schema.rs`, `tests/errors`). Whether a name is declared is for the loader to say.

/// The schema; each kind of file is one of its `definitions`.
pub const SCHEMA: &str = include_str!("../schema/pack.schema.json");

/// Kinds of files, as `definitions` of the schema call them.
pub const SCHEMA_KINDS: [&str; 7] = ["pack", "laws", "measures", "matters", "calendar", "sector", "tests"];
