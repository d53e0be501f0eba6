//! Why a mapping, a file or a row cannot be used.

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

/// Why a conversion stopped.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// The input cannot be read.
    #[error("`{file}` cannot be read: {error}")]
    Input {
        /// Which.
        file: String,
        /// Why.
        error: csv::Error,
    },
    /// The input has no header.
    #[error("`{file}` is empty: expected a header with the columns {columns}")]
    Empty {
        /// Which.
        file: String,
        /// Those of the mapping.
        columns: String,
    },
    /// A column of the mapping is not in the header, or stands there twice.
    #[error("`{file}` line 1: {problem} column `{column}`: {remedy}")]
    Header {
        /// Which.
        file: String,
        /// `no` or `two of`.
        problem: &'static str,
        /// Which.
        column: String,
        /// What to do.
        remedy: String,
    },
    /// The output cannot be written.
    #[error("the events cannot be written: {0}")]
    Output(#[from] io::Error),
}

/// A row that gave no event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: row {row}: {reason}")]
pub struct RowRefused {
    /// File.
    pub file: String,
    /// Number of the row, from 1, the header not counted.
    pub row: u64,
    /// Line after the end of the row before, from 1: its own, unless blank lines stand between.
    pub line: u64,
    /// Why.
    pub reason: Reason,
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
    /// More bytes than a line may have.
    #[error("the row has {bytes} bytes: is a quotation mark left open?")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Not text in the mapping's encoding.
    #[error("column `{column}` is not {encoding}: set `encoding` of the mapping to that of the file")]
    Encoding {
        /// Column.
        column: String,
        /// Expected encoding.
        encoding: &'static str,
    },
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
    /// What came out is no event.
    #[error("the event is refused: {0}")]
    Event(#[from] LineError),
}
