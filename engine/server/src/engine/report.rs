//! What is known about one subject, read from its state: records with their objections and repairs, decisions with answers.
//!
//! # Invariants
//!
//! Says what the fold holds, and nothing that the fold does not. Decisions whose first day is ahead and not announced are
//! left out: they are hidden from everybody until they are issued. So is one that has no day any more, unless somebody has
//! answered it: the state does not tell whether it was ever shown.

use super::{Engine, EngineError};
use heng_core::subject::{Objection, ParkedBody, Response, Review};
use heng_core::{
    Decision, DecisionEvent, Partition, Program, Record, RecordNo, Repairable, State, Subject, decision_id,
    repair_works_from, repairable,
};
use heng_log::Disk;
use heng_model::{Day, DaySet, DecisionId, Position, SubjectId};
use heng_rules::{AuthorityIdx, Words};

/// What is known about a subject.
#[derive(Debug, Clone)]
pub struct Report {
    /// The subject, redirects followed.
    pub subject: SubjectId,
    /// Decisions, as they stand.
    pub decisions: Vec<Standing>,
    /// Records, in the order in which they became known.
    pub records: Vec<Reported>,
    /// What waits for a record or an objection.
    pub waiting: Vec<Waits>,
    /// Days on which every decision is suspended.
    pub suspended: DaySet,
}

/// A decision as it stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Worded as it stands; of its kind nothing can be told from the state.
    pub event: DecisionEvent,
    /// The days in force as if nothing were paused: a pause is no end.
    pub days: DaySet,
    /// Does it await an officer?
    pub is_proposed: bool,
    /// Did an officer decline it?
    pub is_declined: bool,
    /// What repair can do about it.
    pub repair: Repairable,
    /// What departments answered.
    pub answers: Vec<Response>,
}

/// A record, and what was done about it.
#[derive(Debug, Clone)]
pub struct Reported {
    /// Source.
    pub source: String,
    /// Name.
    pub record: String,
    /// Item, by code.
    pub item: String,
    /// Title of the item; empty where the pack in force has it no more.
    pub title: Words,
    /// Day of the decision.
    pub decided_on: Day,
    /// The day from which it has effect.
    pub effect_day: Option<Day>,
    /// Document number.
    pub document_no: Option<String>,
    /// Had it never a ground?
    pub is_retracted: bool,
    /// Objections to it.
    pub objections: Vec<Objection>,
    /// Repairs of it.
    pub repairs: Vec<RepairStanding>,
    /// Where it was recorded.
    pub position: Position,
    /// Who handles objections to it, by code.
    pub objection_by: Vec<String>,
    /// Who may repair it, by code.
    pub repair_by: Vec<String>,
}

/// A repair as it stands.
#[derive(Debug, Clone, Copy)]
pub struct RepairStanding {
    /// The day.
    pub on: Day,
    /// Was it undone?
    pub is_undone: bool,
    /// From when on it works; none where another one stands in its place, or it was undone.
    pub works_from: Option<Day>,
}

/// Something that waits.
#[derive(Debug, Clone)]
pub struct Waits {
    /// Event type.
    pub kind: &'static str,
    /// Source of the record waited for.
    pub record_source: String,
    /// The record; empty where an objection is waited for.
    pub record: String,
    /// The objection it is about.
    pub objection: Option<String>,
    /// When it became known.
    pub since: Day,
    /// Where it stands.
    pub position: Position,
}

impl<D: Disk> Engine<D> {
    /// What is known about a subject; nothing where no event was about it.
    ///
    /// # Errors
    /// [`EngineError`] where a document number is on the log and cannot be read.
    pub fn report(&self, subject: &SubjectId) -> Result<Report, EngineError> {
        let empty = |subject: &SubjectId| Report {
            subject: subject.clone(),
            decisions: Vec::new(),
            records: Vec::new(),
            waiting: Vec::new(),
            suspended: DaySet::default(),
        };
        let at = usize::from(subject.partition(self.meta.partitions));
        let partition = &self.lanes.get(at).ok_or(EngineError::NoLane(at))?.fold;
        let (Some(program), Some((id, state))) = (partition.program(), partition.subject(subject)) else {
            return Ok(empty(subject));
        };
        let scene = Scene { partition, program, id, state: &state };
        let mut records = Vec::new();
        for (number, record) in state.numbered() {
            let document_no = self.document_no(record.position())?;
            records.push(scene.record(number, record, document_no));
        }
        let shown: Vec<(&Decision, DecisionId)> = scene.shown().collect();
        let ids: Vec<DecisionId> = shown.iter().map(|(_, id)| *id).collect();
        let worded = self.word(subject, &ids)?;
        let standing = |(decision, id): &(&Decision, DecisionId)| {
            let event = worded.iter().find(|event| event.decision == *id)?;
            Some(scene.standing(decision, event.clone()))
        };
        Ok(Report {
            decisions: shown.iter().filter_map(standing).collect(),
            records,
            waiting: scene.waiting(),
            suspended: state.suspensions(),
            ..empty(id)
        })
    }
}

/// A subject, and by what it is judged.
struct Scene<'a> {
    partition: &'a Partition,
    program: &'a Program,
    id: &'a SubjectId,
    state: &'a Subject,
}

impl<'a> Scene<'a> {
    /// Decisions that were ever shown, as far as the state tells. One that is void may have been hidden all its life; whoever
    /// answered it, or decided on it as an officer, has seen it.
    fn shown(&self) -> impl Iterator<Item = (&'a Decision, DecisionId)> {
        let is_shown = |(decision, id): &(&Decision, DecisionId)| match decision.state {
            State::Scheduled => false,
            State::Void => {
                let is_reviewed = |review: &Review| review.confirmed.is_some() || review.declined.is_some();
                decision.review.as_deref().is_some_and(is_reviewed) || self.responses().any(|it| it.decision == *id)
            }
            State::Proposed | State::Declined | State::InForce | State::Suspended | State::Ended => true,
        };
        let id = |decision| (decision, decision_id(self.partition.symbols(), self.id, self.state, decision));
        self.state.decisions.iter().map(id).filter(is_shown)
    }

    fn responses(&self) -> impl Iterator<Item = &'a Response> {
        self.state.more.iter().flat_map(|more| &more.responses)
    }

    fn standing(&self, decision: &Decision, event: DecisionEvent) -> Standing {
        let review = decision.review.as_ref();
        Standing {
            days: decision.days.clone(),
            is_proposed: review.is_some_and(|review| review.pending),
            is_declined: decision.state == State::Declined,
            repair: repairable(self.program, self.id, self.state, decision),
            answers: self.responses().filter(|response| response.decision == event.decision).cloned().collect(),
            event,
        }
    }

    fn record(&self, number: RecordNo, record: &Record, document_no: Option<String>) -> Reported {
        let name = |symbol| self.partition.symbols().name(symbol).to_owned();
        let item = self.program.item(record.item);
        let objections = self.state.more.iter().flat_map(|more| &more.objections).filter(|it| it.record == number);
        Reported {
            source: name(record.source),
            record: self.state.record_name(record).to_owned(),
            item: name(record.item),
            title: item.map(|item| item.words.clone()).unwrap_or_default(),
            decided_on: record.decided_on,
            effect_day: record.effect_day(),
            document_no,
            is_retracted: record.retracted,
            objections: objections.cloned().collect(),
            repairs: self.repairs(number),
            position: record.position(),
            objection_by: item.map(|item| self.codes(&item.objection_by)).unwrap_or_default(),
            repair_by: item.map(|item| self.codes(&item.repair_by)).unwrap_or_default(),
        }
    }

    fn codes(&self, authorities: &[AuthorityIdx]) -> Vec<String> {
        let authorities = authorities.iter().filter_map(|index| self.program.pack.authorities.get(index.at()));
        authorities.map(|authority| authority.code.clone()).collect()
    }

    /// Of several repairs the latest that was not undone stands.
    fn repairs(&self, number: RecordNo) -> Vec<RepairStanding> {
        let all = self.state.more.iter().flat_map(|more| &more.repairs).filter(|repair| repair.record == number);
        let mut repairs: Vec<RepairStanding> =
            all.map(|it| RepairStanding { on: it.on, is_undone: it.undone, works_from: None }).collect();
        if let Some(stands) = repairs.iter_mut().rev().find(|repair| !repair.is_undone) {
            stands.works_from = Some(repair_works_from(self.program, self.state, number, stands.on));
        }
        repairs
    }

    fn waiting(&self) -> Vec<Waits> {
        let parked = self.state.more.iter().flat_map(|more| &more.parked);
        parked
            .map(|parked| Waits {
                kind: parked.body.type_name(),
                record_source: self.partition.symbols().name(parked.record_source).to_owned(),
                record: parked.record.to_string(),
                objection: match &parked.body {
                    ParkedBody::ObjectionFiled { objection, .. } | ParkedBody::ObjectionResolved { objection, .. } => {
                        Some(objection.to_string())
                    }
                    _ => None,
                },
                since: parked.known_on,
                position: parked.position,
            })
            .collect()
    }
}
