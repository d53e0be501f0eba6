//! Events that wait for a record or an objection that has not come.
//!
//! # Invariants
//!
//! They are state like any other: folded from the log, in no list beside it that could be lost.

use crate::error::ReplayError;
use crate::partition_log::PartitionLog;
use crate::refold::{Until, Visit, refold};
use heng_core::subject::ParkedBody;
use heng_core::{Entry, Outputs, PackSource, Partition};
use heng_log::Disk;
use heng_model::{Day, Position, SubjectId};

/// An event that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Whom it is about.
    pub subject: SubjectId,
    /// Where it stands on the log.
    pub position: Position,
    /// Event type.
    pub event: &'static str,
    /// Source of the record waited for.
    pub source: String,
    /// The record waited for, or `objection …`.
    pub waits_for: String,
    /// The civil day on which it became known.
    pub known_on: Day,
    /// How many days it has waited.
    pub days: u32,
}

/// Every event that waits, the longest first; `progress` is told how many more entries are folded.
///
/// # Errors
/// [`ReplayError`] where the log cannot be folded.
pub fn waiting<D: Disk>(
    logs: &[PartitionLog<D>],
    packs: &dyn PackSource,
    progress: &mut dyn FnMut(u64),
) -> Result<Vec<Waiting>, ReplayError> {
    let mut found = Vec::new();
    for log in logs {
        let fold = refold(log, packs, Until::End, &mut Quiet(&mut *progress))?;
        let today = fold.day();
        for (subject, state) in fold.subjects() {
            for parked in state.more.iter().flat_map(|more| &more.parked) {
                let objection = match &parked.body {
                    ParkedBody::ObjectionResolved { objection, .. } => Some(objection),
                    _ => None,
                };
                let days = today.map_or(0, |today| today.number().saturating_sub(parked.known_on.number()));
                found.push(Waiting {
                    subject: subject.clone(),
                    position: parked.position,
                    event: parked.body.type_name(),
                    source: fold.symbols().name(parked.record_source).to_owned(),
                    waits_for: objection.map_or_else(|| parked.record.to_string(), |name| format!("objection {name}")),
                    known_on: parked.known_on,
                    days: u32::try_from(days).unwrap_or(0),
                });
            }
        }
    }
    found.sort_by_key(|it| (it.known_on, it.position));
    Ok(found)
}

struct Quiet<'a>(&'a mut dyn FnMut(u64));

impl Visit for Quiet<'_> {
    fn read(&mut self, _: &[u8]) {}

    fn folded(&mut self, _: &Partition, _: &Entry<'_>, _: &Outputs) -> Result<(), ReplayError> {
        Ok(())
    }

    fn advanced(&mut self, entries: u64) {
        (self.0)(entries);
    }
}
