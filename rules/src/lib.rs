//! The rule language: packs of YAML are read, checked against the law of the model and compiled.
//!
//! # Invariants
//!
//! Pure: files come in as bytes, a checked [`Pack`] or diagnostics come out. No clock, no I/O, no floating point, no
//! iteration in hash order: the same bytes give the same pack, the same symbols and the same messages in the same order.

mod cases;
pub mod condition;
mod diagnostic;
pub mod fields;
mod files;
mod load;
pub mod mutation;
pub mod pack;
mod schema;
mod succession;
mod suggest;
pub mod value;
mod yaml;

pub use cases::{Case, CaseAct, CaseEvent, CaseProfile, CaseValue, Expectation, cases};
pub use diagnostic::{Diagnostic, Severity};
pub use fields::{Fields, List};
pub use files::{AddFileError, FILE_BYTES_MAX, PackFiles, ReadBundleError};
pub use load::{Loaded, is_refused, load};
pub use pack::*;
pub use schema::{SCHEMA, SCHEMA_KINDS};
pub use succession::check_succession;
pub use value::{Env, Value};
