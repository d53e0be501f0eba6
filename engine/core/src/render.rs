//! Rendering: a draft becomes a decision event, with grounds, facts and explanation captured as they are now.
//!
//! # Invariants
//!
//! A function of the state that gave rise to the draft, the program and the document numbers on the log: replay words
//! a decision as the live engine did. What is worded otherwise takes a new fold version.

use crate::decision::{DecisionEvent, DecisionKind, Ground, Proposal};
use crate::derive::records_behind;
use crate::derive_id::decision_id;
use crate::entry::{Content, Control, Derived, Entry};
use crate::event::{Body as EventBody, Event};
use crate::explain::{Explained, explanation, objection_remedy, repair_remedy};
use crate::facts::{Reading, View, value_at};
use crate::fold::{Draft, Partition};
use crate::program::{Program, entry_name, facts_of};
use crate::subject::{Decision, Key, RecordNo, Subject};
use heng_model::{Day, DaySet, DecisionId, Position, SubjectId, Symbols};
use heng_rules::{Basis, Body, FactIdx, MeasureIdx, MeasureKind, Rule, Value};

/// Document numbers stay on the log: whoever renders fetches them by position.
pub trait Documents {
    /// The document number of the record at a position, if it has one.
    fn document_no(&self, position: Position) -> Option<String>;
}

/// What caused an entry's decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Where it stands.
    pub position: Position,
    /// When it became known.
    pub known_ms: i64,
    /// `source#id`, or the control event's type and date.
    pub name: String,
}

impl Cause {
    /// What the decisions of an entry name as their cause.
    #[must_use]
    pub fn of(entry: &Entry<'_>) -> Self {
        let name = match &entry.content {
            Content::Event { event, .. } => format!("{}#{}", event.source, event.id),
            Content::Control(Control::DayOpened { date }) => format!("day.opened#{date}"),
            Content::Control(Control::PackActivated { pack, version, .. }) => {
                format!("pack.activated#{pack}@{version}")
            }
            Content::Control(Control::FoldActivated { version }) => format!("fold.activated#{version}"),
            Content::Derived(Derived::RelatedChanged { news, .. }) => format!("related.changed#{}", news.position),
            Content::Derived(Derived::Redirected { source_position, .. }) => {
                format!("subject.redirected#{source_position}")
            }
        };
        Self { position: entry.position, known_ms: entry.known_ms, name }
    }
}

/// The document number that an entry records.
#[must_use]
pub fn document_of(entry: &Entry<'_>) -> Option<String> {
    match &entry.content {
        Content::Event { event: Event { body: EventBody::Recorded(recorded), .. }, .. } => {
            recorded.document_no.map(str::to_owned)
        }
        _ => None,
    }
}

impl Partition {
    /// The decision event of a draft of the entry folded last.
    #[must_use]
    pub fn render(&self, draft: &Draft, cause: &Cause, documents: &dyn Documents) -> Option<DecisionEvent> {
        let program = self.program()?;
        let (id, subject) = self.subject_at(draft.subject)?;
        let decision = subject.decisions.get(usize::try_from(draft.decision).ok()?)?;
        let today = self.day()?;
        // What a withdrawn rule gave is known to the pack before: those who acted on it must be told.
        let withdrawn = program.rule(decision.rule).is_none();
        let source = if withdrawn { self.former().unwrap_or(program) } else { program };
        let scene = Scene { program: source, symbols: self.symbols(), id, subject, documents, today, withdrawn };
        let mut event = scene.event(decision, draft.kind, cause)?;
        (event.pack, event.pack_sha256) = (program.label.clone(), program.pack.sha256);
        event.seq = draft.seq;
        event.fold = self.fold_version();
        event.replaces = draft.replaces.iter().filter_map(|index| scene.id_of(*index)).collect();
        event.also = draft.also.iter().filter_map(|index| scene.id_of(*index)).collect();
        Some(event)
    }
}

/// Characters of a text that a decision shows as the value of a fact.
const TEXT_CHARS_MAX: usize = 200;

/// Records, and decisions, that a decision names as its grounds; the explanation tells how many there are.
///
/// With names and document numbers as long as intake lets them be, more would not fit an entry of the log.
const GROUNDS_MAX: usize = 50;

struct Scene<'a> {
    program: &'a Program,
    symbols: &'a Symbols,
    id: &'a SubjectId,
    subject: &'a Subject,
    documents: &'a dyn Documents,
    today: Day,
    withdrawn: bool,
}

impl<'a> Scene<'a> {
    fn view(&self) -> View<'a> {
        View { program: self.program, id: self.id, subject: self.subject }
    }

    fn id_of(&self, index: u32) -> Option<DecisionId> {
        let decision = self.subject.decisions.get(usize::try_from(index).ok()?)?;
        Some(decision_id(self.symbols, self.id, self.subject, decision))
    }

    fn event(&self, decision: &Decision, kind: DecisionKind, cause: &Cause) -> Option<DecisionEvent> {
        let pack = &self.program.pack;
        let in_force = decision.in_force();
        let proposed = decision.review.as_ref().filter(|review| review.pending).map(|review| review.derived.clone());
        let rule = self.program.rule(decision.rule);
        let measures = rule.map(|rule| rule.outcome.measures.as_slice()).unwrap_or_default();
        let measures = || measures.iter().filter_map(|index| pack.measures.get(index.at()));
        let codes: Vec<String> = measures().map(|measure| measure.code.clone()).collect();
        let effect = if measures().any(|measure| measure.kind == MeasureKind::Sanction) {
            "sanction"
        } else if codes.is_empty() {
            "none"
        } else {
            "incentive"
        };
        let in_effect = self.in_effect(decision, rule);
        let (grounds, ground_decisions, grounds_len) = self.grounds(rule, decision);
        let explained = Explained {
            pack,
            rule: rule.filter(|_| !self.withdrawn),
            kind,
            grounds_len,
            days: if in_force.is_empty() { proposed.as_ref().unwrap_or(&in_force) } else { &in_force },
            grounds: &grounds,
            item: self.item(decision),
        };
        let profile = self.subject.profile.as_ref();
        Some(DecisionEvent {
            decision: decision_id(self.symbols, self.id, self.subject, decision),
            revision: decision.revision,
            kind,
            void: in_force.is_empty() && proposed.is_none(),
            subject: self.id.clone(),
            position: cause.position,
            seq: 0,
            known_ms: cause.known_ms,
            cause: cause.name.clone(),
            rule: self.symbols.name(decision.rule).to_owned(),
            pack: self.program.label.clone(),
            pack_sha256: pack.sha256,
            fold: 0,
            outcome: rule.map(|rule| entry_name(pack, self.symbols, rule.outcome.entry)).unwrap_or_default(),
            effect: effect.to_owned(),
            authorities: authorities(self.program, rule),
            region: profile.and_then(|profile| profile.region_on(self.today)).map(str::to_owned),
            proposal: proposed.clone().map(|days| Proposal { measures: codes.clone(), days }),
            measures: in_effect,
            basis: rule
                .map(|rule| rule.basis.iter().map(|basis| cited(self.program, basis)).collect())
                .unwrap_or_default(),
            facts: rule.map(|rule| self.facts(rule, decision)).unwrap_or_default(),
            explanation: explanation(&explained),
            remedy_objection: objection_remedy(&explained),
            remedy_repair: repair_remedy(&explained),
            in_force,
            grounds,
            ground_decisions,
            replaces: Vec::new(),
            also: Vec::new(),
        })
    }

    fn item(&self, decision: &Decision) -> Option<&'a heng_rules::Item> {
        match decision.key {
            Key::Record(number) => self.program.item(self.subject.record(number)?.item),
            Key::Run(_) => None,
        }
    }

    /// The measures in effect: of a rule that an officer must confirm those that were confirmed, if any were.
    fn in_effect(&self, decision: &Decision, rule: Option<&Rule>) -> Vec<String> {
        let measures = rule.map(|rule| rule.outcome.measures.as_slice()).unwrap_or_default();
        let confirmed = decision.review.as_ref().and_then(|review| review.confirmed.as_ref());
        let stands = |index: &&MeasureIdx| {
            confirmed.is_none_or(|(_, _, confirmed)| {
                self.program.measure_symbol(**index).is_some_and(|symbol| confirmed.contains(&symbol))
            })
        };
        let measures = measures.iter().filter(stands).filter_map(|index| self.program.pack.measures.get(index.at()));
        measures.map(|measure| measure.code.clone()).collect()
    }

    /// The records and decisions on which a decision rests, as many as fit, and how many records there are.
    fn grounds(&self, rule: Option<&Rule>, decision: &Decision) -> (Vec<Ground>, Vec<DecisionId>, usize) {
        let (records, decisions) = match (decision.key, rule.map(|rule| &rule.body)) {
            (Key::Record(number), _) => (vec![number], Vec::new()),
            (Key::Run(day), Some(Body::OnCondition { when, .. })) => {
                (records_behind(self.view(), when, day), crate::decide::decisions_behind(self.view(), when, day))
            }
            _ => (Vec::new(), Vec::new()),
        };
        let ground = |number: &RecordNo| {
            let record = self.subject.record(*number)?;
            Some(Ground {
                source: self.symbols.name(record.source).to_owned(),
                record: self.subject.record_name(record).to_owned(),
                document_no: self.documents.document_no(record.position()),
            })
        };
        let id_of = |decision: &Decision| decision_id(self.symbols, self.id, self.subject, decision);
        let mut decisions: Vec<DecisionId> = decisions.into_iter().map(id_of).collect();
        decisions.sort_unstable();
        decisions.truncate(GROUNDS_MAX);
        (records.iter().take(GROUNDS_MAX).filter_map(ground).collect(), decisions, records.len())
    }

    /// The facts that the rule reads, on the day it judges.
    fn facts(&self, rule: &Rule, decision: &Decision) -> Vec<(String, String)> {
        let (day, judged) = match decision.key {
            Key::Run(day) => (day, None),
            Key::Record(number) => match self.subject.record(number) {
                Some(record) => (record.effect_day.unwrap_or(record.decided_on), Some((number, record))),
                None => return Vec::new(),
            },
        };
        let value = |fact: FactIdx| {
            if self.view().fact(fact).is_some_and(heng_rules::Fact::is_relative) {
                self.view().value_on(fact, day, judged, Reading::Plain, &|_| false)
            } else {
                value_at(&self.view().steps(fact, Reading::Plain), day)
            }
        };
        let facts = facts_of(rule).into_iter();
        facts.filter_map(|fact| Some((self.view().fact(fact)?.name.clone(), self.text(value(fact))))).collect()
    }

    fn text(&self, value: Value<'_>) -> String {
        match value {
            Value::Empty => String::new(),
            Value::Bool(flag) => flag.to_string(),
            Value::Int(number) => number.to_string(),
            Value::Decimal(number) => number.to_string(),
            Value::Symbol(symbol) => self.symbols.name(symbol).to_owned(),
            Value::Day(day) => day.to_string(),
            Value::Text(text) => text.chars().take(TEXT_CHARS_MAX).collect(),
            Value::List(list) => list.iter().map(|value| self.text(value)).collect::<Vec<_>>().join(", "),
        }
    }
}

/// A basis as decisions cite it.
#[must_use]
pub fn cited(program: &Program, basis: &Basis) -> String {
    let law = program.pack.laws.get(basis.law.at()).map_or("", |law| law.id.as_str());
    match &basis.article {
        Some(article) => format!("{law}#{article}"),
        None => law.to_owned(),
    }
}

/// The authorities that carry out the measures of a rule, once each.
fn authorities(program: &Program, rule: Option<&Rule>) -> Vec<String> {
    let pack = &program.pack;
    let measures = rule.map(|rule| rule.outcome.measures.as_slice()).unwrap_or_default();
    let measures = measures.iter().filter_map(|index| pack.measures.get(index.at()));
    let mut codes: Vec<String> = measures
        .flat_map(|measure| &measure.authorities)
        .filter_map(|index| pack.authorities.get(index.at()))
        .map(|authority| authority.code.clone())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// The days of a set as people read them.
pub(crate) fn days_in_words(days: &DaySet, open: &str, through: &str) -> String {
    let spans = days.spans().iter().map(|span| {
        if span.last.is_forever() {
            format!("{}{open}", span.first)
        } else {
            format!("{}{through}{}", span.first, span.last)
        }
    });
    spans.collect::<Vec<_>>().join(", ")
}
