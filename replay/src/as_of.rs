//! What was in force on a day, as it was known at a position.
//!
//! # Invariants
//!
//! Where a position is named the answer is folded from the events up to it, and from nothing else: what the decision log
//! says today has no part in it. Known time orders the partitions among each other, positions order a partition.

use crate::error::ReplayError;
use crate::history::with_origins;
use crate::partition_log::PartitionLog;
use crate::refold::{Renderer, Until, Visit, known_ms_at, refold};
use heng_core::{DecisionEvent, Entry, Outputs, PackSource, Partition};
use heng_log::Disk;
use heng_model::{Day, DecisionId, Position, SubjectId};
use std::collections::{BTreeMap, BTreeSet};

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
    /// The next day on which what is in force changes by itself.
    pub next_change: Option<Day>,
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
    folded(logs, packs, question, Part { is_home: &|_| true, wanted: &|_| true }, progress)
}

/// The same of one subject, whose partition alone is folded; where nothing is said of a position, nothing is: its last
/// revisions are on the decision log.
///
/// # Errors
/// [`ReplayError`] where the position is not on the log, or the log cannot be read or folded that far.
pub fn as_of_subject<D: Disk>(
    logs: &[PartitionLog<D>],
    packs: &dyn PackSource,
    subject: &SubjectId,
    question: Question,
) -> Result<AsOf, ReplayError> {
    // A merge may have carried its decisions from one partition to another.
    let ids = with_origins(logs, subject)?;
    if question.known_at.is_some() {
        let homes: BTreeSet<u16> =
            logs.iter().flat_map(|log| ids.iter().map(|id| id.partition(log.partitions))).collect();
        let wanted = |id: &SubjectId| ids.contains(id);
        let part = Part { is_home: &|partition| homes.contains(&partition), wanted: &wanted };
        return folded(logs, packs, question, part, &mut |_| {});
    }
    let names: BTreeSet<String> = ids.iter().map(SubjectId::to_string).collect();
    let mut standing = Standing::default();
    for log in logs {
        log.each_decision_where(|head| names.contains(head.subject), |event, _| standing.take(event))?;
    }
    Ok(standing.judged(question.day.ok_or(ReplayError::NoDay)?, &[]))
}

/// What part of the log is asked about: which partitions are folded, and whose decisions are kept.
struct Part<'a> {
    is_home: &'a dyn Fn(u16) -> bool,
    wanted: &'a dyn Fn(&SubjectId) -> bool,
}

fn folded<D: Disk>(
    logs: &[PartitionLog<D>],
    packs: &dyn PackSource,
    question: Question,
    Part { is_home, wanted }: Part<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<AsOf, ReplayError> {
    let known_ms = question.known_at.map(|position| known_at(logs, position)).transpose()?;
    let (mut standing, mut folds) = (Standing::default(), Vec::new());
    for log in logs.iter().filter(|log| is_home(log.id)) {
        let until = match (question.known_at, known_ms) {
            (Some(position), _) if position.partition == log.id => Until::Offset(position.offset),
            (_, Some(known_ms)) => Until::Known(known_ms),
            _ => Until::End,
        };
        let (renderer, standing) = (Renderer::default(), &mut standing);
        let mut visit = Latest { log, renderer, wanted, standing, progress: &mut *progress };
        folds.push(refold(log, packs, until, &mut visit)?);
    }
    let today = folds.iter().filter_map(Partition::day).max();
    Ok(standing.judged(question.day.or(today).ok_or(ReplayError::NoDay)?, &folds))
}

/// When the entry at a position became known.
///
/// # Errors
/// [`ReplayError`] where the position is not on the log, or cannot be read.
pub fn known_at<D: Disk>(logs: &[PartitionLog<D>], position: Position) -> Result<i64, ReplayError> {
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
    fn take(&mut self, event: DecisionEvent) {
        // A merge carries a decision to another partition, where its revisions go on.
        let newer = self.0.get(&event.decision).is_none_or(|known| known.revision <= event.revision);
        if newer {
            self.0.insert(event.decision, event);
        }
    }

    /// What of it is in force on a day.
    fn judged(self, day: Day, folds: &[Partition]) -> AsOf {
        let next_change = self.0.values().filter_map(|it| it.in_force.next_change_after(day)).min();
        let mut decisions: Vec<DecisionEvent> = self.0.into_values().filter(|it| it.in_force.contains(day)).collect();
        decisions.sort_by(|a, b| (&a.subject, &a.rule, a.decision).cmp(&(&b.subject, &b.rule, b.decision)));
        let last = |fold: &Partition| {
            let offset = fold.next_offset().checked_sub(1)?;
            Some(Position { partition: fold.id(), offset })
        };
        AsOf {
            day,
            next_change,
            today: folds.iter().filter_map(Partition::day).max(),
            known_at: folds.iter().filter_map(last).collect(),
            known_ms: folds.iter().filter_map(Partition::known_ms).max(),
            decisions,
        }
    }
}

struct Latest<'a, D: Disk> {
    log: &'a PartitionLog<D>,
    renderer: Renderer,
    wanted: &'a dyn Fn(&SubjectId) -> bool,
    standing: &'a mut Standing,
    progress: &'a mut dyn FnMut(u64),
}

impl<D: Disk> Visit for Latest<'_, D> {
    fn read(&mut self, _: &[u8]) {}

    fn folded(&mut self, fold: &Partition, entry: &Entry<'_>, outputs: &Outputs) -> Result<(), ReplayError> {
        let standing = &mut *self.standing;
        self.renderer.each(self.log, fold, entry, outputs, self.wanted, |_, event| {
            standing.take(event.into());
            Ok(())
        })
    }

    fn advanced(&mut self, entries: u64) {
        (self.progress)(entries);
    }
}
