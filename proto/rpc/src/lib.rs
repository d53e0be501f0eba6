//! gRPC services and clients, generated from `proto/heng/<area>/v1/*.proto`; their messages are those of `heng-proto`.
//!
//! # Invariants
//!
//! Only what serves or calls links this crate: the wire types of the log, which auditors' programs read too, know no
//! runtime. What the server writes from prepared parts ([`raw`]) has the bytes of the message it stands for.

pub mod raw;

#[allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::allow_attributes_without_reason,
    clippy::pedantic,
    clippy::nursery,
    rustdoc::all,
    reason = "generated from the .proto files, which are linted themselves"
)]
mod generated {
    pub(crate) mod server {
        include!(concat!(env!("OUT_DIR"), "/server/all.rs"));
    }
    pub(crate) mod client {
        include!(concat!(env!("OUT_DIR"), "/client/all.rs"));
    }
}

/// Service traits and what routes calls to them; a package is a module.
pub mod server {
    pub use crate::generated::server::heng::*;
}

/// Clients; a package is a module.
pub mod client {
    pub use crate::generated::client::heng::*;
}

/// Descriptors of every `.proto` file, for server reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
