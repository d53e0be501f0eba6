//! What an event does to its subject's state: validate first, then an infallible change.
//!
//! # Invariants
//!
//! A refused event changes nothing. Derivation is not done here: what was touched comes back as [`Touched`].

mod attributes;
mod objections;
mod parked;
mod records;
mod standing;

use crate::event::Body;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::subject::{Record, RecordNo, Subject};
use crate::validate::Checker;
use heng_model::{Day, Position, SubjectId, Symbol, Symbols};
use smallvec::SmallVec;

/// What an event touched, for derivation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Touched {
    /// Records that are new or differ.
    pub(crate) records: SmallVec<[RecordNo; 4]>,
    /// The earliest effect day that any of them had or has.
    pub(crate) from: Option<Day>,
    /// Attributes of the profile that rules may read.
    pub(crate) profile: bool,
    /// Kind, registration, deregistration, suspensions: every rule must look.
    pub(crate) everything: bool,
    /// The first day on which rules on conditions are evaluated.
    pub(crate) start_moved: bool,
    /// Links or what linked subjects told.
    pub(crate) related: bool,
    /// Links whose other end must be told.
    pub(crate) tell: Vec<SubjectId>,
    /// An officer's answer.
    pub(crate) reviewed: bool,
}

/// An event being applied to a subject.
pub(crate) struct Application<'p, 's> {
    pub(crate) program: &'p Program,
    pub(crate) symbols: &'p Symbols,
    pub(crate) id: &'s SubjectId,
    pub(crate) subject: &'s mut Subject,
    pub(crate) position: Position,
    pub(crate) today: Day,
    pub(crate) source: Symbol,
    pub(crate) touched: Touched,
    /// Parked events that turned out not to fit, with their positions.
    pub(crate) late_refusals: Vec<(Position, Refusal)>,
}

/// Events of a subject that may wait for a record.
pub const PARKED_MAX: usize = 1_000;

impl<'p, 's> Application<'p, 's> {
    /// An event of a source about a subject, at a position that became known today.
    pub(crate) fn new(
        (program, symbols): (&'p Program, &'p Symbols),
        (id, subject): (&'s SubjectId, &'s mut Subject),
        source: Symbol,
        position: Position,
        today: Day,
    ) -> Self {
        let (touched, late_refusals) = (Touched::default(), Vec::new());
        Self { program, symbols, id, subject, position, today, source, touched, late_refusals }
    }

    pub(crate) fn apply(&mut self, body: &Body<'_>) -> Result<(), Refusal> {
        let today = self.today;
        match body {
            Body::Recorded(recorded) => self.record(recorded),
            Body::Corrected(corrected) => self.correct_or_park(corrected),
            Body::Retracted { record, .. } => self.retract_or_park(record),
            Body::Repaired { record, record_source, on, .. } => {
                self.repair_or_park(record, *record_source, on.unwrap_or(today))
            }
            Body::Restored { record, record_source, on, .. } => {
                self.restore_or_park(record, *record_source, on.unwrap_or(today))
            }
            Body::ObjectionFiled { objection, record, record_source, on, .. } => {
                self.file_or_park(objection, record, *record_source, on.unwrap_or(today))
            }
            Body::ObjectionResolved { objection, record, on, upheld, .. } => {
                self.resolve_or_park(objection, *record, on.unwrap_or(today), *upheld)
            }
            Body::Suspended { from, through, .. } => self.suspend(*from, *through),
            Body::Resumed { on } => self.resume(on.unwrap_or(today)),
            Body::Registered(profile) | Body::Changed(profile) => self.state_profile(profile),
            Body::Deregistered { on } => self.deregister(on.unwrap_or(today)),
            Body::Linked { role, to, on } => self.link(role, to, on.unwrap_or(today)),
            Body::Unlinked { role, to, on } => self.unlink(role, to, on.unwrap_or(today)),
            Body::Responded { decision, authority, applied, on, .. } => {
                self.respond(*decision, authority, *applied, on.unwrap_or(today))
            }
            Body::Reviewed { decision, confirmed, on, .. } => self.review(*decision, *confirmed, on.unwrap_or(today)),
            // Two subjects are touched: the partition does it.
            Body::Merged { .. } => Ok(()),
        }
    }

    fn checker(&self) -> Checker<'_> {
        Checker { program: self.program, symbols: self.symbols, today: self.today }
    }

    fn source_name(&self) -> String {
        self.symbols.name(self.source).to_owned()
    }

    fn not_entitled(&self, act: impl Into<String>) -> Refusal {
        Refusal::NotEntitled { source_name: self.source_name(), act: act.into() }
    }

    fn touch(&mut self, number: RecordNo) {
        if !self.touched.records.contains(&number) {
            self.touched.records.push(number);
        }
        let effect_day = self.subject.record(number).and_then(Record::effect_day);
        self.touched.from = [self.touched.from, effect_day].into_iter().flatten().min();
    }
}
