//! A reader of Protobuf's wire format that borrows instead of copying.
//!
//! # Invariants
//!
//! Unknown fields are skipped and of a repeated scalar field the last one counts, as in every Protobuf reader; groups,
//! which Heng never writes, are refused. Never reads past the slice it was given.

use super::error::Defect;
use ascii::AsAsciiStr;
use heng_model::{Day, DecisionId};

/// The fields of a message, in the order of their bytes.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

/// A field with the value it carries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) number: u32,
    value: Value<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Value<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    /// 32 or 64 bits: no message of Heng has them, so they can only belong to unknown fields.
    Fixed,
}

impl<'a> Reader<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// How many bytes have not been read.
    pub(super) fn rest_len(&self) -> usize {
        self.rest.len()
    }

    /// The next field; `None` at the end of the message.
    ///
    /// Inlined into every loop over a message: as a call it costs as much again as all else that reads a body.
    #[inline(always)]
    pub(super) fn field(&mut self) -> Result<Option<Field<'a>>, Defect> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = u32::try_from(self.varint()?).map_err(|_| Defect::Varint)?;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| Defect::CutShort)?;
                Value::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            other => return Err(Defect::WireType(other)),
        };
        match tag >> 3 {
            0 => Err(Defect::Varint),
            number => Ok(Some(Field { number, value })),
        }
    }

    #[inline]
    fn take(&mut self, length: usize) -> Result<&'a [u8], Defect> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Defect::CutShort)?;
        self.rest = rest;
        Ok(taken)
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, Defect> {
        match self.rest {
            [byte, rest @ ..] if *byte < 0x80 => {
                self.rest = rest;
                Ok(u64::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, Defect> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte, rest @ ..] = self.rest else { return Err(Defect::CutShort) };
            self.rest = rest;
            let bits = u64::from(byte & 0x7f);
            // Of the tenth byte only the lowest bit fits.
            if shift == 63 && bits > 1 {
                return Err(Defect::Varint);
            }
            number |= bits << shift;
            if *byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Defect::Varint)
    }
}

impl<'a> Field<'a> {
    #[inline]
    fn varint(self) -> Result<u64, Defect> {
        match self.value {
            Value::Varint(number) => Ok(number),
            _ => Err(Defect::Form(self.number)),
        }
    }

    #[inline]
    pub(super) fn bytes(self) -> Result<&'a [u8], Defect> {
        match self.value {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(Defect::Form(self.number)),
        }
    }

    #[inline]
    pub(super) fn text(self) -> Result<&'a str, Defect> {
        let bytes = self.bytes()?;
        // Nearly every text is short and ASCII; that takes half as long to see as that it is UTF-8.
        match bytes.as_ascii_str() {
            Ok(text) => Ok(text.as_str()),
            Err(_) => str::from_utf8(bytes).map_err(|_| Defect::Text(self.number)),
        }
    }

    pub(super) fn flag(self) -> Result<bool, Defect> {
        Ok(self.varint()? != 0)
    }

    pub(super) fn uint64(self) -> Result<u64, Defect> {
        self.varint()
    }

    pub(super) fn uint32(self) -> Result<u32, Defect> {
        u32::try_from(self.varint()?).map_err(|_| Defect::Range(self.number))
    }

    pub(super) fn int64(self) -> Result<i64, Defect> {
        Ok(self.varint()?.cast_signed())
    }

    pub(super) fn sint64(self) -> Result<i64, Defect> {
        let number = self.varint()?;
        Ok((number >> 1).cast_signed() ^ -((number & 1).cast_signed()))
    }

    /// A civil day: sint32 days since 1970-01-01.
    pub(super) fn day(self) -> Result<Day, Defect> {
        let number = i32::try_from(self.sint64()?).map_err(|_| Defect::Range(self.number))?;
        Ok(Day::from_number(number))
    }

    /// A SHA-256 hash.
    pub(super) fn hash(self) -> Result<[u8; 32], Defect> {
        hash(self.bytes()?)
    }

    pub(super) fn decision_id(self) -> Result<DecisionId, Defect> {
        self.hash().map(DecisionId)
    }

    /// One of two values of an enum: 1 is true, 2 is false.
    pub(super) fn either(self) -> Result<bool, Defect> {
        match self.uint32()? {
            1 => Ok(true),
            2 => Ok(false),
            value => Err(Defect::Value { field: self.number, value }),
        }
    }
}

pub(super) fn hash(bytes: &[u8]) -> Result<[u8; 32], Defect> {
    bytes.try_into().map_err(|_| Defect::Hash(bytes.len()))
}
