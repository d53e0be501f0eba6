//! Effects on subjects of other partitions that the log does not have yet, as far as this engine has read it.
//!
//! # Invariants
//!
//! Every engine keeps them, its own partitions' or not: whoever comes to own a partition says what its owner before did
//! not. Partitions are read at different speeds, so that an effect may be met on the log before its cause. An effect is told
//! from others by all that it says: one cause may have several on one subject, and the log may have one of them twice.

mod moving;

use crate::lane::Caused;
use heng_core::{Content, Derived, Effect, Entry, News, Subject};
use heng_model::{PartitionId, Position, SubjectId};
use moving::Moving;
use std::collections::BTreeMap;

/// An effect as it was met on the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Met {
    /// Its cause.
    pub(crate) cause: Position,
    to: SubjectId,
    what: What,
}

/// What tells an effect from others of the same cause on the same subject.
#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    News(News),
    Part {
        from: SubjectId,
        part: u32,
    },
    /// The cause itself, sent on.
    Event,
}

impl Met {
    /// The effect that an entry is, if it is one.
    pub(crate) fn of(entry: &Entry<'_>) -> Option<Self> {
        let (cause, to, what) = match &entry.content {
            Content::Derived(Derived::RelatedChanged { to, news }) => (news.position, to, What::News(news.clone())),
            Content::Derived(Derived::Redirected { to, from, part, source_position, .. }) => {
                (*source_position, to, What::Part { from: from.clone(), part: *part })
            }
            Content::Event { event, sent_on, .. } => (sent_on.as_ref()?.from, &event.subject, What::Event),
            Content::Control(_) => return None,
        };
        Some(Self { cause, to: to.clone(), what })
    }

    /// Its cause, and whom it concerns.
    pub(crate) fn key(&self) -> (Position, SubjectId) {
        (self.cause, self.to.clone())
    }

    /// The subject that takes a history over by it, when all of that has come.
    pub(crate) fn takes_over(&self) -> Option<&SubjectId> {
        matches!(self.what, What::Part { .. }).then_some(&self.to)
    }

    /// The subject of whose history it is a part.
    pub(crate) fn is_part_of(&self) -> Option<&SubjectId> {
        match &self.what {
            What::Part { from, .. } => Some(from),
            _ => None,
        }
    }

    fn is(&self, effect: &Effect) -> bool {
        match (effect, &self.what) {
            (Effect::Tell { news, .. }, What::News(met)) => news == met,
            (Effect::Redirect(redirect), What::Part { from, part }) => redirect.from == *from && redirect.part == *part,
            (Effect::Forward { .. }, What::Event) => true,
            _ => false,
        }
    }
}

impl Caused {
    /// Its cause, and whom it concerns.
    pub(crate) fn key(&self) -> (Position, SubjectId) {
        (self.cause, self.effect.to().clone())
    }
}

/// An effect, and whether this engine has put it on the log.
#[derive(Debug)]
struct Kept {
    caused: Caused,
    is_sent: bool,
}

/// Effects that are not on the log yet.
#[derive(Debug, Default)]
pub(crate) struct Outstanding {
    /// Partitions of the log.
    partitions: u16,
    /// By cause and subject, in the order in which the fold gave them.
    waiting: BTreeMap<(Position, SubjectId), Vec<Kept>>,
    /// Met on the log before their cause was folded.
    early: BTreeMap<(Position, SubjectId), Vec<Met>>,
    /// Histories of which parts are among these.
    moving: Moving,
}

impl Outstanding {
    pub(crate) fn new(partitions: u16) -> Self {
        Self { partitions, ..Self::default() }
    }

    /// The fold gave an effect.
    pub(crate) fn add(&mut self, caused: Caused) {
        let key = caused.key();
        let is_met = self.early.get(&key).is_some_and(|early| early.iter().any(|met| met.is(&caused.effect)));
        if let Effect::Redirect(part) = &caused.effect {
            let is_own = part.from.partition(self.partitions) == caused.cause.partition;
            self.moving.add(part, is_own, !is_met);
        }
        if !is_met {
            self.waiting.entry(key).or_default().push(Kept { caused, is_sent: false });
        }
    }

    /// An effect was met on the log; `is_folded` says whether its cause has been folded.
    pub(crate) fn met(&mut self, met: Met, is_folded: bool) {
        let key = met.key();
        if let Some(waiting) = self.waiting.get_mut(&key) {
            waiting.retain(|kept| {
                let is_met = met.is(&kept.caused.effect);
                if let (true, Effect::Redirect(part)) = (is_met, &kept.caused.effect) {
                    self.moving.met(&part.from);
                }
                !is_met
            });
            if waiting.is_empty() {
                self.waiting.remove(&key);
            }
        } else if !is_folded {
            // Else it is said once more: by an owner who did not know yet that another had said it.
            let early = self.early.entry(key).or_default();
            if !early.contains(&met) {
                early.push(met);
            }
        }
    }

    /// Forgets what was met before its cause, where that has been folded by now.
    pub(crate) fn forget_early(&mut self, is_folded: impl Fn(Position) -> bool) {
        self.early.retain(|(cause, _), _| !is_folded(*cause));
        self.moving.forget_come();
    }

    /// What is to be put on the log for the partitions spoken for, in the order of causes; it counts as sent then.
    pub(crate) fn unsent(&mut self, speaks: impl Fn(PartitionId) -> bool) -> Vec<Caused> {
        let mut unsent = Vec::new();
        for (_, waiting) in self.waiting.iter_mut().filter(|((cause, _), _)| speaks(cause.partition)) {
            for kept in waiting.iter_mut().filter(|kept| !kept.is_sent) {
                kept.is_sent = true;
                unsent.push(kept.caused.clone());
            }
        }
        unsent
    }

    /// Is a subject's history on its way to another one, and not all of it there?
    pub(crate) fn is_moving(&self, id: &SubjectId) -> bool {
        self.moving.has(id)
    }

    /// The subjects of whom that is so.
    pub(crate) fn moving(&self) -> impl Iterator<Item = &SubjectId> {
        self.moving.all()
    }

    /// What was a subject's when it went on its way; none where it is not on its way.
    pub(crate) fn history(&self, id: &SubjectId) -> Option<Subject> {
        self.moving.history(id)
    }

    /// Is everything on the log?
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use heng_core::{RedirectPart, codec};

    fn subject(last: char) -> SubjectId {
        format!("P-0123456789abcdef0123456789abcde{last}").parse().unwrap()
    }

    fn at(offset: u64) -> Position {
        Position { partition: 0, offset }
    }

    /// A history, in two parts or in one.
    fn parts(count: usize) -> Vec<Effect> {
        let (to, from, by) = (subject('1'), subject('2'), subject('1'));
        let whole = codec::encode(&Subject::default());
        let pieces = whole.chunks(whole.len().div_ceil(count)).map(<[u8]>::to_vec);
        let part = |(number, bytes)| {
            let (to, from, by, parts) = (to.clone(), from.clone(), by.clone(), u32::try_from(count).unwrap());
            Effect::Redirect(RedirectPart { to, from, by, part: number, parts, source_position: at(3), bytes })
        };
        (0..).zip(pieces).map(part).collect()
    }

    fn caused(cause: Position, effect: Effect) -> Caused {
        Caused { cause, context: None, effect }
    }

    fn add(kept: &mut Outstanding, cause: Position, effect: Effect) {
        kept.add(caused(cause, effect));
    }

    /// One of two.
    fn part(number: usize) -> Effect {
        parts(2).swap_remove(number)
    }

    fn met(number: u32) -> Met {
        Met { cause: at(3), to: subject('1'), what: What::Part { from: subject('2'), part: number } }
    }

    #[test]
    fn only_who_speaks_says_it_and_once() {
        let mut kept = Outstanding::default();
        add(&mut kept, at(3), part(0));
        assert_eq!(kept.unsent(|_| false), []);
        assert_eq!(kept.unsent(|partition| partition == 0), [caused(at(3), part(0))]);
        assert_eq!(kept.unsent(|_| true), []);
        kept.met(met(0), true);
        assert!(kept.is_empty());
    }

    #[test]
    fn an_effect_met_before_its_cause_is_done() {
        let mut kept = Outstanding::default();
        kept.met(met(0), false);
        kept.met(met(0), false);
        add(&mut kept, at(3), part(0));
        assert!(kept.is_empty());
        add(&mut kept, at(3), part(1));
        assert_eq!(kept.unsent(|_| true).len(), 1, "the other part has not been met");
        kept.forget_early(|cause| cause == at(3));
        assert!(kept.early.is_empty());
    }

    #[test]
    fn a_history_is_on_its_way_until_all_of_it_has_come() {
        let mut kept = Outstanding::new(1);
        kept.met(met(0), false);
        add(&mut kept, at(3), part(0));
        add(&mut kept, at(3), part(1));
        // What is sent on from elsewhere, of whatever journey, is no other history.
        add(&mut kept, Position { partition: 7, offset: 9 }, part(0));
        kept.met(Met { cause: Position { partition: 7, offset: 9 }, ..met(0) }, true);
        kept.forget_early(|_| true);
        assert_eq!(kept.moving().collect::<Vec<_>>(), [&subject('2')]);
        assert_eq!(kept.history(&subject('1')), None);
        assert_eq!(kept.history(&subject('2')), Some(Subject::default()));
        kept.met(met(1), true);
        assert_eq!((kept.moving().count(), kept.history(&subject('2'))), (0, None));
        kept.forget_early(|_| true);
        assert!(kept.moving.is_empty());
    }

    #[test]
    fn what_is_told_late_of_a_journey_is_no_part_of_the_next() {
        let mut kept = Outstanding::new(1);
        // All of the next one is in one part.
        add(&mut kept, at(5), parts(1).swap_remove(0));
        add(&mut kept, Position { partition: 7, offset: 9 }, part(1));
        assert_eq!(kept.history(&subject('2')), Some(Subject::default()));
    }

    #[test]
    fn an_event_sent_on_is_told_by_where_it_stood() {
        let mut kept = Outstanding::default();
        add(&mut kept, at(3), Effect::Forward { to: subject('1'), by: subject('2') });
        kept.met(Met { cause: at(4), to: subject('1'), what: What::Event }, true);
        assert!(!kept.is_empty(), "another one");
        kept.met(Met { cause: at(3), to: subject('1'), what: What::Event }, true);
        assert!(kept.is_empty());
    }

    #[test]
    fn one_part_that_stands_twice_is_not_the_other() {
        let mut kept = Outstanding::default();
        add(&mut kept, at(3), part(0));
        add(&mut kept, at(3), part(1));
        kept.met(met(0), true);
        kept.met(met(0), true);
        assert_eq!(kept.unsent(|_| true), [caused(at(3), part(1))]);
    }
}
