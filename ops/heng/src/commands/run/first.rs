//! Judges lines before a log has a pack in force: only a line that fits may give the log its first day.
//!
//! # Invariants
//!
//! What is refused here intake would refuse too, and says the same; intake still judges what passes.

use crate::data::diagnostics_text;
use heng_core::validate::Checker;
use heng_core::{Body, Event, Program};
use heng_files::ParsedEvent;
use heng_model::{SubjectId, Symbols, TimeZone};
use heng_rules::PackFiles;
use heng_server::{Directory, ResolveError};

/// The pack to be activated.
pub(super) struct Candidate {
    program: Program,
    symbols: Symbols,
}

impl Candidate {
    pub(super) fn load(files: &PackFiles) -> anyhow::Result<Self> {
        let mut symbols = Symbols::default();
        let loaded = heng_rules::load(files, &mut symbols);
        let pack = loaded.map_err(|diagnostics| anyhow::anyhow!(diagnostics_text(&diagnostics)))?.pack;
        Ok(Self { program: Program::new(pack, &mut symbols)?, symbols })
    }

    pub(super) fn time_zone(&self) -> TimeZone {
        self.program.pack.time_zone
    }

    /// What is wrong with a line, as far as the pack alone tells.
    pub(super) fn judge(&self, parsed: &ParsedEvent<'_>, known_ms: i64) -> Result<(), String> {
        let (program, symbols) = (&self.program, &self.symbols);
        let directory = Directory::default();
        let event = event(parsed, |given| directory.resolve(given, Some(&program.pack)))?;
        let Some(source) = symbols.get(event.source).filter(|source| program.authority(*source).is_some()) else {
            let known: Vec<&str> = program.pack.authorities.iter().map(|it| it.source.as_str()).collect();
            let (label, source, known) = (&program.label, event.source, known.join(", "));
            return Err(format!("source: `{source}` is no authority of pack {label}; its sources are {known}"));
        };
        let Body::Recorded(recorded) = &event.body else { return Ok(()) };
        let checker = Checker { program, symbols, today: self.time_zone().civil_day(known_ms) };
        let kind = event.subject.default_kind();
        let item = checker.item(source, recorded.item, kind).map_err(|error| error.to_string())?;
        let checked = checker.capacity(event.subject.is_person(), recorded.capacity);
        checked.and_then(|()| checker.recorded(item, recorded)).map(drop).map_err(|error| error.to_string())
    }
}

/// The event of a line, its subjects resolved.
pub(super) fn event<'p>(
    parsed: &'p ParsedEvent<'_>,
    resolve: impl Fn(&str) -> Result<SubjectId, ResolveError>,
) -> Result<Event<'p>, String> {
    let subject = resolve(parsed.subject_as_sent()).map_err(|error| format!("subject: {error}"))?;
    let other = parsed.other_subject_as_sent().map_err(|error| error.to_string())?;
    let other = other.map(resolve).transpose().map_err(|error| format!("data: the other subject: {error}"))?;
    parsed.event(subject, other).map_err(|error| error.to_string())
}
