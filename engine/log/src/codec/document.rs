//! The document number of a record, without the rest of its entry: grounds are worded far more often than folded.

use super::body_reader::upcast;
use super::error::DecodeError;
use super::head::decode_head;
use heng_core::Body;

/// The document number that an entry records, if it records one.
///
/// # Errors
///
/// Where the bytes are no entry that this release reads.
pub fn document_no(entry: &[u8]) -> Result<Option<&str>, DecodeError> {
    let head = decode_head(entry)?;
    if head.type_name != "credit.recorded" {
        return Ok(None);
    }
    match upcast(head.type_name, head.schema, head.body)? {
        Body::Recorded(recorded) => Ok(recorded.document_no),
        _ => Ok(None),
    }
}
