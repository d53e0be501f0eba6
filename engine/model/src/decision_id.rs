//! The identity of a decision: stable across replays, packs and merges.

use crate::{Day, SubjectId};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// SHA-256 over the length-prefixed subject as first issued, rule id and key; written in lower-case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DecisionId(pub [u8; 32]);

/// What a decision of a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecisionKey<'a> {
    /// A rule on records: the record, named by its source and id.
    Record {
        /// `CloudEvents` source that recorded it.
        source: &'a str,
        /// The source's name for the record.
        record: &'a str,
    },
    /// A rule on a condition: the first day of the run, before any cut.
    Run(Day),
}

/// Room made for the parts of an id: most need no more.
const PARTS_BYTES_EXPECTED: usize = 256;

impl DecisionId {
    /// The id of the decision of `rule` about `key`; `subject` is the canonical subject as first issued.
    ///
    /// Each part is preceded by its length in bytes as a big-endian `u32`; a day is written `YYYY-MM-DD`.
    #[must_use]
    pub fn derive(subject: &SubjectId, rule: &str, key: DecisionKey<'_>) -> Self {
        let mut parts = Vec::with_capacity(PARTS_BYTES_EXPECTED);
        let mut part = |text: &str| {
            parts.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
            parts.extend_from_slice(text.as_bytes());
        };
        part(&subject.text());
        part(rule);
        match key {
            DecisionKey::Record { source, record } => {
                part(source);
                part(record);
            }
            DecisionKey::Run(first) => part(&first.to_string()),
        }
        Self(Sha256::digest(&parts).into())
    }
}

impl fmt::Display for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 64];
        hex::encode_to_slice(self.0, &mut digits).map_err(|_| fmt::Error)?;
        f.write_str(str::from_utf8(&digits).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a decision id: 64 hexadecimal digits")]
pub struct ParseDecisionIdError(String);

impl FromStr for DecisionId {
    type Err = ParseDecisionIdError;

    fn from_str(text: &str) -> Result<Self, ParseDecisionIdError> {
        let bad = || ParseDecisionIdError(text.to_owned());
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(bad());
        }
        let mut id = [0; 32];
        for (at, byte) in id.iter_mut().enumerate() {
            let pair = text.get(at * 2..at * 2 + 2).ok_or_else(bad)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| bad())?;
        }
        Ok(Self(id))
    }
}
