//! Who asks: what a caller says of itself, else where its connection comes from.
//!
//! # Invariants
//!
//! Believed, not proven: there is no authentication yet, and the access log says which of the two it was.

use super::status::CallError;
use std::net::SocketAddr;
use std::sync::Arc;
use tonic::Extensions;
use tonic::metadata::MetadataMap;

/// The metadata by which a caller names itself.
const CALLER: &str = "heng-caller";
/// Bytes of a caller's name.
const CALLER_BYTES_MAX: usize = 128;
/// What the access log has before an address.
const PEER: &str = "peer:";

/// Where a connection comes from, as the access log has it: put together once a connection.
#[derive(Debug, Clone)]
pub(super) struct Peer(Arc<str>);

impl Peer {
    pub(super) fn new(address: Option<SocketAddr>) -> Self {
        let text = address.map_or_else(|| format!("{PEER}unknown"), |address| format!("{PEER}{}", address.ip()));
        Self(text.into())
    }
}

/// Who asks.
pub(super) fn caller<'c>(
    metadata: &'c MetadataMap,
    extensions: &'c Extensions,
    is_required: bool,
) -> Result<&'c str, CallError> {
    let bad = |message: String| CallError::BadValue { field: CALLER, message };
    let Some(given) = metadata.get(CALLER) else {
        if is_required {
            return Err(
                bad("name who asks in the call's metadata: this server answers nobody who does not".to_owned()),
            );
        }
        return Ok(extensions.get::<Peer>().map_or("peer:unknown", |peer| &peer.0));
    };
    let form = || bad(format!("write 1 to {CALLER_BYTES_MAX} printable ASCII characters, not beginning with `{PEER}`"));
    let text = given.to_str().map_err(|_| form())?;
    let is_name = !text.trim().is_empty() && text.len() <= CALLER_BYTES_MAX && !text.starts_with(PEER);
    if is_name { Ok(text) } else { Err(form()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn callers_are_named_by_themselves_or_by_their_address() {
        let (mut metadata, mut extensions) = (MetadataMap::new(), Extensions::default());
        assert_eq!(caller(&metadata, &extensions, false), Ok("peer:unknown"));
        extensions.insert(Peer::new("10.1.2.3:4567".parse().ok()));
        assert_eq!(caller(&metadata, &extensions, false), Ok("peer:10.1.2.3"));
        let missing = caller(&metadata, &extensions, true).unwrap_err();
        assert_eq!(missing.field(), Some(CALLER));
        for bad in ["", "  ", "peer:10.1.2.3", &"x".repeat(CALLER_BYTES_MAX + 1)] {
            metadata.insert(CALLER, bad.parse().unwrap());
            assert!(caller(&metadata, &extensions, false).unwrap_err().to_string().contains("printable"), "{bad}");
        }
        metadata.insert(CALLER, "approval.wuhan/counter-7".parse().unwrap());
        assert_eq!(caller(&metadata, &extensions, true), Ok("approval.wuhan/counter-7"));
    }
}
