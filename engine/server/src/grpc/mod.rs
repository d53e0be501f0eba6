//! The gRPC services, one file each, and the threads that serve them.
//!
//! # Invariants
//!
//! Wire types end here: what comes in is checked before it is believed, what goes out is made from values. No service
//! holds state of its own that an answer depends on.

mod answer;
mod audit;
mod batch;
mod caller;
mod check;
mod connection;
mod cursor;
mod deadline;
mod desk;
mod direct;
mod framed;
mod handoff;
mod http;
mod intake;
mod lookup;
mod paths;
mod patience;
mod report;
mod rights;
mod scores;
mod serve;
mod status;
mod subscriber;
mod subscription;
mod tables;
mod traced;
mod unary;
mod words;

pub use audit::Audits;
pub use check::Checks;
pub use cursor::CursorError;
pub use desk::{Desk, Limits};
pub use http::HttpServer;
pub use intake::Intake;
pub use rights::Rights;
pub use serve::{ServeError, Server, ServerOptions};
pub use status::CallError;
pub use subscription::Subscriptions;
pub use words::ENCODE;
