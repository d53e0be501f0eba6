//! Rows of CSV.

use super::encoding::{self, Found, is_chinese_utf8};
use super::header::{LOOK_ROWS, Top};
use crate::lines::LINE_BYTES_MAX;
use crate::mapping::convert::Rows;
use crate::mapping::error::{ConvertError, Place, Reason};
use csv::{ByteRecord, Position};
use std::collections::VecDeque;
use std::io::{BufReader, Read, Seek, SeekFrom};

/// Hands every row to `rows`. The last one is judged with the end of the file in view: a file may be cut short.
pub(super) fn read(mut input: impl Read + Seek, rows: &mut Rows<'_>) -> Result<(), ConvertError> {
    let found = encoding::find(&mut input, rows.encoding()).map_err(|error| rows.failed(error))?;
    rows.summary.input = format!("csv, {} ({})", found.encoding.name().to_lowercase(), found.how);
    let start = input.stream_position().map_err(|error| rows.failed(error))?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(rows.mapping.delimiter)
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(1 << 20)
        .from_reader(&mut input);
    let failed = |rows: &Rows<'_>, error: csv::Error| rows.failed(error.into());
    let mut first = VecDeque::new();
    let mut record = ByteRecord::new();
    let look = rows.mapping.header_row.map_or(LOOK_ROWS, |row| usize::try_from(row).unwrap_or(LOOK_ROWS));
    while first.len() < look && next_filled(&mut reader, &mut record).map_err(|error| failed(rows, error))? {
        first.push_back(record.clone());
    }
    let file = Sheet::open(rows, found, &first)?;
    rows.note_header(file.header);
    first.drain(..=file.header);
    let mut next_record = |reader: &mut csv::Reader<_>, rows: &Rows<'_>| match first.pop_front() {
        Some(next) => Ok(Some(next)),
        None => {
            let mut next = ByteRecord::new();
            let is_read = next_filled(reader, &mut next).map_err(|error| failed(rows, error))?;
            Ok::<_, ConvertError>(is_read.then_some(next))
        }
    };
    let mut current = next_record(&mut reader, rows)?;
    while let Some(record) = current {
        let next = next_record(&mut reader, rows)?;
        let cells = match &next {
            Some(_) => file.cells(rows, &record),
            None => {
                let end = End::of(reader.get_mut(), start, record.position(), rows.mapping.delimiter);
                let end = end.map_err(|error| rows.failed(error))?;
                let cells = file.last(rows, &record, &end);
                if matches!(end, End::Open) && cells.is_ok() {
                    rows.summary.input.push_str(", the last line has no end: look whether its last cell is whole");
                }
                cells
            }
        };
        let (line, byte) = record.position().map_or((0, 0), |place| (place.line(), place.byte()));
        rows.take(Place::Line(line), byte, cells)?;
        current = next;
    }
    Ok(())
}

/// The next row with anything in it: a spreadsheet exports its blank rows as delimiters alone.
fn next_filled(reader: &mut csv::Reader<impl Read>, record: &mut ByteRecord) -> csv::Result<bool> {
    while reader.read_byte_record(record)? {
        if record.iter().any(|cell| !cell.trim_ascii().is_empty()) {
            return Ok(true);
        }
    }
    Ok(false)
}

struct Sheet {
    found: Found,
    header: usize,
    places: Vec<Option<usize>>,
    width: usize,
}

impl Sheet {
    fn open(rows: &Rows<'_>, found: Found, first: &VecDeque<ByteRecord>) -> Result<Self, ConvertError> {
        let decode =
            |record: &ByteRecord| record.iter().map(|cell| found.encoding.decode(cell).0.into_owned()).collect();
        let line = |record: &ByteRecord| record.position().map_or(0, Position::line);
        let numbered = |(at, record): (usize, &ByteRecord)| {
            // A declared header is counted in rows, the messages name lines.
            (if rows.mapping.header_row.is_some() { at as u64 + 1 } else { line(record) }, decode(record))
        };
        let top = Top {
            place: format!("`{}`", rows.file),
            unit: if rows.mapping.header_row.is_some() { "row" } else { "line" },
            rows: first.iter().enumerate().map(numbered).collect(),
        };
        let (header, places) = top
            .header(&rows.mapping.columns, rows.mapping.header_row)
            .map_err(|error| found.mistaken(first.iter().map(ByteRecord::as_slice), rows.file).unwrap_or(error))?;
        Ok(Self { found, header, places, width: first.get(header).map_or(0, ByteRecord::len) })
    }

    /// The cells of the mapping's columns, decoded.
    fn cells(&self, rows: &Rows<'_>, record: &ByteRecord) -> Result<Vec<String>, Reason> {
        let bytes = record.as_slice().len();
        if bytes > LINE_BYTES_MAX {
            return Err(Reason::TooLong { bytes });
        }
        if record.len() != self.width {
            return Err(Reason::Cells { found: record.len(), expected: self.width });
        }
        let place_of = |place: &Option<usize>| place.and_then(|place| record.get(place)).unwrap_or_default();
        let columns = || rows.mapping.columns().zip(self.places.iter().map(place_of));
        if self.found.is_guess && self.found.encoding == encoding_rs::GB18030 {
            let mut other = columns().filter(|(_, bytes)| !bytes.is_ascii());
            if let Some((column, bytes)) = other.next()
                && is_chinese_utf8(bytes)
                && other.all(|(_, bytes)| is_chinese_utf8(bytes))
            {
                return Err(Reason::Mixed { column: column.to_owned() });
            }
        }
        let mut cells = Vec::with_capacity(rows.mapping.names.len());
        for (column, bytes) in columns() {
            match self.found.encoding.decode_without_bom_handling_and_without_replacement(bytes) {
                Some(text) => cells.push(text.into_owned()),
                None => {
                    let encoding = self.found.encoding.name();
                    return Err(Reason::Encoding { column: column.to_owned(), encoding });
                }
            }
        }
        Ok(cells)
    }

    fn last(&self, rows: &Rows<'_>, record: &ByteRecord, end: &End) -> Result<Vec<String>, Reason> {
        let found = match end {
            End::Quoted { lines } => format!("a quotation mark opened in it is never closed, {lines} lines follow"),
            End::Open if record.len() < self.width => format!("{} cells of {}", record.len(), self.width),
            End::Open | End::Closed => return self.cells(rows, record),
        };
        Err(Reason::Cut { found })
    }
}

/// How a file ends, seen from the start of its last row.
enum End {
    /// With the end of a line.
    Closed,
    /// Within a line.
    Open,
    /// Within quotation marks.
    Quoted { lines: u64 },
}

impl End {
    fn of(input: impl Read + Seek, start: u64, record: Option<&Position>, delimiter: u8) -> std::io::Result<Self> {
        let mut input = BufReader::with_capacity(1 << 16, input);
        input.seek(SeekFrom::Start(start + record.map_or(0, Position::byte)))?;
        // As the reader sees it: a quotation mark opens a cell only at its start, and a doubled one is a letter.
        let (mut is_quoted, mut may_open, mut lines, mut last) = (false, true, 0, b'\n');
        for byte in input.bytes() {
            let byte = byte?;
            let was_quoted = is_quoted;
            is_quoted ^= byte == b'"' && (is_quoted || may_open);
            lines += u64::from(byte == b'\n');
            may_open = !is_quoted && (was_quoted || byte == delimiter || byte == b'\n' || byte == b'\r');
            last = byte;
        }
        Ok(match (is_quoted, last) {
            (true, _) => Self::Quoted { lines },
            (false, b'\n' | b'\r') => Self::Closed,
            (false, _) => Self::Open,
        })
    }
}
