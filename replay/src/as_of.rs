//! What was in force on a day, as it was known at a position.
//!
//! # Invariants
//!
//! The answer is folded from the events up to the position, and from nothing else: what the decision log says today
//! has no part in it. Known time orders the partitions among each other, positions order a partition.

use crate::error::ReplayError;
use crate::partition_log::PartitionLog;
use crate::refold::{Renderer, Until, Visit, known_ms_at, refold};
use heng_core::{DecisionEvent, Entry, Outputs, PackSource, Partition, Rendered};
use heng_log::Disk;
use heng_model::{Day, DecisionId, Position};
use std::collections::BTreeMap;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Question {
    /// The day judged; without one, the current day where the fold ends.
    pub day: Option<Day>,
    /// The last entry taken into account; without one, all are. Of other partitions, all that was known by then.
    pub known_at: Option<Position>,
}

/// The state as it was known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsOf {
    /// The day judged.
    pub day: Day,
    /// The current day where the fold ended.
    pub today: Option<Day>,
    /// The last entry folded, by partition; partitions without one are left out.
    pub known_at: Vec<Position>,
    /// When the last of them became known.
    pub known_ms: Option<i64>,
    /// Decisions in force on the day, their revision that stood then, by subject, rule and id.
    pub decisions: Vec<DecisionEvent>,
}

/// What was in force on a day, as known at a position; `progress` is told how many more entries are folded.
///
/// # Errors
/// [`ReplayError`] where the position is not on the log, or the log cannot be folded that far.
pub fn as_of<D: Disk>(
    logs: &[PartitionLog<D>],
    packs: &dyn PackSource,
    question: Question,
    progress: &mut dyn FnMut(u64),
) -> Result<AsOf, ReplayError> {
    let known_ms = question.known_at.map(|position| known_at(logs, position)).transpose()?;
    let (mut standing, mut folds) = (Standing::default(), Vec::new());
    for log in logs {
        let until = match (question.known_at, known_ms) {
            (Some(position), _) if position.partition == log.id => Until::Offset(position.offset),
            (_, Some(known_ms)) => Until::Known(known_ms),
            _ => Until::End,
        };
        let mut visit =
            Latest { log, renderer: Renderer::default(), standing: &mut standing, progress: &mut *progress };
        folds.push(refold(log, packs, until, &mut visit)?);
    }
    let today = folds.iter().filter_map(Partition::day).max();
    let day = question.day.or(today).ok_or(ReplayError::NoDay)?;
    let last = |fold: &Partition| {
        let offset = fold.next_offset().checked_sub(1)?;
        Some(Position { partition: fold.id(), offset })
    };
    let mut decisions: Vec<DecisionEvent> = standing.0.into_values().filter(|it| it.in_force.contains(day)).collect();
    decisions.sort_by(|a, b| (&a.subject, &a.rule, a.decision).cmp(&(&b.subject, &b.rule, b.decision)));
    Ok(AsOf {
        day,
        today,
        known_at: folds.iter().filter_map(last).collect(),
        known_ms: folds.iter().filter_map(Partition::known_ms).max(),
        decisions,
    })
}

/// When the entry at a position became known.
fn known_at<D: Disk>(logs: &[PartitionLog<D>], position: Position) -> Result<i64, ReplayError> {
    let log = logs.iter().find(|log| log.id == position.partition);
    let end = log.map_or(0, |log| log.events.len());
    match log.filter(|_| position.offset < end) {
        Some(log) => known_ms_at(log, position.offset),
        None => Err(ReplayError::NoPosition { position, end }),
    }
}

/// The last revision of every decision.
#[derive(Default)]
struct Standing(BTreeMap<DecisionId, DecisionEvent>);

impl Standing {
    fn take(&mut self, event: &Rendered<'_>) {
        // A merge carries a decision to another partition, where its revisions go on.
        let newer = self.0.get(&event.decision).is_none_or(|known| known.revision <= event.revision);
        if newer {
            self.0.insert(event.decision, event.into());
        }
    }
}

struct Latest<'a, D: Disk> {
    log: &'a PartitionLog<D>,
    renderer: Renderer,
    standing: &'a mut Standing,
    progress: &'a mut dyn FnMut(u64),
}

impl<D: Disk> Visit for Latest<'_, D> {
    fn read(&mut self, _: &[u8]) {}

    fn folded(&mut self, fold: &Partition, entry: &Entry<'_>, outputs: &Outputs) -> Result<(), ReplayError> {
        let standing = &mut *self.standing;
        self.renderer.each(self.log, fold, entry, outputs, |_, event| {
            standing.take(event);
            Ok(())
        })
    }

    fn advanced(&mut self, entries: u64) {
        (self.progress)(entries);
    }
}
