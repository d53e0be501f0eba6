//! Effects on subjects of other partitions that the log does not have yet, as far as this engine has read it.
//!
//! # Invariants
//!
//! Every engine keeps them, its own partitions' or not: whoever comes to own a partition says what its owner before did
//! not. Partitions are read at different speeds, so that an effect may be met on the log before its cause.

use heng_core::Effect;
use heng_model::{PartitionId, Position, SubjectId};
use std::collections::{BTreeMap, VecDeque};

/// An effect, and whether this engine has put it on the log.
#[derive(Debug)]
struct Kept {
    effect: Effect,
    is_sent: bool,
}

/// Effects that are not on the log yet.
#[derive(Debug, Default)]
pub(crate) struct Outstanding {
    /// By cause and subject, in the order in which the fold gave them.
    waiting: BTreeMap<(Position, SubjectId), VecDeque<Kept>>,
    /// Met on the log before their cause was folded.
    early: BTreeMap<(Position, SubjectId), usize>,
}

impl Outstanding {
    /// The fold gave an effect.
    pub(crate) fn add(&mut self, cause: Position, effect: Effect) {
        let key = (cause, target(&effect).clone());
        if let Some(early) = self.early.get_mut(&key) {
            *early = early.saturating_sub(1);
            if *early == 0 {
                self.early.remove(&key);
            }
            return;
        }
        self.waiting.entry(key).or_default().push_back(Kept { effect, is_sent: false });
    }

    /// An effect was met on the log; `is_folded` says whether its cause has been folded.
    pub(crate) fn met(&mut self, cause: Position, to: SubjectId, is_folded: bool) {
        let key = (cause, to);
        if let Some(waiting) = self.waiting.get_mut(&key) {
            waiting.pop_front();
            if waiting.is_empty() {
                self.waiting.remove(&key);
            }
        } else if !is_folded {
            // Else it is said once more: by an owner who did not know yet that another had said it.
            let early = self.early.entry(key).or_default();
            *early = early.saturating_add(1);
        }
    }

    /// Forgets the events sent on that have come to where they were sent.
    pub(crate) fn forget_forwarded(&mut self, mut has_come: impl FnMut(Position, &SubjectId) -> bool) {
        self.waiting.retain(|(cause, to), waiting| {
            waiting.retain(|kept| !matches!(kept.effect, Effect::Forward { .. }) || !has_come(*cause, to));
            !waiting.is_empty()
        });
    }

    /// What is to be put on the log for the partitions owned, in the order of causes; it counts as sent then.
    pub(crate) fn unsent(&mut self, owns: impl Fn(PartitionId) -> bool) -> Vec<(Position, Effect)> {
        let mut unsent = Vec::new();
        for ((cause, _), waiting) in self.waiting.iter_mut().filter(|((cause, _), _)| owns(cause.partition)) {
            for kept in waiting.iter_mut().filter(|kept| !kept.is_sent) {
                kept.is_sent = true;
                unsent.push((*cause, kept.effect.clone()));
            }
        }
        unsent
    }

    /// Is everything on the log?
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

fn target(effect: &Effect) -> &SubjectId {
    match effect {
        Effect::Tell { to, .. } | Effect::Forward { to } => to,
        Effect::Redirect(part) => &part.to,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn subject(text: &str) -> SubjectId {
        text.parse().unwrap()
    }

    fn at(offset: u64) -> Position {
        Position { partition: 0, offset }
    }

    fn forward() -> Effect {
        Effect::Forward { to: subject("P-0123456789abcdef0123456789abcdef") }
    }

    #[test]
    fn only_an_owner_says_it_and_once() {
        let mut kept = Outstanding::default();
        kept.add(at(3), forward());
        assert_eq!(kept.unsent(|_| false), []);
        assert_eq!(kept.unsent(|partition| partition == 0), [(at(3), forward())]);
        assert_eq!(kept.unsent(|_| true), []);
        kept.met(at(3), subject("P-0123456789abcdef0123456789abcdef"), true);
        assert!(kept.is_empty());
    }

    #[test]
    fn an_effect_met_before_its_cause_is_done() {
        let mut kept = Outstanding::default();
        kept.met(at(3), subject("P-0123456789abcdef0123456789abcdef"), false);
        kept.add(at(3), forward());
        assert!(kept.is_empty());
        kept.add(at(3), forward());
        assert_eq!(kept.unsent(|_| true).len(), 1, "the second of one cause has not been met");
    }

    #[test]
    fn what_is_said_once_more_is_no_debt() {
        let mut kept = Outstanding::default();
        kept.met(at(3), subject("P-0123456789abcdef0123456789abcdef"), true);
        kept.add(at(4), forward());
        assert_eq!(kept.unsent(|_| true).len(), 1);
    }
}
