//! Which records satisfy which facts' `where`, remembered while a subject is open.
//!
//! # Invariants
//!
//! No part of a subject's state: it is never written, a copy begins without it, and what it says is what the record's
//! fields say. Whoever changes a record has it forgotten before anything is derived; where a whole history moves, everything
//! is derived anew, which forgets all of it.

use super::RecordNo;
use heng_rules::FactIdx;

/// Records from which on it is worth remembering: a subject with fewer is packed between two events.
pub(crate) const REMEMBERED_FROM: usize = 32;

/// What was found so far, by fact.
#[derive(Debug, Default)]
pub(crate) struct Matches(Vec<(FactIdx, Verdicts)>);

/// What was found for one fact: two bits a record.
#[derive(Debug, Default)]
pub(crate) struct Verdicts(Vec<u64>);

const BITS: u32 = 2;
const RECORDS_A_WORD: u32 = u64::BITS / BITS;
const FAILS: u64 = 1;
const HOLDS: u64 = 2;
const EITHER: u64 = FAILS | HOLDS;

impl Verdicts {
    /// What is remembered of a record, else what `judge` finds.
    pub(crate) fn of(&mut self, number: RecordNo, judge: impl FnOnce() -> bool) -> bool {
        let (word, shift) = place(number);
        if word >= self.0.len() {
            self.0.resize(word.saturating_add(1), 0);
        }
        let Some(word) = self.0.get_mut(word) else { return judge() };
        match *word >> shift & EITHER {
            0 => {
                let holds = judge();
                *word |= (if holds { HOLDS } else { FAILS }) << shift;
                holds
            }
            known => known == HOLDS,
        }
    }

    fn forget(&mut self, number: RecordNo) {
        let (word, shift) = place(number);
        if let Some(word) = self.0.get_mut(word) {
            *word &= !(EITHER << shift);
        }
    }
}

fn place(number: RecordNo) -> (usize, u32) {
    let word = usize::try_from(number.0 / RECORDS_A_WORD).unwrap_or(usize::MAX);
    (word, number.0 % RECORDS_A_WORD * BITS)
}

impl Matches {
    /// Takes out what was found for a fact; [`Matches::put_back`] gives it back.
    pub(crate) fn take(&mut self, fact: FactIdx) -> Verdicts {
        let known = self.0.iter_mut().find(|(known, _)| *known == fact);
        known.map(|(_, verdicts)| std::mem::take(verdicts)).unwrap_or_default()
    }

    pub(crate) fn put_back(&mut self, fact: FactIdx, verdicts: Verdicts) {
        match self.0.iter_mut().find(|(known, _)| *known == fact) {
            Some((_, place)) => *place = verdicts,
            None => self.0.push((fact, verdicts)),
        }
    }

    /// A record is not what it was.
    pub(crate) fn forget(&mut self, number: RecordNo) {
        self.0.iter_mut().for_each(|(_, verdicts)| verdicts.forget(number));
    }

    /// Everything may differ: the pack, or the records.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Clone for Matches {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// Any two are equal: states are compared without what is merely remembered of them.
impl PartialEq for Matches {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_remembered_until_it_is_forgotten() {
        let mut matches = Matches::default();
        let fact = FactIdx(3);
        let ask = |matches: &mut Matches, number: u32, found: bool| {
            let mut verdicts = matches.take(fact);
            let verdict = verdicts.of(RecordNo(number), || found);
            matches.put_back(fact, verdicts);
            verdict
        };
        let is_even = |number: u32| number.is_multiple_of(2);
        for number in [70, 0, 31, 32, 1] {
            assert_eq!(ask(&mut matches, number, is_even(number)), is_even(number));
        }
        for number in [0, 1, 31, 32, 70] {
            assert_eq!(ask(&mut matches, number, !is_even(number)), is_even(number));
        }
        matches.forget(RecordNo(31));
        assert!(ask(&mut matches, 31, true));
        assert!(!ask(&mut matches, 1, true));
        matches.clear();
        assert!(ask(&mut matches, 1, true));
    }
}
