//! Why bytes cannot be written or read.

use crate::journal::ENTRY_BYTES_MAX;
use heng_model::{ParseSubjectIdError, Position};

/// Why a value has no bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The entry would be longer than the log takes.
    #[error("the {what} would have `{bytes}` bytes, the log takes at most {ENTRY_BYTES_MAX}")]
    TooLong {
        /// Event type, or `decision`.
        what: &'static str,
        /// Bytes it would have.
        bytes: usize,
    },
    /// A value is nested deeper than readers follow.
    #[error("field `{field}` nests its lists more than {depth_max} deep")]
    TooDeep {
        /// Field.
        field: String,
        /// The limit.
        depth_max: u32,
    },
}

/// Why an entry of the log cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {position}: {cause}")]
pub struct DecodeEntryError {
    /// Where it stands.
    pub position: Position,
    /// What is wrong with it.
    #[source]
    pub cause: DecodeError,
}

/// Why the bytes of an entry or a body cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A format that this release does not read.
    #[error("format `{found}` of the entry is unknown, this release reads {newest}: a newer release of heng is needed")]
    Format {
        /// As found.
        found: u32,
        /// The newest that this release reads.
        newest: u32,
    },
    /// A kind of entry that this release does not know.
    #[error("kind `{0}` of the entry is unknown: a newer release of heng is needed")]
    Kind(u32),
    /// A type that this release does not know.
    #[error("type `{type_name}` (schema `{schema}`) is unknown: a newer release of heng is needed")]
    Type {
        /// As found.
        type_name: String,
        /// As found.
        schema: u32,
    },
    /// A schema that this release does not read.
    #[error(
        "schema `{schema}` of `{type_name}` is unknown, this release reads {newest}: a newer release of heng is needed"
    )]
    Schema {
        /// As found.
        type_name: String,
        /// As found.
        schema: u32,
        /// The newest that this release reads.
        newest: u32,
    },
    /// The entry around the body is damaged.
    #[error("the entry is malformed: {0}")]
    Head(#[source] Defect),
    /// The body is damaged, or was never one of this type.
    #[error("the body of `{type_name}` is malformed: {defect}")]
    Body {
        /// Event type.
        type_name: String,
        /// What is wrong with it.
        #[source]
        defect: Defect,
    },
}

/// Why the bytes of a decision cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeDecisionError {
    /// A format that this release does not read.
    #[error(
        "format `{found}` of the decision is unknown, this release reads {newest}: a newer release of heng is needed"
    )]
    Format {
        /// As found.
        found: u32,
        /// The newest that this release reads.
        newest: u32,
    },
    /// The bytes are damaged.
    #[error("the decision is malformed: {0}")]
    Malformed(#[from] Defect),
}

/// What is wrong with the bytes of a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// The message ends inside a field.
    #[error("it ends inside a field")]
    CutShort,
    /// A number of more than 64 bits, or a field without a number.
    #[error("a number in it is no varint that a message has")]
    Varint,
    /// A wire type that Protobuf does not have, or a group.
    #[error("wire type `{0}` is none that heng writes")]
    WireType(u32),
    /// The field has another wire type than its schema says.
    #[error("field {0} has another wire type than its schema says")]
    Form(u32),
    /// A number beyond its field's range.
    #[error("the number in field {0} is out of range")]
    Range(u32),
    /// Text that is not UTF-8.
    #[error("field {0} is not UTF-8")]
    Text(u32),
    /// An enum value that the schema does not have.
    #[error("field {field} has the unknown value `{value}`")]
    Value {
        /// Field number.
        field: u32,
        /// As found.
        value: u32,
    },
    /// A hash or an id of another length.
    #[error("`{0}` bytes stand where 32 belong")]
    Hash(usize),
    /// Lists nested deeper than readers follow.
    #[error("it nests lists too deep")]
    TooDeep,
    /// Intervals that are not sorted runs, no two of which touch.
    #[error("its days are not sorted runs apart from one another")]
    Days,
    /// A part that is never left out.
    #[error("it has no `{0}`")]
    Absent(&'static str),
    /// A partition beyond the range of partitions.
    #[error("`{0}` is not a partition")]
    Partition(u32),
    /// A subject that is none.
    #[error(transparent)]
    Subject(Box<ParseSubjectIdError>),
    /// Bytes that Protobuf itself refuses.
    #[error("{0}")]
    Protobuf(#[from] prost::DecodeError),
}

/// Boxed, since a small error makes every read of a field faster.
impl From<ParseSubjectIdError> for Defect {
    fn from(error: ParseSubjectIdError) -> Self {
        Self::Subject(Box::new(error))
    }
}
