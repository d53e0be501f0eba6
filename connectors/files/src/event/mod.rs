//! Department events as JSON, or with a body that was read otherwise: one line in, one value out, and back.
//!
//! # Invariants
//!
//! Nothing is copied that the line already holds. Every key of `data` is known or refused; numbers with a fraction are
//! refused, so no amount ever was a float. Types that only Heng writes are refused.

mod body;
mod data;
mod envelope;
mod error;
mod json;
mod kind;
mod object;
mod owned;
mod write;

pub use envelope::{ParsedEvent, STRUCTURED, parse_line};
pub use error::LineError;
pub use kind::EventType;
pub use owned::{OwnedEvent, Sent};
pub use write::{data_json, event_json};

/// The longest name (`id`, `source`, `record`, `item` …), in bytes.
pub const NAME_BYTES_MAX: usize = 256;

#[cfg(test)]
mod tests;
