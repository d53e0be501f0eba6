//! A whole file through a mapping, row by row.

use super::error::{ConvertError, Reason, RowRefused};
use super::read::Mapping;
use super::row::{Given, Memory};
use crate::lines::LINE_BYTES_MAX;
use crate::suggest;
use csv::ByteRecord;
use std::collections::BTreeMap;
use std::io::{Read, Write};

/// What became of the rows; `rows` is the sum of the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows read, the header not counted.
    pub rows: u64,
    /// Events written.
    pub events: u64,
    /// Rows skipped, by the mapping's reason.
    pub skipped: BTreeMap<String, u64>,
    /// Rows refused.
    pub refused: u64,
}

/// Writes the events of a CSV file as JSON lines; `file` is its name in messages, `refused` is told of every row that
/// gave neither an event nor a reason to skip it.
///
/// # Errors
/// [`ConvertError`] where the input cannot be read or lacks a column, or the output cannot be written.
pub fn convert(
    mapping: &Mapping,
    file: &str,
    input: impl Read,
    mut output: impl Write,
    refused: &mut dyn FnMut(&RowRefused),
) -> Result<Summary, ConvertError> {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(mapping.delimiter).has_headers(false).flexible(true).from_reader(input);
    let mut record = ByteRecord::new();
    let read = |error| ConvertError::Input { file: file.to_owned(), error };
    if !reader.read_byte_record(&mut record).map_err(read)? {
        let columns = mapping.columns().collect::<Vec<_>>().join(", ");
        return Err(ConvertError::Empty { file: file.to_owned(), columns });
    }
    let (places, width) = (header(mapping, file, &record)?, record.len());
    let (mut summary, mut memory) = (Summary::default(), Memory::default());
    while reader.read_byte_record(&mut record).map_err(read)? {
        summary.rows += 1;
        let given = cells(mapping, &record, &places, width).and_then(|cells| mapping.row(cells, &mut memory));
        match given {
            Ok(Given::Event(mut line)) => {
                line.push(b'\n');
                output.write_all(&line)?;
                summary.events += 1;
            }
            Ok(Given::Skipped(reason)) => *summary.skipped.entry(reason).or_default() += 1,
            Err(reason) => {
                let line = record.position().map_or(0, csv::Position::line);
                refused(&RowRefused { file: file.to_owned(), row: summary.rows, line, reason });
                summary.refused += 1;
            }
        }
    }
    output.flush()?;
    Ok(summary)
}

/// Where the mapping's columns stand in the file.
fn header(mapping: &Mapping, file: &str, record: &ByteRecord) -> Result<Vec<usize>, ConvertError> {
    let decode = |cell: &[u8]| mapping.encoding.decode(cell).0.trim().trim_start_matches('\u{feff}').to_owned();
    let names: Vec<String> = record.iter().map(decode).collect();
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut places = Vec::new();
    for column in mapping.columns() {
        let fail = |problem, remedy| ConvertError::Header {
            file: file.to_owned(),
            problem,
            column: column.to_owned(),
            remedy,
        };
        let mut found = known.iter().enumerate().filter(|(_, name)| **name == column).map(|(place, _)| place);
        match (found.next(), found.next()) {
            (Some(place), None) => places.push(place),
            (Some(_), Some(_)) => return Err(fail("two of", "rename one".to_owned())),
            (None, _) => return Err(fail("no", suggest::remedy(column, &known))),
        }
    }
    Ok(places)
}

/// The cells of the mapping's columns, decoded.
fn cells(mapping: &Mapping, record: &ByteRecord, places: &[usize], width: usize) -> Result<Vec<String>, Reason> {
    let bytes = record.as_slice().len();
    if bytes > LINE_BYTES_MAX {
        return Err(Reason::TooLong { bytes });
    }
    if record.len() != width {
        return Err(Reason::Cells { found: record.len(), expected: width });
    }
    let mut cells = Vec::with_capacity(mapping.names.len());
    for (column, place) in mapping.columns().zip(places) {
        let bytes = record.get(*place).unwrap_or_default();
        match mapping.encoding.decode_without_bom_handling_and_without_replacement(bytes) {
            Some(text) => cells.push(text.into_owned()),
            None => {
                let encoding = mapping.encoding.name();
                return Err(Reason::Encoding { column: column.to_owned(), encoding });
            }
        }
    }
    Ok(cells)
}
