#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod bad_lines;
mod good_lines;
mod round_trip;

use super::{LineError, parse_line};

/// What `heng` would say about a line: the message, or nothing.
fn fault(line: &[u8]) -> Option<String> {
    let read = |line| -> Result<(), LineError> { parse_line(line)?.event_without_aliases().map(drop) };
    read(line).err().map(|error| error.to_string())
}

/// A line of a type with this data.
fn line(kind: &str, data: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"e1","source":"/gov/420000/tax","type":"{kind}","subject":"91420100MA49XK7P6T","data":{data}}}"#
    )
}
