//! One identity was two: histories join, both ids keep resolving.

use super::{Effect, Outputs, Partition, SubjectNo};
use crate::apply::{Application, Touched};
use crate::refusal::Refusal;
use crate::subject::{More, Subject, codec, join, push_rare};
use heng_model::{Position, SubjectId, Symbol};

/// Bytes of history that one derived entry carries.
const PART_BYTES_MAX: usize = 40 * 1024;

/// A part of a subject's history on its way to another partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectPart {
    /// Who receives the history.
    pub to: SubjectId,
    /// Whose history it was.
    pub from: SubjectId,
    /// The id that it was sent to first.
    pub by: SubjectId,
    /// Number of this part, from 0.
    pub part: u32,
    /// How many parts.
    pub parts: u32,
    /// Position of the cause.
    pub source_position: Position,
    /// Bytes of the part.
    pub bytes: Vec<u8>,
}

/// Histories that one subject may carry besides its own.
const ORIGINS_MAX: usize = 250;

impl Partition {
    pub(super) fn merge(
        &mut self,
        position: Position,
        source: Symbol,
        number: SubjectNo,
        into: &SubjectId,
        outputs: &mut Outputs,
    ) -> Result<(), Refusal> {
        let program = self.program.clone().ok_or(Refusal::NoPack)?;
        let authority = program.authority(source).and_then(|index| program.pack.authorities.get(index.at()));
        if !authority.is_some_and(|authority| authority.may_merge) {
            let source_name = self.symbols.name(source).to_owned();
            return Err(Refusal::NotEntitled { source_name, act: "merge subjects (may: [merge])".to_owned() });
        }
        let Some(from) = self.subjects.id(number) else { return Ok(()) };
        let from = from.clone();
        let target = (into.partition(self.partitions) == self.id).then(|| self.place_of(into));
        if target == Some(number) || from == *into {
            return Err(Refusal::MergedIntoItself(into.to_string()));
        }
        // Whoever placed the merge may not have known yet that its target has gone to another partition.
        let further = target.and_then(|target| self.redirect(target)).cloned();
        match (target, further) {
            (Some(target), None) => {
                self.check_origins(number, target)?;
                let history = self.leave_redirect(number, into.clone(), outputs);
                self.take_over(position, target, &from, history, outputs);
            }
            (_, further) => {
                let into = further.unwrap_or_else(|| into.clone());
                let history = self.leave_redirect(number, into.clone(), outputs);
                outputs.effects.extend(parts_of((&from, &into, &into), position, &codec::encode(&history)));
            }
        }
        Ok(())
    }

    fn check_origins(&self, number: SubjectNo, target: SubjectNo) -> Result<(), Refusal> {
        let origins = |number| self.subjects.more(number).map_or(0, |more| more.origins.len());
        if origins(number).saturating_add(origins(target)) >= ORIGINS_MAX {
            return Err(Refusal::TooManyOrigins(ORIGINS_MAX));
        }
        Ok(())
    }

    /// Leaves nothing but a redirect; returns what was there.
    fn leave_redirect(&mut self, number: SubjectNo, into: SubjectId, outputs: &mut Outputs) -> Subject {
        outputs.changed.push(number);
        let mut tombstone = Subject::default();
        tombstone.more_mut().redirect = Some(into);
        match self.subjects.open(number) {
            Some((_, subject)) => {
                keep_met(subject, &mut tombstone);
                std::mem::replace(subject, tombstone)
            }
            None => Subject::default(),
        }
    }

    fn take_over(
        &mut self,
        position: Position,
        target: SubjectNo,
        from: &SubjectId,
        history: Subject,
        outputs: &mut Outputs,
    ) {
        outputs.changed.push(target);
        let Some((target_id, subject)) = self.subjects.open(target) else { return };
        let first_moved = subject.decisions.len();
        if target_id == from {
            // It comes home: neither merge stands, and what was a redirect has its history again.
            let mut home = history;
            keep_met(subject, &mut home);
            // The day on which it was to wake may have passed meanwhile, or be in no calendar.
            home.wake = None;
            *subject = home;
        } else {
            join(subject, from, history);
        }
        for (at, decision) in subject.decisions.iter().enumerate().skip(first_moved) {
            let index = u32::try_from(at).unwrap_or(u32::MAX);
            self.journal.insert((target, index), Some(decision.clone()));
        }
        self.restated = Some(target);
        self.unpark_joined(position, target, outputs);
        let everything = Touched { everything: true, related: true, ..Touched::default() };
        self.rederive(target, &everything);
        let near = self.neighbours_of(target);
        self.tell(position, target, true, &near, outputs);
    }

    /// Applies what waited on one side of a merge for what was known on the other.
    fn unpark_joined(&mut self, position: Position, target: SubjectNo, outputs: &mut Outputs) {
        let (Some(program), Some(today)) = (self.program.clone(), self.day) else { return };
        let Some((id, subject)) = self.subjects.open(target) else { return };
        let Some(source) = subject.more.as_ref().and_then(|more| more.parked.first()).map(|it| it.source) else {
            return;
        };
        let names = (&*program, &self.symbols);
        let mut application = Application::new(names, (id, subject), source, position, today);
        application.unpark_ready();
        outputs.refused.extend(application.late_refusals);
    }

    /// Notes that something was sent to an id, which may be a redirect; false where the same had come before. Two owners of the cause
    /// may have put it on the log, and what it was about may have gone on since.
    pub(super) fn meet(&mut self, to: &SubjectId, sent: (Position, u32)) -> bool {
        let number = self.exact_place_of(to);
        let Some((_, subject)) = self.subjects.open(number) else { return false };
        let met = &mut subject.more_mut().met;
        let is_first = !met.contains(&sent);
        if is_first {
            push_rare(met, sent);
        }
        is_first
    }

    /// Keeps a part of another partition's subject at the id that it was sent to. The last one to come completes the history, which is
    /// then taken over, goes on whole, or goes back to whom it was sent to first.
    pub(super) fn receive(
        &mut self,
        position: Position,
        (to, from, by): (&SubjectId, &SubjectId, &SubjectId),
        (part, parts, bytes): (u32, u32, &[u8]),
        outputs: &mut Outputs,
    ) {
        let number = self.exact_place_of(to);
        let Some((_, subject)) = self.subjects.open(number) else { return };
        let arriving = &mut subject.more_mut().arriving;
        let at = arriving.iter().position(|(of, _, _)| of == from).unwrap_or_else(|| {
            arriving.push((from.clone(), parts, Vec::new()));
            arriving.len().saturating_sub(1)
        });
        let Some((_, _, arrived)) = arriving.get_mut(at) else { return };
        if !arrived.iter().any(|(known, _)| *known == part) {
            arrived.push((part, bytes.into()));
        }
        if u32::try_from(arrived.len()) != Ok(parts) {
            return;
        }
        let (_, _, mut arrived) = arriving.remove(at);
        arrived.sort_unstable_by_key(|(part, _)| *part);
        let whole: Vec<u8> = arrived.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
        let number = self.place_of(to);
        let is_home = self.subjects.id(number) == Some(from);
        match self.redirect(number) {
            // Whoever placed the merge may not have known yet that its target has gone to another partition. A history that comes home
            // went in a circle: two subjects were merged into each other at once.
            Some(further) if !is_home => {
                outputs.effects.extend(parts_of((from, &further.clone(), by), position, &whole));
            }
            // On a log of before what was sent twice counted once it may come once more.
            None if self.has_history_of(number, from) => {}
            // The history of the one that it was sent to came by while this one was a redirect: the two belong together.
            None if !self.has_history_of(number, by) => {
                outputs.effects.extend(parts_of((from, by, by), position, &whole));
            }
            _ => {
                if let Some(history) = codec::decode(&whole) {
                    self.take_over(position, number, from, history, outputs);
                }
            }
        }
    }

    /// Is it a subject itself, or has it taken over its history?
    pub(super) fn has_history_of(&self, number: SubjectNo, id: &SubjectId) -> bool {
        let is_origin = |more: &More| more.origins.contains(id);
        self.subjects.id(number) == Some(id) || self.subjects.more(number).is_some_and(is_origin)
    }
}

/// What came to an id stays there, whoever has its history.
fn keep_met(from: &mut Subject, to: &mut Subject) {
    if from.more.as_ref().is_some_and(|more| !more.met.is_empty() || !more.arriving.is_empty()) {
        let (from, to) = (from.more_mut(), to.more_mut());
        to.met = std::mem::take(&mut from.met);
        to.arriving = std::mem::take(&mut from.arriving);
    }
}

fn parts_of<'a>(
    (from, to, by): (&'a SubjectId, &'a SubjectId, &'a SubjectId),
    source_position: Position,
    whole: &'a [u8],
) -> impl Iterator<Item = Effect> + 'a {
    let count = u32::try_from(whole.len().div_ceil(PART_BYTES_MAX)).unwrap_or(u32::MAX);
    whole.chunks(PART_BYTES_MAX).zip(0..).map(move |(bytes, part)| {
        Effect::Redirect(RedirectPart {
            to: to.clone(),
            from: from.clone(),
            by: by.clone(),
            part,
            parts: count,
            source_position,
            bytes: bytes.to_vec(),
        })
    })
}
