//! The content of a simulated file, and what a power cut makes of it.
//!
//! # Invariants
//!
//! `live` is `durable` with the pending changes applied, and with those that a failed sync forgot.

use super::CrashKeep;

/// Smallest part of a write that [`CrashKeep::Sectors`] keeps or drops.
const SECTOR_BYTES: u64 = 512;

/// A file's content, as it is read and as it would survive.
#[derive(Debug, Clone, Default)]
pub(super) struct Inode {
    pub(super) live: Vec<u8>,
    pub(super) durable: Vec<u8>,
    pub(super) pending: Vec<Change>,
}

/// A change to a file's content.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Write { at: u64, bytes: Vec<u8> },
    Truncate { len: u64 },
}

impl Inode {
    pub(super) fn change(&mut self, change: Change) {
        change.apply(&mut self.live);
        self.pending.push(change);
    }

    pub(super) fn lose_power(&mut self, keep: CrashKeep, written_last: bool, coin: &mut Coin) {
        let mut pending = std::mem::take(&mut self.pending);
        match keep {
            CrashKeep::Synced => pending.clear(),
            CrashKeep::All => {}
            CrashKeep::Torn { bytes: kept } => {
                if written_last && let Some(Change::Write { bytes, .. }) = pending.last_mut() {
                    bytes.truncate(kept);
                }
            }
            CrashKeep::Sectors { .. } => pending = pending.iter().flat_map(|change| change.sectors(coin)).collect(),
        }
        pending.iter().for_each(|change| change.apply(&mut self.durable));
        self.live.clone_from(&self.durable);
    }
}

impl Change {
    pub(super) fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Truncate { len } => content.truncate(usize::try_from(*len).unwrap_or(usize::MAX)),
            Self::Write { bytes, .. } if bytes.is_empty() => {}
            Self::Write { at, bytes } => {
                let start = usize::try_from(*at).unwrap_or(usize::MAX);
                let end = start.saturating_add(bytes.len());
                if content.len() < end {
                    content.resize(end, 0);
                }
                if let Some(place) = content.get_mut(start..end) {
                    place.copy_from_slice(bytes);
                }
            }
        }
    }

    /// The parts of a change that a cache happened to write before the power went.
    fn sectors(&self, coin: &mut Coin) -> Vec<Self> {
        let Self::Write { at, bytes } = self else { return vec![self.clone()] };
        let (mut parts, mut rest, mut place) = (Vec::new(), bytes.as_slice(), *at);
        while !rest.is_empty() {
            let left_in_sector = usize::try_from(SECTOR_BYTES - place % SECTOR_BYTES).unwrap_or(1);
            let (sector, after) = rest.split_at_checked(left_in_sector).unwrap_or((rest, &[]));
            if coin.toss() {
                parts.push(Self::Write { at: place, bytes: sector.to_vec() });
            }
            place += sector.len() as u64;
            rest = after;
        }
        parts
    }
}

/// Draws from a seed (splitmix64).
pub(super) struct Coin(u64);

impl Coin {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn toss(&mut self) -> bool {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) & 1 == 1
    }
}
