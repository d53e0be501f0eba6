//! From the short forms of a case to events, each from the authority that the pack lets say it.

use super::bodies::{corrected, profile, recorded};
use super::subjects::Subjects;
use heng_core::{Body, DecisionEvent};
use heng_model::{Day, SubjectId};
use heng_rules::{Authority, AuthorityIdx, Case, CaseAct, CaseEvent, Item, Pack};
use std::collections::BTreeMap;

/// An event of a case, ready for the fold but for its envelope.
pub(super) struct Prepared<'c> {
    pub(super) source: &'c str,
    pub(super) subject: SubjectId,
    pub(super) body: Body<'c>,
}

/// A record of the case: who records it, and of which item.
#[derive(Clone, Copy)]
struct Recorded<'c> {
    source: &'c str,
    item: &'c Item,
}

/// What the short forms leave out, gathered from the whole case.
pub(super) struct Context<'c> {
    pack: &'c Pack,
    pub(super) subjects: Subjects,
    /// By subject and name.
    records: BTreeMap<(SubjectId, &'c str), Recorded<'c>>,
    /// The records that objections are about, by the objections' names.
    objections: BTreeMap<&'c str, &'c str>,
}

impl<'c> Context<'c> {
    pub(super) fn of(pack: &'c Pack, case: &'c Case) -> Result<Self, String> {
        let subjects = Subjects::of(pack, case)?;
        let mut context = Self { pack, subjects, records: BTreeMap::new(), objections: BTreeMap::new() };
        for event in &case.events {
            match &event.act {
                CaseAct::Record { record, item, .. } => {
                    let subject = context.subjects.find(event.subject.as_deref())?;
                    let Some(item) = pack.items.iter().find(|known| known.code == *item) else {
                        return Err(format!("`{item}` is no item of the pack"));
                    };
                    let source = context.source(event, item.sources.first());
                    context.records.insert((subject, record.as_str()), Recorded { source, item });
                }
                CaseAct::Objection { objection, record, .. } => {
                    context.objections.insert(objection, record);
                }
                _ => {}
            }
        }
        Ok(context)
    }

    /// The source stated, or that of the authority which may say it.
    fn source(&self, event: &'c CaseEvent, default: Option<&AuthorityIdx>) -> &'c str {
        let default = || default.and_then(|index| self.pack.authorities.get(index.at())).map(|it| it.source.as_str());
        event.source.as_deref().map(|given| self.named(given)).or_else(default).unwrap_or_default()
    }

    /// The source that an authority's code names; anything else is taken as a source.
    fn named(&self, given: &'c str) -> &'c str {
        self.pack.authorities.iter().find(|it| it.code == given).map_or(given, |it| &it.source)
    }

    fn source_that(&self, event: &'c CaseEvent, may: fn(&Authority) -> bool, act: &str) -> Result<&'c str, String> {
        if let Some(given) = &event.source {
            return Ok(self.named(given));
        }
        let found = self.pack.authorities.iter().find(|authority| may(authority));
        let found = found.map(|authority| authority.source.as_str());
        found.ok_or_else(|| format!("no authority of the pack may {act}: state `source`, or give one `may: [{act}]`"))
    }

    fn record(&self, subject: &SubjectId, name: &str) -> Result<Recorded<'c>, String> {
        let found = self.records.iter().find(|((about, known), _)| about == subject && *known == name);
        found.map(|(_, record)| *record).ok_or_else(|| format!("the case records no `{name}` about this subject"))
    }

    /// The source of an event on a record, and the record's own where that is another.
    fn on_record(
        &self,
        event: &'c CaseEvent,
        record: Result<Recorded<'c>, String>,
        stated: Option<&'c str>,
        who: fn(&Item) -> &[AuthorityIdx],
    ) -> Result<(&'c str, Option<&'c str>), String> {
        let record = record?;
        let source = self.source(event, who(record.item).first());
        let record_source = stated.map_or(record.source, |given| self.named(given));
        Ok((source, (record_source != source).then_some(record_source)))
    }

    /// Makes an event ready; `decisions` are those made so far, for the answers of officers.
    pub(super) fn prepare(&self, event: &'c CaseEvent, decisions: &[DecisionEvent]) -> Result<Prepared<'c>, String> {
        let subject = self.subjects.find(event.subject.as_deref())?;
        let (source, body) = match &event.act {
            CaseAct::Record { .. } | CaseAct::Correct { .. } | CaseAct::Retract { .. } => {
                self.recording(event, &subject)?
            }
            CaseAct::Repair { .. } | CaseAct::Restore { .. } => self.repairing(event, &subject)?,
            CaseAct::Objection { .. } | CaseAct::Resolve { .. } => self.objecting(event, &subject)?,
            CaseAct::Confirm { .. } | CaseAct::Decline { .. } => self.reviewing(event, &subject, decisions)?,
            _ => self.standing(event)?,
        };
        Ok(Prepared { source, subject, body })
    }

    fn recording(&self, event: &'c CaseEvent, subject: &SubjectId) -> Result<(&'c str, Body<'c>), String> {
        let source = |name: &str| {
            let record = self.record(subject, name)?;
            Ok::<_, String>(event.source.as_deref().map_or(record.source, |given| self.named(given)))
        };
        match &event.act {
            CaseAct::Record { record, .. } => Ok((source(record)?, recorded(&event.act)?)),
            CaseAct::Correct { record, .. } => Ok((source(record)?, corrected(&event.act)?)),
            CaseAct::Retract { record } => Ok((source(record)?, Body::Retracted { record, reason: None })),
            _ => Err(NO_SUCH_ACT.to_owned()),
        }
    }

    fn repairing(&self, event: &'c CaseEvent, subject: &SubjectId) -> Result<(&'c str, Body<'c>), String> {
        let by: fn(&Item) -> &[AuthorityIdx] = |item| &item.repair_by;
        match &event.act {
            CaseAct::Repair { record, record_source, on } => {
                let known = self.record(subject, record);
                let (source, record_source) = self.on_record(event, known, record_source.as_deref(), by)?;
                Ok((source, Body::Repaired { record, record_source, on: *on, document_no: None }))
            }
            CaseAct::Restore { record, record_source, on } => {
                let known = self.record(subject, record);
                let (source, record_source) = self.on_record(event, known, record_source.as_deref(), by)?;
                Ok((source, Body::Restored { record, record_source, on: *on, document_no: None }))
            }
            _ => Err(NO_SUCH_ACT.to_owned()),
        }
    }

    fn objecting(&self, event: &'c CaseEvent, subject: &SubjectId) -> Result<(&'c str, Body<'c>), String> {
        let by: fn(&Item) -> &[AuthorityIdx] = |item| &item.objection_by;
        match &event.act {
            CaseAct::Objection { objection, record, record_source, on } => {
                let known = self.record(subject, record);
                let (source, record_source) = self.on_record(event, known, record_source.as_deref(), by)?;
                Ok((source, Body::ObjectionFiled { objection, record, record_source, on: *on, reason: None }))
            }
            CaseAct::Resolve { objection, record, on, upheld } => {
                let about = record.as_deref().or_else(|| self.objections.get(objection.as_str()).copied());
                let about = about.ok_or_else(|| format!("the case files no objection `{objection}`"))?;
                let (source, _) = self.on_record(event, self.record(subject, about), None, by)?;
                let record = record.as_deref();
                Ok((source, Body::ObjectionResolved { objection, record, on: *on, upheld: *upheld, reason: None }))
            }
            _ => Err(NO_SUCH_ACT.to_owned()),
        }
    }

    fn reviewing(
        &self,
        event: &'c CaseEvent,
        subject: &SubjectId,
        decisions: &[DecisionEvent],
    ) -> Result<(&'c str, Body<'c>), String> {
        let (rule, record, on, confirmed) = match &event.act {
            CaseAct::Confirm { rule, record, on } => (rule, record, on, true),
            CaseAct::Decline { rule, record, on } => (rule, record, on, false),
            _ => return Err(NO_SUCH_ACT.to_owned()),
        };
        let proposed = proposed(decisions, subject, rule, record.as_deref())?;
        let source = self.source_that(event, |_| true, "review")?;
        let (decision, officer) = (proposed.decision, "officer-of-the-case");
        Ok((source, Body::Reviewed { decision, confirmed, officer, on: *on, reason: None }))
    }

    /// Events about the subject itself.
    fn standing(&self, event: &'c CaseEvent) -> Result<(&'c str, Body<'c>), String> {
        let any = |body| Ok((self.source_that(event, |_| true, "register")?, body));
        let suspending = |body| Ok((self.source_that(event, |authority| authority.may_suspend, "suspend")?, body));
        let linking = || self.source_that(event, |authority| authority.may_link, "link");
        match &event.act {
            CaseAct::Suspend { from, through } => {
                suspending(Body::Suspended { from: *from, through: *through, reason: None, document_no: None })
            }
            CaseAct::Resume { on } => suspending(Body::Resumed { on: Some(*on) }),
            CaseAct::Register { on, profile: stated } => any(Body::Registered(profile(stated, *on))),
            CaseAct::Change { on, profile: stated } => any(Body::Changed(profile(stated, *on))),
            CaseAct::Deregister { on } => any(Body::Deregistered { on: Some(*on) }),
            CaseAct::Link { role, to, on } => {
                Ok((linking()?, Body::Linked { role, to: self.subjects.find(Some(to))?, on: *on }))
            }
            CaseAct::Unlink { role, to, on } => {
                Ok((linking()?, Body::Unlinked { role, to: self.subjects.find(Some(to))?, on: *on }))
            }
            CaseAct::Merge { into } => {
                let source = self.source_that(event, |authority| authority.may_merge, "merge")?;
                Ok((source, Body::Merged { into: self.subjects.find(Some(into))? }))
            }
            _ => Err(NO_SUCH_ACT.to_owned()),
        }
    }
}

const NO_SUCH_ACT: &str = "this event cannot be folded by the runner of cases";

/// What a rule proposes about a subject: of several proposals, the one on the record named.
fn proposed<'d>(
    decisions: &'d [DecisionEvent],
    subject: &SubjectId,
    rule: &str,
    record: Option<&str>,
) -> Result<&'d DecisionEvent, String> {
    let proposals = decisions.iter().filter(|it| it.subject == *subject && it.rule == rule && it.proposal.is_some());
    let about = |it: &&DecisionEvent| record.is_none_or(|name| it.grounds.iter().any(|ground| ground.record == name));
    match proposals.filter(about).collect::<Vec<_>>().as_slice() {
        [one] => Ok(one),
        [] => Err(format!("rule `{rule}` proposes nothing here on that day")),
        several => Err(format!("rule `{rule}` proposes {} decisions: name the record of one", several.len())),
    }
}

/// The day on which each event becomes known: its own, else that of the event before it, else `first`.
pub(super) fn by_known_day(case: &Case, first: Day) -> Vec<(Day, &CaseEvent)> {
    let mut last = first;
    let mut events: Vec<(Day, &CaseEvent)> = Vec::new();
    for event in &case.events {
        last = event.known.unwrap_or(last);
        events.push((last, event));
    }
    events.sort_by_key(|(known, _)| *known);
    events
}
