//! Events that wait for a record or an objection not yet seen: visible, bounded, never lost.

use super::objections::is_resolution;
use super::{Application, PARKED_MAX};
use crate::event::{Corrected, FieldValue};
use crate::refusal::Refusal;
use crate::subject::{Parked, ParkedBody, RecordNo, StoredValue, push_rare};
use heng_model::Symbol;
use std::sync::Arc;

impl From<&FieldValue<'_>> for StoredValue {
    fn from(value: &FieldValue<'_>) -> Self {
        match value {
            FieldValue::Null => Self::Null,
            FieldValue::Text(text) => Self::Text((*text).into()),
            FieldValue::Int(number) => Self::Int(*number),
            FieldValue::Bool(flag) => Self::Bool(*flag),
            FieldValue::List(values) => Self::List(values.iter().map(Self::from).collect()),
        }
    }
}

impl StoredValue {
    fn borrow(&self) -> FieldValue<'_> {
        match self {
            Self::Null => FieldValue::Null,
            Self::Text(text) => FieldValue::Text(text),
            Self::Int(number) => FieldValue::Int(*number),
            Self::Bool(flag) => FieldValue::Bool(*flag),
            Self::List(values) => FieldValue::List(values.iter().map(Self::borrow).collect()),
        }
    }
}

impl Application<'_, '_> {
    pub(super) fn park(&mut self, record_source: Symbol, record: &str, body: ParkedBody) -> Result<(), Refusal> {
        let parked = Parked {
            source: self.source,
            record_source,
            record: record.into(),
            position: self.position,
            known_on: self.today,
            body,
        };
        let waiting = &mut self.subject.more_mut().parked;
        if waiting.len() >= PARKED_MAX {
            return Err(Refusal::TooManyParked(PARKED_MAX));
        }
        push_rare(waiting, parked);
        Ok(())
    }

    /// Applies what waited for a record, and resolutions of objections to it, in the order of arrival.
    pub(super) fn unpark(&mut self, number: RecordNo, name: &str) {
        let source = self.source;
        let Some(more) = self.subject.more.as_mut().filter(|more| !more.parked.is_empty()).map(Arc::make_mut) else {
            return;
        };
        let is_for_record = |it: &Parked| {
            let is_resolution = matches!(it.body, ParkedBody::ObjectionResolved { .. });
            it.record_source == source && &*it.record == name && !is_resolution
        };
        let filed = |it: &Parked| match &it.body {
            ParkedBody::ObjectionFiled { objection, .. } if is_for_record(it) => Some(objection.clone()),
            _ => None,
        };
        let filed: Vec<Box<str>> = more.parked.iter().filter_map(filed).collect();
        let is_due =
            |it: &&Parked| is_for_record(it) || filed.iter().any(|objection| is_resolution(it, objection, name));
        let due: Vec<Parked> = more.parked.iter().filter(is_due).cloned().collect();
        more.parked.retain(|it| !is_for_record(it));
        let mut answered: Vec<&Parked> = Vec::new();
        for (at, parked) in due.iter().enumerate() {
            self.as_of(parked, |it| it.apply_parked(number, name, &parked.body));
            // A resolution that came before its objection was filed waited for that.
            let earlier = match &parked.body {
                ParkedBody::ObjectionFiled { .. } => due.get(..at).unwrap_or_default(),
                _ => &[],
            };
            answered.extend(earlier.iter().chain([parked]).filter(|it| self.answer(it, number)));
        }
        self.forget_answered(&answered);
    }

    /// Applies an event that waited for a record; a resolution is applied by [`Application::answer`].
    fn apply_parked(&mut self, number: RecordNo, name: &str, body: &ParkedBody) -> Result<(), Refusal> {
        match body {
            ParkedBody::Corrected { version, decided_on, dates, fields } => {
                let event = Corrected {
                    record: name,
                    version: *version,
                    decided_on: *decided_on,
                    dates: dates.iter().map(|(name, day)| (&**name, *day)).collect(),
                    fields: fields.iter().map(|(name, value)| (&**name, value.borrow())).collect(),
                    reason: None,
                };
                self.correct(number, &event)
            }
            ParkedBody::Retracted => {
                self.retract(number);
                Ok(())
            }
            ParkedBody::Repaired { on } => self.repair(number, *on),
            ParkedBody::Restored { on } => self.restore(number, *on),
            ParkedBody::ObjectionFiled { objection, on } => self.file(number, objection, *on),
            ParkedBody::ObjectionResolved { .. } => Ok(()),
        }
    }

    /// Applies everything that waits for a record or an objection that is known: after two histories were joined.
    pub(crate) fn unpark_ready(&mut self) {
        let parked = self.subject.more.as_ref().map(|more| more.parked.clone()).unwrap_or_default();
        for waiting in parked {
            if let ParkedBody::ObjectionResolved { objection, .. } = &waiting.body {
                let record = Some(&*waiting.record).filter(|record| !record.is_empty());
                let known = self.objections_named(objection, record).into_iter();
                let open = known.filter_map(|at| self.objection_at(at).filter(|it| it.resolved.is_none()));
                let open: Vec<RecordNo> = open.map(|objection| objection.record).collect();
                let answers = open.into_iter().filter(|number| self.answer(&waiting, *number)).count();
                if answers > 0 {
                    self.forget_answered(&[&waiting]);
                }
            } else if let Some(number) = self.subject.find_record(waiting.record_source, &waiting.record) {
                self.source = waiting.record_source;
                self.unpark(number, &waiting.record);
            }
        }
    }

    /// Applies a parked event as from its own source and known day; one that turns out not to fit is reported.
    pub(super) fn as_of(&mut self, parked: &Parked, apply: impl FnOnce(&mut Self) -> Result<(), Refusal>) {
        let (source, today, position) = (self.source, self.today, self.position);
        (self.source, self.today, self.position) = (parked.source, parked.known_on, parked.position);
        if let Err(refusal) = apply(self) {
            self.late_refusals.push((parked.position, refusal));
        }
        (self.source, self.today, self.position) = (source, today, position);
    }
}
