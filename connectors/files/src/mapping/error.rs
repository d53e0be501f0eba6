//! Why a mapping, a file or a row cannot be used.

use super::privacy::{covered, covered_within};
use crate::event::LineError;
use std::io;

/// A mapping that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct MappingError {
    /// File of the mapping.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong and what to do.
    pub message: String,
}

/// Why a conversion stopped. `place` is a file, with its sheet where it has sheets.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// The input cannot be read.
    #[error("`{file}` cannot be read: {error}")]
    Input {
        /// Which.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// The input has no header.
    #[error("{place} is empty: expected a header with the columns {columns}{others}")]
    Empty {
        /// Which.
        place: String,
        /// Those of the mapping.
        columns: String,
        /// Where they may be instead.
        others: String,
    },
    /// A column of the mapping is not in the header, or stands there twice.
    #[error("{place}: {problem} column `{column}`: {remedy}")]
    Header {
        /// Where.
        place: String,
        /// `no` or `two of`.
        problem: &'static str,
        /// Which.
        column: String,
        /// What to do.
        remedy: String,
    },
    /// The columns' names are spread over two rows.
    #[error(
        "{place}: rows {first} and {second} are two header rows: write one, in which every column has its own name, and \
         unmerge its cells"
    )]
    TwoHeaders {
        /// Where.
        place: String,
        /// The upper row.
        first: u64,
        /// The lower row.
        second: u64,
    },
    /// Cells of the header are merged.
    #[error("{place}: the cells {cells} of the header are merged: unmerge them, and write one name above every column")]
    MergedHeader {
        /// Where.
        place: String,
        /// Which cells.
        cells: String,
    },
    /// No such sheet.
    #[error("`{file}` has no sheet `{sheet}`: {remedy}")]
    NoSheet {
        /// Which file.
        file: String,
        /// Which sheet.
        sheet: String,
        /// What to do.
        remedy: String,
    },
    /// A file that is none of CSV, XLSX and JSON, or is damaged.
    #[error("`{file}` {problem}")]
    Form {
        /// Which.
        file: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The output cannot be written.
    #[error("the events cannot be written: {0}")]
    Output(#[from] io::Error),
}

/// Where a row stands in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a text, at a line from 1: that after the end of the row before, unless blank lines stand between.
    Line(u64),
    /// In a sheet, at a row from 1 as the program shows it; the cell where one is to blame.
    Sheet {
        /// Name of the sheet.
        sheet: String,
        /// Row, the header counted.
        row: u64,
        /// Letters of the column.
        letters: Option<String>,
    },
    /// In a JSON list, which has no lines to speak of.
    Entry,
}

/// A row that gave no event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: row {row}: {reason}", at(.place))]
pub struct RowRefused {
    /// File.
    pub file: String,
    /// Number of the row, from 1, the header not counted.
    pub row: u64,
    /// Where it stands.
    pub place: Place,
    /// Why.
    pub reason: Reason,
}

/// As it follows the name of the file: `:7`, or as a workbook has it `:Sheet1!C7`.
fn at(place: &Place) -> String {
    match place {
        Place::Line(line) => format!(":{line}"),
        Place::Sheet { sheet, row, letters } => format!(":{sheet}!{}{row}", letters.as_deref().unwrap_or_default()),
        Place::Entry => String::new(),
    }
}

/// Why a row gave no event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// More or fewer cells than columns.
    #[error("the row has {found} cells, the header {expected}: quote cells that hold the delimiter")]
    Cells {
        /// In the row.
        found: usize,
        /// In the header.
        expected: usize,
    },
    /// The file ends within the row.
    #[error("the file ends within this row ({found}): was it cut short? export or copy it again")]
    Cut {
        /// What is there, and what should be.
        found: String,
    },
    /// More bytes than a line may have.
    #[error("the row has {bytes} bytes: is a quotation mark left open?")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Not text in the encoding of the file.
    #[error("column `{column}` is not {encoding}: set `encoding` of the mapping to that of the file")]
    Encoding {
        /// Column.
        column: String,
        /// Expected encoding.
        encoding: &'static str,
    },
    /// A row in UTF-8 in a file that is otherwise in GB18030.
    #[error(
        "column `{column}` is utf-8, the file gb18030: save the whole file in one encoding, or say `encoding: gb18030` if \
         the row is right"
    )]
    Mixed {
        /// Column.
        column: String,
    },
    /// Cells that reach over several columns or rows.
    #[error("the cells {cells} are merged: unmerge them, and write the value into every row")]
    Merged {
        /// Which.
        cells: String,
    },
    /// Not JSON, or no object.
    #[error("{0}")]
    Json(String),
    /// A cell has not the form that a filter wants.
    #[error("column `{column}` is `{value}`: expected {expected}")]
    Value {
        /// Column, or named value.
        column: String,
        /// Value.
        value: String,
        /// What was expected.
        expected: String,
    },
    /// The header again.
    #[error(
        "the row repeats the names of the columns: is it a second header? delete it, and look what the rows below mean"
    )]
    HeaderAgain,
    /// A counter is read that counted nothing yet.
    #[error("column `{column}` is `{value}`: expected an earlier row that counts as `{counter}`")]
    NotCounted {
        /// The counter's key, as the mapping writes it.
        column: String,
        /// The key.
        value: String,
        /// Counter.
        counter: String,
    },
    /// What must be unique was written before.
    #[error("column `{column}` is `{value}`: row {earlier} has the same; expected one row for each")]
    Twice {
        /// The key, as the mapping writes it.
        column: String,
        /// The value.
        value: String,
        /// Number of the row that had it first.
        earlier: u64,
    },
    /// What came out is no event.
    #[error("the event is refused: {}", covered_within(&.0.to_string()))]
    Event(#[from] LineError),
}

impl Reason {
    /// A cell of a wrong form; the number of a person is not repeated.
    pub(super) fn value(column: &str, value: &str, expected: impl Into<String>) -> Self {
        Self::Value { column: column.to_owned(), value: covered(value), expected: covered_within(&expected.into()) }
    }

    /// The column, or value, that is to blame.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Value { column, .. }
            | Self::NotCounted { column, .. }
            | Self::Twice { column, .. }
            | Self::Mixed { column }
            | Self::Encoding { column, .. } => Some(column),
            _ => None,
        }
    }
}
