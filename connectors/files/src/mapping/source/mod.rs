//! Where rows come from: CSV, workbooks, JSON. Which of them a file is, its first bytes say.

mod csv;
mod encoding;
mod header;
mod json;
mod xlsx;

use super::convert::Rows;
use super::error::ConvertError;
use std::io::{Read, Seek, SeekFrom};

/// What a file begins with.
const ZIP: &[u8] = b"PK\x03\x04";
const OLE: &[u8] = b"\xd0\xcf\x11\xe0";
const HEAD_BYTES: u64 = 4096;

/// Hands every row of a file to `rows`.
pub(super) fn read(mut input: impl Read + Seek, rows: &mut Rows<'_>) -> Result<(), ConvertError> {
    rows.bytes = input.seek(SeekFrom::End(0)).map_err(|error| rows.failed(error))?;
    input.rewind().map_err(|error| rows.failed(error))?;
    let mut head = Vec::new();
    input.by_ref().take(HEAD_BYTES).read_to_end(&mut head).map_err(|error| rows.failed(error))?;
    input.rewind().map_err(|error| rows.failed(error))?;
    let text = head.strip_prefix(encoding::UTF8_MARK).unwrap_or(&head);
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        _ if head.starts_with(ZIP) => xlsx::read(input, rows),
        _ if head.starts_with(OLE) => Err(form(rows, xlsx::ole(input))),
        _ if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") => Err(form(
            rows,
            "is in UTF-16, as `Unicode text` of Excel: save it as `CSV UTF-8`, or as a workbook (.xlsx)".to_owned(),
        )),
        Some(b'[') => json::read_list(input, rows),
        Some(b'{') => json::read_lines(input, rows),
        _ => csv::read(input, rows),
    }
}

fn form(rows: &Rows<'_>, problem: String) -> ConvertError {
    ConvertError::Form { file: rows.file.to_owned(), problem }
}
