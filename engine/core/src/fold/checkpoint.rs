//! A partition's state as bytes and back: what a checkpoint holds besides its manifest.
//!
//! # Invariants
//!
//! A restored partition folds on as the one that was saved. The table of names is not saved: the packs, activated in the
//! same order, make the same one.

use super::{Calendar, Changed, PackSource, Partition, StepError};
use heng_model::{Day, PartitionId, Position, SubjectId};

/// Number of the form of header and subjects together: a checkpoint in another one is folded anew.
const FORMAT: u8 = 3;

/// Why saved bytes do not make a partition.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The bytes are not a partition's header.
    #[error("the partition's header has another form than this release writes")]
    Header,
    /// The bytes are not a subject's state.
    #[error("the state of subject `{0}` has another form than this release writes")]
    Subject(String),
    /// A pack does not load.
    #[error(transparent)]
    Pack(#[from] StepError),
}

impl Partition {
    /// What belongs to no subject, for the manifest.
    #[must_use]
    pub fn header(&self) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        bytes.extend_from_slice(&self.known_ms.to_le_bytes());
        bytes.extend_from_slice(&self.fold_version.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(self.packs.len()).unwrap_or(u32::MAX).to_le_bytes());
        for sha256 in &self.packs {
            bytes.extend_from_slice(sha256);
        }
        for (on, sha256, name) in &self.pending {
            bytes.extend_from_slice(&on.number().to_le_bytes());
            bytes.extend_from_slice(sha256);
            bytes.extend_from_slice(&u32::try_from(name.len()).unwrap_or(u32::MAX).to_le_bytes());
            bytes.extend_from_slice(name.as_bytes());
        }
        bytes
    }

    /// The subjects changed since the last call, as they are.
    pub fn take_changed(&mut self) -> Changed {
        self.subjects.take_changed()
    }

    /// What was taken was not saved: from now on every subject counts as changed.
    pub fn take_back_changed(&mut self) {
        self.subjects.change_all();
    }

    /// How many subjects changed since the last checkpoint.
    #[must_use]
    pub fn changed_len(&self) -> usize {
        self.subjects.changed_len()
    }

    /// A partition from its header and where it stood; its subjects are put back one by one.
    ///
    /// # Errors
    /// [`RestoreError`]; the state is then rebuilt from the log.
    pub fn restore(
        id: PartitionId,
        partitions: u16,
        stood: (u64, u64, Option<Day>),
        header: &[u8],
        packs: &dyn PackSource,
    ) -> Result<Self, RestoreError> {
        let mut partition = Self::new(id, partitions);
        let (next_offset, next_seq, day) = stood;
        let mut rest = header.strip_prefix(&[FORMAT]).ok_or(RestoreError::Header)?;
        partition.known_ms = i64::from_le_bytes(take(&mut rest)?);
        let fold_version = u32::from_le_bytes(take(&mut rest)?);
        let activated = u32::from_le_bytes(take(&mut rest)?);
        let position = Position { partition: id, offset: next_offset };
        for _ in 0..activated {
            let sha256 = take(&mut rest)?;
            partition.program = Some(partition.load_pack(position, sha256, "of the checkpoint", packs)?);
        }
        while !rest.is_empty() {
            let on = Day::from_number(i32::from_le_bytes(take(&mut rest)?));
            let sha256 = take(&mut rest)?;
            let length = usize::try_from(u32::from_le_bytes(take(&mut rest)?)).map_err(|_| RestoreError::Header)?;
            let (name, after) = rest.split_at_checked(length).ok_or(RestoreError::Header)?;
            rest = after;
            let name = str::from_utf8(name).map_err(|_| RestoreError::Header)?;
            partition.pending.push((on, sha256, name.to_owned()));
        }
        (partition.next_offset, partition.next_seq) = (next_offset, next_seq);
        (partition.day, partition.fold_version) = (day, fold_version);
        partition.calendar = Calendar::default();
        Ok(partition)
    }

    /// Puts a subject back.
    ///
    /// # Errors
    /// [`RestoreError::Subject`].
    pub fn put_back(&mut self, key: &[u8], value: &[u8]) -> Result<(), RestoreError> {
        let bad = || RestoreError::Subject(String::from_utf8_lossy(key).into_owned());
        let id: SubjectId = str::from_utf8(key).ok().and_then(|key| key.parse().ok()).ok_or_else(bad)?;
        let number = self.subjects.put_back(id, value).ok_or_else(bad)?;
        if let Some(day) = self.subjects.wake(number) {
            self.calendar.put(day, number);
        }
        Ok(())
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], RestoreError> {
    let (taken, after) = rest.split_first_chunk::<N>().ok_or(RestoreError::Header)?;
    *rest = after;
    Ok(*taken)
}
