//! The manifest in a small file beside sled: what makes a checkpoint complete, and which runs it is made of.
//!
//! # Invariants
//!
//! This file alone commits a checkpoint. It lies outside sled, so that a sled which opens empty is seen as a loss and
//! not as a beginning. SHA-256 over all of it comes last.

use crate::fields::Fields;
use crate::run::Run;
use heng_model::checkpoint::{Damage, Manifest, Progress, StateSum};
use heng_model::{Day, PartitionId};
use sha2::{Digest, Sha256};

pub(crate) const NAME: &str = "manifest";
const MAGIC: [u8; 8] = *b"hengckp2";

/// A manifest, and what it says to the store alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) manifest: Manifest,
    /// The runs, from the oldest on, that have its values.
    pub(crate) runs: Vec<Run>,
    /// The manifest file that it replaced.
    pub(crate) before: Option<Witness>,
}

/// What tells one manifest file from every other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Witness {
    pub(crate) number: u64,
    pub(crate) digest: [u8; 32],
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The witness of a manifest's file.
pub(crate) fn witness(kept: &Kept, file: &[u8]) -> Witness {
    Witness { number: kept.manifest.progress.number, digest: digest(file) }
}

pub(crate) fn encode(Kept { manifest, runs, before }: &Kept) -> Vec<u8> {
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
    bytes.push(u8::from(before.is_some()));
    let Witness { number, digest: of } = before.unwrap_or(Witness { number: 0, digest: [0; 32] });
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes.extend_from_slice(&of);
    bytes.extend_from_slice(&u32::try_from(runs.len()).unwrap_or(u32::MAX).to_le_bytes());
    for Run { number, blocks, bytes: size } in runs {
        bytes.extend_from_slice(&number.to_le_bytes());
        bytes.extend_from_slice(&blocks.to_le_bytes());
        bytes.extend_from_slice(&size.to_le_bytes());
    }
    bytes.extend_from_slice(header);
    bytes.extend_from_slice(&digest(&bytes));
    bytes
}

pub(crate) fn decode(partition: PartitionId, bytes: &[u8]) -> Result<Kept, Damage> {
    let damaged = |detail: &str| Damage::ManifestDamaged { detail: detail.to_owned() };
    let (body, checksum) = bytes.split_last_chunk::<32>().ok_or_else(|| damaged("it is too short"))?;
    if *checksum != digest(body) {
        return Err(damaged("its checksum differs"));
    }
    let kept = fields(&mut Fields(body)).ok_or_else(|| damaged("it has another form"))?;
    let of = kept.manifest.progress.partition;
    if of != partition {
        return Err(damaged(&format!("it is that of partition {of}")));
    }
    Ok(kept)
}

fn fields(fields: &mut Fields<'_>) -> Option<Kept> {
    if fields.take()? != MAGIC {
        return None;
    }
    let partition = PartitionId::from_le_bytes(fields.take()?);
    let number = fields.take_u64()?;
    let position = fields.take_u64()?;
    let seq = fields.take_u64()?;
    let has_day = fields.take_u8()? == 1;
    let day = i32::from_le_bytes(fields.take()?);
    let fold_version = fields.take_u32()?;
    let count = fields.take_u64()?;
    let sum = StateSum::from_bytes(&fields.take()?);
    let has_before = fields.take_u8()? == 1;
    let before = Witness { number: fields.take_u64()?, digest: fields.take()? };
    let before = has_before.then_some(before);
    let runs = (0..fields.take_u32()?)
        .map(|_| Some(Run { number: fields.take_u64()?, blocks: fields.take_u32()?, bytes: fields.take_u64()? }));
    let runs = runs.collect::<Option<_>>()?;
    let day = has_day.then_some(Day::from_number(day));
    let progress = Progress { partition, number, position, seq, day, fold_version, header: fields.0.to_vec() };
    Some(Kept { manifest: Manifest { progress, count, sum }, runs, before })
}
