//! One version of one value, as it lies in the store.
//!
//! # Invariants
//!
//! The CRC-32C covers where the record lies (partition, slot, key) besides what it says: sound bytes in a wrong place
//! are damage too.

use crate::fields::Fields;
use heng_model::PartitionId;
use heng_model::checkpoint::Damage;

/// Where a record lies.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) partition: PartitionId,
    pub(crate) slot: u8,
    pub(crate) key: &'a [u8],
}

/// A value as of a checkpoint; none says that the key was deleted then.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    pub(crate) number: u64,
    pub(crate) value: Option<&'a [u8]>,
}

const DELETED: u8 = 0;
const LIVE: u8 = 1;

impl Place<'_> {
    fn checksum(self, body: &[u8]) -> u32 {
        let mut place = [0_u8; 7];
        let [p1, p2, s, k1, k2, k3, k4] = &mut place;
        [*p1, *p2] = self.partition.to_le_bytes();
        *s = self.slot;
        // Keys are bounded far below 2^32; a longer one could only weaken the separation of key and body.
        [*k1, *k2, *k3, *k4] = u32::try_from(self.key.len()).unwrap_or(u32::MAX).to_le_bytes();
        crc32c::crc32c_append(crc32c::crc32c_append(crc32c::crc32c(&place), self.key), body)
    }

    pub(crate) fn damaged(self, detail: &'static str) -> Damage {
        let key = self.key.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        Damage::ValueDamaged { key, detail }
    }
}

/// The bytes of a record: checksum, number, kind, value.
pub(crate) fn encode(place: Place<'_>, record: &Record<'_>) -> Vec<u8> {
    let mut bytes = vec![0_u8; 4];
    bytes.extend_from_slice(&record.number.to_le_bytes());
    bytes.push(if record.value.is_some() { LIVE } else { DELETED });
    bytes.extend_from_slice(record.value.unwrap_or_default());
    if let Some((checksum, body)) = bytes.split_first_chunk_mut::<4>() {
        *checksum = place.checksum(body).to_le_bytes();
    }
    bytes
}

pub(crate) fn decode<'a>(place: Place<'_>, bytes: &'a [u8]) -> Result<Record<'a>, Damage> {
    let mut fields = Fields(bytes);
    let checksum = fields.take().map(u32::from_le_bytes).ok_or_else(|| place.damaged("it is too short"))?;
    if checksum != place.checksum(fields.0) {
        return Err(place.damaged("its checksum differs"));
    }
    let number = fields.take_u64().ok_or_else(|| place.damaged("it is too short"))?;
    match fields.take_u8() {
        Some(LIVE) => Ok(Record { number, value: Some(fields.0) }),
        Some(DELETED) if fields.0.is_empty() => Ok(Record { number, value: None }),
        _ => Err(place.damaged("it is of an unknown kind")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    const HOME: Place<'_> = Place { partition: 2, slot: 1, key: b"91350100M000100Y43" };

    #[test]
    fn a_record_comes_back() {
        for value in [None, Some(&b""[..]), Some(b"state")] {
            let bytes = encode(HOME, &Record { number: 7, value });
            assert_eq!(decode(HOME, &bytes).unwrap(), Record { number: 7, value });
        }
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_seen() {
        let bytes = encode(HOME, &Record { number: 7, value: Some(b"state") });
        for at in 0..bytes.len() {
            assert!(decode(HOME, &bytes[..at]).is_err(), "cut at {at}");
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                assert!(decode(HOME, &flipped).is_err(), "bit {bit} of byte {at}");
            }
        }
    }

    #[test]
    fn a_sound_record_in_a_wrong_place_is_damage() {
        let bytes = encode(HOME, &Record { number: 7, value: Some(b"state") });
        for place in [Place { partition: 3, ..HOME }, Place { slot: 0, ..HOME }, Place { key: b"other", ..HOME }] {
            assert!(decode(place, &bytes).is_err());
        }
    }
}
