//! Apache Kafka: departments' inboxes in, decisions out, dead letters, and the topics themselves.
//!
//! # Invariants
//!
//! An offset of an inbox is stored only when its message has been answered durably, or lies in the dead letters. A decision
//! goes to its topic if and only if its `seq` is greater than the last one there, and what is there is compared with the
//! log: a difference ends the connector, it never goes on. The engine is known as a port only ([`inbox::Intake`],
//! [`decisions::Decisions`]), so that nothing here folds, judges or writes the log.

mod clock;
mod connector;
mod context;
pub mod decisions;
pub mod inbox;
pub mod letters;
pub mod log;
pub mod message;
pub mod names;
mod places;
mod settings;
mod token;
pub mod topics;
mod watch;

pub use connector::{Connector, ConnectorError, Parts};
pub use settings::{LogName, Mapped, Overrides, Sasl, Settings};
pub use watch::Watch;
