//! A pack takes effect: every subject is derived anew, past days too.

use super::emit::measures_differ;
use super::step::hex;
use super::{Outputs, PackSource, Partition, StepError, SubjectNo};
use crate::apply::Touched;
use crate::program::Program;
use crate::subject::{RecordNo, Subject};
use heng_model::{DaySet, Position};
use std::sync::Arc;

impl Partition {
    pub(super) fn activate(
        &mut self,
        position: Position,
        sha256: [u8; 32],
        name: &str,
        packs: &dyn PackSource,
        outputs: &mut Outputs,
    ) -> Result<(), StepError> {
        let program = self.load_pack(position, sha256, name, packs)?;
        self.former = self.program.replace(Arc::clone(&program));
        let everything = Touched { everything: true, related: true, ..Touched::default() };
        for number in self.subjects.numbers() {
            packs.between_subjects();
            if let Some((_, subject)) = self.subjects.open(number) {
                set_effect_days(&program, subject);
            }
            self.end_withdrawn(&program, number);
            self.note_other_terms(&program, number);
            self.rederive(number, &everything);
        }
        // The pack may be the first that lets linked subjects tell each other, or tell something else.
        for number in self.subjects.numbers() {
            packs.between_subjects();
            let linked = self.neighbours_of(number);
            if !linked.is_empty() {
                self.tell(position, number, true, &linked, outputs);
            }
        }
        Ok(())
    }

    /// Loads a pack and makes it ready; the table of names grows.
    pub(super) fn load_pack(
        &mut self,
        position: Position,
        sha256: [u8; 32],
        name: &str,
        packs: &dyn PackSource,
    ) -> Result<Arc<Program>, StepError> {
        if self.symbols.is_empty()
            && let Some(ready) = packs.compiled(&sha256).filter(|ready| *ready.sha256() == sha256)
        {
            self.symbols.clone_from(&ready.symbols);
            self.packs.push(sha256);
            return Ok(Arc::clone(&ready.program));
        }
        let missing = || StepError::PackMissing { position, pack: name.to_owned(), sha256: hex(&sha256) };
        let broken = |reason: String| StepError::PackBroken { position, pack: name.to_owned(), reason };
        let files = packs.pack(&sha256).ok_or_else(missing)?;
        let loaded = heng_rules::load(&files, &mut self.symbols).map_err(|diagnostics| {
            broken(diagnostics.first().map_or_else(|| "unknown".to_owned(), ToString::to_string))
        })?;
        self.packs.push(sha256);
        Program::new(loaded.pack, &mut self.symbols).map(Arc::new).map_err(|error| broken(error.to_string()))
    }

    /// Decisions of rules that the pack no longer has lose their days.
    fn end_withdrawn(&mut self, program: &Program, number: SubjectNo) {
        let Self { subjects, journal, .. } = self;
        let Some((_, subject)) = subjects.open(number) else { return };
        for (at, decision) in subject.decisions.iter_mut().enumerate() {
            let is_proposed = decision.review.as_ref().is_some_and(|review| !review.derived.is_empty());
            if program.rule(decision.rule).is_none() && (!decision.days.is_empty() || is_proposed) {
                let before = decision.clone();
                decision.days = DaySet::empty();
                decision.paused = None;
                decision.review = None;
                let index = u32::try_from(at).unwrap_or(u32::MAX);
                journal.entry((number, index)).or_insert(Some(before));
            }
        }
    }
}

impl Partition {
    /// Journals the decisions whose rule gives other measures, or is shown at another time: their days may stay.
    fn note_other_terms(&mut self, program: &Program, number: SubjectNo) {
        let Self { subjects, journal, former, .. } = self;
        let (Some(former), Some((_, subject))) = (former.as_ref(), subjects.read(number)) else { return };
        for (at, decision) in subject.decisions.iter().enumerate() {
            let (Some(before), Some(after)) = (former.rule(decision.rule), program.rule(decision.rule)) else {
                continue;
            };
            if measures_differ(former, program, after) || before.notice != after.notice {
                let index = u32::try_from(at).unwrap_or(u32::MAX);
                journal.entry((number, index)).or_insert_with(|| Some(decision.clone()));
            }
        }
    }
}

/// Effect days as the pack's items now count them.
fn set_effect_days(program: &Program, subject: &mut Subject) {
    for number in (0..subject.records.len()).map(RecordNo::from_index) {
        let item = subject.record(number).and_then(|record| program.item(record.item));
        if let Some(from) = item.map(|item| item.from) {
            subject.set_effect_day(number, from);
        }
    }
}
