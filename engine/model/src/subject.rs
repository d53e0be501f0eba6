//! Whom events are about.

use crate::uscc::{ParseUsccError, Uscc};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// Kind of a subject: decides which items may be about it and which measures may bind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubjectKind {
    /// 企业
    Enterprise,
    /// 个体工商户
    IndividualBusiness,
    /// 农民专业合作社
    Cooperative,
    /// 事业单位
    Institution,
    /// 社会组织
    SocialOrganisation,
    /// 机关
    GovernmentBody,
    /// 自然人，仅以其职务或执业身份
    Person,
}

impl SubjectKind {
    /// Every kind, in the order of the model.
    pub const ALL: [SubjectKind; 7] = [
        Self::Enterprise,
        Self::IndividualBusiness,
        Self::Cooperative,
        Self::Institution,
        Self::SocialOrganisation,
        Self::GovernmentBody,
        Self::Person,
    ];

    /// The word for it in packs and events.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Enterprise => "enterprise",
            Self::IndividualBusiness => "individual_business",
            Self::Cooperative => "cooperative",
            Self::Institution => "institution",
            Self::SocialOrganisation => "social_organisation",
            Self::GovernmentBody => "government_body",
            Self::Person => "person",
        }
    }

    /// The kind that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// The canonical id of a subject.
///
/// A valid unified social credit code; or a natural person's pseudonym, `P-` and 32 hexadecimal digits; or an
/// identifier of a scheme that a pack declares, written `scheme:code`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectId(Inner);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Inner {
    Uscc(Uscc),
    Person([u8; 16]),
    Scheme(Box<str>),
}

/// Why a text names no subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseSubjectIdError {
    /// It looks like a unified social credit code and is none.
    #[error(transparent)]
    Uscc(#[from] ParseUsccError),
    /// It starts with `P-` and is no pseudonym.
    #[error("`{0}` is not a pseudonym: write P- and 32 hexadecimal digits")]
    Pseudonym(String),
    /// It is `scheme:code` with an empty, odd or over-long part.
    #[error("`{0}` is not an identifier of the form scheme:code (scheme in a-z, 0-9, _; code of 1 to 64 characters)")]
    Scheme(String),
}

/// Longest code of a declared scheme, in characters.
pub const SCHEME_CODE_CHARS_MAX: usize = 64;

impl SubjectId {
    /// The unified social credit code, if the subject is named by one.
    #[must_use]
    pub fn uscc(&self) -> Option<&Uscc> {
        match &self.0 {
            Inner::Uscc(code) => Some(code),
            _ => None,
        }
    }

    /// Scheme and code, if the subject is named by a declared scheme.
    #[must_use]
    pub fn scheme(&self) -> Option<(&str, &str)> {
        match &self.0 {
            Inner::Scheme(text) => text.split_once(':'),
            _ => None,
        }
    }

    /// Is it a natural person?
    #[must_use]
    pub fn is_person(&self) -> bool {
        matches!(self.0, Inner::Person(_))
    }

    /// The id as it is written.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match &self.0 {
            Inner::Uscc(code) => Cow::Borrowed(code.as_str()),
            Inner::Person(id) => Cow::Owned(format!("P-{:032x}", u128::from_be_bytes(*id))),
            Inner::Scheme(text) => Cow::Borrowed(text),
        }
    }

    /// The kind of a subject that nobody has registered: told by the code, else by the form of the id.
    #[must_use]
    pub fn default_kind(&self) -> SubjectKind {
        match &self.0 {
            Inner::Uscc(code) => code.kind(),
            Inner::Person(_) => SubjectKind::Person,
            Inner::Scheme(_) => SubjectKind::Enterprise,
        }
    }

    /// The partition of the subject among `partitions`: murmur2 of the id, masked to 31 bits, as Kafka's Java
    /// clients place a key.
    #[must_use]
    pub fn partition(&self, partitions: u16) -> u16 {
        let hash = murmur2(self.text().as_bytes()) & 0x7fff_ffff;
        u16::try_from(hash % u32::from(partitions.max(1))).unwrap_or(0)
    }
}

fn murmur2(data: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let mut hash = 0x9747_b28c ^ length;
    let mut chunks = data.chunks_exact(4);
    for chunk in &mut chunks {
        let mut k = chunk.iter().rev().fold(0, |k, byte| (k << 8) | u32::from(*byte)).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    let tail = chunks.remainder();
    if !tail.is_empty() {
        hash ^= tail.iter().rev().fold(0, |k, byte| (k << 8) | u32::from(*byte));
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^ (hash >> 15)
}

impl FromStr for SubjectId {
    type Err = ParseSubjectIdError;

    fn from_str(text: &str) -> Result<Self, ParseSubjectIdError> {
        // Nearly every subject is one of these, and nothing else passes for it.
        if let Some(code) = Uscc::of(text) {
            return Ok(Self(Inner::Uscc(code)));
        }
        if let Some(digits) = text.strip_prefix("P-") {
            let id = parse_hex(digits).ok_or_else(|| ParseSubjectIdError::Pseudonym(text.to_owned()))?;
            return Ok(Self(Inner::Person(id)));
        }
        if let Some((scheme, code)) = text.split_once(':') {
            let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            let length = code.chars().count();
            let fits = !scheme.is_empty()
                && scheme.len() <= 16
                && scheme.chars().all(word)
                && (1..=SCHEME_CODE_CHARS_MAX).contains(&length)
                && !code.chars().any(|c| c.is_control() || c.is_whitespace());
            return if fits {
                Ok(Self(Inner::Scheme(text.into())))
            } else {
                Err(ParseSubjectIdError::Scheme(text.to_owned()))
            };
        }
        Ok(Self(Inner::Uscc(text.parse()?)))
    }
}

fn parse_hex(digits: &str) -> Option<[u8; 16]> {
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|nibble| u8::try_from(nibble).ok());
    let pairs: &[[u8; 2]; 16] = digits.as_bytes().as_chunks().0.try_into().ok().filter(|_| digits.len() == 32)?;
    let mut id = [0; 16];
    for (byte, [high, low]) in id.iter_mut().zip(pairs) {
        *byte = nibble(*high)? << 4 | nibble(*low)?;
    }
    Some(id)
}

impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl fmt::Debug for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_in_canonical_form() {
        let cases = [
            ("91420100ma49xk7p6t", "91420100MA49XK7P6T"),
            ("P-00112233445566778899AABBCCDDEEFF", "P-00112233445566778899aabbccddeeff"),
            ("wb:GRAND-678", "wb:GRAND-678"),
        ];
        for (sent, canonical) in cases {
            let id = sent.parse::<SubjectId>();
            assert_eq!(id.as_ref().map(ToString::to_string), Ok(canonical.to_owned()));
            assert_eq!(canonical.parse::<SubjectId>(), id);
        }
        for bad in ["P-0011", "P-zz112233445566778899aabbccddeeff", "wb:", ":x", "WB:1", "a b:1", "wb:a b", "hello"] {
            assert!(bad.parse::<SubjectId>().is_err(), "{bad}");
        }
    }

    /// The reference values are those of the tests of Kafka's Java client.
    #[test]
    fn murmur2_is_the_java_clients() {
        let cases: [(&[u8], i32); 7] = [
            (b"21", -973_932_308),
            (b"foobar", -790_332_482),
            (b"a-little-bit-long-string", -985_981_536),
            (b"a-little-bit-longer-string", -1_486_304_829),
            (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            (b"abc", 479_470_107),
            (b"", 275_646_681),
        ];
        for (data, hash) in cases {
            assert_eq!(murmur2(data).cast_signed(), hash, "{data:?}");
        }
    }
}
