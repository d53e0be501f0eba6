//! Intake: form, catalogue, source, identity and size are checked before an event is put on the log.

mod answers;
mod texts;

use crate::directory::{Directory, ResolveError, alias_defect};
use heng_core::validate::{Checker, Violation};
use heng_core::{Body, Event, FieldValue, Partition, Profile, Program};
use heng_model::{Day, Position, SubjectId, SubjectKind, Symbol};
use heng_rules::{Authority, Item, Pack};

/// An event as it arrives: the event, and what its envelope says besides.
#[derive(Debug, Clone)]
pub struct Arrival<'a> {
    /// The event, its subjects resolved.
    pub event: Event<'a>,
    /// The subject as the source named it.
    pub subject_as_sent: &'a str,
    /// The other subject of a link or a merge as the source named it.
    pub other_as_sent: Option<&'a str>,
    /// The time that the source claims.
    pub claimed_time: Option<&'a str>,
    /// W3C trace context.
    pub traceparent: Option<&'a str>,
    /// The context under which this engine works on it, which goes along to others on a shared log, beside the entry; where
    /// there is none the event's own does.
    pub context: Option<&'a str>,
    /// When the engine learns it: milliseconds since 1970-01-01T00:00:00Z.
    pub known_ms: i64,
}

/// What became of an arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// On its way: acknowledged when the engine has flushed. The fold may still refuse it. On a log that others write too
    /// its place is known only when that was waited for: see [`Engine::take_placed`](crate::Engine::take_placed).
    Accepted(Option<Position>),
    /// Known already, with the same content.
    Duplicate,
    /// Refused; not on the log.
    Refused(IntakeRefusal),
}

/// Why intake refuses an event: the field, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntakeRefusal {
    /// A field does not fit.
    #[error(transparent)]
    Field(#[from] Violation),
    /// A subject cannot be resolved.
    #[error("{field}: {cause}")]
    Subject {
        /// Path of the field.
        field: &'static str,
        /// Why.
        cause: ResolveError,
    },
    /// The same source used the id for something else.
    #[error("id: `{0}` was used before by this source for another content: give a corrected event a new id")]
    IdReused(String),
    /// The entry would be too long.
    #[error("the event is too long for the log: {0}")]
    TooLong(String),
}

pub(crate) use answers::{FormerCarriers, is_known as is_decision_known};

pub(crate) fn violation(field: impl Into<String>, message: impl Into<String>) -> IntakeRefusal {
    IntakeRefusal::Field(Violation { field: field.into(), message: message.into() })
}

/// The days that an event names in its envelope of type, with their fields.
fn days(body: &Body<'_>) -> Vec<(&'static str, Day)> {
    let on = |on: &Option<Day>| on.map(|day| ("data.on", day)).into_iter().collect();
    match body {
        Body::Repaired { on: day, .. }
        | Body::Restored { on: day, .. }
        | Body::ObjectionFiled { on: day, .. }
        | Body::ObjectionResolved { on: day, .. }
        | Body::Resumed { on: day }
        | Body::Deregistered { on: day }
        | Body::Linked { on: day, .. }
        | Body::Unlinked { on: day, .. }
        | Body::Responded { on: day, .. }
        | Body::Reviewed { on: day, .. } => on(day),
        Body::Suspended { from, through, .. } => {
            [Some(("data.from", *from)), through.map(|day| ("data.through", day))].into_iter().flatten().collect()
        }
        Body::Registered(profile) | Body::Changed(profile) => {
            let named = [("data.on", profile.on), ("data.registered_on", profile.registered_on)];
            named.into_iter().filter_map(|(field, day)| Some((field, day?))).collect()
        }
        Body::Corrected(corrected) => corrected.decided_on.map(|day| ("data.decided_on", day)).into_iter().collect(),
        Body::Recorded(_) | Body::Retracted { .. } | Body::Merged { .. } => Vec::new(),
    }
}

/// Checks what can be known before the event is on the log, on a day; where events that wait state kinds of its subject, it
/// must be right for each of these too.
pub(crate) fn check(
    partition: &Partition,
    (directory, former): (&Directory, &FormerCarriers),
    (today, kinds): (Day, &[SubjectKind]),
    event: &Event<'_>,
) -> Result<(), IntakeRefusal> {
    let Some(program) = partition.program() else {
        return Err(violation("type", "no pack is in force yet"));
    };
    let symbols = partition.symbols();
    let source = symbols.get(event.source).filter(|source| program.authority(*source).is_some());
    let Some(source) = source else {
        let known: Vec<&str> = program.pack.authorities.iter().map(|it| it.source.as_str()).collect();
        let (label, source) = (&program.label, event.source);
        let message = format!("`{source}` is no authority of pack {label}; its sources are {}", known.join(", "));
        return Err(violation("source", message));
    };
    entitled(program, source, event)?;
    texts::check(event)?;
    for (field, day) in days(&event.body) {
        // A company may be older than the republic; what it is judged for is not.
        if day < Day::EARLIEST && field != "data.registered_on" {
            return Err(violation(field, format!("{day} lies before 1949-01-01, the first day that Heng knows")));
        }
    }
    let checker = Checker { program, symbols, today };
    match &event.body {
        Body::Recorded(recorded) => {
            let kind = partition.kind_on(&event.subject, recorded.decided_on);
            let item = checker.item(source, recorded.item, kind)?;
            for kind in kinds {
                checker.item(source, recorded.item, *kind)?;
            }
            checker.capacity(event.subject.is_person(), recorded.capacity)?;
            not_personal(std::iter::once(item), &recorded.fields)?;
            checker.recorded(item, recorded)?;
        }
        Body::Corrected(corrected) => {
            let known = partition.subject(&event.subject).and_then(|(_, subject)| {
                let number = subject.find_record(source, corrected.record)?;
                program.item(subject.record(number)?.item)
            });
            match known {
                Some(item) => not_personal(std::iter::once(item), &corrected.fields)?,
                // The record has not come: whatever item of this source it may be of, nothing personal is let pass.
                None => {
                    let authority = program.authority(source);
                    let is_own = |item: &&Item| authority.is_some_and(|authority| item.sources.contains(&authority));
                    not_personal(program.pack.items.iter().filter(is_own), &corrected.fields)?;
                }
            }
        }
        Body::Registered(profile) | Body::Changed(profile) => {
            kind_fits(&event.subject, profile)?;
            aliases(directory, &program.pack, &event.subject, profile)?;
        }
        Body::Responded { decision, authority, .. } => {
            answers::check(partition, (program, former), event, *decision, authority)?;
        }
        Body::Suspended { from, through: Some(through), .. } if through < from => {
            return Err(violation("data.through", format!("{through} lies before {from}, the first day")));
        }
        _ => {}
    }
    Ok(())
}

/// Personal values would stand on the log in the clear: until they can be sealed, they are refused.
fn not_personal<'i>(
    items: impl Iterator<Item = &'i Item>,
    fields: &[(&str, FieldValue<'_>)],
) -> Result<(), IntakeRefusal> {
    let mut personal = items.flat_map(|item| &item.fields).filter(|field| field.personal);
    match personal.find(|field| fields.iter().any(|(name, _)| *name == field.name)) {
        Some(field) => {
            let message = "personal fields cannot be sealed by this release: leave the field out";
            Err(violation(format!("data.fields.{}", field.name), message))
        }
        None => Ok(()),
    }
}

/// The fold would refuse it too, but then it would stand on the log.
fn entitled(program: &Program, source: Symbol, event: &Event<'_>) -> Result<(), IntakeRefusal> {
    let authority = program.authority(source).and_then(|index| program.pack.authorities.get(index.at()));
    let may = |may: fn(&Authority) -> bool| authority.is_some_and(may);
    let (may, act) = match &event.body {
        Body::Merged { .. } => (may(|authority| authority.may_merge), "merge subjects (may: [merge])"),
        Body::Linked { .. } => (may(|authority| authority.may_link), "link subjects (may: [link])"),
        Body::Unlinked { .. } => (may(|authority| authority.may_link), "unlink subjects (may: [link])"),
        Body::Suspended { .. } => (may(|authority| authority.may_suspend), "suspend measures (may: [suspend])"),
        Body::Resumed { .. } => (may(|authority| authority.may_suspend), "resume measures (may: [suspend])"),
        _ => return Ok(()),
    };
    if may { Ok(()) } else { Err(violation("source", format!("`{}` may not {act}", event.source))) }
}

/// Persons are named by pseudonyms, and pseudonyms name nobody else.
fn kind_fits(subject: &SubjectId, profile: &Profile<'_>) -> Result<(), IntakeRefusal> {
    match profile.kind {
        Some(kind) if (kind == SubjectKind::Person) != subject.is_person() => {
            let word = kind.word();
            let message = format!("`{word}` does not fit the id: a person has a pseudonym `P-…`, nobody else has");
            Err(violation("data.kind", message))
        }
        _ => Ok(()),
    }
}

fn aliases(
    directory: &Directory,
    pack: &Pack,
    subject: &SubjectId,
    profile: &Profile<'_>,
) -> Result<(), IntakeRefusal> {
    for (at, (scheme, code)) in profile.aliases.iter().enumerate() {
        let field = || format!("data.aliases[{at}]");
        if let Some(defect) = alias_defect(scheme, code) {
            return Err(violation(field(), defect));
        }
        if let Some(other) = directory.other_with(scheme, code, subject, pack) {
            let message = format!("`{scheme}:{code}` already names {other}: if both are one, send subject.merged");
            return Err(violation(field(), message));
        }
    }
    Ok(())
}
