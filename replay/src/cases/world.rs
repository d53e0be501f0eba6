//! A world for one case: a log that exists only while it is folded.

use super::acts::{Context, Prepared, by_known_day};
use super::bodies::profile;
use super::{CaseRun, Failure, judge};
use heng_core::{
    Body, Cause, Compiled, Content, Control, DecisionEvent, Documents, Entry, Event, Identity, Outputs, PackSource,
    Partition, Refusal, Room, document_of,
};
use heng_model::{Day, DecisionId, Position, SubjectId};
use heng_rules::{Case, CaseEvent, CaseProfile, Pack, PackFiles, Place};
use std::collections::BTreeMap;

/// Days opened beyond the last event, for expectations far ahead; what is derived reaches beyond them anyway.
const DAYS_AHEAD_MAX: i32 = 40 * 366;

/// Runs one case.
pub(super) fn run(files: &PackFiles, ready: &Compiled, case: Case) -> CaseRun {
    let pack = ready.pack();
    let mut world = World::new(files, ready, &case);
    let ran = world.play();
    let failures = match ran {
        Ok(()) => judge::judge(pack, &world.subject, &world.decisions, &case),
        Err(failure) => vec![failure],
    };
    let World { subject, decisions, .. } = world;
    CaseRun { subject, failures, decisions, case }
}

struct OnePack<'a>(&'a PackFiles, &'a Compiled);

impl PackSource for OnePack<'_> {
    fn compiled(&self, sha256: &[u8; 32]) -> Option<&Compiled> {
        (self.1.sha256() == sha256).then_some(self.1)
    }

    fn pack(&self, sha256: &[u8; 32]) -> Option<PackFiles> {
        (self.1.sha256() == sha256).then(|| self.0.clone())
    }
}

/// Document numbers by offset.
struct Numbers<'a>(&'a BTreeMap<u64, String>);

impl Documents for Numbers<'_> {
    fn push_document_no(&mut self, position: Position, to: &mut String) -> bool {
        self.0.get(&position.offset).inspect(|number| to.push_str(number)).is_some()
    }
}

struct World<'c> {
    files: &'c PackFiles,
    ready: &'c Compiled,
    pack: &'c Pack,
    case: &'c Case,
    partition: Partition,
    known_ms: i64,
    documents: BTreeMap<u64, String>,
    subject: Option<SubjectId>,
    /// The last revision of each decision, and where it stands.
    decisions: Vec<DecisionEvent>,
    places: BTreeMap<DecisionId, usize>,
}

impl<'c> World<'c> {
    fn new(files: &'c PackFiles, ready: &'c Compiled, case: &'c Case) -> Self {
        Self {
            files,
            ready,
            pack: ready.pack(),
            case,
            partition: Partition::new(0, 1),
            known_ms: i64::MIN,
            documents: BTreeMap::new(),
            subject: None,
            decisions: Vec::new(),
            places: BTreeMap::new(),
        }
    }

    fn play(&mut self) -> Result<(), Failure> {
        let case = self.case;
        let at_case = |found: String| broken(&case.place, found);
        let context = Context::of(self.pack, case).map_err(at_case)?;
        self.subject = context.subjects.own().cloned();
        let expected = || case.expect.iter().map(|expectation| expectation.on);
        let known = case.events.iter().filter_map(|event| event.known).min();
        let first = known.or_else(|| expected().min()).unwrap_or(Day::EARLIEST);
        self.open(first).map_err(at_case)?;
        self.introduce(&context).map_err(at_case)?;
        let mut last = first;
        for (known, event) in by_known_day(case, first) {
            let at_event = |found: String| broken(&event.place, found);
            self.open_through(known).map_err(at_event)?;
            let prepared = context.prepare(event, &self.decisions).map_err(at_event)?;
            let refusal = self.submit(&prepared).map_err(at_event)?;
            as_stated(event, refusal)?;
            last = known;
        }
        let ahead = expected().max().unwrap_or(last).min(last.plus_days(DAYS_AHEAD_MAX));
        self.open_through(ahead).map_err(at_case)
    }

    /// The pack takes effect with the first day.
    fn open(&mut self, first: Day) -> Result<(), String> {
        self.known_ms = self.pack.time_zone.day_start_ms(first);
        let (pack, version, sha256) = (&self.pack.name, &self.pack.version, self.pack.sha256);
        folded(self.step(Content::Control(Control::PackActivated { pack, version, sha256, on: first }))?)?;
        folded(self.step(Content::Control(Control::DayOpened { date: first }))?)
    }

    fn open_through(&mut self, last: Day) -> Result<(), String> {
        while let Some(today) = self.partition.day().filter(|today| *today < last) {
            let date = today.next();
            self.known_ms = self.known_ms.max(self.pack.time_zone.day_start_ms(date));
            folded(self.step(Content::Control(Control::DayOpened { date }))?)?;
        }
        Ok(())
    }

    /// Registers the subjects whose profile says more than their id.
    fn introduce(&mut self, context: &Context<'_>) -> Result<(), String> {
        let case = self.case;
        let own = std::iter::once((None, &case.subject));
        let others = case.others.iter().map(|(label, profile)| (Some(label.as_str()), profile));
        for (label, stated) in own.chain(others) {
            let subject = context.subjects.find(label)?;
            if says_more(stated, &subject) {
                let on = Some(stated.registered_on.unwrap_or(Day::EARLIEST));
                let source = self.pack.authorities.first().map(|authority| authority.source.as_str());
                let body = Body::Registered(profile(stated, on));
                folded(self.submit(&Prepared { source: source.unwrap_or_default(), subject, body })?)?;
            }
        }
        Ok(())
    }

    fn submit(&mut self, prepared: &Prepared<'_>) -> Result<Option<Refusal>, String> {
        let id = format!("case-{}", self.partition.next_offset());
        // As intake does: an event about a subject that was merged is addressed to whom it became.
        let subject = self.partition.subject(&prepared.subject).map_or(&prepared.subject, |(id, _)| id).clone();
        let event = Event { source: prepared.source, id: &id, subject, body: prepared.body.clone() };
        // Each event of a case is one of its own, so its place tells it from the others.
        let identity = Identity { name: self.partition.next_offset(), content: 0 };
        self.step(Content::Event { event, identity, sent_on: None })
    }

    /// Folds an entry, or says why it was refused.
    fn step(&mut self, content: Content<'_>) -> Result<Option<Refusal>, String> {
        let position = Position { partition: 0, offset: self.partition.next_offset() };
        let entry = Entry { position, known_ms: self.known_ms, content };
        let mut outputs = Outputs::default();
        if let Some(number) = document_of(&entry) {
            self.documents.insert(position.offset, number.to_owned());
        }
        self.partition
            .step(&entry, &OnePack(self.files, self.ready), &mut outputs)
            .map_err(|error| error.to_string())?;
        if let Some((_, refusal)) = outputs.refused.pop() {
            return Ok(Some(refusal));
        }
        let (cause, mut room) = (Cause::of(&entry), Room::default());
        for draft in &outputs.drafts {
            let mut numbers = Numbers(&self.documents);
            let decision =
                self.partition.render(draft, &cause, &mut numbers, &mut room).as_ref().map(DecisionEvent::from);
            if let Some(decision) = decision {
                self.keep(decision);
            }
        }
        Ok(None)
    }

    fn keep(&mut self, decision: DecisionEvent) {
        let place = *self.places.entry(decision.decision).or_insert(self.decisions.len());
        match self.decisions.get_mut(place) {
            Some(known) => *known = decision,
            None => self.decisions.push(decision),
        }
    }
}

fn says_more(stated: &CaseProfile, subject: &SubjectId) -> bool {
    stated.kind.is_some_and(|kind| kind != subject.default_kind())
        || stated.name.is_some()
        || stated.region.is_some()
        || stated.industry.is_some()
        || stated.registered_on.is_some()
}

fn folded(refusal: Option<Refusal>) -> Result<(), String> {
    refusal.map_or(Ok(()), |refusal| Err(format!("refused: {refusal}")))
}

/// Was the event folded, or refused for the field that it says it is refused for?
fn as_stated(event: &CaseEvent, refusal: Option<Refusal>) -> Result<(), Failure> {
    let Some(field) = &event.refused else {
        return folded(refusal).map_err(|found| broken(&event.place, found));
    };
    let found = match refusal {
        Some(Refusal::Field(it)) if it.field.strip_prefix("data.").is_some_and(|path| names(path, field)) => {
            return Ok(());
        }
        Some(refusal) => format!("refused: {refusal}"),
        None => "the event is folded".to_owned(),
    };
    Err(Failure {
        place: event.place.clone(),
        on: None,
        expected: format!("the event is refused for `{field}`"),
        found,
    })
}

/// Is the path that of a field, or of what stands beside the fields?
fn names(path: &str, field: &str) -> bool {
    path.strip_prefix("fields.").unwrap_or(path) == field
}

fn broken(place: &Place, found: String) -> Failure {
    Failure { place: place.clone(), on: None, expected: "the event is folded".to_owned(), found }
}
