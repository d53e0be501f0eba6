//! Entries of a log as bytes in memory, one after another.

use heng_core::{Control, Event};
use heng_log::codec::{self, Envelope};
use heng_model::Day;

/// Bytes of entries, and where each ends.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    scratch: Vec<u8>,
}

impl Entries {
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn push(&mut self, entry: &[u8]) {
        self.bytes.extend_from_slice(entry);
        self.ends.push(self.bytes.len());
    }

    pub(crate) fn event(&mut self, known_ms: i64, event: &Event<'_>) -> anyhow::Result<()> {
        let subject = event.subject.to_string();
        let envelope = Envelope { known_ms, subject_as_sent: &subject, ..Envelope::default() };
        let mut scratch = std::mem::take(&mut self.scratch);
        codec::encode_event(&mut scratch, &envelope, event)?;
        self.push(&scratch);
        self.scratch = scratch;
        Ok(())
    }

    pub(crate) fn control(&mut self, known_ms: i64, control: &Control<'_>) -> anyhow::Result<()> {
        let mut scratch = std::mem::take(&mut self.scratch);
        codec::encode_control(&mut scratch, known_ms, control)?;
        self.push(&scratch);
        self.scratch = scratch;
        Ok(())
    }

    /// What begins every log: the pack, and the first day.
    pub(crate) fn begin(&mut self, known_ms: i64, today: Day, sha256: [u8; 32]) -> anyhow::Result<()> {
        let control = Control::PackActivated { pack: "cn-hubei", version: "bench", sha256, on: Day::EARLIEST };
        self.control(known_ms, &control)?;
        self.control(known_ms, &Control::DayOpened { date: today })
    }

    pub(crate) fn get(&self, at: usize) -> Option<&[u8]> {
        let start = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.bytes.get(start..*self.ends.get(at)?)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map_while(|at| self.get(at))
    }
}
