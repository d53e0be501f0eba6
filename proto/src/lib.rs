//! The wire types of Heng, generated from `heng/<area>/v1/*.proto`; a package is a module: `heng.log.v1` is [`log::v1`].
//!
//! # Invariants
//!
//! Nothing here is a domain type: whoever reads a message converts it at once and believes none of it before. No message
//! has a map and fields are written in ascending order, so equal messages have equal bytes.

#[allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    rustdoc::all,
    reason = "generated from the .proto files, which are linted themselves"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/heng.rs"));
}

pub use generated::heng::*;
