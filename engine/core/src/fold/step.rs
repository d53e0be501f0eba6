//! One entry of the log.

use super::{Effect, FOLD_VERSION, Outputs, PackSource, Partition, StepError, SubjectNo};
use crate::apply::Application;
use crate::entry::{Content, Control, Derived, Entry, Identity, SentOn};
use crate::event::{Body, Event};
use crate::refusal::Refusal;
use heng_model::{Day, Position, SubjectId};

impl Partition {
    /// Folds one entry of the log into the partition; what must be done because of it is data in `outputs`, performed
    /// by the caller. Drafts must be rendered before the next entry is folded.
    ///
    /// # Errors
    /// [`StepError`] means that the log is broken or needs another program, never that an event is bad.
    pub fn step(&mut self, entry: &Entry<'_>, packs: &dyn PackSource, outputs: &mut Outputs) -> Result<(), StepError> {
        let position = entry.position;
        if position.offset != self.next_offset || position.partition != self.id {
            return Err(StepError::NotNext { found: position, expected: self.next_offset });
        }
        // Several engines that write one log have clocks of their own: the fold's time never runs back.
        let known_ms = entry.known_ms.max(self.known_ms);
        self.former = None;
        match &entry.content {
            Content::Control(control) => self.control(position, known_ms, control, packs, outputs)?,
            Content::Event { event, identity, sent_on } => {
                self.event(position, event, (*identity, sent_on.as_ref()), outputs);
            }
            Content::Derived(derived) => self.derived(position, derived, outputs),
        }
        self.next_offset = self.next_offset.saturating_add(1);
        self.known_ms = known_ms;
        Ok(())
    }

    fn control(
        &mut self,
        position: Position,
        known_ms: i64,
        control: &Control<'_>,
        packs: &dyn PackSource,
        outputs: &mut Outputs,
    ) -> Result<(), StepError> {
        match control {
            Control::PackActivated { pack, version, sha256, on } => {
                // Two engines may have put the same pack in force.
                let is_pending = self.pending.iter().any(|(_, known, _)| known == sha256);
                if is_pending || self.last_pack() == Some(sha256) {
                    return Ok(());
                }
                let name = format!("{pack}@{version}");
                if packs.pack(sha256).is_none() {
                    return Err(StepError::PackMissing { position, pack: name, sha256: hex(sha256) });
                }
                // Its day may have been opened by another engine, which did not know of it.
                if self.day.is_some_and(|day| *on <= day) && self.pending.is_empty() {
                    self.activate(position, *sha256, &name, packs, outputs)?;
                    self.emit(outputs, &|| packs.between_subjects());
                    return Ok(());
                }
                self.pending.push((*on, *sha256, name));
                Ok(())
            }
            Control::FoldActivated { version } if *version > FOLD_VERSION => {
                Err(StepError::FoldUnknown { position, version: *version })
            }
            Control::FoldActivated { version } => {
                self.fold_version = *version;
                Ok(())
            }
            Control::DayOpened { date } => self.open_day(position, known_ms, *date, packs, outputs),
        }
    }

    /// The fold accepts only the next day, and not a day later than the civil date of the entry's known time; a log's
    /// first day may be any day. Other openings change nothing.
    fn open_day(
        &mut self,
        position: Position,
        known_ms: i64,
        date: Day,
        packs: &dyn PackSource,
        outputs: &mut Outputs,
    ) -> Result<(), StepError> {
        if self.day.is_some_and(|today| date != today.next()) {
            return Ok(());
        }
        if self.time_zone().is_some_and(|zone| date > zone.civil_day(known_ms)) {
            return Ok(());
        }
        let is_first = self.day.is_none();
        let due = |(on, _, _): &(Day, [u8; 32], String)| is_first || *on <= date;
        self.day = Some(date);
        while let Some(at) = self.pending.iter().position(due) {
            let (_, sha256, name) = self.pending.remove(at);
            self.activate(position, sha256, &name, packs, outputs)?;
        }
        self.wake(date, &|| packs.between_subjects());
        self.emit(outputs, &|| packs.between_subjects());
        Ok(())
    }

    fn event(
        &mut self,
        position: Position,
        event: &Event<'_>,
        (identity, sent_on): (Identity, Option<&SentOn>),
        outputs: &mut Outputs,
    ) {
        let refuse = |outputs: &mut Outputs, refusal| outputs.refused.push((position, refusal));
        let (Some(program), Some(today)) = (self.program.clone(), self.day) else {
            return refuse(outputs, Refusal::NoPack);
        };
        let source = self.symbols.get(event.source).filter(|source| program.authority(*source).is_some());
        let Some(source) = source else {
            return refuse(outputs, Refusal::UnknownSource(event.source.to_owned()));
        };
        // What stood there gave nothing else that is sent here.
        if sent_on.is_some_and(|sent_on| !self.meet(&event.subject, (sent_on.from, 0))) {
            outputs.duplicate = true;
            return;
        }
        let number = self.place_of(&event.subject);
        if let Some(to) = self.redirect(number).cloned() {
            let by = sent_on.map_or(&event.subject, |sent_on| &sent_on.by).clone();
            outputs.effects.push(Effect::Forward { to, by });
            return;
        }
        if let Some(by) = sent_on.map(|sent_on| &sent_on.by).filter(|by| !self.has_history_of(number, by)) {
            // That one's history came by while this one was a redirect.
            outputs.effects.push(Effect::Forward { to: by.clone(), by: by.clone() });
            return;
        }
        if let Some(content) = self.subjects.find_seen(number, identity.name) {
            if content == identity.content {
                outputs.duplicate = true;
                return;
            }
            let (source_name, id) = (event.source.to_owned(), event.id.to_owned());
            return refuse(outputs, Refusal::IdReused { source_name, id });
        }
        let Some((id, subject)) = self.subjects.open(number) else { return };
        // A refused event is remembered too: sent again it is a duplicate, and the log of a run that was cut short and
        // repeated is that of one that was not.
        subject.seen.add(identity.name, identity.content);
        let (start, registered_on) = (subject.start(), subject.profile.registered_on);
        let names = (&*program, &self.symbols);
        let mut application = Application::new(names, (id, subject), source, position, today);
        let applied = application.apply(&event.body);
        let (mut touched, late) = (application.touched, application.late_refusals);
        // Every record would be looked at: only where one that was or is among the first differs.
        let may_move = match (registered_on, subject.profile.registered_on) {
            (None, None) => touched.from.is_some_and(|from| start.is_none_or(|start| from <= start)),
            (before, now) => before != now,
        };
        touched.start_moved = may_move && subject.start() != start;
        outputs.refused.extend(late);
        if let Err(refusal) = applied {
            return refuse(outputs, refusal);
        }
        if matches!(event.body, Body::Registered(_) | Body::Changed(_) | Body::Reviewed { .. }) {
            // Names are no decisions, and an officer may change the measures confirmed and no day.
            outputs.changed.push(number);
        }
        if let Body::Merged { into } = &event.body {
            if let Err(refusal) = self.merge(position, source, number, into, outputs) {
                return refuse(outputs, refusal);
            }
        } else {
            self.propagate(position, number, &touched, outputs);
        }
        self.emit(outputs, &|| ());
    }

    fn derived(&mut self, position: Position, derived: &Derived<'_>, outputs: &mut Outputs) {
        match derived {
            Derived::RelatedChanged { to, news } => {
                let number = self.place_of(to);
                self.hear_derived(position, number, news, outputs);
            }
            Derived::Redirected { to, from, by, part, parts, source_position, bytes } => {
                if self.meet(to, (*source_position, *part)) {
                    self.receive(position, (to, from, by), (*part, *parts, bytes), outputs);
                }
            }
        }
        self.emit(outputs, &|| ());
    }

    /// The place of a subject, redirects followed; made if there is none yet.
    pub(super) fn place_of(&mut self, id: &SubjectId) -> SubjectNo {
        let number = self.exact_place_of(id);
        self.resolve(number)
    }

    /// The place of an id itself; made if there is none yet.
    pub(super) fn exact_place_of(&mut self, id: &SubjectId) -> SubjectNo {
        self.subjects.number_of(id).unwrap_or_else(|| self.subjects.add(id.clone()))
    }
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
