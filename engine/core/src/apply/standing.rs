//! Repairs, restorations, objections, suspensions, answers: what changes how a record or a decision stands.

use super::Application;
use crate::derive_id::decision_id;
use crate::refusal::Refusal;
use crate::subject::{ParkedBody, RecordNo, Repair, Response, Restoration, Review, push_rare};
use heng_model::{Day, DecisionId, Span, Symbol};
use heng_rules::{AuthorityIdx, Item};

impl Application<'_, '_> {
    pub(super) fn record_source(&self, record_source: Option<&str>) -> Result<Symbol, Refusal> {
        match record_source {
            None => Ok(self.source),
            Some(name) => {
                let symbol = self.symbols.get(name).filter(|symbol| self.program.authority(*symbol).is_some());
                symbol.ok_or_else(|| Refusal::UnknownSource(name.to_owned()))
            }
        }
    }

    pub(super) fn may(&self, number: RecordNo, who: fn(&Item) -> &[AuthorityIdx], act: &str) -> Result<(), Refusal> {
        let item = self.subject.record(number).and_then(|record| self.program.item(record.item));
        let authority = self.program.authority(self.source);
        match (item, authority) {
            (Some(item), Some(authority)) if !who(item).contains(&authority) => {
                Err(self.not_entitled(format!("{act} records of item `{}`", item.code)))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn repair_or_park(&mut self, name: &str, source: Option<&str>, on: Day) -> Result<(), Refusal> {
        let source = self.record_source(source)?;
        match self.subject.find_record(source, name) {
            Some(number) => self.repair(number, on),
            None => self.park(source, name, ParkedBody::Repaired { on }),
        }
    }

    pub(super) fn repair(&mut self, number: RecordNo, on: Day) -> Result<(), Refusal> {
        self.may(number, |item| &item.repair_by, "repair")?;
        let more = self.subject.more_mut();
        let waiting = more.restorations.iter_mut().find(|it| it.record == number && it.repaired_on.is_none());
        let undone = waiting.is_some();
        if let Some(restoration) = waiting {
            restoration.repaired_on = Some(on);
        }
        push_rare(&mut more.repairs, Repair { record: number, on, undone });
        self.refresh_repair(number);
        Ok(())
    }

    pub(super) fn restore_or_park(&mut self, name: &str, source: Option<&str>, on: Day) -> Result<(), Refusal> {
        let source = self.record_source(source)?;
        match self.subject.find_record(source, name) {
            Some(number) => self.restore(number, on),
            None => self.park(source, name, ParkedBody::Restored { on }),
        }
    }

    /// Undoes the latest repair that stands; where none does, it waits for the next.
    pub(super) fn restore(&mut self, number: RecordNo, on: Day) -> Result<(), Refusal> {
        self.may(number, |item| &item.repair_by, "restore")?;
        let more = self.subject.more_mut();
        let standing = more.repairs.iter_mut().rev().find(|repair| repair.record == number && !repair.undone);
        let repaired_on = standing.map(|repair| {
            repair.undone = true;
            repair.on
        });
        push_rare(&mut more.restorations, Restoration { record: number, on, repaired_on });
        self.refresh_repair(number);
        Ok(())
    }

    pub(super) fn suspend(&mut self, from: Day, through: Option<Day>) -> Result<(), Refusal> {
        self.may_do(|authority| authority.may_suspend, "suspend measures (may: [suspend])")?;
        self.subject.more_mut().suspensions.extend(Span::new(from, through.unwrap_or(Day::FOREVER)));
        self.touched.everything = true;
        Ok(())
    }

    /// Ends every suspension known so far.
    pub(super) fn resume(&mut self, on: Day) -> Result<(), Refusal> {
        self.may_do(|authority| authority.may_suspend, "resume measures (may: [suspend])")?;
        let suspensions = &mut self.subject.more_mut().suspensions;
        *suspensions =
            suspensions.iter().filter_map(|span| Span::new(span.first, span.last.min(on.previous()))).collect();
        self.touched.everything = true;
        Ok(())
    }

    pub(super) fn may_do(&self, may: fn(&heng_rules::Authority) -> bool, act: &str) -> Result<(), Refusal> {
        let authority = self.program.authority(self.source);
        let authority = authority.and_then(|index| self.program.pack.authorities.get(index.at()));
        if authority.is_some_and(may) { Ok(()) } else { Err(self.not_entitled(act)) }
    }

    fn find_decision(&self, wanted: DecisionId) -> Result<usize, Refusal> {
        let names = |decision| decision_id(self.symbols, self.id, self.subject, decision) == wanted;
        let found = self.subject.decisions.iter().position(names);
        found.ok_or_else(|| Refusal::UnknownDecision(wanted.to_string()))
    }

    pub(super) fn respond(
        &mut self,
        decision: DecisionId,
        authority: &str,
        applied: bool,
        on: Day,
    ) -> Result<(), Refusal> {
        self.find_decision(decision)?;
        let response = Response { decision, authority: authority.into(), applied, on };
        push_rare(&mut self.subject.more_mut().responses, response);
        Ok(())
    }

    /// An officer's answer to what is proposed.
    pub(super) fn review(&mut self, wanted: DecisionId, confirmed: bool, on: Day) -> Result<(), Refusal> {
        let at = self.find_decision(wanted)?;
        let program = self.program;
        let measures = self.subject.decisions.get(at).and_then(|decision| program.rule(decision.rule)).map(|rule| {
            let measures = rule.outcome.measures.iter();
            measures.filter_map(|index| program.measure_symbol(*index)).collect::<Vec<Symbol>>()
        });
        let Some(decision) = self.subject.decisions.get_mut(at) else { return Ok(()) };
        let grounds = decision.grounds;
        let Some(review) = decision.review.as_deref_mut() else {
            return Err(Refusal::NotForReview(wanted.to_string()));
        };
        answer(review, confirmed, on, grounds, measures.unwrap_or_default());
        self.touched.reviewed = true;
        self.touched.everything = true;
        Ok(())
    }
}

fn answer(review: &mut Review, confirmed: bool, on: Day, grounds: u32, measures: Vec<Symbol>) {
    if confirmed {
        // A part that was confirmed earlier keeps its first day of effect.
        let on = review.confirmed.as_ref().map_or(on, |(first, _, _)| on.min(*first));
        review.confirmed = Some((on, review.derived.clone(), measures));
        review.declined = None;
    } else {
        review.declined = Some((grounds, review.derived.clone()));
    }
}
