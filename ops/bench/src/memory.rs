//! What the state takes in memory: as the kernel counts it, and as the sum of what its parts have room for.

use heng_core::subject::{Correction, Neighbour, Objection, ProfileChange, Repair, Seen};
use heng_core::{Decision, More, Partition, Record, Subject};
use heng_model::SubjectId;
use heng_rules::Slot;

/// Resident memory of this process, in bytes; `None` where there is no `/proc`.
pub(crate) fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Bytes that the parts of all subjects have room for; what the allocator adds is not in it.
#[derive(Debug, Default)]
pub(crate) struct Room {
    pub(crate) parts: [(&'static str, u64); 8],
    /// Of these, how many are in use.
    pub(crate) used: u64,
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
            room.add(subject);
        }
        room
    }

    fn add(&mut self, subject: &Subject) {
        let profile = subject.profile.as_ref().map_or(0, |profile| {
            let texts = |change: &ProfileChange| {
                let texts = [&change.region, &change.industry, &change.name];
                texts.into_iter().flatten().map(|text| text.len()).sum::<usize>()
            };
            let aliases = profile.aliases.iter().map(|(scheme, code)| scheme.len() + code.len() + 32).sum::<usize>();
            let changes = profile.changes.capacity() * size_of::<ProfileChange>();
            size_of_val(&**profile) + changes + profile.changes.iter().map(texts).sum::<usize>() + aliases
        });
        let decisions = subject.decisions.iter().map(beyond).sum::<usize>();
        let parts = [
            // The map's bucket (hash, id, subject) and its place in the table.
            ("subject", size_of::<Subject>() + size_of::<SubjectId>() + 8 + 8),
            ("records", subject.records.capacity() * size_of::<Record>()),
            ("fields", subject.slots.capacity() * size_of::<Slot>()),
            ("texts", subject.texts.capacity()),
            ("seen", subject.seen.capacity() * size_of::<Seen>()),
            ("decisions", subject.decisions.capacity() * size_of::<Decision>() + decisions),
            ("profile", profile),
            ("rare", subject.more.as_ref().map_or(0, |more| rare(more))),
        ];
        for (sum, (name, bytes)) in self.parts.iter_mut().zip(parts) {
            *sum = (name, sum.1 + bytes as u64);
        }
        let used = size_of_val(&*subject.records)
            + size_of_val(&*subject.slots)
            + subject.texts.len()
            + size_of_val(&*subject.seen)
            + size_of_val(&*subject.decisions);
        self.used += used as u64;
        self.records += subject.records.len() as u64;
        self.decisions += subject.decisions.len() as u64;
    }
}

/// What a decision has outside its own bytes.
fn beyond(decision: &Decision) -> usize {
    let spans = |spans: usize| if spans > 1 { spans * 8 } else { 0 };
    let paused = decision.paused.as_ref().map_or(0, |paused| size_of_val(&**paused) + spans(paused.spans().len()));
    let review = decision.review.as_ref().map_or(0, |review| size_of_val(&**review));
    spans(decision.days.spans().len()) + paused + review
}

/// The common parts of what is rare; names of links and of what waits are left out.
fn rare(more: &More) -> usize {
    size_of_val(more)
        + more.corrections.capacity() * size_of::<Correction>()
        + more.repairs.capacity() * size_of::<Repair>()
        + more.objections.capacity() * size_of::<Objection>()
        + more.neighbours.capacity() * size_of::<Neighbour>()
}
