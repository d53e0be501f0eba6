//! The words of Heng as types: subjects, civil days, periods, sets of days, exact numbers, positions.
//!
//! # Invariants
//!
//! A leaf: pure values, no clock, no I/O, no floating point. A value of a type here has been checked once, by its
//! only constructor, and is never checked again further in.

pub mod checkpoint;
pub mod day;
mod day_set;
mod decimal;
mod decision_id;
mod newest;
mod period;
mod position;
pub mod subject;
mod symbol;
mod time_zone;
pub mod uscc;

pub use day::{Day, ParseDayError};
pub use day_set::{DaySet, Span};
pub use decimal::{Decimal, ParseDecimalError};
pub use decision_id::{DecisionId, DecisionKey, ParseDecisionIdError};
pub use newest::{Newest, Sorted};
pub use period::{ParsePeriodError, Period, PeriodUnit};
pub use position::{ParsePositionError, PartitionId, Position};
pub use subject::{ParseSubjectIdError, SubjectId, SubjectKind};
pub use symbol::{Symbol, Symbols, SymbolsFull};
pub use time_zone::{ParseTimeZoneError, TimeZone};
pub use uscc::{ParseUsccError, Uscc};
