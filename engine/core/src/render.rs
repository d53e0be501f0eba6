//! Rendering: a draft becomes a decision event, with grounds, facts and explanation captured as they are now.
//!
//! # Invariants
//!
//! A function of the state that gave rise to the draft, the program and the document numbers on the log: replay words
//! a decision as the live engine did. What is worded otherwise takes a new fold version.

use crate::cause::Cause;
use crate::decide::decisions_behind;
use crate::decision::{Bilingual, DecisionKind, Ground};
use crate::derive::Judge;
use crate::derive_id::decision_id;
use crate::explain::{Explained, WITHDRAWN, explain};
use crate::facts::{Book, Reading, View};
use crate::fold::{Draft, Partition, SubjectNo};
use crate::program::Program;
use crate::rendered::Rendered;
use crate::room::{Composed, Room, Texts};
use crate::subject::{Decision, Key, Record, RecordNo, Subject};
use crate::wording::RuleWording;
use heng_model::{Day, DaySet, DecisionId, Position, SubjectId, Symbols};
use heng_rules::{Body, FactIdx, MeasureIdx, Rule, Value};
use smallvec::{SmallVec, smallvec};
use std::borrow::Cow;
use std::fmt::Write;

/// Document numbers stay on the log: whoever renders fetches them by position.
pub trait Documents {
    /// Appends the document number of the record at a position to a text; false where it has none.
    fn push_document_no(&mut self, position: Position, to: &mut String) -> bool;
}

impl Partition {
    /// The decision event of a draft of the entry folded last; what is composed for it lies in `room`.
    #[must_use]
    pub fn render<'a>(
        &'a self,
        draft: &Draft,
        cause: &'a Cause,
        documents: &mut dyn Documents,
        room: &'a mut Room,
    ) -> Option<Rendered<'a>> {
        let Room { subject, texts } = room;
        let of = self.subject_in(draft.subject, subject)?;
        self.rendered(of, draft, cause, documents, texts)
    }

    /// A decision as it stands, by its place in a state: that of a subject here, or one that this partition handed on.
    #[must_use]
    pub fn render_standing<'a>(
        &'a self,
        of: (&'a SubjectId, &'a Subject),
        decision: u32,
        cause: &'a Cause,
        documents: &mut dyn Documents,
        room: &'a mut Room,
    ) -> Option<Rendered<'a>> {
        let kind = DecisionKind::Issued;
        // Whose it is is at hand.
        let subject = SubjectNo(u32::MAX);
        let draft = Draft { subject, decision, kind, seq: 0, replaces: SmallVec::new(), also: SmallVec::new() };
        self.rendered(of, &draft, cause, documents, &mut room.texts)
    }

    fn rendered<'a>(
        &'a self,
        (id, subject): (&'a SubjectId, &'a Subject),
        draft: &Draft,
        cause: &'a Cause,
        documents: &mut dyn Documents,
        texts: &'a mut Composed,
    ) -> Option<Rendered<'a>> {
        let program = self.program()?;
        let decision = subject.decisions.get(usize::try_from(draft.decision).ok()?)?;
        let today = self.day()?;
        // What a withdrawn rule gave is known to the pack before: those who acted on it must be told.
        let withdrawn = program.rule(decision.rule).is_none();
        let source = if withdrawn { self.former().unwrap_or(program) } else { program };
        let (rule, wording) = (source.rule(decision.rule), source.wording_of(decision.rule));
        let partition = self;
        let scene = Scene { partition, program, source, rule, wording, id, subject, decision, today, withdrawn };
        Some(scene.event(draft, cause, documents, texts))
    }
}

/// Characters of a text that a decision shows as the value of a fact.
const TEXT_CHARS_MAX: usize = 200;

/// Records, and decisions, that a decision names as its grounds; the explanation tells how many there are.
///
/// With names and document numbers as long as intake lets them be, more would not fit an entry of the log.
const GROUNDS_MAX: usize = 50;

/// A decision, and what it is rendered from.
struct Scene<'a> {
    partition: &'a Partition,
    /// The pack in force.
    program: &'a Program,
    /// The pack that has the rule.
    source: &'a Program,
    rule: Option<&'a Rule>,
    wording: &'a RuleWording,
    id: &'a SubjectId,
    subject: &'a Subject,
    decision: &'a Decision,
    today: Day,
    withdrawn: bool,
}

impl<'a> Scene<'a> {
    fn book(&self) -> Book<'a> {
        Book::new(View { program: self.source, id: self.id, subject: self.subject })
    }

    fn symbols(&self) -> &'a Symbols {
        self.partition.symbols()
    }

    fn id(&self, decision: &Decision) -> DecisionId {
        decision_id(self.symbols(), self.id, self.subject, decision)
    }

    fn ids(&self, indexes: &[u32]) -> Cow<'a, [DecisionId]> {
        let decisions = indexes.iter().filter_map(|index| self.subject.decisions.get(usize::try_from(*index).ok()?));
        decisions.map(|decision| self.id(decision)).collect()
    }

    fn event(
        &self,
        draft: &Draft,
        cause: &'a Cause,
        documents: &mut dyn Documents,
        texts: &'a mut Composed,
    ) -> Rendered<'a> {
        texts.clear();
        let Composed { numbers, values, explanation } = texts;
        let mut book = self.book();
        let (records, ground_decisions) = self.behind(&mut book);
        let (grounds_len, records) = (records.len(), records.get(..GROUNDS_MAX).unwrap_or(&records));
        for record in records.iter().filter_map(|number| self.subject.record(*number)) {
            numbers.push(|text| documents.push_document_no(record.position(), text));
        }
        self.push_values(&mut book, values);
        let grounds = self.grounds(records, numbers);
        let in_force = match self.decision.paused {
            Some(_) => Cow::Owned(self.decision.in_force()),
            None => Cow::Borrowed(&self.decision.days),
        };
        let proposed = self.decision.review.as_ref().filter(|review| review.pending).map(|review| &review.derived);
        let (wording, kind) = (self.wording, draft.kind);
        let days: &DaySet = if in_force.is_empty() { proposed.unwrap_or(&in_force) } else { &in_force };
        let (explanation, remedy_repair) = if self.withdrawn {
            (WITHDRAWN, Bilingual::default())
        } else {
            let explained = Explained { wording, kind, days, grounds: &grounds, grounds_len };
            (explain(&explained, explanation), wording.repair.borrowed())
        };
        Rendered {
            decision: self.id(self.decision),
            revision: self.decision.revision,
            kind,
            void: in_force.is_empty() && proposed.is_none(),
            subject: self.id,
            position: cause.position,
            seq: draft.seq,
            known_ms: cause.known_ms,
            cause: &cause.name,
            rule: self.symbols().name(self.decision.rule),
            pack: &self.program.label,
            pack_sha256: &self.program.pack.sha256,
            fold: self.partition.fold_version(),
            outcome: &wording.outcome,
            effect: wording.effect,
            measures: self.measures(),
            authorities: &wording.authorities,
            region: self.subject.profile.region_on(self.today),
            proposal: proposed.map(|days| (wording.measures.as_slice(), days)),
            in_force,
            grounds,
            ground_decisions,
            basis: &wording.basis,
            facts: self.facts(values),
            explanation,
            remedy_objection: self.objection(),
            remedy_repair,
            replaces: self.ids(&draft.replaces),
            also: self.ids(&draft.also),
        }
    }

    /// The measures in effect: of a rule that an officer must confirm those that were confirmed, if any were.
    fn measures(&self) -> Cow<'a, [String]> {
        let confirmed = self.decision.review.as_ref().and_then(|review| review.confirmed.as_ref());
        let (Some((_, _, confirmed)), Some(rule)) = (confirmed, self.rule) else {
            return Cow::Borrowed(&self.wording.measures);
        };
        let stands =
            |index: &&MeasureIdx| self.source.measure_symbol(**index).is_some_and(|symbol| confirmed.contains(&symbol));
        let measures = rule.outcome.measures.iter().filter(stands);
        let measures = measures.filter_map(|index| self.source.pack.measures.get(index.at()));
        measures.map(|measure| measure.code.clone()).collect()
    }

    /// How to contest it: with whom objections to the record's item are filed.
    fn objection(&self) -> Bilingual<&'a str> {
        let item = match self.decision.key {
            Key::Record(number) => self.subject.record(number).and_then(|record| self.source.item_index(record.item)),
            Key::Run(_) => None,
        };
        self.source.wording.objection(item).borrowed()
    }

    /// The records and decisions on which it rests, of the decisions as many as are named.
    fn behind(&self, book: &mut Book<'a>) -> (SmallVec<[RecordNo; 8]>, Cow<'a, [DecisionId]>) {
        let all = self.subject.decisions.as_slice();
        match (self.decision.key, self.rule.map(|rule| &rule.body)) {
            (Key::Record(number), _) => (smallvec![number], Cow::default()),
            (Key::Run(day), Some(Body::OnCondition { when, .. })) => {
                let decisions = decisions_behind(book.view, all, when, day);
                let mut decisions: Vec<DecisionId> = decisions.map(|decision| self.id(decision)).collect();
                decisions.sort_unstable();
                decisions.truncate(GROUNDS_MAX);
                (Judge { book, decisions: all }.records_behind(when, day), decisions.into())
            }
            _ => (SmallVec::new(), Cow::default()),
        }
    }

    fn grounds(&self, records: &[RecordNo], numbers: &'a Texts) -> SmallVec<[Ground<&'a str>; 2]> {
        let records = records.iter().filter_map(|number| self.subject.record(*number));
        let ground = |(record, document_no): (&'a Record, Option<&'a str>)| Ground {
            source: self.symbols().name(record.source),
            record: self.subject.record_name(record),
            document_no,
        };
        records.zip(numbers.iter()).map(ground).collect()
    }

    /// Writes what the facts that the rule reads are worth on the day it judges; nothing where there is no such day.
    fn push_values(&self, book: &mut Book<'a>, values: &mut Texts) {
        let (day, judged) = match self.decision.key {
            Key::Run(day) => (day, None),
            Key::Record(number) => match self.subject.record(number) {
                Some(record) => (record.effect_day().unwrap_or(record.decided_on), Some((number, record))),
                None => return,
            },
        };
        for index in &self.wording.facts {
            let value = book.value_on(*index, day, judged, Reading::Plain, &self.subject.decisions);
            values.push(|text| {
                self.push_value(value, text);
                true
            });
        }
    }

    fn facts(&self, values: &'a Texts) -> SmallVec<[(&'a str, &'a str); 4]> {
        let name = |index: &FactIdx| self.source.pack.facts.get(index.at()).map_or("", |fact| fact.name.as_str());
        let values = values.iter().map(Option::unwrap_or_default);
        self.wording.facts.iter().map(name).zip(values).collect()
    }

    fn push_value(&self, value: Value<'_>, text: &mut String) {
        // Writing to a string does not fail.
        let _ = match value {
            Value::Empty => Ok(()),
            Value::Bool(flag) => write!(text, "{flag}"),
            Value::Int(number) => write!(text, "{number}"),
            Value::Decimal(number) => write!(text, "{number}"),
            Value::Symbol(symbol) => text.write_str(self.symbols().name(symbol)),
            Value::Day(day) => write!(text, "{day}"),
            Value::Text(long) => text.write_str(
                long.char_indices().nth(TEXT_CHARS_MAX).map_or(long, |(end, _)| long.get(..end).unwrap_or(long)),
            ),
            Value::List(list) => {
                for (at, value) in list.iter().enumerate() {
                    text.push_str(if at > 0 { ", " } else { "" });
                    self.push_value(value, text);
                }
                Ok(())
            }
        };
    }
}
