//! A whole file through a mapping, row by row.

use super::error::{ConvertError, Place, Reason, RowRefused};
use super::read::{self, Mapping};
use super::row::{Given, Memory, Written};
use super::source;
use super::trace::Trace;
use encoding_rs::Encoding;
use std::collections::BTreeMap;
use std::io::{Read, Seek, Write};

/// What became of the rows; `rows` is the sum of `events`, `skipped` and `refused`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// What was read: `csv, utf-8`, or `xlsx, sheet …`; with what a reader should know about it.
    pub input: String,
    /// Rows read, the header not counted.
    pub rows: u64,
    /// Events written.
    pub events: u64,
    /// Rows skipped, by the mapping's reason.
    pub skipped: BTreeMap<String, u64>,
    /// Rows refused.
    pub refused: u64,
}

/// What overrides the mapping, and what is told besides.
#[derive(Debug, Clone, Default)]
pub struct Options {
    sheet: Option<String>,
    encoding: Option<Option<&'static Encoding>>,
    trace: Option<u64>,
}

impl Options {
    /// Reads this sheet of a workbook.
    pub fn sheet(&mut self, name: &str) -> &mut Self {
        self.sheet = Some(name.to_owned());
        self
    }

    /// Reads a text in this encoding: `auto`, `utf-8` or `gb18030`.
    ///
    /// # Errors
    /// The encodings there are, where it is none of them.
    pub fn encoding(&mut self, name: &str) -> Result<&mut Self, String> {
        self.encoding = Some(read::encoding(name)?);
        Ok(self)
    }

    /// Tells the whole way of this row.
    pub fn trace(&mut self, row: u64) -> &mut Self {
        self.trace = Some(row);
        self
    }
}

/// What became of a row.
#[derive(Debug)]
pub struct RowTold<'a> {
    /// Number of the row, from 1, the header not counted.
    pub row: u64,
    /// Where it stands.
    pub place: &'a Place,
    /// What it gave.
    pub gave: Result<&'a Given, &'a RowRefused>,
    /// Its way, where [`Options::trace`] asked for it.
    pub trace: Option<Trace>,
    /// How much of the file is read, of how much: bytes of the file, about.
    pub progress: (u64, u64),
}

/// Writes the events of a CSV, XLSX or JSON file as JSON lines; `file` is its name in messages. `told` hears of every row.
///
/// # Errors
/// [`ConvertError`] where the input cannot be read or lacks a column, or the output cannot be written.
pub fn convert(
    mapping: &Mapping,
    file: &str,
    input: impl Read + Seek,
    mut output: impl Write,
    options: &Options,
    told: &mut dyn FnMut(&RowTold<'_>),
) -> Result<Summary, ConvertError> {
    let mut rows = Rows {
        mapping,
        file,
        options,
        memory: Memory::default(),
        summary: Summary::default(),
        output: &mut output,
        told,
        letters: Vec::new(),
        bytes: 0,
    };
    source::read(input, &mut rows)?;
    let summary = rows.summary;
    output.flush()?;
    Ok(summary)
}

/// What the sources of rows hand them to.
pub(super) struct Rows<'a> {
    pub(super) mapping: &'a Mapping,
    pub(super) file: &'a str,
    options: &'a Options,
    memory: Memory,
    pub(super) summary: Summary,
    output: &'a mut dyn Write,
    told: &'a mut dyn FnMut(&RowTold<'_>),
    /// Letters of the mapping's columns, in a workbook.
    pub(super) letters: Vec<Option<String>>,
    /// Length of the file.
    pub(super) bytes: u64,
}

impl Rows<'_> {
    pub(super) fn sheet(&self) -> Option<&str> {
        self.options.sheet.as_deref().or(self.mapping.sheet.as_deref())
    }

    pub(super) fn encoding(&self) -> Option<&'static Encoding> {
        self.options.encoding.unwrap_or(self.mapping.encoding)
    }

    pub(super) fn failed(&self, error: std::io::Error) -> ConvertError {
        ConvertError::Input { file: self.file.to_owned(), error }
    }

    /// Says in the summary that rows stand above the header: nothing is passed over in silence.
    pub(super) fn note_header(&mut self, above: usize) {
        match above {
            0 => {}
            1 => self.summary.input.push_str(", a row above the header passed over"),
            more => self.summary.input.push_str(&format!(", {more} rows above the header passed over")),
        }
    }

    /// Takes a row: the cells of the mapping's columns, or why they cannot be had.
    pub(super) fn take(
        &mut self,
        mut place: Place,
        read_bytes: u64,
        cells: Result<Vec<String>, Reason>,
    ) -> Result<(), ConvertError> {
        self.memory.rows += 1;
        let row = self.memory.rows;
        let mut trace = None;
        let gave = match cells {
            Ok(mut cells) => {
                self.mapping.veil(&mut cells);
                if self.options.trace == Some(row) {
                    trace = Some(self.mapping.trace(cells.clone(), &self.memory));
                }
                self.mapping.row(cells, &mut self.memory)
            }
            Err(reason) => Err(reason),
        };
        self.count(&gave)?;
        let refused;
        let gave = match &gave {
            Ok(given) => Ok(given),
            Err(reason) => {
                if let Place::Sheet { letters, .. } = &mut place {
                    letters.clone_from(&self.letters_of(reason));
                }
                refused = RowRefused { file: self.file.to_owned(), row, place: place.clone(), reason: reason.clone() };
                Err(&refused)
            }
        };
        (self.told)(&RowTold { row, place: &place, gave, trace, progress: (read_bytes, self.bytes) });
        Ok(())
    }

    fn letters_of(&self, reason: &Reason) -> Option<String> {
        let column = reason.column()?;
        let at = self.mapping.columns().position(|name| name == column)?;
        self.letters.get(at).cloned().flatten()
    }

    fn count(&mut self, gave: &Result<Given, Reason>) -> Result<(), ConvertError> {
        self.summary.rows += 1;
        match gave {
            Ok(Given::Event(Written { line, .. })) => {
                self.output.write_all(line)?;
                self.output.write_all(b"\n")?;
                self.summary.events += 1;
            }
            Ok(Given::Skipped(reason)) => *self.summary.skipped.entry(reason.clone()).or_default() += 1,
            Err(_) => self.summary.refused += 1,
        }
        Ok(())
    }
}
