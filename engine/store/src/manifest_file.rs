//! The manifest in a small file beside sled: what makes a checkpoint complete.
//!
//! # Invariants
//!
//! This file alone commits a checkpoint. It lies outside sled, so that a sled which opens empty is seen as a loss and
//! not as a beginning. SHA-256 over all of it comes last.

use crate::fields::Fields;
use heng_model::checkpoint::{Damage, Manifest, Progress, StateSum};
use heng_model::{Day, PartitionId};
use sha2::{Digest, Sha256};

pub(crate) const NAME: &str = "manifest";
const MAGIC: [u8; 8] = *b"hengckp1";

pub(crate) fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub(crate) fn encode(manifest: &Manifest) -> Vec<u8> {
    let Progress { partition, number, position, seq, day, fold_version, header } = &manifest.progress;
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&partition.to_le_bytes());
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes.extend_from_slice(&position.to_le_bytes());
    bytes.extend_from_slice(&seq.to_le_bytes());
    bytes.push(u8::from(day.is_some()));
    bytes.extend_from_slice(&day.map_or(0, Day::number).to_le_bytes());
    bytes.extend_from_slice(&fold_version.to_le_bytes());
    bytes.extend_from_slice(&manifest.count.to_le_bytes());
    bytes.extend_from_slice(&manifest.sum.to_bytes());
    bytes.extend_from_slice(header);
    bytes.extend_from_slice(&digest(&bytes));
    bytes
}

pub(crate) fn decode(partition: PartitionId, bytes: &[u8]) -> Result<Manifest, Damage> {
    let damaged = |detail: &str| Damage::ManifestDamaged { detail: detail.to_owned() };
    let (body, checksum) = bytes.split_last_chunk::<32>().ok_or_else(|| damaged("it is too short"))?;
    if *checksum != digest(body) {
        return Err(damaged("its checksum differs"));
    }
    let manifest = fields(&mut Fields(body)).ok_or_else(|| damaged("it has another form"))?;
    if manifest.progress.partition != partition {
        return Err(damaged(&format!("it is that of partition {}", manifest.progress.partition)));
    }
    Ok(manifest)
}

fn fields(fields: &mut Fields<'_>) -> Option<Manifest> {
    if fields.take()? != MAGIC {
        return None;
    }
    let partition = PartitionId::from_le_bytes(fields.take()?);
    let number = fields.take_u64()?;
    let position = fields.take_u64()?;
    let seq = fields.take_u64()?;
    let has_day = fields.take_u8()? == 1;
    let day = i32::from_le_bytes(fields.take()?);
    let fold_version = u32::from_le_bytes(fields.take()?);
    let count = fields.take_u64()?;
    let sum = StateSum::from_bytes(&fields.take()?);
    let day = has_day.then_some(Day::from_number(day));
    let progress = Progress { partition, number, position, seq, day, fold_version, header: fields.0.to_vec() };
    Some(Manifest { progress, count, sum })
}
