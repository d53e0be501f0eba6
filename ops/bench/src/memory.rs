//! What the state takes in memory: as the kernel counts it, and as the sum of its parts.

use heng_core::{Partition, Subject, codec};
use heng_model::SubjectId;

/// Resident memory of this process, in bytes; `None` where there is no `/proc`.
pub(crate) fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Bytes of all subjects at rest, by their parts; what the allocator adds is not in it.
#[derive(Debug, Default)]
pub(crate) struct Room {
    pub(crate) parts: [(&'static str, u64); 5],
    pub(crate) records: u64,
    pub(crate) decisions: u64,
}

impl Room {
    pub(crate) fn total(&self) -> u64 {
        self.parts.iter().map(|(_, bytes)| bytes).sum()
    }

    pub(crate) fn of(partition: &Partition) -> Self {
        let mut room = Self::default();
        for (_, subject) in partition.subjects() {
            room.add(&subject);
        }
        room
    }

    fn add(&mut self, subject: &Subject) {
        let records = subject.records.len() * codec::RECORD_BYTES;
        let decisions = subject.decisions.len() * codec::DECISION_BYTES;
        let seen = subject.seen.len() * codec::SEEN_BYTES;
        let rest = codec::encode(subject).len() - records - decisions - seen;
        let parts = [
            // The register's entry (hash, id, packed bytes, what is rare) and its place in the table.
            ("register", 8 + size_of::<SubjectId>() + size_of::<Box<[u8]>>() + 8 + 16),
            ("records", records),
            ("events seen", seen),
            ("decisions", decisions),
            ("header, names, fields, profile, rare", rest),
        ];
        for (sum, (name, bytes)) in self.parts.iter_mut().zip(parts) {
            *sum = (name, sum.1 + bytes as u64);
        }
        self.records += subject.records.len() as u64;
        self.decisions += subject.decisions.len() as u64;
    }
}
