//! Events from files: `CloudEvents` JSON lines in and out; CSV, workbooks and JSON turned into events by mappings.
//!
//! # Invariants
//!
//! What leaves here as an event has the form of the contract (`interfaces.md`), or it is refused with the field, the
//! value, what was expected and what to do. Only form is judged: what an item or an authority may say is for intake.
//! Memory is bounded by the longest line, not by the file (a mapping's counters grow with its distinct keys, and of a
//! workbook the texts that its cells share are held).

mod codes;
mod decision;
mod event;
mod instant;
mod lines;
mod mapping;
mod suggest;

pub use decision::decision_json;
pub use event::{
    EventType, LineError, NAME_BYTES_MAX, OwnedEvent, ParsedEvent, STRUCTURED, Sent, data_json, event_json, parse_line,
};
pub use instant::{ParseInstantError, format_instant, parse_instant};
pub use lines::{JsonLines, LINE_BYTES_MAX, Line};
pub use mapping::{
    CellTrace, ConvertError, Given, Mapping, MappingError, Memory, Options, Place, Reason, RowRefused, RowTold,
    Summary, Trace, ValueTrace, Written, convert,
};
